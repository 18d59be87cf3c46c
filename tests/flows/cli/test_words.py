"""What the command line says in another language: every sentence of the table is one that code says."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from flows.cli.app import COMMANDS, PLACES
from flows.cli.results import table
from flows.cli.words import TEXT, say, say_error, say_lines
from flows.workspace.progress import Progress
from normalizers import DuoyinError
from tests.conftest import REPOSITORY
from tests.flows.cli.sentences import CODE, all_texts, errors, heads, prints

TABLES = {file.stem: json.loads(file.read_text("utf-8")) for file in TEXT.glob("*.json")}
PRINTING = ("flows/cli", "flows/making", "tts_core")
"""Rooms that tell of their work in the terminal."""
FILLED = re.compile(r"\{(\d)\}")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOYIN_LANG", "zh_CN.UTF-8")


@pytest.mark.parametrize("code", TABLES)
def test_every_sentence_of_a_table_is_said_somewhere(code: str) -> None:
    assert {text for text in TABLES[code] if text not in all_texts()} == set()


@pytest.mark.parametrize("code", TABLES)
@pytest.mark.parametrize("room", CODE)
def test_every_error_of_a_room_is_in_the_table(room: str, code: str) -> None:
    found = dict(errors(room))
    assert found and {text: file for text, file in found.items() if text not in TABLES[code]} == {}


@pytest.mark.parametrize("code", TABLES)
@pytest.mark.parametrize("room", PRINTING)
def test_what_a_room_prints_is_in_the_table(room: str, code: str) -> None:
    found = dict(prints(room)) | dict(heads(room))
    assert found and {text: file for text, file in found.items() if text not in TABLES[code]} == {}


def test_what_code_says_is_found_however_it_is_put_together() -> None:
    told = {text for text, _ in errors("tts_core")}
    assert {
        "the head of the fleet is gone",  # a kind of error of its own
        "no recording has a stretch of {} to {} s that its text belongs to",  # added to, in one case
        "Nothing of it was run. Do not use this file; get it again from a source you trust.",  # by its name
    } <= told
    assert "stop_host" not in told and "LOST" in {text for text, _ in prints("flows/cli")}


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
@pytest.mark.parametrize(
    ("row", "in_chinese"),
    [
        ("  note      nobody listens", "  注意      nobody listens"),
        ("  left out  a.wav 0:01–0:09  no speech is heard in it", "  不用      a.wav 0:01–0:09  里面听不到语音"),
        ("  passes profile audiobook: -19.1 LUFS, true peak -3.7 dBTP, silent pauses",
         "  符合规格 audiobook：-19.1 LUFS，真峰值 -3.7 dBTP，停顿无声"),
        ("every character is read, or left out with a reason; 9 of 9 lines found in the finished sound, at most 0.1 ms "
         "from their places",
         "每个字符都已朗读，或注明了不读的原因; 在成品声音中找到 9 句中的 9 句，离应在的位置最多 0.1 毫秒"),
    ],
)  # fmt: skip
def test_sentences_within_a_sentence_are_told_too(row: str, in_chinese: str) -> None:
    assert say_lines(row) == in_chinese


@pytest.mark.usefixtures("chinese")
def test_a_table_has_its_heads_in_it_and_what_stands_below_as_it_is() -> None:
    drawn = table("Hosts", ["host", "line"], [["line", "voice"]])
    assert [row.split() for row in drawn.split("\n")] == [["主机"], ["主机", "句"], ["line", "voice"]]


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
