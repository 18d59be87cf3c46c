"""Chapters that are listings are left out where they look so; a story of that name is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.sources import ReadOptions, read
from tests.flows.sources.epub_files import page, reasons, texts, titles, write_epub

STORY = "The ferry left at noon, and nobody stood on the quay. The keeper counted the stones of the bridge."
NAMES = [
    "Abel, 14, 27–29",
    "Bridge, the, 3",
    "Ferry, see Quay",
    "Keeper, the, 101n",
    "Quay, 12; stones of, 44",
]
CHANGES = ["Page 82: changed Ridgleys to Ridgelys.", "Page 138: added the missing word we."]


def book(tmp_path: Path, title: str, *lines: str) -> Path:
    """An EPUB of two chapters and a document of that title, named in its contents."""
    body = "".join(f"<p>{line}</p>" for line in lines)
    path = tmp_path / "b.epub"
    write_epub(
        path,
        {
            "a.xhtml": page(f"<h1>The Ferry</h1><p>{STORY}</p>"),
            "b.xhtml": page(f"<h1>The Bridge</h1><p>{STORY}</p>"),
            "c.xhtml": page(f"<h1>{title}</h1>{body}"),
        },
    )
    return path


@pytest.mark.parametrize(
    ("title", "lines", "reason"),
    [
        ("Index", NAMES, "index"),
        (
            "索引",
            [
                "阿卑多斯，Ⅷ．61；",
                "阿堪苏斯（Acanthus）",
                "阿里斯塔古，Ⅷ．62，79，",
                "斯巴达人，Ⅳ．84，85～87。",
            ],
            "index",
        ),
        ("哲学问题——目 录", ["前言", "第01章 现象", "第02章 物质", "第03章 性质"], "contents"),
        (
            "List of Illustrations",
            ["The ferry at noon 8", "The keeper, counting 32", "A stone 40", "Quay 51"],
            "contents",
        ),
        ("Transcriber’s Notes", CHANGES, "transcriber-note"),
    ],
)
def test_a_listing_is_left_out(tmp_path: Path, title: str, lines: list[str], reason: str) -> None:
    path = book(tmp_path, title, *lines)

    made = read(path)

    assert titles(made) == ["The Ferry", "The Bridge"]
    assert reason in reasons(made)
    assert [text for text in texts(made) if text in lines] == []
    if reason in ("index", "contents"):
        assert [text for text in texts(read(path, ReadOptions(contents=True))) if text in lines] == lines


@pytest.mark.parametrize("title", ["Index", "Contents", "目录"])
def test_a_story_of_that_name_is_read(tmp_path: Path, title: str) -> None:
    assert titles(read(book(tmp_path, title, *[STORY] * 5)))[-1] == title


def test_credits_and_a_transcribers_notes_of_gutenberg_are_left_out(tmp_path: Path) -> None:
    head = [
        "*** START OF THE PROJECT GUTENBERG EBOOK THE FERRY ***",
        "E-text prepared by Louise and the Online Distributed Proofreading Team (http://www.pgdp.net)",
        "Note: Project Gutenberg also has an HTML version of this file. See 219-h.htm or 219-h.zip:",
        "(http://www.gutenberg.net/dirs/2/1/9/219-h.zip)",
        "Transcriber's note:",
        "The first few pages have been rearranged in the order 4, 5, 2, 1, 3.",
        "The letter was not in the original.",
    ]
    body = ["THE FERRY", "Chapter 1", STORY, "[Transcriber's Note: sic.]", STORY, "Chapter 2", STORY]
    foot = ["*** END OF THE PROJECT GUTENBERG EBOOK THE FERRY ***", "Licence."]
    path = tmp_path / "b.txt"
    path.write_text("\n\n".join([*head, *body, *foot]) + "\n", "utf-8")

    made = read(path)

    assert texts(made) == ["THE FERRY", "Chapter 1", STORY, STORY, "Chapter 2", STORY]
    assert set(reasons(made)) == {"gutenberg", "transcriber-note"}


def test_contents_with_numerals_and_pages_in_a_text(tmp_path: Path) -> None:
    heads = [("I", "THE FERRY"), ("II", '"YOU-ALL" AND OTHERS'), ("III", "THE BRIDGE")]
    listed = [
        "CONTENTS",
        "CHAPTER PAGE",
        *(f"{n} {title}  {12 * i + 3}" for i, (n, title) in enumerate(heads)),
    ]
    chapters = [part for n, title in heads for part in (f"CHAPTER {n}", title, STORY, STORY)]
    path = tmp_path / "b.txt"
    path.write_text("\n\n".join(["FOREWORD", STORY, *listed, *chapters]) + "\n", "utf-8")

    made = read(path)

    assert reasons(made)["contents"].startswith("CONTENTS")
    assert [text for text in texts(made) if text in listed] == []


def test_notes_in_braces(tmp_path: Path) -> None:
    lines = [
        "Chapter 1", "They were elegantly {1} dressed, and mis_managed_ it to the north; {2} but they came.",
        "Chapter 2", STORY, '{1}  "Elegant," I mean, as a pattern is.', "{2}  Burford he must have meant.",
    ]  # fmt: skip
    path = tmp_path / "b.txt"
    path.write_text("\n\n".join(lines) + "\n", "utf-8")

    made = read(path)

    assert "They were elegantly dressed, and mismanaged it to the north; but they came." in texts(made)
    assert set(reasons(made)) == {"note-mark", "note", "markup"}
