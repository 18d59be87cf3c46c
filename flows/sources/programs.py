"""Program text: listings, commands and what they print are for the eye; a book of them is heard without.

Verse and letters that a converter took for program text have words and no signs, and are read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flows.sources.blocks import Block

CODE = "code"
MIN_LINES = 5
"""Lines of program text in a book; of fewer nothing can be said, and a line in a story is part of it."""
MIN_SIGNS = 0.05
"""Share of signs among the characters of program text; prose and verse have hardly any."""

_SIGN = re.compile(r"[{}\[\]()<>=|\\/$_#&^~`+@%*\"]|[;:](?=\s*$)|[─│├└┌┐┘┤┬┴┼]", re.M)


def mark_programs(blocks: Sequence[Block]) -> None:
    """Leave out the program text of a book: all of it where most of it has the signs of programs."""
    runs: list[list[Block]] = []
    before = -1
    for index, block in enumerate(blocks):
        if block.kind != "code" or not block.text or block.reason:
            continue
        if index != before + 1 or not runs:
            runs.append([])
        runs[-1].append(block)
        before = index
    lines = sum(map(len, runs))
    programs = [run for run in runs if is_program("\n".join(block.text for block in run))]
    own = sum(map(len, programs))
    if own < MIN_LINES:
        return
    for run in runs if 2 * own >= lines else programs:
        for block in run:
            block.reason = CODE


def is_program(text: str) -> bool:
    """Whether lines are a program, by the signs in them.

    >>> is_program("let x = f(y);"), is_program("The curfew tolls the knell of parting day,")
    (True, False)
    """
    characters = len("".join(text.split()))
    return len(_SIGN.findall(text)) >= MIN_SIGNS * characters
