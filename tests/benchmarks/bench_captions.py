"""How near the word starts of captions are to a forced alignment of the same sound: python -m
tests.benchmarks.bench_captions [PROJECT ...] [--lines 40] [--json OUT]

Takes that a project has are measured; without PROJECT the first lines of the examples are spoken anew. English and Chinese
are aligned by hama's phoneme CTC (frames of 20 ms) along the phonemes that the engine was given: it was taught English and
Korean, whose sounds stand for those of Chinese. Other languages are aligned by the attention of whisper-base. Neither knows
the engine's own times. Beside it, for words behind a silence, where the sound itself shows the begin: how far from there are
the told starts and those of the alignment, which shows whose delay a median is, and how far an alignment can be trusted.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from flows.making.book import read_book
from flows.making.engines import Engines
from flows.making.plan import PlannedLine, plan_lines
from flows.proof.heard import SILENT_SYMBOLS
from flows.workspace.project import Project, open_project
from tests.conftest import REPOSITORY
from tts_core.engine import Prepared, Take, word_times
from tts_core.kokoro.retakes import pieces_of
from tts_core.recognizer import Recognizer
from tts_core.sound import resampled

Floats = npt.NDArray[np.float64]
RATE = 16_000
FRAME_SECONDS = 320 / RATE
ONSET_SECONDS, SILENCE_SECONDS, REACH_SECONDS, QUIET = 0.005, 0.1, 0.15, 0.02
"""How onsets are looked for: in steps of 5 ms, after 100 ms below a fiftieth of the loudest step, 150 ms either way."""
LIMIT = 0.120
"""Seconds within which nine of ten word starts shall be."""

_HEARD_AS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "A": ("eɪ",), "I": ("aɪ",), "O": ("oʊ", "o"), "Q": ("oʊ", "o"), "W": ("aʊ",), "Y": ("ɔɪ",),
        "ʤ": ("d͡ʒ",), "ʧ": ("t͡ʃ",), "ɡ": ("ɡ", "g"), "ɹ": ("ɹ", "r"), "T": ("t", "d", "ɾ"), "t": ("t", "d"),
        "ɜ": ("ɝ", "ɜ", "ʌ"), "ə": ("ə", "ʌ", "ɪ", "i", "ɚ"), "ᵊ": ("ə", "ʌ"), "ɒ": ("ɑ", "ɔ"), "ɑ": ("ɑ", "æ"),
        "a": ("æ", "ɑ", "eɪ"), "ɪ": ("ɪ", "i", "ə"), "i": ("i", "ɪ"), "ʌ": ("ʌ", "ə"), "ɔ": ("ɔ", "ɑ"),
        "ɛ": ("ɛ", "e"), "z": ("z", "s"), "ʊ": ("ʊ", "u"),
    },
    "zh": {
        "p": ("p", "b", "p͈"), "pʰ": ("p", "pʰ"), "t": ("t", "d", "t͈"), "tʰ": ("t", "tʰ"), "k": ("k", "ɡ", "g", "k͈"),
        "kʰ": ("k", "kʰ"), "n": ("n", "ŋ"), "ŋ": ("ŋ", "n"), "x": ("h", "x"), "s": ("s", "s͈"), "l": ("l", "ɾ"),
        "ʂ": ("ʃ", "s", "ʂ", "ɕ"), "ɕ": ("ɕ", "ʃ", "s"), "ɻ": ("ɹ", "l", "ɾ", "r", "ʒ"),
        "ʨ": ("t͡ɕ", "d͡ʒ", "t͡ʃ", "t͡ɕ͈"), "ʨʰ": ("t͡ɕʰ", "t͡ʃ", "t͡ɕ"), "ꭧ": ("t͡ʃ", "d͡ʒ", "t͡ɕ"), "ꭧʰ": ("t͡ʃ", "t͡ɕʰ"),
        "ʦ": ("z", "s", "t͡ɕ͈", "d͡ʒ", "t͡ɕ", "t"), "ʦʰ": ("s", "t͡ɕʰ", "t͡ʃ", "t͡ɕ", "t"),
        "j": ("j", "i"), "w": ("w", "u", "ʊ"), "ɥ": ("j", "w", "wi", "i"),
        "a": ("ɑ", "æ", "a", "ʌ", "aɪ", "aʊ", "ɔ"), "i": ("i", "ɪ"), "u": ("u", "ʊ", "w", "oʊ"),
        "y": ("i", "u", "wi", "j", "ɪ"), "ɤ": ("ʌ", "ə", "ɝ", "ʊ", "ɯ", "ɔ"), "ə": ("ə", "ʌ", "ɪ", "ɛ"),
        "e": ("e", "eɪ", "ɛ"), "o": ("o", "oʊ", "ɔ", "ʌ", "w"), "ɛ": ("ɛ", "æ", "e"), "ʊ": ("ʊ", "u", "o", "oʊ", "ɔ"),
        "ɨ": ("ɯ", "ɝ", "ɪ", "i", "ə", "z", "ɚ"), "ɚ": ("ɚ", "ɝ", "ɑ"),
    },
}  # fmt: skip
"""By language, the engine's phonemes as hama writes them: of English British ones and weak ones as its American ears hear
them, of Chinese the nearest of English and Korean."""
ASPIRATION = "ʰ"
"""Belongs to the sound that it stands after."""


@dataclass(frozen=True)
class Start:
    """A word's start in seconds of its take: `told` by the engine, `heard` by the alignment."""

    word: str
    told: float
    heard: float


