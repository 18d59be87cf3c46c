"""What was wrong with the bytes of a text, and where: warnings that a person reads before the first line is spoken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

FaultKind = Literal["other-encoding", "damaged", "mojibake", "lost", "garbled"]

MAX_SAMPLE = 40
"""Characters of the text that a warning shows."""
MAX_WARNINGS = 8
"""Places named one by one; a file with more is damaged everywhere."""
NEAR = 3
"""Lines without a fault between two that are told as one stretch."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
LOST = re.compile("\ufffd+")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_QUESTION_MARKS = re.compile(r"\?{3,}")


@dataclass(frozen=True, slots=True)
class Fault:
    """A stretch of lines that was not as it should be.

    Args:
        kind: `other-encoding` and `mojibake` are repaired, `damaged` and `lost` leave something out,
            `garbled` is read as it stands.
        first, last: its lines, counted from 1.
        detail: the encodings concerned; "" where there is nothing to tell.
        sample: words from its first line, as they are read.
        missing: characters of it that could not be read.
    """

    kind: FaultKind
    first: int
    last: int
    detail: str
    sample: str
    missing: int = 0

    def __str__(self) -> str:
        lines = f"line {self.first}" if self.first == self.last else f"lines {self.first} to {self.last}"
        what = {
            "other-encoding": f"encoded in {self.detail}, unlike the rest of the file, and decoded as such",
            "damaged": "damaged: some bytes could not be decoded, and their characters are missing",
            "mojibake": f"mojibake, text saved after a wrong decoding ({self.detail}), turned back into its words",
            "garbled": "reads like mojibake, text saved after a wrong decoding, and could not be turned back",
            "lost": "mojibake: the words were lost when the text was saved in a wrong encoding, and cannot be read",
        }[self.kind]
        missing = (
            f" ({self.missing} characters are missing)" if self.missing and self.kind != "damaged" else ""
        )
        return f"{lines}: {what}{missing}: “{self.sample}”; compare it with the original"


def split_lines(text: str) -> list[str]:
    """Lines with their ends, which are those of all systems and no character of mojibake (U+0085)."""
    return _LINE.findall(text)


def faults_of(
    lines: Sequence[str], at: Iterable[int] | Mapping[int, str], kind: FaultKind, detail: str = ""
) -> list[Fault]:
    """The lines at the indexes `at`, those near each other as one stretch."""
    found: list[Fault] = []
    for index in sorted(at):
        number = index + 1
        missing = lines[index].count("\ufffd")
        if found and number - found[-1].last <= NEAR + 1:
            last = found[-1]
            found[-1] = replace(last, last=number, missing=last.missing + missing)
        else:
            found.append(Fault(kind, number, number, detail, _sample(lines[index]), missing))
    return found


def _sample(line: str) -> str:
    """The words of a line around what is lost in it, or its first."""
    words = " ".join(line.split())
    place = LOST.search(words) or _BEYOND_ASCII.search(words)
    begin = max(0, place.start() - MAX_SAMPLE // 2) if place else 0
    cut = words[begin : begin + MAX_SAMPLE]
    return f"{'…' if begin else ''}{cut}{'…' if begin + MAX_SAMPLE < len(words) else ''}"


def damaged(text: str, known: Sequence[Fault]) -> list[Fault]:
    """Lines with lost characters that no other fault has told of."""
    if "\ufffd" not in text and "???" not in text:
        return []
    told = {number for fault in known for number in range(fault.first, fault.last + 1)}
    lines = split_lines(text)
    bad = [i for i, line in enumerate(lines) if "\ufffd" in line and i + 1 not in told]
    asked = [i for i, line in enumerate(lines) if _only_question_marks(line)]
    return faults_of(lines, bad, "damaged") + faults_of(lines, asked, "lost")


def _only_question_marks(line: str) -> bool:
    """Whether question marks stand where the words were: more of them than of letters, in runs."""
    marks = sum(len(run) for run in _QUESTION_MARKS.findall(line))
    return marks >= 6 and marks > sum(map(str.isalnum, line))


def is_lost(text: str) -> bool:
    """Whether more characters were lost than are left."""
    lost = text.count("\ufffd") + sum(len(run) for run in _QUESTION_MARKS.findall(text))
    return lost > 20 and lost > sum(map(str.isalnum, text))


def warnings_of(faults: Sequence[Fault], name: str = "") -> list[str]:
    """One warning a stretch, `name` before it; the last says how many more there are."""
    prefix = f"{name}, " if name else ""
    warnings = [f"{prefix}{fault}" for fault in faults[:MAX_WARNINGS]]
    if len(faults) > MAX_WARNINGS:
        warnings.append(
            f"{prefix}{len(faults) - MAX_WARNINGS} more stretches were damaged or decoded wrongly"
        )
    return warnings
