"""Symbols, marks and spaces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tts_core.phonetics.phonemes import SYMBOLS, Sound, tidy, voiced


def sounds(text: str) -> list[Sound]:
    """Letters are words, the rest marks and spaces."""
    return [Sound(c, i, i + 1, word=c.isalpha()) for i, c in enumerate(text)]


def written(text: str) -> str:
    return "".join(sound.symbols for sound in tidy(sounds(text)))


def test_one_space_between_words_and_none_at_the_ends() -> None:
    assert written("  a   b ") == "a b"


def test_no_space_before_a_closing_mark_and_one_after() -> None:
    assert written("a ,b .c") == "a, b. c"


def test_quotes_open_and_close() -> None:
    assert written('"a"b "c" ') == "“a” b “c”"
    assert written("“ a ”b") == "“a” b"


def test_repeated_marks_are_one() -> None:
    assert written("a!!! b") == "a! b"
    assert written("a,, b——c") == "a, b— c"


def test_marks_alone_are_nothing_to_hear() -> None:
    assert not voiced(tidy(sounds("……——！".replace("！", "!"))))


@given(st.text(alphabet='ab ,.!?—…“”()"', max_size=40))
def test_every_word_survives_and_every_symbol_is_of_the_alphabet(text: str) -> None:
    tidied = tidy(sounds(text))
    assert [s for s in tidied if s.word] == [s for s in sounds(text) if s.word]
    joined = "".join(s.symbols for s in tidied)
    assert set(joined) <= SYMBOLS
    assert "  " not in joined and joined == joined.strip()
