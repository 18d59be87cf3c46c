"""Which encoding a text file is in: Unicode by its marks and grammar, legacy encodings by what they would say.

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

from normalizers import DuoyinError
from normalizers.scripts import is_han

SAMPLE_BYTES = 65_536
"""Statistics are taken from this much of the file; the decoding is then checked on all of it."""
MAX_BAD_SHARE = 0.01
"""Above one undecodable character in a hundred the guess is wrong, not the file damaged."""
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

# The most frequent characters of modern and classical Chinese prose, simplified and traditional.
_COMMON = frozenset(
    "的一是了不在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去"
    "法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点"
    "正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿"
    "原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德"
    "這個們來為國說時會對於著過發後裡經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問應戰向頭體見產話內門兒東聲員論處義幾認條氣題爾"
    "別變總電數報結務場計師夫曰卻便叫道老爺聽笑眼吃書房車馬風雨山雲夜白黑紅"
    "请让谁吗吧呢啊只卻说听爷书车马风云红她回章第，。！？“”「」：；、…　"
)
_LATIN1_GARBAGE = re.compile("[\u0080-\u009f\ufffd\ue000-\uf8ff]")

_WESTERN = "àâäáãåæçéèêëíìîïñóòôöõøœùûüúßÀÂÄÁÅÆÇÉÈÊËÍÎÏÑÓÔÖÕØŒÙÛÜÚ¿¡«»‘’‚“”„‹›–—…•·§°º€£©®™½¼¾²³¹\u00a0\u00ad"
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
class Decoded:
    """`bad` counts characters that could not be decoded (they stand as U+FFFD in `text`)."""

    text: str
    encoding: str
    bad: int = 0


def decode(data: bytes, *, declared: str | None = None, where: str | None = None) -> Decoded:
    """Decode bytes of unknown encoding. A byte order mark is removed.

    Args:
        declared: what the file itself says; believed where it decodes.
        where: the file, for the error.

    Raises:
        DuoyinError: the bytes are no text in any encoding that makes sense.
    """
    told = _unicode(data) or _declared(data, declared)
    if told is not None:
        return told
    decoded = _legacy(data)
    if decoded.bad > MAX_BAD_SHARE * max(100, len(decoded.text)) or "\0" in decoded.text:
        raise DuoyinError(
            "the file's encoding cannot be told; it may not be text at all",
            where=where,
            hint="save it as UTF-8 and try again; a document of a protected or damaged EPUB looks like this, too",
        )
    return decoded


def decode_as(data: bytes, encoding: str, *, where: str | None = None) -> Decoded:
    """Decode bytes in the encoding that a person named.

    Raises:
        DuoyinError: there is no such encoding, or the bytes are not in it.
    """
    try:
        return Decoded(data.decode(encoding).removeprefix("\ufeff"), encoding)
    except UnicodeDecodeError as error:
        raise DuoyinError(
            f"byte {error.start} is not {encoding}",
            where=where,
            hint="leave the encoding out to have it guessed",
        ) from None
    except (LookupError, ValueError):
        raise DuoyinError(
            f"unknown encoding {encoding!r}", where=where, hint="use a name such as utf-8 or gb18030"
        ) from None


def _unicode(data: bytes) -> Decoded | None:
    """By the byte order mark, the zero bytes of UTF-16, or the grammar of UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _replace(data, encoding)
    wide = _utf16_without_mark(data) if b"\0" in data[:SAMPLE_BYTES] else None
    if wide:  # before UTF-8, in which zero bytes are characters too
        return _replace(data, wide)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        wide = _utf16_without_mark(data)
        return _replace(data, wide) if wide else None


def _declared(data: bytes, declared: str | None) -> Decoded | None:
    if not declared or declared.lower() in ("utf-8", "utf8", "ascii", "us-ascii"):
        return None
    try:
        name = codecs.lookup(declared).name
        name = _SUPERSETS.get(name, name)
        return Decoded(data.decode(name), name)
    except (LookupError, ValueError):  # no such encoding; not in it; a name with a zero byte
        return None


