"""A ZIP container opened without trust: bounded sizes, names looked up but never written to disk."""

from __future__ import annotations

import lzma
import posixpath
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from normalizers import DuoyinError

MAX_MEMBER_BYTES = 256 * 1024 * 1024
"""One member, unpacked. The largest XHTML of a real novel is a few MiB; fixed-layout images reach tens."""
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
"""Everything read from one book, unpacked."""
MAX_RATIO = 200
"""Unpacked over packed; real XHTML stays under 30, and a bomb starts at 1000."""
RATIO_FREE_BYTES = 1024 * 1024
"""Members smaller than this may have any ratio: blank pages compress well."""


_FAULTS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises on damage: signatures, lengths and sums that are wrong, methods and encryption it lacks."""
_CALIBRE = "convert it to EPUB, for example with calibre"
_WEB_PAGE = "if it came from a shop or a library, the download failed and this page says why"
_OTHER_FORMATS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"%pdf", "a PDF", _CALIBRE),
    (60, b"bookmobi", "a Kindle book (MOBI or AZW)", _CALIBRE),
    (0, b"rar!", "a RAR archive", "unpack it; the book is inside"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it; the book is inside"),
    (0, b"\x1f\x8b", "a gzip archive", "unpack it; the book is inside"),
    (0, b"{\\rtf", "a Rich Text document", _CALIBRE),
    (0, b"<!doctype html", "a web page", _WEB_PAGE),
    (0, b"<html", "a web page", _WEB_PAGE),
    (
        0,
        b"<fulfillmenttoken",
        "a ticket of Adobe Digital Editions (.acsm)",
        "it holds no book, only leave to fetch one",
    ),
)
"""(offset, lower-case signature, what it is, what to do)."""


class DecompressionBomb(DuoyinError):
    """A member that was made to fill a machine; no part of its archive is worth reading on."""


class Archive:
    """The members of an EPUB by name. Use as a context manager.

    Names are matched exactly, then percent-decoded, then without regard to case, to how an accent is composed
    (a Macintosh packs `é` as two characters) and to percent signs in the archive's own names, because manifests
    of real books get these wrong. A name that leaves the container (`../../etc/passwd`, `/etc/passwd`, `C:\\x`) is
    not found; nothing is ever extracted.

    Raises:
        DuoyinError: the file is missing, empty, or not a readable ZIP archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_bytes = 0
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise DuoyinError("there is no such file", where=str(path), hint="check the path") from None
        except IsADirectoryError:
            raise DuoyinError(
                "this is a folder, not a file", where=str(path), hint="pack it as a ZIP archive named .epub"
            ) from None
        except OSError as error:
            raise DuoyinError(f"cannot be opened ({error.strerror or error})", where=str(path)) from None
        except _FAULTS:
            self._refuse_other_formats(path)
            raise self._damaged("it is not a complete ZIP archive") from None
        self._names: dict[str, zipfile.ZipInfo] = {}
        self._folded: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            name = info.filename.replace("\\", "/")
            if name and not name.endswith("/") and _inside(name):
                self._names.setdefault(name, info)
        for name, info in self._names.items():
            for alias in _other_decodings(name, info):
                self._folded.setdefault(_fold(alias), info)
        for name, info in self._names.items():
            self._folded.setdefault(_fold(posixpath.normpath(unquote(name))), info)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        return list(self._names)

    def find(self, name: str) -> str | None:
        """The member that `name` means, or None."""
        for candidate in (name, unquote(name)):
            clean = posixpath.normpath(candidate)
            if not _inside(clean):
                continue
            info = self._names.get(clean) or self._folded.get(_fold(clean))
            if info:
                return info.filename.replace("\\", "/")
        return None

    def size(self, name: str) -> int:
        """How many bytes a member says it unpacks to; 0 where there is none."""
        found = self.find(name)
        return self._names[found].file_size if found else 0

    def read(self, name: str) -> bytes:
        """The content of a member.

        Raises:
            DuoyinError: there is no such member, or it is damaged or encrypted by the archiver.
            DecompressionBomb: it unpacks to far too much.
        """
        found = self.find(name)
        if found is None:
            raise self._damaged(f"its member {name} is missing")
        info = self._names[found]
        if info.flag_bits & 0x1:
            raise DuoyinError(
                f"its member {found} is locked with a ZIP password",
                where=str(self.path),
                hint="unpack it with the password and pack it again",
            )
        limit = min(MAX_MEMBER_BYTES, max(RATIO_FREE_BYTES, info.compress_size * MAX_RATIO))
        if info.file_size > limit or self._read_bytes + info.file_size > MAX_TOTAL_BYTES:
            raise self._bomb(found)
        try:
            with self._zip.open(info) as member:
                data = member.read(limit + 1)
        except (*_FAULTS, OSError) as error:
            raise self._damaged(f"its member {found} cannot be unpacked ({error})") from None
        if len(data) > limit:
            raise self._bomb(found)
        self._read_bytes += len(data)
        return data

    def _refuse_other_formats(self, path: Path) -> None:
        """Say what a file is that is only named like an EPUB."""
        with path.open("rb") as file:
            head = file.read(512)
        if not head:
            raise DuoyinError("the file is empty", where=str(path), hint="download or export the book again")
        for at, signature, kind, advice in _OTHER_FORMATS:
            if head[at:].lower().startswith(signature):
                raise DuoyinError(
                    f"this is no EPUB but {kind}, whatever its name", where=str(path), hint=advice
                )

    def _damaged(self, how: str) -> DuoyinError:
        return DuoyinError(
            f"the EPUB is damaged: {how}",
            where=str(self.path),
            hint="download or export the book again; a file cut short cannot be mended",
        )

    def _bomb(self, name: str) -> DecompressionBomb:
        return DecompressionBomb(
            f"its member {name} unpacks to more than a book can hold; it looks like a decompression bomb",
            where=str(self.path),
            hint="do not trust this file",
        )


@contextmanager
def going_without(name: str, warnings: list[str]) -> Iterator[None]:
    """Go on without a member that the words of the book do not need: a `DuoyinError` within becomes a warning.

    Raises:
        DecompressionBomb: the member is one.
    """
    try:
        yield
    except DecompressionBomb:
        raise
    except DuoyinError as error:
        warning = f"{name} cannot be read, and the book goes on without it: {error.message}"
        if warning not in warnings:
            warnings.append(warning)


def _inside(name: str) -> bool:
    """Whether a member's name stays within the container."""
    return not name.startswith(("/", "..")) and "\0" not in name and name != "."


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _other_decodings(name: str, info: zipfile.ZipInfo) -> list[str]:
    """A ZIP without the UTF-8 flag says nothing of its names' encoding; `zipfile` takes them for CP437."""
    names = [name]
    if not info.flag_bits & 0x800 and not name.isascii():
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030", "latin-1"):
            try:
                names.append(raw.decode(encoding))
            except UnicodeDecodeError:
                continue
    return names


def resolve(base: str, href: str) -> tuple[str, str]:
    """The member and the fragment that `href` means in a document `base` (both percent-decoded)."""
    path, _, fragment = href.strip().partition("#")
    member = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(path))) if path else base
    return member, unquote(fragment)
