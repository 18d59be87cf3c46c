"""Lines of a real book with faults planted in half of them, for `bench_proof`: what is asked for, and what is heard.

Words are dropped, said twice, swapped or read otherwise by having the engine speak another text than the listener is
told; tails, silences and bursts of noise are cut into the sound at the engine's own word times; a wrong voice speaks
the right words. Everything follows from the text, the seed and the engine.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from flows import sources
from flows.script.build import WORD_CHARACTER, build_script
from flows.sources.options import ReadOptions
from flows.workspace.settings import Pauses
from normalizers import Hint, heteronyms, normalize_spans, readings
from normalizers.languages import language as language_record
from normalizers.polyphones import candidates_of
from normalizers.segmentation import chinese_words
from tts_core.engine import Engine, Prepared, Take, Utterance, word_times
from tts_core.sound import Samples
from tts_core.takes import FolderTakes, take_key

VOICES = 10
FEWEST_WORDS = 5
"""Of a line that gets a fault, in words or Chinese words: something must be left around it."""
LEAST_CHANGE = 0.5
"""Share of its sounds that a swapped word must have of its own."""
CUT_FROM, CUT_TO = 0.2, 0.6
"""Where in its last word a tail is cut."""
NOISE_SECONDS = (0.25, 0.7)
NOISE_LEVEL = (0.5, 1.5)
"""RMS of a burst, as a part of the take's own."""
SILENCE_SECONDS = (1.5, 3.0)


@dataclass(frozen=True, slots=True)
class Specimen:
    """A line as a listener gets it.

    Args:
        fault: its kind; "" for a good line. what: the fault in words.
        intended: the line as the engine read it, which the listener is told.
        take: what is heard.
        cpu_seconds: of the engine, for the take.
    """

    text: str
    language: str
    fault: str
    what: str
    intended: Prepared
    take: Take
    cpu_seconds: float


def book_lines(file: Path, language: str) -> list[str]:
    """The printed lines of a book that have a word in them, each once, in order."""
    manuscript = sources.read(file, ReadOptions())
    script = build_script(manuscript, None, Pauses(), announce=False, language=language)
    return list(dict.fromkeys(line.text for line in script if WORD_CHARACTER.search(line.text)))


def ten_voices(engine: Engine, language: str) -> list[str]:
    """Ten voices of a language that the embedded engine has; Japanese ones speak every language it has."""
    castable = [voice for voice in engine.voices() if voice.castable]
    own = [voice.name for voice in castable if voice.language == language]
    return [*own, *(voice.name for voice in castable if voice.language == "ja")][:VOICES]


class Speaker:
    """An engine whose takes are kept in a folder, with what they cost."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self._store = engine, FolderTakes(folder)
        self._fingerprint = engine.fingerprint()

    def read(self, text: str, language: str, voice: str, hints: tuple[Hint, ...] = ()) -> Prepared:
        return self.engine.read(Utterance(text, language, voice, hints=hints))

    def take(self, prepared: Prepared) -> tuple[Take, float]:
        """The take of a line, and the processor seconds that it took when it was made."""
        key = take_key(
            prepared,
            engine=self.engine.name,
            fingerprint=self._fingerprint,
            voice_digest=self.engine.voice_digest(prepared.voice, prepared.language),
            sample_rate=self.engine.sample_rate,
        )
        if not self._store.usable([key]):
            before = time.process_time()
            take = next(iter(self.engine.speak([prepared])))
            spent = time.process_time() - before
            self._store.write(key, replace(take, evidence={**take.evidence, "cpu_seconds": spent}))
        stored = self._store.read(key)
        return stored, float(stored.evidence["cpu_seconds"])


def specimens(
    file: Path, language: str, speaker: Speaker, *, lines: int, seed: int, faults: int | None = None
) -> Iterator[Specimen]:
    """`lines` good lines of a book and as many with a fault, or `faults` of them, in the order of the book, voice by
    voice in turn. Fewer faults are the first of more."""
    found = book_lines(file, language)
    dice = random.Random(f"{seed} {language} {hashlib.sha256(file.read_bytes()).hexdigest()}")
    order = list(range(len(found)))
    dice.shuffle(order)
    voices = ten_voices(speaker.engine, language)
    good = sorted(order[:lines])
    for number, at in enumerate(good):
        text = normalize_spans(found[at], language).text
        prepared = speaker.read(text, language, voices[number % len(voices)])
        take, spent = speaker.take(prepared)
        yield Specimen(text, language, "", "", prepared, take, spent)
    left = order[lines:]
    for number in range(lines if faults is None else faults):
        kind = list(FAULTS)[number % len(FAULTS)]
        for at in left:
            made = _planted(
                kind, found, at, language, voices[number // len(FAULTS) % len(voices)], speaker, dice
            )
            if made is not None:
                left.remove(at)
                yield made
                break


def _planted(
    kind: str, found: Sequence[str], at: int, language: str, voice: str, speaker: Speaker, dice: random.Random
) -> Specimen | None:
    """A line with a fault of this kind; None where it cannot have one."""
    text = normalize_spans(found[at], language).text
    line = _Line(text, language, _words(text, language), found, voice, speaker, dice)
    if len(line.words) < FEWEST_WORDS:
        return None
    return FAULTS[kind](kind, line)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line to be spoilt. `words`: where they stand in it."""

    text: str
    language: str
    words: list[tuple[int, int]]
    book: Sequence[str]
    voice: str
    speaker: Speaker
    dice: random.Random

    def word(self, number: int) -> str:
        start, end = self.words[number]
        return self.text[start:end]

    def intended(self) -> Prepared:
        return self.speaker.read(self.text, self.language, self.voice)

    def said(self, kind: str, text: str, what: str, hints: tuple[Hint, ...] = ()) -> Specimen | None:
        """The line, told as it is, spoken as `text`."""
        intended = self.intended()
        other = self.speaker.read(text, self.language, self.voice, hints)
        if _sounds(other) == _sounds(intended):
            return None
        take, spent = self.speaker.take(other)
        return Specimen(self.text, self.language, kind, what, intended, take, spent)

    def spoilt(
        self, kind: str, spoil: Callable[[Take, Prepared], tuple[Samples, str] | None]
    ) -> Specimen | None:
        """The line as it is spoken, its sound changed."""
        intended = self.intended()
        take, spent = self.speaker.take(intended)
        changed = spoil(take, intended)
        if changed is None:
            return None
        return Specimen(
            self.text, self.language, kind, changed[1], intended, replace(take, samples=changed[0]), spent
        )


