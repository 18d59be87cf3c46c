"""Phonemes on their way to a model: the alphabet, and what each stretch of text sounds like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MARKS = ';:,.!?—…"()“”'
"""Punctuation that a voice makes something of."""
SYMBOLS = frozenset(
    MARKS + " \u0303\uab67ː"  # a space where words part; nasal; retroflex affricate; long
    "AIOQSTWY"  # the diphthongs of face, price, goat (US, GB), mouth, choice as one symbol each; S, and T for the tap
    "abcdefhijklmnopqrstuvwxyz"
    "æçðøŋœɐɑɒɔɕɖəɚɛɜɟɡɣɤɥɨɪɯɰɲɳɴɸɹɻɽɾʁʂʃʈʊʋʌʎʒʔʝʣʤʥʦʧʨβθχᵊᵝᵻʰʲ"
    "ˈˌ"
    "↓→↗↘"  # tones 3, 1, 2, 4
)
"""What readings are written in: IPA, with one symbol for an affricate or an English diphthong (the alphabet of misaki's
dictionaries). The models' vocabularies are made of it."""

STRESS = "ˈˌ"
TONES = "→↗↓↘"
VOWELS = frozenset("AIOQWYaiuæɑɐɒɔəɛɜɪʊʌᵻᵊoeyɤɚɨ")
"""Symbols that carry a syllable; A I O Q W Y are the diphthongs of face, price, goat (US, GB), mouth, choice."""

OPENING = "(“"
CLOSING = ";:,.!?…)”—"
SENTENCE_END = ".!?…"
CLAUSE_END = ";:,—"


@dataclass(frozen=True, slots=True)
class Sound:
    """What `text[start:end]` of an utterance sounds like.

    Args:
        symbols: some of `SYMBOLS`; one space where words part.
        start, end: offsets in code points; a space or a mark has them too, but only words are timed.
        word: whether this is a word or Han character (timed) and not a mark or a space.
    """

    symbols: str
    start: int
    end: int
    word: bool = True

    def moved(self, by: int) -> Sound:
        return Sound(self.symbols, self.start + by, self.end + by, self.word) if by else self


_MARKS = {
    "，": ",", "、": ",", "。": ".", "．": ".", "｡": ".", "！": "!", "？": "?", "；": ";", "：": ":",
    "（": "(", "）": ")", "(": "(", ")": ")", "[": "(", "]": ")", "【": "“", "】": "”", "〔": "(", "〕": ")",
    "{": "(", "}": ")",
    "《": "“", "》": "”", "〈": "“", "〉": "”", "「": "“", "」": "”", "『": "“", "』": "”", "“": "“",
    "”": "”", "«": "“",
    "»": "”", "„": "“", "‟": "“", "〝": "“", "〞": "”", '"': '"', "＂": '"',
    "–": "—", "—": "—", "―": "—", "─": "—", "━": "—", "…": "…", "⋯": "…", "~": "—", "～": "—", "〜": "—",
    ",": ",", ".": ".", "!": "!", "?": "?", ";": ";", ":": ":", "‽": "?", "؟": "?",
}  # fmt: skip


def mark(character: str) -> str:
    """The one of `MARKS` for a punctuation character, or '' where it has none and is not heard."""
    return _MARKS.get(character, "")


def tidy(sounds: Iterable[Sound]) -> list[Sound]:
    """Marks and spaces as the model knows them: one space between words, none before a closing mark or after an
    opening one, runs of the same mark as one, straight quotes opened and closed."""
    result: list[Sound] = []
    pending: Sound | None = None  # a space that is written when something follows
    quoted = False
    for sound in sounds:
        symbols = sound.symbols
        if not symbols:
            continue
        if symbols == " ":
            pending = sound if result else None
            continue
        if symbols == '"':
            symbols = "”" if quoted else "“"
        if not sound.word and symbols in "“”":
            quoted = symbols == "“"
        last = result[-1].symbols if result else ""
        if not sound.word and symbols in CLOSING:
            pending = None
            if last == symbols or (last in tuple(",;:—…") and symbols in ",;:—"):
                continue
        elif last and last in OPENING:
            pending = None
        elif (last and last in CLOSING and pending is None) or (
            last and not sound.word and symbols in OPENING and pending is None
        ):
            pending = Sound(" ", sound.start, sound.start, word=False)
        if pending is not None:
            result.append(Sound(" ", pending.start, pending.end, word=False))
            pending = None
        changed = symbols is not sound.symbols
        result.append(Sound(symbols, sound.start, sound.end, sound.word) if changed else sound)
    return result


def voiced(sounds: Iterable[Sound]) -> bool:
    """Whether there is anything to hear at all: a word."""
    return any(sound.word for sound in sounds)
