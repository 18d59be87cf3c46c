"""Scores that compare what was heard with what was to be said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tts_core.recognizer import TOKEN_SECONDS, Score, errors, pinyin_errors, word_errors


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("It is a truth.", "it is a truth", 0),
        ("It is a truth.", "It's the truth", 3),
        ("the colour of honour", "The color of honor.", 0),
        ("any one may well-known", "anyone may well known", 0),
        ("twenty three men", "23 men", 0),
        ("one two", "", 2),
        ("naïve café", "naive cafe", 0),
    ],
)
def test_english_counts_words_not_spelling(said: str, heard: str, errors: int) -> None:
    assert word_errors(said, heard).errors == errors


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("他们走了。", "她们走了", 0),  # homophones
        ("他们走了。", "他们来了", 1),
        ("二十三个", "23个", 0),
        ("好", "", 1),
    ],
)
def test_chinese_counts_syllables(said: str, heard: str, errors: int) -> None:
    assert pinyin_errors(said, heard).errors == errors


def test_other_languages_count_words_by_their_own_rules() -> None:
    assert errors("Tenía treinta y un años.", "Tenia 31 años", "es").errors == 0
    assert errors("La niña cantó.", "La niña cantaba", "es").errors == 1


def test_a_lone_letter_is_what_its_name_sounds_like() -> None:
    assert pinyin_errors("D 值是 77", "滴值是七十七").errors == 0
    assert pinyin_errors("CRT 定理", "西定理").errors == 3, "letters of a word are no names"


def test_scores_add_up() -> None:
    assert (Score(1, 10) + Score(2, 10)).rate == pytest.approx(0.15)
    assert Score(0, 0).rate == 0 and Score(2, 0).rate == 1


@pytest.mark.slow
def test_the_recognizer_hears_people(shared: Path) -> None:
    pytest.importorskip("faster_whisper", reason="the proof extra is not installed")
    import soundfile

    from tts_core.recognizer import Recognizer

    samples, rate = soundfile.read(shared / "corpus/voices/en_jfk.flac", dtype="float32")
    recognizer = Recognizer()
    heard = recognizer.transcribe(samples, rate, "en", words=True)
    said = "And so my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
    assert word_errors(said, heard.text).errors <= 1
    assert len(heard.words) > 15
    assert all(0 <= word.start <= word.end <= len(samples) / rate + 0.1 for word in heard.words)
    samples = samples if samples.ndim == 1 else samples.mean(axis=1)
    written = recognizer.written(samples, rate, "en")
    assert word_errors(said, written.text).errors <= 1 and 0.5 < written.probability <= 1
    assert recognizer.written(samples, rate, "en") == written
    dropped, added = said.replace("ask what", "what"), said.replace("country can", "country then can")
    likely = recognizer.likelihoods(samples, rate, [said, dropped, added], "en")
    assert likely[0] > max(likely[1:]) + 3, "a short word less or more"
    (frames, width) = recognizer.features(samples, rate).shape
    assert (frames, width) == (round(len(samples) / rate / TOKEN_SECONDS), 512), (
        "of the sound, and of nothing else"
    )
    thrice = np.concatenate([samples] * 3)
    assert word_errors(f"{said} {said} {said}", recognizer.written(thrice, rate, "en").text).rate < 0.2, (
        "in two parts"
    )
    assert len(recognizer.features(thrice, rate)) == round(len(thrice) / rate / TOKEN_SECONDS)