def _words(text: str, language: str) -> list[tuple[int, int]]:
    """Where the words of a text stand."""
    if language_record(language).spaced:
        return [match.span() for match in re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text)]
    places, at = [], 0
    for word in chinese_words(text):
        if WORD_CHARACTER.search(word):
            places.append((at, at + len(word)))
        at += len(word)
    return places


def _sounds(prepared: Prepared) -> str:
    return re.sub(r"[\W\d_]|[ˈˌː]", "", str(prepared.given))


def _heavy(word: str, language: str) -> bool:
    """Whether a word is heard in a sentence by itself: articles and particles are not."""
    return len(word) >= (4 if language_record(language).spaced else 2)


def _without(line: _Line, first: int, end: int) -> str:
    """The text without some words, and without a mark that would begin or end it."""
    before = line.text[: line.words[first][0]]
    after = line.text[line.words[end][0] :] if end < len(line.words) else line.text[line.words[end - 1][1] :]
    return f"{before.rstrip(' ,，、;；') if end == len(line.words) else before}{after}"


def _dropped_middle(kind: str, line: _Line) -> Specimen | None:
    inner = [n for n in range(1, len(line.words) - 1) if _heavy(line.word(n), line.language)]
    if not inner:
        return None
    gone = line.dice.choice(inner)
    return line.said(kind, _without(line, gone, gone + 1), f"without “{line.word(gone)}”")


def _dropped_start(kind: str, line: _Line) -> Specimen | None:
    count = 1 if _heavy(line.word(0), line.language) else 2
    gone = line.text[line.words[0][0] : line.words[count - 1][1]]
    return line.said(kind, line.text[line.words[count][0] :], f"without “{gone}”")


def _dropped_end(kind: str, line: _Line) -> Specimen | None:
    count = 1 if _heavy(line.word(-1), line.language) else 2
    first = len(line.words) - count
    gone = line.text[line.words[first][0] : line.words[-1][1]]
    return line.said(kind, _without(line, first, len(line.words)), f"without “{gone}”")


def _repeated_phrase(kind: str, line: _Line) -> Specimen | None:
    count = line.dice.randint(2, min(4, len(line.words) - 1))
    first = line.dice.randint(0, len(line.words) - count)
    start, end = line.words[first][0], line.words[first + count - 1][1]
    phrase = line.text[start:end]
    blank = " " if language_record(line.language).spaced else ""
    return line.said(kind, f"{line.text[:end]}{blank}{phrase}{line.text[end:]}", f"“{phrase}” twice")


