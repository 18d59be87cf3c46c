"""What the command line says in another language: every sentence of the table is one that code says."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from flows.cli.app import COMMANDS, PLACES
from flows.cli.words import TEXT, say, say_error, say_lines
from flows.workspace.progress import Progress
from normalizers import DuoyinError
from tests.conftest import REPOSITORY

TABLES = {file.stem: json.loads(file.read_text("utf-8")) for file in TEXT.glob("*.json")}
TRANSLATED = (
    "flows/script", "flows/workspace", "flows/casting", "flows/cli", "flows/studio", "flows/sources", "flows/mastering",
    "flows/making/dub",
)  # fmt: skip
"""Rooms whose errors are told in every language; those of others in English where nobody translated them."""
FILLED = re.compile(r"\{(\d)\}")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOYIN_LANG", "zh_CN.UTF-8")


def sentences(node: ast.AST) -> Iterator[str]:
    """Every text in a module, `{}` for what is filled in."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value.strip()
        elif isinstance(part, ast.JoinedStr):
            yield "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in part.values).strip()


@pytest.mark.parametrize("code", TABLES)
def test_every_sentence_of_a_table_is_said_somewhere(code: str) -> None:
    said: set[str] = set()
    for file in (
        file for room in ("flows", "tts_core", "normalizers") for file in (REPOSITORY / room).rglob("*.py")
    ):
        said |= set(sentences(ast.parse(file.read_text("utf-8"))))
    assert TABLES[code].keys() - said == set()


def told(node: ast.expr | None) -> str:
    """What an error says, `{}` for what is filled in; "" for what is put together otherwise."""
    return next(sentences(node), "") if isinstance(node, ast.Constant | ast.JoinedStr) else ""


def errors(room: str) -> Iterator[tuple[str, str]]:
    """Messages and hints of the errors of a room, with their files; not those that are only what is filled in."""
    for file in sorted((REPOSITORY / room).rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id == "DuoyinError"
            ):
                hints = [keyword.value for keyword in call.keywords if keyword.arg == "hint"]
                for text in map(told, (*call.args[:1], *hints)):
                    if len(re.findall("[A-Za-z]{2,}", text)) > 1:
                        yield text, str(file.relative_to(REPOSITORY))


@pytest.mark.parametrize("code", TABLES)
@pytest.mark.parametrize("room", TRANSLATED)
def test_every_error_of_a_room_is_in_the_table(room: str, code: str) -> None:
    found = dict(errors(room))
    assert len(found) > 5 and {text: file for text, file in found.items() if text not in TABLES[code]} == {}


@pytest.mark.parametrize("code", TABLES)
def test_a_translation_fills_in_what_the_sentence_does(code: str) -> None:
    for sentence, translation in TABLES[code].items():
        wanted = {str(n) for n in range(sentence.count("{}"))}
        assert not wanted or set(FILLED.findall(translation)) == wanted, sentence


@pytest.mark.parametrize("code", TABLES)
def test_every_command_is_told_of(code: str) -> None:
    places = {text for place in PLACES.values() for text in (place.title, place.line)}
    assert {*COMMANDS.values(), *places} <= TABLES[code].keys()


@pytest.mark.usefixtures("chinese")
def test_an_error_is_told_with_its_place_and_what_to_do() -> None:
    error = DuoyinError(
        "there is no setting “sauce”", where="/x/project.yaml, line 3", hint="Allowed: source, title."
    )
    assert say_error(error) == "/x/project.yaml 第 3 行: 没有名为“sauce”的设置\n  → 可用：source, title。"


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("message", "in_chinese"),
    [
        ("the deployment x is not there (404)", "部署 x 不存在（404）"),
        ("the deployment x is not there", "部署 x 不存在"),
        ("takes are numbered from 1 to 99 (found 0)", "录音编号从 1 到 99（现为 0）"),
        ("'old' is no gender", "'old' 不是性别"),
        ("both parts of a line need words", "拆成的两部分都要有文字"),
    ],
)
def test_of_sentences_that_are_alike_the_right_one_is_told(message: str, in_chinese: str) -> None:
    assert say(message) == in_chinese


@pytest.mark.usefixtures("chinese")
def test_what_is_not_translated_is_said_as_it_is() -> None:
    assert say("Nobody wrote this in another language.") == "Nobody wrote this in another language."
    assert say_lines("book.m4b\n  report: a.html\n\n  strange") == "book.m4b\n  报告：a.html\n\n  strange"


@pytest.mark.parametrize(
    ("wishes", "word"),
    [({"DUOYIN_LANG": "zh"}, "朗读"), ({"LANG": "zh_TW.UTF-8"}, "朗读"), ({"LANG": "de_DE"}, "Speaking"),
     ({"DUOYIN_LANG": "en", "LANG": "zh_CN"}, "Speaking"), ({"LANG": "C"}, "Speaking"), ({}, "Speaking"),
     ({"DUOYIN_LANG": "../../x"}, "Speaking")],
)  # fmt: skip
def test_the_language_is_chosen_by_its_variable_else_by_the_locale(
    wishes: dict[str, str], word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DUOYIN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in wishes.items():
        monkeypatch.setenv(name, value)
    assert say("Speaking") == word


@pytest.mark.usefixtures("chinese")
def test_progress_is_told_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from flows.cli.terminal import Terminal

    terminal = Terminal()
    terminal.stage("Speaking", "114 lines, 0 kept")
    progress = Progress(114, 400.0)
    progress.spoken(24, 79.0)
    terminal.update(progress)
    terminal.warn("strange")
    told = capsys.readouterr().err
    assert "朗读  114 句，保留 0 句" in told and "24/114 句 · 声音 1:19" in told and "警告： strange" in told


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    "text", ["there is a long way to go", "hours and hours of audio", "it kept its lines, and 3 kept"]
)
def test_a_sentence_that_only_looks_like_one_of_the_table_is_left_alone(text: str) -> None:
    assert say(text) == text


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--help"], "把一本书做成有声书"),
        (["--help"], "书与配音"),
        (["inspect", "nothing.epub"], "nothing.epub: 没有这个文件"),
    ],
)
def test_help_and_errors_of_a_command_are_in_it_too(words: list[str], told: str) -> None:
    command = [sys.executable, "-m", "flows.cli", *words]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, encoding="utf-8")
    assert told in done.stdout + done.stderr
