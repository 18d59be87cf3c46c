"""How the reference cuts a text before it speaks: its six methods, and what it prepends and merges.

The engine cuts with `pieces` instead, which keeps every character's place. These are for comparing with the reference and for scripts that
want a text cut the way a voice was tried out in its web page.
"""

from __future__ import annotations

import itertools
import re
from typing import Literal

from normalizers import DuoyinError

CutMethod = Literal["cut0", "cut1", "cut2", "cut3", "cut4", "cut5"]

CLAUSES_TOGETHER = 4  # of cut1
CHARACTERS_TOGETHER = 50  # of cut2
FIRST_CLAUSE = 4  # characters; a shorter first clause gets a mark in front, or it is swallowed
SHORTEST_PIECE = 5  # characters; shorter pieces join what follows
LONGEST_PIECE = 510  # characters BERT can take

_CLAUSE_END = "，。？！,.?!~:：—…"
_CLAUSE = re.compile(rf"[^{_CLAUSE_END}]*[{_CLAUSE_END}]")
_FIRST = re.compile(rf"[^{_CLAUSE_END}\n]*")
_QUIET = frozenset("!?…,.- ")  # a piece of nothing else is dropped by cut0 to cut4
_MARKS = frozenset(",.;?!、，。？！：…")  # cut5 cuts after each, and drops a piece of nothing else
_DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")


def cut_text(text: str, method: CutMethod) -> str:
    """`text` with a line break between pieces.

    cut0: none. cut1: every four clauses. cut2: from 50 characters on. cut3: at 。. cut4: at full stops that are no decimal points.
    cut5: after every mark.
    """
    if method == "cut0":
        return "\n" if set(text) <= _QUIET else text
    text = text.strip("\n")
    if method == "cut5":
        return "\n".join(piece for piece in _after_marks(text) if not set(piece) <= _MARKS)
    if method == "cut3":
        pieces = text.strip("。").split("。")
    elif method == "cut4":
        pieces = re.split(r"(?<!\d)\.(?!\d)", text.strip("."))
    else:
        clauses = _clauses(text)
        if len(clauses) < 2 and method == "cut2":
            return text
        pieces = _by_four(text, clauses) if method == "cut1" else _by_length(clauses)
    return "\n".join(piece for piece in pieces if not set(piece) <= _QUIET)


def _clauses(text: str) -> list[str]:
    text = text.replace("……", "。").replace("——", "，")
    return _CLAUSE.findall(text if text[-1:] and text[-1] in _CLAUSE_END else text + "。")


def _by_four(text: str, clauses: list[str]) -> list[str]:
    starts = list(range(0, len(clauses), CLAUSES_TOGETHER))[:-1] or [0]
    if len(starts) == 1 and len(clauses) <= CLAUSES_TOGETHER:
        return [text]
    ends = [*starts[1:], len(clauses)]  # the remainder joins the last group
    return ["".join(clauses[start:end]) for start, end in zip(starts, ends, strict=True)]


def _by_length(clauses: list[str]) -> list[str]:
    groups = [""]
    for clause in clauses:
        if len(groups[-1]) > CHARACTERS_TOGETHER:
            groups.append("")
        groups[-1] += clause
    if len(groups) > 1 and len(groups[-1]) < CHARACTERS_TOGETHER:
        groups[-2:] = ["".join(groups[-2:])]
    return groups


def _after_marks(text: str) -> list[str]:
    points = {match.start() for match in _DECIMAL_POINT.finditer(text)}
    ends = [at + 1 for at, character in enumerate(text) if character in _MARKS and at not in points]
    edges = [0, *ends] if ends and ends[-1] == len(text) else [0, *ends, len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def prepared_pieces(text: str, method: CutMethod, *, english: bool = False) -> list[str]:
    """The pieces the reference would speak one by one.

    Raises:
        DuoyinError: nothing but marks is left.
    """
    stop = "." if english else "。"
    text = text.strip("\n")
    if not text:
        return []
    first = _FIRST.match(text)
    if text[0] not in _CLAUSE_END and first is not None and len(first[0]) < FIRST_CLAUSE:
        text = stop + text
    lines = re.split(r"\n+", cut_text(text, method))
    if all(line in ("", " ") for line in lines):
        raise DuoyinError("there is nothing to say in this text", where=text[:40])
    pieces: list[str] = []
    for line in _joined([line for line in lines if line not in ("", " ")]):
        if not re.search(r"\w", line):
            continue
        line = line if line[-1] in _CLAUSE_END else line + stop
        pieces += [line] if len(line) <= LONGEST_PIECE else _shortened(line)
    return pieces


def _joined(lines: list[str]) -> list[str]:
    """Lines joined until each has five characters; what remains at the end joins the last."""
    joined = [""]
    for line in lines:
        if len(joined[-1]) >= SHORTEST_PIECE:
            joined.append("")
        joined[-1] += line
    if len(joined) > 1 and len(joined[-1]) < SHORTEST_PIECE:
        joined[-2:] = ["".join(joined[-2:])]
    return joined


def _shortened(line: str) -> list[str]:
    """At marks, as much as fits at a time."""
    pieces = [""]
    for part in re.split(rf"([{_CLAUSE_END}])", line):
        if len(pieces[-1]) + len(part) > LONGEST_PIECE:
            pieces.append("")
        pieces[-1] += part
    return [piece for piece in pieces if piece]
