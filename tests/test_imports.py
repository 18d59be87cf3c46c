"""The default path runs without torch, and commands that need no Prefect do not pay for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

BLOCKED = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {blocked!r}:
            raise ImportError(name + ' is not installed')
sys.meta_path.insert(0, Refuse())
{code}
"""


def without(blocked: tuple[str, ...], code: str) -> str:
    program = BLOCKED.format(blocked=blocked, code=code)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_default_engine_speaks_without_torch() -> None:
    code = (
        "from tts_core.registry import load_engine\nfrom tts_core.engine import Utterance, read_and_speak\n"
        "take = next(read_and_speak(load_engine(), [Utterance('Hello there.', 'en', 'af_heart')]))\n"
        "print(take.seconds > 0.3)"
    )
    assert without(("torch", "torchaudio", "transformers", "prefect"), code).strip() == "True"


def test_the_flows_import_without_torch() -> None:
    code = "import flows.audiobook, flows.library, flows.dub, flows.cli.app, flows.cli.commands, flows.cli.cast_commands"
    without(("torch", "torchaudio", "transformers", "faster_whisper"), code)


@pytest.mark.parametrize(
    "module",
    [
        "flows.cli.app",
        "flows.cli.commands",
        "flows.making.production",
        "flows.making.delivery",
        "flows.cli.cast_commands",
    ],
)
def test_only_the_flows_pay_for_prefect(module: str) -> None:
    without(("prefect", "torch"), f"import {module}")
