"""Pinyin → symbols: IPA syllables with tone arrows (→ 1, ↗ 2, ↓ 3, ↘ 4, none 5).

The convention is the "legacy" one of misaki 0.9.4's `zh`. The table is ours; it was compared with that package on the
1,549 syllables of pypinyin's dictionary (yō and wòng differ on purpose).
"""

from __future__ import annotations

import functools

from normalizers import DuoyinError

_INITIALS = {
    "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l",
    "g": "k", "k": "kʰ", "h": "x", "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s",
}  # fmt: skip
# The tone arrow stands after the vowel, before a final n or ŋ: marked by 0.
_FINALS = {
    "a": "a0", "ai": "ai0", "an": "a0n", "ang": "a0ŋ", "ao": "au0", "e": "ɤ0", "ei": "ei0", "en": "ə0n", "eng": "ə0ŋ",
    "i": "i0", "ia": "ja0", "ian": "jɛ0n", "iang": "ja0ŋ", "iao": "jau0", "ie": "je0", "in": "i0n", "iu": "jou0",
    "ing": "i0ŋ", "iong": "jʊ0ŋ", "ong": "ʊ0ŋ", "ou": "ou0", "u": "u0", "ui": "wei0", "ua": "wa0", "uai": "wai0",
    "uan": "wa0n", "un": "wə0n", "uang": "wa0ŋ", "uo": "wo0", "o": "wo0", "ü": "y0", "üe": "ɥe0", "üan": "ɥɛ0n",
    "ün": "y0n", "io": "jɔ0",
}  # fmt: skip
_WHOLE = {
    "er": "ɚ0", "r": "ɚ0", "o": "ɔ0", "ê": "ɛ0", "eh": "ɛ0", "yo": "jɔ0", "hm": "hm0", "hng": "hŋ0",
    "m": "m0", "n": "n0",
    "ng": "ŋ0",
    "yi": "i0", "ya": "ja0", "ye": "je0", "yao": "jau0", "you": "jou0", "yan": "jɛ0n", "yin": "i0n", "yang": "ja0ŋ",
    "ying": "i0ŋ", "yong": "jʊ0ŋ", "yai": "jai0", "wu": "u0", "wa": "wa0", "wo": "wo0", "wai": "wai0", "wei": "wei0",
    "wan": "wa0n", "wen": "wə0n", "wang": "wa0ŋ", "weng": "wə0ŋ", "wong": "wə0ŋ", "yu": "y0", "yue": "ɥe0",
    "yuan": "ɥɛ0n", "yun": "y0n",
}  # fmt: skip
ERHUA = "ɚ"
"""A coloured coda: toneless and unspaced this is as short as one, and Kokoro was trained without."""
_TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": "", "0": ""}


@functools.cache
def syllable_symbols(pinyin: str) -> str:
    """Symbols of one syllable of pinyin with a tone digit (5 or none: neutral; v or ü).

    Raises:
        DuoyinError: for something that is no syllable.
    """
    text = pinyin.strip().lower().replace("u:", "ü").replace("v", "ü")
    tone = _TONES[text[-1]] if text[-1:] in _TONES else ""
    body = text.rstrip("012345")
    erhua = ""
    if body not in _WHOLE and len(body) > 2 and body.endswith("r"):  # zher4: the r is part of the syllable
        body, erhua = body[:-1], ERHUA
    if body in _WHOLE:
        return _WHOLE[body].replace("0", tone) + erhua
    initial = next((i for i in (body[:2], body[:1]) if i in _INITIALS), "")
    final = body[len(initial) :]
    if initial in ("j", "q", "x", "y") and final.startswith("u"):
        final = "ü" + final[1:]
    if final == "i" and initial in ("zh", "ch", "sh", "r", "z", "c", "s"):
        return _INITIALS[initial] + "ɨ" + tone + erhua
    if final in ("ue",) and initial in ("n", "l"):
        final = "üe"
    final = {"iou": "iu", "uei": "ui", "uen": "un", "ueng": "ong"}.get(final, final)
    if final not in _FINALS or (
        not initial and final not in ("a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "ou")
    ):
        raise DuoyinError(
            f"{pinyin!r} is not a pinyin syllable",
            hint="write syllables with tone digits, such as chong2 lv4",
        )
    return (_INITIALS[initial] if initial else "") + _FINALS[final].replace("0", tone) + erhua


LETTER_SYLLABLES = {
    "a": "ei", "b": "bi", "c": "xi", "d": "di", "e": "yi", "g": "ji", "i": "ai", "n": "en", "o": "ou",
    "p": "pi", "t": "ti",
    "u": "you", "v": "wei", "y": "wai",
}  # fmt: skip
"""Letters whose name is one Mandarin syllable: a recognizer writes a lone D as 滴 or 地 as readily as as D."""
