"""The publisher's own readings: `ssml:ph`, PLS lexicons and ruby, as hints.

Specifications: EPUB 3.3 (SSML attributes, PLS), W3C Pronunciation Lexicon Specification 1.0,
J.C. Wells, "Computer-coding the IPA: a proposed extension of SAMPA" (X-SAMPA).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from flows.sources.blocks import Block, is_wide
from flows.sources.soup import local_name
from normalizers import Hint
from normalizers.hints import Alphabet
from normalizers.scripts import HAN

Reading = tuple[Alphabet, str]
"""Alphabet and value of a hint."""

_XSAMPA = {
    # three and two characters first; the converter tries the longest
    "_B_L": "᷅", "_H_T": "᷄", "b_<": "ɓ", "d_<": "ɗ", "g_<": "ɠ", "J\\_<": "ʄ", "G\\_<": "ʛ",
    "r\\`": "ɻ", "s\\": "ɕ", "z\\": "ʑ", "x\\": "ɧ", "v\\": "ʋ", "r\\": "ɹ", "p\\": "ɸ", "l\\": "ɺ", "j\\": "ʝ",
    "h\\": "ɦ", "B\\": "ʙ", "G\\": "ɢ", "H\\": "ʜ", "I\\": "ᵻ", "J\\": "ɟ", "K\\": "ɮ", "L\\": "ʟ", "M\\": "ɰ",
    "N\\": "ɴ", "O\\": "ʘ", "R\\": "ʀ", "U\\": "ᵿ", "X\\": "ħ", "@\\": "ɘ", "3\\": "ɞ", "?\\": "ʕ", ":\\": "ˑ",
    "<\\": "ʢ", ">\\": "ʡ", "!\\": "ǃ", "|\\": "ǀ", "|\\|\\": "ǁ", "=\\": "ǂ",
    "d`": "ɖ", "l`": "ɭ", "n`": "ɳ", "r`": "ɽ", "s`": "ʂ", "t`": "ʈ", "z`": "ʐ", "@`": "ɚ", "3`": "ɝ",
    "_h": "ʰ", "_j": "ʲ", "_w": "ʷ", "_0": "̥", "_v": "̬", "_=": "̩", "_~": "̃", "_d": "̪", "_}": "̚", "_^": "̯",
    "_r": "̝", "_o": "̞", "_T": "̋", "_H": "́", "_M": "̄", "_L": "̀", "_B": "̏", "_k": "̰", "_t": "̤", "_>": "ʼ",
    "A": "ɑ", "B": "β", "C": "ç", "D": "ð", "E": "ɛ", "F": "ɱ", "G": "ɣ", "H": "ɥ", "I": "ɪ", "J": "ɲ", "K": "ɬ",
    "L": "ʎ", "M": "ɯ", "N": "ŋ", "O": "ɔ", "P": "ʋ", "Q": "ɒ", "R": "ʁ", "S": "ʃ", "T": "θ", "U": "ʊ", "V": "ʌ",
    "W": "ʍ", "X": "χ", "Y": "ʏ", "Z": "ʒ", "1": "ɨ", "2": "ø", "3": "ɜ", "4": "ɾ", "5": "ɫ", "6": "ɐ", "7": "ɤ",
    "8": "ɵ", "9": "œ", "&": "ɶ", "@": "ə", "{": "æ", "}": "ʉ", "?": "ʔ", ":": "ː", '"': "ˈ", "%": "ˌ", "'": "ʲ",
    "`": "˞", "~": "̃", "=": "̩", "!": "ꜜ", "^": "ꜛ", "-": "", "g": "ɡ",
}  # fmt: skip
_LONGEST = max(map(len, _XSAMPA))
_KANA = re.compile("[\u3040-\u30ffー・\\s]+")
_HAN = re.compile(f"[{HAN}]+")
_BOPOMOFO = re.compile("[\u3105-\u312f\u02ca\u02c7\u02cb\u02d9\\s]+")
_PINYIN_MARKS = dict(zip("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ", (v + t for v in "aeiouv" for t in "1234")))


def xsampa_to_ipa(text: str) -> str:
    """X-SAMPA in IPA letters; what X-SAMPA does not know (lower-case letters) is the same in IPA."""
    result: list[str] = []
    at = 0
    while at < len(text):
        for length in range(min(_LONGEST, len(text) - at), 0, -1):
            symbol = text[at : at + length]
            if symbol in _XSAMPA:
                result.append(_XSAMPA[symbol])
                at += length
                break
        else:
            result.append(text[at])
            at += 1
    return "".join(result)


def ssml_hint(phonemes: str, alphabet: str) -> Reading | None:
    """(alphabet, value) of an `ssml:ph`; None for alphabets that nobody here can read."""
    name = alphabet.strip().lower()
    if name == "ipa":
        return "ipa", phonemes
    if name in ("x-sampa", "xsampa"):
        return "ipa", xsampa_to_ipa(phonemes)
    return None


def ruby_hint(base: str, reading: str, language: str | None) -> Reading | None:
    """(alphabet, value) where an annotation is a reading: bopomofo, pinyin or kana; glosses are no readings."""
    if not base or not reading:
        return None
    if _BOPOMOFO.fullmatch(reading):
        syllables = [bopomofo_to_pinyin(part) for part in _bopomofo_syllables(reading)]
        known = [s for s in syllables if s]
        return ("pinyin", " ".join(known)) if known and len(known) == len(base) else None
    if (language or "").lower().startswith("ja") and _KANA.fullmatch(reading) and not _KANA.fullmatch(base):
        return "respell", re.sub(r"\s", "", reading)
    if _HAN.fullmatch(base):
        parts = [pinyin_with_digit(part) for part in re.split(r"[\s'’·-]+", reading.lower()) if part]
        if parts and all(parts) and len(parts) == len(base):
            return "pinyin", " ".join(p for p in parts if p)
    return None


def pinyin_with_digit(syllable: str) -> str | None:
    """`hàn` as `han4`, `lǜ` as `lv4`, `han4` as it is, `ma` as `ma5`; None where it is no syllable of Mandarin."""
    tone = "5"
    letters = ""
    for character in syllable:
        plain = _PINYIN_MARKS.get(character, character)
        letters += plain[0]
        if len(plain) == 2:
            tone = plain[1]
    letters = letters.replace("ü", "v").replace("u:", "v")
    if letters[-1:] in "012345" and letters[-1:]:
        tone, letters = letters[-1].replace("0", "5"), letters[:-1]
    return letters + tone if letters in _bopomofo_table().values() else None


_TONES = {"ˊ": "2", "ˇ": "3", "ˋ": "4", "˙": "5"}


def _bopomofo_syllables(text: str) -> list[str]:
    parts: list[str] = []
    for chunk in text.split():
        parts += re.findall("˙?[\u3105-\u312f]+[ˊˇˋ˙]?", chunk)
    return parts


def bopomofo_to_pinyin(syllable: str) -> str | None:
    """`ㄏㄢˋ` as `han4`; no mark is the first tone."""
    tone = next((digit for mark, digit in _TONES.items() if mark in syllable), "1")
    letters = "".join(c for c in syllable if c not in _TONES)
    pinyin = _bopomofo_table().get(letters)
    return pinyin + tone if pinyin else None


@lru_cache(maxsize=1)
def _bopomofo_table() -> dict[str, str]:
    """Every Mandarin syllable without tone, bopomofo to pinyin, from pypinyin's own tables."""
    from pypinyin.contrib.tone_convert import to_normal
    from pypinyin.pinyin_dict import pinyin_dict
    from pypinyin.style.bopomofo import BopomofoConverter

    converter = BopomofoConverter()
    table: dict[str, str] = {}
    readings = {r for readings in pinyin_dict.values() for r in readings.split(",")}
    for normal in sorted({to_normal(reading) for reading in readings}):
        plain = normal.replace("ü", "v")
        bopomofo = "".join(
            c for c in converter.to_bopomofo(plain.replace("v", "ü")) if "\u3105" <= c <= "\u312f"
        )
        if bopomofo and re.fullmatch("[a-z]+", plain):
            table.setdefault(bopomofo, plain)
    return table


