"""Chapters of EPUBs: what the table of contents means, and what to do where it means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.sources import ReadOptions, read
from tests.flows.sources.epub_files import (
    assert_tiles,
    document_texts,
    page,
    point,
    texts,
    titles,
    write_epub,
)

PROSE = "<p>" + "It was a long day and nothing much happened in the house by the river. " * 6 + "</p>"
HAN = "<p>" + "那一天很长，河边的屋子里什么事也没有发生。" * 12 + "</p>"


def chapter(title: str, level: int = 2, body: str = PROSE, **attributes: str) -> str:
    extra = "".join(f' {k}="{v}"' for k, v in attributes.items())
    return f"<h{level}{extra}>{title}</h{level}>{body}"


def test_one_entry_a_file(tmp_path: Path) -> None:
    book = write_epub(
        tmp_path / "b.epub",
        {"a.xhtml": page(chapter("One")), "b.xhtml": page(chapter("Two")), "c.xhtml": page(chapter("Three"))},
        toc='<li><a href="a.xhtml">One</a></li><li><a href="b.xhtml">Two</a></li><li><a href="c.xhtml">Three</a></li>',
    )
    manuscript = read(book)
    assert titles(manuscript) == ["One", "Two", "Three"]
    assert [c.source for c in manuscript.chapters] == ["OPS/a.xhtml", "OPS/b.xhtml", "OPS/c.xhtml"]
    assert_tiles(manuscript, document_texts(book))


def test_several_entries_into_one_file_by_fragment(tmp_path: Path) -> None:
    body = "".join(chapter(f"Part {n}", id=f"c{n}") for n in range(1, 5))
    toc = "".join(f'<li><a href="a.xhtml#c{n}">Entry {n}</a></li>' for n in range(1, 5))
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": page(body)}, toc=toc))
    assert titles(manuscript) == ["Entry 1", "Entry 2", "Entry 3", "Entry 4"]
    assert manuscript.chapters[2].source == "OPS/a.xhtml#c3"
    assert texts(manuscript)[0] == "Part 1"


def test_fragment_on_an_anchor_inside_the_heading_or_before_it(tmp_path: Path) -> None:
    body = (
        f'<h2><a id="x1"/>One</h2>{PROSE}<p>end<a id="x2"></a></p><h2>Two</h2>{PROSE}<a name="x3"/><h2>'
        f"Three</h2>{PROSE}"
    )
    toc = "".join(
        f'<li><a href="a.xhtml#x{n}">{t}</a></li>' for n, t in enumerate(["One", "Two", "Three"], 1)
    )
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": page(body)}, toc=toc))
    assert [c.paragraphs[0].text for c in manuscript.chapters] == ["One", "Two", "Three"]


def test_one_chapter_over_several_files(tmp_path: Path) -> None:
    manuscript = read(
        write_epub(
            tmp_path / "b.epub",
            {
                "a_0.xhtml": page(chapter("One")),
                "a_1.xhtml": page(PROSE),
                "a_2.xhtml": page(PROSE),
                "b.xhtml": page(chapter("Two")),
                "b_1.xhtml": page(PROSE),
            },
            ncx_points=point("One", "a_0.xhtml") + point("Two", "b.xhtml"),
        )
    )
    assert titles(manuscript) == ["One", "Two"]
    assert len(manuscript.chapters[0].paragraphs) == 4


def test_entries_that_all_point_at_one_file_are_placed_by_their_headings(tmp_path: Path) -> None:
    body = "".join(chapter(t) for t in ("The Door", "The Stair", "The Roof"))
    toc = "".join(point(t, "a.xhtml") for t in ("The Door", "The Stair", "The Roof"))
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": page(body)}, ncx_points=toc))
    assert titles(manuscript) == ["The Door", "The Stair", "The Roof"]
    assert [c.paragraphs[0].text for c in manuscript.chapters] == ["The Door", "The Stair", "The Roof"]


def test_entries_without_links_are_placed_by_their_headings(tmp_path: Path) -> None:
    body = (
        chapter("Hans Andersen", body="")
        + chapter("The Tinder-Box", 3, id="t")
        + chapter("John Ruskin", body="")
        + chapter("The King", 3, id="k")
    )
    toc = (
        '<li><span>Hans Andersen</span><ol><li><a href="a.xhtml#t">The Tinder-Box</a></li></ol></li>'
        '<li><span>John Ruskin</span><ol><li><a href="a.xhtml#k">The King</a></li></ol></li>'
    )
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": page(body)}, toc=toc))
    assert titles(manuscript) == ["Hans Andersen", "The Tinder-Box", "John Ruskin", "The King"]
    assert [c.kind for c in manuscript.chapters] == ["part", "chapter", "part", "chapter"]


def test_a_parent_that_shares_its_first_childs_place_gives_way_to_it(tmp_path: Path) -> None:
    toc = point("卷一", "a.xhtml", point("鄭伯克段", "a.xhtml") + point("周鄭交質", "b.xhtml"))
    documents = {
        "a.xhtml": page(chapter("鄭伯克段", body=HAN)),
        "b.xhtml": page(chapter("周鄭交質", body=HAN)),
    }
    assert titles(read(write_epub(tmp_path / "b.epub", documents, ncx_points=toc))) == [
        "鄭伯克段",
        "周鄭交質",
    ]


def test_nested_contents_with_a_part_page(tmp_path: Path) -> None:
    toc = (
        '<li><a href="p.xhtml">Book the First</a><ol><li><a href="a.xhtml">I</a></li><li><a href="b.xhtml">'
        "II</a></li></ol></li>"
    )
    documents = {
        "p.xhtml": page("<h1>Book the First</h1><h2>Recalled to Life</h2>"),
        "a.xhtml": page(chapter("I")),
        "b.xhtml": page(chapter("II")),
    }
    manuscript = read(write_epub(tmp_path / "b.epub", documents, toc=toc))
    assert [(c.title, c.kind, c.level) for c in manuscript.chapters] == [
        ("Book the First", "part", 1),
        ("I", "chapter", 2),
        ("II", "chapter", 2),
    ]


def sectioned(chapters: list[str], sections: list[str]) -> tuple[str, dict[str, str]]:
    """Contents that list sections below each chapter, and the documents of the chapters."""
    toc, documents = "", {}
    for number, title in enumerate(chapters):
        name = f"c{number}.xhtml"
        inner = "".join(f'<li><a href="{name}#s{i}">{part}</a></li>' for i, part in enumerate(sections))
        toc += f'<li><a href="{name}">{title}</a><ol>{inner}</ol></li>'
        body = "".join(chapter(part, 3, id=f"s{i}") for i, part in enumerate(sections))
        documents[name] = page(f"<h2>{title}</h2>{body}")
    return toc, documents


def test_sections_below_a_chapter_are_no_chapters(tmp_path: Path) -> None:
    toc, documents = sectioned(["Chapter I", "Chapter II"], ["I", "II", "III"])
    manuscript = read(write_epub(tmp_path / "b.epub", documents, toc=toc))
    assert [(c.title, c.kind) for c in manuscript.chapters] == [
        ("Chapter I", "chapter"),
        ("Chapter II", "chapter"),
    ]
    assert [p.text for p in manuscript.chapters[0].paragraphs if p.kind == "heading"][1:] == [
        "I",
        "II",
        "III",
    ]
    many = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]
    toc, documents = sectioned(many, ["I", "II"])
    assert titles(read(write_epub(tmp_path / "c.epub", documents, toc=toc))) == many


def test_chapters_below_a_part_with_a_bare_number_stay(tmp_path: Path) -> None:
    toc, documents = sectioned(["I", "II"], ["1", "2", "3"])
    manuscript = read(write_epub(tmp_path / "b.epub", documents, toc=toc))
    assert [c.kind for c in manuscript.chapters].count("chapter") == 6


def test_titles_with_line_breaks_are_one_line(tmp_path: Path) -> None:
    toc = '<li><a href="a.xhtml">第一回　宴桃園\n\t\t斬黃巾</a></li><li><a href="b.xhtml">Two<br/>Lines</a></li>'
    documents = {
        "a.xhtml": page(f"<h1>\n第一回　宴桃園\n\t斬黃巾\n</h1>{HAN}"),
        "b.xhtml": page(chapter("Two<br/>Lines")),
    }
    manuscript = read(write_epub(tmp_path / "b.epub", documents, toc=toc))
    assert titles(manuscript) == ["第一回 宴桃園 斬黃巾", "Two Lines"]
    assert texts(manuscript)[0] == "第一回 宴桃園 斬黃巾"


def test_contents_out_of_order_and_dead_links_do_no_harm(tmp_path: Path) -> None:
    toc = (
        point("Two", "b.xhtml")
        + point("One", "a.xhtml#nowhere")
        + point("Gone", "gone.xhtml")
        + point("Web", "http://example.org/")
    )
    documents = {"a.xhtml": page(chapter("One")), "b.xhtml": page(chapter("Two"))}
    assert titles(read(write_epub(tmp_path / "b.epub", documents, ncx_points=toc))) == ["One", "Two"]


def test_percent_encoded_and_differently_cased_links(tmp_path: Path) -> None:
    toc = '<li><a href="%E7%AC%AC%E4%B8%80%E7%AB%A0.XHTML">第一章</a></li><li><a href="b%20b.xhtml">第二章</a></li>'
    documents = {
        "第一章.xhtml": page(chapter("第一章", body=HAN)),
        "b b.xhtml": page(chapter("第二章", body=HAN)),
    }
    assert titles(read(write_epub(tmp_path / "b.epub", documents, toc=toc))) == ["第一章", "第二章"]


def test_without_contents_documents_with_headings_are_chapters(tmp_path: Path) -> None:
    documents = {f"{n}.xhtml": page(chapter(t)) for n, t in enumerate(["The Door", "The Stair", "The Roof"])}
    documents["3.xhtml"] = page(PROSE)
    assert titles(read(write_epub(tmp_path / "b.epub", documents))) == ["The Door", "The Stair", "The Roof"]


def test_one_useless_entry_and_many_documents(tmp_path: Path) -> None:
    documents = {f"{n}.xhtml": page(chapter(f"第{n}章 夜行", body=HAN)) for n in range(1, 6)}
    manuscript = read(write_epub(tmp_path / "b.epub", documents, toc='<li><a href="1.xhtml">Start</a></li>'))
    assert titles(manuscript) == [f"第{n}章 夜行" for n in range(1, 6)]


def test_a_whole_novel_in_one_file_is_divided_by_the_words_of_its_headings(tmp_path: Path) -> None:
    body = "".join(f"<p>第{n}章 山路</p>{HAN * 12}" for n in "一二三四五")
    manuscript = read(
        write_epub(tmp_path / "b.epub", {"a.xhtml": page(body)}, toc='<li><a href="a.xhtml">正文</a></li>')
    )
    assert titles(manuscript) == [f"第{n}章 山路" for n in "一二三四五"]


def test_volumes_in_the_contents_and_chapters_only_in_the_text(tmp_path: Path) -> None:
    documents = {
        f"v{v}.xhtml": page(
            f"<h1>第{v}卷 江湖</h1>" + "".join(f"<h2>第{n}章 山路</h2>{HAN * 12}" for n in "一二三四")
        )
        for v in "一二三"
    }
    toc = "".join(point(f"第{v}卷 江湖", f"v{v}.xhtml") for v in "一二三")
    manuscript = read(write_epub(tmp_path / "b.epub", documents, ncx_points=toc))
    assert [c.title for c in manuscript.chapters if c.kind == "chapter"] == [
        f"第{n}章 山路" for n in "一二三四"
    ] * 3


def test_an_epilogue_holds_its_chapters_and_a_part_all_of_its_own(tmp_path: Path) -> None:
    """No third chapter but one, and it is told like its neighbours."""
    parts = {"Part I": ["I", "II"], "Part II": ["I", "II", "III"], "Epilogue": ["I", "II"]}
    documents = {f"{part}-{n}.xhtml": page(chapter(n, 3)) for part, numbers in parts.items() for n in numbers}
    documents = {f"{part}.xhtml": page(f"<h2>{part}</h2>") for part in parts} | documents
    ordered = {
        name: documents[name]
        for part, numbers in parts.items()
        for name in (f"{part}.xhtml", *(f"{part}-{n}.xhtml" for n in numbers))
    }
    toc = "".join(
        f'<li><a href="{part}.xhtml">{part}</a><ol>'
        + "".join(f'<li><a href="{part}-{n}.xhtml">{n}</a></li>' for n in numbers)
        + "</ol></li>"
        for part, numbers in parts.items()
    )
    told = [c.title for c in read(write_epub(tmp_path / "b.epub", ordered, toc=toc)).chapters]
    assert [title for title in told if title not in parts] == [
        f"{part}, {n}" for part, numbers in parts.items() for n in numbers
    ]


def test_a_heading_within_one_document_is_no_chapter_where_the_contents_say_otherwise(tmp_path: Path) -> None:
    documents = {
        "a.xhtml": page(chapter("Notes on rivers") + chapter("Depth", 3) + chapter("Width", 3)),
        "b.xhtml": page(chapter("Lakes")),
    }
    toc = '<li><a href="a.xhtml">Rivers</a></li><li><a href="b.xhtml">Lakes</a></li>'
    assert titles(read(write_epub(tmp_path / "b.epub", documents, toc=toc))) == ["Rivers", "Lakes"]


def test_unlisted_document_that_opens_like_the_listed_ones_is_a_chapter(tmp_path: Path) -> None:
    documents = {f"{t}.xhtml": page(chapter(t)) for t in ("One", "Two", "Three", "Afterword")}
    toc = "".join(f'<li><a href="{t}.xhtml">{t}</a></li>' for t in ("One", "Two", "Three"))
    manuscript = read(write_epub(tmp_path / "b.epub", documents, toc=toc))
    assert [(c.title, c.kind) for c in manuscript.chapters][-1] == ("Afterword", "back")


def test_dedication_epigraph_and_preface_are_read_as_front_matter(tmp_path: Path) -> None:
    documents = {
        "t.xhtml": page("<h1>A Book</h1><p>A. Writer</p>", attributes='epub:type="titlepage"'),
        "d.xhtml": page('<section epub:type="dedication"><p>For my sister.</p></section>'),
        "p.xhtml": page(f'<section epub:type="preface"><h2>Preface</h2>{PROSE}</section>'),
        "a.xhtml": page(chapter("One")),
        "b.xhtml": page(chapter("Two")),
    }
    toc = '<li><a href="p.xhtml">Preface</a></li><li><a href="a.xhtml">One</a></li><li><a href="b.xhtml">Two</a></li>'
    manuscript = read(write_epub(tmp_path / "b.epub", documents, toc=toc))
    assert [c.kind for c in manuscript.chapters] == ["front", "front", "chapter", "chapter"]
    assert "For my sister." in texts(manuscript)
    assert "A. Writer" not in texts(manuscript)


def test_a_document_named_twice_in_the_reading_order_is_read_twice(tmp_path: Path) -> None:
    book = write_epub(
        tmp_path / "b.epub",
        {
            "a.xhtml": page("<h2>Chorus</h2><p>Sing it again.</p>"),
            "b.xhtml": page("<h2>Verse</h2><p>Once.</p>"),
        },
        spine=["a.xhtml", "b.xhtml", "a.xhtml"],
    )
    manuscript = read(book)
    assert texts(manuscript).count("Sing it again.") == 2
    assert_tiles(manuscript, document_texts(book))


def test_a_title_that_stands_twice_is_read_once(tmp_path: Path) -> None:
    body = f"<h2>第一章 夜行</h2><p>第一章 夜行</p>{HAN}"
    manuscript = read(
        write_epub(
            tmp_path / "b.epub", {"a.xhtml": page(body), "b.xhtml": page(chapter("第二章 雨", body=HAN))}
        )
    )
    assert texts(manuscript).count("第一章 夜行") == 1
    assert [item.reason for item in manuscript.left_out] == ["repeated-heading"]


def test_short_books_are_never_left_empty(tmp_path: Path) -> None:
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": page("<h1>A Book</h1><p>A. Writer</p>")})
    assert texts(read(book)) == ["A Book", "A. Writer"]


def test_front_matter_is_read_when_asked(tmp_path: Path) -> None:
    documents = {
        "t.xhtml": page('<section epub:type="titlepage"><h1>A Book</h1></section>'),
        "c.xhtml": page('<section epub:type="copyright-page"><p>Copyright 1999</p></section>'),
        "a.xhtml": page(chapter("One")),
    }
    book = write_epub(tmp_path / "b.epub", documents)
    assert texts(read(book))[0] == "One"
    assert texts(read(book, ReadOptions(front_matter=True)))[:2] == ["A Book", "Copyright 1999"]


@pytest.mark.parametrize("contents", ["Chapter {word}: The {name}", "The {name}", "Chapter {n}", ""])
def test_a_number_and_a_title_printed_as_paragraphs_are_headings(tmp_path: Path, contents: str) -> None:
    """Publishers print both as paragraphs of a class; without a heading the title would be read twice."""
    chapters = [(1, "One", "Road"), (2, "Two", "Inn"), (3, "Three", "Letter")]
    documents = {
        f"c{n}.xhtml": page(
            f'<hr/><p class="cn">CHAPTER {word.upper()}</p><p class="ct">The {name}</p>{PROSE}'
        )
        for n, word, name in chapters
    }
    toc = "".join(
        f'<li><a href="c{n}.xhtml">{contents.format(n=n, word=word, name=name)}</a></li>'
        for n, word, name in chapters
    )
    book = write_epub(tmp_path / "b.epub", documents, toc=toc if contents else "")
    made = read(book)
    assert_tiles(made, document_texts(book))
    assert [p.kind for c in made.chapters for p in c.paragraphs][:3] == [
        "heading",
        "heading",
        "text",
    ]
    assert len(made.chapters) == 3
