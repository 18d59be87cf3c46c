"""An ear for one language: from what whisper's encoder makes of a sound to the sounds of speech, frame by frame.

A linear layer over three frames of the encoder's first layers says how likely each sound of the language is in every
20 ms. The known sounds of a line are laid over these frames as a chain of states, each at least `LEAST_FRAMES` long,
with silence allowed between words (L. Rabiner, "A tutorial on hidden Markov models", 1989). What a frame costs is how
much likelier its best sound is than the one that is laid there (S. Witt and S. Young, "Phone-level pronunciation
scoring", 2000); where a take is wrong, costs pile up. The layer is learned by `tools/train_listener.py` from takes
whose engine says when each sound begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from flows.proof.evidence import Evidence, common
from flows.proof.heard import Asked, AskedWord, Wording
from flows.proof.readings import OtherReading
from flows.proof.signals import HOP_SECONDS, LOUD_PERCENTILE, levels, runs
from tts_core.encoder import Encoder
from tts_core.engine import Take
from tts_core.recognizer import TOKEN_SECONDS

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

SILENCE = "_"
"""The name of silence among the sounds."""
CONTEXT = 1
"""Frames on either side that a frame is heard with."""
LEAST_FRAMES = 2
"""Of a sound. Shorter ones are rare, and a word that is missing is cheaper the shorter it may be."""
PRIOR_SHARE = 0.3
"""Of a sound's rarity that is taken out of its probability: rare ones are heard less well."""
DEAREST = 9.0
"""Nats below which a probability tells nothing more."""
LACKING = 8.0
"""Cost of a sound that a take has no frame for."""
ANY = -1
"""Any sound: those of a foreign word, of which the ear knows some or none. It costs what is usual."""
USUAL = 1.5
"""Cost of a frame that an accent or a blurred border explains; what is beyond it counts as evidence."""
QUIET_DB = -42.0
"""Below the loud parts of a take: nothing is said there. The encoder keeps notes of its own in such frames."""
QUIET_FRAMES = 6
"""In a row inside a take: shorter ones are the closures of stops."""
IN_QUIET = 4.0
"""Nats against any sound in a quiet frame."""
HEARD_FRAMES = 2
"""In a row that a sound is heard in, so that it counts."""
STRETCHES = 3
"""Of a take that are told: a slip of the ear may be stranger than what is wrong with a long one."""
MOST_MISSING = 2
"""Words in a row that are looked for by themselves: more are strange enough."""
TWICE = 30.0
"""Nats by which a take costs less with some words twice, from which they are said twice: good lines have 17 at most."""
TWICE_SHARE = 0.5
"""Of what is strange there, that the same words explain at least: what else is added may share a sound with them."""
MOST_TWICE = 4
"""Words in a row that are looked for as said twice; of more, a part tells it, too."""
BESIDE = 1
"""Words on either side of those that are compared with others."""


@dataclass(frozen=True, slots=True)
class Ear:
    """Args:
    sounds: by column; `SILENCE` among them.
    weights: `[3, 512, sounds]`, of the frame before, the frame and the one after.
    bias: `[sounds]`. rarity: `[sounds]`, natural logarithm of how often each is heard.
    """

    sounds: tuple[str, ...]
    weights: Floats
    bias: Floats
    rarity: Floats

    def hear(self, features: Floats) -> Floats:
        """Logarithms of the probability of each sound, `[T, sounds]`, of features `[T, 512]`."""
        logits = self.bias + features @ self.weights[CONTEXT]
        before = np.concatenate([features[:1], features[:-1]])
        after = np.concatenate([features[1:], features[-1:]])
        logits += before @ self.weights[0] + after @ self.weights[2]
        logits -= logits.max(axis=1, keepdims=True)
        return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), np.float32)


