"""The one base exception of the project.

It lives in the lowest package so that every room can raise it and the command line can catch it.
"""

from __future__ import annotations

HINT = "  → "
"""What stands before the hint of an error, in a line of its own."""


class DuoyinError(Exception):
    """Something the person at the keyboard can mend.

    Args:
        message: what was wrong, in one sentence.
        where: the file, with line or cue where known.
        hint: what to do next, in one sentence.

    The command line prints `str(error)` and leaves with exit code 2; a traceback is a bug.
    """

    exit_code = 2

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n{HINT}{self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[object, ...]:  # crosses process borders with where and hint intact
        return (_rebuild, (type(self), self.message, self.where, self.hint))


def _rebuild(cls: type[DuoyinError], message: str, where: str | None, hint: str | None) -> DuoyinError:
    return cls(message, where=where, hint=hint)
