"""Facts and page, beside what they tell of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.workspace.project import page_file, report_file
from tts_core.files import write_atomically


def write_report(finished: Path, facts: Mapping[str, Any], page: str) -> None:
    """Write facts and page beside a finished file. Raises `CannotWrite`."""
    write_atomically(report_file(finished), (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode())
    write_atomically(page_file(finished), page.encode())