@cache
def ear(language: str) -> Ear | None:
    """The ear for a language; None where none was trained."""
    file = resources.files(__package__).joinpath("ears", f"{language}.npz")
    if not file.is_file():
        return None
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
        names = str(data["sounds"]).split(" ")
        return Ear(tuple(names), *(data[name].astype(np.float32) for name in ("weights", "bias", "rarity")))


@dataclass(frozen=True, slots=True)
class Sounds:
    """A take as an ear hears it: `scores` `[T, sounds]`, nats, higher is likelier."""

    ear: Ear
    scores: Floats

    @property
    def free(self) -> Floats:
        """The best score of each frame."""
        return np.asarray(self.scores.max(axis=1), np.float32)

    def heard(self) -> list[tuple[str, int, int]]:
        """The likeliest sounds, each with its first frame and the frame after its last."""
        best = self.scores.argmax(axis=1)
        ends = [*np.flatnonzero(np.diff(best)) + 1, len(best)]
        found, first = [], 0
        for end in map(int, ends):
            name = self.ear.sounds[int(best[first])]
            if name != SILENCE and end - first >= HEARD_FRAMES:
                found.append((name, first, end))
            first = end
        return found


@dataclass(frozen=True, slots=True)
class Laid:
    """Words laid over frames: what each frame costs, and the word it belongs to (-1: none)."""

    costs: Floats
    owners: Numbers

    @property
    def total(self) -> float:
        return float(self.costs.sum())

    def span(self, first: int, end: int) -> tuple[int, int]:
        """The frames of words `first` to `end`."""
        places = np.flatnonzero((self.owners >= first) & (self.owners < end))
        return (int(places[0]), int(places[-1]) + 1) if len(places) else (0, len(self.owners))


def sounds_of(take: Take, encoder: Encoder, ear: Ear) -> Sounds:
    """What is heard in a take. It is heard by itself: the encoder's work for a second of sound grows with the length of
    what it is given."""
    return heard_sounds(encoder.features(take.samples, take.sample_rate), take, ear)


def heard_sounds(features: Floats, take: Take, ear: Ear) -> Sounds:
    """What an ear makes of the features of a take."""
    chances = ear.hear(features)
    quiet = quiet_frames(take, len(chances))
    chances[quiet] = -IN_QUIET
    chances[quiet, ear.sounds.index(SILENCE)] = 0.0
    return Sounds(ear, np.maximum(chances, -DEAREST) - PRIOR_SHARE * ear.rarity)


def quiet_frames(take: Take, count: int) -> npt.NDArray[np.bool_]:
    """Which of so many frames of a take are its quiet ends or lie within a pause."""
    level = levels(take.samples, take.sample_rate)
    steps = round(TOKEN_SECONDS / HOP_SECONDS)
    power = np.full(count * steps, 1e-12)
    power[: len(level)] = 10 ** (level[: count * steps] / 10)
    frames = 10 * np.log10(power.reshape(count, steps).mean(axis=1))
    below = frames < (np.percentile(frames, LOUD_PERCENTILE) if count else 0.0) + QUIET_DB
    quiet = np.zeros(count, bool)
    for first, end in runs(below):
        at_start, at_end = first == 0, end == count
        if end - first >= QUIET_FRAMES or at_start or at_end:
            quiet[first + (not at_start) : end - (not at_end)] = True
    return quiet


