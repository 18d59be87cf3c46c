"""A site's stamp within a paragraph is cut out and listed; the words before and behind it are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.sources import ReadOptions, read
from tests.flows.sources.epub_files import assert_tiles, reasons, texts

ZH, EN = "雾从河上漫过来，石桥只剩下半截影子。", "The fog came up from the river and took the bridge."


def paragraph(tmp_path: Path, line: str, *, front_matter: bool = False) -> str:
    """What is read of a line between two others."""
    text = f"{ZH}\n\n{line}\n\n{EN}\n"
    (tmp_path / "b.txt").write_text(text, encoding="utf-8")
    made = read(tmp_path / "b.txt", ReadOptions(front_matter=front_matter))
    assert_tiles(made, {"b.txt": text})
    assert set(reasons(made)) <= {"advertisement"}
    return " ".join(texts(made)[1:-1])


@pytest.mark.parametrize(
    ("before", "stamp", "after"),
    [
        ("灯灭了。", "UU看书 ｗｗw.ｕukanshu.ｃom ", "老人站了起来。"),
        ("灯灭了。", "ωωω.ｘｂｉｑｕ.ｃοｍ", "老人站了起来。"),
        ("灯灭了，", "w w w . h e b i a n . c o m", "老人站了起来。"),
        ("灯灭了。", "（本章未完，请翻页）", "老人站了起来。"),
        ("灯灭了", "((7+4+8看书))", "，老人站了起来。"),
        ("灯灭了。", "手机用户请访问m.hebian.com阅读。", "老人站了起来。"),
        (
            "He sat down. ",
            "This story was stolen from Royal Road; if you see it on Amazon, report it. ",
            "It rained.",
        ),
        ("He sat down. ", "𝐟𝐫𝐞𝐞𝐛𝐫𝐢𝐝𝐠𝐞.𝐜𝐨𝐦 ", "It rained."),
    ],
)
def test_a_stamp_is_cut_out(tmp_path: Path, before: str, stamp: str, after: str) -> None:
    left = paragraph(tmp_path, before + stamp + after)
    assert left.replace(" ", "") == (before + after).replace(" ", "")
    assert stamp.strip() in paragraph(tmp_path, before + stamp + after, front_matter=True)


@pytest.mark.parametrize(
    "line",
    [
        "他在纸上写下www.example.com，递给老板。",
        "“记住本站地址www.example.com。”他念道。",
        "网址是ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ，他背了下来。",
        "He wrote www.example.com on the wall and went home.",
        "Her shop (www.shop.example.com) was shut.",
        "The stolen tale was read on the royal road to the sea, without his consent.",
    ],
)
def test_an_address_of_the_story_is_read(tmp_path: Path, line: str) -> None:
    assert paragraph(tmp_path, line) == line


def test_a_sites_name_with_signs_strewn_over_it_is_no_paragraph(tmp_path: Path) -> None:
    stamps = [
        "www。xiaoshutxt。nett!xt-小说天\\堂",
        "wwＷ、xiaoshutxt.net**t*xt*小*说*天*堂",
        "w w w. xiao shutxt. n ett.xt.小`说`天.堂",
        "ww w.xＩaoshutxt.netxt小xiaoshuo说天堂",
    ]
    piece, story = (
        "。txt小./说天堂",
        ["那一天，小说天堂也没有开门。", "www.xiaoxiao.com 是他的网址。", "（仍看书）"],
    )
    lines = [line for stamp in stamps for line in ("他把灯放在窗台上，没有说话。", stamp)]
    path = tmp_path / "b.txt"
    path.write_text("\n".join(["第一章 灯", *lines, piece, *story, "第二章 窗", "她来了。"]), "utf-8")

    made = read(path)

    assert set(reasons(made)) == {"advertisement"}
    assert [text for text in texts(made) if text in (*stamps, piece)] == []
    assert [text for text in texts(made) if text in story] == story