def by_phonemes(prepared: Prepared, take: Take, model: Any) -> Iterator[Start]:
    """Word starts by CTC alignment (Viterbi) of the phonemes that the engine was given."""
    units = [
        unit for piece in pieces_of(prepared) for unit in (*piece.symbols, "")
    ]  # and the pause after a piece
    symbols = {symbol: number for number, symbol in enumerate(model.decoder_tokens)}
    heard_as = _HEARD_AS[prepared.language]
    states: list[list[int]] = []
    firsts: dict[int, int] = {}
    for index, word in enumerate(prepared.words):
        own = [unit for unit in units[word.first : word.end] if unit not in SILENT_SYMBOLS]
        for unit, after in zip(own, [*own[1:], ""], strict=True):
            sound = unit + after if after == ASPIRATION else unit
            accepted = [symbols[each] for each in heard_as.get(sound, (sound,)) if each in symbols]
            if accepted and unit not in ("", ASPIRATION):
                firsts.setdefault(index, len(states))
                states.append(accepted)
    if not states:
        return
    logs = _log_probabilities(take, model)
    blank = np.maximum(logs[:, symbols["<blank>"]], logs[:, symbols["<wb>"]])
    scores = np.stack([logs[:, accepted].max(axis=1) for accepted in states], axis=1)
    begins = ctc_begins(scores, blank)
    times = word_times(prepared, take.times)
    for index, first in firsts.items():
        text = prepared.text[prepared.words[index].start_char : prepared.words[index].end_char]
        yield Start(text, times[index].start, begins[first] * FRAME_SECONDS)


def _log_probabilities(take: Take, model: Any) -> Floats:
    """`[frames, symbols]`, natural logarithms."""
    sound = np.clip(resampled(take.samples, take.sample_rate, RATE), -1, 1).astype(np.float32)
    feeds = {
        model._waveform_input_name: sound.reshape(1, -1),
        model._waveform_lengths_input_name: np.array([len(sound)], np.int64),
    }
    found, lengths = model.session.run([model._log_probs_output_name, model._out_lengths_output_name], feeds)
    return np.asarray(found[0][: int(np.ravel(lengths)[0])], np.float64)