@dataclass(frozen=True, slots=True)
class _Chain:
    """The states through which a take passes as its words are said: silence, which may be passed over, before, between
    and behind them, and each of their sounds in copies, of which only the last may last.

    Args:
        owners: by state, the word it belongs to (-1: silence).
        lasting: by state, whether it may last.
        costs: `[T, states]`, nats of a frame in a state.
    """

    owners: Numbers
    lasting: npt.NDArray[np.bool_]
    costs: Floats

    def reached(self) -> Floats:
        """The least cost of the frames up to each in each state, it included, `[T, states]` (Viterbi)."""
        return _reached(self.costs, self.owners < 0, self.lasting)

    def left(self) -> Floats:
        """The least cost of the frames from each in each state to the end, it included, `[T, states]`."""
        return _reached(self.costs[::-1, ::-1], self.owners[::-1] < 0, self.lasting[::-1])[::-1, ::-1]

    def path(self, reached: Floats) -> Numbers:
        """The state of each frame on the cheapest way."""
        frames, count = reached.shape
        path = np.empty(frames, np.int64)
        state = count - 1 if reached[-1, -1] <= reached[-1, -2] else count - 2
        for frame in range(frames - 1, -1, -1):
            path[frame] = state
            before = reached[frame - 1]
            best, step = (before[state] if self.lasting[state] else NEVER), 0
            if state and before[state - 1] < best:
                best, step = before[state - 1], 1
            if state > 1 and self.owners[state - 1] < 0 and before[state - 2] < best:
                step = 2
            state -= step
        return path


NEVER = np.float32(1e9)
"""Cost of what cannot be."""


def _reached(costs: Floats, optional: npt.NDArray[np.bool_], lasting: npt.NDArray[np.bool_]) -> Floats:
    """The least cost of the frames up to each in each state of a chain; optional states may be passed over."""
    frames, count = costs.shape
    stay = np.where(lasting, np.float32(0.0), NEVER)
    skip = np.full(count, NEVER)
    skip[2:] = np.where(optional[1:-1], np.float32(0.0), NEVER)
    table = np.full((frames, count), NEVER)
    table[0, :2] = costs[0, :2]
    ways = np.full((3, count), NEVER)
    for frame in range(1, frames):
        before = table[frame - 1]
        ways[0] = before + stay
        ways[1, 1:] = before[:-1]
        ways[2, 2:] = before[:-2] + skip[2:]
        table[frame] = ways.min(axis=0) + costs[frame]
    return table


