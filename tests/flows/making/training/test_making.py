"""From recordings to a voice that can be cast, with tiny random models in the published formats."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from dataclasses import replace

from flows.making.training import auditions, looking
from flows.making.training.exporting import export, record_of
from flows.making.training.making import RECORD_FILE, forecast, forecast_text, make
from flows.making.training.order import order_of
from normalizers import DuoyinError
from tests.tts_core.gpt_sovits.training.tiny_base import NAME, make_base
from tts_core.gpt_sovits.engine import GptSovitsEngine
from tts_core.gpt_sovits.files.checkpoints import read_checkpoint
from tts_core.gpt_sovits.model.text2semantic import T2SDims
from tts_core.gpt_sovits.training import fresh
from tts_core.gpt_sovits.training.base import base_of
from tts_core.gpt_sovits.training.courses import TextCourse
from tts_core.gpt_sovits.training.fresh import MIDDLE, FreshSize
from tts_core.gpt_sovits.training.material import cleaning
from tts_core.gpt_sovits.voice.voicefile import load_voice

pytestmark = pytest.mark.slow

TEXTS = {
    "en_LJ001-0001.wav": "Printing, in the only sense with which we are at present <concerned>, differs from most "
    "if not from all the arts and crafts represented in the Exhibition.",
    "en_jfk.flac": "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for "
    "your country.",
}


@pytest.fixture
def home(in_shared: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two recordings with their words, a tiny base, and nobody who listens or tells people apart."""
    folder = in_shared("corpus/voices")
    (tmp_path / "recordings").mkdir()
    for name, text in TEXTS.items():
        shutil.copy(folder / name, tmp_path / "recordings" / name)
        (tmp_path / "recordings" / name).with_suffix(".txt").write_text(text, encoding="utf-8")
    monkeypatch.setenv("DUOYIN_MODELS", str(make_base(tmp_path / "models")))
    monkeypatch.setenv("DUOYIN_VOICES", str(tmp_path / "voices"))
    monkeypatch.setattr(looking, "ear", lambda: None)
    monkeypatch.setattr(looking, "installed_judge", lambda: None)
    monkeypatch.setattr(auditions, "installed_judge", lambda: None)
    monkeypatch.setattr(auditions, "_transcriber", lambda: None)
    monkeypatch.setattr(auditions, "AUDITION_LINES", 2)
    return tmp_path


def asked(home: Path, **more: Any) -> dict[str, Any]:
    return {
        "recordings": [str(home / "recordings")], "consent": "The recordings are in the public domain.",
        "base": NAME, "language": "en", "sound_updates": 2, "text_updates": 2, **more,
    }  # fmt: skip


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_voice_is_trained_goes_on_where_it_was_and_can_be_cast(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [0]
    ours = TextCourse.learn

    def killed(self: Any, update: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2:
            raise Killed
        return ours(self, update)

    monkeypatch.setattr(TextCourse, "learn", killed)
    with pytest.raises(Killed):
        make(order_of("anna", asked(home)))
    made = make(order_of("anna", {}))
    assert {stage: record.done for stage, record in made.records.items()} == {"sound": 2, "text": 2}
    begun = [path.parent.name for path in (home / "voices" / "anna" / "training").glob("*/sound")]
    assert begun == [made.folder.name], "the second time another training was begun"
    voice = load_voice(home / "voices" / "anna")
    assert (voice.model, voice.trained["base"], voice.trained["updates"]) == (
        made.model,
        NAME,
        {"sound": 2, "text": 2},
    )
    assert voice.consent.statement == "The recordings are in the public domain."
    assert len(voice.trained["clips"]) == 2
    assert order_of("anna", {}).precision in ("float32", "bfloat16"), "what was measured once stays"
    page = made.page.read_text(encoding="utf-8")
    assert "&lt;concerned&gt;" in page and "<concerned>" not in page
    assert all((made.page.parent / part.split('"')[0]).is_file() for part in page.split('src="')[1:])
    assert [preset.name for preset in GptSovitsEngine(device="cpu").voices()] == ["anna"]

    learned = calls[0]
    again = make(order_of("anna", {}))
    assert calls[0] == learned, "a finished run learned again"
    assert again.to_json()["stages"] == made.to_json()["stages"]
    record = json.loads((made.folder / RECORD_FILE).read_text(encoding="utf-8"))
    assert record["order"]["consent"] and len(record["set"]["clips"]) == 2

    text, sound = export("anna", Path(record_of("anna")["folder"]), home / "out")
    assert read_checkpoint(text).kind == "t2s"
    assert read_checkpoint(sound).kind == "v2"
    assert not any(name.startswith("enc_q.") for name in read_checkpoint(sound).weights)

    assert [each.updates for each in forecast(order_of("anna", {}))[1]] == [0, 0], "what is done is no work"
    assert [each.updates for each in forecast(order_of("anna", {"more": 3}))[1]] == [3, 3]
    more = make(order_of("anna", {"more": 1, "stage": "text"}))
    assert {stage: record.done for stage, record in more.records.items()} == {"sound": 2, "text": 3}
    assert more.best.candidate.sound_update, "what the sound stage learned before was dropped"


def test_a_model_begins_with_nothing_from_several_people_and_is_a_base_afterwards(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = FreshSize(replace(MIDDLE, codes=1024, decoder=64, narrowing=32), T2SDims(32, 4, 2, 732), 1e-3)
    monkeypatch.setitem(fresh.FRESH_SIZES, "small", tiny)
    monkeypatch.setattr(cleaning, "LEAST_SECONDS", 5.0)
    monkeypatch.setattr(auditions, "AUDITION_LINES", 1)
    places = [home / name.partition(".")[0] for name in TEXTS]
    for place, name in zip(places, TEXTS, strict=True):
        place.mkdir()
        for file in (home / "recordings" / name, (home / "recordings" / name).with_suffix(".txt")):
            shutil.copy(file, place / file.name)
    given = asked(home, base="none", size="small", recordings=[str(place) for place in places])
    made = make(order_of("anna", given))
    assert {stage: record.done for stage, record in made.records.items()} == {"sound": 2, "text": 2}
    assert any(warning.startswith("begun with nothing, from 0:") for warning in made.warnings)
    assert {clip.recording for clip in made.clean.clips} == set(TEXTS), "one of the people was not learned"
    assert all(each.candidate.trained for each in made.auditions), "nothing was heard that knows nothing"
    voice = load_voice(home / "voices" / "anna")
    assert (
        voice.prompt.text == TEXTS[next(iter(TEXTS))].replace("<", "").replace(">", "") or voice.prompt.text
    )
    with pytest.raises(DuoyinError, match="has begun to learn the sound stage's codes"):
        make(order_of("anna", {"more": 1}))

    base = base_of(made.model)
    assert base.discriminators is not None and not base.fresh
    learned = base.sound.weights["quantizer.vq.layers.0._codebook.embed"].float()
    assert learned.abs().sum() > 0 and len(learned) == 1024
    again = make(order_of("ben", asked(home, base=made.model, recordings=[str(places[1])])))
    assert again.records["sound"].done == 2, "what was learned is no base"


def test_a_forecast_tells_updates_time_and_memory_and_trains_nothing(home: Path) -> None:
    order = order_of("anna", asked(home))
    _, stages = forecast(order)
    assert [(each.stage, each.updates) for each in stages] == [("sound", 2), ("text", 2)]
    assert all(each.seconds_an_update > 0 and each.memory > 1e8 for each in stages)
    assert "sound: 2 updates, " in forecast_text(stages)
    with pytest.raises(DuoyinError, match="there is no voice 'anna'"):
        record_of("anna")
