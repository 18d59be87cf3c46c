"""What code says to a person: the sentences that the table of each language must have."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import typer

from flows.cli.app import COMMANDS, PLACES, command, every_command
from flows.cli.help import LINES
from flows.cli.words import HEAD, MARK
from tests.conftest import REPOSITORY

CODE = ("flows", "tts_core", "normalizers")
WORD = re.compile("[A-Za-z]{2,}")

Names = Mapping[str, Sequence[ast.expr]]
"""What the names of a module are assigned, wherever in it."""

SAYING: Mapping[str, tuple[int, ...]] = {
    "stage": (0, 1), "warn": (0,), "share": (1,), "say": (0,), "Result": (1,), "table": (0,),
    "Gap": (5, 6), "line_gap": (2, 3), "Limit": (0,),
}  # fmt: skip
"""Calls whose arguments a person reads in the terminal."""


OF_CLICK = {
    "No such option: {}",
    "No such option: {} (Possible options: {})",
    "No such command {}",
    "{}. Did you mean {}?",
    "Missing argument {}",
    "Missing option {}",
    "Got unexpected extra argument(s) ({})",
    "Option {} requires an argument",
    "Option {} does not take a value",
    "Invalid value for {}: {}",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid number, unable to parse string as a number",
}
"""What Click and Typer say of a wrong command line."""


@cache
def modules(room: str) -> tuple[tuple[str, ast.Module, Names], ...]:
    """The modules of a room: name, tree, names."""
    made = []
    for file in sorted((REPOSITORY / room).rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        named: dict[str, list[ast.expr]] = {}
        for part in ast.walk(tree):
            if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
                named.setdefault(part.targets[0].id, []).append(part.value)
        made.append((str(file.relative_to(REPOSITORY)), tree, named))
    return tuple(made)


def spelled(node: ast.expr | None, named: Names) -> list[str]:
    """What an expression may come to, `{}` for what is filled in; nothing where that cannot be seen."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(str(part.value) if isinstance(part, ast.Constant) else MARK for part in parts)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            before, after = spelled(left, named), spelled(right, named)
            if not before and not after:
                return []
            return ["".join(both) for both in itertools.product(before or [MARK], after or [MARK])]
        case ast.IfExp(body=one, orelse=other):
            return spelled(one, named) + spelled(other, named)
        case ast.BoolOp(values=values):
            return [text for value in values for text in spelled(value, named)]
        case ast.Name(id=name):
            return [text for value in named.get(name, ()) for text in spelled(value, {})]
    return []


@cache
def all_texts() -> frozenset[str]:
    """Every text that stands anywhere in the code."""
    return frozenset(
        row.strip(around)
        for room in CODE
        for _, tree, _ in modules(room)
        for part in ast.walk(tree)
        if isinstance(part, ast.Constant | ast.JoinedStr | ast.BinOp | ast.IfExp)
        for text in spelled(part, {})
        for row in (text, *text.split("\n"))
        for around in (None, " ;,")
    ) | {head for head, _ in heads("flows/cli")}


@cache
def error_kinds() -> frozenset[str]:
    """The names of all errors that a person is told of."""
    found = {"DuoyinError"}
    classes = [
        part
        for room in CODE
        for _, tree, _ in modules(room)
        for part in ast.walk(tree)
        if isinstance(part, ast.ClassDef)
    ]
    for _ in range(3):  # so deep at most one is a kind of another
        found |= {c.name for c in classes if found & {b.id for b in c.bases if isinstance(b, ast.Name)}}
    return frozenset(found)


def errors(room: str) -> Iterator[tuple[str, str]]:
    """Messages of the errors of a room and all hints, with their files; not those that are only what is filled in."""
    for file, call, named in _calls(room):
        told = [keyword.value for keyword in call.keywords if keyword.arg == "hint"]
        if _name(call) in error_kinds():
            told += call.args[:1]
        for text in (text.strip() for node in told for text in spelled(node, named)):
            if len(WORD.findall(text)) > 1:
                yield text, file


def prints(room: str) -> Iterator[tuple[str, str]]:
    """What a room prints: progress, warnings, results, the heads of tables; with the files."""
    for file, call, named in _calls(room):
        if "/report/" in file:  # the words of the page have tables of their own
            continue
        told = [call.args[at] for at in SAYING.get(_name(call), ()) if at < len(call.args)]
        texts = (text for node in told for text in spelled(node, named))
        for row in (row.strip() for text in texts for row in text.split("\n")):
            if WORD.search(row):
                yield row, file


def heads(room: str) -> Iterator[tuple[str, str]]:
    """The heads of the columns of a room's tables, as the table of a language has them, with the files."""
    for file, call, named in _calls(room):
        if _name(call) == "table" and len(call.args) > 1:
            columns = call.args[1]
            given = named.get(columns.id, [columns])[0] if isinstance(columns, ast.Name) else columns
            for text in (
                text for head in getattr(given, "elts", ()) for text in spelled(head, named) if text
            ):
                yield f"{HEAD}{text}", file


def helps() -> Iterator[tuple[str, str]]:
    """The help of every command and of all its options, with how the command is called; in the language that is set."""
    yield from _help_of("duoyin", every_command())
    for name in (*COMMANDS, *PLACES):
        yield from _help_of(f"duoyin {name}", command(name))


def _help_of(called: str, made: Any) -> Iterator[tuple[str, str]]:
    told = [getattr(made, name, None) for name in LINES]
    for parameter in (*made.params, made.get_help_option(typer.Context(made))):
        told += [parameter.help, parameter.rich_help_panel]
    yield from ((text, called) for text in told if text)
    for name, inner in getattr(made, "commands", {}).items():
        yield inner.rich_help_panel, called
        yield from _help_of(f"{called} {name}", inner)


def _calls(room: str) -> Iterator[tuple[str, ast.Call, Names]]:
    for file, tree, named in modules(room):
        for part in ast.walk(tree):
            if isinstance(part, ast.Call):
                yield file, part, named


def _name(call: ast.Call) -> str:
    """What is called, the last of its names."""
    called = call.func
    return (
        called.id
        if isinstance(called, ast.Name)
        else called.attr
        if isinstance(called, ast.Attribute)
        else ""
    )
