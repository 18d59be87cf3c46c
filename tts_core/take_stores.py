"""Opens the store of takes that a place names, of whichever kind it is."""

from __future__ import annotations

from functools import cache

from tts_core.extras import extra
from tts_core.takes import FolderTakes, TakePlace, TakeStore


@cache
def open_takes(place: TakePlace) -> TakeStore:
    """The store of takes at a place. Raises `DuoyinError` for an address nobody knows, or a missing package."""
    if not place.url:
        return FolderTakes(place.folder)
    with extra("cluster", where=place.url):
        from tts_core.object_takes import ObjectTakes
    return ObjectTakes(place)
