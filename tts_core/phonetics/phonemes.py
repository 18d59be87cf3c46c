"""Phonemes on their way to the model: what each stretch of text sounds like, as tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

VOCABULARY: dict[str, int] = {
    symbol: number
    for symbols, first in (
        (';:,.!?', 1),
        ('—…"()“” \u0303ʣʥʦʨᵝ\uab67A', 9),
        ('I', 25), ('O', 31), ('Q', 33), ('ST', 35), ('W', 39), ('Yᵊabcdef', 41),
        ('hijklmnopqrstuvwxyzɑɐɒæ', 50), ('βɔɕç', 75), ('ɖðʤə', 80), ('ɚɛɜ', 85), ('ɟ', 90), ('ɡ', 92),
        ('ɥ', 99), ('ɨɪʝ', 101), ('ɯɰŋɳɲɴø', 110), ('ɸθœ', 118), ('ɹ', 123), ('ɾɻ', 125), ('ʁɽʂʃʈʧ', 128),
        ('ʊʋ', 135), ('ʌɣɤ', 138), ('χʎ', 142), ('ʒʔ', 147), ('ˈˌː', 156), ('ʰ', 162), ('ʲ', 164),
        ('↓', 169), ('→↗↘', 171), ('ᵻ', 177),
    )
    for number, symbol in enumerate(symbols, first)
}  # fmt: skip
"""The 114 symbols of Kokoro v1.0 and their token ids (the model's config)."""

STRESS = "ˈˌ"
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
        symbols: symbols of `VOCABULARY`; one space where words part.
        start, end: offsets in code points; a space or a mark has them too, but only words are timed.
        word: whether this is a word or Han character (timed) and not a mark or a space.
    """

    symbols: str
    start: int
    end: int
    word: bool = True

    def moved(self, by: int) -> Sound:
        return replace(self, start=self.start + by, end=self.end + by)


_MARKS = {
    "，": ",", "、": ",", "。": ".", "．": ".", "｡": ".", "！": "!", "？": "?", "；": ";", "：": ":",
    "（": "(", "）": ")", "(": "(", ")": ")", "[": "(", "]": ")", "【": "“", "】": "”", "〔": "(", "〕": ")", "{": "(", "}": ")",
    "《": "“", "》": "”", "〈": "“", "〉": "”", "「": "“", "」": "”", "『": "“", "』": "”", "“": "“", "”": "”", "«": "“",
    "»": "”", "„": "“", "‟": "“", "〝": "“", "〞": "”", '"': '"', "＂": '"',
    "–": "—", "—": "—", "―": "—", "─": "—", "━": "—", "…": "…", "⋯": "…", "~": "—", "～": "—", "〜": "—",
    ",": ",", ".": ".", "!": "!", "?": "?", ";": ";", ":": ":", "‽": "?", "؟": "?",
}  # fmt: skip


def mark(character: str) -> str:
    """The vocabulary's mark for a punctuation character, or '' where it has none and is not heard."""
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
            result.append(replace(pending, symbols=" ", word=False))
            pending = None
        result.append(replace(sound, symbols=symbols))
    return result


def token_ids(sounds: Iterable[Sound]) -> list[int]:
    return [VOCABULARY[symbol] for sound in sounds for symbol in sound.symbols]


def voiced(sounds: Iterable[Sound]) -> bool:
    """Whether there is anything to hear at all: a word."""
    return any(sound.word for sound in sounds)
