"""A site's stamp within a paragraph: its address, in whatever letters, and what it says there to a reader.

Thieves print letters of mixed widths and look-alikes, so that nobody finds them by searching; nobody in a story
writes an address so. One in plain letters is the story's own, unless words of a site stand around it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from flows.sources.adverts import ADVERTISEMENT, is_of_a_site
from flows.sources.blocks import Block, left_out_of, rewrite
from flows.sources.chapters import Book
from flows.sources.words import all_of, any_of
from normalizers.scripts import count_han

MAX_AROUND = 36
"""Characters of a site's words on one side of its address."""
_LOOK_ALIKE = dict(zip("аеорсухіѕԁһԛԝѵωοαеερκτυνιсɡƒσøмтвнкⅽⅿｏ", "aeopcyxisdhqwvwoaeepktuvicgfoomtbhkcmo"))
_FOLDED = {ord(k): v for k, v in _LOOK_ALIKE.items()} | {ord("。"): ".", ord("０"): "0"}
for _code in (
    *range(0xFF01, 0xFF5F),
    *range(0x24B6, 0x24EA),
    *range(0x1D400, 0x1D800),
    *range(0x2460, 0x2469),
):
    _plain = unicodedata.normalize("NFKC", chr(_code)).lower()
    if len(_plain) == 1 and _plain.isascii():
        _FOLDED[_code] = _plain

_WORLD = r"(?:c\s?[o0]\s?m|n\s?e\s?t|o\s?r\s?g|cc|cn|info|xyz|top|vip)(?![a-z0-9])"
_COUNTRY = r"(?:la|tw|me|co|io|us|tv|in|so|app|site|club|pro)(?![a-z0-9])"
_TAIL = r"(?:/[\w./?=&%-]*)?"
_ADDRESS = re.compile(
    r"(?<![a-z0-9@])(?:"
    r"(?:h\s?t\s?t\s?p\s?s?\s?:\s?/\s?/\s?(?:(?:w\s?){3}\.\s?)?|(?:w\s?){3}\.\s?)(?:[a-z0-9-]\s?){2,40}?"
    rf"(?:\.\s?(?:[a-z0-9-]\s?){{2,20}}?){{0,2}}\.\s?(?:{_WORLD}|{_COUNTRY})"
    rf"|(?:[a-z0-9-]+\.){{1,3}}{_WORLD}){_TAIL}"
)
_DOT = re.compile(rf"\.\s?(?:{_WORLD}|{_COUNTRY})")
_ODD = re.compile("[ⅽⅿƒøԁһԛԝɡͰ-ϿЀ-ԯ０-９Ａ-Ｚａ-ｚⒶ-ⓩ\U0001d400-\U0001d7ff]|。[A-Za-z]")
"""Letters that hide an address; without one of them a text is its own plain form."""
_SIGNS = all_of("stamp_signs")
_ENDS = re.compile(r"[。！？!?…”」』\"]|\.(?=\s)")
_CLAUSE = re.compile(r"[，,；;]")
_PAIRS = {"(": ")", "（": "）", "[": "]", "【": "】", "〔": "〕", "<": ">", "《": "》"}
_AROUND = any_of("stamp_words")
_PHRASE = any_of("stamps")
_BRACKET = re.compile(r"[(（\[【]{1,2}[^()（）\[\]【】]{2,60}[)）\]】]{1,2}")
_IN_BRACKET = any_of("stamp_brackets")
_FOLLOWS = any_of("stamp_follows")
_BYSTANDER = any_of("bystander")
_END_MARK = any_of("end_mark")


def cut_stamps(book: Book) -> None:
    """Cut the stamps out of the paragraphs of a book; what is cut is listed as an advertisement.

    A paragraph that is nothing else is left out whole. Speech is not touched, unless an address in it is disguised.
    """
    if book.options.front_matter:
        return
    _mark_disguised_lines(book.blocks)
    held = {i: block.text.lower() for i, block in enumerate(book.blocks) if _may_hold(block)}
    everything = "\n".join(held.values())
    folded = held
    if not everything.isascii() and _ODD.search(everything):
        folded = {i: _fold(text) for i, text in held.items()}
        everything = "\n".join(folded.values())
    signs = [sign for sign in _SIGNS if sign in everything]
    addressed = [text for text in folded.values() if _DOT.search(text)] if _DOT.search(everything) else []
    if not signs and not addressed:
        return
    addresses = Counter(match[0] for text in addressed for match in _ADDRESS.finditer(text))
    for index, plain in folded.items():
        block = book.blocks[index]
        if len(plain) != len(block.text):
            continue
        spans = _merged(
            [
                *(_addresses(block.text, plain, addresses) if addressed else ()),
                *_phrases(block.text, plain, signs),
            ]
        )
        if not spans:
            continue
        if not any(c.isalnum() for c in _outside(block.text, spans)) or is_of_a_site(block.text):
            block.reason = ADVERTISEMENT
            continue
        made, taken = rewrite(block, [(begin, end, "") for begin, end in spans])
        for part in taken:
            part.reason = ADVERTISEMENT
            book.left_out += left_out_of(part, book.texts)
        book.blocks[index] = made


MAX_STAMP_LINE = 90
"""Characters of a paragraph that is a stamp and nothing else."""
MIN_AGAIN = 3
"""Such paragraphs of one site in a book; `www.` of a story stands once."""
MIN_PIECE = 4
"""Letters of a piece of a stamp that a line was broken off with."""
_ALONE = re.compile(
    r"(?:https?)?www(?P<host>[a-z0-9]{3,12})[a-z0-9]{0,40}(?:[\u4e00-\u9fff]{1,8}[a-z]{0,12}){0,2}"
)

