"""“He gasped” means the one who acts in the sentence before, whoever talked before that."""

from __future__ import annotations

from flows.casting import cast_book

STORY = [
    "Abel went up to the lamp.",
    "\u201cI counted,\u201d panted Wren.",
    "\u201cWren! Does your mother know where you are?\u201d said Abel.",
    "\u201cShe\u2019s carrying the oil,\u201d said Wren. Her mother was on the stairs.",
    "And behind her came, last of all, breathing like a bellows, young Mr. Pell with a can in each hand.",
    "\u201cI ought to inform you,\u201d he gasped, \u201cthat this is forbidden.\u201d",
    "\u201cYes,\u201d said Abel.",
]


def test_a_pronoun_is_the_subject_of_the_sentence_before() -> None:
    casting = cast_book([STORY], "en")
    said = {STORY[p][span.start : span.end]: span.speaker for _, p, span in casting.dialogue()}
    assert said["\u201cI ought to inform you,\u201d"] == "Mr. Pell"
    assert said["\u201cYes,\u201d"] == "Abel"
