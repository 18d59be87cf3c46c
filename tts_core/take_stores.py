"""Opens the store of takes that a place names, of whichever kind it is."""

from __future__ import annotations

from functools import cache

from normalizers import DuoyinError
from tts_core.takes import FolderTakes, TakePlace, TakeStore


@cache
def open_takes(place: TakePlace) -> TakeStore:
    """The store of takes at a place. Raises `DuoyinError` for an address nobody knows, or a missing package."""
    if not place.url:
        return FolderTakes(place.folder)
    try:
        from tts_core.object_takes import ObjectTakes
    except ModuleNotFoundError as error:
        raise DuoyinError(
            f"takes in an object store need the package {error.name}, which is not installed",
            where=place.url,
            hint="pip install 'duoyin[cluster]'",
        ) from error
    return ObjectTakes(place)
