"""Lines spoken for a person who waits: their takes, their voices, and what goes wrong."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from flows.making.engines import Engines
from flows.making.retake import scripted
from flows.studio.access import MARK, cookie_name
from flows.studio.asking import ResidentProcess
from flows.studio.shelf import Shelf
from flows.workspace.ledger import Ledger, Why
from flows.workspace.project import locked, open_project
from normalizers import DuoyinError
from tests.engines import SECONDS_PER_CHARACTER, ToneEngine
from tests.flows.studio.conftest import TOKEN, Running, stream_the_book
from tests.flows.studio.test_editing import NINE, Desk
from tts_core.sound import wav_head

HEAD = len(wav_head(ToneEngine.sample_rate))
PATIENCE_SECONDS = 120.0


@pytest.fixture
def desk(spoken: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copytree(spoken, tmp_path / "shelf")
    made = Desk(tmp_path / "shelf")
    yield made
    made.studio.speech.close()
    made.studio.foresight.close()


def test_a_line_is_taken_again_used_compared_and_taken_back(desk: Desk) -> None:
    first = desk.row()["key"]
    status, answer = desk.send("speak", {"line": desk.row()["id"]})
    assert status == 200 and answer["made"]["take"] == 2 and answer["lines"][0]["take"] == 2
    second = desk.row()["key"]
    assert second != first and '"take": 2' in desk.file
    assert desk.send("speak", {"line": desk.row()["id"]})[1]["made"]["take"] == 3
    takes = desk.visitor.get(f"{desk.address}/line/{desk.row()['id']}").json()["takes"]
    assert [row["take"] for row in takes] == [1, 2, 3] and len({row["key"] for row in takes}) == 3
    assert desk.edit("take", 3, 1)[0] == 200 and desk.row()["key"] == first
    assert desk.send("undo")[0] == 200
    assert desk.send("undo")[0] == 200 and desk.row()["key"] == second
    with Ledger(desk.root / "clocks" / "ledger.sqlite") as ledger:
        assert ledger.history(desk.row()["id"])[-1].why is Why.CHOSEN


def test_what_was_edited_is_spoken_as_it_stands_and_its_old_sound_comes_back_with_undo(desk: Desk) -> None:
    row = desk.row()
    longer = "“It is half past nine,”"
    desk.edit("text", NINE, longer)
    assert desk.row(longer)["stale"] is True, "its sound is of the words before"
    status, answer = desk.send("speak", {"line": row["id"]})
    spoken = answer["lines"][0]
    assert status == 200 and answer["made"]["take"] == 1 and spoken["key"] != row["key"]
    assert spoken["seconds"] > row["seconds"] and "stale" not in spoken
    desk.send("undo")
    assert desk.row()["key"] == row["key"] and "stale" not in desk.row()
    desk.send("split", {"line": row["id"], "text": "“It is "})
    heard = {
        part: desk.send("speak", {"line": desk.row(part)["id"]})[1]["made"] for part in ("“It is", "nine,”")
    }
    project = open_project(desk.root / "clocks")
    production = scripted(project, Engines(project))
    asked = {item.line.text: item.key for item in production.plan(production.lines)}
    assert {part: made["key"] for part, made in heard.items()} == {part: asked[part] for part in heard}


def test_a_long_line_is_heard_clause_by_clause_while_it_is_spoken(desk: Desk) -> None:
    settings = desk.root / "clocks" / "project.yaml"
    settings.write_text(settings.read_text("utf-8") + "workers: 2\n", encoding="utf-8")
    long = (
        "It was nine by the first clock, it was ten by the second one, and nobody in the house knew the time."
    )
    desk.edit("text", NINE, long)
    answer = desk.visitor.post(f"{desk.address}/speak", json={"line": desk.row(long)["id"]})
    *told, last = [json.loads(text) for text in answer.text.strip().split("\n")]
    begins = last["made"]["begins"]
    assert len(begins) == 3 and 1 <= len(told) <= 3 and len({row["clause"] for row in told}) == len(told)
    starts = [0, long.index("it was ten"), long.index("and nobody")]
    assert begins == pytest.approx([SECONDS_PER_CHARACTER * at for at in starts])
    assert told[0]["seconds"] == pytest.approx(SECONDS_PER_CHARACTER * (starts[1] - 1), abs=0.01)
    assert desk.visitor.get(f"{desk.address}/take/{told[0]['clause']}").status_code == 200
    assert desk.row(long)["key"] == last["made"]["key"] not in {row["clause"] for row in told}
    again = desk.visitor.post(
        f"{desk.address}/audition", json={"line": desk.row(long)["id"], "voice": "high"}
    )
    assert json.loads(again.text.strip().split("\n")[-1])["seconds"] == last["made"]["seconds"]


@pytest.fixture
def streaming(spoken: Path, tmp_path: Path) -> Iterator[tuple[Running, Path]]:
    """A studio on a port, with a book of an engine that gives the first of a line and waits for a file, the gate."""
    shutil.copytree(spoken, tmp_path / "shelf")
    stream_the_book(tmp_path / "shelf", tmp_path / "gate")
    running = Running(tmp_path / "shelf")
    yield running, tmp_path / "gate"
    (tmp_path / "gate").touch()
    running.end()


def test_where_one_process_speaks_its_sound_is_heard_as_it_comes(streaming: tuple[Running, Path]) -> None:
    running, gate = streaming
    shelf = gate.with_name("shelf")
    cookies = {cookie_name(f"127.0.0.1:{running.address.port}"): TOKEN}
    with httpx.Client(
        base_url=running.url, cookies=cookies, headers={MARK: "1"}, timeout=PATIENCE_SECONDS
    ) as page:
        book = f"/book/{Shelf(shelf).books()[0].id}"
        row = next(row for row in page.get(f"{book}/lines").json()["lines"] if row["text"] == NINE)
        with page.stream("POST", f"{book}/speak", json={"line": row["id"]}) as answer:
            told = (json.loads(text) for text in answer.iter_lines() if text)
            name = next(told)["sound"]
            with page.stream("GET", f"{book}/heard/{name}") as sound:
                assert sound.headers["content-type"] == "audio/wav"
                heard = sound.iter_raw()
                first = b""
                while len(first) <= HEAD:
                    first += next(heard)
                assert not gate.exists(), "the take waits, and is heard"
                gate.touch()
                whole = first + b"".join(heard)
            (last,) = told
        assert last["made"]["take"] == 2 and last["made"]["begins"] == []
        take = page.get(f"{book}/take/{last['made']['key']}").content
        samples, rate = soundfile.read(io.BytesIO(take), dtype="float32")
        assert whole[:HEAD] == wav_head(rate)
        counted = np.frombuffer(whole[HEAD:], "<i2") / 32767
        assert len(counted) == len(samples) and np.abs(counted - samples).max() < 1e-4
        assert page.get(f"{book}/heard/nothing").status_code == 404


def test_a_voice_is_heard_before_it_is_used(desk: Desk) -> None:
    row = desk.row()
    known = desk.visitor.get(f"{desk.address}/voices").json()
    assert known["by_speaker"]["Ann"] and {"low", "high"} <= {voice["name"] for voice in known["voices"]}
    other = "middle" if known["by_speaker"]["Ann"] != "middle" else "low"
    status, made = desk.send("audition", {"line": row["id"], "voice": other})
    assert status == 200 and made["key"] != row["key"]
    assert desk.row()["key"] == row["key"] and '"voice"' not in desk.file, "it was only heard"
    assert desk.visitor.get(f"{desk.address}/take/{made['key']}").status_code == 200
    cast = desk.root / "clocks" / "cast.yaml"
    original = cast.read_text("utf-8")
    assert desk.send("revoice", {"name": "Ann", "voice": other})[1]["count"] == 3
    assert f"voice: {other}" in cast.read_text("utf-8") and "# The cast of this book" in cast.read_text(
        "utf-8"
    )
    assert desk.send("speak", {"line": row["id"]})[1]["made"]["voice"] == other
    assert desk.send("undo")[0] == 200 and cast.read_text("utf-8") == original


def test_what_cannot_be_spoken_is_told(desk: Desk) -> None:
    assert desk.send("speak", {"line": "nothing"})[0] == 409
    status, answer = desk.send("audition", {"line": desk.row()["id"], "voice": "nobody"})
    assert status == 409 and "nobody" in answer["problem"]
    for _ in range(4):
        desk.send("speak", {"line": desk.row()["id"]})
    status, answer = desk.send("speak", {"line": desk.row()["id"]})
    assert status == 409 and "no further take" in answer["problem"]
    with locked(open_project(desk.root / "clocks")):
        settings = desk.root / "clocks" / "cast.yaml"
        settings.write_text(settings.read_text("utf-8") + "\n", encoding="utf-8")
        status, answer = desk.send("speak", {"line": desk.row()["id"]})
        assert status == 409 and "another run" in answer["problem"]


def test_a_speech_process_that_is_killed_is_begun_anew(desk: Desk) -> None:
    speech, line = ResidentProcess(), desk.row()["id"]
    folder = desk.root / "clocks"
    try:
        first = speech.speak(folder, line)
        assert first["key"] == desk.row()["key"], "what is there is not spoken again"
        assert speech._process is not None
        speech._process.kill()
        assert speech.speak(folder, line) == first
    finally:
        speech.close()
    with pytest.raises(DuoyinError, match="no such project"):
        speech.voices(folder / "gone")
    speech.close()
    assert json.loads(json.dumps(first))["seconds"] > 0.5
