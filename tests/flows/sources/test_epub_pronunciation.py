"""The publisher's own readings become hints, and are never read twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.script.manuscript import Manuscript
from flows.sources import read
from flows.sources.pronunciation import bopomofo_to_pinyin, pinyin_with_digit, ruby_hint, xsampa_to_ipa
from tests.flows.sources.epub_files import assert_tiles, document_texts, page, reasons, write_epub

LEXICON = (
    '<lexicon version="1.0" alphabet="ipa" xml:lang="en" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon">'
    "<lexeme><grapheme>Okefenokee</grapheme><phoneme>oʊkifəˈnoʊki</phoneme></lexeme>"
    "<lexeme><grapheme>Dr.</grapheme><alias>doctor</alias></lexeme>"
    '<lexeme><grapheme>Worcester</grapheme><phoneme alphabet="x-sampa">"wUst@</phoneme></lexeme></lexicon>'
)


def hints(manuscript: Manuscript) -> list[tuple[str, str, str, str]]:
    return [
        (p.text[h.start : h.end], h.alphabet, h.value, h.source)
        for c in manuscript.chapters
        for p in c.paragraphs
        for h in p.hints
    ]


def read_page(tmp_path: Path, body: str, *, head: str = "", language: str = "en") -> Manuscript:
    book = write_epub(
        tmp_path / "b.epub",
        {"a.xhtml": page(body, head=head, language=language)},
        extra={"lex.pls": LEXICON},
        metadata=f"<dc:title>T</dc:title><dc:language>{language}</dc:language>",
    )
    manuscript = read(book)
    assert_tiles(manuscript, document_texts(book))
    return manuscript


def test_ssml_phonemes(tmp_path: Path) -> None:
    body = (
        '<p>It lies  <span ssml:ph="nɔrθ">N.</span> of <span ssml:alphabet="x-sampa" ssml:ph="&quot;wUst@">'
        "Worcester</span>.</p>"
    )
    assert hints(read_page(tmp_path, body)) == [
        ("N.", "ipa", "nɔrθ", "ssml"),
        ("Worcester", "ipa", "ˈwʊstə", "ssml"),
    ]


def test_pls_lexicons_apply_to_whole_words_of_documents_that_link_them(tmp_path: Path) -> None:
    link = '<link rel="pronunciation" type="application/pls+xml" hreflang="en" href="lex.pls"/>'
    body = "<p>Dr. Lee crossed the Okefenokee to Worcester, not to Worcestershire.</p>"
    assert hints(read_page(tmp_path, body, head=link)) == [
        ("Dr.", "respell", "doctor", "pls"),
        ("Okefenokee", "ipa", "oʊkifəˈnoʊki", "pls"),
        ("Worcester", "ipa", "ˈwʊstə", "pls"),
    ]
    assert hints(read_page(tmp_path, body)) == []


def test_the_markup_is_stronger_than_the_lexicon(tmp_path: Path) -> None:
    link = '<link rel="pronunciation" href="lex.pls"/>'
    body = '<p><span ssml:ph="x">Okefenokee</span> and Okefenokee</p>'
    assert [h[3] for h in hints(read_page(tmp_path, body, head=link))] == ["ssml", "pls"]


def test_georgia_has_its_publishers_readings(shared: Path) -> None:
    found = hints(read(shared / "corpus" / "epub" / "idpf-georgia-pls-ssml.epub"))
    assert sum(1 for h in found if h[3] == "ssml") == 102
    assert any(h[3] == "pls" for h in found)


@pytest.mark.parametrize(
    ("ruby", "expected"),
    [
        ("<ruby>漢<rt>ㄏㄢˋ</rt>字<rt>ㄗˋ</rt></ruby>", [("漢", "han4"), ("字", "zi4")]),
        (
            "<ruby>漢<rp>(</rp><rt>hàn</rt><rp>)</rp>字<rp>(</rp><rt>zì</rt><rp>)</rp></ruby>",
            [("漢", "han4"), ("字", "zi4")],
        ),
        ("<ruby>重庆<rt>chóng qìng</rt></ruby>", [("重庆", "chong2 qing4")]),
        ("<ruby><rb>漢</rb><rb>字</rb><rt>ㄏㄢˋ</rt><rt>ㄗˋ</rt></ruby>", [("漢", "han4"), ("字", "zi4")]),
        ("<ruby>好<rt>good</rt></ruby>", []),
    ],
)
def test_ruby(tmp_path: Path, ruby: str, expected: list[tuple[str, str]]) -> None:
    manuscript = read_page(tmp_path, f"<p>他写{ruby}。</p>", language="zh-Hant")
    assert [
        (text, value) for text, alphabet, value, source in hints(manuscript) if source == "ruby"
    ] == expected
    text = manuscript.chapters[0].paragraphs[0].text
    assert "(" not in text and "ㄏ" not in text and "good" not in text
    assert "ruby" in reasons(manuscript)


def test_japanese_ruby_is_respelled_in_kana(tmp_path: Path) -> None:
    manuscript = read_page(tmp_path, "<p><ruby>草枕<rt>くさまくら</rt></ruby>を読む。</p>", language="ja")
    assert hints(manuscript) == [("草枕", "respell", "くさまくら", "ruby")]


@pytest.mark.parametrize(
    ("xsampa", "ipa"),
    [('"fOn@Um', "ˈfɔnəʊm"), ("D{t", "ðæt"), ("tS3`tS", "tʃɝtʃ"), ('r\\"{bIt', "ɹˈæbɪt"), ("p_hIn", "pʰɪn")],
)
def test_xsampa(xsampa: str, ipa: str) -> None:
    assert xsampa_to_ipa(xsampa) == ipa


@pytest.mark.parametrize(
    ("bopomofo", "pinyin"),
    [("ㄏㄢˋ", "han4"), ("ㄌㄩˋ", "lv4"), ("ㄕ", "shi1"), ("˙ㄉㄜ", "de5"), ("ㄓㄨㄤˊ", "zhuang2")],
)
def test_bopomofo(bopomofo: str, pinyin: str) -> None:
    assert bopomofo_to_pinyin(bopomofo) == pinyin


def test_pinyin_and_what_is_none() -> None:
    assert pinyin_with_digit("lǜ") == "lv4"
    assert pinyin_with_digit("ma") == "ma5"
    assert pinyin_with_digit("good") is None
    assert ruby_hint("重庆", "chóng", "zh") is None
