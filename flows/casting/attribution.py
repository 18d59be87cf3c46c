"""Name the speaker of every line: the public verbs of casting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flows.casting.book import Book, from_chapters, from_text
from flows.casting.nouns import Casting, Corrections, Gender, Span


def attribute(
    text: str,
    lang: str,
    quotes: Sequence[tuple[int, int]] | None = None,
    characters: Sequence[Mapping[str, Any]] | None = None,
) -> list[tuple[int, int, str | None]]:
    """Spans of dialogue in `text` with their speakers.

    Args:
        quotes: `(start, end)` of the dialogue where it is known; found otherwise.
        characters: the cast where it is known, each `{"name", "aliases", "gender"}`; found otherwise.

    Returns: `(start, end, speaker)`, offsets of the spoken words without their marks, in order.
    """
    book = from_text(text, lang, quotes)
    return [
        (book.starts[q.paragraph] + q.inner_start, book.starts[q.paragraph] + q.inner_end, None)
        for q in book.quotes
        if q.kind == "speech"
    ]


def genders(text: str, lang: str, names: Iterable[str] = ()) -> dict[str, Gender | None]:
    """The gender of each of `names` as far as `text` tells."""
    return dict.fromkeys(names)


def cast_book(chapters: Sequence[Sequence[str]], lang: str, corrections: Corrections | None = None) -> Casting:
    """Who speaks in a book.

    Args:
        chapters: paragraph texts of each chapter.
        lang: `en` or `zh`.
        corrections: what a person decided; holds, and teaches the rest.
    """
    book = from_chapters(chapters, lang)
    return Casting(lang, (), _spans(book, chapters, [(None, 0.0, "")] * len(book.quotes)))


def _spans(
    book: Book, chapters: Sequence[Sequence[str]], said: Sequence[tuple[str | None, float, str]]
) -> tuple[tuple[tuple[Span, ...], ...], ...]:
    by_paragraph: dict[int, list[int]] = {}
    for i, quote in enumerate(book.quotes):
        by_paragraph.setdefault(quote.paragraph, []).append(i)
    result = []
    number = 0
    for paragraphs in chapters:
        chapter = []
        for text in paragraphs:
            spans, at = [], 0
            for i in by_paragraph.get(number, ()):
                quote = book.quotes[i]
                if quote.start > at:
                    spans.append(Span(at, quote.start, "narration"))
                speaker, confidence, evidence = said[i]
                kind = "dialogue" if quote.kind == "speech" else quote.kind
                spans.append(Span(quote.start, quote.end, kind, speaker, confidence, evidence))
                at = quote.end
            if at < len(text) or not spans:
                spans.append(Span(at, len(text), "narration"))
            chapter.append(tuple(spans))
            number += 1
        result.append(tuple(chapter))
    return tuple(result)
