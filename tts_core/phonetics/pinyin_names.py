"""Chinese names in English text (Zhang Wei, Xiaoming): as an English reader who knows pinyin says them."""

from __future__ import annotations

import re

_INITIALS = {"zh": "ʤ", "ch": "ʧ", "sh": "ʃ", "b": "b", "p": "p", "m": "m", "f": "f", "d": "d", "t": "t", "n": "n",
             "l": "l", "g": "ɡ", "k": "k", "h": "h", "j": "ʤ", "q": "ʧ", "x": "ʃ", "r": "ɹ", "z": "dz",
             "c": "ts", "s": "s"}  # fmt: skip
_FINALS = {"a": "ɑ", "ai": "I", "an": "ɑn", "ang": "ɑŋ", "ao": "W", "e": "ʌ", "ei": "A", "en": "ʌn",
"eng": "ʌŋ", "i": "i",
           "ia": "jɑ", "ian": "jɛn", "iang": "jɑŋ", "iao": "jW", "ie": "jɛ", "in": "in", "ing": "iŋ", "iong": "jʊŋ",
           "iu": "jO", "o": "O", "ong": "ʊŋ", "ou": "O", "u": "u", "ua": "wɑ", "uai": "wI", "uan": "wɑn", "uang": "wɑŋ",
           "ui": "wA", "un": "wʊn", "uo": "wO", "ue": "wɛ"}  # fmt: skip
_WHOLE = {"yi": "i", "ya": "jɑ", "yan": "jɛn", "yang": "jɑŋ", "yao": "jW", "ye": "jɛ", "yin": "in", "ying": "iŋ",
          "yong": "jʊŋ", "you": "jO", "yu": "ju", "yuan": "jwɛn", "yue": "jwɛ", "yun": "jun", "wu": "wu", "wa": "wɑ",
          "wai": "wI", "wan": "wɑn", "wang": "wɑŋ", "wei": "wA", "wen": "wʌn", "wo": "wO", "weng": "wʌŋ", "an": "ɑn",
          "ao": "W", "ai": "I", "en": "ʌn", "er": "ɑɹ", "ou": "O",
          "zhi": "ʤɜɹ", "chi": "ʧɜɹ", "shi": "ʃɜɹ", "ri": "ɹɜɹ", "zi": "dzʌ", "ci": "tsʌ", "si": "sʌ"}  # fmt: skip
_SYLLABLES = {**{i + f: a + b for i, a in _INITIALS.items() for f, b in _FINALS.items()}, **_WHOLE}
_NAME = re.compile(f"(?:{'|'.join(sorted(_SYLLABLES, key=len, reverse=True))}){{1,3}}")
_CHINESE = re.compile(r"zh|^x|^q(?!u[^aen])|(?:ao|uo|iu|ui|ian|iang|uang|ong|ang|eng|ing)(?=$|[^aeiou])")
"""What an English or Romance name that happens to be made of pinyin syllables (Marina, Luna) does not have."""


def pinyin_name(word: str) -> str | None:
    """American symbols for a capitalized word that is a name in pinyin, the last syllable stressed; None for others."""
    lower = word.lower()
    if not (word[:1].isupper() and 1 < len(word) < 16 and _NAME.fullmatch(lower)):
        return None
    syllables = _cut(lower)
    if not syllables or (len(syllables) > 1 and not _CHINESE.search(lower)):
        return None
    spoken = [_SYLLABLES[syllable] for syllable in syllables]
    spoken[-1] = re.sub("([aeiuAIOWɑɛʌʊɜ])", r"ˈ\1", spoken[-1], count=1)
    return "".join(spoken)


def _cut(word: str) -> list[str]:
    """Syllables, the longest first; [] where the word is not made of syllables."""
    if not word:
        return []
    for length in range(min(6, len(word)), 0, -1):
        if word[:length] in _SYLLABLES:
            rest = _cut(word[length:])
            if rest or length == len(word):
                return [word[:length], *rest]
    return []
