"""What a book can be delivered as: one row an exporter.

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
        module, _, name = self.exporter.partition(":")
        return getattr(importlib.import_module(module), name)


_ROWS = (
    Export("m4b", (".m4b", ".m4a", ".mp4"), "flows.mastering.exports.m4b:export"),
    Export("mp3", (), "flows.mastering.exports.chapters:export"),
    Export("opus", (), "flows.mastering.exports.chapters:export"),
    Export("flac", (), "flows.mastering.exports.chapters:export"),
)
EXPORTS: Mapping[str, Export] = {row.name: row for row in _ROWS}
"""By name; the first is the default."""
