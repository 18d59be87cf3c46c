"""Speech recognition for proof-listening, and the scores that compare what was heard with what was to be said.

Needs the `proof` extra (faster-whisper); the model is whisper-base from the model store. As a listener it is honest in
English; in Chinese it writes homophones, so Chinese is scored in pinyin without tones.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from normalizers import normalize, to_pinyin
from normalizers.languages import DEFAULT_LANGUAGE, HAN_LANGUAGE
from normalizers.languages import language as language_record
from tts_core.extras import extra
from tts_core.models import ModelStore
from tts_core.phonetics.pinyin import LETTER_SYLLABLES
from tts_core.sound import Samples, resampled

RECOGNIZER_RATE = 16_000
"""Hz: what Whisper listens at."""

BEAM = 5
FRAME_SECONDS = 0.01
"""Between two frames that the recognizer is given."""
TOKEN_SECONDS = 0.02
"""Between two frames of its encoder, in which the places of words are told."""
LONGEST_SECONDS = 30.0
"""Of sound that it hears at once."""
AFTER_SECONDS = 5.0
"""Of nothing after a sound that is written down: after 1 s the decoder writes short lines down twice and more."""
MOST_TOKENS = 12.0
"""Of a text, a second of speech."""
FEWEST_TOKENS = 12
"""That a text may have however short its sound is."""


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word (or a few Han characters) as heard, with its times in seconds and how sure the recognizer was (0..1)."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class AlignedToken:
    """`text[start:end]` of a known text, and how it is there in a sound.

    Args:
        likelihood: natural logarithm of its probability after the text before it, with the sound.
        prior: the same in silence: what the recognizer would guess of the words alone.
        at: seconds at which it begins.
    """

    start: int
    end: int
    likelihood: float
    prior: float
    at: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recognizer heard."""

    text: str
    words: tuple[HeardWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What the recognizer writes down, and the probability of a token of it (geometric mean, 0..1)."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Score:
    """Edit errors against a reference of `total` units; scores add up."""

    errors: int
    total: int

    @property
    def rate(self) -> float:
        return self.errors / self.total if self.total else float(self.errors > 0)

    def __add__(self, other: Score) -> Score:
        return Score(self.errors + other.errors, self.total + other.total)


class Recognizer:
    """whisper-base on the CPU, int8.

    Args:
        store: where the model is; the default store when not given.
        threads: of the processor, for one sound.
        at_a_time: sounds that several threads may have heard at a time.

    Raises:
        DuoyinError: the `proof` extra is not installed, or the model could not be had.
    """

    def __init__(self, store: ModelStore | None = None, *, threads: int = 1, at_a_time: int = 1) -> None:
        with extra("proof", what="listening"):
            from faster_whisper import WhisperModel
        folder = (store or ModelStore()).ensure("whisper-base")
        self._model: Any = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads, num_workers=at_a_time
        )
        self._silence: Any = None

    def align(
        self, samples: Samples, sample_rate: int, texts: Sequence[str], language: str
    ) -> list[list[AlignedToken]]:
        """How texts that are said one after the other are there in a sound: one pass of the encoder, two of the decoder
        over the known words, whatever else is heard.

        Args:
            samples: `[T]`, at most 30 s.

        Returns: the tokens of each text.
        """
        from faster_whisper.tokenizer import Tokenizer

        tokenizer = Tokenizer(self._model.hf_tokenizer, True, task="transcribe", language=language)
        coded = [self._model.hf_tokenizer.encode(text, add_special_tokens=False) for text in texts]
        known = [number for text in coded for number in text.ids]
        if not known:
            return [[] for _ in texts]
        if self._silence is None:
            self._silence = self._encoded(np.zeros(RECOGNIZER_RATE, np.float32))[0]
        audio = resampled(np.asarray(samples, np.float32), sample_rate, RECOGNIZER_RATE)
        encoded, frames = self._encoded(audio)
        start = list(tokenizer.sot_sequence)
        found = self._model.model.align(encoded, start, [known], frames)[0]
        unheard = self._model.model.align(self._silence, start, [known], 2)[0]
        likelihood = np.log(np.maximum(found.text_token_probs, 1e-9))
        prior = np.log(np.maximum(unheard.text_token_probs, 1e-9))
        begins: dict[int, float] = {}
        for token, frame in found.alignments:
            begins.setdefault(token, frame * TOKEN_SECONDS)
        result: list[list[AlignedToken]] = []
        number = 0
        at = 0.0
        for text in coded:
            tokens: list[AlignedToken] = []
            for first, end in text.offsets:
                at = begins.get(number, at)
                tokens.append(AlignedToken(first, end, float(likelihood[number]), float(prior[number]), at))
                number += 1
            result.append(tokens)
        return result

    def likelihoods(
        self, samples: Samples, sample_rate: int, texts: Sequence[str], language: str
    ) -> list[float]:
        """Natural logarithm of how likely each of several texts is what is said in a sound `[T]` of at most 30 s. One
        pass of the encoder, and one of the decoder over each text: a text of more words is less likely by itself, and
        what a short word adds to or takes from a text that is said is told apart far below what is written down."""
        from faster_whisper.tokenizer import Tokenizer

        tokenizer = Tokenizer(self._model.hf_tokenizer, True, task="transcribe", language=language)
        audio = resampled(np.asarray(samples, np.float32), sample_rate, RECOGNIZER_RATE)
        encoded, frames = self._encoded(audio, AFTER_SECONDS)
        start = list(tokenizer.sot_sequence)
        found: list[float] = []
        for text in texts:
            known = self._model.hf_tokenizer.encode(text, add_special_tokens=False).ids
            (aligned,) = self._model.model.align(encoded, start, [known], frames)
            found.append(float(np.log(np.maximum(aligned.text_token_probs, 1e-9)).sum()))
        return found

    def language_heard(self, samples: Samples, sample_rate: int) -> tuple[str, float]:
        """The likeliest language (ISO 639-1) of samples `[T]`, by their first 30 s, and its probability."""
        audio = resampled(np.asarray(samples, np.float32), sample_rate, RECOGNIZER_RATE)
        code, probability, _ = self._model.detect_language(audio[: 30 * RECOGNIZER_RATE])
        return str(code), float(probability)

    def words_heard(self, samples: Samples, sample_rate: int, language: str) -> tuple[HeardWord, ...]:
        """The words of `transcribe` with their times."""
        return self.transcribe(samples, sample_rate, language, words=True).words

    def features(self, samples: Samples, sample_rate: int) -> npt.NDArray[np.float32]:
        """What the whole encoder makes of a sound `[T]`, and of nothing beside it: `[T / 20 ms, 512]`. What is longer
        than it hears at once is heard in parts of one length."""
        audio = resampled(np.asarray(samples, np.float32), sample_rate, RECOGNIZER_RATE)
        parts = [np.array(self._encoded(part, 0.0)[0], np.float32)[0] for part in sound_parts(audio)]
        return np.concatenate(parts)

    def written(self, samples: Samples, sample_rate: int, language: str) -> Written:
        """What is said in a sound `[T]`, the likeliest token at a time: the same each time, at little cost, and never
        more than can be said in its length. What is longer than it hears at once is written in parts of one length."""
        from faster_whisper.tokenizer import Tokenizer

        tokenizer = Tokenizer(self._model.hf_tokenizer, True, task="transcribe", language=language)
        asked = language_record(language).transcript_prompt
        before = [tokenizer.sot_prev, *tokenizer.encode(f" {asked}")] if asked else []
        start = [*before, *tokenizer.sot_sequence, tokenizer.no_timestamps]
        audio = resampled(np.asarray(samples, np.float32), sample_rate, RECOGNIZER_RATE)
        texts: list[str] = []
        likelihoods: list[tuple[float, int]] = []
        for part in sound_parts(audio):
            most = round(len(part) / RECOGNIZER_RATE * MOST_TOKENS) + FEWEST_TOKENS
            encoded, _ = self._encoded(part, AFTER_SECONDS)
            (result,) = self._model.model.generate(
                encoded,
                [start],
                beam_size=1,
                max_length=min(len(start) + most, self._model.max_length),
                return_scores=True,
            )
            tokens = result.sequences_ids[0]
            texts.append(tokenizer.decode(tokens))
            likelihoods.append((float(result.scores[0]), len(tokens)))
        count = sum(number for _, number in likelihoods)
        mean = sum(each * number for each, number in likelihoods) / count if count else -math.inf
        return Written("".join(texts).strip(), math.exp(mean))

    def _encoded(self, audio: Samples, after: float = LONGEST_SECONDS) -> tuple[Any, int]:
        """The encoder's output for at most 30 s of sound, and how many frames are not padding: see `spectrum`."""
        given, frames = spectrum(self._model.feature_extractor, audio, after)
        return self._model.model.encode(given, to_cpu=True), frames

    def transcribe(self, samples: Samples, sample_rate: int, language: str, *, words: bool = False) -> Heard:
        """What is said in `samples` (float32 `[T]`, or `[T, channels]`); with `words`, also when. Numbers
        come as the model writes them."""
        audio = np.asarray(samples, dtype=np.float32)
        if audio.ndim == 2:
            audio = audio.mean(axis=1)
        audio = resampled(audio, sample_rate, RECOGNIZER_RATE)
        segments, _ = self._model.transcribe(
            audio,
            language=language,
            beam_size=BEAM,
            condition_on_previous_text=False,
            initial_prompt=language_record(language).transcript_prompt or None,
            word_timestamps=words,
        )
        found = list(segments)
        return Heard(
            "".join(segment.text for segment in found).strip(),
            tuple(
                HeardWord(word.word.strip(), word.start, word.end, word.probability)
                for segment in found
                for word in segment.words or ()
            ),
        )


