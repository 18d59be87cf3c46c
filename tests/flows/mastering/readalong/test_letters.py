"""Letters: a place in a text is a count that white space and markup leave as it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from flows.mastering.readalong.letters import XHTML, Letters, aligned, body_of, parse


def body(inner: str) -> etree._Element:
    tree = parse(f'<html xmlns="{XHTML}"><head><title>T</title></head><body>{inner}</body></html>'.encode())
    assert tree is not None
    found = body_of(tree)
    assert found is not None
    return found


def test_letters_are_counted_over_elements_and_comments() -> None:
    letters = Letters(body("<p>One <em>t w</em>o<!-- no --> three</p>\n<p>four</p>"))
    assert letters.text == "Onetwothreefour"
    found = [(node.text[a:b], node.tail) for node, a, b in letters.stretches(2, 9)]
    assert found == [("e", False), ("t w", False), ("o", True), ("thr", True)]


def test_entities_of_html_are_characters_and_others_make_a_page_that_is_left_alone() -> None:
    assert Letters(body("<p>a&nbsp;&mdash;b &amp; c</p>")).text == "a—b&c"
    own = f'<!DOCTYPE html [<!ENTITY who "Ann">]><html xmlns="{XHTML}"><body><p>&who;</p></body></html>'
    assert parse(own.encode()) is None
    assert parse(b"<html><body><p>no namespace</p></body></html>") is None
    assert parse(f'<html xmlns="{XHTML}"><body><p>open</body></html>'.encode()) is None


def test_texts_that_part_go_on_together_where_they_agree_again() -> None:
    there = "ItwasaverydarknightandallthebirdshadgonetosleepintheoldtreesSaid" * 2
    read = there[:10] + "PICTURE" + there[10:40] + there[45:]
    places = aligned(read, there)
    assert places[:10] == list(range(10)) and places[10:17] == [-1] * 7
    assert places[17] == 10 and places[-1] == len(there) - 1
    assert all(place < 0 or there[place] == letter for place, letter in zip(places, read))


@given(st.text("ab", max_size=60), st.text("ab", max_size=60))
def test_an_alignment_rises_and_never_lies(read: str, there: str) -> None:
    places = aligned(read, there)
    known = [place for place in places if place >= 0]
    assert len(places) == len(read) and known == sorted(set(known))
    assert all(place < 0 or there[place] == letter for place, letter in zip(places, read))
    assert aligned(read, read) == list(range(len(read)))