def _legacy(data: bytes) -> Decoded:
    """The page whose reading looks most like language; the likeliest Chinese one where none does."""
    candidates = [_candidate(data, encoding) for encoding in ("gb18030", "big5hkscs", "cp950", "utf-8")]
    best, score = max(candidates, key=lambda pair: pair[1])
    common = _common_share(best.text[:SAMPLE_BYTES])
    sample = b"\n".join(line for line in data[:SAMPLE_BYTES].splitlines() if not line.isascii())
    if common < SURELY_CHINESE:
        for encoding, familiar, least in _EAST_ASIAN:
            if _familiar_share(sample, encoding, familiar, MIN_FAMILIAR_COUNT) >= least:
                return _replace(data, encoding)
    if score >= MIN_CHINESE_SCORE:
        return best
    # Carriage returns alone end the lines of old Macintosh files, whose accents stand elsewhere.
    western = "mac-roman" if b"\r" in data and b"\n" not in data else "cp1252"
    if _is_western(data, western):
        return _replace(data, western)
    torn = _replace(data, "utf-8")
    if torn.bad <= MAX_TORN * sum(1 for character in torn.text if ord(character) > 127):
        return torn
    high = sum(1 for byte in sample if byte > 127)
    mostly_high = high > MOSTLY * (high + sum(1 for byte in sample if chr(byte).isalpha() and byte < 128))
    pages = {**_OTHER_PAGES, **_LATIN_PAGES} if mostly_high else {**_LATIN_PAGES, **_OTHER_PAGES}
    shares = {page: _familiar_share(sample, page, letters) for page, letters in pages.items()}
    page = max(shares, key=lambda name: shares[name])
    if shares[page] >= MIN_FAMILIAR:
        return _replace(data, page)
    other = from_bytes(data[:SAMPLE_BYTES]).best()
    if other is not None and not _is_chinese(other.encoding):
        return _replace(data, other.encoding)
    return best if score > 0 else _replace(data, "cp1252")


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


def _replace(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    return Decoded(text, encoding, text.count("\ufffd"))


def _is_chinese(encoding: str) -> bool:
    return encoding.replace("_", "").lower().startswith(("gb", "big5", "cp950", "cp936", "hz"))


def _candidate(data: bytes, encoding: str) -> tuple[Decoded, float]:
    decoded = _replace(data, encoding)
    sample = data[:SAMPLE_BYTES].decode(encoding, "ignore")
    return decoded, chinese_score(sample, encoding) - 20 * decoded.bad / max(1, len(decoded.text))


def _common_share(text: str) -> float:
    outside = [c for c in text if ord(c) > 127]
    return sum(1 for c in outside if c in _COMMON) / max(1, len(outside))


def chinese_score(text: str, encoding: str) -> float:
    """How much like Chinese prose `text` is, about 0 to 1.5; the encoding it was read with sets the level."""
    outside = [c for c in text if ord(c) > 127]
    if not outside:
        return 0.0
    common = sum(1 for c in outside if c in _COMMON)
    garbage = len(_LATIN1_GARBAGE.findall(text))
    han = [c for c in outside if is_han(c)]
    level = "gb2312" if encoding in ("gb18030", "utf-8") else "big5"
    frequent = sum(1 for c in han if _first_level(c, level))
    # Half-read double bytes leave stray kana, box drawing and Latin letters between rare characters.
    foreign = len(outside) - len(han) - sum(1 for c in outside if c in _COMMON and not is_han(c))
    total = len(outside)
    return common / total + 0.5 * frequent / total - 2 * garbage / total - 0.5 * foreign / total


def _first_level(character: str, level: str) -> bool:
    try:
        code = character.encode(level)
    except UnicodeEncodeError:
        return False
    if level == "gb2312":
        return 0xB0 <= code[0] <= 0xD7
    return len(code) == 2 and 0xA4 <= code[0] <= 0xC6


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
        return "utf-16-le" if odd >= even else "utf-16-be"
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = sample[: len(sample) - len(sample) % 4].decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\n" in text or "\r" in text or len(text) < 4000:
            common = sum(1 for c in text if c in _COMMON)
            if common > 0.3 * len(text):
                return encoding
    return None
