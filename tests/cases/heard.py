"""What is heard: readings and sounds as the embedded engine gets them, and spoken text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.cases import product
from tests.cases.wording import Case, Wrong, within, words


def engine_sounds(text: str, language: str) -> tuple[Sequence[Any], Callable[[int, int], tuple[int, int]]]:
    """The sounds that the engine makes of a line of a book, and a map from places of `text` to places of what is
    spoken."""
    voice = {"en": "af_heart", "zh": "zf_xiaobei"}[language]
    spoken, sounds = product.sounds(text, language, voice)
    normal = product.normalize_spans(text, language, lexicon=product.Lexicon.empty())

    def place(start: int, end: int) -> tuple[int, int]:
        start, end = normal.to_spoken(start, end)
        if normal.text == spoken:
            return start, end
        same = difflib.SequenceMatcher(None, normal.text, spoken, autojunk=False).get_opcodes()
        starts = [
            b for _, a, a2, b, b2 in same if a <= start < max(a2, a + 1) for b in [min(b + start - a, b2)]
        ]
        ends = [min(b + end - a, b2) for _, a, a2, b, b2 in same if a < end <= max(a2, a + 1)]
        return (starts or [0])[0], (ends or [len(spoken)])[-1]

    return sounds, place


def marked(text: str) -> tuple[str, list[tuple[int, str, str]]]:
    """`{character|pinyin}` marks → plain text and (place, character, pinyin)."""
    plain, marks = "", []
    for match in re.finditer(r"\{([^|{}]+)\|([^{}]+)\}|[^{]", text):
        if match[1]:
            for k, syllable in enumerate(match[2].split()):
                marks.append((len(plain) + k, match[1][k], syllable))
        plain += match[1] or match[0]
    return plain, marks


def readings_zh(case: Case, files: Path) -> Wrong:
    """Each marked character's sound as the engine gets it. A third tone may have become a second (sandhi)."""
    syllable_symbols = product.syllable_symbols
    plain, marks = marked(case["text"])
    sounds, place = engine_sounds(plain, "zh")
    wrong = []
    for at, character, pinyin in marks:
        start, end = place(at, at + 1)
        got = "".join(s.symbols for s in sounds if s.word and s.start < end and s.end > start)
        wanted = {syllable_symbols(pinyin)}
        if pinyin.endswith("3"):
            wanted.add(syllable_symbols(pinyin[:-1] + "2"))
        if got.removesuffix("ɚ") not in {one.removesuffix("ɚ") for one in wanted}:
            wrong.append(
                f"{character} at {at} of {plain}: heard {got}, not {pinyin} ({syllable_symbols(pinyin)})"
            )
    return wrong


ARPABET = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AY": "I", "B": "b", "CH": "ʧ", "D": "d", "DH": "ð",
    "EH": "ɛ", "ER": "ɜɹ", "EY": "A", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i", "JH": "ʤ", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "O", "OY": "Y", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ",
    "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip


def folded_sounds(symbols: str) -> str:
    """Kokoro's symbols without stress; the schwas as one, a flap as t, the vowels of cot and caught as one."""
    symbols = "".join(symbols.split()).replace("ː", "").replace("ᵻ", "ə")
    symbols = re.sub("[ˈˌ]", "", symbols)
    for old, new in (
        ("T", "t"),
        ("ɾ", "t"),
        ("ʔ", "t"),
        ("ɜɹ", "əɹ"),
        ("ɚ", "əɹ"),
        ("ɜ", "ə"),
        ("ʌ", "ə"),
        ("ɐ", "ə"),
        ("ᵊ", "ə"),
    ):
        symbols = symbols.replace(old, new)
    return re.sub("ɔ(?!ɹ)", "ɑ", symbols)


def loose(symbols: str) -> set[str]:
    """The same with the unstressed vowel of `it` as it is and as a schwa."""
    plain = folded_sounds(symbols)
    return {plain, folded_sounds(re.sub("(?<![ˈˌ])ɪ", "ə", symbols)), plain.replace("ɪ", "ə")}


def arpabet_symbols(phones: str) -> str:
    out = ""
    for phone in phones.upper().split():
        out += {"1": "ˈ", "2": "ˌ"}.get(phone[-1], "") + ARPABET[phone.rstrip("012")]
    return out


def heard_en(case: Case, files: Path) -> Wrong:
    """A word's sound as the engine gets it, for an American voice."""
    text = case["text"]
    sounds, place = engine_sounds(text, "en")
    wrong: Wrong = []
    for one in case["expect"]["words"]:
        at = -1
        for _ in range(one.get("occurrence", 1)):
            at = text.index(one["word"], at + 1)
        start, end = place(at, at + len(one["word"]))
        got = "".join(s.symbols for s in sounds if s.word and s.start < end and s.end > start)
        label = f"{one['word']!r}: heard {got}"
        if "heard" in one and not any(loose(got) & loose(arpabet_symbols(phones)) for phones in one["heard"]):
            wrong.append(f"{label}, not {' or '.join(one['heard'])}")
        if "ends" in one and not any(
            a.endswith(b)
            for phones in one["ends"]
            for a in loose(got)
            for b in loose(arpabet_symbols(phones))
        ):
            wrong.append(f"{label}, does not end in {' or '.join(one['ends'])}")
        if "begins" in one and not any(
            a.startswith(b)
            for phones in one["begins"]
            for a in loose(got)
            for b in loose(arpabet_symbols(phones))
        ):
            wrong.append(f"{label}, does not begin with {' or '.join(one['begins'])}")
        wrong += [
            f"{label}, with {phones}"
            for phones in one.get("not_heard", [])
            if folded_sounds(arpabet_symbols(phones)) in folded_sounds(got)
        ]
    return wrong


def normalize(case: Case, files: Path) -> Wrong:
    """Written text → spoken text, letters and digits only."""
    got = product.normalize(case["text"], case["language"])
    expect = case["expect"]
    wrong = []
    if "spoken" in expect and words(got) not in [words(one) for one in expect["spoken"]]:
        wrong.append(f"{got!r}, not {' or '.join(map(repr, expect['spoken']))}")
    padded = f" {words(got)} "
    if "contains" in expect and not any(within(one, padded) for one in expect["contains"]):
        wrong.append(f"{got!r} has none of {expect['contains']}")
    wrong += [f"{got!r} has {one!r}" for one in expect.get("not_contains", []) if within(one, padded)]
    return wrong
