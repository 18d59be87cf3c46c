from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flows.mastering.dub.spans import merged

SPANS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=12)


def test_spans_that_touch_or_nearly_do_are_one() -> None:
    assert merged([(5, 8), (0, 3), (3, 4), (7, 7)], 0) == [(0, 4), (5, 8)]
    assert merged([(0, 3), (5, 8)], 2) == [(0, 8)]


@given(SPANS)
def test_a_union_covers_what_its_spans_cover_and_nothing_else(spans: list[tuple[int, int]]) -> None:
    union = merged(spans, 0)
    assert {t for a, b in union for t in range(a, b)} == {t for a, b in spans for t in range(a, b)}
    assert all(a[1] < b[0] for a, b in pairwise(union))
