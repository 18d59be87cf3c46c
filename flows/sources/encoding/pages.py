"""Which page bytes are in: Unicode by its marks and grammar, legacy encodings by what they would say.

GBK and Big5 share their byte ranges, so both often decode without an error; what tells them apart is which
of the two results is Chinese. The measure here is the share of very common characters, then of characters of
the first, frequent level of each standard (GB 2312 rows 16-55, Big5 0xA440-0xC67E), less the share of
characters no novel has. Every other page is measured by how many of its characters beyond ASCII are everyday
letters of its languages; charset-normalizer is asked for what no table here knows.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from flows.sources.encoding.plausible import COMMON, first_level
from normalizers.scripts import is_han

SAMPLE_BYTES = 65_536
"""Statistics are taken from this much of the file; the decoding is then checked on all of it."""
MIN_CHINESE_SCORE = 0.35
"""Below this the bytes are hardly Chinese; real prose scores above 0.8 (measured on the corpus)."""
SURELY_CHINESE = 0.5
"""Share of very common characters that no text of another language has when it is read as Chinese."""
MIN_FAMILIAR = 0.5
"""Share of everyday letters among the characters beyond ASCII that a page of single bytes needs."""
MOSTLY = 0.6
"""Share of letters above 127 that tells an alphabet of its own from Latin letters with accents."""
MIN_FAMILIAR_COUNT = 8
"""Characters that Japanese or Korean needs: four Han characters in GBK may all be Korean syllables by chance."""
MAX_TORN = 0.1
"""Share of torn characters among those beyond ASCII in a damaged file of UTF-8; other pages hardly ever form
one whole."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; the longer ones stand before those that they begin with."""

_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
"""Pages that say GB2312 use characters of its superset, and Big5 pages those of Microsoft's."""

_LATIN1_GARBAGE = re.compile("[\u0080-\u009f\ufffd\ue000-\uf8ff]")

_WESTERN = (
    "àâäáãåæçéèêëíìîïñóòôöõøœùûüúßÀÂÄÁÅÆÇÉÈÊËÍÎÏÑÓÔÖÕØŒÙÛÜÚ¿¡«»‘’‚“”„‹›–—…•·§°º€£©®™½¼¾²³¹×÷±\u00a0\u00ad"
)
_SIGN_IN_WORD = re.compile(r"[^\W\d_][¿¡¹³£]|£[^\W\d_]")
_EAST_ASIAN = (
    ("cp932", re.compile(r"[\u3041-\u30fe、。！？]"), 0.35),
    ("cp949", re.compile(r"[\uac00-\ud7a3]"), 0.85),
)
"""Pages of Japanese and Korean: the characters only they have, and the least share of them."""
_LATIN_PAGES = {
    "cp1252": re.compile(f"[{_WESTERN}]"),
    "cp1250": re.compile(r"[ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňóřšťúůýžÁČĎÉÍŇŘŠŤÚŮÝŽőűŐŰäöüßăîâșț„”–…]"),
    "cp1254": re.compile(r"[ığşçöüİĞŞÇÖÜâîû’“”]"),
}
_RUSSIAN = r"[а-яё]|(?<![А-Яа-яё])[А-Я]"
_OTHER_PAGES = {
    "cp1255": re.compile(
        r"[א-ת]"
    ),  # before cp1251, whose small letters but the last five stand where these do
    "cp1251": re.compile(_RUSSIAN),
    "koi8_r": re.compile(_RUSSIAN),
    "cp1253": re.compile(r"[α-ωάέήίόύώς]"),
    "cp1256": re.compile(r"[ء-يپچژگی؟،]"),
    "cp874": re.compile(r"[านรกอเงมยลวดทสตะคบปแไใหขพจชำ่้ัิีูุึืา็์]"),
}
"""Pages of single bytes: the everyday letters of their languages. In the latter nearly every letter stands
above 127."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Bytes read in one encoding; `bad` counts what could not be decoded (U+FFFD in `text`)."""

    text: str
    encoding: str
    bad: int = 0


