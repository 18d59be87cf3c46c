"""The pages of `docs/benchmarks` that benchmarks write their tables into."""

from __future__ import annotations

import re
from pathlib import Path


def write_section(page: Path, heading: str, text: str) -> None:
    """Put a text in the place of what stands under a heading, up to the next one."""
    whole = page.read_text(encoding="utf-8")
    section = re.compile(rf"^{re.escape(heading)}\n.*?(?=^## )", re.MULTILINE | re.DOTALL)
    assert section.search(whole), f"{page.name} has no section {heading!r}"
    page.write_text(section.sub(lambda _: f"{heading}\n\n{text}\n\n", whole), encoding="utf-8")
