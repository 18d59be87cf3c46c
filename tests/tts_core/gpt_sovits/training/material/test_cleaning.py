"""What a set is made of, and what is told of all that is not in it. The sound is real speech; a listener of the tests
knows what is said where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from normalizers import DuoyinError
from tts_core.gpt_sovits.training.material import cleaning
from tts_core.gpt_sovits.training.material.cleaning import LeftOut, clean_set
from tts_core.gpt_sovits.training.material.recording import Recording, recording
from tts_core.gpt_sovits.voice.clips import energy_speech
from tts_core.gpt_sovits.voice.voiceprint import Floats, SpeakerJudge
from tts_core.recognizer import HeardWord
from tts_core.sound import Samples, resampled

RATE = 32_000
FILES = ("en_LJ001-0001.wav", "en_librispeech_78-368-0000.flac", "en_librispeech_60-121082-0000.flac")
TEXT = "Printing is the only art with which we are concerned at present and it differs from most of the rest."


@pytest.fixture(autouse=True)
def speech_by_energy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same stretches whether or not a detector of speech is installed."""
    monkeypatch.setattr(
        cleaning, "find_speech", lambda samples, rate: energy_speech(resampled(samples, rate, 16_000))
    )


@pytest.fixture(scope="module")
def sounds(in_shared: Callable[[str], Path]) -> dict[str, Recording]:
    folder = in_shared("corpus/voices")
    made = {}
    for name in FILES:
        samples, rate = soundfile.read(folder / name, dtype="float32")
        made[name] = recording(name, samples, rate, digest=name)
    return made


class Listener:
    """Hears `text` over and over, a word each 0.35 s, wherever there is sound."""

    def __init__(self, text: str = TEXT, language: str = "en", sure: float = 0.95) -> None:
        self.text, self.language, self.sure = text, language, sure

    def language_heard(self, samples: Samples, sample_rate: int) -> tuple[str, float]:
        return self.language, 0.95

    def words_heard(self, samples: Samples, sample_rate: int, language: str) -> Sequence[HeardWord]:
        said = self.text.split()
        count = int(len(samples) / sample_rate / 0.35)
        return [HeardWord(said[at % len(said)], 0.35 * at, 0.35 * at + 0.3, self.sure) for at in range(count)]


def judge(vectors: Iterator[float], same: float = 0.7) -> SpeakerJudge:
    """One number a clip: people whose numbers are alike are one."""

    def embed(samples: Samples) -> Floats:
        angle = next(vectors)
        return np.array([np.cos(angle), np.sin(angle)], np.float32)

    return SpeakerJudge(embed, same_person=same)


def reasons(rows: Sequence[LeftOut]) -> str:
    return " | ".join(row.why for row in rows)


def test_a_set_is_made_and_everything_else_is_told(sounds: dict[str, Recording]) -> None:
    silence = Recording("silence.wav", np.zeros(3 * RATE, np.float32), 48_000, "0")
    telephone = replace(sounds[FILES[0]], name="telephone.wav", rate=8_000)
    made = clean_set([*sounds.values(), silence, telephone], "en", ear=Listener(), judge=None)
    assert 20 < made.seconds < 45
    assert all(3 <= clip.seconds <= 12.4 for clip in made.clips)
    told = {row.recording: row.why for row in made.left_out}
    assert told["silence.wav"] == "no speech is heard in it"
    assert told["telephone.wav"].startswith("8000 Hz; at least 16000 Hz are needed")
    assert any("a minute or more makes a voice that holds" in warning for warning in made.warnings)
    assert any("no speaker encoder" in warning for warning in made.warnings)


def test_files_that_turn_out_unreadable_while_others_are_read_are_told(sounds: dict[str, Recording]) -> None:
    unreadable: list[LeftOut] = []

    def read() -> Iterator[Recording]:
        yield from sounds.values()
        unreadable.append(LeftOut("broken.mp3", 0.0, 0.0, "cannot be read"))

    made = clean_set(read(), "en", ear=Listener(), judge=None, left_out=unreadable)
    assert "cannot be read" in reasons(made.left_out)


def test_every_second_of_speech_is_used_or_left_out_with_a_reason(sounds: dict[str, Recording]) -> None:
    made = clean_set(sounds.values(), "en", ear=Listener(), judge=None)
    for name, given in sounds.items():
        told = [(c.start, c.end) for c in made.clips if c.recording == name]
        told += [(row.start, row.end) for row in made.left_out if row.recording == name and row.why]
        for start, end in energy_speech(resampled(given.samples, RATE, 16_000)):
            middle = (start + end) / 2
            assert any(first <= middle <= last for first, last in told), (name, middle)


