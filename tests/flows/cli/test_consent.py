"""Consent that no option gives is asked for where a person sits, and never made up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import StringIO

import pytest

from flows.cli.consent import consent_or_ask
from tts_core.consent import Consent, Use

Sit = Callable[..., StringIO]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def sit(monkeypatch: pytest.MonkeyPatch) -> Sit:
    """Sit down at a terminal, type lines in, and see what it shows."""

    def begin(*lines: str, language: str = "en") -> StringIO:
        shown = Terminal()
        monkeypatch.setattr("sys.stdin", Terminal("".join(f"{line}\n" for line in lines)))
        monkeypatch.setattr("sys.stderr", shown)
        monkeypatch.setenv("DUOYIN_LANG", language)
        return shown

    return begin


def test_a_person_is_asked_what_the_consent_covers_and_until_when(sit: Sit) -> None:
    shown = sit("Anna Li, by letter", "y", "n", "y", "next year", "2027-12-31")
    assert consent_or_ask(Consent("")) == Consent(
        "Anna Li, by letter", (Use.READ_ALOUD, Use.TRAIN), date(2027, 12, 31)
    )
    assert "Write year, month and day" in shown.getvalue()


def test_what_options_say_is_not_asked_again(sit: Sit) -> None:
    given = Consent("Anna Li, by letter", (Use.PUBLISH,))
    assert consent_or_ask(given) == given
    shown = sit("Anna Li, by letter", "")
    assert consent_or_ask(Consent("", (Use.PUBLISH,))) == given
    assert "published" not in shown.getvalue()


def test_nothing_said_is_no_consent(sit: Sit) -> None:
    sit("")
    assert consent_or_ask(Consent("")).statement == ""


def test_the_questions_are_in_the_language_of_the_person(sit: Sit) -> None:
    shown = sit("李安娜，2026年3月1日来信", "y", "y", "n", "", language="zh")
    assert consent_or_ask(Consent("")).covers == (Use.READ_ALOUD, Use.PUBLISH)
    assert "可以公开发布吗" in shown.getvalue()


def test_a_program_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("Anna\ny\n"))
    assert consent_or_ask(Consent("")) == Consent("")
