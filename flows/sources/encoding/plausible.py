"""How much like language a text is: what tells a reading of bytes that is right from one that only decodes.

Every character beyond ASCII has a worth by how ordinary it is, and the worth depends on the company: accented letters
stand among plain ones, kana among kana, and a small Cyrillic letter is not followed by a capital.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from string import ascii_letters

from normalizers.scripts import is_han

# The most frequent characters of modern and classical Chinese prose, simplified and traditional.
COMMON = frozenset(
    "的一是了不在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去"
    "法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点"
    "正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿"
    "原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德"
    "這個們來為國說時會對於著過發後裡經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問應戰向頭體見產話內門兒東聲員論處義幾認條氣題爾"
    "別變總電數報結務場計師夫曰卻便叫道老爺聽笑眼吃書房車馬風雨山雲夜白黑紅"
    "请让谁吗吧呢啊只卻说听爷书车马风云红她回章第，。！？“”「」：；、…　"
)

WORTH_COMMON, WORTH_FREQUENT, WORTH_LETTER, WORTH_SIGN, WORTH_BROKEN = 1.0, 0.7, 0.9, 0.8, -1.0
"""Of a very common Chinese character, of one of the standards' first level, of a letter, of a sign, of a scrap."""
MIN_KANA = 0.2
"""Share of kana among East Asian characters in Japanese; double bytes read wrongly have a few among rare characters."""

WORTH_UNKNOWN = 0.58
"""Of a letter of an alphabet that no rule here knows: nothing to suspect, and nothing to prove."""
MAX_ACCENTED = 2
"""Accented letters for each plain one; no language of Latin letters has more in a line, and words read wrongly do."""

MAX_PLAIN = 8
"""One character in so many that is not plain; fewer do not make a line doubtful."""

_IN_A_ROW = re.compile(r"[^\x00-\x7f\s]{3}|√")
_ACCENTS_IN_A_ROW = re.compile("[À-ÖØ-öø-ÿ]{3,}")
"""No word of Latin letters has three; double bytes read as Latin letters do nearly everywhere."""
_HAN_OR_HANGUL = "[\u3400-\u9fff\uac00-\ud7a3]"
_IN_A_WORD = re.compile(f"{_HAN_OR_HANGUL}(?:(?<=[a-z]{{2}}.)|(?<=\\b[a-z].)){_HAN_OR_HANGUL}?(?=[a-z])")
"""A character of East Asia within a word of plain letters, where an accented one was read wrongly: `ni帽a`."""
_BROKEN = re.compile("[\u0080-\u009f\ufffd\ue000-\uf8ff\uff61-\uff9f]")
_EAST_SIGNS = ((0x3000, 0x3021), (0x30FB, 0x30FD), (0xFF01, 0xFF5F))
_EAST_SIGN = re.compile(r"[\u3000-\u3020\u30fb\u30fc\uff01-\uff5e“”‘’—…·～〜]")
_TYPOGRAPHIC = re.compile(r"[“”‘’„‚‹›«»–—…•\u00a0]")
_WESTERN = re.compile(
    r"[àâäáãåæçéèêëíìîïñóòôöõøœùûüúßÀÂÄÁÅÃÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÙÛÜÚýÿþðÝŸÞÐ"
    r"ąćęłńśźżĄĆĘŁŃŚŹŻčďěňřšťůžČĎĚŇŘŠŤŮŽőűŐŰăîâșțşţĂȘȚŞŢıİğĞ]"
)
_WESTERN_SIGN = re.compile(r"[¿¡§°º€£©®™½¼¾²³¹µ×÷±\u00ad]")
_SYMBOL = re.compile("[\u0300-\u036f\u2190-\u21ff\u2460-\u24ff\u25a0-\u26ff\u3220-\u32b0]")
_MATHEMATICAL = "\u2070-\u209f\u2100-\u214f\U0001d400-\U0001d7ff"
"""Letters and digits above and below the line, double-struck and script letters: signs, not words."""
_LONE_GREEK = re.compile("(?<![^\x00-\x7f])[\u0370-\u03ff](?![^\x00-\x7f])")
_TREE = re.compile("(?<![^\\s─│├└┌┐┘┤┬┴┼])[─│├└┌┐┘┤┬┴┼]+(?!\\S)|─{3,}")
"""Rules of tables and trees of folders: light lines that stand alone, as no word read wrongly does."""
_SIGN = re.compile(f"[{_MATHEMATICAL}]")
_NO_SIGN = re.compile("[\u2500-\u259f\ufffd]|√[^\x00-\x7f]|[^\\W\\d_]√|[\u00a0-\u00bf]{3}")
"""Lines and blocks within words, and rows of Latin-1's signs, as bytes of other pages leave them."""
_CYRILLIC = re.compile(r"[А-Яа-яЁёІіЇїЄєҐґ]")
_SERBIAN = re.compile(r"[ЂЃѓЉЊЌЋЏђљњќћџЎўЈЅѕј]")
_CAPITAL, _SMALL = re.compile(r"[А-ЯЁ]"), re.compile(r"[а-яё]")
_GREEK = re.compile(r"[Α-Ωα-ωάέήίόύώϊϋΐΰςΆΈΉΊΌΎΏ]")
_OTHER_SCRIPTS = (("hebrew", "[א-ת]"), ("arabic", "[ء-يپچژگی؟،ًٌٍَُِّْ]"), ("thai", "[ก-๛]"), ("hangul", "[가-힣]"))
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")

