"""Commands that need packages of an extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from normalizers import DuoyinError


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around imports of what `pip install 'duoyin[name]'` brings: what is not installed is an error for people."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise DuoyinError(
            f"this needs the package {error.name}, which is not installed",
            hint=f"pip install 'duoyin[{name}]'",
        ) from error
