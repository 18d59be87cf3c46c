"""Files that are whole or not there: written beside, flushed to the disk, renamed; and what names and digests files."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from normalizers.errors import DuoyinError

# Part of the names of half-written files: only this machine can tell whether their writer still lives.
_HOST = re.sub(r"[^A-Za-z0-9]", "", platform.node())[:20] or "host"
_numbers = itertools.count()

_DIGEST_BYTES = 32
"""Of the SHA-256 before what is kept."""

STALE_SECONDS = 86_400
"""A half-written file of another machine that nobody has touched for a day is taken for one of a killed writer."""

_WRITER = re.compile(r"(?P<process>\d+)-(?P<began>\d+)-\d+\.partial")
"""Who writes a half-written file, at the end of its name: numbers of processes come round, so when it began, too."""

_NO_LINKS = frozenset((errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV))
"""What file systems answer that know no hard links."""

Claim = Callable[[Path, Path], None]
"""Asked with a finished file and the name it is about to take; what it raises keeps what is there."""


class NameTaken(Exception):
    """Another writer's file has the name already."""


class CannotWrite(DuoyinError):
    """A file that could not be written: a folder that takes no files, a full disk."""

    @property
    def reason(self) -> str:
        """What the system says, for a message with the caller's own words."""
        return str(getattr(self.__cause__, "strerror", None) or self.__cause__)


@contextlib.contextmanager
def atomic_path(path: Path, claim: Claim | None = None) -> Iterator[Path]:
    """A name beside `path` to write to, which becomes `path` (fsync, rename) when the block ends well.

    After a crash `path` is the old file or the new one, whole; what killed runs left half-written in its folder is
    swept away. Its folder is made where it is missing.

    Args:
        claim: asked before the new file takes its name.

    Raises:
        CannotWrite: a folder that cannot be written, a full disk.
    """

    def rename(partial: Path) -> None:
        if claim is not None:
            claim(partial, path)
        partial.replace(path)

    with _placed(path, rename) as partial:
        yield partial


@contextlib.contextmanager
def first_path(path: Path) -> Iterator[Path]:
    """As `atomic_path`, but a file that has the name already stays, whoever wrote it and however late it came.

    A file system without hard links (FAT, some network disks) cannot promise that for two writers in one instant.

    Raises:
        CannotWrite: as `atomic_path`.
        NameTaken: another writer was first.
    """
    with _placed(path, lambda partial: _link(partial, path)) as partial:
        yield partial


def _link(partial: Path, path: Path) -> None:
    """Give a finished file its name where nobody else's has it. Raises `NameTaken`."""
    try:
        os.link(partial, path)
    except FileExistsError as error:
        # over NFS the answer of a link that was made can get lost, and the link be asked for again
        if not partial.samefile(path):
            raise NameTaken(str(path)) from error
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():
            raise NameTaken(str(path)) from error
        partial.replace(path)


@contextlib.contextmanager
def _placed(path: Path, place: Callable[[Path], None]) -> Iterator[Path]:
    """A name beside `path` to write to; flushed to the disk and handed to `place` when the block ends well."""
    partial = partial_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        place(partial)
    except OSError as error:
        raise CannotWrite(
            f"cannot write ({error.strerror or error})",
            where=str(path),
            hint="is the folder writable, and is there room on the disk?",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def partial_name(path: Path, process: int | None = None) -> Path:
    """The name under which a process (this one) writes what is to become `path`."""
    writer = os.getpid() if process is None else process
    who = f"{_HOST}-{writer}-{_began(writer) or 0}-{next(_numbers)}"
    return path.with_name(f".{path.name[:40]}.{who}.partial")


@contextlib.contextmanager
def scratch_folder(inside: Path | None = None) -> Iterator[Path]:
    """An empty folder for the block. What killed processes left of theirs is swept away.

    Args:
        inside: the folder that holds it; the system's for temporary files when not given.

    Raises:
        CannotWrite: it cannot be made.
    """
    parent = inside if inside is not None else Path(tempfile.gettempdir())
    with contextlib.suppress(OSError):  # a folder shared with others holds what is not ours
        sweep(parent)
    folder = partial_name(parent / "duoyin")
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise CannotWrite(
            f"cannot make a temporary folder ({error.strerror or error})",
            where=str(parent),
            hint="is there room on that disk? TMPDIR names another place",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a small file: a reader sees the old one or the new one. Raises `CannotWrite`."""
    with atomic_path(path) as partial:
        partial.write_bytes(data)


def cache_folder() -> Path:
    """`duoyin` in the platform's folder for what can be made again."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "duoyin"


def kept(path: Path) -> bytes | None:
    """What `keep` wrote there; None where there is nothing, or not all of it."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    digest, content = whole[:_DIGEST_BYTES], whole[_DIGEST_BYTES:]
    return content if content and hashlib.sha256(content).digest() == digest else None


def keep(path: Path, content: bytes) -> None:
    """Keep what can be made again, with its digest. Where nothing can be written it is made again next time."""
    with contextlib.suppress(DuoyinError), atomic_path(path) as partial:
        partial.write_bytes(hashlib.sha256(content).digest() + content)


def file_digest(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, streaming. Raises `OSError` where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_name(title: str, *, instead: str = " ", most_bytes: int = 180) -> str:
    """A title as a file name without a suffix that every common file system takes.

    Args:
        instead: stands for a character that cannot be in a file's name.
        most_bytes: of UTF-8; what is longer is cut.
    """
    name = "".join(instead if c in '<>:"/\\|?*' or not c.isprintable() else c for c in title)
    name = re.sub(r"\s+", " ", name).strip(" .")
    encoded = name.encode("utf-8", "ignore")[:most_bytes]
    return encoded.decode("utf-8", "ignore").strip(" .") or "untitled"


def sweep(folder: Path) -> None:
    """Remove what killed runs left half-written: a book's worth may lie there. Of this machine it is what no living
    process writes; of others, on a disk that is shared, a file that nobody touches any more."""
    ours = f".{_HOST}-"
    for partial in folder.glob(".*.partial"):
        writer = _WRITER.fullmatch(partial.name.rpartition(ours)[2]) if ours in partial.name else None
        if writer is not None:
            if _lives(int(writer["process"]), int(writer["began"])):
                continue
            if partial.is_dir() and not partial.is_symlink():
                shutil.rmtree(partial, ignore_errors=True)
            else:
                partial.unlink(missing_ok=True)
        elif _stale(partial):
            partial.unlink(missing_ok=True)


def _stale(partial: Path) -> bool:
    try:
        return partial.is_file() and time.time() - partial.stat().st_mtime > STALE_SECONDS
    except OSError:  # its writer was faster
        return False


def _lives(process: int, began: int) -> bool:
    """Whether a process lives that began then; 0: that is not known."""
    now = _began(process)
    return now is not None and (began == now or not began or not now)


def _began(process: int) -> int | None:
    """When a process began, as a number that it keeps: ticks since the machine's start where the system tells them, so
    that no jump of the clock changes it, else milliseconds of the clock. None: it does not live; 0: it is not told."""
    try:
        told = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
        return None if told[0] in b"ZX" else int(told[19])  # ended, and its parent has not asked how
    except OSError:
        import psutil  # seldom needed, and not for free at the start of a command

        try:
            return int(psutil.Process(process).create_time() * 1000)
        except psutil.NoSuchProcess:
            return None
        except (psutil.Error, OSError):
            return 0
