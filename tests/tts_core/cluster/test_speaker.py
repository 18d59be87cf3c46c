"""A speaker without Ray around it: what it tells, what it gives up, and what it refuses."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engines import ToneEngine
from tests.tts_core.test_pool import wait_until
from tests.tts_core.test_speech_pool import ENGINE, jobs, spoken_by
from tts_core.cluster.speaker import TOGETHER_SECONDS, Speaker, _Batch
from tts_core.pool import EnginePool, Spoken
from tts_core.takes import FolderTakes, TakePlace


@pytest.fixture
def speaker(tmp_path: Path) -> Iterator[Speaker]:
    made = Speaker(ENGINE, {"delay": 0.1, "log": str(tmp_path / "log")}, {})
    yield made
    made.dismiss()


def asked(speaker: Speaker, folder: Path, run: str, *texts: str) -> Iterator[dict[str, Any]]:
    batch = [(job.key, job.prepared.to_json()) for job in jobs(*texts)]
    return told_by(speaker.speak(run, batch, TakePlace(folder / "takes").to_json()))


def told_by(answers: Iterator[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """One after another."""
    return itertools.chain.from_iterable(answers)


def test_what_is_told_shortly_after_each_other_is_one_message(tmp_path: Path) -> None:
    batch = _Batch("a run", jobs("one", "two", "three"), TakePlace(tmp_path), lambda: False)
    for job in batch.jobs[:2]:
        batch.tell(Spoken(job.key, 1, 1, "", 0.0))
    answers = batch.answers()
    assert [answer["key"] for answer in next(answers)] == [job.key for job in jobs("one", "two")]
    batch.tell(Spoken(batch.jobs[0].key, 1, 1, "", 0.0))
    assert [len(each) for each in answers] == [1], "and then it is over"


@pytest.mark.parametrize("others_wait", [False, True])
def test_the_end_of_a_batch_is_told_at_once_unless_another_is_to_be_begun(
    others_wait: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    batch = _Batch("a run", jobs("one"), TakePlace(tmp_path), lambda: others_wait)
    batch.tell(Spoken(batch.jobs[0].key, 1, 1, "", 0.0))
    assert [len(each) for each in batch.answers()] == [1]
    assert [0 < seconds <= TOGETHER_SECONDS for seconds in waited] == [True] * others_wait


@pytest.mark.parametrize("answer", [None, {"given_back": True}])
def test_what_has_no_takes_is_told_at_once(
    answer: dict[str, Any] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("nobody has to wait for that"))
    batch = _Batch("a run", jobs("one"), TakePlace(tmp_path), lambda: True)
    batch.end(answer)
    assert list(batch.answers()) == ([[answer]] if answer else [])


def test_it_tells_of_each_take_and_which_engine_it_is(speaker: Speaker, tmp_path: Path) -> None:
    assert speaker.ready()["fingerprint"] == ToneEngine().fingerprint()
    answers = list(asked(speaker, tmp_path, "a run", "one", "two"))
    assert [answer["key"] for answer in answers] == [job.key for job in jobs("one", "two")]
    assert set(FolderTakes(tmp_path / "takes").keys()) == {answer["key"] for answer in answers}
    state = speaker.state()
    assert (state["takes"], state["waiting"], state["fingerprint"]) == (2, 0, ToneEngine().fingerprint())


def test_a_run_that_ends_takes_its_batches_along_and_leaves_those_of_others(
    speaker: Speaker, tmp_path: Path
) -> None:
    lines = [f"line {number}" for number in range(50)]
    mine, waiting, others = (
        asked(speaker, tmp_path, "mine", *lines),
        asked(speaker, tmp_path, "mine", "never"),
        asked(speaker, tmp_path, "another's", "still"),
    )
    first = next(mine)
    told: dict[str, list[Any]] = {"waiting": [], "others": []}
    threads = [
        threading.Thread(target=lambda: told["waiting"].extend(waiting)),
        threading.Thread(target=lambda: told["others"].extend(others)),
    ]
    for thread in threads:
        thread.start()
    assert wait_until(lambda: speaker.state()["waiting"] == 3)
    speaker.end("mine")
    rest = list(mine)
    for thread in threads:
        thread.join(10)
    assert first["key"] == jobs(lines[0])[0].key and len(rest) < 10
    assert told["waiting"] == [] and len(told["others"]) == 1
    assert len({pid for pid, _ in spoken_by(tmp_path)}) == 1, "its engine stayed warm"
    assert list(asked(speaker, tmp_path, "mine", "too late")) == []


def test_a_run_gets_back_what_is_not_begun_and_its_batch_is_finished(
    speaker: Speaker, tmp_path: Path
) -> None:
    begun = asked(speaker, tmp_path, "mine", *map(str, range(20)))
    first = next(begun)
    told: dict[str, list[Any]] = {"waiting": [], "others": []}
    threads = [
        threading.Thread(target=lambda: told["waiting"].extend(asked(speaker, tmp_path, "mine", "later"))),
        threading.Thread(target=lambda: told["others"].extend(asked(speaker, tmp_path, "another's", "now"))),
    ]
    for thread in threads:
        thread.start()
    assert wait_until(lambda: speaker.state()["waiting"] == 3)
    speaker.give_back("mine")
    threads[0].join(10)
    assert told["waiting"] == [{"given_back": True}], "before the batch in work has ended"
    assert len(spoken_by(tmp_path)) < 20
    assert len([first, *begun]) == 20
    threads[1].join(10)
    assert [text for _, text in spoken_by(tmp_path)][20:] == ["now"]


WINDOWS = "tests.engines:WindowEngine"


class Asking:
    """Books that ask a speaker, each in a thread, with takes of their own.

    Args:
        held: has the speaker at something until `let_go`, so that the others wait.
    """

    def __init__(self, speaker: Speaker, folder: Path) -> None:
        self._speaker, self._folder = speaker, folder
        self._threads: list[threading.Thread] = []
        self.told: dict[str, list[dict[str, Any]]] = {}
        (folder / "hold").touch()
        self._ask("the first", "hold")
        assert wait_until(lambda: self.batches() == [1], 60)

    def books(self, **lines: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """What each of these books is told, that wait behind what is spoken."""
        for book, texts in lines.items():
            self._ask(book, *texts)
            assert wait_until(lambda: self._speaker.state()["waiting"] == len(self._threads), 60)
        (self._folder / "hold").unlink()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()
        return {book: self.told[book] for book in lines}

    def _ask(self, book: str, *texts: str) -> None:
        self.told[book] = []
        answers = asked(self._speaker, self._folder / book, book, *texts)
        self._threads.append(threading.Thread(target=lambda: self.told[book].extend(answers)))
        self._threads[-1].start()

    def batches(self) -> list[int]:
        """How many lines each batch had that the engine was given."""
        file = self._folder / "log.batches"
        return [int(row) for row in file.read_text().split()] if file.exists() else []


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    options = {"log": str(tmp_path / "log"), "hold": str(tmp_path / "hold"), "fail_on": "unspeakable"}
    made = Speaker(WINDOWS, options, {})
    assert made.ready(window=16)["fingerprint"] == ToneEngine().fingerprint()
    yield Asking(made, tmp_path)
    made.dismiss()


def keys(*texts: str) -> list[str]:
    return [job.key for job in jobs(*texts)]


def test_short_batches_of_several_books_are_spoken_as_one_and_each_is_told_of_its_own(
    asking: Asking, tmp_path: Path
) -> None:
    lines = {"one": ["one", "two", "three"], "other": ["four", "five"], "third": ["six"]}
    told = asking.books(**lines)
    assert asking.batches() == [1, 6]
    with EnginePool(ENGINE, tmp_path / "alone") as alone:
        alone.render(jobs(*(text for texts in lines.values() for text in texts)))
    for book, texts in lines.items():
        assert [answer["key"] for answer in told[book]] == keys(*texts)
        takes = FolderTakes(tmp_path / book / "takes")
        assert set(takes.keys()) == set(keys(*texts)), "in its own store, and nobody else's there"
        for key in keys(*texts):
            same = FolderTakes(tmp_path / "alone").path(key).read_bytes()
            assert takes.path(key).read_bytes() == same, "as if it had been spoken by itself"


def test_no_more_are_spoken_as_one_than_the_window_holds(asking: Asking) -> None:
    ten = [f"ten {number}" for number in range(10)]
    told = asking.books(one=ten, other=[f"other {text}" for text in ten], third=["a", "b"])
    assert asking.batches() == [1, 12, 10]
    assert [len(each) for each in told.values()] == [10, 10, 2]


def test_a_line_that_fails_is_the_fault_of_its_own_book(asking: Asking) -> None:
    told = asking.books(one=["one", "two"], other=["an unspeakable line"], third=["three"])
    assert [answer["key"] for answer in told["one"]] == keys("one", "two")
    assert [answer["key"] for answer in told["third"]] == keys("three")
    (answer,) = told["other"]
    assert "cannot speak this line" in answer["error"] and not answer["lost"]


def test_two_books_that_want_one_line_have_it_one_after_another(asking: Asking, tmp_path: Path) -> None:
    told = asking.books(one=["the line", "two"], other=["the line"])
    assert asking.batches() == [1, 2, 1]
    assert told["one"][0]["digest"] == told["other"][0]["digest"]
    for book in told:
        assert FolderTakes(tmp_path / book / "takes").has(keys("the line")[0])


def test_it_refuses_a_take_that_it_would_make_otherwise(speaker: Speaker, tmp_path: Path) -> None:
    (job,) = jobs("hello")
    batch = [("0" * 64, job.prepared.to_json())]
    (answer,) = told_by(speaker.speak("a run", batch, TakePlace(tmp_path / "takes").to_json()))
    assert "another take than was planned" in answer["error"] and not answer["lost"]
    assert spoken_by(tmp_path) == []


def test_it_refuses_a_folder_of_takes_that_its_host_does_not_see(speaker: Speaker, tmp_path: Path) -> None:
    answer = speaker.ready(str(tmp_path / "elsewhere" / ".run-1"))
    assert "does not see the folder" in answer["error"] and "s3://" in answer["hint"]


def test_it_keeps_no_copies_of_what_goes_to_an_object_store(
    speaker: Speaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("obstore", reason="pip install 'duoyin[cluster]'")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    place = TakePlace(tmp_path / "of the book's host", (tmp_path / "objects").as_uri())
    batch = [(job.key, job.prepared.to_json()) for job in jobs("hello")]
    (answer,) = told_by(speaker.speak("a run", batch, place.to_json()))
    stored = [file.stem for file in tmp_path.glob("objects/??/*.flac")]
    assert stored == [answer["key"]]
    assert list(tmp_path.glob("cache/**/*.flac")) == [] and not place.folder.exists()


def test_lines_that_another_stored_while_a_batch_waited_are_told_and_not_spoken_again(
    speaker: Speaker, tmp_path: Path
) -> None:
    first = asked(speaker, tmp_path, "a run", "one", "two")
    told = [next(first)]
    second = list(asked(speaker, tmp_path, "another", "one", "two", "three"))
    told += list(first)
    assert {answer["key"]: answer["digest"] for answer in second[:2]} == {
        answer["key"]: answer["digest"] for answer in told
    }
    assert [text for _, text in spoken_by(tmp_path)] == ["one", "two", "three"]
