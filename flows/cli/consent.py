"""Consent asked for at the terminal, in the language of the person, where no option says it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date

import typer

from flows.cli.words import say
from normalizers import DuoyinError
from tts_core.consent import Consent, Use, day_of

QUESTIONS: Mapping[Use, str] = {
    Use.READ_ALOUD: "May books and texts be read aloud in this voice?",
    Use.PUBLISH: "May what was read be published?",
    Use.TRAIN: "May a model be trained on the recordings?",
}


def consent_or_ask(given: Consent) -> Consent:
    """What the options say of a consent; where they have no statement and a person sits there, what that person says.

    A question left empty is no answer: then the statement stays empty, and whoever needs it refuses.

    Raises:
        typer.Abort: Ctrl-C or the end of the input.
    """
    if given.statement or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return given
    _tell(
        "A voice is a person's. Who agreed that it is used, when, and how? One sentence that you can show them."
    )
    statement = _ask("Who agreed to what")
    if not statement:
        return given
    covers = given.covers or tuple(
        use for use, question in QUESTIONS.items() if typer.confirm(say(question), default=False, err=True)
    )
    return Consent(statement, covers, given.until or _last_day())


def _last_day() -> date | None:
    while True:
        told = _ask("Until when (2027-12-31; nothing: no end)")
        try:
            return day_of(told, "until")
        except DuoyinError as error:
            _tell(error.hint or error.message)


def _ask(question: str) -> str:
    return str(typer.prompt(say(question), default="", show_default=False, err=True)).strip()


def _tell(text: str) -> None:
    typer.echo(say(text), err=True)
