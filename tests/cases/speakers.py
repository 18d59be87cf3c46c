"""Who speaks which line, who is one person, who is a man or a woman, and in whose voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cases import product
from tests.cases.wording import Case, Wrong, same_name

SEXES = {"F": "female", "M": "male"}


@dataclass(frozen=True)
class Heard:
    """A book as it is cast: its words, the lines that somebody speaks with their spans, and the casting."""

    everything: str
    quotes: Sequence[tuple[str, Any]]
    casting: Any
    language: str

    def span(self, fragment: str) -> Any:
        """The spoken line with these words, or None where they are narration."""
        return next((span for text, span in self.quotes if fragment in text), None)

    def character(self, names: str | list[str]) -> Any:
        """Who is called so: by the label first, then by other names."""
        names = [names] if isinstance(names, str) else names
        for exact in (True, False):
            for one in self.casting.characters:
                own = [one.name] if exact else one.aliases
                if any(same_name(a, b) for a in names for b in own):
                    return one
        return None

    def label(self, names: str | list[str]) -> str | None:
        one = self.character(names)
        return one.name if one else None


def cast(case: Case, files: Path) -> Wrong:
    """A book's casting against all that a case expects of it."""
    book = product.read(files / case["file"])
    language = product.book_language(book)
    silent = product.UNSPOKEN_KINDS
    texts = [["" if p.kind in silent else p.text for p in c.paragraphs] for c in book.chapters]
    casting = product.cast_book(texts, language)
    quotes = [(texts[c][p][span.start : span.end], span) for c, p, span in casting.dialogue()]
    heard = Heard("\n".join(text for chapter in texts for text in chapter), quotes, casting, language)
    expect = case["expect"]
    for fragment in [*(words for words, _ in expect.get("lines", [])), *expect.get("not_dialogue", [])]:
        assert fragment in heard.everything, f"no {fragment!r} in the file"
    return [
        *(wrong for line in expect.get("lines", []) for wrong in _line(heard, *line)),
        *(wrong for words in expect.get("not_dialogue", []) for wrong in _narration(heard, words)),
        *(wrong for words in expect.get("one_speaker", []) for wrong in _one_speaker(heard, words)),
        *(wrong for names in expect.get("same_person", []) for wrong in _people(heard, names, 1)),
        *(wrong for names in expect.get("different", []) for wrong in _people(heard, names, len(names))),
        *_characters(heard, expect.get("characters", [])),
    ]


def _line(heard: Heard, fragment: str, speaker: str | list[str | None] | None) -> Wrong:
    span = heard.span(fragment)
    if span is None:
        return [f"{fragment!r} is narration, not {speaker}"]
    wanted = heard.casting.narrator if speaker == "narrator" else speaker
    alternatives = wanted if isinstance(wanted, list) else [wanted]
    if span.speaker is None:
        return [] if None in alternatives else [f"{fragment!r} by nobody, not {speaker}"]
    aliases = [c.aliases for c in heard.casting.characters if c.name == span.speaker]
    known = {span.speaker, *(alias for names in aliases[:1] for alias in names)}
    good = any(same_name(name, own) for name in alternatives if name for own in known)
    return [] if good else [f"{fragment!r} by {span.speaker}, not {speaker}"]


def _narration(heard: Heard, fragment: str) -> Wrong:
    return [f"{fragment!r} spoken by {span.speaker}" for text, span in heard.quotes if fragment in text]


def _one_speaker(heard: Heard, fragments: list[str]) -> Wrong:
    spans = [heard.span(fragment) for fragment in fragments]
    by = {span.speaker if span else None for span in spans}
    return [f"{fragments} by {sorted(map(str, by))}"] if len(by) != 1 or None in by else []


def _people(heard: Heard, names: list[str], count: int) -> Wrong:
    labels = [heard.label(name) for name in names]
    return [f"{names} are {labels}"] if None in labels or len(set(labels)) != count else []


def _characters(heard: Heard, expected: list[dict[str, str]]) -> Wrong:
    if not expected:
        return []
    presets = [voice for voice in product.engine().voices() if voice.castable]
    narrator = next(
        (v.name for v in presets if v.language.startswith(heard.language) and v.recommended), presets[0].name
    )
    voices = product.assign_voices(heard.casting, presets, heard.language, None, narrator)
    sexes = {voice.name: voice.gender for voice in presets}
    wrong: Wrong = []
    for one in expected:
        found = heard.character(one["name"])
        if found is None:
            wrong.append(f"nobody is called {one['name']}")
            continue
        told = f"{found.name} is {found.gender} ({found.gender_evidence})"
        if "gender" in one and found.gender != one["gender"]:
            wrong.append(f"{told}, not {one['gender']}")
        if "gender_not" in one and found.gender == one["gender_not"]:
            wrong.append(told)
        sex, voice = SEXES.get(one.get("gender", "")), voices.get(found.name)
        if sex and (voice is None or sexes[voice] not in (sex, "neutral")):
            wrong.append(f"{found.name} has the voice {voice}")
    return wrong
