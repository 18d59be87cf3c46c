"""The embedded engine speaks: real synthesis on short lines."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import PackageNotFoundError

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizers import DuoyinError, Hint
from tts_core.engine import Engine, Take, TempoSearch, TokenTime, Utterance, read_and_speak, word_times
from tts_core.kokoro import engine as engine_module
from tts_core.kokoro import reading
from tts_core.kokoro.engine import MAX_SPEED, MIN_SPEED, WORDLESS_SECONDS, KokoroEngine
from tts_core.phonetics.phonemes import Sound
from tts_core.recognizer import errors

EN = Utterance("Look at that, Mr Darcy!", "en", "bm_george")
ZH = Utterance("你好，我们走吧。", "zh", "zf_xiaobei")
MIXED = Utterance("他说Hello，然后走了。", "zh", "zm_yunjian")


@pytest.mark.parametrize(
    "installed", [("onnxruntime",), ("onnxruntime-gpu",), ("onnxruntime", "onnxruntime-gpu"), ()]
)
def test_the_runtime_has_its_own_version_whichever_package_it_came_in(
    installed: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if name not in installed:
            raise PackageNotFoundError(name)
        return (
            onnxruntime.__version__ if installed == (name,) else "0.1"
        )  # what a package over another says is not so

    monkeypatch.setattr(engine_module, "version", version)
    assert engine_module._onnxruntime() == onnxruntime.__version__


def speak(engine: KokoroEngine, utterance: Utterance) -> Take:
    return next(read_and_speak(engine, [utterance]))


def times(engine: KokoroEngine, utterance: Utterance, take: Take) -> tuple[TokenTime, ...]:
    return word_times(engine.read(utterance), take.times)


def said(utterance: Utterance) -> str:
    return "".join(sound.symbols for sound in sounds(utterance))


def sounds(utterance: Utterance) -> list[Sound]:
    return reading.phonemize(utterance)


@pytest.mark.parametrize("utterance", [EN, ZH, MIXED], ids=["en", "zh", "mixed"])
def test_a_take_has_sound_and_a_time_for_every_word(engine: KokoroEngine, utterance: Utterance) -> None:
    take = speak(engine, utterance)
    assert take.sample_rate == 24_000 and take.samples.dtype == np.float32
    assert 0.5 < take.seconds < 5 and 0.05 < np.abs(take.samples).max() < 2
    heard = times(engine, utterance, take)
    spans = [(t.start_char, t.end_char) for t in heard]
    assert spans == sorted(spans) and all(utterance.text[a:b].strip() for a, b in spans)
    letters = {i for i, c in enumerate(utterance.text) if c.isalpha()}
    assert letters == {i for a, b in spans for i in range(a, b) if utterance.text[i].isalpha()}
    edges = [edge for t in heard for edge in (t.start, t.end)]
    assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= take.seconds


@pytest.mark.parametrize("utterance", [EN, ZH], ids=["en", "zh"])
def test_silence_before_and_after_is_short_and_ends_are_quiet(
    engine: KokoroEngine, utterance: Utterance
) -> None:
    samples = speak(engine, utterance).samples
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    assert 0.02 < loud[0] / 24_000 < 0.16
    assert 0.02 < (len(samples) - loud[-1]) / 24_000 < 0.25
    assert abs(samples[0]) < 1e-3 and abs(samples[-1]) < 1e-3


def test_the_same_line_is_the_same_sound(engine: KokoroEngine) -> None:
    first, again = speak(engine, ZH), speak(KokoroEngine(), ZH)
    assert np.array_equal(first.samples, again.samples) and first.times == again.times


@pytest.mark.parametrize("speed", [1.0, 0.83, 1.21])
def test_the_predicted_length_is_that_of_the_take(engine: KokoroEngine, speed: float) -> None:
    for utterance in (EN, MIXED, Utterance("——", "zh", "zf_xiaobei")):
        utterance = Utterance(utterance.text, utterance.language, utterance.voice, speed)
        assert engine.predict_seconds(engine.read(utterance)) == pytest.approx(
            speak(engine, utterance).seconds, abs=1e-9
        )


@pytest.mark.parametrize("text", ["……", "——！", "", "   ", "“”", "* * *", "。"])
def test_marks_alone_are_silence(engine: KokoroEngine, text: str) -> None:
    for language in ("en", "zh"):
        take = speak(engine, Utterance(text, language, "zf_xiaobei"))
        assert take.seconds == WORDLESS_SECONDS and not take.samples.any() and not take.times


SENTENCES: list[tuple[str, str]] = [
    ("It is a truth universally acknowledged, that a single man must be in want of a wife.", "en"),
    ("How are you?", "en"),
    ("行者笑道：“师父不要怕，我去看看就来。”", "zh"),
]


@pytest.mark.parametrize(("text", "language"), SENTENCES)
@pytest.mark.parametrize("ratio", [0.8, 0.9, 0.95, 1.0, 1.05, 1.15, 1.3])
def test_a_wanted_length_is_hit_within_two_per_cent(
    engine: KokoroEngine, text: str, language: str, ratio: float
) -> None:
    voice = {"en": "bm_george", "zh": "zm_yunjian"}[language]
    line = engine.read(Utterance(text, language, voice))
    natural = engine.predict_seconds(line)
    speed, seconds = engine.speed_for(line, natural * ratio)
    assert seconds == pytest.approx(natural * ratio, rel=0.02, abs=0.013)
    assert engine.predict_seconds(replace(line, speed=speed)) == pytest.approx(seconds, abs=1e-9)


def test_an_impossible_length_gives_the_nearest(engine: KokoroEngine) -> None:
    line = engine.read(EN)
    speed, seconds = engine.speed_for(line, 0.05)
    assert MAX_SPEED * 0.9 <= speed <= MAX_SPEED and seconds > 0.05
    speed, _ = engine.speed_for(line, 60.0)
    assert MIN_SPEED <= speed <= MIN_SPEED * 1.1


def test_a_speed_out_of_range_is_an_error_for_people(engine: KokoroEngine) -> None:
    with pytest.raises(DuoyinError, match="speed 9"):
        speak(engine, Utterance("Hello.", "en", "af_heart", speed=9))


def test_a_hint_changes_what_is_said(engine: KokoroEngine) -> None:
    plain = Utterance("我重了。", "zh", "zf_xiaobei")
    for syllable, symbols in (("chong2", "ꭧʰʊ↗ŋ"), ("zhong4", "ꭧʊ↘ŋ")):
        hinted = Utterance(plain.text, "zh", plain.voice, hints=(Hint(1, 2, "pinyin", syllable, "markup"),))
        assert symbols in said(hinted)
    foreign = Utterance(
        "他叫Wemmick。", "zh", "zf_xiaobei", hints=(Hint(2, 9, "arpabet", "HH AY1", "markup"),)
    )
    assert "hˈI" in said(foreign)


def test_a_hint_on_both_sides_of_a_script_border_is_honoured(engine: KokoroEngine) -> None:
    line = Utterance("这是A股。", "zh", "zf_xiaobei", hints=(Hint(2, 4, "pinyin", "ei1 gu3", "markup"),))
    assert "ei→ku↓" in said(line)


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="ab cAB我们走吧不好。，！?“”…—'’-19%&\nέжあ", max_size=30), st.sampled_from(["en", "zh"])
)
def test_any_text_gives_known_symbols_and_no_letter_is_dropped(text: str, language: str) -> None:
    read_out = sounds(Utterance(text, language, "af_heart"))
    covered = {i for s in read_out if s.word for i in range(s.start, s.end)}
    wanted = {i for i, c in enumerate(text) if c.isalnum() and (c.isascii() or "一" <= c <= "鿿")}
    assert wanted <= covered


def test_what_cannot_be_read_is_reported(engine: KokoroEngine) -> None:
    assert engine.read(Utterance("Ωあ yes", "en", "af_heart")).unread == "Ωあ"
    assert engine.read(EN).unread == ""


def test_long_text_is_cut_into_pieces_and_joined(engine: KokoroEngine) -> None:
    text = "One two three four five. " * 12 + "And " + "so on and on " * 12 + "and on."
    line = Utterance(text, "en", "af_heart")
    pieces = engine._pieces(engine.read(line))
    assert len(pieces) > 1 and all(len(piece.tokens) <= 300 for piece in pieces)


def test_a_voice_of_the_other_language_is_carried_over(engine: KokoroEngine) -> None:
    assert engine.voice_digest("af_heart", "en") != engine.voice_digest("af_heart", "zh")
    assert engine.voice_digest("zf_xiaobei", "zh") == engine.voice_digest("zf_xiaobei*2", "zh")
    mixed = engine.voice_digest("af_heart*0.5+zf_xiaobei*0.5", "zh")
    assert mixed == engine.voice_digest("af_heart", "zh")


@pytest.mark.parametrize("voice", ["nobody", "af_nobody", "af_heart*0", "af_heart+", "af_heart*x"])
def test_an_unknown_voice_is_an_error_for_people(engine: KokoroEngine, voice: str) -> None:
    with pytest.raises(DuoyinError, match="voice"):
        engine.voice_digest(voice, "en")


def test_the_engine_keeps_the_seam(engine: KokoroEngine) -> None:
    assert isinstance(engine, Engine) and isinstance(engine, TempoSearch)
    assert len(engine.fingerprint()) == 64 and engine.fingerprint() == KokoroEngine().fingerprint()
    names = [voice.name for voice in engine.voices()]
    assert len(names) == len(set(names)) == 54
    assert not next(v for v in engine.voices() if v.name == "zf_xiaoni").recommended
    for language in ("en", "zh", "es"):
        genders = {v.gender for v in engine.voices() if v.recommended and v.language == language}
        assert genders == {"female", "male"}


@pytest.mark.slow
def test_recommended_voices_are_understood(engine: KokoroEngine) -> None:
    pytest.importorskip("faster_whisper", reason="the proof extra is not installed")
    from tts_core.recognizer import Recognizer, Score

    texts: dict[str, str] = {
        "en": "It is a truth universally acknowledged, that a single man in possession of a good fortune, "
        "must be in want of a wife. However little known the feelings or views of such a man may be on his first "
        "entering a neighbourhood, this truth is so well fixed in the minds of the surrounding families.",
        "zh": "这几天心里颇不宁静。今晚在院子里坐着乘凉，忽然想起日日走过的荷塘，在这满月的光里，总该另有一番样子吧。",
        "es": "Doña Elvira dejó la carta sobre la mesa de la cocina y no la tocó hasta que su hijo volvió del puerto. "
        "Desde la ventana se veía el mar y, a lo lejos, el faro que nadie había vuelto a encender.",
    }
    recognizer = Recognizer()
    for voice in (v for v in engine.voices() if v.recommended):
        text = texts[voice.language]
        take = speak(engine, Utterance(text, voice.language, voice.name))
        heard = recognizer.transcribe(take.samples, take.sample_rate, voice.language)
        score: Score = errors(text, heard.text, voice.language)
        assert score.rate <= 0.08, (voice.name, heard.text)
