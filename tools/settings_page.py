"""Write docs/reference/project.md from the documented defaults: `python tools/settings_page.py`."""

from __future__ import annotations

from pathlib import Path

from flows.workspace.project import defaults_text

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "project.md"


def page() -> str:
    """The reference page of project.yaml."""
    return (
        "# Every setting of a project\n\n"
        "`project.yaml` holds only what differs from these defaults. A wrong setting is named with its line and what is\n"
        "allowed. Options of the command line win over the file for one run.\n\n"
        f"```yaml\n{defaults_text()}```\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
