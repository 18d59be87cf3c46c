"""What a person agreed to who lends a voice: in words, and as far as a program can heed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from normalizers import DuoyinError


class Use(StrEnum):
    """What a voice may be used for."""

    READ_ALOUD = "read-aloud"
    PUBLISH = "publish"
    TRAIN = "train"


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent of the person whose voice it is.

    Args:
        statement: who agreed to what, in plain words; never empty.
        covers: what it covers; empty where only the statement says it.
        until: the last day on which it holds; None for no end.
        withdrawn: since when it does not hold any more; None where it was not taken back.
    """

    statement: str
    covers: tuple[Use, ...] = ()
    until: date | None = None
    withdrawn: date | None = None

    def refusal(self, use: Use, day: date) -> str:
        """Why the voice may not be used so on a day, in words; "" where it may."""
        if self.withdrawn is not None and self.withdrawn <= day:
            return f"the consent to its use was withdrawn on {self.withdrawn.isoformat()}"
        if self.until is not None and self.until < day:
            return f"the consent to its use ended on {self.until.isoformat()}"
        if self.covers and use not in self.covers:
            return f"the consent to its use covers {', '.join(self.covers)}, and not {use}"
        return ""

    def to_text(self) -> str:
        """The statement and its limits in one line, for logs, tables and reports."""
        limits = [
            f"covers {', '.join(self.covers)}" if self.covers else "",
            f"until {self.until.isoformat()}" if self.until else "",
            f"withdrawn {self.withdrawn.isoformat()}" if self.withdrawn else "",
        ]
        told = "; ".join(limit for limit in limits if limit)
        return f"{self.statement} ({told})" if told else self.statement

    def to_yaml(self) -> str | dict[str, Any]:
        """As `consent_of` reads it: the statement alone where there is no more."""
        if not (self.covers or self.until or self.withdrawn):
            return self.statement
        content: dict[str, Any] = {"statement": self.statement}
        if self.covers:
            content["covers"] = [str(use) for use in self.covers]
        for name, day in (("until", self.until), ("withdrawn", self.withdrawn)):
            if day is not None:
                content[name] = day.isoformat()
        return content


def consent_of(content: Any, where: str) -> Consent:
    """Consent as a file has it: a statement, or a mapping of `statement`, `covers`, `until` and `withdrawn`.

    Args:
        where: the file, for messages.

    Raises:
        DuoyinError: no statement, an unknown use, field or date.
    """
    fields: Mapping[str, Any] = content if isinstance(content, Mapping) else {"statement": content}
    if unknown := sorted(set(fields) - {"statement", "covers", "until", "withdrawn"}):
        raise DuoyinError(
            f"consent: {unknown[0]!r} is nothing it has",
            where=where,
            hint="It has statement, covers, until and withdrawn.",
        )
    statement = str(fields.get("statement") or "").strip()
    if not statement:
        raise DuoyinError(
            "the voice has no consent statement",
            where=where,
            hint="Write down who agreed to what: consent: …",
        )
    covers = fields.get("covers") or ()
    return Consent(
        statement,
        uses_of([covers] if isinstance(covers, str) else list(covers), where),
        day_of(fields.get("until"), "until", where),
        day_of(fields.get("withdrawn"), "withdrawn", where),
    )


def uses_of(names: list[str], where: str = "") -> tuple[Use, ...]:
    """Uses by their names. Raises `DuoyinError` for one that is none."""
    known = [str(use) for use in Use]
    for name in names:
        if name not in known:
            raise DuoyinError(
                f"covers: {name!r} is none of {', '.join(known)}",
                where=where or None,
                hint="Write for instance read-aloud, publish.",
            )
    return tuple(use for use in Use if use in names)


def day_of(value: Any, name: str, where: str = "") -> date | None:
    """A day as YAML or a person writes it (`2027-12-31`); None for nothing. Raises `DuoyinError` for anything else."""
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise DuoyinError(
            f"{name}: {value!r} is no day", where=where or None, hint="Write year, month and day: 2027-12-31."
        ) from None
