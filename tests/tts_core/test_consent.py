"""Consent: what a voice may be used for, until when, and what a file says that cannot be understood."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers import DuoyinError
from tts_core.consent import Consent, Use, consent_of

DAY = date(2026, 11, 29)


def test_a_plain_statement_refuses_nothing() -> None:
    consent = consent_of("Recorded by Anna Li, 2026-03-01", "voice.yaml")
    assert consent.statement == "Recorded by Anna Li, 2026-03-01"
    assert not any(consent.refusal(use, DAY) for use in Use)


@pytest.mark.parametrize(
    ("consent", "use", "why"),
    [
        (Consent("s", until=DAY - timedelta(1)), Use.READ_ALOUD, "ended on 2026-11-28"),
        (Consent("s", until=DAY), Use.READ_ALOUD, ""),
        (Consent("s", withdrawn=DAY), Use.READ_ALOUD, "withdrawn on 2026-11-29"),
        (Consent("s", withdrawn=DAY + timedelta(1)), Use.READ_ALOUD, ""),
        (Consent("s", covers=(Use.READ_ALOUD,)), Use.PUBLISH, "covers read-aloud, and not publish"),
        (Consent("s", covers=(Use.READ_ALOUD, Use.PUBLISH)), Use.PUBLISH, ""),
    ],
)
def test_what_is_over_or_not_covered_is_refused_in_words(consent: Consent, use: Use, why: str) -> None:
    refusal = consent.refusal(use, DAY)
    assert bool(refusal) == bool(why) and why in refusal


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no consent statement"),
        ({"covers": ["publish"]}, "no consent statement"),
        ({"statement": "s", "covers": ["sell"]}, "'sell' is none of read-aloud, publish, train"),
        ({"statement": "s", "until": "next year"}, "'next year' is no day"),
        ({"statement": "s", "untill": "2027-01-01"}, "'untill' is nothing it has"),
    ],
)
def test_what_cannot_be_understood_names_the_file(content: Any, message: str) -> None:
    with pytest.raises(DuoyinError, match=message) as caught:
        consent_of(content, "voice.yaml")
    assert caught.value.where == "voice.yaml"


@given(
    st.builds(
        Consent,
        st.text("Ann 李,:#'\"2026-", min_size=1).map(str.strip).filter(bool),
        st.sets(st.sampled_from(Use)).map(lambda some: tuple(use for use in Use if use in some)),
        st.none() | st.dates(),
        st.none() | st.dates(),
    )
)
def test_what_is_written_is_read_again(consent: Consent) -> None:
    assert consent_of(consent.to_yaml(), "voice.yaml") == consent
