"""What the pages say is there: every command, option, make target, link and setting."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from flows.cli.app import app
from flows.workspace.settings import Reading
from tests.conftest import REPOSITORY
from tests.pages import PAGES, commands

BLOCK = re.compile(r"^```.*?^```", re.M | re.S)
HEADING = re.compile(r"^(#+) ", re.M)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")

RUN_ELSEWHERE = {
    "make audiobook": "its recipe runs in tests/test_make.py",
    "make test": "this is it",
    "make test-slow": "this is it",
    "make benchmark": "writes docs/benchmarks",
    ". .venv/bin/activate": "the tests run in it",
}
RUN_WITH_A_SERVER = (
    "prefect ",
    "nohup prefect ",
    "duoyin run ",
    "curl ",
    "CUDA_VISIBLE_DEVICES=",
    "PREFECT_",
)
"""Run in tests/test_docs_prefect.py; `duoyin fleet` in tests/test_docs_fleet.py, every other `duoyin` command in
tests/test_docs_commands.py."""

ALL = commands()


def test_there_are_commands_to_check() -> None:
    assert len(ALL) > 20


@pytest.mark.parametrize(("page", "command"), [c for c in ALL if c[1].startswith("duoyin")])
def test_every_duoyin_command_and_option_exists(page: str, command: str) -> None:
    words = shlex.split(command)[1:]
    node: Any = get_command(app)
    while words and words[0] in getattr(node, "commands", {}):
        _, node, words = node.resolve_command(typer.Context(node), words)
    assert not getattr(node, "commands", None), f"{page}: {command} names no command"
    known = {option for parameter in node.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known | {"--help"}


@pytest.mark.parametrize(("page", "command"), [c for c in ALL if c[1].startswith("make")])
def test_every_make_target_exists(page: str, command: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.M))
    assert shlex.split(command)[1] in targets


def test_no_command_is_of_a_kind_that_nothing_runs() -> None:
    strange = [
        c for _, c in ALL if not c.startswith(("duoyin ", *RUN_WITH_A_SERVER)) and c not in RUN_ELSEWHERE
    ]
    assert strange == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [
        t
        for t in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in t and not t.startswith("mailto:")
    ]
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_both_readmes_have_the_same_sections_commands_and_links() -> None:
    english, chinese = (REPOSITORY / name for name in ("README.md", "README.zh-CN.md"))
    one, other = (page.read_text("utf-8") for page in (english, chinese))
    assert [len(mark) for mark in HEADING.findall(one)] == [len(mark) for mark in HEADING.findall(other)]
    assert BLOCK.findall(one) == BLOCK.findall(other)
    links = [
        [target for target in LINK.findall(text) if not target.startswith("README")] for text in (one, other)
    ]
    assert links[0] == links[1]
    said = [CODE.findall(BLOCK.sub("", text)) for text in (one, other)]
    assert said[0] == said[1]
    assert one.count("\n|") == other.count("\n|")
    assert (chinese.name in one) and (english.name in other)


def test_the_settings_page_is_the_documented_defaults() -> None:
    from tools.settings_page import PAGE, page

    assert PAGE.read_text(encoding="utf-8") == page()


def test_reading_options_in_the_table_of_sources_are_settings() -> None:
    page = (REPOSITORY / "docs/how-to/sources.md").read_text(encoding="utf-8")
    cells = [row.split("|")[3] for row in page.splitlines() if row.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`(\w+):", cell)}
    assert named and named <= set(Reading.model_fields)
