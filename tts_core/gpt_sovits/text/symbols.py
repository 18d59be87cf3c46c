"""Phoneme symbols of the published models; the position in the list is the id.

The lists are shipped, not rebuilt: a sort that follows another locale would shift every id.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

SymbolSet = Literal["v1", "v2"]

V1_COUNT = 322  # of the 732 of v2, whose list goes on with Japanese accents, Korean jamo and Cantonese
UNKNOWN = "UNK"


@cache
def symbols(which: SymbolSet = "v2") -> tuple[str, ...]:
    """The ordered symbols of a symbol set."""
    table = json.loads(files("tts_core.gpt_sovits.text").joinpath("symbols.json").read_text(encoding="utf-8"))
    return tuple(table[which])


@cache
def _ids(which: SymbolSet) -> dict[str, int]:
    return {symbol: index for index, symbol in enumerate(symbols(which))}


def symbol_ids(phones: Sequence[str], which: SymbolSet = "v2") -> list[int]:
    """Ids of `phones`; a phone the set does not know becomes `UNK`, as the models were trained."""
    table = _ids(which)
    return [table.get(phone, table[UNKNOWN]) for phone in phones]
