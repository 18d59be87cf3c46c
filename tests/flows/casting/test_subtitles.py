"""Speakers printed in subtitles."""

from __future__ import annotations

import pytest

from flows.casting.subtitles import speaker_labels


@pytest.mark.parametrize(
    ("cue", "parts"),
    [
        ("ADA: Come in.", [("Ada", "Come in.")]),
        ("[TOM] Come in.", [("Tom", "Come in.")]),
        ("(Tom) Come in.", [("Tom", "Come in.")]),
        (">> MARY: News at ten.", [("Mary", "News at ten.")]),
        ("DR. HALE (sighs): No.", [("Dr. Hale", "No.")]),
        ("阿衡：是我。", [("阿衡", "是我。")]),
        ("【旁白】那年冬天。", [("旁白", "那年冬天。")]),
        ("- Hi.\n- Hello.", [(None, "Hi."), (None, "Hello.")]),
        ("- ADA: Hi.\n- TOM: Hello.", [("Ada", "Hi."), ("Tom", "Hello.")]),
        (">> Who is there?", [(None, "Who is there?")]),
        ("One line\nand another.", [(None, "One line\nand another.")]),
    ],
)
def test_labels(cue: str, parts: list[tuple[str | None, str]]) -> None:
    assert speaker_labels(cue) == parts


@pytest.mark.parametrize(
    "cue",
    [
        "12:30 is fine.",
        "[door slams] What?",
        "(laughing) No.",
        "NOTE: see below.",
        "I told you: no.",
        "-Only one dash.",
    ],
)
def test_what_is_no_label_stays_in_the_text(cue: str) -> None:
    assert speaker_labels(cue) == [(None, cue)]
