"""Drop caps: a paragraph's first letter in an element, a picture or a paragraph of its own."""

from __future__ import annotations

import re

from lxml import etree

from flows.sources.blocks import Block, goes_on_from, is_initial, join_blocks

_LETTER_TAGS = frozenset(["span", "big", "small", "font", "b", "strong", "em", "i"])
_LARGE_CLASS = re.compile(r"cap(?!tion)|initial|first|drop|letter|lettrine|versal|big|large|huge", re.I)
_LARGE_STYLE = re.compile(r"float|font-size|initial-letter", re.I)


def is_large(element: etree._Element) -> bool:
    """Whether an inline element is set as a drop cap; any other letter, such as <i>V</i>, is a word of its own."""
    if element.tag == "big":
        return True
    return element.tag in _LETTER_TAGS and bool(
        _LARGE_CLASS.search(element.get("class") or "") or _LARGE_STYLE.search(element.get("style") or "")
    )


def pictured_initial(element: etree._Element) -> str:
    """The letter that a picture at the head of a paragraph stands for, where the word goes on after it; else ""."""
    letter = (element.get("alt") or "").strip()
    if not re.fullmatch("[“‘\"']?[A-ZÀ-Þ]", letter):
        return ""
    following = element.tail or ""
    sibling = element.getnext()
    if not following.strip() and sibling is not None and isinstance(sibling.tag, str):
        following += "".join(sibling.itertext())
    # After white space only what is no word of its own is a word's rest.
    rest = following.lstrip()
    if rest == following:
        return letter if re.match(r"[a-zà-ÿ]|[A-ZÀ-Þ]", rest) else ""
    return letter if rest[:1].islower() and goes_on_from(letter, rest) else ""


def join_initials(blocks: list[Block]) -> None:
    """A drop cap in a block of its own belongs to the paragraph that follows."""
    for index in range(len(blocks) - 2, -1, -1):
        letter, rest = blocks[index], blocks[index + 1]
        if (
            letter.kind == "text" == rest.kind
            and letter.reason == rest.reason
            and is_initial(letter.text)
            and rest.text[0].islower()
        ):
            separator = "" if goes_on_from(letter.text, rest.text) else " "
            blocks[index : index + 2] = [join_blocks(letter, rest, separator)]
