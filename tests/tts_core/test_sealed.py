"""A sealed record is what was written, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_core.sealed import seal, unseal

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.text().filter(lambda name: name != "seal"), PLAIN, max_size=5)


@given(RECORDS)
def test_a_record_comes_back_as_it_was_written(record: dict[str, object]) -> None:
    assert unseal(seal(record)) == record


def test_no_flipped_bit_gives_another_record() -> None:
    record = {"times": [0.0, 0.25, 1e-7], "text": "Hello, 你好", "key": None}
    sealed = seal(record).encode()
    for place in range(len(sealed)):
        for bit in range(8):
            flipped = bytearray(sealed)
            flipped[place] ^= 1 << bit
            try:
                # a digit of a number may change its spelling and not its value: 1e-07 and 1E-07
                assert unseal(bytes(flipped)) == record
            except ValueError:
                continue


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"a": 1}', '{"a": 1, "seal": "00"}', "{" * 3_000, '{"seal": []}']
)
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="record"):
        unseal(text)
