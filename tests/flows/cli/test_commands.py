"""The commands around the flow: what a person sees, and what a program gets."""

from __future__ import annotations

import json
import os
import re
import zipfile
from pathlib import Path

import pytest
import soundfile

from flows.mastering import ffmpeg
from tests.conftest import warm_process
from tests.flows.conftest import BOOK, REPOSITORY, Run, ended, tone_project

EXAMPLE = next((REPOSITORY / "projects" / "example-en").glob("*.epub"))


def duoyin(*arguments: object, stdin: str = "", timeout: float = 120) -> Run:
    return ended(warm_process().start(arguments, environment=os.environ, stdin=stdin), timeout)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    return tone_project(tmp_path / "project", tmp_path / "book.md")


def test_inspect_prints_what_was_read_and_what_was_left_out() -> None:
    data = json.loads(duoyin("inspect", EXAMPLE, "--json").out)
    assert set(data) >= {"title", "authors", "language", "chapters", "left_out", "totals"}
    assert set(data["chapters"][0]) >= {"title", "characters", "source"}
    assert all(set(item) >= {"reason", "characters", "sample"} for item in data["left_out"])
    totals = data["totals"]
    assert totals["source_characters"] == totals["read_characters"] + totals["left_out_characters"]
    assert totals["read_characters"] == sum(chapter["characters"] for chapter in data["chapters"])


def test_inspect_of_subtitles_counts_cues(tmp_path: Path) -> None:
    file = tmp_path / "two.srt"
    file.write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n2\n00:00:03,000 --> 00:00:04,000\n[door slams]\n",
        encoding="utf-8",
    )
    assert json.loads(duoyin("inspect", file, "--json").out)["cues"] == 2


def test_inspect_for_people_names_chapters_and_reasons() -> None:
    out = duoyin("inspect", EXAMPLE).out
    assert "characters are read" in out
    assert "Chapter" in out


def test_inspect_of_a_project_reads_as_its_settings_ask(project: Path) -> None:
    book = project.parent / "book.md"
    book.write_text(
        book.read_text(encoding="utf-8") + "\n\n![A map of the isle](map.png)\n", encoding="utf-8"
    )
    before = json.loads(duoyin("inspect", book, "--json").out)["totals"]["read_characters"]
    with (project / "project.yaml").open("a", encoding="utf-8") as settings:
        settings.write("reading: {images: true}\n")
    after = json.loads(duoyin("inspect", project, "--json").out)["totals"]["read_characters"]
    assert after == before + len("Amapoftheisle")


def test_inspect_shows_speakers_and_what_was_mended_in_subtitles(tmp_path: Path) -> None:
    file = tmp_path / "two.srt"
    file.write_text("1\n00:00:03,000 --> 00:00:02,000\nJOHN: Hello.\n", encoding="utf-8")
    out = duoyin("inspect", file).out
    assert "JOHN" in out and "ends (00:00:02.000) before it starts" in out


def test_inspect_shows_the_first_of_many_texts_that_are_left_out_for_one_reason(tmp_path: Path) -> None:
    file = tmp_path / "long.srt"
    sounds = [f"{k}\n00:{k:02}:00,000 --> 00:{k:02}:02,000\n[thud {k}]\n" for k in range(1, 41)]
    file.write_text("\n".join([*sounds, "41\n00:50:00,000 --> 00:50:02,000\nHello.\n"]), encoding="utf-8")
    out = duoyin("inspect", file).out
    assert "[thud 20]" in out and "[thud 21]" not in out and "… + 20" in out
    assert len(json.loads(duoyin("inspect", file, "--json").out)["left_out"]) == 40


def test_inspect_shows_what_is_missing_in_a_book(tmp_path: Path) -> None:
    from tests.flows.sources.epub_files import page, write_epub

    gone = '<item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/>'
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": page("<p>Words.</p>")}, manifest=gone)
    with zipfile.ZipFile(book) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(book, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content.replace(b"</spine>", b'<itemref idref="gone"/></spine>'))
    assert "gone.xhtml is in the reading order but not in the file" in duoyin("inspect", book).out


def test_duoyin_alone_prints_its_help_and_no_empty_error() -> None:
    alone = duoyin()
    assert "audiobook" in alone.out and alone.err.strip() == ""
    assert duoyin("--version").out.startswith("duoyin ")


