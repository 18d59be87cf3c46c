"""What every store of takes keeps: one winner a key, losers who know what is stored, and no server's bad minute."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from normalizers import DuoyinError
from tests.stores import some_bucket
from tests.tts_core.test_speech_pool import ENGINE, jobs
from tts_core.engine import Take
from tts_core.pool import EnginePool, WorkerLost
from tts_core.take_race import race
from tts_core.take_stores import open_takes
from tts_core.takes import CorruptTake, FolderTakes, TakeInfo, TakePlace, TakeStore, file_of

KEYS = [f"{at:02x}" + "7" * 62 for at in range(40)]

AnotherHost = Callable[[], TakeStore]
"""Opens the same store as another host has it: with a folder of copies of its own."""


def take(length: int = 2_400, level: float = 0.25) -> Take:
    return Take(np.full(length, level, np.float32), 24_000, (0.0, length / 24_000), {"level": level})


def spoil(place: TakePlace, key: str) -> None:
    """Have something else where a take is stored."""
    broken = b"not a FLAC file"
    if place.url.startswith("s3:"):
        import obstore
        from obstore.store import from_url

        obstore.put(from_url(place.url, client_options={"allow_http": True}), file_of(key), broken)
    else:
        folder = Path(place.url.removeprefix("file://")) if place.url else place.folder
        (folder / file_of(key)).write_bytes(broken)


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    with some_bucket() as url:
        yield url


@pytest.fixture(params=["a folder", "a folder of objects", "a server"])
def another_host(request: pytest.FixtureRequest, tmp_path: Path) -> AnotherHost:
    if request.param == "a folder":
        return lambda: open_takes(TakePlace(tmp_path / "takes"))
    pytest.importorskip("obstore", reason="pip install 'duoyin[cluster]'")
    if request.param == "a server":
        url = f"{request.getfixturevalue('bucket')}/{tmp_path.name}"
    else:
        url = (tmp_path / "objects").as_uri()
    hosts = iter(range(100))
    return lambda: open_takes(TakePlace(tmp_path / f"host-{next(hosts)}", url))


@pytest.fixture
def store(another_host: AnotherHost) -> TakeStore:
    return another_host()


def test_a_take_written_on_one_host_is_read_on_another(another_host: AnotherHost) -> None:
    told = another_host().write(KEYS[0], take())
    other = another_host()
    assert other.has(KEYS[0]) and other.info(KEYS[0]) == told
    assert np.array_equal(other.read(KEYS[0]).samples, take().samples)
    assert other.path(KEYS[0]).is_file()


def test_the_first_writer_wins_and_the_second_is_told_what_is_stored(another_host: AnotherHost) -> None:
    first = another_host().write(KEYS[0], take(2_400))
    second = another_host()
    assert second.write(KEYS[0], take(2_401)) == first
    assert second.read(KEYS[0]).samples.shape == (2_400,)


def test_of_eight_writers_at_once_one_wins_and_all_report_its_take(another_host: AnotherHost) -> None:
    hosts = [another_host() for _ in range(8)]
    start = threading.Barrier(8)

    def write(number: int) -> TakeInfo:
        start.wait()
        return hosts[number].write(KEYS[0], take(2_400 + number))

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(write, range(8)))
    assert {info.digest for info in told} == {another_host().info(KEYS[0]).digest}


def test_what_is_there_is_asked_for_a_whole_batch(another_host: AnotherHost) -> None:
    writer = another_host()
    for key in KEYS[:25]:
        writer.write(key, take(100))
    reader = another_host()
    assert reader.present(KEYS) == reader.usable(KEYS) == set(KEYS[:25])
    reader.fetch(KEYS)
    assert [key for key in KEYS if reader.path(key).is_file()] == KEYS[:25]
    assert sorted(reader.keys()) == KEYS[:25]


def test_a_damaged_take_is_set_aside_and_made_anew_for_everybody(another_host: AnotherHost) -> None:
    host = another_host()
    host.write(KEYS[0], take(2_400))
    path = host.path(KEYS[0])
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(CorruptTake):
        host.read(KEYS[0])
    host.set_aside(KEYS[0])
    assert path.with_suffix(FolderTakes.ASIDE).read_bytes() == whole[:-40]
    told = host.write(KEYS[0], take(2_400))
    assert another_host().info(KEYS[0]) == told
    assert path.read_bytes() == whole


def test_a_take_that_was_stored_broken_gives_way(another_host: AnotherHost) -> None:
    host = another_host()
    host.write(KEYS[0], take(2_400))
    spoil(host.place, KEYS[0])
    told = another_host().write(KEYS[0], take(2_500))
    assert told.samples == 2_500 and another_host().read(KEYS[0]).samples.shape == (2_500,)


def test_a_deleted_take_is_gone_for_everybody(another_host: AnotherHost) -> None:
    host = another_host()
    host.write(KEYS[0], take())
    host.delete(KEYS[0])
    host.delete(KEYS[0])
    assert not host.has(KEYS[0]) and not another_host().has(KEYS[0])
    with pytest.raises(DuoyinError, match="missing"):
        another_host().read(KEYS[0])


def test_takes_have_the_same_bytes_wherever_they_are_kept(store: TakeStore, tmp_path: Path) -> None:
    folder = FolderTakes(tmp_path / "plain")
    folder.write(KEYS[0], take())
    store.write(KEYS[0], take())
    store.fetch([KEYS[0]])
    assert store.path(KEYS[0]).read_bytes() == folder.path(KEYS[0]).read_bytes()


def test_the_race_leaves_nothing_and_trusts_a_store_that_keeps_its_promise(
    store: TakeStore, tmp_path: Path
) -> None:
    result = race(store.place, tmp_path / "race", keys=3)
    assert (result.keys, result.kept, result.trusted) == (3, 3, True)
    assert list(store.keys()) == []


def test_the_race_sees_a_store_where_the_last_writer_wins(tmp_path: Path) -> None:
    one_at_a_time = threading.Lock()

    class LastWins(FolderTakes):
        def write(self, key: str, take: Take) -> TakeInfo:
            with one_at_a_time:
                self.delete(key)
                told = super().write(key, take)
            return TakeInfo(
                key, len(take.samples), *(told.sample_rate, told.digest, told.times, told.evidence)
            )

    result = race(TakePlace(tmp_path), tmp_path / "race", keys=3, opened=lambda place: LastWins(place.folder))
    assert not result.trusted


# -- a folder ------------------------------------------------------------------------------------------


def test_without_hard_links_the_first_file_still_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    store = FolderTakes(tmp_path)
    first = store.write(KEYS[0], take(2_400))
    assert store.write(KEYS[0], take(2_401)) == first


# -- an object store -----------------------------------------------------------------------------------


@pytest.fixture
def objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TakePlace]:
    pytest.importorskip("obstore", reason="pip install 'duoyin[cluster]'")
    monkeypatch.setattr("tts_core.object_takes.FIRST_WAIT_SECONDS", 0.01)
    yield TakePlace(tmp_path / "copies", (tmp_path / "objects").as_uri())


def failing(times: int, act: Callable[..., object], after: bool = False) -> Callable[..., object]:
    """`act`, failing so often; `after` it was done, so that only its answer is lost."""
    from obstore.exceptions import GenericError

    left = iter(range(times))

    def answer(*given: object, **named: object) -> object:
        if next(left, None) is None:
            return act(*given, **named)
        if after:
            act(*given, **named)
        raise GenericError("Generic S3 error: 503 Service Unavailable\n\nDebug source:\n…")

    return answer


def test_a_server_that_fails_for_a_while_is_asked_again(
    objects: TakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import obstore

    from tts_core.object_takes import ObjectTakes

    monkeypatch.setattr(obstore, "put", failing(4, obstore.put))
    store = ObjectTakes(objects)
    told = store.write(KEYS[0], take())
    assert store.info(KEYS[0]) == told


def test_a_put_whose_answer_is_lost_finds_its_own_take(
    objects: TakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import obstore

    from tts_core.object_takes import ObjectTakes

    monkeypatch.setattr(obstore, "put", failing(1, obstore.put, after=True))
    store = ObjectTakes(objects)
    told = store.write(KEYS[0], take())
    assert told.samples == 2_400 and store.path(KEYS[0]).is_file()


def test_a_writer_that_is_killed_between_put_and_answer_is_resumed(bucket: str, tmp_path: Path) -> None:
    place = TakePlace(tmp_path / "copies", f"{bucket}/{tmp_path.name}")
    lines = jobs(*(f"line {number}" for number in range(12)))
    engine, log = "tests.engines:KilledAfterPutEngine", tmp_path / "log"
    options = {"killed": str(tmp_path / "killed"), "log": str(log)}
    with EnginePool(engine, place, options=options) as pool:
        with pytest.raises(WorkerLost):
            pool.render(lines)
        stored = open_takes(TakePlace(tmp_path / "another host", place.url)).present(
            each.key for each in lines
        )
        (put,) = [each for each in lines if file_of(each.key) == (tmp_path / "killed").read_text("utf-8")]
        assert put.key in stored and len(stored) < len(lines)
        told = pool.render([each for each in lines if each.key not in stored])
    assert {each.key for each in told} == {each.key for each in lines} - stored
    texts = [row.split("\t")[1] for row in log.read_text("utf-8").splitlines()]
    assert texts.count(put.prepared.text) == 1, "what was put is not spoken again"
    with EnginePool(ENGINE, tmp_path / "folder") as alone:
        alone.render(lines)
    here, there = FolderTakes(tmp_path / "folder"), open_takes(TakePlace(tmp_path / "reader", place.url))
    there.fetch(each.key for each in lines)
    for each in lines:
        assert there.path(each.key).read_bytes() == here.path(each.key).read_bytes()


def test_a_server_that_stays_away_is_one_clear_error(
    objects: TakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import obstore

    from tts_core.object_takes import ObjectTakes

    monkeypatch.setattr(obstore, "put", failing(10_000, obstore.put))
    with pytest.raises(DuoyinError, match="503 Service Unavailable") as caught:
        ObjectTakes(objects, patience=0.05).write(KEYS[0], take())
    assert caught.value.where == objects.url and "\n\nDebug" not in str(caught.value)
    assert "Run again" in str(caught.value.hint)


def test_a_server_that_refuses_is_not_asked_twice(
    objects: TakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import obstore
    from obstore.exceptions import PermissionDeniedError

    from tts_core.object_takes import ObjectTakes

    asked: list[object] = []

    def refuse(*given: object, **_: object) -> None:
        asked.append(given)
        raise PermissionDeniedError("Access Denied")

    monkeypatch.setattr(obstore, "head", refuse)
    with pytest.raises(DuoyinError, match="refuses: Access Denied"):
        ObjectTakes(objects).has(KEYS[0])
    assert len(asked) == 1


def test_finished_files_are_copied_where_they_changed(objects: TakePlace, tmp_path: Path) -> None:
    from tts_core.object_takes import put_files

    files = {
        name: tmp_path / name.replace("/", "-")
        for name in ("book.m4b", "book.m4b.report.json", "parts/1.mp3")
    }
    for name, file in files.items():
        file.write_text(name, encoding="utf-8")
    assert put_files(objects.url, files) == list(files)
    assert put_files(objects.url, files) == []
    files["book.m4b"].write_text("another making", encoding="utf-8")
    assert put_files(objects.url, files) == ["book.m4b"]
    stored = tmp_path / "objects"
    assert {name: (stored / name).read_bytes() for name in files} == {
        name: file.read_bytes() for name, file in files.items()
    }


def test_a_speaker_keeps_no_copies(objects: TakePlace) -> None:
    store = open_takes(TakePlace(objects.folder, objects.url, copies=False))
    first = store.write(KEYS[0], take(2_400))
    assert store.write(KEYS[0], take(2_401)) == first
    assert not objects.folder.exists()


def test_an_address_that_is_no_store_is_an_error_for_people(tmp_path: Path) -> None:
    pytest.importorskip("obstore", reason="pip install 'duoyin[cluster]'")
    with pytest.raises(DuoyinError, match="no object store") as caught:
        open_takes(TakePlace(tmp_path, "ftp://somewhere/takes"))
    assert caught.value.where == "ftp://somewhere/takes"


def test_without_the_extra_an_object_store_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['obstore'] = None\n"
        "from pathlib import Path\nfrom normalizers import DuoyinError\n"
        "from tts_core.take_stores import open_takes\nfrom tts_core.takes import TakePlace\n"
        "open_takes(TakePlace(Path('x'))).path('00')\n"
        "try: open_takes(TakePlace(Path('x'), 's3://bucket/takes'))\n"
        "except DuoyinError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "duoyin[cluster]" in told and "s3://bucket/takes" in told
