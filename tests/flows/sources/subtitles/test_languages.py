"""Cues of another language in a file, and files that show two languages at once."""

from __future__ import annotations

import pytest

from flows.sources.subtitles import SubtitleFile
from tests.flows.sources.subtitles.cue_files import read, srt

CHINESE = ("今天是星期一。", "我们走吧。", "外面下着很大的雨。", "你带伞了没有？", "没有带，不过没关系。")


def texts(file: SubtitleFile) -> list[str]:
    return [cue.text for cue in file.cues if cue.text]


def test_a_cue_that_no_voice_can_read_is_left_out_of_a_file_that_can_be_spoken() -> None:
    file = read(srt("大家早上好。", "これはペンです", *CHINESE))
    assert texts(file) == ["大家早上好。", *CHINESE]
    assert [(item.reason, item.cue, item.text) for item in file.left_out] == [
        ("other-language", 2, "これはペンです")
    ]
    assert any("cue 2" in warning and "ja" in warning for warning in file.warnings)


@pytest.mark.parametrize(
    "shown", ["新曲《星と翼のパラドクス》已经配信了", "新鲜の水果", "他说「さようなら」就走了"]
)
def test_a_title_or_a_quotation_with_kana_leaves_a_cue_chinese(shown: str) -> None:
    file = read(srt("大家早上好。", shown, "今天是星期一。"))
    assert {cue.language for cue in file.cues} == {"zh"} and texts(file)[1] == shown


def test_a_file_in_a_language_that_nobody_speaks_keeps_its_cues() -> None:
    file = read(srt("これはペンです", "こんにちは", "大家早上好。"))
    assert file.language == "ja" and len(texts(file)) == 3


@pytest.mark.parametrize(
    ("lines", "spoken", "left"),
    [
        (("大家早上好。\nみなさんおはよう", "我们走吧。\nさあ行こう"), "大家早上好。", "みなさんおはよう"),
        (("Good morning.\nみなさんおはよう", "Let us go.\nさあ行こう"), "Good morning.", "みなさんおはよう"),
        (("Good morning.\n大家早上好。", "Let us go.\n我们走吧。"), "大家早上好。", "Good morning."),
        (("Доброе утро.\nGood morning.", "Пойдём.\nLet us go."), "Good morning.", "Доброе утро."),
    ],
)  # fmt: skip
def test_of_two_languages_one_that_is_spoken_is_dubbed(
    lines: tuple[str, ...], spoken: str, left: str
) -> None:
    file = read(srt(*lines))
    assert texts(file)[0] == spoken
    assert ("other-language", left) in {(item.reason, item.text) for item in file.left_out}


TWO = (
    "¿Qué es lo que hablas con ella?\nWhat is it that you talk about with her?",
    "No sé lo que quieres decir.\nI do not know what you mean.",
    "Yo no los necesito.\nTampoco el resto.\nI do not need them.\nNeither do the rest.",
    "Gracias por venir.\nThank you for coming.",
    "Sí.\nYes.",
)


def test_of_two_languages_in_latin_letters_one_above_the_other_one_is_dubbed() -> None:
    file = read(srt(*TWO))
    assert texts(file)[2:] == ["Yo no los necesito. Tampoco el resto.", "Gracias por venir.", "Sí."]
    assert file.language == "es" and sum(item.reason == "other-language" for item in file.left_out) == 5
    assert any("es and en" in warning for warning in file.warnings)
    assert texts(read(srt(*TWO), language="en"))[-1] == "Yes."


def test_two_tracks_in_latin_letters_that_are_merged_cue_by_cue_are_two_languages() -> None:
    def track(side: int) -> str:
        return srt(*[text.splitlines()[side] for text in TWO * 2 if len(text.splitlines()) == 2]).decode()

    file = read(track(0) + "\n" + track(1))
    assert texts(file)[-1] == "Sí." and len(texts(file)) == 8


def test_two_lines_of_one_language_are_both_dubbed() -> None:
    lines = [f"{text.splitlines()[-1]}\nand I think that it is so." for text in TWO]
    assert all(text.endswith("it is so.") for text in texts(read(srt(*lines))))
    few = ["Where were you?", "At the station.", "All night?", "I missed the train.", "Come in, then.", "No."]
    assert len(texts(read(srt(*TWO[:3], *few)))) == 9


def test_a_cue_in_the_other_language_alone_is_left_out_of_a_bilingual_file_unless_it_is_a_word_or_two() -> (
    None
):
    both = ("Good morning.\n大家早上好。", "Let us go.\n我们走吧。", "It rains.\n下雨了。")
    file = read(srt(*both, "is one framework and", "OK!", "Import MapKit.\nMapKit。"))
    assert texts(file) == ["大家早上好。", "我们走吧。", "下雨了。", "OK!", "MapKit。"]
    assert ("other-language", "is one framework and") in {(item.reason, item.text) for item in file.left_out}
    assert texts(read(srt(*both, "字幕翻译得很好"), language="en"))[-1] == "It rains."
