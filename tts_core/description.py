"""What the house must know of an engine before it loads it: one record, given by the engine's own package.

Reading a description imports no model library, so every command may look at all of them.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TextCode:
    """The code and tables that decide how an engine reads a text.

    Args:
        packages: packages and modules; every file in them counts, by content.
        distributions: installed packages that count by their version.
    """

    packages: tuple[str, ...]
    distributions: tuple[str, ...] = ()

    def digest(self) -> str:
        """Hex SHA-256 over all of it: another digest, and every line is read again."""
        return _text_code_digest(self.packages, self.distributions)


@dataclass(frozen=True, slots=True)
class EngineDescription:
    """An engine as the rest of the house sees it.

    Args:
        name: as projects write it. factory: `module:Class`.
        extra: the extra of Duoyin that installs what it needs; '' where the default install holds it.
        languages: codes it speaks, where it is known before it is loaded.
        batches: whether one process speaks many lines at once and uses every core; else a process a core.
        window: lines that it looks at together on a GPU, at most; 0: it takes one after another.
        device: whether it takes the option `device`, and can speak on a GPU.
        environment: of its processes; `{cores}` stands for their number.
        tempo: (lowest, highest) speed at which it stays as intelligible as at 1.
        edge_seconds: quiet that a take has around its speech, both ends together.
        draws: whether it draws at random, so that another take may differ in anything. Else takes of a line differ only
            in how the same sounds are timed and coloured, and what is read wrongly stays wrong.
        models: names of the model store that it cannot speak without.
        text: what decides its readings; None: they are never kept, and made anew for each plan.
        speech: whether its takes are words that somebody can listen for.
        baseline: whether it is here to be compared with, and not to be preferred for anything.
    """

    name: str
    factory: str
    extra: str = ""
    languages: tuple[str, ...] = ()
    batches: bool = False
    window: int = 0
    device: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    tempo: tuple[float, float] = (0.78, 1.30)
    edge_seconds: float = 0.16
    draws: bool = False
    models: tuple[str, ...] = ()
    text: TextCode | None = None
    speech: bool = True
    baseline: bool = False

    @property
    def install(self) -> str:
        """How to get what it needs."""
        return f"pip install 'duoyin[{self.extra}]'" if self.extra else "pip install duoyin"


@cache
def _text_code_digest(packages: tuple[str, ...], distributions: tuple[str, ...]) -> str:
    content = hashlib.sha256()
    for name in packages:
        for path in _files(name):
            content.update(f"{name}/{path.name}\0".encode())
            content.update(hashlib.sha256(path.read_bytes()).digest())
    for name in distributions:
        content.update(f"{name} {_version(name)}\0".encode())
    return content.hexdigest()


def _files(name: str) -> list[Path]:
    """Every file of a package or module, but for compiled ones, in order."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"there is no module {name}", name=name)
    origin = Path(spec.origin)
    if spec.submodule_search_locations is None:
        return [origin]
    return sorted(
        path
        for path in origin.parent.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
    )


def _version(distribution: str) -> str:
    from importlib import metadata  # with the reader of e-mail

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
