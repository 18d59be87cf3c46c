"""Quirks of subtitle files, one test each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.sources.subtitles import spoken_lines
from normalizers.errors import DuoyinError
from tests.flows.sources.subtitles.cue_files import read, said, srt


@pytest.mark.parametrize(
    ("shown", "speaker", "spoken"),
    [
        ("MAN: Hello there.", "MAN", "Hello there."),
        ("MAN:\nHello there.", "MAN", "Hello there."),
        ("[JOHN] Hello there.", "JOHN", "Hello there."),
        ("(MARY) Hello there.", "MARY", "Hello there."),
        (">> ANNA: Hello there.", "ANNA", "Hello there."),
        (">> Hello there.", None, "Hello there."),
        ("[SPEAKER_01]: Hello there.", "SPEAKER_01", "Hello there."),
        ("DR. SMITH: Hello there.", "DR. SMITH", "Hello there."),
        ("[Laughs] Hello there.", None, "Hello there."),
        ("(SIGHS) Hello there.", None, "Hello there."),
        ("Hello (laughing) there.", None, "Hello there."),
        ("He lives (as you know) in Rome.", None, "He lives (as you know) in Rome."),
        ('<i>Hello</i> {\\an8}<font color="#fff">there</font>.', None, "Hello there."),
        ("Warning: do not enter.", None, "Warning: do not enter."),
        ("It is 10:30 now.", None, "It is 10:30 now."),
        ("...and so it was.", None, "and so it was."),
        ("5 &lt; 6 &amp; 7", None, "5 < 6 & 7"),
        ("a < b and c > d", None, "a < b and c > d"),
        ("（音乐）你好。", None, "你好。"),
        ("（王明）你好。", "王明", "你好。"),
        ("（旁白）很久以前，", "旁白", "很久以前，"),
        ("-10 degrees outside.", None, "-10 degrees outside."),
        ("- Ten degrees outside.", None, "Ten degrees outside."),
        ("&lt;i&gt;Hello&lt;/i&gt; there.", None, "Hello there."),
        ("Hello\\Nthere,\\hyou.", None, "Hello there, you."),
        ("The plans were downloaded from the ship.", None, "The plans were downloaded from the ship."),
        ("[door slams]\nWho is it?", None, "Who is it?"),
        ("你好，\n世界。", None, "你好，世界。"),
        ("NARRATOR (V.O.): Hello there.", "NARRATOR", "Hello there."),
        ("JOHN/MARY: Hello there.", "JOHN/MARY", "Hello there."),
        ("DR. O’NEIL [softly]: Hello there.", "DR. O’NEIL", "Hello there."),
        ("Man on radio: Hello there.", "Man on radio", "Hello there."),
        ("(whispering): Hello there.", None, "Hello there."),
        ("旁白：很久以前，", "旁白", "很久以前，"),
        ("Hello there. (TL note: a greeting)", None, "Hello there."),
        ("Hello there. T/N: a greeting", None, "Hello there."),
        ("你好。（注：问候语）", None, "你好。"),
        ("I told him: run. They read: no dogs.", None, "I told him: run. They read: no dogs."),
        ("(both): Hello there.", None, "Hello there."),
        ("[Spanish] Hello there.", None, "Hello there."),
        ("(in French) Hello there.", None, "Hello there."),
        ("（丹麦语）你好。", None, "你好。"),
        ("(hablando en inglés) Hola.", None, "Hola."),
    ],
)
def test_labels_become_speakers_and_sounds_are_not_spoken(
    shown: str, speaker: str | None, spoken: str
) -> None:
    assert said(shown) == [(speaker, spoken)]


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ("♪ La la la ♪", "music"),
        ("# We are the champions #", "music"),
        ("(deep rumbling)", "sound"),
        ("[MUSIC]", "sound"),
        ("(computer playing\nelectronic melody)", "sound"),
        ("Subtitles by www.example.org", "credit"),
        ("Downloaded from\nYTS.MX", "credit"),
        ("Encoded by somebody", "credit"),
        ("-=某某高清影音/原盘服务=-", "credit"),
        ("Sync and corrections by harbour42", "credit"),
        ("本字幕仅供学习交流", "credit"),
        ("* sampan: a small boat", "note"),
        ("译注：舢板是小船", "note"),
        ("...", "no-words"),
        ("{\\p1}m 0 0 l 100 0 100 100{\\p0}", "drawing"),
    ],
)
def test_what_is_not_spoken_is_reported_with_its_reason(shown: str, reason: str) -> None:
    file = read(srt(shown, "Speech."))
    assert file.cues[-1].text == "Speech."
    assert [cue.text for cue in file.cues if cue.text] == ["Speech."]
    assert reason in {item.reason for item in file.left_out}


def test_sounds_in_italics_without_brackets_are_no_speech_where_a_file_has_several() -> None:
    music = ["<i>tense music</i>", "<i>women vocalizing eerily</i>", "<i>quiet, eerie music</i>"]
    film = ["Where were you?", *music, "<i>the brink of music. So</i>", "<i>I love music</i>"]
    assert [text for _, text in said(*film)] == ["Where were you?", "the brink of music. So", "I love music"]
    assert len(said("I went to the", music[0])) == 2


def test_a_title_case_label_needs_a_second_witness() -> None:
    assert said("Remember: be kind.") == [(None, "Remember: be kind.")]
    assert said("John: Yes.", "Jane: No.", "John: Why?", "Jane: So.") == [
        ("John", "Yes."), ("Jane", "No."), ("John", "Why?"), ("Jane", "So.")
    ]  # fmt: skip
    assert said("张三：好。", "李四：不。", "张三：为何？", "李四：走。")[1] == ("李四", "不。")


def test_who_speaks_once_is_named_once_where_others_are_named_twice_and_he_is_spoken_of() -> None:
    named = [f"{name}: {word}" for name in ("Ann", "Bob", "Eve") for word in ("Yes.", "No.")]
    named += ["Come here."] * 9
    assert said(*named, "Simmons: Get down.", "Is that you, Simmons?")[-2] == ("Simmons", "Get down.")
    assert said(*named, "Simmons: Get down.", "Who is that?")[-2] == (None, "Simmons: Get down.")
    assert said("Simmons: Get down.", "Is that you, Simmons?")[0] == (None, "Simmons: Get down.")


def test_chinese_in_brackets_at_the_head_of_one_line_of_many_is_part_of_the_sentence() -> None:
    talk = ["外面下着很大的雨。"] * 40
    assert said("（黑碳）它像幽灵一样飘荡", *talk)[0] == (None, "（黑碳）它像幽灵一样飘荡")
    assert said("（张三）你好。", "（张三）再见。", *talk)[:2] == [("张三", "你好。"), ("张三", "再见。")]
    assert said("（旁白）很久以前", *talk)[0] == ("旁白", "很久以前")
    assert said("（张三）：你好。", *talk)[0] == ("张三", "你好。")


def test_a_label_within_a_line_is_the_next_speakers() -> None:
    assert said("MAN 1: Run! MAN 2: Where?") == [("MAN 1", "Run!"), ("MAN 2", "Where?")]
    assert said("I try to! (MASTER): Faster.") == [(None, "I try to!"), ("MASTER", "Faster.")]
    assert said("小明：来了吗？小红：来了。", "小红：走。", "小明：好。")[:2] == [
        ("小明", "来了吗？"),
        ("小红", "来了。"),
    ]


def test_words_drawn_into_the_picture_are_not_spoken() -> None:
    event = "Dialogue: 0,0:00:0{0}.00,0:00:0{0}.90,Default,,0,0,0,,{1}{2}\n"
    shown = [("", "One."), (r"{\pos(3,4)\fs28\frz12}", "HARBOUR"), (r"{\an8}", "Two."), ("", "Three.")]
    text = "[Events]\n" + "".join(event.format(k, *words) for k, words in enumerate(shown, 1))
    file = read(text, "film.ass")
    assert [cue.text for cue in file.cues if cue.text] == ["One.", "Two.", "Three."]


def test_two_dashes_are_two_speakers_who_share_the_time() -> None:
    file = read(srt("- Why?\n- Because I say so."))
    first, second = file.cues[0].turns
    assert (first.text, second.text) == ("Why?", "Because I say so.")
    assert first.start_ms == 4000 and first.end_ms == second.start_ms and second.end_ms == 7000
    lanes = [line.lane for line in spoken_lines(file)]
    assert len(set(lanes)) == 2


def test_voice_spans_name_speakers() -> None:
    file = read(
        "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Roger Bingham>We are here</v> <v.loud Neil>Yes!</v>\n", "a.vtt"
    )
    assert [(t.speaker, t.text) for t in file.cues[0].turns] == [
        ("Roger Bingham", "We are here"),
        ("Neil", "Yes!"),
    ]


def test_ass_columns_follow_the_format_line_and_actors_speak() -> None:
    file = read(
        "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Start, End, Style, Actor, Text\n"
        "Dialogue: 0:00:01.00,0:00:02.00,Default,Bob,{\\k20}Hel{\\k20}lo, {\\i1}you\\Nthere\n"
        "Dialogue: 0:00:03.00,0:00:04.00,Signs,,SHOP\n",
        "a.ass",
    )
    assert file.cues[0].turns[0].speaker == "Bob"
    assert file.cues[0].text == "Hello, you there"
    assert file.cues[1].text == "" and any(item.reason == "style" for item in file.left_out)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_chinese_in_every_encoding(encoding: str) -> None:
    text = srt("我们走吧，他们来了。", "你说的是真的吗？").decode()
    assert read(text.encode(encoding)).cues[0].text == "我们走吧，他们来了。"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Übermäßig schöne Grüße, daß du größer bist"),
        ("cp1251", "Привет, как дела? Всё хорошо, спасибо"),
        ("cp932", "こんにちは、元気ですか。それはよかった"),
        ("cp949", "안녕하세요 여러분 반갑습니다"),
        ("big5", "你好，這是一個測試，請問你是從哪裡來的？"),
        ("cp1256", "مرحبا كيف حالك اليوم"),
    ],
)
def test_legacy_encodings_are_recognised(encoding: str, text: str) -> None:
    assert read(srt(text).decode().encode(encoding)).cues[0].text == text


def test_a_spoken_number_is_not_an_index() -> None:
    file = read("00:00:01,000 --> 00:00:02,000\nThe year\n1984\n\n00:00:03,000 --> 00:00:04,000\nNext.\n")
    assert [cue.text for cue in file.cues] == ["The year 1984", "Next."]


def test_a_blank_line_inside_an_srt_cue_keeps_its_text() -> None:
    file = read("1\n00:00:01,000 --> 00:00:02,000\nOne\n\ntwo.\n\n2\n00:00:03,000 --> 00:00:04,000\nNext.\n")
    assert [cue.text for cue in file.cues] == ["One two.", "Next."]


def test_impossible_times_are_mended_with_the_cue_number_or_refused() -> None:
    data = b"1\n00:00:05,000 --> 00:00:04,000\nBackwards.\n\n2\n00:00:09,000 --> 00:00:09,000\nZero.\n"
    file = read(data)
    assert all(cue.end_ms > cue.start_ms for cue in file.cues)
    assert "cue 1" in file.warnings[0] and "cue 2" in file.warnings[1]
    with pytest.raises(DuoyinError, match="cue 1"):
        read(data, strict=True)


def test_cues_out_of_order_are_sorted_and_named() -> None:
    file = read("1\n00:00:09,000 --> 00:00:10,000\nB.\n\n2\n00:00:01,000 --> 00:00:02,000\nA.\n")
    assert [cue.text for cue in file.cues] == ["A.", "B."]
    assert "cue 2" in file.warnings[0]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("{0:02}", "{1:02}", "start before the cue above them"),
        ("{1:02}", "{1:02}", "have no length"),
    ],
)
def test_what_is_mended_in_many_cues_is_said_once(first: str, second: str, said: str) -> None:
    blocks = [
        f"{k}\n00:00:{first},000 --> 00:00:{second},000\nText {k}.\n\n".format(40 - k, 41 - k)
        for k in range(1, 30)
    ]
    warnings = read("".join(blocks)).warnings
    told = [warning for warning in warnings if said in warning or "cue 2 " in warning]
    assert "cue 2 " in told[0] and any(" more cues " in warning for warning in told)
    assert len(warnings) < 15


def test_overlap_stays_between_named_speakers_only() -> None:
    times = "1\n00:00:01,000 --> 00:00:05,000\n{}One two.\n\n2\n00:00:03,000 --> 00:00:06,000\n{}Three.\n"
    assert read(times.format("", "")).cues[0].end_ms == 3000
    assert read(times.format("ANN: ", "BEN: ")).cues[0].end_ms == 5000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02PK" * 9,
        b"just a text",
        b"{0}{25}Hello",
        b"WEBVTT\n\n",
        b"[Script Info]\n[Events]\n",
    ],
)
def test_what_is_no_subtitle_file_gets_one_clear_message(data: bytes) -> None:
    with pytest.raises(DuoyinError) as caught:
        read(data)
    assert caught.value.where == "film.srt" and caught.value.hint


def test_a_missing_file_is_named() -> None:
    from flows.sources.subtitles import read_subtitles

    with pytest.raises(DuoyinError, match="no such file"):
        read_subtitles("nowhere.srt")


def test_line_ids_do_not_move_when_another_line_changes() -> None:
    before = spoken_lines(read(srt("One.", "Two.", "Three.")))
    after = spoken_lines(read(srt("One.", "Changed.", "Three.")))
    assert [a.id == b.id for a, b in zip(before, after)] == [True, False, True]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    try:
        file = read(data + b"\n00:00:01,000 --> 00:00:02,000\nx\n")
    except DuoyinError:
        return
    assert all(cue.end_ms > cue.start_ms for cue in file.cues)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(-500, 9000)), min_size=1, max_size=12))
def test_any_times_come_out_in_order_and_positive(times: list[tuple[int, int]]) -> None:
    def clock(ms: int) -> str:
        ms = max(0, ms)
        return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"

    text = "".join(f"{k}\n{clock(a)} --> {clock(a + d)}\nText {k}.\n\n" for k, (a, d) in enumerate(times, 1))
    file = read(text)
    assert len(file.cues) == len(times)
    assert all(cue.end_ms > cue.start_ms for cue in file.cues)
    assert [c.start_ms for c in file.cues] == sorted(c.start_ms for c in file.cues)


def test_two_known_names_in_one_cue_are_two_turns() -> None:
    turns = said("John: Hi.", "Mary: Hello.", "John: Who is it?\nMary: Nobody.")
    assert turns[-2:] == [("John", "Who is it?"), ("Mary", "Nobody.")]
    turns = said("张三：你好。", "李四：你好。", "张三：是谁？\n李四：没有人。")
    assert turns[-2:] == [("张三", "是谁？"), ("李四", "没有人。")]


def test_a_name_in_capitals_and_in_small_letters_is_one_person() -> None:
    assert {speaker for speaker, _ in said("JOHN: Go.", "John: Hi.", "John: Bye.")} == {"JOHN"}


@pytest.mark.parametrize("words", ["No. No!", "La la la.", "Hello."])
def test_a_few_words_are_not_taken_for_another_language(words: str) -> None:
    assert read(srt(words)).language in ("und", "en")
