"""Limits to the nat."""

from __future__ import annotations

import pytest

from flows.proof import judging


@pytest.fixture(autouse=True)
def to_the_nat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are tried to the nat; what is a hair above them has a test of its own."""
    monkeypatch.setattr(judging, "SURE", 0.5)
