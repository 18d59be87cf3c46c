"""What was asked for is remembered, and what is missing is one message."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("torch")

from flows.making.training.order import ORDER_FILE, order_of
from normalizers import DuoyinError
from tts_core.consent import Consent, Use
from tts_core.gpt_sovits.training.chain import Orders
from tts_core.gpt_sovits.voice.voicefile import Clip, ClonedVoice, save_voice

ASKED = {
    "recordings": ["/tmp/r"],
    "consent": "Recorded by Anna for this.",
    "language": "en",
    "sound_updates": 7,
}


@pytest.fixture(autouse=True)
def voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DUOYIN_VOICES", str(tmp_path))
    return tmp_path


def test_what_is_not_said_again_is_as_it_was(voices: Path) -> None:
    first = order_of("anna", {**ASKED, "more": 5})
    again = order_of("anna", {"text_updates": 9, "consent": ""})
    assert (again.recordings, again.consent, again.language) == (("/tmp/r",), ASKED["consent"], "en")
    assert (again.sound_updates, again.text_updates) == (7, 9)
    assert (first.more, again.more) == (5, 0)  # asked for once
    assert again.folder == voices / "anna" / "training"


def test_nothing_is_trained_without_consent_recordings_or_a_name() -> None:
    with pytest.raises(DuoyinError, match="needs a consent statement"):
        order_of("anna", {"recordings": ["/tmp/r"]})
    with pytest.raises(DuoyinError, match="which recordings shall it learn from"):
        order_of("anna", {"consent": "Anna agreed."})
    with pytest.raises(DuoyinError, match="cannot be a voice's name"):
        order_of("../anna", ASKED)
    with pytest.raises(DuoyinError, match="training knows no option rcipe"):
        order_of("anna", {**ASKED, "rcipe": "fixed"})


def test_what_a_consent_covers_is_heeded_and_remembered() -> None:
    with pytest.raises(DuoyinError, match="covers publish, and not train"):
        order_of("anna", {**ASKED, "covers": ["publish"]})
    with pytest.raises(DuoyinError, match="ended on 2020-01-31"):
        order_of("anna", {**ASKED, "until": "2020-01-31"})
    with pytest.raises(DuoyinError, match="'sing' is none of read-aloud, publish, train"):
        order_of("anna", {**ASKED, "covers": ["sing"]})
    order_of("anna", {**ASKED, "covers": ["train", "read-aloud"], "until": "2099-12-31"})
    agreed = order_of("anna", {"covers": [], "until": ""}).agreed()
    assert agreed == Consent("Recorded by Anna for this.", (Use.READ_ALOUD, Use.TRAIN), date(2099, 12, 31))


def test_a_voice_that_was_not_trained_is_not_written_over(voices: Path) -> None:
    (voices / "anna").mkdir()
    (voices / "anna" / "a.wav").write_bytes(b"")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    clip = Clip("a.wav", digest)
    save_voice(ClonedVoice("anna", "m", clip, (clip,), "en", Consent("Anna agreed."), folder=voices / "anna"))
    with pytest.raises(DuoyinError, match="there is a voice 'anna' already, made without training"):
        order_of("anna", ASKED)


def test_consent_that_was_taken_back_or_does_not_cover_training_is_heeded(voices: Path) -> None:
    (voices / "anna").mkdir()
    (voices / "anna" / "a.wav").write_bytes(b"")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    clip = Clip("a.wav", digest)
    for consent, why in (
        (Consent("Anna agreed.", withdrawn=date(2026, 1, 2)), "was withdrawn on 2026-01-02"),
        (Consent("Anna agreed.", covers=(Use.READ_ALOUD,)), "covers read-aloud, and not train"),
    ):
        folder = voices / "anna"
        save_voice(
            ClonedVoice("anna", "m", clip, (clip,), "en", consent, folder=folder, trained={"base": "b"})
        )
        with pytest.raises(DuoyinError, match=why):
            order_of("anna", ASKED)


def test_an_order_from_before_there_was_a_choice_of_denoisers_is_gone_on_with(voices: Path) -> None:
    file = voices / "anna" / "training" / ORDER_FILE
    for before, after in ((True, "rnnoise"), (False, None)):
        order_of("anna", ASKED)
        content = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({**content, "denoise": before}), encoding="utf-8")
        assert order_of("anna", {}).denoise == after


def test_a_damaged_order_is_one_message(voices: Path) -> None:
    order_of("anna", ASKED)
    (voices / "anna" / "training" / ORDER_FILE).write_text("{", encoding="utf-8")
    with pytest.raises(DuoyinError, match="the last order cannot be read"):
        order_of("anna", {})


def test_updates_follow_from_the_length_of_the_set() -> None:
    orders = Orders(updates=(("text", 33),))
    assert orders.planned("text", 600) == 33
    assert orders.planned("sound", 20) == 120
    assert orders.planned("sound", 60) == 160
    assert orders.planned("sound", 290) == 560
    assert order_of("anna", {**ASKED, "stage": "text"}).orders().stages == ("text",)


def test_what_begins_with_nothing_learns_both_stages_in_a_size_on_one_device(voices: Path) -> None:
    order = order_of("anna", {**ASKED, "base": "none", "size": "small"})
    assert order.from_nothing and order.most == 36_000.0
    with pytest.raises(DuoyinError, match="both stages have everything to learn"):
        order_of("anna", {"stage": "text"})
    with pytest.raises(DuoyinError, match="without a base one device learns"):
        order_of("anna", {"cards": 2, "device": "cuda"})
    with pytest.raises(DuoyinError, match="a base has its own size"):
        order_of("ben", {**ASKED, "size": "small"})
