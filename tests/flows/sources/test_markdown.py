"""Markdown: blocks, inline marks, footnotes, front matter."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.script.manuscript import Manuscript
from flows.sources import ReadOptions, read
from tests.flows.sources.epub_files import assert_tiles, reasons, texts, titles


def read_markdown(tmp_path: Path, text: str, options: ReadOptions = ReadOptions()) -> Manuscript:  # noqa: B008
    path = tmp_path / "book.md"
    path.write_bytes(text.encode())
    manuscript = read(path, options)
    assert_tiles(manuscript, {"book.md": text})
    return manuscript


def test_front_matter_title_and_chapters(tmp_path: Path) -> None:
    text = (
        '---\ntitle: "A Book"\nauthor: A. Writer and B. Writer\nlanguage: en-GB\ndate: 1999-01-01\n---\n\n# '
        "A Book\n\n## One\n\nText.\n\n## Two\n\nMore.\n"
    )
    manuscript = read_markdown(tmp_path, text)
    assert (manuscript.title, manuscript.authors, manuscript.language, manuscript.year) == (
        "A Book", ("A. Writer", "B. Writer"), "en-GB", "1999",
    )  # fmt: skip
    assert titles(manuscript) == ["One", "Two"]
    assert [c.source for c in manuscript.chapters] == ["line 10", "line 14"]


def test_inline_marks_are_left_out(tmp_path: Path) -> None:
    text = (
        'A *soft* **loud** `code` ~~gone~~ [link](http://x.y "t") <b>bold</b> \\*star\\* snake_case _em_ '
        "<!-- no --> ![pic](p.png) end.\n"
    )
    manuscript = read_markdown(tmp_path, text)
    assert texts(manuscript) == ["A soft loud code gone link bold *star* snake_case em end."]
    assert set(reasons(manuscript)) == {"markup", "hidden", "image"}
    assert "pic" in texts(read_markdown(tmp_path, text, ReadOptions(images=True)))[0]


def test_kinds(tmp_path: Path) -> None:
    text = (
        "Title\n=====\n\nWrapped\nline.\n\n> Quoted\n> words.\n\n- One\n- Two\n\n1. Three\n\n| a | b |\n|"
        "---|---|\n| 1 | 2. |\n\n***\n\n"
        "```\nx = 1\n```\n\nRoses,  \nviolets.\n"
    )
    manuscript = read_markdown(tmp_path, text)
    assert [(p.kind, p.text) for p in manuscript.chapters[0].paragraphs] == [
        ("heading", "Title"),
        ("text", "Wrapped line."),
        ("blockquote", "Quoted words."),
        ("list-item", "One"),
        ("list-item", "Two"),
        ("list-item", "Three"),
        ("table-row", "a, b"),
        ("table-row", "1, 2."),
        ("scene-break", ""),
        ("code", "x = 1"),
        ("text", "Roses,"),
        ("text", "violets."),
    ]


def test_footnotes(tmp_path: Path) -> None:
    text = "# One\n\nA word[^a] here.\n\nLater.\n\n[^a]: The note.\n"
    assert texts(read_markdown(tmp_path, text)) == ["One", "A word here.", "Later."]
    assert texts(read_markdown(tmp_path, text, ReadOptions(notes="paragraph"))) == [
        "One",
        "A word here.",
        "The note.",
        "Later.",
    ]


def test_parts_and_chapters(tmp_path: Path) -> None:
    text = "# Part One\n\n## I\n\nText.\n\n## II\n\nText.\n\n# Part Two\n\n## III\n\nText.\n"
    manuscript = read_markdown(tmp_path, text)
    assert [(c.title, c.level) for c in manuscript.chapters] == [
        ("Part One", 1),
        ("I", 2),
        ("II", 2),
        ("Part Two", 1),
        ("III", 2),
    ]


def test_markdown_without_headings_uses_their_words(tmp_path: Path) -> None:
    assert titles(read_markdown(tmp_path, "第一章 山\n\n风停了。\n\n第二章 水\n\n雨停了。\n")) == [
        "第一章 山",
        "第二章 水",
    ]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from("# >-*_`~[]()!|<>\\=\n\nab 山。^:1."), min_size=1, max_size=200))
def test_no_markdown_loses_a_character(tmp_path: Path, text: str) -> None:
    if text.strip():
        read_markdown(tmp_path, text)


def test_comments_and_style_sheets_over_several_lines(tmp_path: Path) -> None:
    text = (
        "# One\n\n<!-- manual\ncd listings\n# copy the output here\n-->\n\nFirst.\n\n"
        "<style>\np { color: red }\n</style>\n\nSecond <!-- aside --> words.\n\n{{#quiz ../quiz.toml}}\n"
        "\n\\newpage\n"
    )

    manuscript = read_markdown(tmp_path, text)

    assert texts(manuscript) == ["One", "First.", "Second words."]


def test_files_that_were_put_behind_one_another_have_their_titles(tmp_path: Path) -> None:
    text = "---\nlayout: book\ntitle: One\n---\n\n# One\n\nFirst.\n\n---\nlayout: book\ntitle: Two\n---\n\nSecond.\n"

    manuscript = read_markdown(tmp_path, text)

    assert [c.title for c in manuscript.chapters] == ["One", "Two"]
    assert texts(manuscript) == ["One", "First.", "Two", "Second."]


def test_a_rule_under_a_long_paragraph_is_no_heading(tmp_path: Path) -> None:
    long = "A paragraph of many words that somebody drew a line under, " * 4

    manuscript = read_markdown(tmp_path, f"# One\n\n{long}\n---\n\nSecond\n---\n\nThird.\n")

    heads = [p.text for c in manuscript.chapters for p in c.paragraphs if p.kind == "heading"]
    assert heads[-1] == "Second" and long.strip() not in heads


def test_formulas_lose_their_dollars_and_prices_keep_them(tmp_path: Path) -> None:
    text = "# One\n\nLet $A ≅ B$, and $f$ be $x^2$. It costs $5 and not $6, or $7 today.\n"

    manuscript = read_markdown(tmp_path, text)

    assert texts(manuscript)[1] == "Let A ≅ B, and f be x^2. It costs $5 and not $6, or $7 today."


LISTING = '```rust\nfn main() {\n    let x = f(y);\n    println!("{x}");\n}\n```\n'
TOLLS = "```\nThe curfew tolls the knell of parting day,\nThe lowing herd winds slowly o'er the lea.\n```\n"


def test_program_text_is_left_out_where_there_is_some(tmp_path: Path) -> None:
    text = f"# One\n\nFirst.\n\n{LISTING}\nSecond.\n\n```console\n$ cargo run\n```\n"

    manuscript = read_markdown(tmp_path, text)

    assert texts(manuscript) == ["One", "First.", "Second."]
    assert "println!" in reasons(manuscript)["code"]
    assert "$ cargo run" in texts(read_markdown(tmp_path, text, ReadOptions(code=True)))


def test_verse_in_a_block_of_code_is_read(tmp_path: Path) -> None:
    text = f"# One\n\n{TOLLS * 4}"

    assert "The curfew tolls the knell of parting day," in texts(read_markdown(tmp_path, text))