_STRANGE = re.compile(
    r"[а-яёђ-џ][А-ЯЁЂ-Џ]"  # a small letter before a capital, as another page's capitals look
    r"|[a-zß-öø-ÿ][À-ÖØ-Þ][a-z\W]"
    r"|[ÂÃâãĂ][ˇ˘łżşľŁĄŞŻ˛€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ¡-¿\u0080-\u00a0]"
    r"|‚Ä[úùôòîì¶¢]|√[^\W\d_©°±≥¥∂∫ªºΩ≠≤]?"
    r"|[^\W\d_][¿¡¹³£¤¦]"
    r"|[A-Za-z][А-Яа-яЁёЂ-Џђ-џ]"
)


@lru_cache(maxsize=4)
def _first_levels() -> frozenset[str]:
    """The characters of the first, frequent level of GB 2312 (rows 16 to 55) and of Big5 (A440 to C67E)."""
    simplified = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    traditional = (
        bytes((row, cell))
        for row in range(0xA4, 0xC7)
        for cell in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
        if (row, cell) <= (0xC6, 0x7E)
    )
    return frozenset(
        [code.decode("gb2312", "ignore") for code in simplified]
        + [code.decode("big5", "ignore") for code in traditional]
    )


@lru_cache(maxsize=70_000)
def _kind(character: str) -> tuple[str, float]:
    """The script of a character beyond ASCII, and its worth in the company of its own."""
    if _BROKEN.match(character):
        return "", WORTH_BROKEN
    if character in COMMON or _EAST_SIGN.match(character):
        return ("any" if _TYPOGRAPHIC.match(character) else "east"), WORTH_COMMON
    if is_han(character):
        return "east", WORTH_FREQUENT if character in _first_levels() else 0.0
    if _TYPOGRAPHIC.match(character):
        return "any", WORTH_SIGN
    for script, pattern, worth in (
        ("any", _SYMBOL, WORTH_FREQUENT),
        ("kana", _KANA, WORTH_LETTER),
        ("west", _WESTERN, WORTH_LETTER),
        ("west", _WESTERN_SIGN, WORTH_SIGN),
        ("cyrillic", _CYRILLIC, WORTH_LETTER),
        ("cyrillic", _SERBIAN, 0.3),
        ("greek", _GREEK, WORTH_LETTER),
        *((name, re.compile(letters), WORTH_LETTER) for name, letters in _OTHER_SCRIPTS),
    ):
        if pattern.match(character):
            return script, worth
    if character.isalpha() and ("\u0530" <= character < "\u1e00" or "\u0250" <= character < "\u0300"):
        return "other", WORTH_UNKNOWN
    return "", WORTH_SIGN / 2 if ord(character) > 0xFFFF else 0.0


def is_everyday(character: str) -> bool:
    """Whether a character beyond ASCII is one that prose of some language is full of."""
    return _kind(character)[1] >= WORTH_FREQUENT