def spectrum(extractor: Any, audio: Samples, after: float = 0.0) -> tuple[Any, int]:
    """What an encoder is given for at most 30 s of sound at `RECOGNIZER_RATE`, and how many frames are not padding.

    Args:
        after: seconds of padding, where there is room for them. The encoder's work grows with what it is given, and its
            decoder expects some.
    """
    from ctranslate2 import StorageView
    from faster_whisper.audio import pad_or_trim

    step = round(RECOGNIZER_RATE * TOKEN_SECONDS)
    steps = max(1, math.ceil(len(audio) / step))
    given = min(steps + round(after / TOKEN_SECONDS), round(LONGEST_SECONDS / TOKEN_SECONDS))
    frames = min(round(len(audio) / RECOGNIZER_RATE / FRAME_SECONDS), 2 * given)
    whole = np.pad(audio, (0, max(steps * step - len(audio), 0)))
    features = pad_or_trim(extractor(whole), 2 * given)[None]
    return StorageView.from_array(np.ascontiguousarray(features, np.float32)), frames


def sound_parts(audio: Samples) -> Iterator[Samples]:
    """A sound at `RECOGNIZER_RATE` in the fewest parts of one length that can be heard at once."""
    step = round(RECOGNIZER_RATE * TOKEN_SECONDS)
    count = max(1, math.ceil(len(audio) / (RECOGNIZER_RATE * LONGEST_SECONDS)))
    size = max(1, math.ceil(len(audio) / count / step)) * step
    for at in range(0, max(len(audio), 1), size):
        yield audio[at : at + size]