def _least_frames(words: Sequence[AskedWord], sounds: Sounds) -> int:
    """Of a sound of words over a take: as many as it has room for, at most `LEAST_FRAMES`; 0 where it is too short for
    them."""
    count = sum(len(word.symbols) for word in words)
    return min(LEAST_FRAMES, len(sounds.scores) // count) if count else 0


def _chain(words: Sequence[AskedWord], sounds: Sounds, least: int) -> _Chain | None:
    """The chain of words over a take, each of their sounds in as many copies; None where there is no word, or the take
    is too short for them."""
    ear, copies = sounds.ear, min(least, _least_frames(words, sounds))
    known = {name: number for number, name in enumerate(ear.sounds)}
    each = [
        (number, known[symbol] if all(sound in known for sound in word.symbols) else ANY)
        for number, word in enumerate(words)
        for symbol in word.symbols
    ]
    if not copies:
        return None
    states, owners, lasting = [known[SILENCE]], [-1], [True]
    for place, (number, sound) in enumerate(each):
        if place and each[place - 1][0] != number:
            states.append(known[SILENCE])
            owners.append(-1)
            lasting.append(True)
        states += [sound] * copies
        owners += [number] * copies
        lasting += [False] * (copies - 1) + [True]
    states.append(known[SILENCE])
    owners.append(-1)
    lasting.append(True)
    chain = np.array(states)
    costs = sounds.free[:, None] - sounds.scores[:, np.maximum(chain, 0)]
    costs[:, chain == ANY] = USUAL
    return _Chain(np.array(owners), np.array(lasting), np.asarray(costs, np.float32))


def lay(words: Sequence[AskedWord], sounds: Sounds, least: int = LEAST_FRAMES) -> Laid:
    """Words laid over a take in the way that costs least. A take that is too short for them costs as if it were as
    long as it takes to say them.

    Args:
        least: frames of each sound, where the take has room for them. Two ways to say a part of a take are comparable
            with the same: sounds that may be shorter cost less.
    """
    chain = _chain(words, sounds, least)
    if chain is None:
        frames = max(len(sounds.scores), 1)
        lacking = sum(len(word.symbols) for word in words) * LACKING / frames
        owner = 0 if lacking else -1
        return Laid(np.full(frames, lacking, np.float32), np.full(frames, owner, np.int64))
    path = chain.path(chain.reached())
    return Laid(np.asarray(chain.costs[np.arange(len(path)), path], np.float32), chain.owners[path])


def marked(asked: Asked, laid: Laid, start: float, end: float) -> bool:
    """Whether a mark of the text stands where a take is quiet from one second to another."""
    middle = round((start + end) / 2 / TOKEN_SECONDS)
    before, after = laid.owners[:middle].max(initial=-1), laid.owners[middle:]
    following = after[after >= 0]
    if before < 0 or not len(following):
        return True  # at an end of the line
    between = asked.text[asked.words[int(before)].end : asked.words[int(following[0])].start]
    return any(not character.isspace() for character in between)


def stretches(words: Sequence[AskedWord], sounds: Sounds, laid: Laid) -> list[Evidence]:
    """The stretches of a take whose costs exceed the usual most, the worst first, at least one and at most `STRETCHES`.
    `laid`: its words over its sounds, see `lay`."""
    beyond = np.array(laid.costs - USUAL, np.float32)
    whole = sounds.heard()
    found: list[Evidence] = []
    while len(found) < STRETCHES:
        excess, first, end = _worst(beyond)
        if found and not excess:
            break
        found.append(_evidence(words, sounds, whole, laid, excess, first, end))
        beyond[first:end] = -DEAREST  # the next one goes around it
    return found


def _evidence(
    words: Sequence[AskedWord],
    sounds: Sounds,
    whole: Sequence[tuple[str, int, int]],
    laid: Laid,
    excess: float,
    first: int,
    end: int,
) -> Evidence:
    """What frames `first` to `end` of a take say of its words. `whole`: all that is heard in it."""
    owners = laid.owners[first:end]
    said = owners[owners >= 0]
    before = laid.owners[:first]
    here = int(before.max(initial=-1)) + 1
    begin, stop = (int(said[0]), int(said[-1]) + 1) if len(said) else (here, here)
    symbols = [symbol for word in words[begin:stop] for symbol in word.symbols]
    start, after = laid.span(begin, stop) if stop > begin else (first, end)
    sounded = [name for name, a, b in whole if a < max(after, end) and b > min(start, first)]
    more = len(sounded) - len(symbols)
    least = max(TWICE, TWICE_SHARE * excess)
    return Evidence(
        excess=excess,
        first=begin,
        end=stop,
        start=first * TOKEN_SECONDS,
        end_at=end * TOKEN_SECONDS,
        missed=max(-more, 0),
        added=max(more, 0),
        swapped=min(len(sounded), len(symbols)) - common(sounded, symbols),
        repeats=more > 0 and excess >= TWICE and _twice(words, sounds, laid, begin, stop) >= least,
        heard=" ".join(sounded),
    )


def _twice(words: Sequence[AskedWord], sounds: Sounds, laid: Laid, first: int, end: int) -> float:
    """How much less a take costs where some words in a row, at most `MOST_TWICE` and among them or beside them words
    `first` to `end`, are laid twice: words that are said once must share their frames then, and cost more."""
    near, far = max(first - MOST_TWICE, 0), min(end + MOST_TWICE, len(words))
    start, stop = laid.span(near, far)
    part = Sounds(sounds.ear, sounds.scores[start:stop])
    some = list(words[near:far])
    pairs = [(a, b) for a in range(len(some)) for b in range(a + 1, min(a + MOST_TWICE, len(some)) + 1)]
    beside = [(a, b) for a, b in pairs if near + a <= end and near + b >= first]
    return max((_cheaper(some, [*some[:b], *some[a:b], *some[b:]], part) for a, b in beside), default=-np.inf)


def _cheaper(words: Sequence[AskedWord], others: Sequence[AskedWord], sounds: Sounds) -> float:
    """How much less a part of a take costs as other words."""
    least = max(min(_least_frames(words, sounds), _least_frames(others, sounds)), 1)
    return lay(words, sounds, least).total - lay(others, sounds, least).total


def _worst(beyond: Floats) -> tuple[float, int, int]:
    """The maximal segment: its sum, its first frame and the one after its last (Kadane)."""
    best, sum_, first = (0.0, 0, 0), 0.0, 0
    for number, value in enumerate(beyond.tolist()):
        sum_ += value
        if sum_ <= 0:
            sum_, first = 0.0, number + 1
        elif sum_ > best[0]:
            best = (sum_, first, number + 1)
    return best


def missing(
    words: Sequence[AskedWord], sounds: Sounds, among: Sequence[tuple[int, int]] = ()
) -> Evidence | None:
    """The words, at most `MOST_MISSING` in a row, without which a take costs least; the excess is how much less than
    with them, negative where all are there. None of a line of one word, and of a take too short for its words.

    Args:
        among: first and end of the words that are looked at; none: all.

    What is dropped from a line must be laid somewhere, and a short word costs little wherever it is laid: less than a
    slip of the ear may. But without a word that is there its sounds are laid as others and cost much, so the difference
    tells more of a short word than what it costs (a likelihood ratio). Each is the cheapest way over two whole lines,
    which the costs up to a frame and those from it on give for all words at once."""
    chain = _chain(words, sounds, LEAST_FRAMES)
    if chain is None:
        return None
    reached, left = chain.reached(), chain.left()
    whole = min(reached[-1, -1], reached[-1, -2])
    best: Evidence | None = None
    every = (
        (first, end)
        for first in range(len(words))
        for end in range(first + 1, min(first + MOST_MISSING, len(words)) + 1)
    )
    for first, end in among or every:
        if end - first == len(words):
            continue
        cost, frame = _without(chain, reached, left, first, end)
        if best is None or whole - cost > best.excess:
            at = frame * TOKEN_SECONDS
            lost = sum(len(word.symbols) for word in words[first:end])
            best = Evidence(float(whole - cost), first, end, at, at, missed=lost)
    return best


def _without(chain: _Chain, reached: Floats, left: Floats, first: int, end: int) -> tuple[float, int]:
    """The least cost of a take without words `first` to `end`, and the frame where the next one begins."""
    own = np.flatnonzero((chain.owners >= first) & (chain.owners < end))
    silence, after = (
        int(own[0]) - 1,
        int(own[-1]) + 2,
    )  # the one before them; the first sound of the next word
    until = reached[:, max(silence - 1, 0) : silence + 1].min(axis=1)
    if after >= len(chain.owners):
        return float(until[-1]), len(reached)
    costs = left[:, after].copy()
    costs[1:] += until[:-1]
    if silence:
        costs[0] = NEVER  # words before them need frames
    frame = int(costs.argmin())
    return float(costs[frame]), frame


def fits_so(words: Sequence[AskedWord], sounds: Sounds, laid: Laid, wording: Wording) -> float:
    """Nats by which a take fits better with some words in another wording. `laid`: its words over its sounds, see
    `lay`."""
    first, end = max(wording.first - BESIDE, 0), min(wording.end + BESIDE, len(words))
    start, stop = laid.span(first, end)
    part = Sounds(sounds.ear, sounds.scores[start:stop])
    said = AskedWord(0, 0, wording.symbols)
    so = [*words[first : wording.first], said, *words[wording.end : end]]
    return _cheaper(words[first:end], so, part)


def reading_heard(
    words: Sequence[AskedWord], sounds: Sounds, laid: Laid, others: Sequence[OtherReading]
) -> tuple[OtherReading, float] | None:
    """The other reading of a word that a take is likeliest to have instead, and by how many nats; `laid` as of
    `fits_so`."""
    gains = (
        (other, fits_so(words, sounds, laid, Wording(other.number, other.number + 1, other.symbols, "")))
        for other in others
    )
    return max(gains, key=lambda gain: gain[1], default=None)
