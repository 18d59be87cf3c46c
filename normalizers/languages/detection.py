"""Which language a text is in: by its letters first, then by the commonest words of languages that share them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from normalizers.languages.table import DEFAULT_LANGUAGE, LANGUAGES, primary
from normalizers.scripts import count_han, count_kana, count_latin_words, count_other_words, has_han

NEIGHBOURS: Mapping[str, frozenset[str]] = {
    code: frozenset(words.split())
    for code, words in {
        "de": "der die und ich das nicht ist sie ein es mit sich den auf wir dem auch eine für von du bin "
        "mich wie hat was aber",
        "fr": "le la les et des est je vous que pas une dans pour qui sur ne ce il nous avec mais c'est j'ai tu au",
        "it": "il che di è e la non un per sono mi con ho lo ma ha si cosa gli della questo sei anche",
        "pt": "o que e de não um para é com uma os no se na por mais as dos como mas foi ele das tem você eu isso",
        "nl": "de het een ik en van dat niet je is te zijn op die met voor maar hij wat heb aan er zo",
        "sv": "och att det som en på är av för med till den har inte om ett jag du han vi men var sig",
    }.items()
}
"""Commonest words of languages in Latin letters that nobody here speaks: a book in one of them is told and refused."""

SHARE_OF_KANA = 0.1
"""Kana among Han and kana above which a text is Japanese: Chinese quotes a の now and then."""
SAMPLE = 100_000
"""Characters looked at; no book changes its language behind them."""
SURE_WORDS, SURE_DISTINCT, SURE_SHARE = 40, 6, 0.08
"""A text of so many words, with so many different common words that are such a share of it, is surely in a language."""
SHORT_DISTINCT, SHORT_SHARE = 2, 0.2
"""The same for a shorter text: `No. No!` and `la la la` are no Spanish."""
OUTWEIGHS = 2
"""Times as many of its common words as English ones a language needs."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def _common_words() -> Mapping[str, frozenset[str]]:
    ours = {code: record.common_words for code, record in LANGUAGES.items() if record.common_words}
    return {**NEIGHBOURS, **ours}


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def language_of(text: str, default: str | None = None) -> str:
    """ISO 639-1 code of the language a text is in; it need not be one of `LANGUAGES` (`ja`, `fr`, `ru`).

    Each Han character, each kana and each word of other letters weighs the same. Kana make Han Japanese. What shares
    its letters with `default` is taken for `default`; without one, Latin letters are English unless the commonest
    words of another language say clearly otherwise.

    Args:
        text: a line, a cue, a page; of a longer one only the beginning is looked at.
        default: code of the language around it, also the answer for text without letters.
    """
    text = text[:SAMPLE]
    known = LANGUAGES.get(default or "")
    if text.isascii():
        return _latin(text, default) if known is None or not known.latin else known.code
    han, kana, latin = count_han(text), count_kana(text), count_latin_words(text)
    others = count_other_words(text)
    other = max(others, key=lambda code: others[code], default="")
    if han + kana >= max(latin, others.get(other, 0)) and han + kana:
        japanese = kana > SHARE_OF_KANA * (han + kana) or (default == "ja" and not kana)
        return "ja" if japanese else "zh"
    if other and others[other] > latin:
        return other
    return known.code if known is not None and known.latin else _latin(text, default)


def spoken_language(text: str, default: str | None = None) -> str:
    """Code of the member of `LANGUAGES` by whose rules a stretch of text is read; never another.

    As `language_of`; what nobody here speaks goes with its script (Japanese by Chinese rules), else with `default`, or
    English.
    """
    told = language_of(text, default)
    if told in LANGUAGES:
        return told
    return "zh" if told == "ja" and has_han(text) else default or DEFAULT_LANGUAGE


def _latin(text: str, default: str | None) -> str:
    """English, or another language in Latin letters whose commonest words say so; `default` without letters."""
    words = _words(text)
    if not words:
        return default or DEFAULT_LANGUAGE
    tables = _common_words()
    counts = Counter(words)
    scores = {code: sum(counts[word] for word in known if word in counts) for code, known in tables.items()}
    for code, record in LANGUAGES.items():
        if record.own_letters:
            scores[code] = scores.get(code, 0) + len(re.findall(f"[{record.own_letters}]", text))
    best = max(scores, key=lambda code: (scores[code], code == DEFAULT_LANGUAGE))
    own = LANGUAGES[best].own_letters if best in LANGUAGES else ""
    marks = {mark for mark in own if not mark.isalpha()}.intersection(text)  # ¿ and ¡ leave no doubt
    distinct = len(tables[best].intersection(counts)) + SHORT_DISTINCT * len(marks)
    long = len(words) >= SURE_WORDS
    least, share = (SURE_DISTINCT, SURE_SHARE) if long else (SHORT_DISTINCT, SHORT_SHARE)
    sure = (
        distinct >= least
        and scores[best] >= OUTWEIGHS * scores[DEFAULT_LANGUAGE]
        and scores[best] > share * len(words)
    )
    return best if sure and (long or best in LANGUAGES) else DEFAULT_LANGUAGE


def latin_language(text: str, default: str = "und") -> str:
    """Likeliest language of a text in Latin letters, for scraps as subtitles have; `default` without evidence."""
    counts = Counter(_words(text))
    tables = _common_words()
    scores = {
        code: sum(count for word, count in counts.items() if word in known) for code, known in tables.items()
    }
    best = max(scores, key=lambda code: (scores[code], code == DEFAULT_LANGUAGE))
    if scores[best] == 0:
        return default
    if best != DEFAULT_LANGUAGE and len(tables[best].intersection(counts)) < SHORT_DISTINCT:
        return default
    return best


def foreign_language(text: str) -> str | None:
    """The language of a text that certainly is none of `LANGUAGES`; None where it may be one."""
    told = language_of(text)
    return None if primary(told) in LANGUAGES else told
