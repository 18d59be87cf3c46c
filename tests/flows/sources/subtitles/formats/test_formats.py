"""Which format a text is in: told by its content, by its name only where two formats look alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import sources
from flows.sources.subtitles import parse_subtitles
from flows.sources.subtitles.formats import FORMATS, SUFFIXES, recognise
from normalizers import DuoyinError

SUBRIP = "1\n00:00:01,000 --> 00:00:02,000\nHello.\n"
WEBVTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nDialogue: hello.\n"
EVENTS = "[Events]\nFormat: Layer, Start, End, Text\nDialogue: 0,0:00:01.00,0:00:02.00,From 1 -> 2.\n"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (SUBRIP, "film.srt", "srt"),
        (SUBRIP, "film.txt", "srt"),
        (SUBRIP, "film.vtt", "vtt"),
        (WEBVTT, "film.srt", "vtt"),
        (WEBVTT, "film", "vtt"),
        (f"[Script Info]\nScriptType: v4.00+\n{EVENTS}", "film.srt", "ass"),
        (f"[Script Info]\nScriptType: v4.00\n{EVENTS}", "film.ass", "ssa"),
        ("Dialogue: 0,0:00:01.00,0:00:02.00,,,,,,,Hello.", "film.vtt", "ass"),
    ],
)
def test_content_decides_and_the_suffix_only_between_formats_that_look_alike(
    text: str, name: str, expected: str
) -> None:
    assert recognise(text, name).name == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{10}{20}Hello.", "MicroDVD"),
        ('<tt xmlns="http://www.w3.org/ns/ttml"><p begin="1s">Hello.</p></tt>', "TTML"),
        ("[00:12.00]Hello.", "LRC"),
        ('{"segments": [{"start": 0.0, "end": 2.0, "text": "Hello."}]}', "JSON"),
        ('[{"start": 0.0, "text": "Hello."}]', "JSON"),
        ("start\tend\ttext\n0\t2000\tHello.", "TSV"),
        ('<timedtext format="3"><body><p t="1" d="2">Hello.</p></body></timedtext>', "YouTube XML"),
        ("<!DOCTYPE html>\n<html><body>Not found</body></html>", "web page"),
        ("   \n", "empty"),
        ("Hello.", "no subtitle format"),
    ],
)
def test_other_formats_are_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(DuoyinError, match=words):
        recognise(text, "film.srt")


@pytest.mark.parametrize(
    ("data", "words", "hint"),
    [
        (b"PK\x03\x04\x14\x00", "archive", "unpack"),
        (b"Rar!\x1a\x07\x00", "archive", "unpack"),
        (b"\x1f\x8b\x08\x00", "archive", "unpack"),
        (b"\x00\x00\x00\x18ftypmp42", "video", "--video"),
        (b"\x1aE\xdf\xa3\x01", "video", "--video"),
        (b"# VobSub index file, v7\nid: en, index: 0\n", "pictures", "OCR"),
        (b"\x00\x00\x01\xba\x44", "pictures", "OCR"),
        (b"{\\rtf1 00:00:01,000 --> 00:00:02,000\\par Hello}", "RTF", "convert"),
    ],
)
def test_what_holds_no_text_of_subtitles_is_refused_with_the_next_step(
    data: bytes, words: str, hint: str
) -> None:
    with pytest.raises(DuoyinError, match=words) as caught:
        parse_subtitles(data + b"\x00" * 40 * (b"rtf" not in data), name="film.srt")
    assert caught.value.where == "film.srt" and hint in (caught.value.hint or "")


def test_every_row_of_the_table_is_a_subtitle_file_by_its_suffix() -> None:
    assert {suffix for item in FORMATS for suffix in item.suffixes} == SUFFIXES
    assert all(sources.is_subtitle(Path(f"FILM{suffix.upper()}")) for suffix in SUFFIXES)


@pytest.mark.parametrize(("name", "text"), [("srt", SUBRIP), ("vtt", WEBVTT), ("ass", EVENTS)])
def test_every_format_hands_out_the_same_record(name: str, text: str) -> None:
    found = next(item for item in FORMATS if item.name == name).read(text)
    assert [(cue.number, cue.start_ms, cue.end_ms) for cue in found.cues] == [(1, 1000, 2000)]