_PLAIN_ADDRESS = re.compile(r"\W*(?:https?://)?www\.[\w.-]+(?:/\S*)?\W*", re.A)


def _mark_disguised_lines(blocks: Sequence[Block]) -> None:
    """Leave out paragraphs that are a site's name with signs strewn over it, each time others.

    `ww w.xＩao shuotxt.nett!xt-小说天\\堂` has the letters of its like, and nothing else; so have pieces of it.
    """
    letters = {
        i: "".join(filter(str.isalnum, unicodedata.normalize("NFKC", block.text).translate(_FOLDED).lower()))
        for i, block in enumerate(blocks)
        if len(block.text) <= MAX_STAMP_LINE and _may_hold(block)
    }
    hosts = {i: match["host"] for i, text in letters.items() if (match := _ALONE.fullmatch(text))}
    strewn = {host for i, host in hosts.items() if not _PLAIN_ADDRESS.fullmatch(blocks[i].text)}
    again = {host for host, count in Counter(hosts.values()).items() if count >= MIN_AGAIN} & strewn
    stamps = [letters[i] for i, host in hosts.items() if host in again]
    if not stamps:
        return
    everything = "\n".join(stamps)
    for i, text in letters.items():
        # 小说天堂 without a sign may be the story's own
        signs = len(blocks[i].text) > len(text) and count_han(text) > 0
        if hosts.get(i) in again or (signs and len(text) >= MIN_PIECE and text in everything):
            blocks[i].reason = ADVERTISEMENT


def _fold(text: str) -> str:
    """A text of small letters in one width, look-alikes made Latin; of the same length."""
    return text.translate(_FOLDED) if not text.isascii() and _ODD.search(text) else text


def _may_hold(block: Block) -> bool:
    seen = bool(block.text) and not block.reason and block.kind not in ("heading", "scene-break")
    return seen and not (len(block.text) < MAX_AROUND and _END_MARK.fullmatch(block.text.strip()))


def _outside(text: str, spans: Sequence[tuple[int, int]]) -> str:
    at, kept = 0, ""
    for begin, end in spans:
        kept += text[at:begin]
        at = end
    return kept + text[at:]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _addresses(text: str, plain: str, counts: Counter[str]) -> list[tuple[int, int]]:
    if not _DOT.search(plain):
        return []
    spans = []
    for match in _ADDRESS.finditer(plain):
        begin, end = match.span()
        disguised = _disguised(text[begin:end])
        if not disguised and _in_quotes(text, begin):
            continue
        low, high = _widened(text, begin, end)
        bracketed = low > 0 and high < len(text) and _PAIRS.get(text[low - 1]) == text[high]
        words = (low, high) != (begin, end)
        alone = _after_sentence(text, low - bracketed)
        if bracketed:
            low, high = low - 1, high + 1
        if disguised or words or (alone and bracketed) or (counts[match[0]] > 1 and (bracketed or alone)):
            spans.append((low, high))
    return spans


def _disguised(address: str) -> bool:
    """Whether letters of several kinds, or blanks between them, hide an address from a search."""
    kinds = set()
    for c in address:
        if c.isalnum():
            kinds.add("plain" if c.isascii() else "wide" if "\uff01" <= c <= "\uff5e" else "alike")
    return len(kinds) > 1 or "alike" in kinds or bool(re.search(r"\w\s\w", address))


def _in_quotes(text: str, at: int) -> bool:
    return any(text.count(a, 0, at) > text.count(b, 0, at) for a, b in ("“”", "「」", "『』"))


def _after_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip()
    return not before or before[-1] in '。！？!?…”」』."'


def _widened(text: str, begin: int, end: int) -> tuple[int, int]:
    """An address with the site's words right before and behind it."""
    low = max((m.end() for p in (_ENDS, _CLAUSE) for m in p.finditer(text, 0, begin)), default=0)
    before = text[low:begin]
    if not before.strip() or not (_AROUND.search(before) and _fits(before)):
        words = before.split()
        last = words[-1] if words and before.rstrip() != before else ""
        low = begin if not (last and _AROUND.search(last) and _fits(last)) else text.rindex(last, 0, begin)
    high = end
    for _ in range(3):
        after = re.match(r"\s*[^，,；;。！？!?\s”」』]{1,20}[。！!，,]?", text[high:])
        if not count_han(text) or after is None or not (_AROUND.search(after[0]) and _fits(after[0])):
            break
        high += after.end()
    if high > end and high < len(text) and text[high - 1] not in "。！!，," and text[high] in "。！!":
        high += 1
    return low, high


def _fits(words: str) -> bool:
    return len(words) <= MAX_AROUND and not _BYSTANDER.search(words)


def _phrases(text: str, plain: str, signs: Sequence[str]) -> list[tuple[int, int]]:
    """Sentences, and brackets, that a site says to its readers, with a short one that goes on with it."""
    if not any(sign in plain for sign in signs):
        return []
    spans = [m.span() for m in _BRACKET.finditer(text) if _IN_BRACKET.search(plain, *m.span())]
    for match in _PHRASE.finditer(plain):
        if any(begin <= match.start() < end for begin, end in spans):
            continue
        begin = max((m.end() for m in _ENDS.finditer(text, 0, match.start())), default=0)
        stop = next((m for m in _ENDS.finditer(text, match.end())), None)
        end = stop.end() if stop else len(text)
        sentence = text[begin:end]
        if _in_quotes(text, match.start()) or _BYSTANDER.search(sentence) or sentence.lstrip()[:1] in '“"「':
            continue
        following = re.match(r"\s*[^.!?]{3,90}[.!?]", text[end:])
        if following and _FOLLOWS.search(following[0]):
            end += following.end()
        spans.append((begin, end))
    return spans
