"""What the command line says in another language: every sentence of the table is one that code says."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from flows.cli.app import COMMANDS, PLACES, every_command, usage_message
from flows.cli.results import table
from flows.cli.words import TEXT, say, say_error, say_lines
from flows.making.coverage import Gap, GapKind
from flows.mastering.check import ChapterLevels, CheckReport, Limit
from flows.workspace.progress import Progress
from normalizers import DuoyinError
from normalizers.notation import find_markup
from tests.conftest import REPOSITORY
from tests.flows.cli.sentences import CODE, OF_CLICK, all_texts, errors, heads, helps, prints

TABLES = {file.stem: json.loads(file.read_text("utf-8")) for file in TEXT.glob("*.json")}
PRINTING = ("flows/cli", "flows/making", "flows/mastering", "tts_core")
"""Rooms that tell of their work in the terminal."""
FILLED = re.compile(r"\{(\d)\}")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOYIN_LANG", "zh_CN.UTF-8")


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOYIN_LANG", "en")


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("code", TABLES)
def test_every_sentence_of_a_table_is_said_somewhere(code: str) -> None:
    said = all_texts() | dict(helps()).keys() | OF_CLICK
    assert {text for text in TABLES[code] if text not in said} == set()


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("code", TABLES)
def test_the_help_of_every_command_and_option_is_in_the_table(code: str) -> None:
    found = dict(helps())
    assert len(found) > 100 and {text: of for text, of in found.items() if text not in TABLES[code]} == {}


def help_of(*words: str) -> str:
    """What is printed where these words and `--help` are typed."""
    with pytest.MonkeyPatch.context() as patched, contextlib.redirect_stdout(io.StringIO()) as told:
        patched.setenv("COLUMNS", "120")
        every_command().main([*words, "--help"], "duoyin", standalone_mode=False)
    return told.getvalue()


@pytest.mark.parametrize(
    ("words", "in_chinese", "in_english"),
    [
        ("fleet up",
         ("用法： duoyin fleet up [选项]", "─ 参数 ─", "─ 选项 ─", "[默认：6379]", "主节点监听的端口。",
          "显示这份说明后退出。"),
         ("Usage: duoyin fleet up [OPTIONS]", "─ Arguments ─", "─ Options ─", "[default: 6379]",
          "The head listens here.", "Show this message and exit.")),
        ("fleet", ("─ 命令 ─", "让本机退出机群"), ("─ Commands ─", "Take this machine out")),
        ("script", ("[必填]", "项目文件夹"), ("[required]", "The project folder.")),
    ],
)  # fmt: skip
def test_the_help_is_told_in_the_language_of_the_person_with_its_panels(
    words: str, in_chinese: Sequence[str], in_english: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUOYIN_LANG", "zh")
    told = help_of(*words.split())
    assert [word for word in in_chinese if word not in told] == []
    assert not re.search("[a-z]+ [a-z]+ [a-z]+ [a-z]+", told)
    monkeypatch.setenv("DUOYIN_LANG", "en")
    told = help_of(*words.split())
    assert [word for word in in_english if word not in told] == []


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("scirpt", "没有这个命令：'scirpt'。是不是 'script'？"),
        ("fleet zz", "没有这个命令：'zz'"),
        ("check", "缺少参数 'file'"),
        ("check a b", "多出了参数（b）"),
        ("check a --zz", "没有这个选项：--zz"),
        ("check a --quite", "没有这个选项：--quite（相近的选项：--out, --quiet）"),
        ("check a --out", "选项 '--out' 需要一个值"),
        ("check a --json=2", "选项 '--json' 不带值"),
        ("models import a b", "缺少选项 '--name'"),
        ("retake a b --take z", "'--take' 的值无效：这里要写整数"),
        ("retake a b --speed z", "'--speed' 的值无效：这里要写数字"),
    ],
)
def test_a_wrong_command_line_is_told_of_in_it_too(words: str, told: str) -> None:
    with pytest.raises(Exception) as caught:  # of Click, in whichever place Typer has it
        every_command().main(words.split(), "duoyin", standalone_mode=False)
    assert (usage_message(caught.value) or "").split("\n")[0] == told


@pytest.mark.usefixtures("chinese")
def test_what_a_file_measures_is_told_in_columns() -> None:
    limits = (
        Limit("true peak", -3.0, "dBTP", maximum=-2.0),
        Limit("noise floor", -50.0, "dBFS", -90.0, -60.0),
    )
    levels = ChapterLevels("One", 0.0, 2.0, -19.0, -21.0, -3.0, -50.0)
    report = CheckReport(
        "book.m4b", "audiobook", "mov", "aac", 44100, 1, "zh", {}, False, 2.0,
        -19.0, 1.0, -3.0, -3.5, -21.0, -50.0, -80.0, 0.0, (levels,), limits,
    )  # fmt: skip
    rows = report.table(say).split("\n")[1:]
    assert rows[0] == "  整体响度" + " " * 14 + "     -19.00 LUFS"
    assert rows[-3:] == [
        "  规格 audiobook:",
        "  合格  真峰值" + " " * 16 + "      -3.00 dBTP  (<= -2)",
        "  超限  本底噪声" + " " * 14 + "     -50.00 dBFS  (-90 至 -60)",
    ]
    assert not re.search("[a-z]{3,} [a-z]{3,}", "".join(rows))


@pytest.mark.usefixtures("chinese")
def test_what_is_lost_is_told_with_what_mends_it() -> None:
    gap = Gap(GapKind.NO_TAKE, True, 3, "c3-1", "One, two.", "it has no take", "duoyin audiobook x.duoyin")
    moved = replace(gap, what="the whole chapter, 4 lines, is heard 0.200 s later than the record says")
    assert say_lines(f"  LOST {gap.to_text()}") == (
        "  丢失：第 3 章，句 c3-1“One, two.”：没有录音 → duoyin audiobook x.duoyin"
    )
    assert "：整章 4 句比记录的位置晚 0.200 秒 → " in say(moved.to_text())


@pytest.mark.usefixtures("chinese")
def test_notes_on_how_a_text_is_read_are_told_too() -> None:
    _, notes = find_markup("{重|chong9} {庆|x y}")
    assert notes and [note for note in notes if say(note) == note] == []
    assert (
        say_lines("“重”: book says 'a', so series 'b' is ignored")
        == "“重”：book 给的是 'a'，因此不采用 series 的 'b'"
    )


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
