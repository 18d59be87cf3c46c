"""A whole training at the keyboard: one command from a recording to a voice, which is checked, exported, and reads a
book. The models are tiny and random; everything around them is what a person has."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

pytest.importorskip("torch")
pytest.importorskip("transformers")

from tests.flows.conftest import Duoyin, Run, ended
from tests.flows.test_cloned_voice import with_torch
from tests.tts_core.gpt_sovits.training.tiny_base import NAME, make_base
from tts_core.gpt_sovits.files.checkpoints import read_checkpoint

pytestmark = pytest.mark.slow

BOOK = "# Two Clocks\n\n## Chapter 1\n\nThere were two clocks in the house.\n"
CONSENT = "Read by Rosalind Wills for LibriVox, in the public domain; used by a test."


def command_line(*arguments: object) -> Run:
    return ended(with_torch().start(arguments, environment=os.environ), 1500)


@pytest.mark.timeout(3600)
def test_one_command_from_a_recording_to_a_voice_that_reads_a_book(
    in_shared: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, duoyin: Duoyin
) -> None:
    monkeypatch.setenv("DUOYIN_MODELS", str(make_base(tmp_path / "models")))
    monkeypatch.setenv("DUOYIN_VOICES", str(tmp_path / "voices"))
    asked = (
        "voice",
        "train",
        "anna",
        "--from",
        in_shared("corpus/voices/en_librispeech_87-121553-0000.flac"),
    )
    given = ("--base", NAME, "--language", "en", "--sound-updates", 1, "--text-updates", 1, "--json")
    run = command_line(*asked, "--consent", CONSENT, *given)
    assert run.code == 0, run.err
    made = json.loads(run.out)
    assert {stage: record["done"] for stage, record in made["stages"].items()} == {"sound": 1, "text": 1}
    assert [each["checkpoint"] for each in made["auditions"] if each["chosen"]] == ["text at 1, sound at 1"]
    assert made["seconds_of_speech"] > 10

    checked = command_line("voice", "check", "anna", "--json")
    assert checked.code == 0, checked.err
    told = json.loads(checked.out)
    assert CONSENT in json.dumps(told["order"], ensure_ascii=False)
    takes = [Path(take) for each in told["auditions"] for take in each["takes"]]
    assert len(takes) == 20 and all(soundfile.info(take).duration > 0.1 for take in takes)
    assert Path(told["page"]).read_text(encoding="utf-8").count("<audio") >= len(takes)

    exported = command_line("voice", "export", "anna", "--to", tmp_path / "out", "--json")
    assert exported.code == 0, exported.err
    kinds = [read_checkpoint(Path(file)).kind for file in json.loads(exported.out)["files"]]
    assert sorted(kinds) == ["t2s", "v2"]

    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    (tmp_path / "project").mkdir()
    options = {
        "voices": str(tmp_path / "voices"), "models": str(tmp_path / "models/gpt-sovits"),
        "support": str(tmp_path / "models/gpt-sovits-support"),
        "device": "cpu", "rows": 4, "length": 1024, "retakes": 0,
    }  # fmt: skip
    (tmp_path / "project/project.yaml").write_text(
        "source: ../book.md\nengine: gpt-sovits\nvoice: anna\nproof: off  # nothing is heard of random models\n"
        f"engine_options: {json.dumps(options)}\n",
        encoding="utf-8",
    )
    spoken = duoyin("audiobook", tmp_path / "project", "--json", timeout=900)
    assert spoken.code in (0, 1), spoken.err
    book = json.loads(spoken.out)
    assert book["speakers"]["narrator"]["voice"] == "anna"
    assert Path(book["path"]).stat().st_size > 5_000
