"""A book whose takes are kept in an object store is the book of a folder, to the byte, also after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.making import speaking
from flows.making.audiobook import make
from flows.making.producing import produce
from flows.workspace.project import files_of
from tests.stores import some_bucket
from tts_core.take_stores import open_takes
from tts_core.takes import TakePlace

ENGINE = "tests.engines:KilledAfterPutEngine"

BOOK = "\n\n".join(
    f"Chapter {chapter}\n\n" + "\n\n".join(f"This is line {line} of chapter {chapter}." for line in range(12))
    for chapter in range(1, 4)
)


def made(folder: Path, settings: str) -> dict[str, bytes]:
    """What a book's run delivers, by name."""
    folder.mkdir(parents=True)
    (folder / "book.txt").write_text(BOOK, encoding="utf-8")
    options = f"engine_options: {{killed: {folder / 'killed'}}}\n"
    common = f"source: book.txt\nengine: {ENGINE}\nworkers: 1\nproof: 'off'\n"
    (folder / "project.yaml").write_text(common + options + settings, encoding="utf-8")
    delivery = produce("audiobook", make, folder, {}, speak=speaking.speak, step=speaking.step)
    return {delivery.path.name: delivery.path.read_bytes()}


@pytest.mark.slow
def test_a_book_over_an_object_store_is_the_book_of_a_folder_also_after_a_kill(tmp_path: Path) -> None:
    with some_bucket() as url:
        from tts_core.object_takes import put_files

        there = made(tmp_path / "there" / "book", f"takes: {url}/a-book\ndeliver: {url}/finished/\n")
        assert (tmp_path / "there" / "book" / "killed").is_file(), "a writer was killed after its put"
        stored = open_takes(TakePlace(tmp_path / "reader", f"{url}/a-book"))
        keys = set(stored.keys())
        handed = f"{url}/finished/book"
        files = files_of(next((tmp_path / "there" / "book" / "output").glob("*.m4b")))
        assert len(files) == 4, "the book, its report as facts and as a page, its provenance"
        assert put_files(handed, files) == [], "all of it is there already"
    here = made(tmp_path / "here" / "book", "")
    assert there == here and there
    folder = tmp_path / "here" / "book" / "takes"
    assert keys == {file.stem for file in folder.glob("??/*.flac")}
    assert not (tmp_path / "here" / "book" / "killed").exists()
