"""What needs packages of an extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from normalizers import DuoyinError


@contextmanager
def extra(name: str, *, where: str | None = None) -> Iterator[None]:
    """Around imports of what `pip install 'duoyin[name]'` brings: what is not installed is an error for people.

    Args:
        where: the setting or address that asks for it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise DuoyinError(
            f"this needs the package {error.name}, which is not installed",
            where=where,
            hint=f"pip install 'duoyin[{name}]'",
        ) from error
