"""What needs packages of an extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from normalizers import DuoyinError


@contextmanager
def extra(name: str, *, what: str = "this", where: str | None = None, otherwise: str = "") -> Iterator[None]:
    """Around imports of what `pip install 'duoyin[name]'` brings: what is not installed is an error for people.

    Args:
        what: needs it. where: the setting or address that asks for it.
        otherwise: what a person may do instead, after "or".
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise DuoyinError(
            f"{what} needs the package {error.name}, which is not installed",
            where=where,
            hint=f"pip install 'duoyin[{name}]'" + (f", or {otherwise}" if otherwise else ""),
        ) from error
