"""Voices: apart where people talk to each other, fitting where the text tells, kept where a person or a
series says so."""

from __future__ import annotations

import pytest

from flows.casting import Casting, Character, Span, assign_voices, conversations, similarity
from flows.casting.nouns import Age, Gender
from normalizers import DuoyinError
from tts_core.engine import VoicePreset

VOICES = [
    VoicePreset("m1", "en", "male", recommended=True),
    VoicePreset("f1", "en", "female", recommended=True),
    VoicePreset("m2", "en", "male"),
    VoicePreset("f2", "en", "female"),
    VoicePreset("m3", "en", "male"),
    VoicePreset("kid", "en", "male", age="child"),
    VoicePreset("z1", "zh", "female"),
]


def story(
    *scenes: str, genders: dict[str, Gender] | None = None, ages: dict[str, Age] | None = None
) -> Casting:
    """One chapter a scene, one line a letter: `ABAB` is a dialogue of A and B."""
    names = sorted(
        {name for scene in scenes for name in scene}, key=lambda n: -sum(s.count(n) for s in scenes)
    )
    return Casting(
        "en",
        tuple(
            Character(
                n,
                gender=(genders or {}).get(n),
                age=(ages or {}).get(n),
                lines=sum(s.count(n) for s in scenes),
            )
            for n in names
        ),
        tuple(tuple((Span(0, 9, "dialogue", name, 1.0),) for name in scene) for scene in scenes),
    )


def test_partners_get_different_voices_of_their_gender_apart_from_the_narrator() -> None:
    cast = assign_voices(story("ABABAB", genders={"A": "male", "B": "male"}), VOICES, "en", {}, "m1")
    assert cast["narrator"] == "m1"
    assert {cast["A"], cast["B"]} <= {"m2", "m3"} and cast["A"] != cast["B"]


def test_everybody_in_one_scene_sounds_different_while_voices_last() -> None:
    cast = assign_voices(story("ABCABC" * 4), VOICES, "en", {}, "m1")
    assert len({cast[n] for n in "ABC"} | {cast["narrator"]}) == 4


def test_minor_characters_share_a_voice_only_where_they_never_meet() -> None:
    minor = [chr(ord("a") + i) for i in range(12)]
    casting = story(
        "AB" * 600,
        *(f"{x}{y}{x}{y}" for x, y in zip(minor[::2], minor[1::2], strict=True)),
        genders=dict.fromkeys(minor, "male"),
    )
    cast = assign_voices(casting, VOICES, "en", {}, "f1")
    for (one, other), _ in conversations(casting).items():
        assert cast[one] != cast[other]


def test_a_child_speaks_with_a_childs_voice_and_nobody_else_does() -> None:
    cast = assign_voices(
        story("ABAB", genders={"A": "male", "B": "male"}, ages={"B": "child"}), VOICES, "en", {}, "f1"
    )
    assert cast["B"] == "kid" and cast["A"] != "kid"


def test_fixed_voices_are_kept_and_the_others_move_away_from_them() -> None:
    cast = assign_voices(
        story("ABAB", genders={"A": "female", "B": "female"}), VOICES, "en", {"B": "f1"}, "m1"
    )
    assert (cast["A"], cast["B"]) == ("f2", "f1")


def test_a_first_person_narrator_speaks_with_the_narrators_voice() -> None:
    casting = story("ABAB")
    told = Casting("en", casting.characters, casting.spans, 1, "A")
    cast = assign_voices(told, VOICES, "en", {}, "f2")
    assert cast["A"] == "f2" and cast["B"] != "f2"


def test_lines_of_nobody_are_read_in_the_narrators_quiet_voice() -> None:
    assert assign_voices(story("A"), VOICES, "en", {}, "f2")["unknown"] == "f2"


def test_the_same_book_gets_the_same_voices() -> None:
    casting = story("ABCDABCD", "EFEF")
    assert assign_voices(casting, VOICES, "en") == assign_voices(casting, VOICES, "en")


def test_an_engine_without_voices_is_an_error() -> None:
    with pytest.raises(DuoyinError, match="no voice"):
        assign_voices(story("A"), [], "en")


def test_a_voice_is_like_itself_and_likeness_has_no_direction() -> None:
    for a in VOICES:
        assert similarity(a, a, "en") == 1.0
        for b in VOICES:
            assert similarity(a, b, "en") == similarity(b, a, "en") <= 1.0
