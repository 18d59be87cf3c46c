"""What a book can be delivered as: one row an exporter, and one a kind of captions.

A new one is a module in `flows/mastering/exports/` and a row here. `format` in project.yaml, its choices in
the help of the command line and in the flow's parameters, and the name of what is delivered all follow from the row.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Export:
    """A kind of finished book.

    Args:
        name: as `format` in project.yaml has it.
        suffixes: what its file may end in, the usual one first; none for one that makes a folder of files.
        exporter: `module:function`, a `flows.mastering.exports.base.Exporter`; imported when it is needed.
    """

    name: str
    suffixes: tuple[str, ...]
    exporter: str

    @property
    def is_folder(self) -> bool:
        return not self.suffixes

    def load(self) -> Any:
        """The function that makes it, an `Exporter`."""
        return _function(self.exporter)


_ROWS = (
    Export("m4b", (".m4b", ".m4a", ".mp4"), "flows.mastering.exports.m4b:export"),
    Export("mp3", (), "flows.mastering.exports.chapters:export"),
    Export("opus", (), "flows.mastering.exports.chapters:export"),
    Export("flac", (), "flows.mastering.exports.chapters:export"),
)
EXPORTS: Mapping[str, Export] = {row.name: row for row in _ROWS}
"""By name; the first is the default."""


@dataclass(frozen=True, slots=True)
class CaptionFile:
    """A kind of caption file that is made beside the finished sound.

    Args:
        name: as `captions` in project.yaml has it.
        suffix: what follows the stem of the sound file.
        writer: `module:function`: a `flows.mastering.captions.formats.Captioned` → the file's text.
    """

    name: str
    suffix: str
    writer: str

    def load(self) -> Any:
        """The function that writes it."""
        return _function(self.writer)


_CAPTION_ROWS = (
    CaptionFile("srt", ".srt", "flows.mastering.captions.formats:srt"),
    CaptionFile("vtt", ".vtt", "flows.mastering.captions.formats:vtt"),
    CaptionFile("lrc", ".lrc", "flows.mastering.captions.formats:lrc"),
    CaptionFile("ass", ".ass", "flows.mastering.captions.formats:ass"),
    CaptionFile("json", ".captions.json", "flows.mastering.captions.formats:as_json"),
)
CAPTIONS: Mapping[str, CaptionFile] = {row.name: row for row in _CAPTION_ROWS}
"""By name."""


def _function(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
