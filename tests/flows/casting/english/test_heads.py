"""Heads that say whose words follow."""

from __future__ import annotations

import pytest

from flows.casting.english.heads import head
from flows.casting.people import Head


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Jonathan Harker’s Journal—continued", "Jonathan Harker"),
        ("Dr. Seward’s Phonograph Diary, spoken by Van Helsing.", "Van Helsing"),
        ("Memorandum left by Lucy Westenra.", "Lucy Westenra"),
        ("THE STORY CONTINUED BY MARIAN HALCOMBE", "Marian Halcombe"),
        ("The Story Begun by Walter Hartright of Clement’s Inn, Teacher of Drawing", "Walter Hartright"),
        ("Narrative Continued by the Doctor: How the Ship Was Abandoned", "the Doctor"),
        ("The Narrative of Miss Clack", "Miss Clack"),
        ("Statement of Inspector Bell (of the Yard)", "Inspector Bell"),
    ],
)
def test_an_account(line: str, name: str) -> None:
    assert head(line) == Head(name, full=" " in name and name[0].isupper())


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Letter, Lucy Westenra to Mina Murray.", "Lucy Westenra"),
        ("Letter from Miss Mina Murray to Miss Lucy Westenra.", "Miss Mina Murray"),
        ("Telegram, Seward, London, to Van Helsing, Amsterdam.", "Seward"),
        ("Letter (by hand), Van Helsing to Mrs. Harker.", "Van Helsing"),
        ("Letter from Tom", "Tom"),
    ],
)
def test_a_letter(line: str, name: str) -> None:
    assert head(line) == Head(name, letter=True, full=" " in name)


@pytest.mark.parametrize("line", ["Mina", "MINA", "Chapter 3: Mina", "III. Mina"])
def test_a_name_alone(line: str) -> None:
    assert head(line) == Head("Mina", alone=True)


@pytest.mark.parametrize(
    "line",
    [
        "Ginger’s Story Continued",  # told in marks of quotation, by her, to whoever tells the book
        "Chapter 12",
        "Tom’s Letter",  # may be of whoever gets it
        "The Captain’s Papers",
        "The Adventure of the Noble Bachelor",
        "He handed Tom’s letter to her, and she read it.",
        "Log of the Demeter.",
    ],
)
def test_no_head(line: str) -> None:
    assert head(line) is None
