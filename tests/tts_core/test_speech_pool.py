"""What every pool of speakers keeps, on one machine and on many: see `tts_core.pool.SpeechPool`."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from normalizers import DuoyinError
from tests.engines import ToneEngine
from tests.fleets import some_fleet
from tests.tts_core.test_pool import wait_until
from tts_core.engine import Utterance
from tts_core.pool import EnginePool, Job, PoolClosed, SpeechPool, Spoken
from tts_core.takes import FolderTakes, Keys

ENGINE = "tests.engines:ToneEngine"

Open = Callable[..., SpeechPool]
"""Opens a pool of two speakers of `ToneEngine` whose takes go to `tmp_path / "takes"`; the engine's options by name."""


def jobs(*texts: str) -> list[Job]:
    engine, keys = ToneEngine(), Keys()
    lines = [engine.read(Utterance(text, "en", "low")) for text in texts]
    return [Job(keys.key(ENGINE, engine, line), line) for line in lines]


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with some_fleet() as address:
        yield address


@pytest.fixture(params=["processes", pytest.param("cluster", marks=pytest.mark.slow)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    if request.param == "processes":
        pools: list[SpeechPool] = []

        def here(**options: Any) -> SpeechPool:
            pools.append(EnginePool(ENGINE, tmp_path / "takes", workers=2, options=options))
            return pools[-1]

        yield here
        for pool in pools:
            pool.close()
    else:
        yield from on_a_cluster(request.getfixturevalue("fleet"), tmp_path)


def on_a_cluster(fleet: str, folder: Path) -> Iterator[Open]:
    from tts_core.cluster import fleet as hosts
    from tts_core.cluster.pool import ClusterPool

    pools: list[ClusterPool] = []

    def there(**options: Any) -> SpeechPool:
        named = {"log": str(folder / "log"), **options}  # so that speakers of other tests are not these
        made = ClusterPool(
            ENGINE,
            folder / "takes",
            fingerprint=ToneEngine().fingerprint(),
            options=named,
            address=fleet,
            speakers=2,
        )
        pools.append(made)
        return made

    yield there
    for pool in pools:
        pool.close()
    with hosts.connected(fleet):
        hosts.send_away(list(hosts.speakers()))


def in_threads(pool: SpeechPool, batches: list[list[Job]]) -> list[BaseException | None]:
    """Render batches at once, each in its thread; what each raised."""
    raised: list[BaseException | None] = [None] * len(batches)

    def render(number: int) -> None:
        try:
            pool.render(batches[number])
        except DuoyinError as error:
            raised[number] = error

    threads = [threading.Thread(target=render, args=(number,)) for number in range(len(batches))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def spoken_by(folder: Path) -> list[tuple[int, str]]:
    """Process and text of each line that was spoken."""
    rows = (folder / "log").read_text(encoding="utf-8").splitlines() if (folder / "log").exists() else []
    return [(int(pid), text) for pid, text in (row.split("\t") for row in rows)]


def engines_of(folder: Path) -> list[int]:
    """The processes that spoke and still live."""
    return [pid for pid in {pid for pid, _ in spoken_by(folder)} if psutil.pid_exists(pid)]


def test_takes_are_stored_and_told_one_by_one(opened: Open, tmp_path: Path) -> None:
    told: list[Spoken] = []
    with opened() as pool:
        spoken = pool.render(jobs("one", "two words"), told.append)
        assert pool.in_flight >= pool.size == 2 and not pool.closed
    store = FolderTakes(tmp_path / "takes")
    assert told == spoken
    assert [store.info(each.key).digest for each in spoken] == [each.digest for each in spoken]
    assert [each.samples for each in spoken] == [3 * 1440, 9 * 1440]


def test_two_batches_at_once_are_spoken_by_two(opened: Open, tmp_path: Path) -> None:
    with opened(delay=0.1, log=str(tmp_path / "log")) as pool:
        tries = itertools.count(1)

        def by_two() -> bool:
            """A second speaker may be starting still while the first has room for both; what is stored then is not
            spoken again, so each try has lines of its own."""
            texts = [f"{next(tries)} {letter}" for letter in "abcdef"]
            assert in_threads(pool, [jobs(*texts[:3]), jobs(*texts[3:])]) == [None, None]
            last = spoken_by(tmp_path)[-6:]
            assert sorted(text for _, text in last) == sorted(texts)
            return len({pid for pid, _ in last}) == 2

        assert wait_until(by_two, 60)


def test_a_line_that_fails_is_named_and_the_speaker_goes_on(opened: Open, tmp_path: Path) -> None:
    with opened(fail_on="unspeakable", log=str(tmp_path / "log")) as pool:
        with pytest.raises(DuoyinError, match="cannot speak this line") as caught:
            pool.render(jobs("fine", "the unspeakable line", "never reached"))
        assert "the unspeakable line" in str(caught.value)
        assert len(pool.render(jobs("fine again"))) == 1
    assert FolderTakes(tmp_path / "takes").has(jobs("fine")[0].key)


def test_an_engine_that_cannot_be_loaded_is_said_once_for_all(opened: Open) -> None:
    with opened(no_such_option=1) as pool, pytest.raises(DuoyinError, match="does not take these options"):
        pool.render(jobs("hello"))


def test_closing_stops_work_within_seconds(opened: Open, tmp_path: Path) -> None:
    pool = opened(delay=0.5, log=str(tmp_path / "log"))
    raised: list[BaseException | None] = []
    lines = [f"line {number}" for number in range(100)]
    thread = threading.Thread(target=lambda: raised.extend(in_threads(pool, [jobs(*lines)])))
    thread.start()
    assert wait_until(lambda: spoken_by(tmp_path), 60)
    began = time.monotonic()
    pool.close()
    thread.join(20)
    assert time.monotonic() - began < 12
    assert isinstance(raised[0], PoolClosed) and pool.closed
    so_far = len(spoken_by(tmp_path))
    assert not wait_until(lambda: len(spoken_by(tmp_path)) > so_far + 1, 1.5)
    with pytest.raises(PoolClosed):
        pool.render(jobs("late"))


# -- only beyond one machine ---------------------------------------------------------------------------


@pytest.fixture
def cluster(fleet: str, tmp_path: Path) -> Iterator[Open]:
    yield from on_a_cluster(fleet, tmp_path)


def test_a_book_is_shared_out_over_warm_speakers(cluster: Open, tmp_path: Path) -> None:
    texts = [f"this is line {number}" for number in range(12)]
    batches = [jobs(*texts[at : at + 3]) for at in range(0, 12, 3)]
    with cluster() as pool:
        assert in_threads(pool, batches) == [None] * 4
    with EnginePool(ENGINE, tmp_path / "here") as own:
        same = {each.key: each.digest for each in own.render(jobs(*texts))}
    store = FolderTakes(tmp_path / "takes")
    assert set(store.keys()) == set(same)
    assert {key: store.info(key).digest for key in same} == same
    first = {pid for pid, _ in spoken_by(tmp_path)}
    with cluster() as again:
        again.render(jobs("another book"))
    assert {pid for pid, _ in spoken_by(tmp_path)} == first, "the engines of the first book are warm"


@pytest.mark.slow
def test_a_speaker_with_another_fingerprint_refuses(fleet: str, tmp_path: Path) -> None:
    from tts_core.cluster.pool import ClusterPool

    pool = ClusterPool(ENGINE, tmp_path, fingerprint="f" * 64, address=fleet, speakers=1)
    with pool, pytest.raises(DuoyinError, match="than this book was planned with"):
        pool.render(jobs("hello"))


@pytest.mark.slow
def test_a_take_that_this_host_would_make_otherwise_is_refused(cluster: Open) -> None:
    wrong = [Job("0" * 64, job.prepared) for job in jobs("hello")]
    with cluster() as pool, pytest.raises(DuoyinError, match="another take than was planned"):
        pool.render(wrong)


@pytest.mark.slow
def test_the_engine_is_warm_after_a_run_was_stopped(cluster: Open, tmp_path: Path) -> None:
    pool = cluster(delay=0.3, log=str(tmp_path / "log"))
    thread = threading.Thread(target=in_threads, args=(pool, [jobs(*map(str, range(100)))]))
    thread.start()
    assert wait_until(lambda: spoken_by(tmp_path), 60)
    pool.close()
    thread.join(20)
    before = engines_of(tmp_path)
    with cluster(delay=0.3, log=str(tmp_path / "log")) as again:
        in_threads(again, [jobs("one"), jobs("two")])
    assert set(before) <= set(engines_of(tmp_path))
    assert sorted(text for _, text in spoken_by(tmp_path)[-2:]) == ["one", "two"]


@pytest.mark.slow
def test_a_killed_engine_costs_the_line_it_was_at(cluster: Open, tmp_path: Path) -> None:
    with cluster(delay=0.2, log=str(tmp_path / "log")) as pool:
        killed: list[int] = []

        def kill_once(_: Spoken) -> None:
            if not killed:
                killed.append(spoken_by(tmp_path)[0][0])
                os.kill(killed[0], signal.SIGKILL)

        spoken = pool.render(jobs(*(f"line {number}" for number in range(8))), kill_once)
    assert len(spoken) == len({each.key for each in spoken}) == 8
    texts = [text for _, text in spoken_by(tmp_path)]
    assert len(texts) - len(set(texts)) <= 1


@pytest.mark.slow
def test_a_line_that_takes_engines_down_is_found_and_the_others_are_kept(fleet: str, tmp_path: Path) -> None:
    from tts_core.cluster.pool import ClusterPool

    lines = [f"line {number}" for number in range(16)]
    lines[11] = "the deadly line"
    with ClusterPool(
        "tests.engines:DeadlyEngine",
        tmp_path,
        fingerprint=ToneEngine().fingerprint(),
        address=fleet,
        speakers=2,
    ) as pool:
        with pytest.raises(DuoyinError, match="takes down every speaker") as caught:
            pool.render(jobs(*lines))
        assert "the deadly line" in str(caught.value)
        assert len(pool.render(jobs("fine again"))) == 1


@pytest.mark.slow
def test_a_batch_that_hangs_is_ended_and_spoken_by_another(fleet: str, tmp_path: Path) -> None:
    from tts_core.cluster.pool import ClusterPool

    with ClusterPool(
        "tests.engines:HangingEngine",
        tmp_path / "takes",
        fingerprint=ToneEngine().fingerprint(),
        options={"log": str(tmp_path / "hung")},
        address=fleet,
        speakers=2,
        quiet_seconds=3,
    ) as pool:
        assert len(pool.render(jobs("one", "two", "three"))) == 3


@pytest.mark.slow
@pytest.mark.parametrize("same_engine", [True, False])
def test_a_book_that_is_due_gets_a_speaker_of_one_that_is_spoken_within_one_batch(
    fleet: str, tmp_path: Path, same_engine: bool
) -> None:
    from tts_core.cluster import fleet as hosts
    from tts_core.cluster.pool import ClusterPool, Standing

    def opened(book: str, log: str, **standing: Any) -> ClusterPool:
        return ClusterPool(
            ENGINE,
            tmp_path / "takes",
            fingerprint=ToneEngine().fingerprint(),
            options={"delay": 0.25, "log": str(tmp_path / log)},
            address=fleet,
            standing=Standing(book, **standing),
        )

    lines = 20
    texts = [f"of the backlog {number}" for number in range(8 * lines)]
    backlog = [jobs(*texts[at : at + lines]) for at in range(0, len(texts), lines)]
    raised: list[BaseException | None] = []
    with opened("backlog", "log", priority=2) as long:
        thread = threading.Thread(target=lambda: raised.extend(in_threads(long, backlog)))
        thread.start()
        assert wait_until(lambda: len({pid for pid, _ in spoken_by(tmp_path)}) == 2, 120)
        with opened("due", "log" if same_engine else "its own", due=time.time() + 3600) as due:
            before = len(spoken_by(tmp_path))
            due.render(jobs("what is due"))
            between = [text for _, text in spoken_by(tmp_path)[before:] if text != "what is due"]
            told = {book["book"]: book for book in hosts.books()}
            assert len(told["due"]["seats"]) == len(told["backlog"]["seats"]) == 1
            if same_engine:
                assert len(between) <= 2 * lines, "what both were at, and what the other went on with"

        def all_again() -> bool:
            return [len(book["seats"]) for book in hosts.books()] == [2]

        assert wait_until(all_again, 30), "it has the whole fleet when the other is done"
        thread.join(120)
    assert raised == [None] * len(backlog)
    spoken = [text for _, text in spoken_by(tmp_path) if text != "what is due"]
    assert sorted(spoken) == sorted(texts), "each once"
    with hosts.connected(fleet):
        hosts.send_away(list(hosts.speakers()))


@pytest.mark.slow
def test_what_waits_behind_a_long_batch_goes_to_a_speaker_that_is_done(cluster: Open, tmp_path: Path) -> None:
    long, short, behind = (
        [f"{name} {n}" for n in range(count)] for name, count in (("long", 200), ("short", 10), ("behind", 5))
    )
    with cluster(delay=0.2, log=str(tmp_path / "log")) as pool:

        def both_speak() -> bool:
            assert in_threads(pool, [jobs(f"a {time.time()}"), jobs(f"b {time.time()}")]) == [None, None]
            return len({pid for pid, _ in spoken_by(tmp_path)}) == 2

        def spoken(line: str) -> bool:
            return line in [text for _, text in spoken_by(tmp_path)]

        assert wait_until(both_speak, 60)
        threads = []
        for texts, until in ((long, "long 0"), (short, "short 0"), (behind, "behind 4")):
            threads.append(threading.Thread(target=in_threads, args=(pool, [jobs(*texts)])))
            threads[-1].start()
            assert wait_until(functools.partial(spoken, until), 60)
        assert not spoken("long 199"), "it did not wait for its end"
        by = {text: pid for pid, text in spoken_by(tmp_path)}
        assert by["behind 0"] == by["short 0"] != by["long 0"]
        pool.close()
        for thread in threads:
            thread.join(30)


@pytest.mark.slow
def test_short_jobs_of_books_that_share_a_speaker_are_spoken_as_one(fleet: str, tmp_path: Path) -> None:
    from tts_core.cluster import fleet as hosts
    from tts_core.cluster.pool import ClusterPool

    hold, log = tmp_path / "hold", tmp_path / "log"
    hold.touch()
    books = [f"book {number}" for number in range(6)]
    with contextlib.ExitStack() as stack:
        pools = {
            book: stack.enter_context(
                ClusterPool(
                    "tests.engines:WindowEngine",
                    tmp_path / book,
                    fingerprint=ToneEngine().fingerprint(),
                    options={"hold": str(hold), "log": str(log)},
                    address=fleet,
                )
            )
            for book in books
        }
        assert wait_until(lambda: all(state and state.fingerprint for state in hosts.speakers().values()), 90)
        with ThreadPoolExecutor(len(books)) as threads:
            spoken = [
                threads.submit(pools[book].render, jobs(*(f"{book} {line}" for line in range(3))))
                for book in books
            ]
            assert wait_until(
                lambda: sum(s.waiting for s in hosts.speakers().values() if s) == len(books), 90
            )
            hold.unlink()
            assert [len(each.result(60)) for each in spoken] == [3] * len(books)
        hosts.send_away(list(hosts.speakers()))
    sizes = [int(row) for row in log.with_suffix(".batches").read_text().split()]
    assert sum(sizes) == 18 and len(sizes) < len(books), "what waited was spoken together"
    for book in books:
        wanted = {job.key for job in jobs(*(f"{book} {line}" for line in range(3)))}
        assert set(FolderTakes(tmp_path / book).keys()) == wanted, "each has its own, and nobody else's"


@pytest.mark.slow
def test_an_address_without_a_fleet_is_an_error_for_people(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="pip install 'duoyin[cluster]'")
    from tts_core.cluster.pool import ClusterPool

    with pytest.raises(DuoyinError, match="no fleet") as caught:
        ClusterPool(ENGINE, tmp_path, fingerprint="f", address="127.0.0.1:1")
    assert "duoyin fleet up" in str(caught.value.hint)