def test_too_little_is_refused_with_the_reasons_in_seconds(sounds: dict[str, Recording]) -> None:
    with pytest.raises(
        DuoyinError, match=r"nothing of the recordings can be used, 10 s are needed at least \("
    ) as told:
        clean_set([sounds[FILES[0]]], "en", ear=Listener(language="fr"), judge=None)
    assert "s: the language fr is spoken, not English (95 % sure)" in str(told.value)
    with pytest.raises(DuoyinError, match="no recordings were given"):
        clean_set([], "en", ear=Listener(), judge=None)


def test_shuffled_texts_never_become_labels(sounds: dict[str, Recording]) -> None:
    wrong = [
        replace(each, text="Once upon a time there lived a fox who loved grapes more than his own tail.")
        for each in sounds.values()
    ]
    with pytest.raises(DuoyinError, match="what is heard is not in the text"):
        clean_set(wrong, "en", ear=Listener(), judge=None)


def test_texts_that_are_heard_otherwise_in_part_are_left_out(sounds: dict[str, Recording]) -> None:
    half = " ".join(word if at % 3 else "grapes" for at, word in enumerate(TEXT.split()))
    given = [replace(each, text=half) for each in sounds.values()]
    with pytest.raises(DuoyinError, match="% of the text's words are heard otherwise"):
        clean_set(given, "en", ear=Listener(), judge=None)


def test_a_recogniser_that_is_not_sure_is_not_believed(sounds: dict[str, Recording]) -> None:
    with pytest.raises(DuoyinError, match="the recogniser is not sure of the words"):
        clean_set(sounds.values(), "en", ear=Listener(sure=0.2), judge=None)


def test_a_second_person_is_left_out_and_two_people_are_refused(sounds: dict[str, Recording]) -> None:
    count = len(clean_set(sounds.values(), "en", ear=Listener(), judge=None).clips)
    one_other = judge(iter([0.0] * (count - 1) + [1.5]))
    made = clean_set(sounds.values(), "en", ear=Listener(), judge=one_other)
    assert len(made.clips) == count - 1
    assert "another voice: likeness 0.07" in reasons(made.left_out)
    assert all(clip.likeness is not None and clip.likeness > 0.99 for clip in made.clips)
    two = judge(iter([0.0] * (count // 2 + 1) + [1.5] * count))
    with pytest.raises(
        DuoyinError, match=r"more than one person speaks: .* % of the speech sounds unlike the rest"
    ):
        clean_set(sounds.values(), "en", ear=Listener(), judge=two)


def test_noise_is_no_voice(sounds: dict[str, Recording]) -> None:
    source = np.random.default_rng(0)
    noise = Recording("noise.wav", (0.1 * source.standard_normal(20 * RATE)).astype(np.float32), 48_000, "0")
    with pytest.raises(DuoyinError, match="nothing of the recordings can be used"):
        clean_set([noise], "en", ear=Listener(), judge=None)


def test_without_a_recogniser_single_lines_with_their_text_are_believed(sounds: dict[str, Recording]) -> None:
    given = [replace(sounds[FILES[0]], text=TEXT), sounds[FILES[1]]]
    with pytest.raises(
        DuoyinError, match=r"only 9.*nobody wrote down what is said, and no recogniser"
    ) as told:
        clean_set(given, "en", ear=None, judge=None)
    assert "duoyin[proof]" in str(told.value)
    twice = [given[0], replace(given[0], name="again.wav", text=f"Indeed, {TEXT}")]
    made = clean_set(twice, "en", ear=None, judge=None)
    assert sorted(clip.label for clip in made.clips) == [f"Indeed, {TEXT}", TEXT]


def test_more_than_enough_is_used_best_first(
    sounds: dict[str, Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "MOST_SECONDS", 15.0)
    made = clean_set(sounds.values(), "en", ear=Listener(), judge=None)
    assert 10 <= made.seconds <= 15
    assert "not needed: there are 0.25 better minutes" in reasons(made.left_out)


def test_a_stop_is_heard_between_passages(sounds: dict[str, Recording]) -> None:
    def stop(_done: float, detail: str) -> None:
        if detail.startswith("listening"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clean_set(sounds.values(), "en", ear=Listener(), judge=None, told=stop)
