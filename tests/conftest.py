"""Fixtures every test may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# Threads that wait for each other must not burn the cores that other tests run on. OpenMP looks at it when
# torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Where Python may keep nothing, each of the hundreds of processes that tests start compiles every module again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

REPOSITORY = Path(__file__).resolve().parent.parent

LONGEST = (
    "tests/flows/test_audiobook.py",
    "tests/test_docs_prefect.py",
    "tests/flows/mastering/test_master.py",
    "tests/tts_core/gpt_sovits/loops/gpu/test_kernels.py",
    "tests/flows/cli/test_commands.py",
    "tests/test_docs_commands.py",
    "tests/tts_core/gpt_sovits/model/test_sovits.py",
    "tests/flows/sources/test_corpus.py",
    "tests/flows/mastering/dub/test_deliver.py",
    "tests/flows/test_dub.py",
    "tests/tts_core/kokoro/test_engine.py",
    "tests/flows/spanish/test_spanish_commands.py",
    "tests/flows/test_cloned_voice.py",
    "tests/tts_core/gpt_sovits/loops/cpu/test_winograd.py",
)
"""Files that take a minute and more. They begin first, so that no core idles at the end while another is in one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {REPOSITORY / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(LONGEST)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared corpus and cases: `DUOYIN_SHARED`, by default the folder `shared` beside the repository."""
    folder = Path(os.environ.get("DUOYIN_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("shared corpus not found: set DUOYIN_SHARED to its folder to run this test")
    return folder
