"""From recordings to a voice of Tacotron 2, by the same order and the same command as a voice of GPT-SoVITS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from flows.making.training import baseline
from flows.making.training.baseline import MODEL_FILE
from flows.making.training.exporting import export, record_of
from flows.making.training.learners import forecast, make
from flows.making.training.making import forecast_text
from flows.making.training.order import MOST_SECONDS, order_of
from normalizers import DuoyinError
from tests.flows.making.training.test_making import TEXTS, Killed, home
from tests.tts_core.tacotron.tiny import TINY, tiny_size
from tts_core.engine import Utterance
from tts_core.gpt_sovits.engine import GptSovitsEngine
from tts_core.gpt_sovits.voice.voicefile import load_voice
from tts_core.registry import load_engine
from tts_core.tacotron import model
from tts_core.tacotron.learning import MelCourse
from tts_core.tacotron.vocoder import VOCODER_FILE, read_vocoder

__all__ = ["home"]

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(model.SIZES, "small", TINY)


def asked(home: Path, **more: Any) -> dict[str, Any]:
    return {
        "recordings": [str(home / "recordings")], "consent": "The recordings are in the public domain.",
        "engine": "tacotron2", "size": "small", "language": "en", "text_updates": 2, "stage": "text", **more,
    }  # fmt: skip


def test_a_voice_is_trained_goes_on_where_it_was_and_speaks(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [0]
    ours = MelCourse.learn

    def killed(self: Any, update: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2:
            raise Killed
        return ours(self, update)

    monkeypatch.setattr(MelCourse, "learn", killed)
    with pytest.raises(Killed):
        make(order_of("anna", asked(home)))
    made = make(order_of("anna", {}))
    assert {stage: record.done for stage, record in made.records.items()} == {"text": 2}
    voice = load_voice(home / "voices" / "anna")
    assert (voice.engine, voice.model, voice.trained["updates"]) == ("tacotron2", MODEL_FILE, {"text": 2})
    assert len(voice.trained["clips"]) == len(TEXTS) and voice.consent.statement.endswith("public domain.")
    page = made.page.read_text(encoding="utf-8")
    assert all((made.page.parent / part.split('"')[0]).is_file() for part in page.split('src="')[1:])
    assert GptSovitsEngine(device="cpu").voices() == []
    engine = load_engine("tacotron2", mark=False)
    assert [preset.name for preset in engine.voices()] == ["anna"]
    (take,) = engine.speak([engine.read(Utterance("Look, a grey cat.", "en", "anna"))])
    assert take.seconds > 0.1

    learned = calls[0]
    again = make(order_of("anna", {}))
    assert calls[0] == learned, "a finished run learned again"
    assert again.to_json()["stages"] == made.to_json()["stages"]
    (file,) = export("anna", Path(record_of("anna")["folder"]), home / "out")
    assert model.read_model(file).size == TINY

    more = make(order_of("anna", {"more": 1}))
    assert more.records["text"].done == 3
    other = make(order_of("ben", asked(home, base="anna", text_updates=1)))
    assert load_voice(home / "voices" / "ben").trained["base"] == "anna" and other.records["text"].done == 1


def test_a_vocoder_is_trained_for_a_voice_and_sounds_its_mels(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline, "vocoder_size", lambda _, source: tiny_size(source))
    monkeypatch.setattr(baseline, "chosen", lambda heard: heard[0])
    with pytest.raises(DuoyinError, match="the text stage was never trained"):
        make(order_of("anna", asked(home, stage="sound", sound_updates=2)))
    made = make(
        order_of("anna", asked(home, stage="both", source="nsf", sound_updates=2, precision="bfloat16"))
    )
    assert {stage: record.done for stage, record in made.records.items()} == {"sound": 2, "text": 2}
    voice = load_voice(home / "voices" / "anna")
    assert voice.trained["updates"] == {"sound": 2, "text": 2} and "sound at 2" in made.to_text()
    engine = load_engine("tacotron2", mark=False)
    line = engine.read(Utterance("Look, a grey cat.", "en", "anna"))
    (take,) = engine.speak([line])
    assert take.evidence["sound"] == "NSF-HiFi-GAN"
    files = export("anna", Path(record_of("anna")["folder"]), home / "out")
    assert read_vocoder(files[1]).vocoder.size == tiny_size("nsf")

    plain = make(order_of("anna", {"stage": "sound", "source": "none"}))
    assert plain.records["sound"].done == 2 and plain.best.candidate.name != made.best.candidate.name
    (take,) = engine.speak([line])
    assert take.evidence["sound"] == "HiFi-GAN"
    monkeypatch.setattr(baseline, "chosen", lambda heard: heard[-1])
    bare = make(order_of("anna", {}))
    assert bare.best.candidate.vocoder is None and not (voice.folder / VOCODER_FILE).exists()
    monkeypatch.setattr(baseline, "chosen", lambda heard: heard[0])
    make(order_of("anna", {}))
    other = make(order_of("ben", asked(home, stage="both", base="anna", source="none", sound_updates=1)))
    assert other.records["sound"].looks[0][1] < plain.records["sound"].looks[0][1]


def test_a_forecast_tells_updates_time_and_memory_and_trains_nothing(home: Path) -> None:
    _, stages = forecast(order_of("anna", asked(home)))
    assert [(each.stage, each.updates) for each in stages] == [("text", 2)]
    assert "text: 2 updates, " in forecast_text(stages)
    assert not (home / "voices" / "anna" / "voice.yaml").exists()


def test_what_the_older_design_has_not_is_refused(home: Path) -> None:
    with pytest.raises(DuoyinError, match="without recipe"):
        order_of("anna", asked(home, recipe="compatible"))
    order = order_of("anna", asked(home))
    assert (order.base, order.most) == ("", MOST_SECONDS)
    with pytest.raises(DuoyinError, match="a base has its own size"):
        order_of("clara", asked(home, engine="gpt-sovits"))
    assert order_of("clara", asked(home, engine="gpt-sovits", size="")).most is None
    make(order)
    with pytest.raises(DuoyinError, match="already, spoken by tacotron2"):
        order_of("anna", {"engine": "gpt-sovits"})
