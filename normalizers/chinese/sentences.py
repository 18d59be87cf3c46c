"""Where Chinese sentences end."""

from __future__ import annotations

import re

from normalizers.scripts import is_han
from normalizers.stops import SentenceRules, Stop

_PAIR = dict(zip("）)】]", "（(【[", strict=True))
"""A closing bracket and the one it closes."""


_NOTE = re.compile(r"\s?\[\d+\]")


def ends(stop: Stop) -> bool:
    """Whether a stop between Chinese words, or a Chinese one, ends the sentence."""
    before, first, following, closers, quoted, gap = (
        stop.before,
        stop.first,
        stop.following,
        stop.closers,
        stop.quoted,
        stop.gap,
    )
    closers = _NOTE.sub("", closers)
    if first in "，、；：。！？,;:…—）》】)":
        return False
    if stop.mark == "." and re.search(r"(?:^|[^\w])\d{1,3}$", before) and gap == 0:
        return False  # 1.打开门。
    if re.search(r"[A-Za-z\d]$", before) and stop.mark == "." and gap == 0 and not is_han(first):
        return False
    if stop.mark == "." and (
        stop.numbers_a_list or (gap == 0 and re.search(r"(?:^|[^A-Za-z])[A-Za-z](?:\.[A-Za-z])*$", before))
    ):
        return False
    if stop.mark == "." and re.search(r"(?:^|\W)(?:Dr|Mr|Mrs|Ms|Prof|St|No|vs|Vol)$", before):
        return False
    if quoted and first not in '“「『"‘':
        # What follows a quote belongs to it (他喊道), unless it introduces the next one (我说：“…”).
        clause = re.match(r"[^。！？!?\n“「『\"]{0,40}", following)
        tail = following[clause.end() : clause.end() + 1] if clause else ""
        introduces = (
            tail in ("“", "「", "『", '"')
            and clause is not None
            and re.search(r"[：:]\s?$", clause[0]) is not None
        )
        opener = stop.text[stop.start : stop.at]
        return introduces and bool(re.search(r"[：:]\s?[“「『\"]", opener))
    if closers and closers[-1] in "》〉" and not quoted:
        return False
    if closers and closers[-1] in "）)】]" and not quoted:
        # A bracket in mid-sentence may hold a whole sentence; only one that stands alone ends here.
        head = re.compile(r"\s*").match(stop.text, stop.start)
        low = head.end() if head else stop.start
        return stop.text.rfind(_PAIR[closers[-1]], stop.start, stop.at) == low
    return True


SENTENCES = SentenceRules(
    ends=ends,
    attribution=re.compile("(?!)"),
    abbreviations=frozenset(),
    conjunctions="(?!)",
    after_comma="(?!)",
)
