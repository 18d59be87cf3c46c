"""What a recognizer hears of the embedded engine beside the published graph, line by line.

    python -m tests.benchmarks.bench_kokoro_heard --language en --keep FILE BOOK… [--lines 300]

Lines of 5 to 16 words (or syllables) are drawn from the books, in ten voices in turn. Each is sounded twice from the
same durations and curves, by the engine and by the published graph in eight bits, and both are heard by whisper-base
(the `proof` extra). What was heard is kept in FILE line by line: a run that was stopped goes on where it stood, and more
lines begin with those of fewer. The interval is that of the difference of a line's errors (paired, normal
approximation); processor seconds are of the sound alone, each line in turn.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from normalizers import normalize_spans
from tests.benchmarks.planted import book_lines, ten_voices
from tts_core.engine import Utterance
from tts_core.kokoro.engine import MODEL, MODEL_FILE, KokoroEngine
from tts_core.kokoro.graph import Prosody, cut_sound
from tts_core.kokoro.sessions import run, session, write_ready
from tts_core.models import ModelStore
from tts_core.recognizer import Recognizer, errors
from tts_core.sound import Samples

FEWEST, MOST = 5, 16
"""Words or syllables of a line: long enough to be understood from its context, short enough for many of them."""
SURE = 1.96
"""Standard errors on each side of an interval of 95 %."""


class Published(KokoroEngine):
    """The engine with the published graph, in eight bits, behind its curves."""

    def __init__(self, store: ModelStore, folder: Path) -> None:
        import onnx

        super().__init__(store)
        cut = folder / "cut"
        cut.mkdir()
        cut_sound(onnx.load(str(store.ensure(MODEL) / MODEL_FILE)), cut / "sound.onnx")
        write_ready(cut, folder, ["sound.onnx"])
        self._whole = session(folder / "sound.onnx")

    def sounded(self, prosody: Prosody) -> Samples:
        """Waveform `[600 F]`."""
        (audio,) = run(self._whole, prosody.feed)
        return audio.reshape(-1)


def drawn(books: Sequence[Path], language: str, lines: int, seed: int) -> list[str]:
    """So many lines as they are spoken, as many of each book; of more lines the first are those of fewer."""
    each: list[list[str]] = []
    for book in books:
        found = book_lines(book, language)
        random.Random(seed).shuffle(found)
        spoken = (normalize_spans(line, language).text for line in found)
        fit = (text for text in spoken if FEWEST <= errors(text, "", language).total <= MOST)
        each.append([text for text, _ in zip(fit, range(math.ceil(lines / len(books))))])
    return [text for row in zip(*each) for text in row][:lines]


def heard(texts: Sequence[str], language: str, known: set[str]) -> Iterator[dict[str, Any]]:
    """Errors and processor seconds of both for each text that is not known."""
    store = ModelStore()
    with tempfile.TemporaryDirectory() as folder:
        published, recognizer = Published(store, Path(folder)), Recognizer(store)
        voices = ten_voices(published, language)
        for number, text in enumerate(texts):
            if text in known:
                continue
            prepared = published.read(Utterance(text, language, voices[number % len(voices)]))
            plans = published._plan(prepared)
            row: dict[str, Any] = {"text": text, "voice": prepared.voice}
            for name, sound in (("engine", published._graph.sound), ("published", published.sounded)):
                began = time.process_time()
                made = [sound(plan.prosody) for plan in plans]
                spent = time.process_time() - began
                audio = np.concatenate(made)
                written = recognizer.written(audio, published.sample_rate, language).text
                score = errors(text, written, language)
                row |= {"units": score.total, "seconds": len(audio) / published.sample_rate}
                row[name] = {"errors": score.errors, "heard": written, "cpu": round(spent, 3)}
            yield row


def summary(rows: Sequence[dict[str, Any]], language: str) -> str:
    """Both error rates, their difference and its interval, in points of a hundred; and the cost of sound."""
    units = sum(row["units"] for row in rows)
    ours, theirs = (np.array([row[name]["errors"] for row in rows]) for name in ("engine", "published"))
    change = ours - theirs
    error = SURE * math.sqrt(len(rows) * float(np.var(change, ddof=1))) / units if len(rows) > 1 else math.nan
    seconds = sum(row["seconds"] for row in rows)
    cost = {name: sum(row[name]["cpu"] for row in rows) / seconds for name in ("engine", "published")}
    return (
        f"{language}: {len(rows)} lines, {units} words or syllables, {seconds / 60:.0f} minutes. Heard otherwise: "
        f"{int(ours.sum())} ({100 * ours.sum() / units:.2f} %) of the engine, {int(theirs.sum())} "
        f"({100 * theirs.sum() / units:.2f} %) of the published graph, difference "
        f"{100 * change.sum() / units:+.2f} ± {100 * error:.2f} points; alike in {int((change == 0).sum())} lines. "
        f"CPU seconds a second of sound: {cost['engine']:.3f} and {cost['published']:.3f}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("books", type=Path, nargs="+")
    parser.add_argument("--language", required=True)
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, required=True, help="JSON lines of what was heard")
    given = parser.parse_args()
    texts = drawn(given.books, given.language, given.lines, given.seed)
    lines = given.keep.read_text(encoding="utf-8").splitlines() if given.keep.exists() else []
    rows = {row["text"]: row for row in map(json.loads, lines)}
    with given.keep.open("a", encoding="utf-8") as file:
        for row in heard(texts, given.language, set(rows)):
            rows[row["text"]] = row
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
    print(summary([rows[text] for text in texts], given.language))


if __name__ == "__main__":
    main()
