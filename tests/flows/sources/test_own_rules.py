"""A person's own rules: how headings are written, and what is read instead of other words."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.script.manuscript import Manuscript
from flows.sources import ReadOptions, read
from flows.sources.options import Replacement
from tests.flows.sources.epub_files import assert_tiles, page, reasons, texts, titles, write_epub

ZH = "码头上的灯一盏接一盏地亮了，某网首发挑水的人从石阶上走下来。"


def read_text(tmp_path: Path, text: str, options: ReadOptions) -> Manuscript:
    (tmp_path / "b.txt").write_text(text, "utf-8")
    made = read(tmp_path / "b.txt", options)
    assert_tiles(made, {"b.txt": text})
    return made


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"关卡\d+.*", ["关卡7 灯火", "关卡3 枣树"]),
        (r"关卡\d+ (.*)", ["灯火", "枣树"]),
        (r"(关卡)(?P<title>\d+)", ["7", "3"]),
    ],
)
def test_chapters_by_a_pattern(tmp_path: Path, pattern: str, wanted: list[str]) -> None:
    text = f"关卡7 灯火\n{ZH}\n第一章 假的\n{ZH}\n关卡3 枣树\n{ZH}\n"
    made = read_text(tmp_path, text, ReadOptions(chapters_pattern=pattern))
    assert titles(made) == wanted and made.chapters[1].source == "line 5"
    assert made.chapters[0].paragraphs[0].kind == "heading"


def test_a_pattern_cuts_a_book_of_one_line(tmp_path: Path) -> None:
    text = f"关卡7{ZH * 100}关卡3{ZH * 100}"
    assert titles(read_text(tmp_path, text, ReadOptions(chapters_pattern=r"关卡\d"))) == ["关卡7", "关卡3"]


def test_a_pattern_is_stronger_than_the_contents_of_an_epub(tmp_path: Path) -> None:
    documents = {"a.xhtml": page(f"<p>夜一</p><p>{ZH}</p><p>夜二</p><p>{ZH}</p>")}
    book = write_epub(tmp_path / "b.epub", documents, toc='<li><a href="a.xhtml">全部</a></li>')
    assert titles(read(book, ReadOptions(chapters_pattern="夜.$"))) == ["夜一", "夜二"]


def test_a_pattern_that_fits_nowhere_is_told(tmp_path: Path) -> None:
    made = read_text(tmp_path, f"第一章 灯\n{ZH}\n第二章 树\n{ZH}\n", ReadOptions(chapters_pattern="Day"))
    assert titles(made) == ["第一章 灯", "第二章 树"] and "matches no line" in made.warnings[0]


def test_replacements_are_counted_and_what_they_take_is_listed(tmp_path: Path) -> None:
    rules = (
        Replacement("某网首发"),
        Replacement(pattern="(挑水)的人", words=r"\1汉"),
        Replacement("没有"),
        Replacement(pattern="^广告.*"),
    )
    made = read_text(tmp_path, f"第一章\n{ZH}\n广告一则\n第二章\n{ZH}\n", ReadOptions(replace=rules))
    assert "亮了，挑水汉从石阶上" in texts(made)[1]
    assert [item.hits for item in made.replaced] == [2, 2, 0, 1]
    assert reasons(made)["replaced"].startswith("某网首发挑水的人") or "某网首发" in reasons(made)["replaced"]
    assert [w for w in made.warnings if "没有" in w]
    assert "广告一则" in reasons(made)["replaced"]


def test_a_replacement_may_make_a_heading(tmp_path: Path) -> None:
    rules = (Replacement(pattern=r"^#(\d)#", words=r"第\1章 "),)
    text = f"#1#灯火\n{ZH}\n#2#枣树\n{ZH}\n"
    assert titles(read_text(tmp_path, text, ReadOptions(replace=rules))) == ["第1章 灯火", "第2章 枣树"]
