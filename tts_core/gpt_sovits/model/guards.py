"""What goes wrong with a sampled line, told from its tokens and its sound; a flagged line is drawn again.

The failures are those users of the original report (repeats, collapse, endless lines, swallowed ends, the prompt
heard in the line). Bounds are in the units they are named with.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tts_core.gpt_sovits.model.tokens import TOKENS_PER_SECOND, TokenLine
from tts_core.sound import Samples

Flag = Literal[
    "empty",
    "limit",
    "collapse",
    "loop",
    "too fast",
    "too slow",
    "swallowed",
    "leaked prompt",
    "silent",
    "cut end",
    "broken",
]

COLLAPSE_TOKENS = 25  # the same token for a second: no voice holds still for that long
LOOP_LONGEST = 50  # tokens (2 s): the longest phrase looked for
LOOP_ROUNDS = 3  # said so often in a row
LOOP_TOKENS = 15  # over at least 0.6 s
LEAK_TOKENS = 15  # 0.6 s of the prompt, word for word, at the start of a line
LEAK_WITHIN = 50  # tokens: where a leak is looked for
SLOWEST, FASTEST = (
    3.0,
    25.0,
)  # phonemes a second the models were trained within (dataset filter of the reference)
GRACE_SECONDS = 0.8  # short lines are mostly onset and pause
SWALLOWED_SHARE = 0.55  # of the predicted length: about half the words are missing
STRETCHED_SHARE = 2.5
SILENT_DB = -55.0  # RMS, full scale
END_MILLISECONDS = 20
CUT_END_DB = -12.0  # last 20 ms against the line's loudest tenth: speech has faded by then

SEVERITY: dict[Flag, int] = {
    "broken": 100,
    "empty": 100,
    "silent": 90,
    "limit": 50,
    "loop": 40,
    "collapse": 40,
    "leaked prompt": 30,
    "swallowed": 30,
    "too fast": 20,
    "too slow": 20,
    "cut end": 5,
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a line should be like: sounds in it (phonemes without marks), and seconds at speed 1."""

    phonemes: int
    seconds: float


def token_flags(line: TokenLine, prompt: Sequence[int], expected: Expectation) -> list[Flag]:
    """What the tokens of a line tell."""
    tokens = line.tokens
    if not tokens:
        return ["empty"]
    flags: list[Flag] = []
    if line.stop == "limit":
        flags.append("limit")
    if _longest_run(tokens) >= COLLAPSE_TOKENS:
        flags.append("collapse")
    elif _loops(tokens):
        flags.append("loop")
    seconds = len(tokens) / TOKENS_PER_SECOND
    spoken = max(seconds - GRACE_SECONDS, 1e-9)
    crawls = seconds > GRACE_SECONDS and expected.phonemes / spoken < SLOWEST
    if expected.phonemes / seconds > FASTEST:
        flags.append("too fast")
    elif crawls or seconds > STRETCHED_SHARE * expected.seconds + GRACE_SECONDS:
        flags.append("too slow")
    elif seconds + GRACE_SECONDS / 2 < SWALLOWED_SHARE * expected.seconds:
        flags.append("swallowed")
    if _shares_stretch(tokens[:LEAK_WITHIN], prompt, LEAK_TOKENS):
        flags.append("leaked prompt")
    return flags


def sound_flags(samples: Samples, sample_rate: int) -> list[Flag]:
    """What the waveform of a line tells."""
    if len(samples) == 0:
        return ["empty"]
    if not np.isfinite(samples).all():
        return ["broken"]
    if decibels(samples) < SILENT_DB:
        return ["silent"]
    frame = sample_rate * END_MILLISECONDS // 1000
    whole = len(samples) // frame
    if whole < 5:
        return []
    levels = np.sqrt(np.mean(samples[-whole * frame :].reshape(whole, frame).astype(np.float64) ** 2, axis=1))
    loud = float(np.quantile(levels, 0.9))
    return ["cut end"] if levels[-1] > loud * 10 ** (CUT_END_DB / 20) else []


def severity(flags: Sequence[Flag]) -> int:
    """How bad a line is: 0 = clean; the smaller of two is kept."""
    return sum(SEVERITY[flag] for flag in flags)


def decibels(samples: Samples) -> float:
    """RMS level, dB full scale; silence is -200."""
    power = float(np.mean(samples.astype(np.float64) ** 2)) if len(samples) else 0.0
    return max(-200.0, 10 * float(np.log10(power + 1e-20)))


def _longest_run(tokens: Sequence[int]) -> int:
    longest = run = 1
    for before, token in itertools.pairwise(tokens):
        run = run + 1 if token == before else 1
        longest = max(longest, run)
    return longest


def _loops(tokens: Sequence[int]) -> bool:
    """Whether some phrase of 2 to LOOP_LONGEST tokens comes LOOP_ROUNDS times in a row."""
    line = np.asarray(tokens)
    for period in range(2, min(LOOP_LONGEST, len(line) // 2) + 1):
        same = line[period:] == line[:-period]
        wanted = max((LOOP_ROUNDS - 1) * period, LOOP_TOKENS)
        if np.count_nonzero(same) >= wanted and _longest_true(same) >= wanted:
            return True
    return False


def _longest_true(same: np.ndarray) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _shares_stretch(tokens: Sequence[int], prompt: Sequence[int], length: int) -> bool:
    if len(tokens) < length or len(prompt) < length:
        return False
    heard = {tuple(prompt[at : at + length]) for at in range(len(prompt) - length + 1)}
    heard = {stretch for stretch in heard if len(set(stretch)) > 2}  # pauses are alike everywhere
    return any(tuple(tokens[at : at + length]) in heard for at in range(len(tokens) - length + 1))
