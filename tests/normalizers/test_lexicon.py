"""The user's say: lexicon files, inline markup, conflicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from normalizers import DuoyinError, Hint, Lexicon, explain, normalize, normalize_spans


def spans(text: str, lexicon: Lexicon, **more: object) -> list[tuple[str, str, str]]:
    result = normalize_spans(text, "auto", lexicon=lexicon)
    return [(result.text[h.start : h.end], h.alphabet, h.value) for h in result.hints]


def test_chinese_matches_without_word_borders_and_latin_words_whole() -> None:
    lexicon = Lexicon.parse("行 = hang2\nAnn = [AE1 N]")
    assert spans("步行者Ann和Anna", lexicon) == [("行", "pinyin", "hang2"), ("Ann", "arpabet", "AE1 N")]


def test_a_capital_in_the_entry_asks_for_that_capital() -> None:
    lexicon = Lexicon.parse("Polish = /ˈpoʊlɪʃ/\nread = /rɛd/")
    assert spans("Polish polish Read", lexicon) == [("Polish", "ipa", "ˈpoʊlɪʃ"), ("Read", "ipa", "rɛd")]


def test_longer_entries_win_over_shorter_ones() -> None:
    lexicon = Lexicon.parse("重 = zhong4\n重庆 = chong2 qing4")
    assert spans("重庆很重", lexicon) == [("重庆", "pinyin", "chong2 qing4"), ("重", "pinyin", "zhong4")]


def test_scopes_limit_an_entry_to_chapters_and_speakers() -> None:
    lexicon = Lexicon.parse("行 = hang2 ; chapter=3,5-7\n乐 = yue4 ; speaker=王五")
    assert spans("行乐", lexicon.scoped(chapter=6, speaker="王五")) == [
        ("行", "pinyin", "hang2"),
        ("乐", "pinyin", "yue4"),
    ]
    assert spans("行乐", lexicon.scoped(chapter=4)) == []


def test_respellings_become_part_of_the_spoken_text_with_offsets() -> None:
    result = normalize_spans(
        "Hermione read 3 books", "en", lexicon=Lexicon.parse('Hermione = "her-my-oh-nee"')
    )
    assert result.text == "her-my-oh-nee read three books"
    assert result.to_source(0, 13) == (0, 8)


def test_hints_follow_the_text_through_normalization() -> None:
    result = normalize_spans("在1999年的重庆", "zh", hints=[Hint(7, 9, "pinyin", "chong2 qing4", "ruby")])
    assert [result.text[h.start : h.end] for h in result.hints] == ["重庆"]


def test_the_documented_order_decides_conflicts_and_each_is_reported() -> None:
    project, series = Lexicon.parse("重庆 = chong2 qing4"), Lexicon.parse("重庆 = zhong4 qing4")
    result = normalize_spans(
        "{重庆|chong2 qing5}和重庆",
        "zh",
        lexicon=project.with_series(series),
        hints=[Hint(18, 20, "pinyin", "x", "ssml"), Hint(0, 17, "pinyin", "y", "pls")],
    )
    assert [(h.source, h.value) for h in result.hints] == [
        ("markup", "chong2 qing5"),
        ("project", "chong2 qing4"),
    ]
    assert len(result.notes) == 5
    assert any(
        "markup says 'chong2 qing5', so project 'chong2 qing4' is ignored" in note for note in result.notes
    )


def test_markup_is_stripped_and_braces_of_the_book_stay() -> None:
    assert normalize("去{重庆|chong2 qing4}吧", "zh") == "去重庆吧"
    result = normalize_spans("a {set} of {a|b}", "en")
    assert result.text.startswith("a {set} of {a") and len(result.notes) == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("重庆", "expected `written = reading`"), ("重庆 = chong2",
        "2 Han characters, the reading 1 syllables"), ("重庆 = chong2 qing9", "is no reading"), ("a = [XX1]",
        "XX1 is not ARPAbet"),
        ("a = /A1/", "is not IPA"), ('a = "b" ; loud', "unknown option 'loud'"),
        ('a = "b" ; chapter=1-99999999999', "unknown option 'chapter=1-99999999999'"),
        ("重庆 = chong2 qing4\n重庆 = zhong4 qing4", "already has another reading at"),
    ],
)  # fmt: skip
def test_mistakes_name_file_and_line_and_what_to_do(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "lexicon.txt"
    path.write_text("# 第一行\n" + line, encoding="utf-8")
    with pytest.raises(DuoyinError, match=message) as caught:
        Lexicon.load(path)
    assert caught.value.where in (f"{path}:2", f"{path}:3") and caught.value.hint


def test_a_missing_file_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="cannot read the lexicon"):
        Lexicon.load(tmp_path / "none.txt")


def test_explain_tells_rule_class_reading_and_conflict() -> None:
    told = explain(
        "{行|hang2}长在2024年read了3本书。 He read it yesterday.", "zh", Lexicon.parse("行 = xing2")
    )
    assert ("2024", "二零二四", "year") in [(r.source, r.spoken, r.cls) for r in told.replacements]
    by_text = {r.text: r for r in told.readings}
    assert by_text["行"].reason == "markup" and by_text["长"].reading == "zhang3"
    assert [r.reading for r in told.readings if r.text == "read"][-1] == "R EH1 D"
    assert len(told.notes) == 1 and "project" in told.notes[0]
