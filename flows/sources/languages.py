"""Which language a text or a cue is in, and the choice of one language of a bilingual subtitle file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from normalizers.languages import latin_language, primary

_SCRIPTS = (
    ("ja", re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")),
    ("ko", re.compile(r"[\uac00-\ud7a3]")),
    ("zh", re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


def script_language(text: str) -> str:
    """Language by script: `zh`, `ja`, `ko`, `ar`, `ru`, ... , `latin`, or `und` for text without letters.

    Han with any kana is Japanese; Han with Latin terms is Chinese ("为什么 RSA 这个缩写").
    """
    for language, pattern in _SCRIPTS:
        if pattern.search(text):
            return language
    return "latin" if _LATIN.search(text) else "und"


def file_language(texts: Sequence[str], *, declared: str | None, name: str) -> str:
    """Language of a whole file: by script, then by commonest words; declared or named tags decide close calls."""
    votes: Counter[str] = Counter()
    for text in texts:
        votes[script_language(text)] += len(text)
    votes.pop("und", None)
    if not votes:
        return primary(declared) or "und"
    if votes["ja"] > votes["zh"] / 4:  # Japanese lines without kana look Chinese
        return "ja"
    best = max(votes, key=lambda language: votes[language])
    if best != "latin":
        return best
    named = re.search(r"[._-]([a-z]{2})(?:-[A-Za-z]{2,4})?\.[a-z]{3,4}$", name)
    hint = primary(declared) or (named[1] if named else None)
    return latin_language(" ".join(texts), default=hint or "und")


def bilingual_scripts(groups: Sequence[Sequence[str]]) -> tuple[str, str] | None:
    """The two scripts of a bilingual file, or None.

    Args:
        groups: for each moment of the file the texts shown together (lines of one cue, or cues with the
            same times), markup removed.

    A file is bilingual when at least half of its moments, and two of them, show the same two scripts.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for texts in groups:
        scripts = sorted({s for s in map(script_language, texts) if s != "und"})
        if scripts == ["ja", "zh"]:  # kana and plain Han in one cue: Japanese
            continue
        if len(scripts) == 2:
            pairs[(scripts[0], scripts[1])] += 1
    if not pairs:
        return None
    pair, count = pairs.most_common(1)[0]
    spoken = sum(1 for texts in groups if any(script_language(t) != "und" for t in texts))
    return pair if count >= 2 and count * 2 >= spoken else None
