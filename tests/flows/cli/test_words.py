"""What the command line says in another language: every sentence of the table is one that code says."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from flows.cli.app import COMMANDS
from flows.cli.words import TEXT, say, say_error, say_lines
from flows.workspace.progress import Progress
from normalizers import DuoyinError
from tests.conftest import REPOSITORY

TABLES = {file.stem: json.loads(file.read_text("utf-8")) for file in TEXT.glob("*.json")}
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
    for file in (*(REPOSITORY / "flows").rglob("*.py"), *(REPOSITORY / "tts_core").rglob("*.py")):
        said |= set(sentences(ast.parse(file.read_text("utf-8"))))
    assert TABLES[code].keys() - said == set()


@pytest.mark.parametrize("code", TABLES)
def test_a_translation_fills_in_what_the_sentence_does(code: str) -> None:
    for sentence, translation in TABLES[code].items():
        wanted = {str(n) for n in range(sentence.count("{}"))}
        assert not wanted or set(FILLED.findall(translation)) == wanted, sentence


@pytest.mark.parametrize("code", TABLES)
def test_every_command_is_told_of(code: str) -> None:
    assert set(COMMANDS.values()) <= TABLES[code].keys()


@pytest.mark.usefixtures("chinese")
def test_an_error_is_told_with_its_place_and_what_to_do() -> None:
    error = DuoyinError(
        "there is no setting “sauce”", where="/x/project.yaml, line 3", hint="Allowed: source, title."
    )
    assert say_error(error) == "/x/project.yaml 第 3 行: 没有名为“sauce”的设置\n  → 可用：source, title。"


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
    [(["--help"], "把一本书做成有声书"), (["inspect", "nothing.epub"], "nothing.epub: 没有这个文件")],
)
def test_help_and_errors_of_a_command_are_in_it_too(words: list[str], told: str) -> None:
    command = [sys.executable, "-m", "flows.cli", *words]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, encoding="utf-8")
    assert told in done.stdout + done.stderr
