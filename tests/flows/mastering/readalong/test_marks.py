"""Marks: one span holds the whole of a line where any can, and no letter is changed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from flows.mastering.readalong.letters import Letters
from flows.mastering.readalong.marks import mark
from tests.flows.mastering.readalong.test_letters import body


def marked(inner: str, *texts: str) -> str:
    """The body with spans around the stretches that read as `texts`, written by their letters."""
    element = body(inner)
    letters = Letters(element).text
    stretches, at = [], 0
    for text in texts:
        squeezed = "".join(text.split())
        first = letters.index(squeezed, at)
        at = first + len(squeezed)
        stretches.append((first, at))
    mark(element, stretches, "s")
    shown: str = etree.tostring(element, encoding="unicode").replace(
        ' xmlns="http://www.w3.org/1999/xhtml"', ""
    )
    return shown.removeprefix("<body>").removesuffix("</body>")


def test_lines_of_a_paragraph_stand_side_by_side() -> None:
    assert marked("<p>One two.  Three.</p>", "One two.", "Three.") == (
        '<p><span id="s1">One two.</span>  <span id="s2">Three.</span></p>'
    )


def test_a_line_that_crosses_an_element_takes_it_in_whole() -> None:
    assert marked("<p>He <em>never</em> said. So.</p>", "He never said.", "So.") == (
        '<p><span id="s1">He <em>never</em> said.</span> <span id="s2">So.</span></p>'
    )
    assert marked("<p><b><i>W</i></b>hen it came.</p>", "When it came.") == (
        '<p><span id="s1"><b><i>W</i></b>hen it came.</span></p>'
    )


def test_what_begins_within_an_element_and_ends_behind_it_is_two_marks() -> None:
    assert marked("<p><em>One. Two</em> three.</p>", "One.", "Two three.") == (
        '<p><em><span id="s1">One.</span> <span id="s2">Two</span></em> <span id="s2-2">three.</span></p>'
    )


def test_a_line_over_several_blocks_has_a_mark_in_each() -> None:
    row = "<table><tr><td>One</td><td>two <b>three</b></td></tr></table>"
    assert marked(row, "One two three") == (
        '<table><tr><td><span id="s1">One</span></td>'
        '<td><span id="s1-2">two <b>three</b></span></td></tr></table>'
    )


def test_note_marks_line_breaks_and_comments_within_a_line_stay_where_they_are() -> None:
    assert marked('<p>One<sup><a href="#n">7</a></sup> and<br/>two<!-- x -->!</p>', "One", "and two!") == (
        '<p><span id="s1">One</span><sup><a href="#n">7</a></sup> <span id="s2">and<br/>two<!-- x -->!</span></p>'
    )


def test_annotations_of_ruby_stay_with_their_bases() -> None:
    assert marked("<p><ruby>漢<rt>kan</rt>字<rt>ji</rt></ruby>だ。</p>", "漢") == (
        '<p><ruby><span id="s1">漢</span><rt>kan</rt>字<rt>ji</rt></ruby>だ。</p>'
    )
    element = body("<p>この<ruby><rb>漢</rb><rt>kan</rt><rb>字</rb><rt>ji</rt></ruby>だ。</p>")
    (one,) = mark(element, [(0, len(Letters(element).text))], "s")
    assert len(one) == 1 and element[0][0].get("id") == "s1" and element[0][0][0].tag.endswith("ruby")


def test_a_formula_is_marked_as_a_whole() -> None:
    formula = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>'
    assert marked(f"<p>Let {formula} be. No.</p>", "Let x be.", "No.") == (
        f'<p><span id="s1">Let {formula} be.</span> <span id="s2">No.</span></p>'
    )


def test_no_span_stands_around_a_switch() -> None:
    switch = (
        '<epub:switch xmlns:epub="http://www.idpf.org/2007/ops"><epub:default>{}</epub:default></epub:switch>'
    )
    assert marked(switch.format("<p>One.</p>"), "One.") == switch.format('<p><span id="s1">One.</span></p>')


def test_ids_of_the_book_are_not_taken() -> None:
    assert marked('<p id="s1">One.</p>', "One.") == '<p id="s1"><span id="xs1">One.</span></p>'


INLINE = st.sampled_from(["em", "b", "a", "ruby"])
TREES = st.recursive(
    st.text("abc ", min_size=1, max_size=6),
    lambda inner: st.builds(
        lambda name, parts, tail: f"<{name}>{''.join(parts)}</{name}>{tail}",
        INLINE,
        st.lists(inner, min_size=1, max_size=3),
        st.text("abc ", max_size=5),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=4), st.data())
def test_no_letter_is_changed_and_every_stretch_is_held_by_its_marks(
    parts: list[str], data: st.DataObject
) -> None:
    element = body("".join(f"<p>{part}</p>" for part in parts))
    before, letters = "".join(element.itertext()), Letters(element).text
    cuts = sorted(data.draw(st.sets(st.integers(0, len(letters)), max_size=8)))
    stretches = [(a, b) for a, b in pairwise(cuts) if data.draw(st.booleans())]
    marks = mark(element, stretches, "s")
    assert "".join(element.itertext()) == before
    ids = [e.get("id") for e in element.iter() if e.get("id")]
    assert sorted(ids) == sorted(one.id for made in marks for one in made), "each once"
    by_id = {e.get("id"): e for e in element.iter() if e.get("id")}
    after = Letters(element)
    bounds = [0, *(end for _, end in stretches)], [*(first for first, _ in stretches[1:]), len(letters)]
    for (first, end), made, low, high in zip(stretches, marks, *bounds):
        assert (made[0].first, made[-1].end) == (first, end)
        assert all(a.end == b.first for a, b in pairwise(made))
        for one in made:
            begin, upto = after.within(by_id[one.id])
            assert low <= begin <= one.first < one.end <= upto <= high, "nothing of another line"


def test_an_empty_list_of_lines_leaves_a_page_as_it_is() -> None:
    element = body("<p>One.</p>")
    assert mark(element, [], "s") == [] and not element.xpath("//*[@id]")


@pytest.mark.parametrize("inner", ["<p>One.</p>", "<p><em>One.</em></p>"])
def test_a_mark_tells_its_letters(inner: str) -> None:
    ((one,),) = mark(body(inner), [(0, 4)], "s")
    assert (one.first, one.end) == (0, 4)
