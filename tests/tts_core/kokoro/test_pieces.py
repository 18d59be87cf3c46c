"""Long lines are cut where a speaker would breathe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tts_core.kokoro.pieces import cut_pieces
from tts_core.phonetics.phonemes import Sound


def sounds(text: str) -> list[Sound]:
    """Words of letters, marks and spaces."""
    result: list[Sound] = []
    at = 0
    for word in text.split(" "):
        if result:
            result.append(Sound(" ", at - 1, at, word=False))
        body = word.rstrip(".,")
        if body:
            result.append(Sound(body, at, at + len(body)))
        result += [
            Sound(c, at + len(body) + i, at + len(body) + i + 1, word=False)
            for i, c in enumerate(word[len(body) :])
        ]
        at += len(word) + 1
    return result


def cut(text: str, limit: int) -> list[str]:
    return ["".join(s.symbols for s in piece) for piece in cut_pieces(sounds(text), limit)]


def test_a_short_line_is_one_piece() -> None:
    assert cut("ab cd.", 10) == ["ab cd."]


def test_the_end_of_a_sentence_is_preferred_to_a_comma_and_a_comma_to_a_word() -> None:
    assert cut("aa bb, cc dd. ee ff gg", 20) == ["aa bb, cc dd.", "ee ff gg"]
    assert cut("aa bb cc, dd ee ff gg", 20) == ["aa bb cc,", "dd ee ff gg"]
    assert cut("aaa bbb ccc ddd", 12) == ["aaa bbb", "ccc ddd"]


def test_a_word_longer_than_a_piece_is_cut_as_a_last_resort() -> None:
    assert all(len(piece) <= 5 for piece in cut("abcdefghijklm", 5))


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=9), min_size=1, max_size=60), st.integers(9, 40))
def test_nothing_is_lost_and_no_word_is_cut(words: list[str], limit: int) -> None:
    line = sounds(" ".join(words))
    pieces = cut_pieces(line, limit)
    assert [s for piece in pieces for s in piece if s.word] == [s for s in line if s.word]
    assert all(0 < sum(len(s.symbols) for s in piece) <= limit for piece in pieces)
