"""Pictures that stand for characters: rare ones that a font lacks, a word on a sign, a letter in an old spelling.

Their alternative text is part of the sentence. That of an illustration is not, even where it stands between paragraphs
or sentences: it tells what is to be seen.
"""

from __future__ import annotations

import re
import unicodedata

from lxml import etree

from flows.sources.blocks import is_wide
from flows.sources.markup import BLOCK_TAGS
from flows.sources.words import any_of

LONGEST_WORD = 16
"""Characters of a word in a picture; a description is longer."""
LONGEST_WIDE_WORD = 4
"""Of one in Chinese or Japanese, which has no white space to tell a word from a sentence."""
NEIGHBOURHOOD = 20
"""Characters beside a picture that are looked at."""

_NO_TEXT = frozenset(
    [
        "rt",
        "rp",
        "svg",
        "audio",
        "video",
        "script",
        "style",
        "noscript",
        "template",
        "object",
        "iframe",
        "canvas",
    ]
)
_NO_WORD = re.compile(r"note|illus|logo|orna|divid|cover|figure|portrait|photo|break|separator|border", re.I)
_CHARACTER_CLASS = re.compile(
    r"gaiji|glyph|char|kanji|hanzi|inline|rare|zaozi|(?:^|[\s_-])(?:zi|font|word|text)\b", re.I
)
_LINE_HIGH = re.compile(r"\b(?:height|width)\s*:\s*(?:[01](?:\.\d+)?|2(?:\.0)?)r?em\b", re.I)
_PICTURES = any_of("pictures", r"(?:{})[\W_]*\d*")
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’」』）)]*$")
_WORD_PART = re.compile(r"['’·\-]")


def pictured_word(element: etree._Element) -> str:
    """The characters that a picture in a line of text stands for; "" for an illustration."""
    label = label_of(element)
    if not label or _NO_WORD.search(element.get("class") or ""):
        return ""
    before, after = _neighbours(element)
    small = bool(
        _CHARACTER_CLASS.search(element.get("class") or "") or _LINE_HIGH.search(element.get("style") or "")
    )
    return label if stands_for(label, before, after, small=small) else ""


def label_of(element: etree._Element) -> str:
    """What a picture says it is, on one line."""
    texts = [element.get("alt"), element.get("aria-label")]
    if element.tag == "svg":
        texts += ["".join(part.itertext()) for part in element.iter("title", "text")]
    texts.append(element.get("title"))
    return next((" ".join(text.split()) for text in texts if text and text.strip()), "")


def stands_for(label: str, before: str, after: str, *, small: bool = False) -> bool:
    """Whether a picture is a word, or a character, of the line it stands in.

    Args:
        label: its alternative text.
        before, after: the text of the line around it; "" at its ends.
        small: its markup says that it is as high as the line, or a character.
    """
    plain = "".join(c for c in label if not unicodedata.category(c).startswith("M") and c != "\ufe0f")
    if not plain or not all(map(str.isalnum, _WORD_PART.sub("", plain) or " ")) or _PICTURES.fullmatch(plain):
        return False
    wide = is_wide(plain[0])
    if len(plain) > (LONGEST_WIDE_WORD if wide else LONGEST_WORD):
        return False
    left, right = before.strip(), after.strip()
    if left.endswith(label) or right.startswith(label) or not (has_words(left) or has_words(right)):
        return False
    if len(plain) == 1:
        joined = before[-1:].isalpha() or after[:1].isalpha()
        return wide or joined or bool(left and right)
    # A picture between two sentences, or at the end of a line, shows what they tell.
    return small or bool(left and right and not _SENTENCE_END.search(left))


_PLACEHOLDERS = re.compile(r"[\s\-—–―…‥.·・。、_＿*＊※?？×✕〇○◯\u2500-\u25ff☆★〓()（）\[\]【】「」『』~～]*")


def holds_a_place(text: str) -> bool:
    """Whether a text is blanks, dots or the like, as they stand where a word is printed above; no arrow, no sum."""
    return bool(_PLACEHOLDERS.fullmatch(text))


def has_words(text: str) -> bool:
    """Whether there is anything to say in a text: letters or digits, and 〇 not alone, which holds places."""
    return any(c.isalnum() and c not in "〇○" for c in text)


def _neighbours(element: etree._Element) -> tuple[str, str]:
    """The text of a picture's line before and after it, as far as it matters."""
    before, after = "", element.tail or ""
    node, open_left, open_right = element, True, True
    while node.tag not in BLOCK_TAGS or node is element:
        parent = node.getparent()
        if parent is None:
            break
        for sibling in node.itersiblings(preceding=True):
            if not open_left or len(before) > NEIGHBOURHOOD:
                break
            before = (sibling.tail or "") + before
            open_left = not _ends_line(sibling)
            before = (_words(sibling) if open_left else "") + before
        for sibling in node.itersiblings():
            if not open_right or len(after) > NEIGHBOURHOOD or _ends_line(sibling):
                open_right = False
                break
            after += _words(sibling) + (sibling.tail or "")
        before = (parent.text or "" if open_left else "") + before
        node = parent
        if node.tag not in BLOCK_TAGS and open_right:
            after += node.tail or ""
    return before, after


def _ends_line(element: etree._Element) -> bool:
    return element.tag == "br" or element.tag in BLOCK_TAGS


def _words(element: etree._Element) -> str:
    if not isinstance(element.tag, str) or element.tag in _NO_TEXT:
        return ""
    return "".join(element.itertext())
