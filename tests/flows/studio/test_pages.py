"""What the studio shows of a folder of projects: read-only, from their own files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from flows.cli.words import say_in
from flows.script.edit import Change
from flows.studio.access import MARK, cookie_name
from flows.studio.app import Studio, make_app
from flows.studio.book import Book, row
from flows.studio.journal import Journal, Kind, State
from flows.studio.shelf import Shelf
from flows.workspace.ledger import Choice, Ledger, Why
from flows.workspace.project import open_project, page_file, report_file
from flows.workspace.runs import recorded
from normalizers import DuoyinError
from tests.flows.making.report.facts_of_books import book_facts
from tests.flows.studio.conftest import HOST, HOSTILE, TOKEN, client, doubt_sound, make_shelf, only_book


@pytest.fixture
def shelf(spoken: Path, tmp_path: Path) -> Path:
    """A copy of the spoken book, to be changed."""
    shutil.copytree(spoken, tmp_path / "shelf")
    return tmp_path / "shelf"


def lines(root: Path) -> dict[str, dict[str, object]]:
    visitor = client(root)
    return {row["text"]: row for row in visitor.get(f"{only_book(visitor, root)}/lines").json()["lines"]}


def test_the_library_shows_every_project_and_how_it_stands(shelf: Path) -> None:
    (shelf / "later").mkdir()
    (shelf / "later" / "project.yaml").write_text("source: other.txt\n", encoding="utf-8")
    (shelf / "broken").mkdir()
    (shelf / "broken" / "project.yaml").write_text("sauce: other.txt\n", encoding="utf-8")
    page = client(shelf).get("/").text
    assert page.count('class="book"') == 3
    assert "Not begun" in page and "Cannot be read" in page and "no setting “sauce”" in page


def test_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    page = client(tmp_path).get("/").text
    assert "There is no project" in page and "<code>duoyin audiobook BOOK.epub</code>" in page


def test_the_pages_are_in_the_language_that_was_chosen(shelf: Path) -> None:
    visitor = client(shelf)
    assert '<html lang="en">' in visitor.get("/").text
    assert visitor.get("/language/zh").headers["location"] == "/"
    assert '<html lang="zh-CN">' in visitor.get("/").text and "书架" in visitor.get("/").text
    assert visitor.get("/words").json()["library"] == "书架"


def test_a_line_is_shown_with_its_speaker_and_its_sound(shelf: Path) -> None:
    row = lines(shelf)["“It is nine,”"]
    assert row["speaker"] == "Ann" and row["kind"] == "dialogue" and row["chapter"] == 0
    assert len(str(row["key"])) == 64 and float(str(row["seconds"])) > 0.5


def test_sound_is_played_from_anywhere_in_it(shelf: Path) -> None:
    visitor = client(shelf)
    row = lines(shelf)["“It is nine,”"]
    address = f"{only_book(visitor, shelf)}/take/{row['key']}"
    whole = visitor.get(address)
    assert whole.headers["content-type"] == "audio/flac" and whole.content[:4] == b"fLaC"
    assert "immutable" in whole.headers["cache-control"]
    part = visitor.get(address, headers={"range": "bytes=100-199"})
    assert part.status_code == 206 and part.content == whole.content[100:200]
    assert visitor.get(address, headers={"range": "bytes=99999999-"}).status_code == 416


def test_the_shape_of_a_sound_is_as_long_as_the_sound(shelf: Path) -> None:
    visitor = client(shelf)
    row = lines(shelf)["“It is nine,”"]
    shape = visitor.get(f"{only_book(visitor, shelf)}/peaks/{row['key']}").json()
    assert shape["seconds"] == pytest.approx(row["seconds"], abs=0.01)
    assert len(shape["peaks"]) == 2 * -(-round(shape["seconds"] * 1000) // 10)
    assert max(shape["peaks"]) > 10 and min(shape["peaks"]) < -10


def test_what_is_doubtful_comes_with_what_is_at_stake_and_why(shelf: Path) -> None:
    nine = lines(shelf)["“It is nine,”"]
    doubt_sound(shelf / "clocks", str(nine["id"]))
    row = lines(shelf)["“It is nine,”"]
    assert isinstance(row["doubts"], dict) and "sound" in row["doubts"]
    assert float(str(row["weight"])) == pytest.approx(0.9 * len("“It is nine,”"), abs=12)
    visitor = client(shelf)
    known = visitor.get(f"{only_book(visitor, shelf)}/line/{row['id']}").json()
    assert (
        known["verdict"]["findings"][0]["said"] == "nine" and known["verdict"]["heard"] == "It is, said Ann."
    )
    assert "Worth an ear" in visitor.get(only_book(visitor, shelf)).text


def test_an_uncertain_speaker_is_doubtful_until_a_person_decides(shelf: Path) -> None:
    script = shelf / "clocks" / "script.jsonl"
    records = [json.loads(text) for text in script.read_text("utf-8").splitlines()]
    (record,) = [r for r in records if r.get("text") == "“It is nine,”"]
    record["sure"] = 0.4
    script.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    assert lines(shelf)["“It is nine,”"]["doubts"] == {"speaker": "Ann"}
    record["speaker"] = "Tom"
    script.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    row = lines(shelf)["“It is nine,”"]
    assert "doubts" not in row and row["edited"] == ["speaker"] and row["speaker"] == "Tom"


def test_a_line_that_was_taken_out_stands_in_its_place(shelf: Path) -> None:
    script = shelf / "clocks" / "script.jsonl"
    before = list(lines(shelf))
    kept = [text for text in script.read_text("utf-8").splitlines() if "It is ten" not in text]
    script.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert list(lines(shelf)) == before and lines(shelf)["“It is ten,”"]["out"] is True


def test_a_script_that_is_being_typed_keeps_what_was_read_last_and_says_what_is_wrong(shelf: Path) -> None:
    book = Book("id", shelf / "clocks", "clocks")
    whole = book.shown().written
    script = shelf / "clocks" / "script.jsonl"
    script.write_text(script.read_text("utf-8") + '{"id": "half', encoding="utf-8")
    shown = book.shown()
    assert shown.written == whole and "is not JSON" in shown.problem and "script.jsonl, line" in shown.problem


def test_the_newest_report_is_drawn_and_opened_in_a_box_of_its_own(shelf: Path) -> None:
    project = open_project(shelf / "clocks")
    project.output_folder.mkdir()
    finished = project.output_folder / "Two Clocks.m4b"
    report_file(finished).write_text(json.dumps(book_facts()), encoding="utf-8")
    page_file(finished).write_text("<script>alert(1)</script>", encoding="utf-8")
    visitor = client(shelf)
    page = visitor.get(only_book(visitor, shelf)).text
    assert (
        'class="plot"' in page
        and "LUFS" in page
        and "The whole report" in page
        and "What is not read aloud" in page
    )
    report = visitor.get(f"{only_book(visitor, shelf)}/report")
    assert report.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"kind": "audiobook", "levels": 3}', "{", '{"left_out_texts": []}']
)
def test_a_report_of_another_version_does_no_harm(content: str, shelf: Path) -> None:
    project = open_project(shelf / "clocks")
    project.output_folder.mkdir()
    report_file(project.output_folder / "x.m4b").write_text(content, encoding="utf-8")
    visitor = client(shelf)
    assert visitor.get("/").status_code == 200 and visitor.get(only_book(visitor, shelf)).status_code == 200


def test_what_a_book_says_is_never_markup(tmp_path: Path) -> None:
    make_shelf(tmp_path)
    script = tmp_path / "clocks" / "script.jsonl"
    script.write_text(
        script.read_text("utf-8").replace("The First Clock", json.dumps(HOSTILE)[1:-1]), encoding="utf-8"
    )
    (tmp_path / "clocks" / "project.yaml").write_text(
        (tmp_path / "clocks" / "project.yaml").read_text("utf-8") + f"title: {json.dumps(HOSTILE)}\n",
        encoding="utf-8",
    )
    visitor = client(tmp_path)
    for path in ("/", only_book(visitor, tmp_path), f"{only_book(visitor, tmp_path)}/script"):
        page = visitor.get(path).text
        assert "onerror" in page and "<img" not in page and "<script>" not in page


def test_what_is_wrong_is_told_in_the_language_of_the_page(shelf: Path) -> None:
    app = make_app(Studio(Shelf(shelf)), token=TOKEN, translate=say_in)
    visitor = TestClient(
        app, base_url=f"http://{HOST}", headers={MARK: "1"}, cookies={cookie_name(HOST): TOKEN}
    )
    address = only_book(visitor, shelf)
    settings = shelf / "clocks" / "project.yaml"
    settings.write_text(settings.read_text("utf-8") + "sped: 1\n", encoding="utf-8")
    for code, sentence in (
        ("en", "there is no setting “sped”"),
        ("zh", say_in("zh", "there is no setting “sped”")),
    ):
        visitor.headers["accept-language"] = code
        assert visitor.get(f"{address}/lines").json()["problem"] == sentence
        assert sentence in visitor.get(address, headers={"accept": "text/html"}).text
        assert sentence in visitor.get("/").text
    assert sentence != "there is no setting “sped”"


def test_what_was_kept_of_what_went_wrong_is_told_in_the_language_of_the_page(shelf: Path) -> None:
    studio = Studio(Shelf(shelf))
    visitor = TestClient(
        make_app(studio, token=TOKEN, translate=say_in),
        base_url=f"http://{HOST}",
        headers={MARK: "1", "accept-language": "zh"},
        cookies={cookie_name(HOST): TOKEN},
    )
    book = studio.shelf.books()[0]
    error = DuoyinError(
        "there is no setting “sped”", where="project.yaml, line 2", hint="See docs/reference/project.md."
    )
    with pytest.raises(DuoyinError), recorded(open_project(book.folder), "audiobook"):
        raise error
    where, message, hint = (say_in("zh", str(part)) for part in (error.where, error.message, error.hint))
    told = str(DuoyinError(message, where=where, hint=hint))
    assert told != str(error)
    assert visitor.get(f"/book/{book.id}/run").json()["run"]["problem"] == told
    studio.jobs.jobs.planned.failed(studio.jobs.jobs.planned.add(book.id), str(error))
    seen = visitor.get("/jobs/state").json()
    assert [seen["past"][0]["problem"], seen["waiting"][-1]["problem"]] == [told, told]
    script = shelf / "clocks" / "script.jsonl"
    script.write_text(script.read_text("utf-8") + '{"id": "half', encoding="utf-8")
    for text in (visitor.get("/").text, visitor.get(only_book(visitor, shelf)).text):
        assert "这条记录不是 JSON" in text
    assert "这条记录不是 JSON" in visitor.get(f"{only_book(visitor, shelf)}/lines").json()["problem"]
    visitor.headers["accept-language"] = "en"
    assert "this record is not JSON" in visitor.get(f"{only_book(visitor, shelf)}/lines").json()["problem"]


def test_a_folder_named_like_an_attack_is_only_a_name(tmp_path: Path) -> None:
    folder = tmp_path / "<img src=x onerror=alert(1)>"
    folder.mkdir()
    (folder / "project.yaml").write_text("source: x.txt\n", encoding="utf-8")
    visitor = client(tmp_path)
    assert (
        "<img" not in visitor.get("/").text and "<img" not in visitor.get(only_book(visitor, tmp_path)).text
    )


def test_what_is_not_there_is_told_as_it_was_asked_for(shelf: Path) -> None:
    page = client(shelf, accept="text/html").get("/book/nothing")
    assert page.status_code == 404 and "There is nothing here" in page.text
    assert client(shelf).get("/book/nothing").json() == {"problem": "Not Found"}


def test_settings_that_cannot_be_read_are_told_with_file_and_line(shelf: Path) -> None:
    visitor = client(shelf)
    address = only_book(visitor, shelf)
    settings = shelf / "clocks" / "project.yaml"
    settings.write_text(settings.read_text("utf-8") + "speed: fast\n", encoding="utf-8")
    answer = visitor.get(f"{address}/lines")
    assert answer.status_code == 409 and "project.yaml, line" in answer.json()["where"]
    assert "project.yaml, line" in client(shelf, accept="text/html").get(address).text


def test_rows_that_did_not_change_are_not_made_again_and_all_are_right(shelf: Path) -> None:
    studio = Studio(Shelf(shelf))
    (book,) = studio.shelf.books()
    before = studio.seen(book)[1]
    file = shelf / "clocks" / "script.jsonl"
    file.write_text(
        file.read_text("utf-8").replace("Nobody asked the cat.", "Nobody asked."), encoding="utf-8"
    )
    after = studio.seen(book)[1]
    assert [old is new for old, new in zip(before, after, strict=True)].count(False) == 1
    doubt_sound(shelf / "clocks", after[0]["id"])
    rows = studio.seen(book)[1]
    assert rows == [row(book.shown(), line) for line in book.shown().written.lines] and "doubts" in rows[0]


def test_after_any_change_the_rows_are_those_of_a_page_that_is_opened_anew(shelf: Path) -> None:
    studio = Studio(Shelf(shelf))
    (book,) = studio.shelf.books()
    project, first = book.project, studio.seen(book)[1]
    line, other = first[2], first[5]
    takes = project.takes

    def cut(text: str, instead: str) -> None:
        project.script_file.write_text(
            project.script_file.read_text("utf-8").replace(text, instead), encoding="utf-8"
        )

    def another_studio() -> None:
        journal = Journal(project.journal_file)
        journal.note_take(line["id"], 2, other["key"], "as before")
        journal.settle(
            journal.begin(Kind.REVIEWED, [Change(first[0]["id"], "sound", None, first[0]["key"])]), State.DONE
        )
        journal.close()

    def choose() -> None:
        with Ledger(project.ledger_file) as ledger:
            ledger.choose([Choice(line["id"], other["key"], "low", 1, Why.CHOSEN)])

    changes: list[Callable[[], object]] = [
        lambda: doubt_sound(project.folder, first[0]["id"]),
        another_studio,
        choose,
        lambda: cut("Nobody asked the cat.", "Nobody asked."),
        lambda: takes.path(first[1]["key"]).unlink(),
        lambda: takes.path(first[3]["key"]).with_name("f" * 64 + ".flac").write_bytes(b""),
        lambda: cut(f'"id": "{other["id"]}"', f'"id": "{other["id"]}-2"'),
    ]
    for number, change in enumerate(changes):
        change()
        os.utime(takes.root)  # as a take in a new folder does
        anew = Studio(Shelf(shelf))
        assert studio.seen(book)[1] == anew.seen(anew.shelf.books()[0])[1], f"change {number}"


def test_settings_are_read_again_when_any_of_their_files_changes(shelf: Path) -> None:
    (book,) = Shelf(shelf).books()
    assert book.project.of_series.chapters_pattern is None
    assert book.project is book.project, "what did not change is not read again"
    series = shelf / "series"
    series.mkdir()
    file = book.project.settings_file
    file.write_text(file.read_text("utf-8") + "series: ../series\n", encoding="utf-8")
    assert book.project.series_cast_file == (series / "cast.yaml").resolve()
    assert book.project is book.project
    (series / "series.yaml").write_text("chapters_pattern: Tale\n", encoding="utf-8")
    assert book.project.of_series.chapters_pattern == "Tale"
    now = file.stat()
    file.write_text(file.read_text("utf-8").replace("../series", "../serial"), encoding="utf-8")
    os.utime(file, ns=(now.st_atime_ns, now.st_mtime_ns))
    assert book.project.settings.series == "../serial", "also where length and time are as they were"
