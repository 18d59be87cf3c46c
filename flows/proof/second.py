"""The second hearing, of suspects only: written down in full, and compared by sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby

from flows.proof.evidence import Evidence, evidence_of, spread
from flows.proof.heard import SILENT_SYMBOLS, Asked, Wording
from flows.proof.pairs import PairCosts, Step, worst_stretch
from flows.proof.readings import words_of_readings
from normalizers import normalize
from normalizers.traditional import simplified
from tts_core.engine import Take, Utterance
from tts_core.kokoro.reading import phonemize
from tts_core.recognizer import LONGEST_SECONDS, Recognizer

SAME = PairCosts({}, {}, {})
"""Sounds of two readings: the same, or not."""
USUAL_DIFFERENCE = 2.5
LOOP = 10
"""Sounds beyond twice those asked for."""
LEAST_SURE = 0.35
"""Mean probability of a transcription that says something."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard, its sounds, the strangest stretch of them, and whether the recognizer was sure.

    Args:
        wordings: words of other sounds that are written in place of as many of the line.
        homophones: the words of the line that are written as others of the same sounds: these were heard, not guessed.
    """

    text: str
    symbols: tuple[str, ...]
    evidence: Evidence
    sure: bool
    wordings: tuple[Wording, ...] = ()
    homophones: frozenset[int] = frozenset()


def transcribed(asked: Asked, take: Take, recognizer: Recognizer) -> Transcript:
    """A take written down, and where its sounds differ from what was asked for: homophones and numbers do not."""
    written = recognizer.written(take.samples, take.sample_rate, asked.language)
    spoken = normalize(written.text, asked.language)
    symbols, places = _sounds_of(asked, spoken)
    sounds, owners = spread(asked)
    steps = SAME.align(sounds, symbols)
    stretch = worst_stretch(steps, USUAL_DIFFERENCE)
    heard = [places[s.heard] for s in steps[stretch.first : stretch.end] if s.heard is not None]
    words = spoken[heard[0][0] : heard[-1][1]] if heard else ""
    evidence = evidence_of(steps, stretch, owners, symbols, words)
    sure = bool(written.text) and written.probability >= LEAST_SURE
    if loops(len(sounds), len(symbols)):  # it says nothing of the take
        return Transcript(written.text, tuple(symbols), replace(evidence, excess=0.0), False)
    wordings = tuple(_wordings(steps, owners, symbols, places, spoken))
    same = frozenset(_homophones(asked, steps, owners, symbols, places, spoken))
    return Transcript(written.text, tuple(symbols), evidence, sure, wordings, same)


def _wordings(
    steps: Sequence[Step],
    owners: Sequence[int],
    symbols: Sequence[str],
    places: Sequence[tuple[int, int]],
    spoken: str,
) -> Iterator[Wording]:
    """The runs of an alignment in which words of the line are written as others, one for one: what is missing or added
    is found otherwise.

    Args:
        owners: the word of each sound asked for. symbols: the sounds heard.
        places: where each of these stands in `spoken`.
    """
    words = list(accumulate((owners[step.asked] if step.asked is not None else 0 for step in steps), max))
    other = {word for step, word in zip(steps, words) if step.cost}
    for is_other, group in groupby(zip(words, steps), key=lambda each: each[0] in other):
        run = list(group)
        first, end = run[0][0], run[-1][0] + 1
        heard = [step.heard for _, step in run if step.heard is not None]
        if is_other and len({places[each] for each in heard}) == end - first:
            text = spoken[places[heard[0]][0] : places[heard[-1]][1]]
            yield Wording(first, end, "".join(symbols[each] for each in heard), text)


def _homophones(
    asked: Asked,
    steps: Sequence[Step],
    owners: Sequence[int],
    symbols: Sequence[str],
    places: Sequence[tuple[int, int]],
    spoken: str,
) -> Iterator[int]:
    """The words of a line in whose place others of the same sounds and of one reading are written; arguments as of
    `_wordings`."""
    several = words_of_readings(spoken, asked.language)
    written: dict[int, set[tuple[int, int]]] = {}
    for step in steps:
        if step.asked is not None and step.heard is not None:
            written.setdefault(owners[step.asked], set()).add(places[step.heard])
    for number, where in written.items():
        start, end = min(where)
        word = asked.words[number]
        sounds = "".join(symbol for symbol, place in zip(symbols, places) if place == (start, end))
        if len(where) > 1 or start in several or sounds != word.symbols:
            continue
        texts = (asked.text[word.start : word.end], spoken[start:end])
        if len({simplified(text).casefold() for text in texts}) > 1:
            yield number


def likelier_without(asked: Asked, missing: Evidence, take: Take, recognizer: Recognizer) -> float | None:
    """Nats by which a take is likelier the text without some words than the whole of it; None of a take that is longer
    than the recognizer hears at once."""
    return _likelier(asked, without(asked, missing.first, missing.end), take, recognizer)


def likelier_so(asked: Asked, wording: Wording, take: Take, recognizer: Recognizer) -> float | None:
    """Nats by which a take is likelier the text in another wording; None as of `likelier_without`."""
    return _likelier(asked, reworded(asked, wording), take, recognizer)


def _likelier(asked: Asked, text: str, take: Take, recognizer: Recognizer) -> float | None:
    if take.seconds > LONGEST_SECONDS:
        return None
    texts = [simplified(each) for each in (asked.text, text)]
    whole, other = recognizer.likelihoods(take.samples, take.sample_rate, texts, asked.language)
    return other - whole


def reworded(asked: Asked, wording: Wording) -> str:
    """The text of a line in another wording."""
    words, text = asked.words, asked.text
    return text[: words[wording.first].start] + wording.text + text[words[wording.end - 1].end :]


def without(asked: Asked, first: int, end: int) -> str:
    """The text of a line without words `first` to `end`, beginning as the line does, and with the mark at its end."""
    text, words = asked.text, asked.words
    if end == len(words):
        return text[: words[first - 1].end] + text[words[end - 1].end :]
    rest = text[words[end].start :]
    if first == 0 and text[words[0].start].isupper():
        rest = rest[0].upper() + rest[1:]
    return text[: words[first].start] + rest


def loops(asked: int, heard: int) -> bool:
    """Whether a transcription has so many more sounds than were asked for that it talks to itself: a take with
    everything said twice has not."""
    return heard > 2 * asked + LOOP


def _sounds_of(asked: Asked, spoken: str) -> tuple[list[str], list[tuple[int, int]]]:
    """The sounds of a text, read as the line was, and where each stands in it."""
    symbols: list[str] = []
    places: list[tuple[int, int]] = []
    for sound in phonemize(Utterance(spoken, asked.language, asked.reader)):
        own = [symbol for symbol in sound.symbols if symbol not in SILENT_SYMBOLS] if sound.word else []
        symbols += own
        places += [(sound.start, sound.end)] * len(own)
    return symbols, places