def test_with_its_place_before_it_a_command_does_the_same(project: Path) -> None:
    assert duoyin("machine", "licenses").out == duoyin("licenses").out
    # What is free on the disk, and how fast this machine is just now, changes between two looks.
    plans = [duoyin(*command, project, "--plan").out for command in (("book", "make"), ("audiobook",))]
    assert "GB free" in plans[0] and len({re.sub(r"\d[\d.:]*", "N", plan) for plan in plans}) == 1
    wrong = duoyin("book", "mak", project)
    assert wrong.code == 2 and "Did you mean 'make'?" in wrong.err and "book --help" in wrong.err


def test_script_writes_a_file_and_says_who_speaks(project: Path) -> None:
    data = json.loads(duoyin("script", project, "--json").out)
    assert Path(data["script"]).is_file()
    assert data["speakers"]["Ann"] == 3
    assert data["edited"] == data["removed"] == data["orphaned"] == []


def test_cast_shows_everybody_with_a_voice(project: Path) -> None:
    people = {entry["name"]: entry for entry in json.loads(duoyin("cast", project, "--json").out)}
    assert people["Ann"]["voice"] == "high"
    assert people["Ann"]["gender"] == "F"
    assert "Ann" in duoyin("cast", project).out


def test_a_book_that_was_never_made_has_a_cast_to_look_at(tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    assert "Ann" in duoyin("cast", tmp_path / "book.md").out
    assert (tmp_path / "book.duoyin" / "cast.yaml").is_file()


def test_who_tells_which_part_is_said(tmp_path: Path) -> None:
    told = (
        "I was at home, and I saw my friend, and I told my friend what I had seen on my way to my work. " * 3
    )
    parts = [
        f"## {head}\n\n{told}\n\n“Yes,” I said.\n\n" for head in ("Ann Moor’s Diary", "Tom Bell’s Journal")
    ]
    (tmp_path / "two.md").write_text(f"# Two\n\n{''.join(parts)}", encoding="utf-8")
    assert "told by Ann Moor, Tom Bell" in duoyin("cast", tmp_path / "two.md").out


def test_a_voice_changed_in_the_cast_file_is_kept(project: Path) -> None:
    duoyin("cast", project)
    cast = project / "cast.yaml"
    cast.write_text(cast.read_text().replace("voice: high", "voice: middle", 1))
    assert {e["name"]: e["voice"] for e in json.loads(duoyin("cast", project, "--json").out)}[
        "Ann"
    ] == "middle"


def test_review_asks_about_doubtful_lines_and_stops_when_told(project: Path) -> None:
    run = duoyin("cast", project, "--review", stdin="q\n")
    assert run.code == 0
    assert "lines corrected" in run.out


def test_a_speaker_corrected_in_the_script_is_known_to_the_cast(project: Path) -> None:
    duoyin("script", project)
    script = project / "script.jsonl"
    records = [json.loads(line) for line in script.read_text().splitlines()]
    line = next(r for r in records if "nine" in r.get("text", ""))
    line["speaker"] = "Tom"
    script.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records))
    after = json.loads(duoyin("script", project, "--json").out)
    assert line["id"] in after["edited"]
    people = {entry["name"]: entry["lines"] for entry in json.loads(duoyin("cast", project, "--json").out)}
    assert people["Ann"] < 3


def test_a_voice_that_is_not_there_is_named_with_its_place_and_nothing_is_written(tmp_path: Path) -> None:
    book = tmp_path / "b.txt"
    book.write_text("“Who is there?” asked Abel Thorne.\n\n“Only me,” said Mary.\n", encoding="utf-8")
    run = duoyin("audiobook", book, "--plan", "--voice", "bf_emmma")
    assert run.code == 2 and "did you mean bf_emma?" in run.err
    cast = tmp_path / "b.duoyin" / "cast.yaml"
    assert not cast.exists()
    assert duoyin("cast", book).code == 0
    cast.write_text(cast.read_text("utf-8").replace("voice: ", "voice: x", 1), "utf-8")
    wrong = duoyin("audiobook", book, "--plan")
    assert wrong.code == 2 and "cast.yaml, line" in wrong.err and "Abel Thorne" in wrong.err


def test_a_lexicon_that_is_named_must_be_there(project: Path) -> None:
    with (project / "project.yaml").open("a", encoding="utf-8") as settings:
        settings.write("lexicon: words.txt\n")
    run = duoyin("audiobook", project, "--plan")
    assert run.code == 2 and "there is no lexicon words.txt" in run.err


def test_a_name_misspelt_in_the_script_is_pointed_out(project: Path) -> None:
    assert duoyin("script", project).code == 0
    file = project / "script.jsonl"
    file.write_text(file.read_text("utf-8").replace('"speaker": "Ann"', '"speaker": "Anne"', 1), "utf-8")
    assert "is nearly Ann" in duoyin("script", project).out