# --- PLS ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PronunciationLexicon:
    """Graphemes of one PLS file with their first reading, and a pattern that finds them as whole words."""

    language: str
    entries: dict[str, Reading]
    pattern: re.Pattern[str]


def parse_pls(root: etree._Element) -> PronunciationLexicon | None:
    """A PLS document; None where it holds nothing usable."""
    alphabet = (root.get("alphabet") or "ipa").lower()
    entries: dict[str, Reading] = {}
    for lexeme in root.iter("{*}lexeme"):
        reading: Reading | None = None
        for child in lexeme:
            local = local_name(child.tag) if isinstance(child.tag, str) else ""
            text = "".join(child.itertext()).strip() if local else ""
            if local == "phoneme" and text and reading is None:
                reading = ssml_hint(text, child.get("alphabet") or alphabet)
            elif local == "alias" and text and reading is None:
                reading = ("respell", text)
        if reading is None:
            continue
        for grapheme in lexeme.iter("{*}grapheme"):
            word = " ".join("".join(grapheme.itertext()).split())
            if word:
                entries.setdefault(word, reading)
    if not entries:
        return None
    language = root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    words = "|".join(_bounded(word) for word in sorted(entries, key=lambda w: (-len(w), w)))
    return PronunciationLexicon(language, entries, re.compile(words))


def _bounded(word: str) -> str:
    """Whole words only, except beside Han characters, which have no word borders to see."""
    left = "" if is_wide(word[0]) else r"(?<!\w)"
    right = "" if is_wide(word[-1]) else r"(?!\w)"
    return f"{left}{re.escape(word)}{right}"


def apply_lexicons(blocks: list[Block], lexicons: list[PronunciationLexicon], language: str | None) -> None:
    """Add the lexicons' readings to blocks, beside and never over readings of the markup itself."""
    for lexicon in lexicons:
        tongue = lexicon.language.lower().split("-")[0]
        if tongue and language and language.lower().split("-")[0] != tongue:
            continue
        for block in blocks:
            taken = [(h.start, h.end) for h in block.hints]
            new = []
            for match in lexicon.pattern.finditer(block.text):
                if any(match.start() < end and start < match.end() for start, end in taken):
                    continue
                alphabet, value = lexicon.entries[match.group()]
                new.append(Hint(match.start(), match.end(), alphabet, value, "pls"))
            if new:
                block.hints = tuple(sorted((*block.hints, *new), key=lambda h: h.start))
