"""Commands are found by their row; options of a run are made of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from flows.cli.app import COMMANDS, PLACES, app, command
from flows.cli.options import one_of, run_options
from flows.workspace.settings import RUN_OPTIONS
from normalizers import DuoyinError


@pytest.mark.parametrize("name", COMMANDS)
def test_every_row_is_a_command_with_its_help(name: str) -> None:
    made = command(name)
    assert made.name == name
    assert made.help == COMMANDS[name]


def named(*words: str) -> Any:
    """What a person names with these words."""
    node: Any = get_command(app)
    for word in words:
        _, node, _ = node.resolve_command(typer.Context(node), [word])
    return node


def test_every_command_is_in_one_place() -> None:
    members = sorted(name for place in PLACES.values() for name in place.called().values())
    assert members == sorted(set(COMMANDS) - set(PLACES))


@pytest.mark.parametrize(
    ("place", "called", "name"),
    [(key, called, name) for key, place in PLACES.items() for called, name in place.called().items()],
)
def test_a_command_is_the_same_with_its_place_before_it_and_without(
    place: str, called: str, name: str
) -> None:
    alone, placed = named(name), named(place, called)
    assert [p.opts for p in placed.params] == [p.opts for p in alone.params]
    assert getattr(placed, "commands", {}).keys() == getattr(alone, "commands", {}).keys()
    assert placed.help == alone.help == COMMANDS[name]


def test_a_place_keeps_the_commands_of_its_own() -> None:
    assert named("voice", "check").params != named("check").params
    assert "--clips" in {option for parameter in named("voice", "add").params for option in parameter.opts}


def options(name: str) -> dict[str, Any]:
    return {option: made for made in command(name).params for option in made.opts}


@pytest.mark.parametrize("product", RUN_OPTIONS)
def test_what_a_run_may_change_is_an_option_of_its_command(product: str) -> None:
    there = options(product)
    for row in RUN_OPTIONS[product]:
        spelled = {"source": "source", "output": "--out"}.get(row.name, f"--{row.name.replace('_', '-')}")
        assert spelled in there
        assert row.name == "source" or there[spelled].help == f"{row.help}."


def test_a_command_gets_what_was_given_by_the_names_of_the_settings(tmp_path: Path) -> None:
    got: dict[str, Any] = {}

    @run_options("audiobook")
    def make(source: Path, options: Mapping[str, Any], plan: bool = False) -> None:
        got.update(options, plan=plan)

    app = typer.Typer(add_completion=False)
    app.command()(make)
    app(["book.md", "--out", "made.m4b", "--single-voice", "--workers", "2", "--plan"], standalone_mode=False)
    assert got == {
        "output": str(Path("made.m4b").resolve()),
        "single_voice": True,
        "workers": 2,
        "plan": True,
    }
    app(["book.md", "--workers", "0"], standalone_mode=False)
    assert got["workers"] == 0, "given is given: the settings say what is wrong with it"


def test_what_is_no_choice_is_refused_with_the_choices() -> None:
    assert one_of("child", ("child", "adult"), "age") == "child"
    with pytest.raises(DuoyinError) as caught:
        one_of("teen", ("child", "adult", "old"), "age")
    assert "teen" in str(caught.value) and caught.value.hint == "child, adult or old."
