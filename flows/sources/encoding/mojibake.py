"""Mojibake: text that was decoded in a wrong page and saved so. What was done is undone where that can be proved.

The proof is the way back: encoded in the page that it was misread in, the text becomes the bytes that it once was, and
these read as plausible language in another encoding, which hardly any bytes do by chance.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flows.sources.encoding.faults import Fault, faults_of, split_lines
from flows.sources.encoding.plausible import count_beyond_ascii, is_everyday, odd_lines, plausibility

UTF8, CYRILLIC, WESTERN = "utf-8", "cp1251", "cp1252"
"""Russian is no proof but where accented letters stood in rows: every byte above 191 is a Russian letter."""
MAX_ROUNDS = 3
"""Text that is read wrongly and saved again and again; twice is known from the wild."""
SAMPLE_LINES = 60
"""Lines by which the two encodings are told; all strange lines are then turned back."""
SAMPLE_CHARACTERS = 400
"""Of each of them."""
SUSPECT = 0.55
"""Plausibility below which a line is tried."""
MIN_LIKELY = 0.6
MIN_GAIN = 0.25
"""What the words turned back must reach, and by how much they must be likelier than the text as it stands."""
MIN_LEGACY = 10
"""Characters that must become plausible where no grammar proves it."""
MIN_WESTERN = 4
"""Accented letters that must."""
MAX_ACCENTED = 0.3
"""Of them for each plain character of a line, at most."""
MIN_IN_A_LINE = 6
"""Of them in one line at least."""
GARBLED, MIN_GARBLED, MIN_GARBLED_SHARE = 0.2, 20, 0.2
"""Plausibility below which a line is junk; characters, and share of those beyond ASCII, that must be so."""
MAX_LOST = 0.34
"""Share of characters that may be lost on the way: single bytes at the ends of words, bytes that a page lacks."""

_MAX_LOST = {"gb18030": 0.1, "big5": 0.1, "cp932": 0.1, CYRILLIC: 0.0, WESTERN: 0.0}
"""Of pages, whose bytes mean something in nearly every order; the one of single bytes has them all."""

_MISREAD = (
    "cp1252",
    "gb18030",
    "big5",
    "cp932",
    "cp949",
    "cp1251",
    "cp1250",
    "koi8_r",
    "mac-roman",
    "cp437",
    "cp850",
    "cp866",
)
"""Pages in which text was misread: what editors and converters of the world take for granted."""
_MEANT = (UTF8, "gb18030", "big5", "cp932", CYRILLIC, WESTERN)
_LOST_ONE = re.compile("\ufffd+\\??")
"""What a decoder and an encoder leave of one character: its bytes, and a question mark."""

_PRIVATE_AREAS = (
    (0xE000, 0xE311, 0xFA, 0),
    (0xE311, 0xEEB8, 0x8E, 0),
    (0xEEB8, 0xF6B1, 0x81, 0),
    (0xF6B1, 0xF849, 0xC6, 63),
)
"""(first, past the last character, first lead byte, cells skipped) of the user-defined areas of code page 950."""
_CELLS = 157
"""Characters a lead byte of Big5: 40 to 7E and A1 to FE."""

_SIGNS_OF_LOSS = ("锟斤", "斤拷", "锟\ufffd", "烫烫烫", "屯屯屯")
_KUN = re.compile("(?:锟斤拷|锟斤|斤拷)+锟?|(?:锟斤|锟)(?=\ufffd)|烫{6,}|屯{4,}")
"""U+FFFD twice, in UTF-8 and read as GBK, and memory that was never written to: there were words once."""


def mend(text: str) -> tuple[str, list[Fault]]:
    """Turn back what was decoded wrongly, line by line.

    Returns: the text, of as many lines, and the stretches that were turned back or are lost.
    """
    if text.isascii():
        return text, []
    lines = split_lines(text)
    lost = _lost_words(lines) if any(sign in text for sign in _SIGNS_OF_LOSS) else set()
    mended: dict[int, str] = {}
    by_characters = _CHARACTER.search(text) is not None
    odd = odd_lines(lines)
    for _ in range(MAX_ROUNDS):
        found = (_turn_characters(lines) if by_characters else None) or _turn_lines(lines, odd, mended)
        if not found:
            break
        for index, line in found.lines.items():
            lines[index] = line
            mended.setdefault(index, found.how)
        odd = odd_lines(lines)
    if mended:
        lost |= _lost_words(lines)
        odd = odd_lines(lines)
    garbled = _garbled(lines, odd)
    if not (mended or lost or garbled):
        return text, []
    faults = faults_of(lines, lost, "lost") + faults_of(lines, garbled - lost - set(mended), "garbled")
    for how in sorted(set(mended.values())):
        faults += faults_of(lines, [i for i, own in mended.items() if own == how], "mojibake", how)
    return "".join(lines), faults


def _lost_words(lines: list[str]) -> set[int]:
    """Put U+FFFD where words were lost, and tell in which lines."""
    found = {i for i, line in enumerate(lines) if _KUN.search(line)}
    for index in found:
        lines[index] = _KUN.sub(_as_lost, lines[index])
    return found


def _garbled(lines: Sequence[str], odd: Sequence[int]) -> set[int]:
    """The odd lines that still read like nothing, where they are a good part of the text; one may be an oddity."""
    odd = [i for i in odd if plausibility(_kept(lines[i])) < GARBLED]
    characters = sum(count_beyond_ascii(lines[i]) for i in odd)
    few = characters < MIN_GARBLED or characters < MIN_GARBLED_SHARE * sum(map(count_beyond_ascii, lines))
    return set() if few else set(odd)


def _as_lost(match: re.Match[str]) -> str:
    """A sign of what is lost for each character of it: three characters of GBK were two in UTF-8."""
    return "\ufffd" * max(1, 2 * len(match.group()) // 3)


@dataclass(frozen=True, slots=True)
class _Turned:
    """Lines that were turned back, by index, and from what to what."""

    how: str
    lines: dict[int, str]


# --- UTF-8 read as Windows-1252: each character proves itself ------------------------------------------------


def _high_1252() -> dict[str, int]:
    """Characters for the bytes above 127: Windows-1252, and the C1 controls where it has none (WHATWG Encoding)."""
    table = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0x100)}
    return {**{chr(byte): byte for byte in range(0x80, 0xA0)}, **table}


_BYTE = _high_1252()
_LACKING = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
"""Bytes without a character in Windows-1252; a careful decoder leaves U+FFFD."""


def _range(low: int, high: int) -> str:
    return "".join(re.escape(c) for c, byte in _BYTE.items() if low <= byte <= high)


_GOES_ON = f"[{_range(0x80, 0xBF)}\ufffd]"
_GOES_ON_BLANK = f"[{_range(0x80, 0xBF)}\ufffd ]"
_CHARACTER = re.compile(
    f"[{_range(0xF0, 0xF4)}]{_GOES_ON}{{3}}|[{_range(0xE0, 0xEF)}](?:{_GOES_ON}{{2}}|{_GOES_ON_BLANK}{{2}})"
    f"|[{_range(0xC2, 0xDF)}]{_GOES_ON}"
)
_AMBIGUOUS = re.compile(r"[A-ZÀ-Þ][“”‘’…–—»«¡¿\u00a0]")
"""A capital and a mark after it, in a word of capitals: `OLÉ”` is itself."""


def _turn_characters(lines: Sequence[str]) -> _Turned | None:
    sure: dict[int, str] = {}
    doubtful: dict[int, str] = {}
    for index, line in enumerate(lines):
        if line.isascii() or not _CHARACTER.search(line):
            continue
        turned = _turned(line)
        if turned == line or not _is_better(turned, line):
            continue
        found = [m for m in _CHARACTER.finditer(line) if _meant(m.group())]
        if all(_is_doubtful(line, match) for match in found):
            doubtful[index] = turned
        else:
            sure[index] = turned
    if len(sure) > len(doubtful):
        sure |= doubtful
    return _Turned("UTF-8 read as Windows-1252", sure) if sure else None


def _is_better(turned: str, line: str) -> bool:
    """Whether nothing but words is left; a line of double bytes has pairs by chance that would be turned, too."""
    likely = plausibility(_kept(turned))
    return likely >= MIN_LIKELY and likely > plausibility(_kept(line))


def _kept(text: str) -> str:
    """A text without what was lost before, which says nothing about the rest."""
    return text.replace("\ufffd", "")


def _is_doubtful(line: str, match: re.Match[str]) -> bool:
    return bool(_AMBIGUOUS.fullmatch(match.group())) and line[: match.start()][-1:].isupper()


def _turned(line: str) -> str:
    """A line as it was before, once or several times; by characters where it is only partly mojibake."""
    whole = line
    for _ in range(MAX_ROUNDS):
        whole = _read_back(whole, "cp1252", UTF8)
        if "\ufffd" in whole or whole.isascii():
            break
        if _is_better(whole, line):
            return whole
    return _CHARACTER.sub(lambda match: _meant(match.group()) or match.group(), line)


@lru_cache(maxsize=10_000)
def _meant(characters: str) -> str:
    """The everyday character that two to four misread ones were; "" where there is none, or more than one."""
    choices = [b""]
    for character in characters:
        bytes_ = _LACKING if character == "\ufffd" else (0xA0 if character == " " else _BYTE[character],)
        choices = [begun + bytes([byte]) for begun in choices for byte in bytes_]
    found = [
        c for c in (choice.decode(UTF8, "ignore") for choice in choices) if len(c) == 1 and is_everyday(c)
    ]
    return found[0] if len(found) == 1 else ""


# --- any page read as any other: lines prove it together ------------------------------------------------------


def _turn_lines(lines: Sequence[str], odd: Sequence[int], known: Container[int]) -> _Turned | None:
    worth = {i: plausibility(_kept(lines[i])) for i in odd}
    suspects = [i for i, likely in worth.items() if likely < SUSPECT and i not in known]
    sample = [(lines[i][:SAMPLE_CHARACTERS], worth[i]) for i in suspects[:SAMPLE_LINES]]
    best: tuple[float, str, str] = (0.0, "", "")
    for misread in _MISREAD if suspects else ():
        before = [
            (data, likely, _FOREIGN_IN_A_WORD.search(line) is not None)
            for line, likely in sample
            if (data := _encoded(line, misread))
        ]
        for meant in _MEANT if before else ():
            if meant == misread or (meant == CYRILLIC and misread != "cp1252"):
                continue
            won = [
                _gain(_decoded(data, meant), likely, meant)
                for data, likely, mixed in before
                if mixed or meant != WESTERN
            ]
            total = sum(gain for gain, _ in won)
            proved = [count for gain, count in won if gain]
            if total > best[0] and _is_proof(meant, proved):
                best = (total, misread, meant)
    gain, misread, meant = best
    if not gain:
        return None
    tried, least = suspects, MIN_GAIN
    high = [i for i, line in enumerate(lines) if not line.isascii()]
    if 2 * len(suspects) > len(high):  # all of it, then, and short lines may look right by chance
        tried, least = [i for i in high if i not in known], 0.0
    turned: dict[int, str] = {}
    for i in tried:
        if meant == WESTERN and not _FOREIGN_IN_A_WORD.search(lines[i]):
            continue
        text = _read_back(lines[i], misread, meant)
        if _gain(text, plausibility(_kept(lines[i])), meant, least)[0]:
            turned[i] = text
    return _Turned(f"{_NAMES.get(meant, meant)} read as {_NAMES.get(misread, misread)}", turned)


_FOREIGN_IN_A_WORD = re.compile(r"[A-Za-z][^\x00-\x7f\u00a0-\u024f\u2010-\u203a][a-z]")
"""A character of another script between plain letters, as an accented one looks that was read wrongly."""


def _is_proof(meant: str, proved: Sequence[int]) -> bool:
    """Whether so many characters, by line, can hardly have become plausible by chance."""
    if meant == UTF8:
        return True
    if meant == WESTERN:  # few letters of a line have accents, but these stood within words of plain letters
        return sum(proved) >= MIN_WESTERN
    return sum(proved) >= MIN_LEGACY and max(proved) >= MIN_IN_A_LINE


_NAMES = {UTF8: "UTF-8", "gb18030": "GBK", "big5": "Big5", "cp932": "Shift-JIS", "cp949": "EUC-KR"} | {
    f"cp{number}": f"Windows-{number}" for number in (1250, 1251, 1252)
}


def _gain(text: str, worth: float, meant: str, least: float = MIN_GAIN) -> tuple[float, int]:
    """How much likelier the characters of a line become as `text`, and how many they are; 0 where they do not."""
    count = count_beyond_ascii(text)
    lost = text.count("\ufffd")
    if not count or lost > _MAX_LOST.get(meant, MAX_LOST) * count:
        return 0.0, 0
    if meant == WESTERN and count > MAX_ACCENTED * (len(text) - count):
        return 0.0, 0
    likely = plausibility(_kept(text))
    if likely < MIN_LIKELY or likely < worth + least:
        return 0.0, 0
    if meant == UTF8 and worth > 0 and sum(len(c.encode()) - 1 for c in _kept(text) if c > "\x7f") < 2:
        return 0.0, 0  # one character of two bytes may be chance, unless it was no word before
    return (likely - worth) * (count - lost) / (1 + lost), count - lost


def _read_back(line: str, misread: str, meant: str) -> str:
    """A line as it was before; scraps of one lost character are one U+FFFD."""
    return _decoded(_encoded(line, misread, most=1.0), meant)


def _encoded(line: str, page: str, most: float = MAX_LOST) -> list[bytes]:
    """The bytes that a line was, cut where characters are lost; none where more than `most` of them are."""
    stretches = [b""]
    for character in line:
        data = _bytes(character, page)
        if data is None:
            stretches.append(b"")
        else:
            stretches[-1] += data
    return stretches if len(stretches) - 1 <= most * count_beyond_ascii(line) else []


def _decoded(stretches: Sequence[bytes], encoding: str) -> str:
    codec = "big5hkscs" if encoding == "big5" else encoding
    return _LOST_ONE.sub("\ufffd", "\ufffd".join(stretch.decode(codec, "replace") for stretch in stretches))


@lru_cache(maxsize=100_000)
def _bytes(character: str, page: str) -> bytes | None:
    """The bytes that a character was before it was misread in a page; None where it cannot have been."""
    if character < "\x80":
        return character.encode()
    if page == "cp1252":
        return bytes([_BYTE[character]]) if character in _BYTE else None
    if character == "€" and page in ("gb18030", "big5"):
        return b"\x80"  # as Windows has it
    for codec in ("big5hkscs", "cp950") if page == "big5" else (page,):
        try:
            data = character.encode(codec)
        except UnicodeEncodeError:
            continue
        if len(data) <= 2:  # four bytes of GB 18030 are no misreading, they have every character
            return data
    return _big5_private(ord(character)) if page == "big5" else None


def _big5_private(code: int) -> bytes | None:
    """Characters for private use in the Big5 of Windows (the user-defined areas of code page 950)."""
    for begin, end, lead, skipped in _PRIVATE_AREAS:
        if begin <= code < end:
            row, cell = divmod(code - begin + skipped, _CELLS)
            return bytes([lead + row, 0x40 + cell if cell < 63 else 0xA1 + cell - 63])
    return None
