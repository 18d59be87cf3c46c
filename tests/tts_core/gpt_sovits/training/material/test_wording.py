"""What was heard is found again in a text, and takes its words and marks from there."""

from __future__ import annotations

from tts_core.gpt_sovits.training.material.cleaning import said
from tts_core.gpt_sovits.training.material.wording import KnownText, tokens
from tts_core.recognizer import HeardWord

FILLING = " ".join(f"Sentence number {at} says that {at * 7} ships went by." for at in range(120))
BOOK = f"Chapter I\n\n{FILLING}\nIt was the café at noon; “Who’s there?” cried Tom. Nobody spoke.\n{FILLING}"


def heard(text: str) -> list[HeardWord]:
    return [HeardWord(word, at / 2, at / 2 + 0.4, 0.9) for at, word in enumerate(text.split())]


def labels(text: str, known: str, blank: str = " ") -> list[str]:
    words = said(heard(text), KnownText(known), blank)
    return [word.text for word in words or []]


def test_words_sound_alike_whatever_their_case_accents_and_apostrophes() -> None:
    assert [token.sound for token in tokens("Who’s at the CAFÉ?")] == ["whos", "at", "the", "cafe"]
    assert [token.sound for token in tokens("他在cafe，")] == ["ta", "zai", "cafe"]
    assert [token.sound for token in tokens("它再")] == ["ta", "zai"]


def test_a_passage_is_found_in_a_book_and_gets_its_marks() -> None:
    found = labels("it was the cafe at noon who's there cried tom", BOOK)
    assert "".join(found).strip() == "It was the café at noon; “Who’s there?” cried Tom."


def test_misheard_words_are_mended_and_unheard_ones_kept() -> None:
    assert "".join(labels("it was a cafe noon who's there cried Tim nobody spoke", BOOK)).strip() == (
        "It was the café at noon; “Who’s there?” cried Tom. Nobody spoke."
    )


def test_homophones_are_one_in_chinese() -> None:
    known = "他在院子里走来走去，天很快就黑了。"
    words = said(
        [HeardWord(c, at / 4, at / 4 + 0.2, 0.9) for at, c in enumerate("它再院子里走来走去")],
        KnownText(known),
        "",
    )
    assert "".join(word.text for word in words or []) == "他在院子里走来走去，"


def test_what_is_not_in_the_text_is_not_forced_into_it() -> None:
    assert said(heard("this is a recording of the society for good reading"), KnownText(BOOK), " ") is None


def test_without_a_text_the_heard_words_are_the_label() -> None:
    words = said(heard("Good evening, all."), None, " ")
    assert words is not None
    assert "".join(word.text for word in words).strip() == "Good evening, all."
    assert words[-1].ends_sentence