# -- scores ------------------------------------------------------------------------------------------------


def word_errors(said: str, heard: str, language: str = DEFAULT_LANGUAGE) -> Score:
    """Word errors. Case, accents, marks, hyphens, spellings of one word (colour, color), numbers as digits or
    words, and words written together or apart (any one, anyone) are no errors."""
    reference, hypothesis = _folded_words(said, language), _folded_words(heard, language)
    return Score(_edit_distance(reference, hypothesis, joining=True), len(reference))


def pinyin_errors(said: str, heard: str) -> Score:
    """Chinese syllable errors in pinyin without tones; numbers as digits or characters, and a lone letter or
    a character that sounds like its name, are no errors."""
    reference, hypothesis = _fold_chinese(said), _fold_chinese(heard)
    return Score(_edit_distance(reference, hypothesis, joining=False), len(reference))


def errors(said: str, heard: str, language: str) -> Score:
    """Word errors where blanks part words, syllable errors in pinyin where they do not."""
    if language_record(language).spaced:
        return word_errors(said, heard, language)
    return pinyin_errors(said, heard)


def _folded_words(text: str, language: str) -> list[str]:
    record = language_record(language)
    letters = unicodedata.normalize("NFKD", normalize(text, language).replace("’", "'")).lower()
    plain = "".join(c for c in letters if not unicodedata.combining(c)).replace("-", " ")
    return [record.one_spelling(word).replace("'", "") for word in re.findall(r"[a-z]+(?:'[a-z]+)*", plain)]


def _fold_chinese(text: str) -> list[str]:
    text = normalize(text, HAN_LANGUAGE)
    lone = {m.start() for m in re.finditer(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])", text)}
    units = []
    for at, (character, reading) in enumerate(zip(text, to_pinyin(text))):
        if re.fullmatch("[a-zêüv:]+[0-5]?", reading) and not character.isascii():
            units.append(reading.rstrip("012345"))
        elif character.isascii() and character.isalnum():
            letter = character.lower()
            units.append(LETTER_SYLLABLES.get(letter, letter) if at in lone else letter)
    return units


def _edit_distance(reference: Sequence[str], hypothesis: Sequence[str], *, joining: bool) -> int:
    """Levenshtein distance in units; with `joining`, two units that make one of the other side together match it."""
    rows: list[list[int]] = [list(range(len(hypothesis) + 1))]
    for i, unit in enumerate(reference, 1):
        row = [i]
        for j, other in enumerate(hypothesis, 1):
            best = min(row[j - 1] + 1, rows[i - 1][j] + 1, rows[i - 1][j - 1] + (unit != other))
            if joining and i > 1 and reference[i - 2] + unit == other:
                best = min(best, rows[i - 2][j - 1])
            if joining and j > 1 and hypothesis[j - 2] + other == unit:
                best = min(best, rows[i - 1][j - 2])
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
