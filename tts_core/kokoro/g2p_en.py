"""English text → sounds, word by word: every word keeps its place in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from normalizers import Hint, normalize
from tts_core.phonetics.english_line import EnglishLine, first_sound, read_line, sound_alone
from tts_core.phonetics.lexicon_en import Accent, EnglishLexicon, english_lexicon
from tts_core.phonetics.phonemes import CLAUSE_END, SENTENCE_END, VOWELS, Sound, mark
from tts_core.phonetics.reading_hints import hint_symbols, hinted_tokens

_TOKEN = re.compile(
    r"[A-Za-zÀ-ÖØ-öø-ɏ]+(?:['’][A-Za-zÀ-ÖØ-öø-ɏ]+)*['’]?|['’](?:tis|twas|twere|twill|twould|em|cause|til|"
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
        line = read_line(text)
        said: dict[int, str] = {}  # where a word starts → its symbols
        pieces = hinted_tokens(text, hints, _TOKEN)
        result: list[Sound] = []
        following = ""  # symbols of the next word, '' before a pause or the end
        for start, end, hint in reversed(pieces):
            token = text[start:end]
            if hint is not None:
                symbols = self._as_spoken(hint_symbols(hint, self.say_plain))
                result.append(Sound(symbols, start, end))
                following = symbols
            elif token[0].isalpha() or (token[0] in "'’" and len(token) > 1):
                spoken = self._stammered(line, start, token, said)
                if spoken is None:
                    spoken = self._word(token, _with_its_head(text, start, token), start, line, following)
                symbols = said[start] = self._as_spoken(spoken)
                if symbols:
                    result.append(Sound(symbols, start, end))
                    following = symbols
            elif (
                token.isdigit() or token in _SIGNS
            ):  # spoken text has none; what slipped through is read all the same
                spoken = _SIGNS.get(token) or normalize(token, "en")
                symbols = self._as_spoken(self.say_plain(spoken))
                if symbols:
                    gap = Sound(" ", start, start, word=False)
                    result += [gap, Sound(symbols, start, end), gap]
                    following = symbols
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
                    following = ""
        result.reverse()
        return result

    def say_plain(self, words: str) -> str:
        """Symbols of plain words, for respellings."""
        if not words.isascii():
            return self._say_other(words)
        return " ".join(self._lexicon.say(word) for word in re.findall("[A-Za-z'’]+", words))

    def _word(self, token: str, headed: str, start: int, line: EnglishLine, following: str) -> str:
        lower = token.lower().replace("’", "'")
        before_vowel = next((symbol in VOWELS for symbol in following if symbol not in "ˈˌ"), None)
        if start in line.letters:
            return self._lexicon.letters(token)
        if (reading := line.readings.get(start)) is not None:
            return self._lexicon.read(token, reading.arpabet)
        if lower in ("a", "an") and before_vowel is not None and (token != "A" or start in line.articles):
            return {"a": "ɐ", "an": "ɐn"}[lower]
        if lower in ("the", "th'"):
            return "ði" if before_vowel else "ðə"
        if lower == "to" and before_vowel is not None:
            return "tʊ" if before_vowel else "tə"
        if token == "I":
            return "ˌI"
        if lower == "am" and before_vowel is not None and token == "am":
            return "ɐm"
        if lower == "in" and before_vowel is None:
            return "ˈɪn"
        return self._lexicon.say(headed, line.tags.get(start, ""), before_pause=before_vowel is None)

    def _stammered(self, line: EnglishLine, start: int, token: str, said: Mapping[int, str]) -> str | None:
        """Symbols of a stammer's fragment: the first sound of its word, which is said by now; None for a word."""
        if start not in line.stammers:
            return None
        word, _ = line.stammers[start]
        if word not in said:
            return sound_alone(token) + "ə"
        sounds, murmured = first_sound(re.sub("[ˈˌ ]", "", said[word]), token, VOWELS.__contains__)
        return "".join(sounds) + ("ə" if murmured else "")

    def _as_spoken(self, symbols: str) -> str:
        """The dictionaries' tap and glottal stop as Kokoro v1.0 was trained on them."""
        return symbols.replace("ɾ", "T").replace("ʔ", "t")


def _with_its_head(text: str, start: int, token: str) -> str:
    """The word with an apostrophe that stands before it: what is clipped at its head ('ead) or opens a quotation."""
    lone = text[start - 1 : start] in ("'", "’") and not text[max(0, start - 2) : start - 1].isalnum()
    return f"'{token}" if lone and token[0].isalpha() else token
