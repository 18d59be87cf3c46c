"""Every word of the studio stands in a table, in each of its languages."""

from __future__ import annotations

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from flows.studio.answers import STATIC, TEMPLATES
from flows.studio.settingform import fields_of
from flows.studio.words import TEXT, choose, languages, told, words
from flows.workspace.project import open_project
from tests.conftest import REPOSITORY

TABLES = {file.stem: json.loads(file.read_text("utf-8")) for file in TEXT.glob("*.json")}
SAID = re.compile(r"""\b(?:t|say|words\.coded|words\.say)\(\s*["']([\w.-]+)["']""")
COUNTED = re.compile(r"""(?<![.\w])(?:n|count)\(\s*["']([\w.-]+)["']""")
HELD = re.compile(r"\{(\w*)\}")
BUILT = (
    "gender.", "undo.", "redo.", "scope.", "key.", "keys.", "state.", "doubt.", "field.", "fault.", "n.", "stage.",
    "run.", "jobs.", "set.", "settings.", "dub.", "sync.",
)  # fmt: skip
"""Keys that code makes of a part that it knows and a name."""


def test_the_tables_have_the_same_keys_and_the_same_values_in_their_texts() -> None:
    english, chinese = TABLES["en"], TABLES["zh"]
    assert english.keys() == chinese.keys()
    for key in english:
        assert set(HELD.findall(english[key])) == set(HELD.findall(chinese[key])), key


def test_every_word_that_is_said_is_in_the_tables_and_no_other() -> None:
    files = [*TEMPLATES.glob("*.html"), *STATIC.glob("*.js")]
    source = "\n".join(file.read_text("utf-8") for file in files)
    used = {key for key in SAID.findall(source) if not key.endswith(".")} | {
        f"n.{key}" for key in COUNTED.findall(source)
    }
    assert used <= TABLES["en"].keys()
    strings = set(re.findall(r"""["'`]([\w.-]+)["'`]""", source))
    unused = {
        key for key in TABLES["en"] if key not in used and key not in strings and not key.startswith(BUILT)
    }
    assert unused <= {"lang", "name", "percent", "list"}


def test_every_key_of_the_keyboard_is_told_of() -> None:
    rows = json.loads((STATIC / "keys.json").read_text("utf-8"))
    for row in rows:
        assert f"key.{row['action']}" in TABLES["en"] and f"keys.{row['group']}" in TABLES["en"]
    keys = [key for row in rows for key in row["keys"]]
    assert len(keys) == len(set(keys)), "no key does two things"


def test_every_setting_has_its_words(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_text("source: film.srt\n", encoding="utf-8")
    labels = {field.label for field in fields_of(open_project(tmp_path), dub=True)}
    assert labels <= TABLES["en"].keys()


def test_no_word_for_a_person_stands_in_code() -> None:
    for file in TEMPLATES.glob("*.html"):
        text = re.sub(
            r"\{[{%#].*?[}%#]\}|<[^>]*>",
            " ",
            re.sub("{% block class %}.*", "", file.read_text("utf-8")),
            flags=re.S,
        )
        letters = re.findall(r"[A-Za-z]{3,}", text)
        assert not letters, (file.name, letters)
    for file in STATIC.glob("*.js"):
        code = re.sub(r"//[^\n]*|/\*.*?\*/", "", file.read_text("utf-8"), flags=re.S)
        sentences = re.findall(r'"[A-Z][a-z]+ [a-z ]+[^"]*"', code)
        assert not sentences, (file.name, sentences)


@pytest.mark.parametrize(
    ("wishes", "got"),
    [(["zh_CN.UTF-8"], "zh"), (["zh-Hant"], "zh"), (["fr", "zh"], "zh"), (["", "de"], "en"), ([], "en")],
)  # fmt: skip
def test_the_language_is_the_first_wish_that_can_be_met(wishes: list[str], got: str) -> None:
    assert choose(wishes) == got


def test_what_the_machine_is_told_comes_before_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOYIN_LANG", "zh")
    assert choose([*told(), "en"]) == "zh"
    assert set(languages()) == set(TABLES) and words("zh").lang == "zh-CN"


def test_texts_are_files_of_their_own() -> None:
    assert {file.suffix for file in Path(TEXT).iterdir()} == {".json"}


def test_every_file_of_the_page_goes_into_the_wheel() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["*"]
    for file in (*STATIC.iterdir(), *TEMPLATES.iterdir(), *TEXT.iterdir()):
        assert any(fnmatch(file.name, pattern) for pattern in patterns), file.name
