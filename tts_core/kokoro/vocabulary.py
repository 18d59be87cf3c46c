"""Kokoro's vocabulary: sounds as token ids."""

from __future__ import annotations

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


def token_ids(symbols: str) -> list[int]:
    """Token ids of symbols in order, without the pads that the model wants around them."""
    return [VOCABULARY[symbol] for symbol in symbols]
