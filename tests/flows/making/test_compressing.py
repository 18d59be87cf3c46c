"""Models made smaller: half the first stage or half the decoder's width, taught by the whole; graphs with smaller
weights. Tiny random models."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from flows.cli import models
from flows.making import compressing, weighing
from flows.making.compressing import Distilling, distil, named, shrink
from flows.making.weighing import speak_lines, spoken
from normalizers import DuoyinError
from tests.tts_core.gpt_sovits.tiny_home import make_home
from tts_core.consent import Consent, Use
from tts_core.files import file_digest
from tts_core.gpt_sovits.files.checkpoints import read_checkpoint
from tts_core.gpt_sovits.files.imported import SOVITS_FILE, T2S_FILE, imported_folder
from tts_core.gpt_sovits.graph_engine import GRAPHS
from tts_core.gpt_sovits.model.sovits import load_sovits
from tts_core.gpt_sovits.model.text2semantic import load_text2semantic
from tts_core.gpt_sovits.training.teaching import LEAST_LINES
from tts_core.gpt_sovits.voice.voicefile import load_voice, save_voice, voices_folder

TEXT = "\n\n".join(
    f"院子里有{number}只钟。" for number in ("两", "三", "四", "五", "六", "七", "八", "九", "十")
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_home(tmp_path_factory.mktemp("home"))
    (folder / "models").rename(folder / "gpt-sovits")
    (folder / "text.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture
def home(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DUOYIN_MODELS", str(made))
    monkeypatch.setenv("DUOYIN_VOICES", str(made / "voices"))
    monkeypatch.setenv("DUOYIN_GPT_SOVITS_SUPPORT", str(made / "support"))
    return made


def digests(folder: Path) -> dict[str, str]:
    return {file.name: file_digest(file) for file in folder.iterdir() if file.is_file()}


def test_a_voice_gets_half_a_first_stage_and_keeps_its_consent(home: Path) -> None:
    before = digests(imported_folder() / "plain"), digests(voices_folder() / "anna")
    half = distil(Distilling("anna", home / "text.txt", updates=4))
    assert (half.model, half.voice, half.sizes) == ("anna-half", "anna-half", (2, 1))
    assert before == (digests(imported_folder() / "plain"), digests(voices_folder() / "anna"))
    model = load_text2semantic(read_checkpoint(imported_folder() / "anna-half" / T2S_FILE))
    whole, voice = load_voice(voices_folder() / "anna"), load_voice(voices_folder() / "anna-half")
    assert model.dims.layers == 1 and voice.model == "anna-half"
    assert (voice.consent, voice.prompt, voice.licence) == (whole.consent, whole.prompt, whole.licence)
    more = distil(Distilling("anna", home / "text.txt", updates=6))
    assert more.record.done == 6 and more.record.looks[:4] == half.record.looks[:4]


def test_a_voice_gets_a_decoder_of_half_the_width_and_keeps_its_tokens(home: Path) -> None:
    before = digests(imported_folder() / "plain"), digests(voices_folder() / "anna")
    narrow = distil(Distilling("anna", home / "text.txt", "narrow", updates=4))
    assert (narrow.model, narrow.voice, narrow.sizes) == ("anna-narrow", "anna-narrow", (64, 32))
    assert before == (digests(imported_folder() / "plain"), digests(voices_folder() / "anna"))
    made = imported_folder() / "anna-narrow"
    assert file_digest(made / T2S_FILE) == file_digest(imported_folder() / "plain" / T2S_FILE)
    assert load_sovits(read_checkpoint(made / SOVITS_FILE)).dims.generator.channels == 32
    assert load_voice(voices_folder() / "anna-narrow").model == "anna-narrow"
    assert narrow.to_json()["channels"] == [64, 32] and "32 of 64 channels" in narrow.to_text()
    files = shrink("anna-narrow", "float16", home / "narrow")
    whole = shrink("anna", "float16", home / "wide")
    sizes = [
        next(each for each in some if each.name == "speech.onnx").stat().st_size for some in (files, whole)
    ]
    assert sizes[0] < sizes[1]
    more = distil(Distilling("anna", home / "text.txt", "narrow", updates=6))
    assert more.record.done == 6 and more.record.looks[:4] == narrow.record.looks[:4]


def test_a_decoder_is_not_taught_without_a_voice(home: Path) -> None:
    with pytest.raises(DuoyinError, match="learns in a voice, and a model alone has none"):
        distil(Distilling("plain", home / "text.txt", "narrow"))


def test_what_was_spoken_before_a_stop_is_not_spoken_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(share: float, detail: str = "") -> None:
        raise KeyboardInterrupt

    order = Distilling("plain", home / "text.txt", name="bare", updates=2)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(compressing, "share_told", lambda: stop)
        distil(order)
    (kept,) = (home / compressing.RUNS / "bare").rglob("*.pt")
    written = kept.stat().st_mtime_ns
    half = distil(order)
    assert kept.stat().st_mtime_ns == written and half.voice == "" and half.record.done == 2


@pytest.mark.parametrize(
    ("consent", "why"),
    [
        (Consent("By letter.", withdrawn=date(2020, 1, 1)), "withdrawn on 2020-01-01"),
        (Consent("By letter.", covers=(Use.READ_ALOUD,)), "covers read-aloud, and not train"),
    ],
)
def test_no_half_is_made_without_consent(home: Path, consent: Consent, why: str) -> None:
    folder = voices_folder() / "asked"
    shutil.copytree(voices_folder() / "ben", folder, dirs_exist_ok=True)
    asked = replace(
        load_voice(voices_folder() / "ben"),
        name="asked",
        consent=consent,
        folder=folder,
        trained={"base": "x"},
    )
    save_voice(asked)
    for name in ("asked", "other"):  # by the model's own name neither
        with pytest.raises(DuoyinError, match=f"no smaller model may be made of the voice 'asked': .*{why}"):
            distil(Distilling(name, home / "text.txt"))
    shutil.rmtree(folder)


def test_nothing_that_is_there_is_overwritten(home: Path) -> None:
    for name in ("plain", "other", "ben"):
        with pytest.raises(DuoyinError, match=r"something called .* already"):
            distil(Distilling("plain", home / "text.txt", name=name))
    with pytest.raises(DuoyinError, match="cannot be a model's name"):
        distil(Distilling("plain", home / "text.txt", name="../plain"))


def test_what_cannot_be_halved_is_said(home: Path) -> None:
    (home / "short.txt").write_text("九点了。", encoding="utf-8")
    with pytest.raises(DuoyinError, match="1 lines to speak"):
        distil(Distilling("plain", home / "short.txt", name="short"))
    with pytest.raises(DuoyinError, match="no imported GPT-SoVITS model here"):
        distil(Distilling("nobody", home / "text.txt"))
    with pytest.raises(DuoyinError, match="kokoro-voices is no model of GPT-SoVITS"):
        named("kokoro-voices")


def test_smaller_graphs_of_a_voice_speak(home: Path) -> None:
    files = shrink("ben", "int8", home / "int8")
    names = {"prefill.onnx", "step.onnx", "speech.onnx", "voice.onnx", "graphs.json", "ben.voice.npz"}
    assert {file.name for file in files} == names == {file.name for file in (home / "int8").iterdir()}
    speech = speak_lines(home / "int8", "ben", ["院子里有两只钟。"], "zh", None)
    assert speech.seconds > 0.4 and np.isfinite(speech.takes[0]).all() and speech.memory > 1e7
    parts = [speech.cpu_seconds[graph] for graph in GRAPHS]
    assert min(parts) > 0 and speech.cpu_seconds["all"] >= sum(parts)


def test_the_command_begins_with_the_numbers_of_the_work_which_needs_torch() -> None:
    known = (compressing.LINES, compressing.UPDATES, LEAST_LINES)
    assert known == (models.LINES, models.UPDATES, models.LEAST_LINES)


def test_a_process_that_speaks_and_is_ended_is_one_message(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DuoyinError, match="no exported graphs"):
        spoken(home / "nowhere", "ben", ["院子里有两只钟。"], "zh")
    monkeypatch.setattr(weighing, "_speak_there", repr)  # it ends without a word, as where memory is short
    with pytest.raises(DuoyinError, match="ended before it was done"):
        spoken(home / "nowhere", "ben", ["院子里有两只钟。"], "zh")
