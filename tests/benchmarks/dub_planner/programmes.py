"""Programmes to plan: generated ones with the statistics of the note on dubbing (§2.2), and real cue files."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np

from flows.mastering.dub.plan import PlanLine, PlanOptions
from flows.mastering.dub.sync import count_syllables, count_words
from flows.sources.subtitles import SubtitleOptions, read_subtitles, spoken_lines


def generated_programme(
    *,
    seed: int,
    cues: int = 400,
    median: float = 1.12,
    sigma: float = 0.26,
    sync: str = "dialogue",
    lanes: int = 1,
) -> tuple[list[PlanLine], PlanOptions]:
    """Cues of 0.83 to 7 s (log-normal, median 2.2 s); gaps 45 % 0.08–0.25 s, 35 % 0.25–1.5 s, 20 % 1.5–8 s;
    takes of cue length × log-normal(median, sigma)."""
    random = np.random.default_rng(seed)
    lines: list[PlanLine] = []
    at = 1.0
    for k in range(cues):
        length = float(np.clip(random.lognormal(np.log(2.2), 0.45), 0.83, 7.0))
        kind = random.random()
        low, high = (0.08, 0.25) if kind < 0.45 else (0.25, 1.5) if kind < 0.80 else (1.5, 8.0)
        gap = float(random.uniform(low, high))
        seconds = length * float(random.lognormal(np.log(median), sigma))
        lane = f"speaker {int(random.integers(lanes))}"
        lines.append(
            PlanLine(
                f"g{k}",
                k + 1,
                lane,
                round(at, 3),
                round(at + length, 3),
                seconds,
                sync=sync,
                words=max(1, int(seconds * 2.7)),
            )
        )
        at += length + gap
    return lines, PlanOptions(programme_seconds=round(at + 5.0, 3))


def cue_file_programme(
    path: Path, *, tempo: float, sync: str = "dialogue"
) -> tuple[list[PlanLine], PlanOptions]:
    """A real cue file, each cue a line of its own (no joining: the greedy rules know none).

    Take lengths are syllables over a voice's tempo (syllables a second) with a spread of 8 % that depends on
    the text alone, 0.15 s for its edges, and 0.2 s for each inner sentence end.
    """
    file = read_subtitles(path)
    lines: list[PlanLine] = []
    for item in spoken_lines(file, SubtitleOptions(join_gap_ms=-1)):
        syllables = count_syllables(item.text)
        noise = int.from_bytes(hashlib.sha256(item.text.encode()).digest()[:4], "big") / 2**32 * 2 - 1
        stops = len(re.findall(r"[.!?。！？](?=.)", item.text))
        seconds = (syllables / tempo + 0.15 + 0.2 * stops) * (1 + 0.08 * noise)
        lines.append(
            PlanLine(
                item.id, item.cue, item.lane, item.start_ms / 1000, item.end_ms / 1000, seconds,
                syllables=syllables, words=count_words(item.text), language=item.language, sync=sync,
            )
        )  # fmt: skip
    return lines, PlanOptions(programme_seconds=max(line.end for line in lines) + 5.0)
