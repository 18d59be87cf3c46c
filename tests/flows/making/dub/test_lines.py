"""The settings of a dub decide what is read of its subtitles."""

from __future__ import annotations

from pathlib import Path

from flows.making.dub.lines import read_cues
from flows.workspace.project import open_project
from tests.flows.conftest import tone_project

EVENTS = """[Script Info]
ScriptType: v4.00+

[Events]
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Where were you?
Dialogue: 0,0:00:03.00,0:00:04.00,Sign,,0,0,0,,HARBOUR
Dialogue: 0,0:00:05.00,0:00:06.00,Text1,,0,0,0,,Mary, 34
"""


def test_dub_yaml_says_which_styles_are_spoken(tmp_path: Path) -> None:
    (tmp_path / "film.ass").write_text(EVENTS, encoding="utf-8")
    folder = tone_project(tmp_path / "project", tmp_path / "film.ass")
    (folder / "dub.yaml").write_text("styles: {Sign: spoken, Text1: silent}\n", encoding="utf-8")
    _, lines = read_cues(open_project(folder, product="dub"))
    assert [line.text for line in lines] == ["Where were you?", "HARBOUR"]