def test_auditions_are_one_file_a_character(project: Path) -> None:
    files = json.loads(duoyin("audition", project, "--json").out)["files"]
    assert {Path(file).stem for file in files} >= {"Ann"}
    assert all((ffmpeg.probe(Path(file)).duration or 0) > 0.5 for file in files)
    run = duoyin("audition", project, "--character", "Nobody")
    assert run.code == 2
    assert "speaks no line" in run.err


def test_voices_are_listed_by_language() -> None:
    voices = json.loads(duoyin("voices", "--language", "zh", "--json").out)
    assert voices
    assert all(voice["language"] == "zh" and voice["licence"] for voice in voices)


def test_say_gives_the_spoken_form_and_its_reasons() -> None:
    assert duoyin("say", "He was born in 1984.").out.strip() == "He was born in nineteen eighty four."
    explained = json.loads(duoyin("say", "他在2024年花了350元。", "--explain", "--json").out)
    assert explained["spoken"] == "他在二零二四年花了三百五十元。"
    assert explained["explanation"]


def test_say_speaks_into_a_file(tmp_path: Path) -> None:
    run = duoyin("say", "Good evening.", "--audio", tmp_path / "out.wav", "--voice", "af_heart")
    assert run.code == 0, run.err
    assert 0.4 < soundfile.info(tmp_path / "out.wav").duration < 3


def test_check_judges_a_file_and_its_exit_code_says_so(tmp_path: Path) -> None:
    import numpy as np

    quiet = tmp_path / "quiet.wav"
    soundfile.write(quiet, 0.001 * np.sin(np.arange(48_000) / 10), 24_000)
    run = duoyin("check", quiet, "--json", "--out", tmp_path / "report.json")
    assert run.code == 1
    assert json.loads(run.out)["passed"] is False
    assert json.loads((tmp_path / "report.json").read_text())["passed"] is False
    broken = tmp_path / "broken.m4b"
    broken.write_bytes(b"no audio in here")
    assert duoyin("check", broken).code == 2


def test_doctor_tells_what_is_here() -> None:
    run = duoyin("doctor", "--json")
    found = {row["what"]: row for row in json.loads(run.out)}
    assert found["Python"]["ok"]
    assert found["ffmpeg"]["ok"]
    assert any(name.startswith("model kokoro") for name in found)


def test_doctor_races_writers_where_a_project_keeps_its_takes(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_text("source: book.md\n", encoding="utf-8")
    run = duoyin("doctor", tmp_path, "--json")
    (found,) = (row for row in json.loads(run.out) if row["what"].startswith("takes in "))
    assert found["ok"] and "one of them wins: 20 of 20 times" in found["found"]
    assert list(tmp_path.rglob("*.flac")) == []


def test_licences_are_printed() -> None:
    assert "Apache" in duoyin("licenses").out


@pytest.mark.parametrize(
    "command",
    [
        "audiobook",
        "inspect",
        "script",
        "voices",
        "cast",
        "audition",
        "say",
        "check",
        "run",
        "doctor",
        "licenses",
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    run = duoyin(command, "--help")
    assert run.code == 0
    assert len(run.out.splitlines()) > 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspect", "nothing.epub"], "no such file"),
        (["check", "nothing.m4b"], "no such file"),
        (["script", "nothing.epub"], "no such file"),
        (["cast", "nothing"], "no such file"),
        (["run", "parrot"], "no deployment"),
        (["run", "audiobook"], "which project"),
        (["say", "Bonjour", "--language", "fr"], "no language"),
        (["say", "Hello", "--lexicon", "nothing.txt"], "lexicon"),
    ],
)
def test_wrong_words_get_one_message_and_exit_code_2(arguments: list[str], message: str) -> None:
    run = duoyin(*arguments)
    assert run.code == 2
    assert message in run.err
    assert "Traceback" not in run.err


def test_models_and_voices_of_this_machine_are_listed() -> None:
    assert "kokoro-voices" in duoyin("models", "list").out
    assert duoyin("voice", "list").code == 0


def test_a_voice_without_recordings_or_with_an_unknown_age_is_refused(tmp_path: Path) -> None:
    run = duoyin(
        "voice", "add", "anna", "--clips", tmp_path, "--model", "m", "--consent", "hers", "--age", "teen"
    )
    assert run.code == 2 and "there is no age “teen”" in run.err
