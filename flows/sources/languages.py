"""Which language a text or a cue is in, and the choice of one language of a bilingual subtitle file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

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

# The commonest words that the neighbouring languages do not share.
_STOPWORDS = {
    "en": "the and you that was for are with his they have this from what were when your said there would him she it's don't i'm is it to of",
    "de": "der die und ich das nicht ist sie ein es mit sich den auf wir dem auch eine für von du bin mich wie hat was aber",
    "fr": "le la les et des est je vous que pas une dans pour qui sur ne ce il nous avec mais c'est j'ai tu au",
    "es": "el los que de y en un por con no una su para es lo como más pero sus le ya o este sí porque qué está",
    "it": "il che di è e la non un per sono mi con ho lo ma ha si cosa gli della questo sei anche",
    "pt": "o que e de não um para é com uma os no se na por mais as dos como mas foi ele das tem você eu isso",
    "nl": "de het een ik en van dat niet je is te zijn op die met voor maar hij wat heb aan er zo",
    "sv": "och att det som en på är av för med till den har inte om ett jag du han vi men var sig",
}
MIN_DISTINCT = 2
"""Different common words of a language that tell it apart from a stray word."""
MIN_SURE = 6
"""And so many where a whole book is to be refused."""
MIN_WORDS = 40
"""Words below which a text in Latin letters may be English with foreign names in it."""
_STOPWORD_SETS = {language: frozenset(words.split()) for language, words in _STOPWORDS.items()}


def script_language(text: str) -> str:
    """Language by script: `zh`, `ja`, `ko`, `ar`, `ru`, ... , `latin`, or `und` for text without letters.

    Han with any kana is Japanese; Han with Latin terms is Chinese ("为什么 RSA 这个缩写").
    """
    for language, pattern in _SCRIPTS:
        if pattern.search(text):
            return language
    return "latin" if _LATIN.search(text) else "und"


def latin_language(text: str, default: str = "und") -> str:
    """Language of Latin-script text by its commonest words; `default` when too few of them are there."""
    words = Counter(re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.lower().replace("’", "'")))
    scores = {
        language: sum(count for word, count in words.items() if word in known)
        for language, known in _STOPWORD_SETS.items()
    }
    best = max(scores, key=lambda language: (scores[language], language == "en"))
    if scores[best] == 0:
        return default
    if best != "en" and sum(1 for word in words if word in _STOPWORD_SETS[best]) < MIN_DISTINCT:
        return default  # `No. No!` and `la la la` are no Spanish
    return best


def foreign_language(text: str) -> str | None:
    """The language of a long text where it is certainly neither Chinese nor English; None where it may be."""
    letters = Counter(script_language(character) for character in text if character.isalpha())
    total = sum(letters.values())
    if not total:
        return None
    if letters["ja"] > 0.1 * (letters["ja"] + letters["zh"]) and letters["ja"] > 0.05 * total:
        return "ja"
    other = max(
        (s for s in letters if s not in ("zh", "latin", "ja", "und")), key=lambda s: letters[s], default=None
    )
    if other is not None and letters[other] > 0.5 * total:
        return other
    if letters["latin"] < 0.5 * total:
        return None
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.lower().replace("’", "'"))
    scores = {
        language: sum(1 for word in words if word in known) for language, known in _STOPWORD_SETS.items()
    }
    best = max(scores, key=lambda language: scores[language])
    distinct = len(_STOPWORD_SETS[best].intersection(words))
    sure = (
        len(words) >= MIN_WORDS
        and distinct >= MIN_SURE
        and scores[best] >= 2 * scores["en"]
        and scores[best] > 0.08 * len(words)
    )
    return best if best != "en" and sure else None


def file_language(texts: Sequence[str], *, declared: str | None, name: str) -> str:
    """Language of a whole file: by script, then by commonest words; declared or named tags decide close calls."""
    votes: Counter[str] = Counter()
    for text in texts:
        votes[script_language(text)] += len(text)
    votes.pop("und", None)
    if not votes:
        return primary_tag(declared) or "und"
    if votes["ja"] > votes["zh"] / 4:  # Japanese lines without kana look Chinese
        return "ja"
    best = max(votes, key=lambda language: votes[language])
    if best != "latin":
        return best
    named = re.search(r"[._-]([a-z]{2})(?:-[A-Za-z]{2,4})?\.[a-z]{3,4}$", name)
    hint = primary_tag(declared) or (named[1] if named else None)
    return latin_language(" ".join(texts), default=hint or "und")


def primary_tag(tag: str | None) -> str | None:
    """`zh-Hans-CN` → `zh`."""
    return re.split(r"[-_]", tag.strip().lower())[0] if tag and tag.strip() else None


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
