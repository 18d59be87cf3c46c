"""Reading hints (pinyin, IPA, ARPAbet, respelling) → symbols."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from normalizers import DuoyinError, Hint
from tts_core.phonetics.phonemes import SYMBOLS, VOWELS
from tts_core.phonetics.pinyin import syllable_symbols

_ARPABET = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AY": "I", "B": "b", "CH": "ʧ", "D": "d", "DH": "ð",
    "EH": "ɛ", "ER": "ɜɹ", "EY": "A", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i", "JH": "ʤ", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "O", "OY": "Y", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ",
    "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
_IPA = (("t͡ʃ", "ʧ"), ("d͡ʒ", "ʤ"), ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("əʊ", "Q"),
        ("aʊ", "W"), ("ɔɪ", "Y"), ("ɝ", "ɜɹ"), ("ɚ", "əɹ"), ("r", "ɹ"), ("g", "ɡ"), ("'", "ˈ"), ("ˑ", ""), (".", ""),
        ("‿", ""), ("/", ""), ("[", ""), ("]", ""), ("\u0361", ""), ("n̩", "ᵊn"), ("l̩", "ᵊl"),
        ("m̩", "ᵊm"))  # fmt: skip


def hint_symbols(hint: Hint, say: Callable[[str], str]) -> str:
    """Symbols for a hint that gives its stretch one sound as a whole; `say` reads the plain words of a respelling."""
    if hint.alphabet == "arpabet":
        return arpabet_symbols(hint.value)
    if hint.alphabet == "ipa":
        return _from_ipa(hint)
    if hint.alphabet == "respell":
        return say(hint.value)
    return "".join(syllable_symbols(syllable) for syllable in hint.value.split())


def _from_ipa(hint: Hint) -> str:
    """IPA as dictionaries write it → ours: diphthongs as one, stress moved up to its vowel."""
    text = hint.value
    for ipa, symbol in _IPA:
        text = text.replace(ipa, symbol)
    symbols = ""
    stress = ""
    for character in text:
        if character in "ˈˌ":
            stress = character
        elif character in SYMBOLS:
            if stress and character in VOWELS:
                symbols, stress = symbols + stress, ""
            symbols += character
        elif not character.isspace():
            raise DuoyinError(
                f"the reading hint {hint.value!r} has {character!r}, which is not a known IPA symbol"
            )
    return symbols


def arpabet_symbols(phones: str) -> str:
    """ARPAbet phones with stress digits → symbols, American.

    Raises:
        DuoyinError: something that is no ARPAbet phone.
    """
    symbols = ""
    for phone in phones.upper().split():
        name, digit = phone.rstrip("012"), phone[-1]
        if name not in _ARPABET:
            raise DuoyinError(f"the reading hint {phones!r} has {phone!r}, which is not an ARPAbet phone")
        if name in ("AH", "ER") and digit == "0":
            symbols += {"AH": "ə", "ER": "əɹ"}[name]
        else:
            symbols += {"1": "ˈ", "2": "ˌ"}.get(digit, "") + _ARPABET[name]
    return symbols


def hinted_tokens(
    text: str, hints: Sequence[Hint], token: re.Pattern[str]
) -> list[tuple[int, int, Hint | None]]:
    """Words, marks and spaces of `text` in order: `(start, end, hint)`.

    Args:
        hints: readings of stretches of `text`; each such stretch is whole.
        token: cuts the rest.
    """
    result: list[tuple[int, int, Hint | None]] = []
    at = 0
    for hint in sorted(hints, key=lambda h: h.start):
        if hint.start < at or hint.end <= hint.start or hint.end > len(text):
            continue
        result += [(m.start() + at, m.end() + at, None) for m in token.finditer(text[at : hint.start])]
        result.append((hint.start, hint.end, hint))
        at = hint.end
    result += [(m.start() + at, m.end() + at, None) for m in token.finditer(text[at:])]
    return result
