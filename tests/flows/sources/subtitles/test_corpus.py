"""Every subtitle file of the corpus is read as expected, or refused with one clear message."""

from __future__ import annotations

import json
from pathlib import Path

from flows.sources.subtitles import inspect_subtitles, read_subtitles, spoken_lines


def entries(shared: Path) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = json.loads((shared / "corpus/srt/manifest.json").read_text("utf-8"))
    return listed


def test_cues_are_counted_as_expected(shared: Path) -> None:
    wrong = {}
    for entry in entries(shared):
        if entry["expected_cues" if "expected_cues" in entry else "expected_spoken_cues"] == 0 and entry.get(
            "cues_srt_lenient"
        ):
            continue  # whole seconds only: the manifest accepts a reading as well as a refusal
        report = inspect_subtitles(shared / "corpus/srt" / str(entry["file"]))
        expected = entry.get("expected_cues", entry.get("expected_spoken_cues"))
        if report["cues"] != expected or report["spoken_cues"] != entry.get(
            "expected_spoken_cues", report["spoken_cues"]
        ):
            wrong[entry["file"]] = (report["cues"], report["spoken_cues"], expected)
    assert not wrong


def test_every_character_of_a_cue_is_spoken_once_in_the_lines(shared: Path) -> None:
    for entry in entries(shared):
        file = read_subtitles(shared / "corpus/srt" / str(entry["file"]))
        lines = spoken_lines(file)
        said = sorted("".join(line.text.split()) for line in lines)
        shown = sorted("".join(turn.text.split()) for cue in file.cues for turn in cue.turns)
        assert sorted("".join(said)) == sorted("".join(shown)), entry["file"]


def test_lines_map_back_to_their_cues(shared: Path) -> None:
    file = read_subtitles(shared / "corpus/srt/abogen-demo-karaoke.ass")
    by_number = {cue.index: cue for cue in file.cues}
    lines = spoken_lines(file)
    assert len(lines) < 20, "words of a sentence are spoken as a sentence"
    for line in lines:
        for span in line.spans:
            assert line.text[span.start_char : span.end_char] == by_number[span.index].text


def test_a_note_after_a_cue_is_not_spoken(shared: Path) -> None:
    file = read_subtitles(shared / "corpus/srt/sintel-en.vtt")
    assert "comment" not in " ".join(cue.text for cue in file.cues)
    assert any(item.reason == "note" for item in file.left_out)


def test_rolling_captions_are_spoken_once(shared: Path) -> None:
    file = read_subtitles(shared / "corpus/srt/webvttpy-youtube-dl.vtt")
    assert " ".join(cue.text for cue in file.cues if cue.text) == "yeah what this will happen is I'm telling"


def test_both_languages_of_a_bilingual_file_can_be_chosen(shared: Path) -> None:
    from flows.sources.subtitles import SubtitleOptions

    path = shared / "corpus/srt/derived-lecture-a-bilingual-gb18030-crlf.srt"
    chinese, english = read_subtitles(path), read_subtitles(path, SubtitleOptions(language="en"))
    assert chinese.cues[0].text == "好的，咱们接着来。"
    assert english.cues[0].text == "Okay, let's continue."
    assert len(chinese.cues) == len(english.cues) == 181
    assert sum(item.reason == "other-language" for item in chinese.left_out) == 181
