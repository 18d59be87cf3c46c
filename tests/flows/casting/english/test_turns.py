"""English turns: who cannot be meant, who is called by a rank, and who signs a letter."""

from __future__ import annotations

from flows.casting import cast_book

ROOM = [
    "Sherlock Holmes and Dr. Watson sat at their breakfast. The King of Bohemia rushed into the room.",
    "“Good morning,” said Holmes.",
]


def speakers(*paragraphs: str) -> dict[int, str | None]:
    """Paragraph -> who speaks its first words."""
    casting = cast_book([[*ROOM, *paragraphs]], "en")
    found: dict[int, str | None] = {}
    for _, paragraph, span in casting.dialogue():
        found.setdefault(paragraph - len(ROOM), span.speaker)
    return found


def test_whom_the_sentence_names_behind_its_pronoun_does_not_speak() -> None:
    said = speakers(
        "“You have really got it!” he cried, grasping Sherlock Holmes by either shoulder.",
        "“Not yet,” answered Holmes.",
    )
    assert said[0] == "King of Bohemia"


def test_a_letter_is_read_as_whoever_signs_it() -> None:
    said = speakers(
        "Irene Adler had gone. “She has left this,” said Holmes. It was a letter.",
        "“My Dear Mr. Sherlock Holmes—You really did it very well. You took me in completely.",
        "“I love and am loved by a better man than he. I remain, dear Mr. Sherlock Holmes,",
        "“Very truly yours,",
        "“Irene Adler.”",
        "“What a woman!” cried the King of Bohemia.",
    )
    assert {said[n] for n in (1, 2, 3, 4)} == {"Irene Adler"}
    assert said[5] == "King of Bohemia"


def test_whoever_is_called_by_a_rank_does_not_say_so() -> None:
    said = speakers(
        "“I am all impatience to be gone.”",
        "“The lady does not love your Majesty.”",
        "“It is true,” said the King.",
    )
    assert said[1] != "King of Bohemia" and said[2] == "King of Bohemia"


def test_lines_over_several_paragraphs_without_a_farewell_are_no_letter() -> None:
    said = speakers(
        "“I have been there,” said Holmes.",
        "“The house was dark, and nobody came to the door.",
        "“I saw one name on a plate.",
        "“Irene Adler.”",
    )
    assert said[1] != "Irene Adler"
