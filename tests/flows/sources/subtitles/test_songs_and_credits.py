"""Songs and signs of animated series, and the lists in which subtitlers name themselves, are not spoken."""

from __future__ import annotations

import pytest

from flows.sources.subtitles import SubtitleFile, spoken_lines
from tests.flows.sources.subtitles.cue_files import read, srt

TALK = ("Where were you?", "At the station.", "All night?", "I missed the train.", "Come in, then.")


def ass(*events: tuple[str, str, str], **options: object) -> SubtitleFile:
    """A file of events (style, effect, text) that follow each other, behind those of `TALK`."""
    rows = [("Default", "", text) for text in TALK] + list(events)
    lines = [
        f"Dialogue: 0,0:00:{k:02}.00,0:00:{k:02}.90,{style},,0,0,0,{effect},{text}"
        for k, (style, effect, text) in enumerate(rows)
    ]
    return read(
        "[Script Info]\nScriptType: v4.00+\n\n[Events]\n" + "\n".join(lines) + "\n", "a.ass", **options
    )


def spoken(file: SubtitleFile) -> list[str]:
    return [cue.text for cue in file.cues if cue.text]


@pytest.mark.parametrize(
    "style",
    [
        "OPJPa",
        "OPCN",
        "EDCN2",
        "OP2 Romaji",
        "ED_eng",
        "EpisodeTitle",
        "StaffRoll Staff",
        "STAFFb",
        "Sign 3",
        "edlyric",
    ],
)
def test_a_style_named_after_a_song_or_a_sign_is_silent(style: str) -> None:
    file = ass((style, "", "under the cherry trees"))
    assert spoken(file) == list(TALK)
    assert [(item.reason, item.text) for item in file.left_out] == [("style", "under the cherry trees")]


def test_a_person_says_which_styles_are_spoken() -> None:
    events = [("Sign", "", "HARBOUR"), ("Text1", "", "Mary, 34"), ("Sign", "", r"{\pos(1,2)\fs9}SHOP")]
    assert spoken(ass(*events)) == [*TALK, "Mary, 34"]
    told = ass(*events, spoken_styles=("Sign",), silent_styles=("Text1",))
    assert spoken(told) == [*TALK, "HARBOUR", "SHOP"]
    assert ("style", "Mary, 34") in {(item.reason, item.text) for item in told.left_out}
    assert any("no cue has the style Op" in text for text in ass(*events, spoken_styles=("Op",)).warnings)


@pytest.mark.parametrize("style", ["Opal", "Edward", "Operator", "Textbook", "Staffordshire"])
def test_a_style_that_only_begins_like_one_is_spoken(style: str) -> None:
    assert spoken(ass((style, "", "Sit down."))) == [*TALK, "Sit down."]


def test_events_that_a_karaoke_script_made_are_silent() -> None:
    file = ass(("Default", "fx", "under the cherry trees"), ("Default", "", "Sit down."))
    assert spoken(file) == [*TALK, "Sit down."]


def test_letters_that_fly_in_one_by_one_are_silent_however_many_they_are() -> None:
    flying = [("Default", "", rf"{{\move(1,2,3,4)\blur3}}{letter}") for letter in "UNDERTHECHERRYTREES"]
    assert spoken(ass(*flying)) == list(TALK)


def test_where_everything_is_put_at_a_place_it_is_the_converters_manner() -> None:
    placed = [("Default", "", rf"{{\pos(1,2)\fs28}}{text} Indeed.") for text in TALK * 2]
    assert len(spoken(ass(*placed))) > len(TALK)


@pytest.mark.parametrize(
    "credits",
    [
        ("翻译 小罐头 斗斗", "校对 杏仁", "时间轴 大葱 DA", "总监 杏仁"),
        ("字幕来源：某站", "翻校人员：奥秘"),
        ("Translator: Ann", "Timing: Bob & Eve", "QC: Joe"),
        ("Traducción: Ana", "Corrección: Beto"),
    ],
)
def test_a_list_of_subtitlers_is_a_credit(credits: tuple[str, ...]) -> None:
    file = read(srt(*credits, "Where were you?"))
    assert spoken(file) == ["Where were you?"]
    assert [item.text for item in file.left_out if item.reason == "credit"] == list(credits)


@pytest.mark.parametrize(
    "shown",
    [
        ("翻译 一下这句话", "好的"),
        ("Timing is everything.", "Editing takes time."),
    ],
)
def test_a_trade_that_somebody_speaks_of_is_said(shown: tuple[str, ...]) -> None:
    assert len(spoken(read(srt(*shown)))) == len(shown)


@pytest.mark.parametrize(
    "style", ["Gen_Italics", "Main Top", "DialogueAlt", "Flashback", "Default - CHS", "对白"]
)
def test_a_style_that_tells_how_a_line_is_shown_is_no_speaker(style: str) -> None:
    assert {line.lane for line in spoken_lines(ass((style, "", "Sit down.")))} == {"narrator"}


def test_the_commonest_style_is_the_narrators_and_another_may_be_somebodys() -> None:
    events = "".join(
        f"Dialogue: 0,0:00:{k:02}.00,0:00:{k:02}.90,{style},,0,0,0,,Line {k}.\n"
        for k, style in enumerate(["Egoist", "Egoist", "Egoist", "Kuma"])
    )
    lanes = [line.lane for line in spoken_lines(read(f"[Events]\n{events}", "a.ass"))]
    assert lanes == ["narrator", "narrator", "narrator", "style:Kuma"]


def test_lines_of_two_styles_at_once_have_two_voices() -> None:
    events = "".join(
        f"Dialogue: 0,0:00:0{at}.00,0:00:0{at + 3}.00,{style},,0,0,0,,Line of {style}.\n"
        for at, style in ((1, "Main"), (2, "Alt"))
    )
    first, second = spoken_lines(read(f"[Events]\n{events}", "a.ass"))
    assert (first.lane, second.lane) == ("narrator", "narrator+2")
