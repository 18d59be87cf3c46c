"""Traditional characters as simplified ones, for looking readings up; spoken text keeps the author's characters.

Table: OpenCC's TSCharacters (Apache-2.0), from the installed package opencc-python-reimplemented.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_KEEP = frozenset("乾瞭夥藉吒")
"""Characters whose simplified form is another word in some of their uses."""
_PARTICLE = re.compile(r"(?<!名)(?<!原)(?<!编)(?<!显)(?<!卓)(?<!昭)(?<!土)(?<!巨)(?<!论)著(?![作名者述称录])")


@cache
def _table() -> dict[int, int]:
    found = find_spec("opencc")
    if found is None or not found.submodule_search_locations:
        return {}
    path = Path(found.submodule_search_locations[0]) / "dictionary" / "TSCharacters.txt"
    table: dict[int, int] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        written, _, forms = line.partition("\t")
        plain = forms.split(" ")[0]
        if len(written) == 1 == len(plain) and written not in _KEEP:
            table[ord(written)] = ord(plain)
    return table


def simplified(text: str) -> str:
    """`text` of the same length with traditional characters simplified; as it is where the table is not installed."""
    if text.isascii():
        return text
    plain = text.translate(_table())
    if plain != text:  # in traditional text 著 is the particle 着 (看著), and 瞭解 is 了解
        plain = (
            _PARTICLE.sub("着", plain)
            .replace("瞭解", "了解")
            .replace("乾净", "干净")
            .replace("乾燥", "干燥")
            .replace("乾脆", "干脆")
            .replace("饼乾", "饼干")
        )
    return plain
