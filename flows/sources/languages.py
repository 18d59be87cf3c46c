"""Which language a text or a cue is in, and the choice of one language of a bilingual subtitle file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from normalizers.languages import LANGUAGES, latin_language, primary
from normalizers.languages.table import HAN_LANGUAGE
from normalizers.scripts import ALPHABETS, KANA, LATIN

JAPANESE = "ja"
LATIN_SCRIPT = "latin"
"""What `script_language` says of Latin letters, which many languages share."""
_SCRIPTS: dict[str, re.Pattern[str]] = {
    JAPANESE: re.compile(f"[{KANA}]"),
    **{record.code: re.compile(f"[{record.letters}]") for record in LANGUAGES.values() if not record.latin},
    **{code: re.compile(f"[{body}]") for code, body in ALPHABETS.items() if code not in LANGUAGES},
    LATIN_SCRIPT: re.compile(f"[{LATIN}]"),
}
"""Letters by language, in order: Han beside any kana is Japanese, Latin terms stand in every script."""


@lru_cache(maxsize=8192)  # each cue of a file is asked for several times
def script_language(text: str) -> str:
    """Language by script: `zh`, `ja`, `ko`, `ar`, `ru`, ... , `latin`, or `und` for text without letters.

    Han with any kana is Japanese; Han with Latin terms is Chinese ("为什么 RSA 这个缩写").
    """
    for code, letters in _SCRIPTS.items():
        if letters.search(text):
            return code
    return "und"


_TITLES = re.compile(r"《[^《》]*》|〈[^〈〉]*〉|「[^「」]*」|『[^『』]*』|“[^“”]*”")


def is_chinese_with_kana(text: str) -> bool:
    """Whether kana stand only in titles and quotations of a text with Han, or in の, as Chinese writers use it."""
    rest = _TITLES.sub("", text).replace("の", "")
    return script_language(text) == JAPANESE and script_language(rest) == HAN_LANGUAGE


def script_of(code: str) -> str:
    """The script of a language, as `script_language` names it: `latin`, or the language's own."""
    return code if code in _SCRIPTS else LATIN_SCRIPT


def parts_words(code: str) -> bool:
    """Whether blanks stand between the words of a language."""
    record = LANGUAGES.get(code)
    return record.spaced if record is not None else code not in (JAPANESE, "th")


def file_language(texts: Sequence[str], *, declared: str | None, name: str) -> str:
    """Language of a whole file: by script, then by commonest words; declared or named tags decide close calls."""
    votes: Counter[str] = Counter()
    for text in texts:
        votes[HAN_LANGUAGE if is_chinese_with_kana(text) else script_language(text)] += len(text)
    votes.pop("und", None)
    if not votes:
        return primary(declared) or "und"
    if votes[JAPANESE] > votes[HAN_LANGUAGE] / 4:  # Japanese lines without kana look Chinese
        return JAPANESE
    best = max(votes, key=lambda language: votes[language])
    if best != LATIN_SCRIPT:
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
        if len(scripts) == 2:
            pairs[(scripts[0], scripts[1])] += 1
    if not pairs:
        return None
    pair, count = pairs.most_common(1)[0]
    spoken = sum(1 for texts in groups if any(script_language(t) != "und" for t in texts))
    return pair if count >= 2 and count * 2 >= spoken else None
