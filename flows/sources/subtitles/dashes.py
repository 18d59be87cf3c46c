"""Two people on one line of a cue, whom a dash parts: `- Where to? - Home.`, `去哪儿 -回家`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from flows.sources.subtitles.speech import Plain

_OPENING = re.compile(r"\s*([-–—‐‑－]{1,2})(?![-–—‐‑－\d])")
_INNER = re.compile(r"(?<=\S)\s+(?P<dash>[-–—‐‑－]{1,2})(?P<blank>\s*)(?=[^-–—‐‑－\s])")
_ENDS = re.compile(r"[.!?…。！？♪][\"'”’»」』)\]）]*$")
_MANNER = 3
"""Lines parted by a dash with blanks around it, from which on a file is taken to part speakers so;"""
_ONE_IN = 50
"""and one line in so many."""


def parts_by_blanks(cues: Iterable[Plain]) -> bool:
    """Whether a file parts two speakers by a dash with a blank on either side and none before the first.

    A single such dash parts a title (`前奏 - 材料`); a file with several is made so throughout.
    """
    texts = [text for cue in cues for text, _ in cue.lines]
    parted = sum(any(_parts(text, match, manner=True) for match in _INNER.finditer(text)) for text in texts)
    return parted >= _MANNER and parted * _ONE_IN >= len(texts)


def cut_at_dashes(cue: Plain, *, manner: bool) -> Plain:
    """The cue with each line cut before every dash behind which somebody else speaks.

    Args:
        manner: what `parts_by_blanks` says of the file.
    """
    if not any(_INNER.search(text) for text, _ in cue.lines):
        return cue
    lines: list[tuple[str, str | None]] = []
    for text, who in cue.lines:
        cuts = [match.start("dash") for match in _INNER.finditer(text) if _parts(text, match, manner=manner)]
        lines += [(text[low:high].strip(), who) for low, high in pairwise([0, *cuts, len(text)])]
    return Plain(tuple(lines), cue.notes)


def _parts(text: str, match: re.Match[str], *, manner: bool) -> bool:
    """Whether somebody else speaks behind a dash within a line; small letters and numbers go on with what was said."""
    opening = _OPENING.match(text)
    attached, ended = not match["blank"], bool(_ENDS.search(text[: match.start()]))
    following = re.search(r"\w", text[match.end() :])
    if following is None or (following[0].isdigit() and attached) or following[0].islower():
        return False
    # An aside may begin so as well: only where the line itself does.
    if len(match["dash"]) > 1 or match["dash"] == "—":
        return ended and opening is not None and opening[1] == match["dash"]
    uncased = following[0].isalpha() and not following[0].isupper()
    if opening is not None:
        return ended or attached or uncased or manner
    if attached:
        return ended or uncased
    return manner and (ended or uncased)
