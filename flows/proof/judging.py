"""From evidence to a verdict: thresholds that `tests.benchmarks.bench_proof` measures, and what they decide."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from flows.proof.evidence import Evidence
from flows.proof.heard import Asked, Wording
from flows.proof.readings import OtherReading
from flows.proof.second import Transcript
from flows.proof.verdict import Fault, Finding, Outcome, Verdict

WORDS = "words"
"""The method of a first hearing without an ear."""
OTHER_VOICE = 34.0
"""Nats by which a take of three seconds and more is likelier another voice's of the production than its own."""
ASPIRATED = "ʰ"
"""The breath after a consonant, as it is written in readings."""
STRANGE_VOICE = 5.0
"""Strangeness of such a take that no other voice of the production has said."""
SHORTEST = 1.0
"""Seconds: a shorter take is as strange by chance as one of this length."""
READING_SHARE = 0.5
"""Of what is strange in a line, that another reading of a word explains at least where it is the reading: of a word
that is missing it explains a little, too."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """In nats beyond the usual.

    Args:
        suspicious: of the first hearing, from which a take of a second is heard in full.
        longer: added to that for each factor e of its seconds: the longer a take, the stranger its strangest stretch
            is by chance (S. Karlin and S. Altschul, "Methods for assessing the statistical significance of molecular
            sequence features", 1990).
        beside: of the first hearing, be it the strangest stretch or another, where the second finds the same words
            strange.
        second: of the second hearing, where both find the same words strange.
        agreed: nats of the first hearing for each of the second, in those words: where the second passes over more than
            the first finds wrong, it has skipped words that are there.
        unsure: of the first hearing, where the second finds the same words strange and was not sure of itself, or heard
            other words there.
        alone: of the first hearing, unless the second is sure of itself and finds less than `second` anywhere, and
            less than half of it in these words.
        repeated: of the first hearing, for words that are heard twice; without an ear, for speech that belongs to no
            word.
        reading: by which another reading of a word explains what is heard better.
        missing: by which a take fits better without some words, from which they are asked for once more.
        without: by which the second hearing has the text without them likelier, from which they are missing. Below 0: a
            text that has the words reads better, and that counts for it, too.
        together: by which both hearings together have it likelier, from which they are missing: a sound that runs into
            its neighbours is no word that is missing.
        written: by which the second hearing has the line likelier with the words that it writes in place of others,
            from which these are said; where the first has `alone` for them, `without` is enough.
        reworded: by which both hearings together have it likelier, from which they are said: a Chinese syllable has too
            few sounds for `second`.
    """

    suspicious: float
    longer: float
    beside: float
    second: float
    agreed: float
    unsure: float
    alone: float
    repeated: float
    reading: float
    missing: float
    without: float
    together: float
    written: float
    reworded: float


@cache
def thresholds(method: str) -> Thresholds:
    """Those of a first hearing by the ear for a language, by its code, or by `WORDS`."""
    text = resources.files(__package__).joinpath("thresholds.json").read_text(encoding="utf-8")
    return Thresholds(**json.loads(text)[method])


SURE = 0.53
"""Weight of a finding from which a take is accused: an eighth above its limit. A hair above it, nothing is known."""
FIRST_SHARE = 0.5
"""Of `reworded`, that the first hearing must have by itself, so that the second is asked."""
WEAK = 1.75
"""Times what is enough to miss a word, that a weak syllable needs: it may last 50 ms, and whether it is swallowed or
left out is hard to tell."""
BLURRED = 1.3
"""Times what is enough to hear another reading, that one of as many sounds needs for a weak syllable: its vowel is
blurred."""
ALSO = 0.5
"""Of `second`, that the second hearing finds at least in words of which the first has `alone`."""
SHARED = 0.5
"""Of what a hearing finds in a take: as much of the same words in the control, and it is the hearing's own slip."""


@dataclass(frozen=True, slots=True)
class Control:
    """What is found in another take that has the same words, and all of them (see `Asked.control`).

    Args:
        stretches: the strangest of the first hearing. second: of the second, where it was asked.
        missing: nats of both hearings for a text without the words that may be missing.
        reworded: the same for one with other words in their place.
        reading: nats for the other reading, below 0 where the one asked for fits better; None where none was told.
    """

    stretches: tuple[Evidence, ...] = ()
    second: Evidence | None = None
    missing: float = 0.0
    reworded: float = 0.0
    reading: float | None = None

    def share(self, found: Evidence) -> bool:
        """Whether the first hearing finds as much here of the words of a stretch."""
        return any(_same(found, each) for each in self.stretches)

    def writes(self, found: Evidence) -> bool:
        """Whether the second hearing does."""
        return self.second is not None and _same(found, self.second)

    def blurs(self, gain: float, enough: float) -> bool:
        """Whether the reading that was asked for is not told from the other here, by as much as the other from it in a
        take, or by what is enough: both sound too much alike."""
        return self.reading is not None and self.reading > -min(SHARED * gain, enough)


def _same(found: Evidence, there: Evidence) -> bool:
    return there.excess >= SHARED * found.excess and there.touches(found)


NOTHING = Control()
"""Of a line that there is no control of."""


@dataclass(frozen=True, slots=True)
class Reworded:
    """Words that the second hearing writes in place of others.

    Args:
        fits: nats by which a take fits better with their sounds.
        likelier: by which the second hearing has the line likelier so; None where it was not asked.
        start, end: seconds in the take.
    """

    wording: Wording
    fits: float
    likelier: float | None
    start: float
    end: float

    @property
    def nats(self) -> float:
        """Of both hearings together."""
        return self.fits + (self.likelier or 0.0)


@dataclass(frozen=True, slots=True)
class Hearing:
    """All that is known of a take.

    Args:
        method: of the first hearing: the language of the ear, or `WORDS`. signals: found in the sound alone.
        first: the strangest stretch.
        reading: another reading of a word that fits better, and by how many nats.
        strange_voice: how far it is from its voice, less for a short take; 0 where that is not known.
        other_voice: the other voice that it is nearest to, and the nats by which it is likelier that one's than its
            own, less for a short take; None where that is not known.
        transcript: of the second hearing; None where there was none.
        others: the next stretches of the first hearing.
        missing: the words without which the take fits best, and by how much better than with them; None where that is
            not known.
        without: nats by which the second hearing has the text without these words likelier; None where it was not
            asked.
        reworded: of the words that the second hearing writes in place of others, those that fit best; None where it
            writes none.
        control: what is found in the control; None where it was not heard.
    """

    asked: Asked
    method: str
    signals: tuple[Finding, ...]
    first: Evidence
    reading: tuple[OtherReading, float] | None = None
    strange_voice: float = 0.0
    other_voice: tuple[str, float] | None = None
    transcript: Transcript | None = None
    others: tuple[Evidence, ...] = ()
    missing: Evidence | None = None
    without: float | None = None
    reworded: Reworded | None = None
    control: Control | None = None

    @property
    def limits(self) -> Thresholds:
        return thresholds(self.method)


def suspicious(hearing: Hearing) -> bool:
    """Whether there is something to hear again in a take."""
    return strange(hearing) or lacking(hearing) is not None


def lacking(hearing: Hearing) -> Evidence | None:
    """Words that may be missing."""
    missing = hearing.missing
    return missing if missing is not None and missing.excess >= hearing.limits.missing else None


def strange(hearing: Hearing) -> bool:
    """Whether the words of a take are to be heard in full."""
    limits = hearing.limits
    reading = hearing.reading is not None and hearing.reading[1] >= limits.reading
    longer = limits.longer * math.log(max(hearing.asked.seconds, SHORTEST))
    return hearing.first.excess >= limits.suspicious + longer or reading


def accused(hearing: Hearing) -> bool:
    """Whether nothing but its words are found wrong with a take, so that a control may excuse it."""
    return not hearing.signals and not any(_of_voice(hearing)) and any(_of_words(hearing))


def verdict(hearing: Hearing) -> Verdict:
    """What is thought of a take. Where the control excuses it, nothing is known."""
    findings = sorted(
        [*hearing.signals, *_of_voice(hearing), *_of_words(hearing)], key=lambda finding: -finding.weight
    )
    words = hearing.transcript
    if findings and findings[0].weight >= SURE:
        outcome = Outcome.DOUBTFUL
    elif findings or hearing.control is not None or (words is not None and not words.sure):
        outcome = Outcome.INCONCLUSIVE
    else:
        outcome = Outcome.CLEAN
    excess = hearing.first.excess + (words.evidence.excess if words is not None else 0.0)
    score = -excess / 10 - 3 * sum(finding.weight for finding in findings)
    heard = words.text if words is not None else ""
    return Verdict(hearing.asked.key, outcome, tuple(findings), heard, round(score, 3))


def _of_voice(hearing: Hearing) -> Iterator[Finding]:
    if hearing.other_voice is not None and hearing.other_voice[1] >= OTHER_VOICE:
        other, nats = hearing.other_voice
        yield Finding(Fault.VOICE, _weight(nats, OTHER_VOICE), heard=other)
    elif hearing.strange_voice >= STRANGE_VOICE:
        yield Finding(Fault.VOICE, _weight(hearing.strange_voice, STRANGE_VOICE))


def _of_words(hearing: Hearing) -> Iterator[Finding]:
    reading = list(_of_reading(hearing))
    found = list(_of_stretch(hearing))
    if reading and hearing.reading is not None and hearing.reading[1] < READING_SHARE * hearing.first.excess:
        reading = [] if found else reading
    ways = (found, list(_of_missing(hearing)), list(_of_reworded(hearing)))
    yield from reading or max(ways, key=lambda way: way[0].weight if way else 0.0)


def _of_missing(hearing: Hearing) -> Iterator[Finding]:
    asked, limits, missing = hearing.asked, hearing.limits, lacking(hearing)
    if missing is None:
        return
    more, control = hearing.without, hearing.control or NOTHING
    nats = missing.excess + (more or 0.0)
    weak = all(word.weak for word in asked.words[missing.first : missing.end])
    enough = limits.together * (WEAK if weak else 1.0)
    both = more is not None and more >= limits.without and nats >= enough
    if (both or (more is None and missing.excess >= limits.alone)) and control.missing < SHARED * nats:
        said = asked.said(missing.first, missing.end)
        at = round(min(missing.start, asked.seconds), 2)
        yield Finding(Fault.DROPPED, _weight(missing.excess, limits.missing), at, at, said)


def _of_reworded(hearing: Hearing) -> Iterator[Finding]:
    asked, limits, found = hearing.asked, hearing.limits, hearing.reworded
    if found is None or found.likelier is None:
        return
    surely = found.fits >= limits.alone and not _but_breath(asked, found.wording)
    if found.likelier < (limits.without if surely else limits.written):
        return
    if found.nats >= limits.reworded and (hearing.control or NOTHING).reworded < SHARED * found.nats:
        said = asked.said(found.wording.first, found.wording.end)
        weight = _weight(found.nats, limits.reworded)
        yield Finding(Fault.SWAPPED, weight, found.start, found.end, said, found.wording.text)


def _but_breath(asked: Asked, wording: Wording) -> bool:
    """Whether words in another wording differ by the breath after their consonants alone (悄悄, 焦焦)."""
    words = "".join(word.symbols for word in asked.words[wording.first : wording.end])
    return words.replace(ASPIRATED, "") == wording.symbols.replace(ASPIRATED, "")


def _of_reading(hearing: Hearing) -> Iterator[Finding]:
    asked = hearing.asked
    if hearing.reading is not None:
        other, gain = hearing.reading
        word, heard = asked.words[other.number], hearing.transcript
        near = word.weak and len(other.symbols) == len(word.symbols)
        limit = hearing.limits.reading * (BLURRED if near else 1.0)
        blurred = (hearing.control or NOTHING).blurs(gain, limit)
        if gain < limit or blurred or (heard and other.number in heard.homophones):
            return
        said = asked.text[word.start : word.end]
        yield Finding(Fault.READING, _weight(gain, limit), said=said, heard=other.value)


def _of_stretch(hearing: Hearing) -> Iterator[Finding]:
    limits, control = hearing.limits, hearing.control or NOTHING
    first = hearing.first
    own = [each for each in (first, *hearing.others) if not control.share(each)]
    longer = hearing.method == WORDS and first.fault(len(hearing.asked.words)) is Fault.ADDED
    twice = first in own and (first.repeats or longer)
    if twice and first.excess >= limits.repeated:  # what is said twice, a transcription writes once
        yield _finding(hearing, first, _weight(first.excess, limits.repeated))
        return
    words = hearing.transcript
    if words is None:
        return
    second = words.evidence
    same = max((each.excess for each in own if each.touches(second)), default=0.0)
    enough = max(limits.beside, limits.agreed * second.excess)
    both = second.excess >= limits.second and same >= enough and not control.writes(second)
    # a slip that both hearings share is another word; what is missing or added is none
    surely = words.sure and second.fault(len(hearing.asked.words)) is not Fault.SWAPPED
    if both and (surely or same >= limits.unsure):
        yield _finding(hearing, second, _weight(min(same, second.excess), limits.second))
        return
    there = second.touches(first) and not control.writes(second)
    enough = ALSO * limits.second if there else limits.second
    if first in own and first.excess >= limits.alone and (second.excess >= enough or not words.sure):
        yield _finding(hearing, first, _weight(first.excess, limits.alone))


def _finding(hearing: Hearing, evidence: Evidence, weight: float) -> Finding:
    asked, first = hearing.asked, hearing.first
    begin, end = (
        (evidence.first, evidence.end)
        if evidence.end > evidence.first
        else (evidence.first - 1, evidence.end + 1)
    )
    return Finding(
        evidence.fault(len(asked.words)) if not first.repeats else Fault.REPEATED,
        weight,
        round(min(first.start, asked.seconds), 2),
        round(min(max(first.end_at, first.start), asked.seconds), 2),
        asked.said(begin, end),
        evidence.heard,
    )


def _weight(value: float, limit: float) -> float:
    """How sure, from 0.5 at the limit towards 1."""
    return round(value / (value + limit), 2)
