"""The report as one page that needs nothing else: facts (`book_facts`, `dub_facts`) and sounds in, HTML out.

Whatever comes from a book is escaped by the template. The page may load nothing from anywhere: its policy says so to
the browser, and allows its own style and script by their digests alone.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from flows.making.report.cues import dub_view
from flows.making.report.pagewords import number, page_words
from flows.making.report.plots import Plot, chapter_marks, level_plot, peak_plot
from tts_core.durations import clock
from tts_core.files import cache_folder, keep, kept

TEMPLATES = Path(__file__).with_name("templates")
MOST_DOUBTS = 300
"""Doubtful lines on a page."""
MOST_CHAPTERS = 1_000
MOST_PEOPLE = 300
MANY = 40
"""Rows beyond which a table is folded."""
MOST_TEXTS = 60
"""Texts of a reason that are shown."""
MOST_TEXT = 1_200
"""Characters of a text that are shown."""
FAR_OFF = 0.15
"""Share by which a chapter's length may differ from what its text foretells before it is marked."""
LONG_ENOUGH = 60.0
"""Seconds of a chapter below which its length foretells nothing."""
SECONDS_A_DOUBT = 8.0
"""What a person takes for a doubtful line besides hearing it."""


def report_page(
    facts: Mapping[str, Any],
    *,
    clips: Mapping[str, str],
    samples: Mapping[str, str],
    cover: str = "",
    preview: str = "",
) -> str:
    """The page of a finished book or dub.

    Args:
        facts: what report.json holds.
        clips: `data:` address of the sound of a line, by its id. samples: of a line of a voice, by the voice.
        cover: `data:` address of a small picture, '' for none.
        preview: `data:` address of the whole sound, '' for none.
    """
    style, script = _source("page.css"), _source("page.js")
    words = page_words(facts["language"])
    template = _templates().get_template(f"{facts['kind']}.html")
    return template.render(
        facts=facts,
        words=words,
        t=words.say,
        coded=words.coded,
        n=words.count,
        share=words.percent,
        state=state(facts),
        doubts=facts["proof"]["doubtful_lines"],
        lost=[gap for gap in facts.get("coverage", {}).get("gaps", ()) if gap["fails"]],
        plots=report_plots(facts),
        view=dub_view(facts, words) if facts["kind"] == "dub" else None,
        made=datetime.fromisoformat(facts["made_at"]),
        report=facts["report"],
        clips=clips,
        samples=samples,
        cover=cover,
        preview=preview,
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; img-src data:; media-src data:; style-src '{_digest(style)}'; "
        f"script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'",
        most={
            "doubts": MOST_DOUBTS, "chapters": MOST_CHAPTERS, "people": MOST_PEOPLE, "texts": MOST_TEXTS,
            "text": MOST_TEXT, "rows": MANY,
        },
    )  # fmt: skip


def state(facts: Mapping[str, Any]) -> str:
    """`missed`: a check of the file does not hold; `doubts`: lines want an ear; else `passed`."""
    if not facts["passed"]:
        return "missed"
    wanting = any(line["why"] for line in facts["lines"]) if facts["kind"] == "dub" else False
    return "doubts" if wanting or facts["proof"]["doubtful_lines"] else "passed"


def listening_minutes(doubts: Sequence[Mapping[str, Any]], cues: Sequence[Mapping[str, Any]] = ()) -> int:
    """Minutes a person needs for doubtful lines, and for the lines of a dub that are not in their place."""
    lengths: list[float] = [doubt["seconds"] for doubt in doubts] + [
        cue["end"] - cue["start"] for cue in cues
    ]
    return math.ceil(sum(length + SECONDS_A_DOUBT for length in lengths) / 60)


def report_plots(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The drawings of loudness and peaks, with what is said of them; None where nothing was measured."""
    levels = facts["levels"]
    if not levels or not levels["level"]:
        return None
    marks = chapter_marks([row["start"] for row in facts["chapters"]], facts["seconds"])
    allowed = (levels["allowed"][0], levels["allowed"][1]) if levels["allowed"] else None
    middle = sum(allowed) / 2 if allowed else levels["value"] or 0.0
    loudness: Plot = level_plot(levels["level"], allowed, middle, marks)
    return {
        "loudness": loudness,
        "peaks": peak_plot(levels["peaks"], levels["max_true_peak"], marks),
        "levels": levels,
    }


def far_off(chapter: Mapping[str, Any]) -> bool:
    """Whether a chapter is much longer or shorter than its text foretells."""
    foretold, seconds = float(chapter["foretold_seconds"]), float(chapter["seconds"])
    return seconds >= LONG_ENOUGH and abs(seconds - foretold) > FAR_OFF * foretold


def _fine(seconds: float) -> str:
    """A place in a programme: 02:03.25, from an hour on 1:02:03.25."""
    return clock(seconds, decimals=2).removeprefix("0:")


def _marked(text: str, said: Sequence[str]) -> list[tuple[str, bool]]:
    """A text in pieces, those that are spoken of marked."""
    spans = sorted({(at, at + len(s)) for s in said if s and (at := text.find(s)) >= 0})
    pieces, at = [], 0
    for begin, end in spans:
        if begin >= at:
            pieces += [(text[at:begin], False), (text[begin:end], True)]
            at = end
    return [*pieces, (text[at:], False)]


class _Compiled(BytecodeCache):
    """Templates as they were compiled before, by Jinja's version and by this file, which says how."""

    def _path(self, bucket: Bucket) -> Path:
        by = hashlib.sha256(f"{jinja2.__version__} {bucket.key}".encode() + Path(__file__).read_bytes())
        return cache_folder() / "templates" / by.hexdigest()[:32]

    def load_bytecode(self, bucket: Bucket) -> None:
        code = kept(self._path(bucket))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        keep(self._path(bucket), bucket.bytecode_to_string())


def page_templates(folder: Path) -> Environment:
    """The templates of pages in a folder: everything that is put into them is text, and nothing may be missing."""
    made = Environment(
        loader=FileSystemLoader(folder),
        bytecode_cache=_Compiled(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(clock=clock, number=number)
    return made


@cache
def _templates() -> Environment:
    made = page_templates(TEMPLATES)
    made.filters.update(fine=_fine, far_off=far_off)
    made.globals.update(marked=_marked, minutes=listening_minutes)
    return made


@cache
def _source(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _digest(source: str) -> str:
    """As a content security policy names an inline style or script (CSP level 3)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode("ascii")