@lru_cache(maxsize=1)
def _not_plain() -> re.Pattern[str]:
    """A character beyond ASCII that is neither everyday Chinese nor punctuation."""
    plain = [c for c in (_first_levels() | COMMON) - {""} if _is_plain(c)]
    plain += [chr(code) for low, high in _EAST_SIGNS for code in range(low, high) if _is_plain(chr(code))]
    return re.compile(f"[^\\x00-\\x7f{re.escape(''.join(plain))}“”‘’„‚‹›«»–—…•×\\u00a0]")


def _is_plain(character: str) -> bool:
    script, worth = _kind(character)
    return character > "\x7f" and script in ("east", "any") and worth >= WORTH_FREQUENT


def odd_lines(lines: Sequence[str]) -> list[int]:
    """The lines that may not read as they should, by a look at their characters; all others are plainly language.

    A share of them is neither everyday Chinese nor punctuation, or, in Latin letters, they stand in a row beyond ASCII.
    Signs alone (`A ∧ B`, `├── src`, `××`) were written so: words read wrongly leave letters.
    """
    odd = [
        (i, found)
        for i, line in enumerate(lines)
        if (found := _not_plain().findall(line)) and not _only_signs(line)
    ]
    if all(_kind(character)[0] == "west" for character in set().union(*(found for _, found in odd))):
        strange = {i for i, _ in odd if _IN_A_ROW.search(lines[i])}
    else:
        strange = {i for i, found in odd if MAX_PLAIN * len(found) > count_beyond_ascii(lines[i])}
    return sorted(strange.union(i for i, line in enumerate(lines) if _IN_A_WORD.search(line)))


def _only_signs(line: str) -> bool:
    """Whether a line has signs beyond ASCII and no letter, nor what letters look like that were read wrongly."""
    rest = _LONE_GREEK.sub("", _TREE.sub("", line))
    return all(_SIGN.match(c) or unicodedata.category(c)[0] in "PSZN" for c in rest if c > "\x7f") and not (
        _NO_SIGN.search(rest)
    )


def count_beyond_ascii(text: str) -> int:
    """How many characters of a text are not ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))


def plausibility(text: str) -> float:
    """The mean worth of the characters beyond ASCII, about -1 to 1; 0 where there are none.

    Prose of any language here is above 0.7, and what was decoded wrongly below 0.5 (measured on the corpus).
    """
    total = count_beyond_ascii(text)
    if not total:
        return 0.0
    worth: dict[str, float] = {}
    counts: dict[str, int] = {}
    times = Counter(text)
    for character, count in times.items():
        if character > "\x7f":
            script, value = _kind(character)
            worth[script] = worth.get(script, 0.0) + value * count
            counts[script] = counts.get(script, 0) + count
    if counts.get("kana", 0) >= MIN_KANA * (counts.get("east", 0) + counts.get("kana", 0)):
        worth["east"] = worth.get("east", 0.0) + worth.pop("kana", 0.0)
        counts["east"] = counts.get("east", 0) + counts.pop("kana", 0)
    if counts.get("west"):
        plain = sum(count for character, count in times.items() if character in ascii_letters)
        letters = sum(count for character, count in times.items() if _WESTERN.match(character))
        if letters > MAX_ACCENTED * plain:
            worth["west"] = 0.0
    if counts.get("cyrillic"):
        capitals, small = len(_CAPITAL.findall(text)), len(_SMALL.findall(text))
        if (
            small and capitals > small
        ):  # double bytes read as Cyrillic; a text has few capitals, or nothing else
            worth["cyrillic"] = 0.0
    scripts = [script for script in counts if script not in ("", "any")]
    main = max(scripts, key=lambda script: counts[script], default="any")
    own = worth.get("any", 0.0) + (worth[main] if main != "any" else 0.0)
    strange = len(_STRANGE.findall(text)) if scripts != ["east"] else 0
    if "west" in counts:
        strange += sum(map(len, _ACCENTS_IN_A_ROW.findall(text)))
    if main in ("east", "hangul"):
        strange += 2 * len(_IN_A_WORD.findall(text))
    return (own + min(0.0, worth.get("", 0.0)) - strange) / total


def first_level(character: str, level: str) -> bool:
    try:
        code = character.encode(level)
    except UnicodeEncodeError:
        return False
    if level == "gb2312":
        return 0xB0 <= code[0] <= 0xD7
    return len(code) == 2 and 0xA4 <= code[0] <= 0xC6
