"""Without torch (the extra `clone`) there is nothing to test here."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("torchaudio") else ["test_*.py"]
