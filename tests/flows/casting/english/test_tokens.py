"""Narration as tokens: every kind, and names and noun phrases as one token each."""

from __future__ import annotations

import pytest

from flows.casting.english.tokens import (
    ACT,
    COLON,
    COMMA,
    GENITIVE,
    SPEECH,
    STOP,
    SUBJECT,
    WORD,
    Kind,
    acts,
    tokens_of,
)
from flows.casting.people import Mention


def kinds(text: str, *mentions: Mention) -> list[Kind]:
    return tokens_of(text, 0, len(text), {m.start: m for m in mentions}).kinds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("he said:", [SUBJECT, SPEECH, COLON]),
        ("it rained, then", [WORD, WORD, COMMA, WORD]),
        ("the old man smiled.", [SUBJECT, ACT, STOP]),
        ("she went on", [SUBJECT, SPEECH, WORD]),
        ("she went home", [SUBJECT, ACT, WORD]),
        ("they all cried", [SUBJECT, SUBJECT, SPEECH]),
        ("my hat", [WORD, WORD]),
    ],
)
def test_every_word_has_a_kind(text: str, expected: list[Kind]) -> None:
    assert kinds(text) == expected


def test_a_name_of_two_words_is_one_token_and_somebodys_voice_is_somebody() -> None:
    assert kinds("Anna Bell said", Mention(0, 9, (0,))) == [SUBJECT, SPEECH]
    assert kinds("Kemp's voice cried", Mention(0, 4, (0,), genitive=True)) == [SUBJECT, SPEECH]
    assert kinds("Kemp's mother cried", Mention(0, 4, (0,), genitive=True)) == [GENITIVE, SUBJECT, SPEECH]


def test_a_role_takes_its_article_along() -> None:
    tokens = tokens_of("said the barman", 0, 15, {9: Mention(9, 15, (3,), common=True)})
    subject = tokens.subjects[1]
    assert subject is not None and (subject.kind, subject.words, subject.noun) == (
        "noun",
        "the barman",
        "barman",
    )


def test_who_stands_after_a_preposition_does_not_act() -> None:
    tokens = tokens_of("he turned to him and she smiled", 0, 31, {})
    assert [tokens.words[j] for j in range(len(tokens.words)) if acts(tokens, j)] == ["he", "she"]
