"""English text → sounds, word by word: every word keeps its place in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from normalizers import Hint, normalize, tag_english
from tts_core.phonetics.lexicon_en import Accent, EnglishLexicon, english_lexicon
from tts_core.phonetics.phonemes import CLAUSE_END, SENTENCE_END, VOWELS, Sound, mark
from tts_core.phonetics.reading_hints import hint_symbols, hinted_tokens

_TOKEN = re.compile(
    r"[A-Za-zÀ-ÖØ-öø-žı]+(?:['’][A-Za-zÀ-ÖØ-öø-ž]+)*['’]?|['’](?:tis|twas|twere|twill|twould|em|cause|til|"
    r"bout|neath|gainst|mongst|un|n)\b"
    r"|\d+|\.\s?\.\s?\.+|--+|-|\s+|.",
    re.IGNORECASE | re.DOTALL,
)
_SIGNS = {"&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at", "#": "number", "°": "degrees"}
_PAUSES = frozenset(SENTENCE_END + CLAUSE_END + ")")


class EnglishG2P:
    """Phonemes of English stretches in one accent.

    Args:
        accent: American for Kokoro's a* voices (and voices of other languages), British for its b* voices.
        say_other: symbols of respellings in another script.
    """

    def __init__(self, accent: Accent, say_other: Callable[[str], str]) -> None:
        self._say_other = say_other
        self._lexicon: EnglishLexicon = english_lexicon(accent)
        self._american = accent == "american"

    def sounds(self, text: str, hints: Sequence[Hint] = ()) -> list[Sound]:
        """Sounds of `text` (offsets into it), marks and spaces included. `hints` replace the words they cover."""
        tags = {word.start: word.tag for word in tag_english(text)}
        pieces = hinted_tokens(text, hints, _TOKEN)
        result: list[Sound] = []
        following = ""  # symbols of the next word, '' before a pause or the end
        following_word = ""
        for start, end, hint in reversed(pieces):
            token = text[start:end]
            if hint is not None:
                symbols = self._as_spoken(hint_symbols(hint, self.say_plain))
                result.append(Sound(symbols, start, end))
                following, following_word = symbols, ""
            elif token[0].isalpha() or (token[0] in "'’" and len(token) > 1):
                opens = token == "A" and not re.search(r"[^\W_]\s*$", text[:start])
                symbols = self._word(token, tags.get(start, ""), following, following_word, opens=opens)
                symbols = self._as_spoken(symbols)
                if symbols:
                    result.append(Sound(symbols, start, end))
                    following, following_word = symbols, token.lower()
            elif (
                token.isdigit() or token in _SIGNS
            ):  # spoken text has none; what slipped through is read all the same
                spoken = _SIGNS.get(token) or normalize(token, "en")
                symbols = self._as_spoken(self.say_plain(spoken))
                if symbols:
                    gap = Sound(" ", start, start, word=False)
                    result += [gap, Sound(symbols, start, end), gap]
                    following, following_word = symbols, spoken
            elif token.isspace():
                result.append(Sound(" ", start, end, word=False))
            else:
                symbol = (
                    "…"
                    if token.startswith(".") and len(token) > 1
                    else "—"
                    if token.startswith("--")
                    else mark(token[0])
                )
                if token == "-":
                    inside = (
                        start > 0 and end < len(text) and text[start - 1].isalpha() and text[end].isalpha()
                    )
                    symbol = "" if inside else "—" if text[start - 1 : start].isspace() else ""
                if not symbol and token in "/_·•|":
                    symbol = " "
                if symbol:
                    result.append(Sound(symbol, start, end, word=False))
                if symbol in _PAUSES:
                    following, following_word = "", ""
        result.reverse()
        return result

    def say_plain(self, words: str) -> str:
        """Symbols of plain words, for respellings."""
        if not words.isascii():
            return self._say_other(words)
        return " ".join(self._lexicon.say(word) for word in re.findall("[A-Za-z'’]+", words))

    def _word(self, token: str, tag: str, following: str, following_word: str, *, opens: bool) -> str:
        lower = token.lower().replace("’", "'")
        before_vowel = next((symbol in VOWELS for symbol in following if symbol not in "ˈˌ"), None)
        if lower in ("a", "an") and before_vowel is not None and (token != "A" or opens):
            return {"a": "ɐ", "an": "ɐn"}[lower]
        if lower == "the":
            return "ði" if before_vowel else "ðə"
        if lower == "to" and before_vowel is not None:
            return "tʊ" if before_vowel else "tə"
        if token == "I":
            return "ˌI"
        if lower == "am" and before_vowel is not None and token == "am":
            return "ɐm"
        if lower == "in" and before_vowel is None:
            return "ˈɪn"
        if lower == "used":  # "used to" has an s of its own
            tag = "VBD" if following_word == "to" and tag != "VBN" else ""
        return self._lexicon.say(token, tag, before_pause=before_vowel is None)

    def _as_spoken(self, symbols: str) -> str:
        """The dictionaries' tap and glottal stop as Kokoro v1.0 was trained on them."""
        return symbols.replace("ɾ", "T").replace("ʔ", "t")
