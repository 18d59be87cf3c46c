"""A voice has an engine and a right to be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from normalizers import DuoyinError
from tts_core.registry import ENGINES, load_engine
from tts_core.voices import ReferenceClip, Voice, voices_of

CLIP = ReferenceClip(Path("anna.wav"), "Good morning.", "en")


def test_clips_of_a_person_need_consent() -> None:
    with pytest.raises(DuoyinError, match="no consent statement"):
        Voice("anna", "gpt-sovits", clips=(CLIP,))
    assert Voice("anna", "gpt-sovits", clips=(CLIP,), consent="Anna agreed.").engine_voice == "anna"


def test_a_voice_of_nothing_is_refused() -> None:
    with pytest.raises(DuoyinError, match="neither a preset nor reference clips"):
        Voice("nobody", "kokoro")


def test_the_default_engine_brings_licensed_voices_for_both_languages() -> None:
    voices = voices_of(load_engine())
    assert voices[0].engine in ENGINES and all(voice.licence for voice in voices)


def test_an_unknown_engine_is_answered_with_those_known() -> None:
    with pytest.raises(DuoyinError, match=r"no engine 'festival'[\s\S]*kokoro"):
        load_engine("festival")


def test_loading_the_default_engine_imports_no_torch() -> None:
    import subprocess
    import sys

    code = "import sys, tts_core.registry as r; r.load_engine(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
