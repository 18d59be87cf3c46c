"""What a line is read into keeps its words, in little room."""

from __future__ import annotations

import json
import pickle
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_core.engine import Packed, Prepared, Word, Words

numbers = st.integers(0, 100_000)


@given(st.lists(st.builds(Word, numbers, numbers, numbers, numbers), max_size=20), st.integers(-25, 25))
def test_words_are_what_a_tuple_of_them_is(words: list[Word], at: int) -> None:
    kept, plain = Words(words), tuple(words)
    assert kept == plain and tuple(kept) == plain and len(kept) == len(plain) and bool(kept) == bool(plain)
    assert hash(kept) == hash(plain) and repr(kept) == repr(plain)
    assert pickle.loads(pickle.dumps(kept)) == kept == Words(kept)
    assert kept[at:] == plain[at:] and kept[::-2] == plain[::-2]
    if -len(plain) <= at < len(plain):
        assert kept[at] == plain[at]
    else:
        with pytest.raises(IndexError):
            kept[at]


def test_words_of_another_line_are_others() -> None:
    assert Words([Word(0, 3, 0, 2)]) != Words([Word(0, 3, 0, 3)]) != (Word(0, 3, 0, 2),)
    assert Words() != [], "as a tuple is not"


def test_what_a_model_is_given_takes_less_room_and_is_the_same() -> None:
    given = (
        ("ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˈOvəɹ ðə lˈAzi dˈɔɡ, ænd ðə klˈɑk", "clause", 3),
        ("\ud800", "", 0.1),
    )
    kept = Prepared(given, "anna", "en").given
    assert isinstance(kept, Packed)
    assert (
        kept == given
        and tuple(kept) == given
        and kept[0] == given[0]
        and kept[1:] == given[1:]
        and len(kept) == 2
    )
    assert hash(kept) == hash(given) and repr(kept) == repr(given)
    assert pickle.loads(pickle.dumps(kept)) == kept == Packed(kept) != given[:1]
    assert not Packed(()) and Packed(()) == ()
    whole = sys.getsizeof(given[0]) + sys.getsizeof(given[0][0])
    assert sys.getsizeof(kept._packed) < 0.7 * whole
    assert Prepared("a text", "anna", "en").given == "a text", "whose letters take one byte each"


def test_a_line_that_went_through_a_pipe_is_the_same_and_shares_its_names() -> None:
    words = tuple(Word(4 * n, 4 * n + 3, n, n + 1) for n in range(1_000))
    line = Prepared((("a", ""),), "anna", "en", words=words, text="One line.")
    first, second = (Prepared.from_json(json.loads(json.dumps(line.to_json()))) for _ in range(2))
    assert first == second == line and first.words == words
    assert first.voice is second.voice and first.language is second.language
    assert sys.getsizeof(first.words._packed) < 10 * len(words)  # type: ignore[attr-defined]
