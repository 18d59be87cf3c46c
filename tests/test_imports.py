"""The default path runs without what extras bring, and commands that need no Prefect do not pay for it."""

from __future__ import annotations

import subprocess
import sys

from flows.mastering.loudness import k_weighting
from flows.mastering.true_peak import interpolator

BLOCKED = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {blocked!r}:
            raise ModuleNotFoundError(name + ' is not installed', name=name)
sys.meta_path.insert(0, Refuse())
{code}
"""


EXTRAS = ("torch", "torchaudio", "transformers", "faster_whisper", "ray", "obstore", "perth")


def without(blocked: tuple[str, ...], code: str) -> str:
    program = BLOCKED.format(blocked=blocked, code=code)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_default_engine_speaks_without_any_extra() -> None:
    code = (
        "from tts_core.registry import load_engine\nfrom tts_core.engine import Utterance, read_and_speak\n"
        "take = next(read_and_speak(load_engine(), [Utterance('Hello there.', 'en', 'af_heart')]))\n"
        "print(take.seconds > 0.3)"
    )
    assert without((*EXTRAS, "prefect"), code).strip() == "True"


def test_the_flows_import_without_any_extra_and_without_what_only_measuring_needs() -> None:
    code = "import flows.audiobook, flows.library, flows.dub\nprint(flows.dub.__name__)"
    assert "flows.dub" in without((*EXTRAS, "scipy", "pyloudnorm"), code)


def test_commands_pay_neither_for_prefect_nor_for_extras() -> None:
    code = "from flows.cli.app import COMMANDS, command\nfor name in COMMANDS: print(command(name).name)"
    assert "audiobook" in without((*EXTRAS, "prefect"), code)


def test_a_fleet_without_its_extra_says_what_to_install() -> None:
    code = (
        "from flows.cli.fleet import status\nfrom normalizers import DuoyinError\n"
        "try: status()\nexcept DuoyinError as error: print(error)"
    )
    told = without(EXTRAS, code)
    assert "needs the package ray" in told and "duoyin[cluster]" in told


def test_the_help_of_duoyin_imports_nothing_heavy() -> None:
    """It shall be there at once: under half a second of processor."""
    heavy = ("numpy", "pydantic", "ruamel", "normalizers", "jieba", "lxml", "onnxruntime", "prefect", "torch")
    code = "import sys\nfrom flows.cli.app import app\nsys.argv = ['duoyin', '--help']\napp()"
    assert "audiobook" in without(heavy, code)


def test_say_without_sound_needs_no_engine_and_no_book() -> None:
    code = "import sys\nfrom flows.cli.app import app\nsys.argv = ['duoyin', 'say', 'In 1984.']\napp()"
    heavy = ("ruamel", "lxml", "onnxruntime", "soundfile", "scipy", "prefect", "torch")
    assert "nineteen" in without(heavy, code)


def test_a_speech_process_loads_no_rules_of_texts_and_no_writer_of_loops() -> None:
    """Each process of a run would pay for them: a tenth of a second and 15 MB."""
    code = (
        "import sys, tts_core.worker\nfrom tts_core.registry import load_engine\n"
        "from tts_core.take_stores import open_takes\n"
        "engine = load_engine('kokoro')\nengine.fingerprint()\n"
        "rules = {'normalizers.speak', 'normalizers.languages', 'tts_core.kokoro.reading', 'llvmlite.ir', 'ssl'}\n"
        "print(sorted(rules & set(sys.modules)))"
    )
    assert without(EXTRAS, code).strip() == "[]"


def test_a_book_is_planned_without_what_only_speaking_needs() -> None:
    code = (
        "from tts_core.engine import Utterance\nfrom tts_core.registry import load_engine\n"
        "from tts_core.takes import Keys\nengine = load_engine('kokoro')\n"
        "line = engine.read(Utterance('Hello there.', 'en', 'af_heart'))\n"
        "print(len(Keys().key('kokoro', engine, line)))"
    )
    assert without((*EXTRAS, "onnxruntime", "scipy"), code).strip() == "64"


def test_every_name_of_the_normalizers_is_where_it_is_looked_for() -> None:
    code = "import normalizers\nprint(all(getattr(normalizers, name) for name in normalizers.__all__))"
    assert without(EXTRAS, code).strip() == "True"


def test_a_book_loads_no_reader_of_subtitles_and_no_cast_of_another_language() -> None:
    code = (
        "import sys, flows.cli.audiobook, flows.making.audiobook, flows.sources.epub\n"
        "from flows.casting.readers import reader_for\nreader_for('en')\n"
        "others = ('flows.sources.subtitles', 'flows.casting.chinese', 'flows.casting.spanish')\n"
        "print(sorted(name for name in sys.modules if name.startswith(others)))"
    )
    assert without(EXTRAS, code).strip() == "[]"


def test_sound_is_limited_and_measured_without_what_designed_the_filters() -> None:
    """scipy.signal costs a second and 67 MB: it is asked once a machine."""
    for design in (k_weighting, interpolator):
        design.cache_clear()
        design(24_000)
    code = (
        "import numpy as np\nfrom flows.mastering.limiter import limited\n"
        "from flows.mastering.loudness import measure\n"
        "loud = np.full(30_000, 1.5, np.float32)\n"
        "print(measure(limited([loud], 24_000, 1.0, -1.0), 24_000).samples)"
    )
    assert without(("scipy", "pyloudnorm"), code).strip() == "30000"