def _swapped_word(kind: str, line: _Line) -> Specimen | None:
    inner = [n for n in range(len(line.words)) if _heavy(line.word(n), line.language)]
    if not inner:
        return None
    number = line.dice.choice(inner)
    start, end = line.words[number]
    old = line.word(number)
    sound = _sounds(line.speaker.read(old, line.language, line.voice))
    for _ in range(40):
        other = normalize_spans(line.dice.choice(line.book), line.language).text
        words = [other[a:b] for a, b in _words(other, line.language)]
        new = line.dice.choice(words) if words else ""
        if not _heavy(new, line.language) or new.istitle() or abs(len(new) - len(old)) > 2:
            continue
        mine = _sounds(line.speaker.read(new, line.language, line.voice))
        if SequenceMatcher(None, sound, mine, autojunk=False).ratio() <= 1 - LEAST_CHANGE:
            return line.said(kind, f"{line.text[:start]}{new}{line.text[end:]}", f"“{new}” for “{old}”")
    return None


def _cut_tail(kind: str, line: _Line) -> Specimen | None:
    where = line.dice.uniform(CUT_FROM, CUT_TO)

    def spoil(take: Take, intended: Prepared) -> tuple[Samples, str] | None:
        last = word_times(intended, take.times)[-1]
        if last.end - last.start < 0.25:
            return None
        end = last.start + where * (last.end - last.start)
        return take.samples[: round(end * take.sample_rate)], f"ends {last.end - end:.2f} s early"

    return line.spoilt(kind, spoil)


def _noise_burst(kind: str, line: _Line) -> Specimen | None:
    dice = line.dice

    def spoil(take: Take, intended: Prepared) -> tuple[Samples, str]:
        rms = float(np.sqrt(np.mean(take.samples**2)))
        length = round(dice.uniform(*NOISE_SECONDS) * take.sample_rate)
        start = dice.randrange(max(len(take.samples) - length, 1))
        part = take.samples[start : start + length]
        noise = np.random.Generator(np.random.PCG64(dice.getrandbits(32))).standard_normal(len(part))
        samples = take.samples.copy()
        samples[start : start + length] += (noise * rms * dice.uniform(*NOISE_LEVEL)).astype(np.float32)
        return samples, f"{len(part) / take.sample_rate:.2f} s of noise at {start / take.sample_rate:.2f} s"

    return line.spoilt(kind, spoil)


def _silence_long(kind: str, line: _Line) -> Specimen | None:
    dice = line.dice

    def spoil(take: Take, intended: Prepared) -> tuple[Samples, str]:
        words = word_times(intended, take.times)
        at = round(words[dice.randrange(1, len(words))].start * take.sample_rate)
        length = round(dice.uniform(*SILENCE_SECONDS) * take.sample_rate)
        nothing = np.zeros(length, np.float32)
        samples = np.concatenate([take.samples[:at], nothing, take.samples[at:]])
        return samples, f"{length / take.sample_rate:.1f} s of silence at {at / take.sample_rate:.2f} s"

    return line.spoilt(kind, spoil)


def _reading_other(kind: str, line: _Line) -> Specimen | None:
    """A word of several readings in another one: of English by its phones, of Chinese by its syllable."""
    places: list[Hint] = []
    if language_record(line.language).spaced:
        for word in heteronyms(line.text):
            others = [phones for phones in word.alternatives if _bare(phones) != _bare(word.arpabet)]
            places += [Hint(word.start, word.end, "arpabet", phones, "markup") for phones in others]
    else:
        for reading in readings(line.text):
            others = [
                other
                for other in candidates_of(reading.character)
                if other.rstrip("12345") != reading.pinyin.rstrip("12345")
            ]
            places += [Hint(reading.at, reading.at + 1, "pinyin", other, "markup") for other in others]
    if not places:
        return None
    hint = line.dice.choice(places)
    return line.said(kind, line.text, f"“{line.text[hint.start : hint.end]}” as {hint.value}", (hint,))


def _bare(phones: str) -> str:
    return re.sub(r"\d", "", phones)


def _voice_other(kind: str, line: _Line) -> Specimen | None:
    others = [voice for voice in ten_voices(line.speaker.engine, line.language) if voice != line.voice]
    other = line.dice.choice(others)
    intended = line.intended()
    take, spent = line.speaker.take(line.speaker.read(line.text, line.language, other))
    what = f"{other} for {line.voice}"
    return Specimen(line.text, line.language, kind, what, intended, take, spent)


FAULTS: Mapping[str, Callable[[str, _Line], Specimen | None]] = {
    "dropped_middle": _dropped_middle,
    "dropped_start": _dropped_start,
    "dropped_end": _dropped_end,
    "repeated_phrase": _repeated_phrase,
    "swapped_word": _swapped_word,
    "cut_tail": _cut_tail,
    "noise_burst": _noise_burst,
    "silence_long": _silence_long,
    "reading_other": _reading_other,
    "voice_other": _voice_other,
}
"""What can be wrong, in the order in which it is planted."""
