"""What a file says about the book: tags, cover and language, as ffmpeg's metadata text."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass

AUDIOBOOK_MEDIA_TYPE = "2"  # iTunes `stik`: Audiobook
# ISO 639-1 → 639-2/T, for languages books are read in; the MP4 media header holds three letters.
_LANGUAGES = """
zh:zho en:eng de:deu fr:fra es:spa it:ita pt:por nl:nld ru:rus ja:jpn ko:kor pl:pol cs:ces sv:swe da:dan no:nor
nb:nob fi:fin hu:hun el:ell tr:tur ar:ara he:heb hi:hin id:ind vi:vie th:tha uk:ukr ro:ron bg:bul hr:hrv sk:slk
sl:slv et:est lv:lav lt:lit la:lat ca:cat eu:eus ga:gle
"""
LANGUAGE_CODES = dict(pair.split(":") for pair in _LANGUAGES.split())


@dataclass(frozen=True, slots=True)
class BookMetadata:
    """What the tags are filled from. Empty fields are left out.

    Args:
        title, authors, narrator, year, description, comment, publisher, series, series_index: text.
        language: BCP 47, for instance `en` or `zh-Hans`.
        cover: JPEG or PNG (other pictures ffmpeg can read are converted to JPEG).
    """

    title: str
    authors: tuple[str, ...] = ()
    narrator: str = ""
    language: str = ""
    year: str = ""
    description: str = ""
    comment: str = ""
    publisher: str = ""
    series: str = ""
    series_index: str = ""
    cover: bytes | None = None


def language_code(tag: str) -> str:
    """ISO 639-2/T code of a BCP 47 tag; `und` where unknown."""
    primary = tag.lower().replace("_", "-").split("-")[0]
    if len(primary) == 3 and primary.isalpha():
        return primary
    return LANGUAGE_CODES.get(primary, "und")


def book_tags(book: BookMetadata) -> dict[str, str]:
    """Tags of the whole book, by ffmpeg's names."""
    tags = {
        "title": book.title,
        "album": book.title,
        "artist": ", ".join(book.authors),
        "album_artist": ", ".join(book.authors),
        "composer": book.narrator,  # where audiobook players look for the narrator
        "date": book.year,
        "genre": "Audiobook",
        "description": book.description,
        "synopsis": book.description,
        "comment": book.comment or (f"Narrated by {book.narrator}" if book.narrator else ""),
        "copyright": book.publisher,
        "grouping": " ".join(filter(None, (book.series, book.series_index))),
        "media_type": AUDIOBOOK_MEDIA_TYPE,
    }
    return {name: value for name, value in tags.items() if value}


def chapter_tags(book: BookMetadata, title: str, number: int, count: int) -> dict[str, str]:
    """Tags of a file that holds one chapter; `number` counts from 1."""
    tags = book_tags(book)
    del tags["media_type"]
    tags |= {"title": title, "track": f"{number}/{count}"}
    if book.language:
        tags["language"] = language_code(book.language)
    return tags


def ffmetadata(tags: dict[str, str], chapters: Sequence[tuple[str, int, int]], rate: int) -> str:
    """ffmpeg's metadata text.

    Args:
        tags: name → value.
        chapters: (title, start, end) in samples.
        rate: Hz, the unit of the marks.
    """
    lines = [";FFMETADATA1", *(f"{escape(name)}={escape(value)}" for name, value in tags.items())]
    for title, start, end in chapters:
        lines += ["[CHAPTER]", f"TIMEBASE=1/{rate}", f"START={start}", f"END={end}", f"title={escape(title)}"]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Escape for ffmetadata: `= ; # \\` and line ends. NUL cannot be stored and is dropped."""
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    if text.endswith("\\"):
        text += " "  # ffmpeg takes an escaped backslash before a line end for an escaped line end
    return "".join(f"\\{c}" if c in "=;#\\\n" else c for c in text)


def picture_type(data: bytes) -> str | None:
    """`image/jpeg` or `image/png` by the first bytes; None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return None


def picture_block(data: bytes) -> str:
    """Base64 of a FLAC picture block (RFC 9639 section 8.8), how Ogg Opus carries a front cover."""
    media_type = (picture_type(data) or "image/jpeg").encode()
    front_cover = 3
    block = struct.pack(">II", front_cover, len(media_type)) + media_type
    block += struct.pack(">I", 0)  # no description
    block += struct.pack(
        ">IIII", 0, 0, 0, 0
    )  # size, depth and colours unknown: readers look into the picture
    block += struct.pack(">I", len(data)) + data
    return base64.b64encode(block).decode()
