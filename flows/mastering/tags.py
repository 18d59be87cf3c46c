"""What a file says about the book: tags, cover and language, as ffmpeg's metadata text."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from normalizers.languages import LANGUAGES, primary

SYNTHETIC_SPEECH = "Synthetic speech made with Duoyin."
"""What every finished file says of itself where a player shows it."""
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
        cover: a picture ffmpeg can read; in the finished file it is a JPEG (see `flows.mastering.cover`).
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
        "grouping": " #".join(filter(None, (book.series, series_number(book)))) if book.series else "",
        "media_type": AUDIOBOOK_MEDIA_TYPE,
    }
    return {name: value for name, value in tags.items() if value}


def series_number(book: BookMetadata) -> str:
    """The book's number in its series as people write it: `2.0` and `02` are 2, `1.50` is 1.5."""
    number = book.series_index.strip()
    if not re.fullmatch(r"\d+(\.\d+)?", number):
        return number
    whole, _, part = number.partition(".")
    return (whole.lstrip("0") or "0") + (f".{part.rstrip('0')}" if part.rstrip("0") else "")


def sort_tags(book: BookMetadata) -> dict[str, str]:
    """What the book is sorted by in a library, by ffmpeg's names of the atoms: `The Hobbit` under `Hobbit, The`."""
    names = {
        "sort_name": book.title,
        "sort_album": book.title,
        "sort_artist": ", ".join(book.authors),
        "sort_album_artist": ", ".join(book.authors),
    }
    return {name: sorted_by(text, book.language) for name, text in names.items() if text}


def sorted_by(text: str, tag: str) -> str:
    """A name without its leading article, which follows it: `A Tale of Two Cities` → `Tale of Two Cities, A`.

    Args:
        tag: BCP 47, of the language whose articles count; of one that is not known none does.
    """
    known = LANGUAGES.get(primary(tag))
    article, _, rest = text.partition(" ")
    if known is None or article.lower() not in known.articles or not rest.strip():
        return text
    return f"{rest.strip()}, {article}"


_VORBIS_NAMES = {
    "sort_album": "ALBUMSORT",
    "sort_artist": "ARTISTSORT",
    "sort_album_artist": "ALBUMARTISTSORT",
}
_ID3_NAMES = {"sort_album": "album-sort", "sort_artist": "artist-sort"}
"""As ffmpeg, and with it most libraries, calls them."""


def chapter_tags(
    book: BookMetadata, title: str, number: int, count: int, *, codec: str = "mp3"
) -> dict[str, str]:
    """Tags of a file that holds one chapter.

    Args:
        number: counts from 1. codec: of the file, which decides what the tags are called.
    """
    tags = book_tags(book)
    del tags["media_type"]
    tags |= {"title": title, "track": f"{number}/{count}"}
    names = _VORBIS_NAMES if codec in ("opus", "flac") else _ID3_NAMES
    tags |= {names[name]: text for name, text in sort_tags(book).items() if name in names}
    if book.series:
        series = {"series": book.series, "series-part": series_number(book)}
        tags |= {name: text for name, text in series.items() if text}
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
