"""Without torch (the extra `clone`) there is nothing to test here."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = (
    [] if importlib.util.find_spec("torch") and importlib.util.find_spec("safetensors") else ["test_*.py"]
)
