"""What every engine keeps: the two steps of the seam, and a description that is true."""

from __future__ import annotations

import importlib
import importlib.util
import json
from dataclasses import replace

import numpy as np
import pytest

from normalizers import DuoyinError
from tests.engines import ToneEngine, embedded
from tts_core.description import EngineDescription
from tts_core.engine import Engine, Prepared, Utterance, spoken_aloud, streamed, take_number, word_times
from tts_core.registry import DEFAULT_ENGINE, ENGINES, describe, load_engine
from tts_core.sound import Samples

TEXTS = {"en": "Look, a grey cat!", "zh": "看，一只猫！", "es": "¡Mira, un gato gris!"}


@pytest.fixture(
    scope="module",
    params=["tests.engines:ToneEngine", "tests.engines:StreamingEngine", "kokoro", "gpt-sovits", "tacotron2"],
)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    if request.param == "kokoro":
        return embedded()
    if request.param not in ("gpt-sovits", "tacotron2"):
        return load_engine(request.param)
    if not (importlib.util.find_spec("torch") and importlib.util.find_spec("transformers")):
        pytest.skip("the extra `clone` is not installed")
    if request.param == "tacotron2":
        from tests.tts_core.tacotron import home

        return home.loaded(home.make_home(tmp_path_factory.mktemp("voices")))
    from tests.tts_core.gpt_sovits.tiny_home import loaded, make_home

    return loaded(make_home(tmp_path_factory.mktemp("home")))


def lines(engine: Engine) -> list[Utterance]:
    voices = engine.voices()
    found = []
    for language in engine.languages:
        voice = next((v.name for v in voices if v.language == language), voices[0].name)
        found.append(Utterance(TEXTS[language], language, voice, seed=3))
    return found


def test_it_is_an_engine(engine: Engine) -> None:
    assert isinstance(engine, Engine)
    assert len(engine.fingerprint()) == 64 == len(engine.voice_digest(engine.voices()[0].name, "en"))


def test_reading_is_pure_and_crosses_a_pipe(engine: Engine) -> None:
    for line in lines(engine):
        prepared = engine.read(line)
        assert prepared == engine.read(line)
        back = Prepared.from_json(json.loads(json.dumps(prepared.to_json())))
        assert back == prepared and hash(back) == hash(prepared)
        assert (prepared.speed, prepared.seed, prepared.text) == (line.speed, line.seed, line.text)
        assert not prepared.unread


def test_speed_and_seed_do_not_change_what_is_read(engine: Engine) -> None:
    for line in lines(engine):
        prepared = engine.read(line)
        assert engine.read(replace(line, speed=1.2, seed=9)) == replace(prepared, speed=1.2, seed=9)
        assert engine.predict_seconds(replace(prepared, speed=1.25)) < engine.predict_seconds(prepared)


def test_words_are_timed_in_order_inside_the_take(engine: Engine) -> None:
    for prepared in map(engine.read, lines(engine)):
        (take,) = engine.speak([Prepared.from_json(json.loads(json.dumps(prepared.to_json())))])
        assert take.samples.dtype == np.float32 and take.sample_rate == engine.sample_rate
        assert list(take.times) == sorted(take.times) and take.times[-1] <= take.seconds + 1e-6
        heard = word_times(prepared, take.times)
        letters = "".join(prepared.text[time.start_char : time.end_char] for time in heard)
        assert letters == "".join(c for c in prepared.text if c.isalnum())


def test_a_language_it_does_not_speak_is_refused(engine: Engine) -> None:
    with pytest.raises(DuoyinError, match=rf"{engine.name} does not speak 'xx'"):
        engine.read(Utterance("Hello.", "xx", engine.voices()[0].name))


@pytest.mark.parametrize("name", list(ENGINES))
def test_a_description_is_true(name: str) -> None:
    row = describe(name)
    assert row.name == name and row.tempo[0] < 1 < row.tempo[1] and row.edge_seconds >= 0
    assert row.text is not None and len(row.text.digest()) == 64
    if row.extra and not importlib.util.find_spec("torch"):
        pytest.skip("what it needs is not installed")
    package = row.factory.partition(":")[0].rpartition(".")[0]
    reading = "text.frontend" if name == "gpt-sovits" else "reading"
    assert set(row.languages) == set(importlib.import_module(f"{package}.{reading}").LANGUAGES)


def test_an_engine_of_somebody_else_has_the_defaults_and_what_its_class_says() -> None:
    name = "tests.engines:ToneEngine"
    assert describe(name) == EngineDescription(name, name, speech=False)
    assert isinstance(load_engine(name, delay=0.0), ToneEngine)


def test_an_engine_that_is_not_there_is_answered_with_those_known() -> None:
    with pytest.raises(DuoyinError, match=r"no engine 'festival'[\s\S]*kokoro"):
        load_engine("festival")
    with pytest.raises(DuoyinError, match="has no engine 'Nobody'"):
        load_engine("tests.engines:Nobody")


def test_an_option_it_does_not_take_is_an_error_for_people() -> None:
    with pytest.raises(DuoyinError, match=r"does not take these options[\s\S]*It takes"):
        load_engine(DEFAULT_ENGINE, devise="cuda")


def test_what_is_not_installed_names_the_right_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("tts_core.registry.importlib.import_module", missing)
    for name, row in ENGINES.items():
        with pytest.raises(DuoyinError, match="needs the package 'torch'") as caught:
            load_engine(name)
        assert row.install in str(caught.value)


def test_another_take_is_the_same_text_in_the_same_voice_said_otherwise(engine: Engine) -> None:
    for line in lines(engine):
        first = engine.read(line)
        assert take_number(engine, first, 1) == first, "take 1 is the line as it is read"
        takes = [first, *filter(None, (take_number(engine, first, number) for number in (2, 3)))]
        assert len(takes) == 3, "there are two more takes at least, which is what a repair may ask for"
        sounds = [(take.given, take.speed, take.seed) for take in takes]
        assert len(set(sounds)) == 3
        for take in takes:
            assert (take.voice, take.language, take.text, take.words) == (
                first.voice, first.language, first.text, first.words,
            )  # fmt: skip
            back = Prepared.from_json(json.loads(json.dumps(take.to_json())))
            assert back == take == take_number(engine, first, takes.index(take) + 1)
        at_tempo = take_number(engine, first, 2, at_tempo=True)
        assert at_tempo is not None and at_tempo.speed == first.speed


def test_a_stream_is_the_take(engine: Engine) -> None:
    for prepared in map(engine.read, lines(engine)):
        (take,) = engine.speak([prepared])
        sound = np.concatenate(list(streamed(engine, prepared)))
        assert sound.dtype == np.float32 and sound.shape == take.samples.shape
        assert float(np.abs(sound - take.samples).max()) <= 1e-3
        heard: list[Samples] = []
        aloud = spoken_aloud(engine, prepared, heard.append)
        assert np.array_equal(aloud.samples, take.samples) and aloud.times == take.times
        assert aloud.evidence == take.evidence
        assert not heard or np.array_equal(np.concatenate(heard), sound)


def test_an_engine_that_says_nothing_of_it_has_one_take() -> None:
    class One(ToneEngine):
        retake = None  # type: ignore[assignment]

    one = One()
    assert take_number(one, one.read(Utterance("Look.", "en", "low")), 2) is None
