"""Without torch (the extra `clone`) there is nothing to test here; one thread, for the same bits every time."""

from __future__ import annotations

import importlib.util

from tests.tts_core.gpt_sovits.training.conftest import one_thread

__all__ = ["one_thread"]

collect_ignore_glob = [] if importlib.util.find_spec("torchaudio") else ["test_*.py"]
