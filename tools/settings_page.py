"""Write docs/reference/project.md from the documented defaults of the settings files: `python
tools/settings_page.py`."""

from __future__ import annotations

from pathlib import Path

from flows.workspace.settings import SETTINGS_FILES, defaults_text

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "project.md"


def page() -> str:
    """The reference page of project.yaml, dub.yaml and series.yaml."""
    return (
        "# Every setting of a project\n\n"
        "`project.yaml` holds only what differs from these defaults; what only a dub has stands in "
        "`dub.yaml` beside it,\nwhat the books of a series share in `series.yaml` in its folder. A wrong setting "
        "is named with its line and what is\nallowed. Options of the command line win over the files for one run. "
        "A project that `duoyin` itself has just made keeps\nthose it is first spoken with (but for `--chapters`, "
        "`--out` and `--workers`): after\n`duoyin audiobook BOOK.epub --voice bf_emma`, `duoyin retake`, the studio "
        "and the next run speak in that voice, too.\n"
        + "".join(
            f"\n## {name}\n\n```yaml\n{defaults_text(model)}```\n" for model, name in SETTINGS_FILES.items()
        )
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