def ctc_begins(scores: Floats, blank: Floats) -> list[int]:
    """The frame at which each state begins on the best path that goes through all of them in order (Graves 2006, CTC).

    Args:
        scores: `[frames, states]` of the states. blank: `[frames]` of what may stand between any two.
    """
    frames, count = scores.shape
    emit = np.full((frames, 2 * count + 1), -np.inf)
    emit[:, 0::2] = blank[:, None]
    emit[:, 1::2] = scores
    best = np.full(2 * count + 1, -np.inf)
    best[:2] = emit[0, :2]
    came = np.zeros((frames, 2 * count + 1), np.int8)
    for frame in range(1, frames):
        one, two = np.roll(best, 1), np.roll(best, 2)
        one[0], two[:2] = -np.inf, -np.inf
        two[
            0::2
        ] = -np.inf  # a blank is never left out after a blank, and states may follow each other at once
        options = np.stack([best, one, two])
        came[frame] = options.argmax(axis=0)
        best = options.max(axis=0) + emit[frame]
    state = 2 * count if best[2 * count] >= best[2 * count - 1] else 2 * count - 1
    begins = [0] * count
    for frame in range(frames - 1, -1, -1):
        if state % 2:
            begins[state // 2] = frame
        state -= int(came[frame, state])
    return begins


def by_attention(prepared: Prepared, take: Take, recognizer: Recognizer) -> Iterator[Start]:
    """Word starts by the recognizer's attention along the known text."""
    tokens = recognizer.align(take.samples, take.sample_rate, [prepared.text], prepared.language)[0]
    for word, time in zip(prepared.words, word_times(prepared, take.times)):
        at = next((token.at for token in tokens if token.start == word.start_char), None)
        if at is not None:
            yield Start(prepared.text[word.start_char : word.end_char], time.start, at)


def onsets_of(take: Take) -> list[float]:
    """Where the sound goes on after nothing was heard for `SILENCE_SECONDS`, in seconds."""
    size = round(take.sample_rate * ONSET_SECONDS)
    blocks = take.samples[: len(take.samples) // size * size].reshape(-1, size)
    level = np.sqrt(np.square(blocks, dtype=np.float64).mean(axis=1))
    quiet = level < QUIET * level.max(initial=0.0)
    run = round(SILENCE_SECONDS / ONSET_SECONDS)
    return [
        at * ONSET_SECONDS for at in range(run, len(quiet)) if not quiet[at] and quiet[at - run : at].all()
    ]


def behind_silences(starts: Iterable[Start], onsets: Sequence[float]) -> Iterator[tuple[Start, float]]:
    """Each onset that a word is told to begin near, and the nearest such word."""
    words = list(starts)
    for onset in onsets:
        near = [word for word in words if abs(word.told - onset) <= REACH_SECONDS]
        if near:
            yield min(near, key=lambda word: abs(word.told - onset)), onset


def takes_of(project: Project, lines: int, *, speak: bool) -> Iterator[tuple[Prepared, Take]]:
    """Lines of a project with their sound: those that are there, or with `speak` the first ones, made now."""
    engines = Engines(project)
    book = read_book(project, engines)
    planned: Sequence[PlannedLine] = plan_lines(
        book.lines, book.voices.by_speaker, book.lexicon, engines.of_voice, speed=project.settings.speed
    )
    found = 0
    for item in planned:
        if found == lines:
            return
        if item.prepared is None or not re.search(r"\w", item.line.text):
            continue
        if speak and not project.takes.has(item.key):
            project.takes.write(item.key, next(iter(engines.engine(item.engine).speak([item.prepared]))))
        if project.takes.has(item.key):
            found += 1
            yield item.prepared, project.takes.read(item.key)


def table(
    name: str, language: str, starts: Sequence[Start], onsets: Sequence[tuple[Start, float]]
) -> dict[str, Any]:
    """What the starts of a language are worth; all in milliseconds."""
    off = np.array([1000 * (start.told - start.heard) for start in starts])
    told = [1000 * (start.told - at) for start, at in onsets]
    heard = [1000 * (start.heard - at) for start, at in onsets]
    return {
        "book": name,
        "language": language,
        "aligner": "hama, phoneme CTC" if language in _HEARD_AS else "whisper-base, attention",
        "words": len(starts),
        "median": round(float(np.median(off)), 1),
        "p50": round(float(np.percentile(np.abs(off), 50)), 1),
        "p90": round(float(np.percentile(np.abs(off), 90)), 1),
        "onsets": len(onsets),
        "onset_median": round(float(np.median(told)), 1) if onsets else None,
        "onset_median_heard": round(float(np.median(heard)), 1) if onsets else None,
        "within_limit": round(float((np.abs(off) <= 1000 * LIMIT).mean()), 3),
    }


def measured(project: Project, lines: int, *, speak: bool) -> dict[str, dict[str, Any]]:
    """The figures of a project, by language."""
    starts: dict[str, list[Start]] = {}
    onsets: dict[str, list[tuple[Start, float]]] = {}
    model: Any = None
    recognizer: Recognizer | None = None
    for prepared, take in takes_of(project, lines, speak=speak):
        if prepared.language in _HEARD_AS:
            if model is None:
                from hama import ASRModel

                model = ASRModel()
            found = list(by_phonemes(prepared, take, model))
        else:
            recognizer = recognizer or Recognizer()
            found = list(by_attention(prepared, take, recognizer))
        starts.setdefault(prepared.language, []).extend(found)
        onsets.setdefault(prepared.language, []).extend(behind_silences(found, onsets_of(take)))
    return {code: table(project.source.stem, code, found, onsets[code]) for code, found in starts.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path, nargs="*")
    parser.add_argument("--lines", type=int, default=40, help="lines of each project")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folders = [(folder, False) for folder in arguments.project]
        if not folders:
            for example in sorted((REPOSITORY / "projects").glob("example-*")):
                shutil.copytree(example, Path(scratch) / example.name)
                folders.append((Path(scratch) / example.name, True))
        for folder, speak in folders:
            rows += measured(open_project(folder), arguments.lines, speak=speak).values()
    print(
        "| book | language | forced alignment | words | median | half within | nine of ten within | within 120 ms | behind a silence, told | aligned |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['book']} | {row['language']} | {row['aligner']} | {row['words']} | {row['median']:+.0f} ms | "
            f"{row['p50']:.0f} ms | {row['p90']:.0f} ms | {100 * row['within_limit']:.1f} % | "
            f"{row['onset_median'] or 0:+.0f} ms ({row['onsets']}) | {row['onset_median_heard'] or 0:+.0f} ms |"
        )
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
