"""Takes in an object store (S3 and what speaks its language), for speakers on several hosts.

A take is put only where its key is free (`If-None-Match: *`), so the first writer wins here as it does in a
folder; whether a server keeps that promise is what `duoyin doctor PROJECT` tries (`tts_core.take_race`). What is
read is copied into a folder once. Address and keys of the server come from its own environment variables
(`AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, …): none stands in a project's files.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

import obstore
import soundfile
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    InvalidPathError,
    NotSupportedError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)
from obstore.store import from_url

from normalizers import DuoyinError
from tts_core.engine import Take
from tts_core.files import CannotWrite, NameTaken, first_path
from tts_core.takes import CorruptTake, FolderTakes, TakeInfo, TakePlace, corrupt, encode, file_of, header

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

T = TypeVar("T")

AT_ONCE = 32
"""Questions to the server, and downloads, under way at once."""

PATIENCE_SECONDS = 300.0
"""How long a server that fails or does not answer is asked again."""

FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 30.0
"""Between two tries the wait doubles, from the first to the longest, less up to half of it by chance."""

_ONCE: RetryConfig = {"max_retries": 0, "retry_timeout": timedelta(0)}
"""The library tries nothing again by itself: it would not tell, and cannot be told when to give up."""

_REFUSED = (
    InvalidPathError,
    NotSupportedError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)
"""Answers that no patience changes."""


class ObjectTakes:
    """Takes in an object store, with a folder of copies.

    Args:
        place: `url` names the store: `s3://bucket/prefix`, also `gs://`, `az://`, `file:///folder`.
        patience: seconds for which a failing server is asked again.

    Raises:
        DuoyinError: an address that no store has.
    """

    writers = 4

    def __init__(self, place: TakePlace, *, patience: float = PATIENCE_SECONDS) -> None:
        self.place = place
        self._patience = patience
        self._copies = FolderTakes(place.folder)
        self._store = _opened(place.url)

    @property
    def root(self) -> Path:
        return self._copies.root

    def path(self, key: str) -> Path:
        return self._copies.path(key)

    def has(self, key: str) -> bool:
        return self._copies.has(key) or self._is_stored(key)

    def present(self, keys: Iterable[str]) -> set[str]:
        wanted = set(keys)
        return self._asked(wanted, self._copies.present(wanted))

    def usable(self, keys: Iterable[str]) -> set[str]:
        """A copy with a broken header is set aside; what is only in the store is there whole or not at all."""
        wanted = set(keys)
        return self._asked(wanted, self._copies.usable(wanted))

    def _asked(self, wanted: set[str], here: set[str]) -> set[str]:
        elsewhere = sorted(wanted - here)
        return here | {key for key, there in zip(elsewhere, _at_once(self._is_stored, elsewhere)) if there}

    def _is_stored(self, key: str) -> bool:
        try:
            self._patiently(lambda: obstore.head(self._store, file_of(key)))
        except FileNotFoundError:
            return False
        return True

    def fetch(self, keys: Iterable[str]) -> None:
        wanted = sorted({key for key in keys if not self._copies.has(key)})
        _at_once(self._copied, wanted)

    def write(self, key: str, take: Take) -> TakeInfo:
        sound = io.BytesIO()
        info = encode(key, take, sound)
        data = sound.getvalue()
        try:
            self._patiently(lambda: obstore.put(self._store, file_of(key), data, mode="create"))
        except AlreadyExistsError:
            return self._stored_first(key, take)
        if self.place.copies:
            self._keep(key, data)
        return info

    def _stored_first(self, key: str, take: Take) -> TakeInfo:
        """What another stored, or this one where the answer got lost; where that is broken, ours takes its place."""
        try:
            data = self._download(key)
            info = _info(key, data, self._where(key))
        except FileNotFoundError:  # deleted meanwhile
            return self.write(key, take)
        except CorruptTake:
            self.delete(key)
            return self.write(key, take)
        if self.place.copies:
            self._keep(key, data)
        return info

    def info(self, key: str) -> TakeInfo:
        self._copied(key)
        return self._copies.info(key)

    def read(self, key: str) -> Take:
        self._copied(key)
        return self._copies.read(key)

    def set_aside(self, key: str) -> Path:
        """The copy goes aside; what is stored goes, too, where it is the same bytes."""
        path = self.path(key)
        if path.is_file():
            with contextlib.suppress(FileNotFoundError):
                if self._download(key) == path.read_bytes():
                    self._patiently(lambda: obstore.delete(self._store, file_of(key)))
        return self._copies.set_aside(key)

    def delete(self, key: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._patiently(lambda: obstore.delete(self._store, file_of(key)))
        self._copies.delete(key)

    def keys(self) -> Iterator[str]:
        for found in self._patiently(lambda: [each for part in obstore.list(self._store) for each in part]):
            path = PurePosixPath(found["path"])
            if path.suffix == FolderTakes.SUFFIX:
                yield path.stem

    def _copied(self, key: str) -> None:
        """Have a take that is stored in the folder of copies."""
        if not self._copies.has(key):
            with contextlib.suppress(FileNotFoundError):
                self._keep(key, self._download(key))

    def _download(self, key: str) -> bytes:
        """The bytes that are stored. Raises `FileNotFoundError`."""
        return self._patiently(lambda: bytes(obstore.get(self._store, file_of(key)).bytes()))

    def _keep(self, key: str, data: bytes) -> None:
        try:
            with contextlib.suppress(NameTaken), first_path(self.path(key)) as partial:
                partial.write_bytes(data)
        except CannotWrite as error:
            raise DuoyinError(
                f"cannot keep a copy of a take ({error.reason})",
                where=str(self.root),
                hint="Free some disk space or make the folder writable, then run again: finished lines are kept.",
            ) from error

    def _patiently(self, act: Callable[[], T]) -> T:
        """A put whose answer got lost is put again, and finds its own take there: that is what is stored."""
        return _patiently(act, self.place.url, self._patience)

    def _where(self, key: str) -> str:
        return f"{self.place.url}/{file_of(key)}"


def put_files(url: str, files: Mapping[str, Path], *, patience: float = PATIENCE_SECONDS) -> list[str]:
    """Copy files into an object store, in order, over what has their names there; one that is there as it is stays: of
    the same size, and put there since the second in which the file was written (servers tell no less).

    Args:
        url: the store and a prefix, as for takes. files: by name below it.
        patience: seconds for which a failing server is asked again.

    Returns:
        The names of those that were copied.

    Raises:
        DuoyinError: an address that no store has; the server refuses, or does not answer for too long.
    """
    store = _opened(url)

    def put(name: str, file: Path) -> bool:
        try:
            there = obstore.head(store, name)
            now = file.stat()
            if there["size"] == now.st_size and there["last_modified"].timestamp() >= int(now.st_mtime):
                return False
        except FileNotFoundError:
            pass  # it is new
        obstore.put(store, name, file)
        return True

    return [name for name, file in files.items() if _patiently(partial(put, name, file), url, patience)]


def _patiently(act: Callable[[], T], url: str, patience: float) -> T:
    """Do what asks a server; where it fails for a while, again and again.

    Raises:
        FileNotFoundError, AlreadyExistsError: its answer. DuoyinError: it refuses, or fails for too long.
    """
    began, wait = time.monotonic(), FIRST_WAIT_SECONDS
    while True:
        try:
            return act()
        except AlreadyExistsError:
            raise
        except _REFUSED as error:
            raise _problem("refuses", url, error) from error
        except BaseError as error:
            if time.monotonic() - began + wait > patience:
                raise _problem("does not answer", url, error) from error
        time.sleep(wait * random.uniform(0.5, 1.0))
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)


def _problem(what: str, url: str, error: Exception) -> DuoyinError:
    return DuoyinError(
        f"the object store {what}: {_reason(error)}",
        where=url,
        hint="Is the server up, and are its address and keys set on every host (AWS_ENDPOINT_URL, "
        "AWS_ACCESS_KEY_ID, …)? Run again then: what is stored is kept.",
    )


def _opened(url: str) -> ObjectStore:
    try:
        if url.startswith("file:"):
            return from_url(url, mkdir=True)
        plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
        options: ClientConfig = {"allow_http": plain, "timeout": "60s", "connect_timeout": "5s"}
        return from_url(url, client_options=options, retry_config=_ONCE)
    except (BaseError, ValueError) as error:
        raise DuoyinError(
            f"this is no object store: {_reason(error)}",
            where=url,
            hint="Write a folder, or a bucket and a prefix: s3://bucket/takes.",
        ) from error


def _at_once(act: Callable[[str], T], keys: list[str]) -> list[T]:
    """What `act` answers for each key, many asked at a time."""
    if not keys:
        return []
    with ThreadPoolExecutor(min(AT_ONCE, len(keys)), thread_name_prefix="takes") as threads:
        return list(threads.map(act, keys))


def _info(key: str, data: bytes, where: str) -> TakeInfo:
    """What the record in a take's bytes says. Raises `CorruptTake`."""
    try:
        file = soundfile.SoundFile(io.BytesIO(data))
    except soundfile.LibsndfileError as error:
        raise corrupt("it is not a readable FLAC file", where) from error
    with file:
        return header(key, file, where)[0]


def _reason(error: Exception) -> str:
    """The first line of an error's words; the library's own go on with its insides."""
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
