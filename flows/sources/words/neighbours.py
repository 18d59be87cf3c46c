"""Words of languages that nobody here speaks, as their subtitles and bilingual files need them."""

from __future__ import annotations

from flows.sources.words.base import Words

NEIGHBOURS = (
    Words(
        code="de",
        never_last=frozenset(["der", "die", "das", "ein", "eine", "und", "oder", "dass", "weil"]),
        credits=r"\bUntertitel(?:ung)?\s*(?::|von\b|im Auftrag)",
    ),
    Words(
        code="fr",
        never_last=frozenset(["le", "la", "les", "un", "une", "de", "des", "et", "que"]),
        credits=r"\bsous-titr\w+\s*(?::|par\b)",
    ),
    Words(code="fa", credits="ترجمه و تنظيم"),
)
