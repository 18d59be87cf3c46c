"""How much memory many lines through the whole engine take, in a process of their own: other tests leave free memory
that hides a leak.

    python -m tests.tts_core.gpt_sovits.long_run HOME LINES.json

`HOME` is what the fixture `home` of `test_engine` makes; `LINES.json` lists texts with their languages. Prints the
resident bytes after each hundred lines.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from tts_core.engine import Utterance, read_and_speak
from tts_core.gpt_sovits.engine import GptSovitsEngine
from tts_core.pool import SINGLE_THREAD

VOICES = ("anna", "ben")
SPEEDS = (1.0, 0.8, 1.0, 1.25)
EVERY = 100

Line = tuple[str, str]
"""Text and language."""


def memory(engine: GptSovitsEngine, lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Resident bytes after each hundred lines, spoken by two voices of two models at several tempos, and bytes of
    sound made of them."""
    process = psutil.Process()
    for first in range(0, len(lines), EVERY):
        batch = [
            Utterance(
                text,
                language,
                VOICES[number % 2],
                speed=SPEEDS[number % 4],
                seed=number,
            )
            for number, (text, language) in enumerate(lines[first : first + EVERY], first)
        ]
        sizes = [take.samples.nbytes for take in read_and_speak(engine, batch)]
        assert len(sizes) == len(batch) and min(sizes) > 0
        yield process.memory_info().rss, sum(sizes)


def memory_alone(home: Path, lines: Sequence[Line], scratch: Path) -> list[int]:
    """Resident bytes after each hundred lines in a process that does nothing else, on one core as a speech process
    is."""
    file = scratch / "lines.json"
    file.write_text(json.dumps(lines), encoding="utf-8")
    command = [sys.executable, "-m", __name__, str(home), str(file)]
    environment = {**os.environ, **SINGLE_THREAD}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return [int(level) for level in done.stdout.split()]


def generated(count: int, seed: int = 0) -> list[Line]:
    """Lines of 1 to 60 characters and of 1 to 16 words, two thirds of them Chinese."""
    chance = random.Random(seed)
    characters, words = (
        "你好花天地山水人来去说看见了的",
        ("so", "cold", "fish", "the", "river", "evening", "never"),
    )
    lines: list[Line] = []
    for number in range(count):
        if number % 3:
            text = "".join(chance.choice(characters) for _ in range(chance.randint(1, 60)))
            lines.append((f"{text}。", "zh"))
        else:
            lines.append((" ".join(chance.choice(words) for _ in range(chance.randint(1, 16))) + ".", "en"))
    return lines


def sentences(shared: Path, count: int, seed: int = 0) -> list[Line]:
    """Sentences of 西游记 and of an anthology for children, two thirds of them Chinese; a sentence may come twice."""
    corpus = shared / "corpus"
    chinese = re.findall(
        r"[\u4e00-\u9fff，、；：]{1,200}[。！？]",
        (corpus / "txt" / "xiyouji-simplified.txt").read_text(encoding="utf-8"),
    )
    with zipfile.ZipFile(corpus / "epub" / "idpf-childrens-literature.epub") as book:
        pages = [
            book.read(name).decode("utf-8") for name in sorted(book.namelist()) if name.endswith(".xhtml")
        ]
    text = " ".join(re.sub(r"<[^>]*>", " ", " ".join(pages)).split())
    english = re.findall(r"[A-Z][A-Za-z ,;'’-]{1,240}[.!?](?=\s)", text)
    chance = random.Random(seed)
    return [
        (chance.choice(chinese), "zh") if number % 3 else (chance.choice(english), "en")
        for number in range(count)
    ]


def main() -> None:
    home, file = Path(sys.argv[1]), Path(sys.argv[2])
    lines = [(text, language) for text, language in json.loads(file.read_text(encoding="utf-8"))]
    engine = GptSovitsEngine(
        voices=home / "voices",
        models=home / "models",
        support=home / "support",
        device="cpu",
        rows=8,
        retakes=1,
        length=1024,
        threads=1,
    )
    for resident, _ in memory(engine, lines):
        print(resident, flush=True)


if __name__ == "__main__":
    main()
