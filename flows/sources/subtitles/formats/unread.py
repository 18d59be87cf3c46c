"""Files that hold no text of subtitles, or subtitles in a format that is not read, refused by name."""

from __future__ import annotations

import re

from normalizers.errors import DuoyinError

HEAD = 4000
"""Characters of a file that its format is told by."""
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"BZh", b"\xfd7zXZ")
_VIDEOS = re.compile(
    rb"(?s:....)ftyp|\x1aE\xdf\xa3|RIFF(?s:....)(?:AVI |WAVE)|OggS|ID3|\xff[\xfb\xf3]|\x00\x00\x01\xb3|(?s:G.{187}){3}G"
)
_PICTURES = re.compile(rb"PG(?s:.{8})[\x14-\x17\x80]|\x00\x00\x01\xba|# VobSub index file")
_FORMATS = (
    ("MicroDVD", re.compile(r"^\s*\{\d+\}\{\d+\}", re.MULTILINE)),
    ("TTML", re.compile(r"<tt[\s>].*xmlns", re.DOTALL)),
    ("YouTube XML", re.compile(r"<timedtext\b|<transcript>\s*<text\b")),
    ("SAMI", re.compile(r"<SAMI", re.IGNORECASE)),
    ("MPL2", re.compile(r"^\[\d+\]\[\d+\]", re.MULTILINE)),
    ("LRC", re.compile(r"^\[\d+:\d+(?:\.\d+)?\]", re.MULTILINE)),
    ("SBV", re.compile(r"^\d+:\d{2}:\d{2}\.\d{3},\d+:\d{2}:\d{2}\.\d{3}\s*$", re.MULTILINE)),
    ("RTF", re.compile(r"\A\s*\{\\rtf")),
    ("JSON", re.compile(r"\A\s*[\[{]\s*(?:[\[{]\s*)?\"")),
    ("TSV", re.compile(r"^start\tend\ttext", re.MULTILINE)),
)
_WEB_PAGE = re.compile(r"\A\s*<(?:!doctype html|html)\b", re.IGNORECASE)


def refuse_what_is_no_text(data: bytes, name: str) -> None:
    """Raises: `DuoyinError` for an archive, a video or sound file, and subtitles that are pictures."""
    if data.startswith(_ARCHIVES):
        raise DuoyinError(
            "this is an archive, not a subtitle file", where=name, hint="unpack it and give the file within"
        )
    if _VIDEOS.match(data):
        raise DuoyinError(
            "this is a video or sound file, not a subtitle file",
            where=name,
            hint="give its subtitles, and the video with --video; `ffmpeg -i VIDEO film.srt` takes out those within",
        )
    if _PICTURES.match(data):
        raise DuoyinError(
            "these subtitles are pictures of words (VobSub, PGS), not text",
            where=name,
            hint="a program that recognises letters (OCR) makes an SRT file of them",
        )


def refuse_other_formats(text: str, name: str) -> None:
    """Raises: `DuoyinError` for a web page and for formats of subtitles that are not read."""
    head = text.lstrip("\ufeff \t\r\n")[:HEAD]
    if _WEB_PAGE.match(head):
        raise DuoyinError(
            "this is a web page, not a subtitle file", where=name, hint="download the subtitles again"
        )
    for label, pattern in _FORMATS:
        if pattern.search(head):
            raise DuoyinError(
                f"{label} subtitles are not read", where=name, hint="convert the file to SRT first"
            )