def read_unicode(data: bytes) -> Reading | None:
    """By the byte order mark, the zero bytes of UTF-16, or the grammar of UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return read_as(data, encoding)
    wide = _utf16_without_mark(data) if b"\0" in data[:SAMPLE_BYTES] else None
    if wide:  # before UTF-8, in which zero bytes are characters too
        return read_as(data, wide)
    try:
        return Reading(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        wide = _utf16_without_mark(data)
        return read_as(data, wide) if wide else None


def read_declared(data: bytes, declared: str | None) -> Reading | None:
    if not declared or declared.lower() in ("utf-8", "utf8", "ascii", "us-ascii"):
        return None
    try:
        name = codecs.lookup(declared).name
        name = _SUPERSETS.get(name, name)
        return Reading(data.decode(name), name)
    except (LookupError, ValueError):  # no such encoding; not in it; a name with a zero byte
        return None


def read_page(data: bytes) -> Reading:
    """The page whose reading looks most like language; the likeliest Chinese one where none does."""
    candidates = [_candidate(data, encoding) for encoding in ("gb18030", "big5hkscs", "cp950", "utf-8")]
    best, score = max(candidates, key=lambda pair: pair[1])
    common = _common_share(best.text[:SAMPLE_BYTES])
    sample = b"\n".join(line for line in data[:SAMPLE_BYTES].splitlines() if not line.isascii())
    if common < SURELY_CHINESE:
        for encoding, familiar, least in _EAST_ASIAN:
            if _familiar_share(sample, encoding, familiar, MIN_FAMILIAR_COUNT) >= least:
                return read_as(data, encoding)
    if score >= MIN_CHINESE_SCORE:
        return best
    # Carriage returns alone end the lines of old Macintosh files, whose accents stand elsewhere.
    western = "mac-roman" if b"\r" in data and b"\n" not in data else "cp1252"
    if _is_western(data, western):
        return read_as(data, western)
    torn = read_as(data, "utf-8")
    if torn.bad <= MAX_TORN * sum(1 for character in torn.text if ord(character) > 127):
        return torn
    high = sum(1 for byte in sample if byte > 127)
    mostly_high = high > MOSTLY * (high + sum(1 for byte in sample if chr(byte).isalpha() and byte < 128))
    pages = {**_OTHER_PAGES, **_LATIN_PAGES} if mostly_high else {**_LATIN_PAGES, **_OTHER_PAGES}
    shares = {page: _familiar_share(sample, page, letters) for page, letters in pages.items()}
    page = max(shares, key=lambda name: shares[name])
    if shares[page] >= MIN_FAMILIAR:
        return read_as(data, page)
    other = from_bytes(data[:SAMPLE_BYTES]).best()
    if other is not None and not _is_chinese(other.encoding):
        return read_as(data, other.encoding)
    return best if score > 0 else read_as(data, "cp1252")


def _familiar_share(sample: bytes, encoding: str, familiar: re.Pattern[str], least: int = 0) -> float:
    """Share of `familiar` characters among those beyond ASCII.

    0 where the bytes are not in this encoding, or fewer than `least` characters are familiar.
    """
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4:
            return 0.0
        text = sample[: error.start].decode(encoding)  # the sample ends within a character
    outside = sum(1 for character in text if ord(character) > 127)
    found = len(familiar.findall(text))
    return found / max(1, outside) if found >= least else 0.0


def _is_western(data: bytes, encoding: str) -> bool:
    """Whether the bytes are, in this encoding, a Western language: few letters beyond ASCII, and all everyday ones.

    charset-normalizer takes a page of French for Baltic as readily. In Cyrillic or Greek nearly every letter
    stands above 127; in Polish or Czech some fall on signs that no Western text has, or has within a word.
    """
    try:
        text = data[:SAMPLE_BYTES].decode(encoding)
    except UnicodeDecodeError:
        return False
    outside = [c for c in text if ord(c) > 127]
    letters = sum(1 for c in text if c.isalpha())
    foreign = sum(1 for c in outside if c.isalpha())
    return foreign <= 0.3 * letters and all(c in _WESTERN for c in outside) and not _SIGN_IN_WORD.search(text)


def read_as(data: bytes, encoding: str) -> Reading:
    text = data.decode(encoding, "replace")
    return Reading(text, encoding, text.count("\ufffd"))


def _is_chinese(encoding: str) -> bool:
    return encoding.replace("_", "").lower().startswith(("gb", "big5", "cp950", "cp936", "hz"))


def _candidate(data: bytes, encoding: str) -> tuple[Reading, float]:
    decoded = read_as(data, encoding)
    sample = data[:SAMPLE_BYTES].decode(encoding, "ignore")
    return decoded, chinese_score(sample, encoding) - 20 * decoded.bad / max(1, len(decoded.text))


def _common_share(text: str) -> float:
    outside = [c for c in text if ord(c) > 127]
    return sum(1 for c in outside if c in COMMON) / max(1, len(outside))


def chinese_score(text: str, encoding: str) -> float:
    """How much like Chinese prose `text` is, about 0 to 1.5; the encoding it was read with sets the level."""
    outside = [c for c in text if ord(c) > 127]
    if not outside:
        return 0.0
    common = sum(1 for c in outside if c in COMMON)
    garbage = len(_LATIN1_GARBAGE.findall(text))
    han = [c for c in outside if is_han(c)]
    level = "gb2312" if encoding in ("gb18030", "utf-8") else "big5"
    frequent = sum(1 for c in han if first_level(c, level))
    # Half-read double bytes leave stray kana, box drawing and Latin letters between rare characters.
    foreign = len(outside) - len(han) - sum(1 for c in outside if c in COMMON and not is_han(c))
    total = len(outside)
    return common / total + 0.5 * frequent / total - 2 * garbage / total - 0.5 * foreign / total


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 without its mark: zero bytes on one side (Latin text), or Chinese that reads as Chinese."""
    if len(data) < 4:
        return None
    sample = data[: min(SAMPLE_BYTES, len(data) - len(data) % 2)]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    if odd + even > 0.4 * half:  # Chinese between times in digits
        return (
            "utf-16-le" if data.index(0) % 2 else "utf-16-be"
        )  # a byte that is missing changes sides later on
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = sample[: len(sample) - len(sample) % 4].decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\n" in text or "\r" in text or len(text) < 4000:
            common = sum(1 for c in text if c in COMMON)
            if common > 0.3 * len(text):
                return encoding
    return None
