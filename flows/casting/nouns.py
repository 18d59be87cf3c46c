"""The nouns of casting: characters, spans and a casting of a whole book; and what a person corrected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Gender = Literal["female", "male"]
GENDER_LETTERS: Mapping[Gender, str] = {"female": "F", "male": "M"}
"""Genders as cast files, tables and pages write them."""
_GENDERS: Mapping[str, Gender] = {
    "f": "female", "female": "female", "女": "female", "m": "male", "male": "male", "男": "male"
}  # fmt: skip
Age = Literal["child", "young", "adult", "old"]
SpanKind = Literal["narration", "dialogue", "thought", "letter"]

UNNAMED_NARRATOR = "Narrator (I)"
"""The character behind "I" or 我 where the book never names it: one stable label, so one stable voice."""


def as_gender(written: object) -> Gender | None:
    """The gender that a person or a file writes (F, female, 女, …); None for anything else."""
    return _GENDERS.get(str(written).lower())


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody (or something) that speaks.

    Args:
        name: the label in scripts and cast files, unique in a casting.
        aliases: other ways the text names this character, `name` not among them.
        gender: female, male, or None where the text does not tell.
        gender_evidence: why, in words ("title Mrs.", "he 31, she 2").
        age: child, young, adult, old, or None (the usual answer).
        lines: dialogue spans spoken in the book.
    """

    name: str
    aliases: tuple[str, ...] = ()
    gender: Gender | None = None
    gender_evidence: str = ""
    age: Age | None = None
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one paragraph, marks included.

    Args:
        start, end: code points of the paragraph's text; the spans of a paragraph cover it without gaps, in order.
        kind: narration, dialogue, thought, letter. Punctuation and white space between two quotes are narration.
        speaker: name of a character; None where nobody could be named, and for narration but in the parts of a book
            that several characters tell.
        confidence: probability of `speaker` in 0..1; 1.0 for narration.
        evidence: the reason in words.
    """

    start: int
    end: int
    kind: SpanKind
    speaker: str | None = None
    confidence: float = 1.0
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Casting:
    """Who speaks in a book.

    Args:
        language: code of the language (ISO 639-1).
        characters: by lines spoken, most first.
        spans: `spans[chapter][paragraph]`, in the order of the chapters and paragraphs given.
        person: 1 for a first-person narration, else 3.
        narrator: the character that narrates (its `name`), or None where nobody or more than one does.
        notes: what a person must know of how it was made.
        tellers: the characters that tell parts of it in the first person, where several do.
    """

    language: str
    characters: tuple[Character, ...]
    spans: tuple[tuple[tuple[Span, ...], ...], ...]
    person: Literal[1, 3] = 3
    narrator: str | None = None
    notes: tuple[str, ...] = ()
    tellers: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Character:
        for character in self.characters:
            if character.name == name:
                return character
        raise KeyError(name)

    def told_by_narrator(self) -> Casting:
        """The same, with the parts that characters tell left to the narrator."""
        spans = tuple(
            tuple(
                tuple(replace(span, speaker=None) if span.kind == "narration" else span for span in paragraph)
                for paragraph in chapter
            )
            for chapter in self.spans
        )
        return replace(self, spans=spans, tellers=())

    def dialogue(self) -> Iterator[tuple[int, int, Span]]:
        """Every span that a character speaks or thinks, as (chapter, paragraph, span), in reading order."""
        for chapter, paragraphs in enumerate(self.spans):
            for paragraph, spans in enumerate(paragraphs):
                for span in spans:
                    if span.kind != "narration":
                        yield chapter, paragraph, span


@dataclass(frozen=True, slots=True)
class LineCorrection:
    """A person's word on one line.

    Args:
        text: the line as printed, or its beginning (at least 12 characters, or the whole); marks and white
            space are not compared.
        speaker: a name or alias of the cast, or `narrator` for "this is no dialogue".
        chapter: 1-based, or None for anywhere in the book.
        occurrence: 1-based, where the same words are spoken more than once.
        where: file and line it stands in, for messages.
    """

    text: str
    speaker: str
    chapter: int | None = None
    occurrence: int = 1
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Corrections:
    """What a person decided; it outweighs everything the text suggests.

    Args:
        names: alias (any spelling found in the text, or an earlier name) -> name of the character it belongs to.
        genders: name -> gender.
        ages: name -> age.
        lines: corrections of single lines.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    genders: Mapping[str, Gender] = field(default_factory=dict)
    ages: Mapping[str, Age] = field(default_factory=dict)
    lines: tuple[LineCorrection, ...] = ()
