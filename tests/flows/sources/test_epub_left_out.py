"""What is not read aloud, and the paragraph kinds of what is."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.script.manuscript import Manuscript
from flows.sources import ReadOptions, read
from tests.flows.sources.epub_files import (
    assert_tiles,
    document_texts,
    page,
    reasons,
    texts,
    titles,
    write_epub,
)

LONG = "The tide was out and the boats lay on their sides in the mud, waiting for the evening. " * 4


def read_body(tmp_path: Path, body: str, options: ReadOptions = ReadOptions(), **more: str) -> Manuscript:  # noqa: B008
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": page(f"<h2>One</h2><p>{LONG}</p>{body}", **more)})
    manuscript = read(book, options)
    if not options.images:
        assert_tiles(manuscript, document_texts(book))
    return manuscript


NOTES = {
    "epub3": '<p>A word<a epub:type="noteref" href="#n1">1</a> here.</p><aside epub:type="footnote" id="n1">'
    "<p>1. The note.</p></aside>",
    "role": '<p>A word<a role="doc-noteref" href="#n1">1</a> here.</p><aside role="doc-footnote" id="n1">'
    "The note.</aside>",
    "superscript": '<p>A word<sup><a href="#n1" id="r1">1</a></sup> here.</p><p id="n1"><a href="#r1">1</a> '
    "The note.</p>",
    "link around superscript": '<p>A word<a href="#n1"><sup>12</sup></a> here.</p><div id="n1">The note.</div>',
    "brackets": '<p>A word<a href="#n1" id="r1">[1]</a> here.</p><p><a id="n1" href="#r1">[1]</a> The note.</p>',
    "calibre": '<p>A word<a id="r1"></a><a href="#n1" class="calibre5"><span><sup>[3]</sup></span></a> '
    'here.</p><p><a id="n1"></a><a href="#r1">[3]</a> The note.</p>',
    "word processor": '<p>A word<a href="#_ftn1" id="_ftnref1">1</a> here.</p><div id="_ftn1"><p><a '
    'href="#_ftnref1">1</a> The note.</p></div>',
    "duokan": '<p>A word<sup><a class="duokan-footnote" href="#n1" id="r1"><img alt="注" src="n.png"/></a>'
    '</sup> here.</p><ol class="duokan-footnote-content"><li class="duokan-footnote-item" id="n1"><a '
    'href="#r1">◎</a>The note.</li></ol>',
    "circled": '<p>A word<a href="#n1" id="r1">①</a> here.</p><p id="n1"><a href="#r1">①</a>The note.</p>',
    "list": '<p>A word<sup><a href="#n1" id="r1">1</a></sup> here.</p><section epub:type="endnotes"><ol><li '
    'id="n1">The note. <a epub:type="backlink" href="#r1">↩</a></li></ol></section>',
}


@pytest.mark.parametrize("manner", NOTES)
def test_note_marks_and_notes_are_left_out(tmp_path: Path, manner: str) -> None:
    manuscript = read_body(tmp_path, NOTES[manner])
    assert "A word here." in texts(manuscript)
    assert not any("The note." in t for t in texts(manuscript))
    assert "The note." in reasons(manuscript)["note"]
    assert "note-mark" in reasons(manuscript) or manner == "duokan"


@pytest.mark.parametrize("manner", NOTES)
def test_notes_are_read_after_the_paragraph_when_asked(tmp_path: Path, manner: str) -> None:
    read_aloud = read_body(tmp_path, NOTES[manner] + "<p>Later.</p>", ReadOptions(notes="paragraph"))
    got = texts(read_aloud)
    at = got.index("A word here.")
    assert "The note." in got[at + 1] and got[at + 2] == "Later."
    note = next(p for c in read_aloud.chapters for p in c.paragraphs if "The note." in p.text)
    assert note.kind == "note"


def test_notes_at_the_end_of_the_chapter(tmp_path: Path) -> None:
    got = texts(read_body(tmp_path, NOTES["epub3"] + "<p>Later.</p>", ReadOptions(notes="chapter")))
    assert got[-2] == "Later." and "The note." in got[-1]


def test_notes_in_a_document_of_their_own(tmp_path: Path) -> None:
    documents = {
        "a.xhtml": page(
            f'<h2>One</h2><p>{LONG}</p><p>Word<a href="n.xhtml#n1" id="r1"><sup>1</sup></a>.</p>'
        ),
        "b.xhtml": page(f"<h2>Two</h2><p>{LONG}</p>"),
        "n.xhtml": page('<h2>Notes</h2><p><a id="n1" href="a.xhtml#r1">1</a> About the word.</p>'),
    }
    toc = '<li><a href="a.xhtml">One</a></li><li><a href="b.xhtml">Two</a></li><li><a href="n.xhtml">Notes</a></li>'
    book = write_epub(tmp_path / "b.epub", documents, toc=toc)
    assert titles(read(book)) == ["One", "Two"]
    assert any("About the word." in t for t in texts(read(book, ReadOptions(notes="paragraph"))))
    assert_tiles(read(book), document_texts(book))


def test_ordinary_links_and_numbers_are_read(tmp_path: Path) -> None:
    body = (
        '<p id="top">See <a href="#below">the next part</a>, written in <a href="#below">1920</a>.</p>'
        '<p>Area in m<sup>2</sup> and the 5<sup>th</sup> of May.</p><p id="below">Below.</p>'
    )
    got = texts(read_body(tmp_path, body))
    assert "See the next part, written in 1920." in got
    assert "Area in m2 and the 5th of May." in got
    assert "Below." in got


@pytest.mark.parametrize(
    "mark",
    [
        '<span epub:type="pagebreak" id="p7" title="7">7</span>',
        '<a role="doc-pagebreak">[7]</a>',
        '<span class="pagenum">[Pg 7]</span>',
        '<a class="pageno" id="Page_7">7</a>',
    ],
)
def test_page_numbers(tmp_path: Path, mark: str) -> None:
    manuscript = read_body(tmp_path, f"<p>The road went {mark}on.</p>")
    assert "The road went on." in texts(manuscript)
    assert "7" in reasons(manuscript)["page-number"]


def test_hidden_and_technical_elements(tmp_path: Path) -> None:
    body = (
        '<p>Seen.</p><p hidden="hidden">A</p><p style="display: none">B</p><p aria-hidden="true">C</p>'
        "<script>var d = 1;</script><style>p {}</style><noscript>E</noscript>"
        '<svg xmlns="http://www.w3.org/2000/svg"><text>F</text></svg><audio>G</audio>'
    )
    manuscript = read_body(tmp_path, body)
    assert texts(manuscript)[-1] == "Seen."
    assert set(reasons(manuscript)) == {"hidden", "script", "style", "fallback", "image"}


def test_soft_hyphens_and_invisible_characters(tmp_path: Path) -> None:
    manuscript = read_body(tmp_path, "<p>Ex\u00adtra\u00adordi\u00adnary\u2060—no\u200bbreak\ufeff.</p>")
    assert "Extraordinary—nobreak." in texts(manuscript)
    assert reasons(manuscript)["soft-hyphen"] == "\u00ad" * 3


def test_switch_reads_one_branch(tmp_path: Path) -> None:
    body = (
        '<epub:switch><epub:case required-namespace="http://www.xml-cml.org/schema"><p>H2O raw</p></epub:case>'
        "<epub:default><p>Water</p></epub:default></epub:switch>"
    )
    manuscript = read_body(tmp_path, body)
    assert texts(manuscript)[-1] == "Water"
    assert reasons(manuscript)["switch-alternative"] == "H2O raw"


def test_selectors(tmp_path: Path) -> None:
    body = '<p>Story <span class="jiazhu">comment</span>goes on.</p><p class="jiazhu">More.</p>'
    manuscript = read_body(tmp_path, body, ReadOptions(skip=(".jiazhu",)))
    assert texts(manuscript)[-1] == "Story goes on."
    assert reasons(manuscript)["selector"] == "commentMore."


def test_nonlinear_documents(tmp_path: Path) -> None:
    documents = {"a.xhtml": page(f"<h2>One</h2><p>{LONG}</p>"), "x.xhtml": page("<p>Answer key.</p>")}
    book = write_epub(tmp_path / "b.epub", documents, linear={"x.xhtml": "no"})
    assert reasons(read(book))["not-linear"] == "Answer key."
    assert "Answer key." in texts(read(book, ReadOptions(nonlinear=True)))


def test_contents_page_in_the_text(tmp_path: Path) -> None:
    entries = "".join(f'<p><a href="c{n}.xhtml">Chapter {n}</a></p>' for n in (1, 2, 3))
    documents = {"toc.xhtml": page(f"<h1>Contents</h1>{entries}")}
    documents |= {f"c{n}.xhtml": page(f"<h2>Chapter {n}</h2><p>{LONG}</p>") for n in (1, 2, 3)}
    manuscript = read(write_epub(tmp_path / "b.epub", documents))
    assert titles(manuscript) == ["Chapter 1", "Chapter 2", "Chapter 3"]
    assert reasons(manuscript)["contents"].startswith("Contents")


@pytest.mark.parametrize(
    "body",
    [
        "<p>Copyright © 2011 by A. Writer. All rights reserved.</p><p>ISBN 978-3-16-148410-0</p>",
        "<p>图书在版编目（CIP）数据</p><p>ISBN 7-02-000220-X</p><p>版权所有 侵权必究</p>",
    ],
)
def test_copyright_pages_by_what_they_say(tmp_path: Path, body: str) -> None:
    documents = {"x7.xhtml": page(body), "a.xhtml": page(f"<h2>One</h2><p>{LONG}</p>")}
    manuscript = read(write_epub(tmp_path / "b.epub", documents))
    assert titles(manuscript) == ["One"]
    assert set(reasons(manuscript)) == {"copyright"}


def test_a_story_about_copyright_is_read(tmp_path: Path) -> None:
    story = f"<h2>Chapter 1</h2><p>“All rights reserved,” he read, and then the ISBN, aloud.</p><p>{LONG}</p>"
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": page(story)}))
    assert not manuscript.left_out


def test_gutenberg_header_credits_and_licence(tmp_path: Path) -> None:
    first = (
        "<p>The Project Gutenberg eBook of A Book, by A. Writer</p><p>This eBook is for the use of anyone.</p>"
        "<p>*** START OF THIS PROJECT GUTENBERG EBOOK A BOOK ***</p><p>Produced by Some Volunteers</p>"
        f"<h2>CHAPTER I.</h2><p>{LONG}</p><h2>CHAPTER II.</h2><p>{LONG}</p><h2>CHAPTER III.</h2><p>{LONG}</p>"
        "<p>End of the Project Gutenberg EBook of A Book</p><p>*** END OF THIS PROJECT GUTENBERG EBOOK "
        "***</p><p>Full licence.</p>"
    )
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": page(first)}))
    assert titles(manuscript) == ["CHAPTER I.", "CHAPTER II.", "CHAPTER III."]
    assert set(reasons(manuscript)) == {"gutenberg"}


def test_kinds_of_paragraphs(tmp_path: Path) -> None:
    body = (
        "<blockquote><p>Quoted.</p></blockquote><ul><li>Item.</li></ul>"
        '<div class="poem"><p>Line one<br/>Line two</p></div>'
        '<section epub:type="z3998:letter"><p>Dear Sir,</p></section>'
        "<table><caption>Prices</caption><tr><th>Tea</th><th>Price</th></tr><tr><td>Green</td><td>4 "
        "pence</td></tr></table>"
        "<figure><img alt='x'/><figcaption>A boat</figcaption></figure><pre><code>x = 1</code></pre>"
        "<hr/><p>Then.</p><p>* * *</p><p>Next.</p>"
    )
    manuscript = read_body(tmp_path, body)
    got = [(p.kind, p.text) for c in manuscript.chapters for p in c.paragraphs][2:]
    assert got == [
        ("blockquote", "Quoted."),
        ("list-item", "Item."),
        ("verse", "Line one"),
        ("verse", "Line two"),
        ("letter", "Dear Sir,"),
        ("caption", "Prices"),
        ("table-row", "Tea, Price"),
        ("table-row", "Green, 4 pence"),
        ("caption", "A boat"),
        ("code", "x = 1"),
        ("scene-break", ""),
        ("text", "Then."),
        ("scene-break", ""),
        ("text", "Next."),
    ]
    assert reasons(manuscript)["scene-break"] == "* * *"


@pytest.mark.parametrize("mark", ["* * *", "***", "＊＊＊", "◇", "———", "⁂", "#", "~ ~ ~", "※※※", "• • •"])
def test_scene_breaks(tmp_path: Path, mark: str) -> None:
    manuscript = read_body(tmp_path, f"<p>Before.</p><p>{mark}</p><p>After.</p>")
    assert [p.kind for c in manuscript.chapters for p in c.paragraphs][-3:] == ["text", "scene-break", "text"]


@pytest.mark.parametrize("words", ["XXX", "……", "——", "？！", "“……”", "O", "…", "Ox"])
def test_silence_in_dialogue_is_no_scene_break(tmp_path: Path, words: str) -> None:
    assert words in texts(read_body(tmp_path, f"<p>Before.</p><p>{words}</p><p>After.</p>"))


def test_blank_paragraphs_are_scene_breaks_only_where_they_are_rare(tmp_path: Path) -> None:
    rare = "<p>A.</p>" * 6 + "<p>&#160;</p>" + "<p>B.</p>" * 6
    kinds = [p.kind for c in read_body(tmp_path, rare).chapters for p in c.paragraphs]
    assert kinds.count("scene-break") == 1
    everywhere = "<p>A.</p><p>&#160;</p>" * 12
    kinds = [p.kind for c in read_body(tmp_path, everywhere).chapters for p in c.paragraphs]
    assert "scene-break" not in kinds


def test_preformatted_prose_and_code(tmp_path: Path) -> None:
    prose = "\n".join(
        [
            "It was a long day and nothing much happened in",
            "the house by the river, where the old man sat",
            "all day and looked at the water without a word",
            "to anybody at all.",
        ]
    )
    manuscript = read_body(tmp_path, f"<pre>{prose}\n\nThe end.</pre><pre><code>a = 1\nb = 2</code></pre>")
    got = [(p.kind, p.text) for p in manuscript.chapters[0].paragraphs][2:]
    assert got == [
        ("text", prose.replace("\n", " ")),
        ("text", "The end."),
        ("code", "a = 1"),
        ("code", "b = 2"),
    ]


def test_words_inside_empty_elements_are_not_lost(tmp_path: Path) -> None:
    assert texts(read_body(tmp_path, "<p>One<br>two</br></p><hr>three</hr>"))[-3:] == ["One", "two", "three"]


def test_line_breaks_part_paragraphs_of_converted_web_novels(tmp_path: Path) -> None:
    manuscript = read_body(tmp_path, "<div>　　“你来了。”<br/>　　“我来了。”<br/><br/>　　风停了。</div>")
    assert texts(manuscript)[-3:] == ["“你来了。”", "“我来了。”", "风停了。"]


def test_source_line_breaks_between_han_characters_are_not_spaces(tmp_path: Path) -> None:
    got = texts(read_body(tmp_path, "<p>山路很长，\n    走了一天。He came\nhome.</p>"))
    assert got[-1] == "山路很长，走了一天。He came home."


def test_text_outside_any_paragraph_is_read(tmp_path: Path) -> None:
    got = texts(read_body(tmp_path, "Loose words <b>in</b> the body<p>then a paragraph</p>and more"))
    assert got[-3:] == ["Loose words in the body", "then a paragraph", "and more"]


def test_mathml_annotations_are_not_read_twice(tmp_path: Path) -> None:
    body = (
        '<p><math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mi>x</mi><annotation '
        'encoding="tex">\\x</annotation></semantics></math> is it.</p>'
    )
    assert texts(read_body(tmp_path, body))[-1] == "x is it."


def test_language_of_a_paragraph(tmp_path: Path) -> None:
    manuscript = read_body(tmp_path, '<p xml:lang="fr">Bonjour.</p><p>Hello.</p>')
    assert [p.language for p in manuscript.chapters[0].paragraphs[-2:]] == ["fr", None]


@pytest.mark.parametrize(
    ("body", "read_aloud"),
    [
        (
            '<p><span class="dropcap">T</span><span class="sc">he rain</span> stopped.</p>',
            "The rain stopped.",
        ),
        ('<p><span class="big">W</span>\n<span>hen</span> it came.</p>', "When it came."),
        ('<p><span class="cap">W</span> HEN it came.</p>', "WHEN it came."),
        ('<p><span class="dropcap">“I</span> t was late,” he said.</p>', "“It was late,” he said."),
        ('<p><span class="dropcap">I</span> was late.</p>', "I was late."),
        ('<p><span class="dropcap">A</span> man came.</p>', "A man came."),
        ('<div class="dropcap">M</div><p>orning came.</p>', "Morning came."),
        ('<div class="dropcap">A</div><p>man came.</p>', "A man came."),
        ("<p><b>Q</b> Where were you?</p>", "Q Where were you?"),
        ("<p><i>V</i> was the fifth.</p>", "V was the fifth."),
        ('<p><span class="name">K</span> was there.</p>', "K was there."),
    ],
)
def test_drop_caps(tmp_path: Path, body: str, read_aloud: str) -> None:
    assert texts(read_body(tmp_path, body))[2:] == [read_aloud]


@pytest.mark.parametrize(
    ("body", "read_aloud"),
    [
        ('<p><img src="t.jpg" alt="T"/>he night fell.</p>', "The night fell."),
        ('<p><img src="t.jpg" alt="T"/><small>HE</small> night fell.</p>', "THE night fell."),
        ('<p><img src="i.jpg" alt="I"/>t fell.</p>', "It fell."),
        ('<p><img src="t.jpg" alt="T"/>\n he night fell.</p>', "The night fell."),
        ('<p><img src="b.jpg" alt="B"/> Buy it now.</p>', "Buy it now."),
        ('<p><span class="dropcap"><img src="t.jpg" alt="T"/></span>he night fell.</p>', "The night fell."),
        ('<p>A man named <img class="gaiji" src="y.png" alt="䶮"/>, of Wu.</p>', "A man named 䶮, of Wu."),
        ('<p>一个叫<img src="y.png" alt="䶮"/>的人。</p>', "一个叫䶮的人。"),
        ('<p>饕<img src="y.png" alt="餮"/></p>', "饕餮"),
        ('<p>写着<svg role="img" aria-label="福"><path/></svg>字。</p>', "写着福字。"),
        ("<p>写着<svg><title>福</title><path/></svg>字。</p>", "写着福字。"),
        ('<p>写着<span role="img" aria-label="福"></span>字。</p>', "写着福字。"),
        (
            '<p>The sign said <img src="s.png" alt="CLOSED"/>, so we left.</p>',
            "The sign said CLOSED, so we left.",
        ),
        ('<p>The light. <img src="s.png" alt="Sunset"/> It fell.</p>', "The light. It fell."),
        ('<p>The light was <img src="s.png" alt="a red sunset"/> low.</p>', "The light was low."),
        ('<p>The light was <img src="s.png" alt="Fig3"/> low.</p>', "The light was low."),
        ('<p>灯灭了。<img src="s.png" alt="分割线"/></p>', "灯灭了。"),
        ('<p><img src="s.png" alt="灯"/><br/>灯灭了。</p>', "灯灭了。"),
        ('<p><img class="qqreader-footnote" src="s.png" alt="注释"/>灯灭了。</p>', "灯灭了。"),
        (
            '<p>警<img class="gaiji" src="s.png" alt="※(「山＋榮」、第3水準1-47-92)"/>灯灭了。</p>',
            "警灯灭了。",
        ),
    ],
)
def test_a_picture_that_stands_for_characters_is_read(tmp_path: Path, body: str, read_aloud: str) -> None:
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": page(f"<h2>One</h2>{body}")})
    made = read(book)
    assert made.accounting().source == made.accounting().read + made.accounting().left_out
    assert texts(made)[1:] == [read_aloud]


@pytest.mark.parametrize(
    ("body", "read_aloud"),
    [
        ("<p>叫<ruby>　　<rt>空白</rt></ruby>的人。</p>", "叫空白的人。"),
        ("<p>叫<ruby><rb></rb><rt>空白</rt></ruby>的人。</p>", "叫空白的人。"),
        ("<p>叫<ruby>……<rp>(</rp><rt>空白</rt><rp>)</rp></ruby>的人。</p>", "叫空白的人。"),
        ('<p>叫<ruby><img src="a.png" alt=""/><rt>空白</rt></ruby>的人。</p>', "叫空白的人。"),
        ('<p>叫<ruby><img src="a.png" alt="喰"/><rt>shí</rt></ruby>的人。</p>', "叫喰的人。"),
        ("<p>叫<ruby>〇〇<rt>小满</rt></ruby>的人。</p>", "叫小满的人。"),
        ("<p>叫<ruby>空白<rt>kòngbái</rt></ruby>的人。</p>", "叫空白的人。"),
        ("<p>一定<ruby>回来<rt>・・</rt></ruby>的人。</p>", "一定回来的人。"),
        ("<p>H <ruby>⟶<rt>hefty</rt></ruby> O.</p>", "H ⟶ O."),
        ("<p>走了<ruby>……<rt>・・</rt></ruby>的人。</p>", "走了……的人。"),
        ("<p>signed <ruby>———<rt>Marta</rt></ruby>.</p>", "signed Marta."),
    ],
)
def test_a_word_that_stands_only_in_its_ruby_is_read(tmp_path: Path, body: str, read_aloud: str) -> None:
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": page(f"<h2>One</h2>{body}")})
    made = read(book)
    assert made.accounting().source == made.accounting().read + made.accounting().left_out
    assert texts(made)[1:] == [read_aloud]


@pytest.mark.parametrize(
    "mark",
    [
        "<sup>1</sup>",
        "<sup>[1]</sup>",
        "<sup>*</sup>",
        '<sup class="x"><small>12</small></sup>',
        '<span class="footnote">In 1812.</span>',
    ],
)
def test_note_marks_without_links(tmp_path: Path, mark: str) -> None:
    made = read_body(tmp_path, f"<p>He departed{mark} at noon.{mark}</p>")
    assert texts(made)[-1] == "He departed at noon."


@pytest.mark.parametrize(
    "words",
    [
        "E = mc<sup>2</sup>",
        "an x<sup>1</sup>",
        "10<sup>6</sup>",
        "40 metres<sup>2</sup>",
        "三十米<sup>2</sup>",
    ],
)
def test_superscripts_that_are_powers_are_read(tmp_path: Path, words: str) -> None:
    made = read_body(tmp_path, f"<p>It was {words} then.</p>")
    assert texts(made)[-1] == "It was " + words.replace("<sup>", "").replace("</sup>", "") + " then."


def test_notes_at_the_foot_whose_marks_have_no_links(tmp_path: Path) -> None:
    body = "<p>He departed<sup>1</sup> at noon.<sup>2</sup></p><hr/><p>1. In 1812.</p><p>2 By the clock.</p>"
    made = read_body(tmp_path, body)
    assert texts(made)[-1] == "He departed at noon." and reasons(made)["note"] == "1. In 1812.2 By the clock."
    numbered = "<p>He departed<sup>7</sup> at noon.</p><p>1. Bread</p><p>2. Cheese</p>"
    assert texts(read_body(tmp_path, numbered))[-2:] == ["1. Bread", "2. Cheese"]


def test_a_hidden_note_that_pops_up_is_read_when_asked(tmp_path: Path) -> None:
    body = (
        '<p>A word<a epub:type="noteref" href="#n">1</a>.</p><aside epub:type="footnote" id="n" '
        'hidden="hidden"><p>Said.</p></aside>'
    )
    assert texts(read_body(tmp_path, body, ReadOptions(notes="paragraph")))[-1] == "Said."
    assert "Said." not in texts(read_body(tmp_path, body))


def test_an_endnotes_document_outside_the_contents(tmp_path: Path) -> None:
    documents = {
        "a.xhtml": page(f"<h2>One</h2><p>{LONG}</p>"),
        "n.xhtml": page("<h2>Endnotes</h2><p>1. In 1812.</p>"),
    }
    made = read(write_epub(tmp_path / "b.epub", documents, toc='<li><a href="a.xhtml">One</a></li>'))
    assert titles(made) == ["One"] and "In 1812." in reasons(made)["note"]


@pytest.mark.parametrize(
    "mark",
    [
        '<a class="pgnum">{16}</a>',
        '<span class="page">17</span>',
        '<a id="Page_19">[19]</a>',
        '<span id="page19">p. 19</span>',
        '<span class="pnum">xii</span>',
    ],
)
def test_page_numbers_by_class_or_id(tmp_path: Path, mark: str) -> None:
    made = read_body(tmp_path, f"<p>The road {mark}went on.</p>")
    assert texts(made)[-1] == "The road went on." and "page-number" in reasons(made)


def test_an_element_called_page_that_holds_words_is_read(tmp_path: Path) -> None:
    body = '<p>The road <span class="page">went on</span> <a id="p12">twelve</a> miles.</p>'
    assert texts(read_body(tmp_path, body))[-1] == "The road went on twelve miles."


def test_a_chapter_called_notes_is_read(tmp_path: Path) -> None:
    documents = {
        "a.xhtml": page(f"<h2>One</h2><p>{LONG}</p>"),
        "n.xhtml": page(f"<h2>Notes</h2><p>He wrote notes.</p><p>{LONG}</p>"),
    }
    toc = '<li><a href="a.xhtml">One</a></li><li><a href="n.xhtml">Notes</a></li>'
    for number, contents in enumerate(("", toc)):
        assert titles(read(write_epub(tmp_path / f"{number}.epub", documents, toc=contents))) == [
            "One",
            "Notes",
        ]


def test_the_disclaimer_of_whoever_made_the_book_is_left_out(tmp_path: Path) -> None:
    words = ["本书内容由用户从网络中收集，仅供个人收藏、学习使用。", "也请勿用于商业用途。"]
    pages = {
        "a.xhtml": page("<h1>声明</h1>" + "".join(f"<p>{line}</p>" for line in words)),
        "b.xhtml": page("<h1>第一章 灯</h1><p>老人坐在门口，看着水，一句话也没有说。</p>"),
    }
    path = tmp_path / "book.epub"
    write_epub(path, pages)

    assert [text for text in texts(read(path)) if text in words] == []
