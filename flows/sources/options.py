"""What a reader is asked to read aloud."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Replacement:
    """Words to be read instead of others.

    Args:
        text: what stands in a paragraph, as it is; or
        pattern: a regular expression; one of the two is empty.
        words: what is read instead; "" for nothing. With a pattern `\\1` is its first group.
    """

    text: str = ""
    pattern: str = ""
    words: str = ""


NotesPolicy = Literal["skip", "paragraph", "chapter"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Choices of `flows.sources.read`; the defaults read the story and nothing around it.

    Args:
        notes: `skip` leaves footnotes and endnotes out; `paragraph` reads each after the paragraph that
            refers to it; `chapter` reads them at the end of that chapter. The marks are never read.
        images: read the alternative text of images, as captions.
        page_numbers: read printed page numbers, and the running heads of a scan.
        front_matter: read title, copyright, imprint and colophon pages too.
        contents: read contents pages and indexes too.
        nonlinear: read documents that the package marks `linear="no"`.
        code: read program text too.
        skip: CSS selectors of elements to leave out, e.g. `.jiazhu` for interlinear commentary.
        split_long_paragraphs: characters above which a paragraph without line breaks is cut at sentence
            ends (a text file that lost its line breaks is one paragraph of a whole book).
        chapters_pattern: a regular expression of the headings of chapters, matched at the beginning of a line; in
            place of the table of contents and of all that is known of headings.
        replace: replacements in paragraphs, made in their order before anything else.
    """

    notes: NotesPolicy = "skip"
    images: bool = False
    page_numbers: bool = False
    front_matter: bool = False
    contents: bool = False
    nonlinear: bool = False
    code: bool = False
    skip: tuple[str, ...] = ()
    split_long_paragraphs: int = 3000
    chapters_pattern: str | None = None
    replace: tuple[Replacement, ...] = ()

    @property
    def heading(self) -> re.Pattern[str] | None:
        """`chapters_pattern`, compiled."""
        return re.compile(self.chapters_pattern) if self.chapters_pattern else None
