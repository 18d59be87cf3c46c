"""Can a listener tell the characters apart? python tools/voice_triples.py PROJECT

Speaker embeddings (Resemblyzer, installed for this tool alone: `pip install resemblyzer`) of takes of two
seconds and more; of every two lines of one character and one line of another, the share in which the two are
closer to each other.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import soundfile

LEAST_SECONDS = 2.0
MOST_LINES = 10
"""Lines of a character that are compared."""


def lines_by_speaker(project: Path) -> dict[str, list[Path]]:
    """Files of takes by speaker, as the last run chose them."""
    with sqlite3.connect(project / "ledger.sqlite") as ledger:
        keys = dict(ledger.execute("SELECT line, key FROM choices"))
    found: dict[str, list[Path]] = defaultdict(list)
    for record in map(json.loads, (project / "script.jsonl").read_text(encoding="utf-8").splitlines()):
        key = keys.get(record.get("id"), "")
        file = project / "takes" / key[:2] / f"{key}.flac"
        speaker = record.get("speaker", "narrator")
        if (
            key
            and file.is_file()
            and len(found[speaker]) < MOST_LINES
            and soundfile.info(file).duration >= LEAST_SECONDS
        ):
            found[speaker].append(file)
    return {speaker: files for speaker, files in found.items() if len(files) > 1}


def share_right(embeddings: dict[str, list[Any]]) -> tuple[int, float]:
    """How many triples there are, and the share in which one character's two lines are closer."""
    right = total = 0
    for one, other in itertools.permutations(embeddings, 2):
        for a, b in itertools.permutations(embeddings[one], 2):
            for c in embeddings[other]:
                right += bool(a @ b > a @ c)
                total += 1
    return total, right / total if total else 0.0


def main() -> None:
    from resemblyzer import VoiceEncoder, preprocess_wav

    encoder = VoiceEncoder("cpu", verbose=False)
    files = lines_by_speaker(Path(sys.argv[1]))
    embeddings = {
        s: [encoder.embed_utterance(preprocess_wav(f)) for f in found] for s, found in files.items()
    }
    total, share = share_right(embeddings)
    print(f"{len(files)} characters, {total} triples, {100 * share:.1f} % right")


if __name__ == "__main__":
    main()
