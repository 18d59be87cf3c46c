"""The project workspace: `project.yaml`, and the folder where everything of one production lives.

project.yaml     what is to be made (only what differs from the documented defaults)
script.jsonl     one record a line of the book; edit it, edits survive
cast.yaml        who speaks, in which voice; edit it too
lexicon.txt      pronunciations
takes/           sound of lines, under content keys
ledger.sqlite    takes, choices, usage
output/          finished files and their reports
.duoyin/         what can be made again: chapter sound, encoded chapters, the lock
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from normalizers import DuoyinError
from tts_core.files import atomic_path
from tts_core.takes import TakeStore

SETTINGS_FILE = "project.yaml"
CHAPTER_RANGE = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


M4B_SUFFIXES = (".m4b", ".m4a", ".mp4")
FILE_SUFFIX = re.compile(r"\.[A-Za-z]\w{1,4}")
"""What says the kind of a file; the 5 of `Volume 1.5` does not."""


class Reading(_Strict):
    """What of the source is read aloud."""

    notes: Literal["skip", "paragraph", "chapter"] = "skip"
    images: bool = False
    skip: tuple[str, ...] = ()
    page_numbers: bool = False
    front_matter: bool = False
    contents: bool = False
    nonlinear: bool = False
    announce: bool = True

    @field_validator("skip", mode="before")
    @classmethod
    def _one_selector(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class Pauses(_Strict):
    """Silences in seconds."""

    paragraph: float = Field(0.55, ge=0, le=10)
    quote: float = Field(0.25, ge=0, le=10)
    verse: float = Field(0.30, ge=0, le=10)
    scene: float = Field(1.6, ge=0, le=30)
    heading: float = Field(1.2, ge=0, le=30)
    head: float = Field(0.75, ge=0, le=30)
    tail: float = Field(2.0, ge=0, le=30)


class LanguageModel(_Strict):
    """An OpenAI-compatible endpoint that labels doubtful speakers; it never writes book text.

    `key_variable` names the environment variable that holds the key, so that no key stands in a file.
    """

    url: str
    model: str
    key_variable: str = "DUOYIN_LANGUAGE_MODEL_KEY"
    timeout_seconds: float = Field(120.0, gt=0, le=3600)
    margin: float = Field(0.75, ge=0, le=1)


class Settings(_Strict):
    """`project.yaml` as data; every field is documented in `flows/project.yaml`."""

    source: str | None = None
    title: str | None = None
    authors: tuple[str, ...] | None = None
    narrator_credit: str | None = None
    language: Literal["auto", "zh", "en"] = "auto"
    chapters: str | None = Field(None, pattern=rf"^{CHAPTER_RANGE.pattern}$")
    series: str | None = None
    reading: Reading = Reading()
    lexicon: str = "lexicon.txt"
    engine: str = "kokoro"
    engine_options: dict[str, Any] = Field(default_factory=dict)
    engines: dict[str, dict[str, Any]] = Field(default_factory=dict)
    voice: str | None = None
    single_voice: bool = False
    language_model: LanguageModel | None = None
    speed: float = Field(1.0, ge=0.6, le=1.3)
    pauses: Pauses = Pauses()
    profile: Literal["audiobook", "acx", "podcast", "ebu-r128"] = "audiobook"
    format: Literal["m4b", "mp3", "opus", "flac"] = "m4b"
    output: str | None = None
    ready: bool = False
    workers: int | None = Field(None, ge=1, le=256)


@dataclass(frozen=True, slots=True)
class Project:
    """An opened workspace folder."""

    folder: Path
    settings: Settings

    @property
    def source(self) -> Path:
        if not self.settings.source:
            raise DuoyinError(
                "no source is named",
                where=str(self.folder / SETTINGS_FILE),
                hint="Add a line `source: BOOK.epub`, a path relative to this folder.",
            )
        return (self.folder / self.settings.source).resolve()

    @property
    def existing_source(self) -> Path:
        """The source, which must be there. Raises `DuoyinError` that says which file names it."""
        source = self.source
        if not source.is_file():
            raise DuoyinError(
                f"the source of this project is not there: {source}",
                where=str(self.folder / SETTINGS_FILE),
                hint="Put the file back, or change `source` (a path relative to the project folder).",
            )
        return source

    @property
    def script_file(self) -> Path:
        return self.folder / "script.jsonl"

    @property
    def cast_file(self) -> Path:
        return self.folder / "cast.yaml"

    @property
    def ledger_file(self) -> Path:
        return self.folder / "ledger.sqlite"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.folder / ".duoyin"

    @property
    def output_folder(self) -> Path:
        return self.folder / "output"

    @property
    def lexicon_file(self) -> Path:
        return self.folder / self.settings.lexicon

    @property
    def series_folder(self) -> Path | None:
        return (self.folder / self.settings.series).resolve() if self.settings.series else None

    @property
    def takes(self) -> TakeStore:
        return TakeStore(self.folder / "takes")

    def output(self, title: str) -> Path:
        """Where the finished file goes, or the folder of the files of its chapters.

        A folder that is there gets the file; a name without a suffix gets its own.

        Raises:
            DuoyinError: the name says another kind of file than is made.
        """
        kind = self.settings.format
        name = f"{file_name(title)}.{kind}" if kind == "m4b" else file_name(title)
        if not self.settings.output:
            return self.output_folder / name
        out = (self.folder / self.settings.output).resolve()
        if kind != "m4b":
            return out.with_suffix("") if out.suffix.lower() == f".{kind}" else out
        if out.is_dir():
            return out / name
        if out.suffix.lower() in M4B_SUFFIXES:
            return out
        if FILE_SUFFIX.fullmatch(out.suffix):
            raise DuoyinError(
                f"the finished file is an M4B, and {out.name} is named otherwise",
                where=str(out),
                hint="Name it .m4b; `--format mp3`, `opus` or `flac` makes one file a chapter, in a folder.",
            )
        return out.with_name(f"{out.name}.m4b")


def open_project(folder: Path, overrides: Mapping[str, Any] | None = None) -> Project:
    """Open a project folder; `overrides` (from the command line or a deployment) win over its file.

    Raises `DuoyinError` that names file and line for what is wrong in project.yaml.
    """
    folder = folder.resolve()
    file = folder / SETTINGS_FILE
    if not folder.is_dir():
        raise DuoyinError(
            "there is no such project folder",
            where=str(folder),
            hint="Run `duoyin audiobook BOOK.epub` to make one.",
        )
    if not file.is_file():
        raise DuoyinError(
            f"this folder has no {SETTINGS_FILE}",
            where=str(folder),
            hint="Run `duoyin audiobook BOOK.epub` to make a project.",
        )
    data = _read_yaml(file)
    merged: dict[str, Any] = {**data, **{k: v for k, v in (overrides or {}).items() if v is not None}}
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        raise _explain(error, file, data, merged) from error
    return Project(folder, settings)


def create_project(
    source: Path, folder: Path | None = None, overrides: Mapping[str, Any] | None = None
) -> Project:
    """Open the project of a book, making its folder if need be.

    The folder is `folder`, else `<book>.duoyin` beside the book, else (where that place cannot be written)
    `projects/<book>` below the current folder.
    """
    source = source.resolve()
    if not source.is_file():
        raise DuoyinError("there is no such file", where=str(source), hint="Check the path of the book.")
    if folder is None:
        beside = source.with_name(f"{source.stem}.duoyin")
        folder = (
            beside if beside.is_dir() or os.access(source.parent, os.W_OK) else Path("projects") / source.stem
        )
    folder = folder.resolve()
    file = folder / SETTINGS_FILE
    if not file.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with atomic_path(file) as temporary:
                temporary.write_text(_new_settings(source, folder), encoding="utf-8")
        except OSError as error:
            raise DuoyinError(
                f"cannot make the project folder ({error.strerror or error})",
                where=str(folder),
                hint="Name another place with --project DIR.",
            ) from error
    project = open_project(folder, overrides)
    if project.settings.source is None:
        relative = os.path.relpath(source, folder)
        project = Project(folder, project.settings.model_copy(update={"source": relative}))
    elif project.source != source and not _same_file(project.source, source):
        raise DuoyinError(
            f"this project is of another book ({project.settings.source})",
            where=str(file),
            hint="Name another folder with --project DIR, or change `source` there.",
        )
    return project


@contextlib.contextmanager
def locked(project: Project) -> Iterator[None]:
    """Hold the project: one run at a time. The lock ends with the process, however that ends."""
    import fcntl

    try:
        project.cache.mkdir(parents=True, exist_ok=True)
        handle = (project.cache / "lock").open("a+")
    except OSError as error:
        raise DuoyinError(
            f"the project folder cannot be written ({error.strerror or error})",
            where=str(project.folder),
            hint="Make it writable, or name another place with --project DIR.",
        ) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DuoyinError(
                "another run is working on this project",
                where=str(project.folder),
                hint="Wait for it, or stop it first.",
            ) from error
        yield


def defaults_text() -> str:
    """The documented defaults, as shipped."""
    return resources.files("flows").joinpath(SETTINGS_FILE).read_text(encoding="utf-8")


def file_name(title: str) -> str:
    """A title as a file name that every common file system takes."""
    name = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", title)
    name = re.sub(r"\s+", " ", name).strip(" .")
    encoded = name.encode("utf-8", "ignore")[:180]
    return encoded.decode("utf-8", "ignore").strip(" .") or "untitled"


def parse_chapters(selection: str | None, count: int) -> tuple[int, ...]:
    """Chapter numbers (from 1) of a selection such as `1-3,5`, as indices from 0, in order.

    Raises `DuoyinError` for a malformed selection or a chapter that is not there.
    """
    if selection is None:
        return tuple(range(count))
    if not CHAPTER_RANGE.fullmatch(selection):
        raise DuoyinError(
            f"“{selection}” names no chapters", hint="Write them as 1-3,5 (see `duoyin inspect`)."
        )
    wanted: set[int] = set()
    for part in selection.split(","):
        first, _, last = part.partition("-")
        low, high = int(first), int(last or first)
        if low < 1 or high > count or low > high:
            raise DuoyinError(
                f"chapters {part} are asked for, but the book has chapters 1 to {count}",
                hint="`duoyin inspect FILE` lists them.",
            )
        wanted.update(range(low - 1, high))
    return tuple(sorted(wanted))


def _new_settings(source: Path, folder: Path) -> str:
    yaml = YAML()
    data = CommentedMap({"source": os.path.relpath(source, folder)})
    data.yaml_set_start_comment(
        "A Duoyin project. Every setting and its default: docs/reference/project.md\n"
    )
    from io import StringIO

    text = StringIO()
    yaml.dump(data, text)
    return text.getvalue()


def _same_file(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _read_yaml(file: Path) -> CommentedMap:
    try:
        data = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DuoyinError(
            f"this is not YAML: {error.problem}", where=f"{file}, line {line}", hint="Mend that line."
        ) from error
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        raise DuoyinError(
            f"cannot be read ({error})", where=str(file), hint="Save it as UTF-8 YAML."
        ) from error
    if data is None:
        return CommentedMap()
    if not isinstance(data, CommentedMap):
        raise DuoyinError(
            "settings are written as `name: value`",
            where=f"{file}, line 1",
            hint="See docs/reference/project.md.",
        )
    return data


def _explain(
    error: ValidationError, file: Path, data: CommentedMap, merged: Mapping[str, Any]
) -> DuoyinError:
    """The first thing wrong, with its line and what is allowed."""
    problem = error.errors()[0]
    path = [str(part) for part in problem["loc"] if not isinstance(part, int)]
    name = ".".join(path)
    line = _line_of(data, path)
    in_file = path and path[0] in data and data[path[0]] == merged.get(path[0])
    where = f"{file}, line {line}" if in_file and line else f"setting {name}"
    if problem["type"] == "extra_forbidden":
        nested = {
            "reading": Reading.model_fields,
            "pauses": Pauses.model_fields,
            "language_model": LanguageModel.model_fields,
        }
        fields = nested.get(path[0], Settings.model_fields) if len(path) > 1 else Settings.model_fields
        allowed = ", ".join(fields)
        return DuoyinError(f"there is no setting “{name}”", where=where, hint=f"Allowed: {allowed}.")
    what = problem["msg"][0].lower() + problem["msg"][1:]
    if name == "chapters":
        what = "chapters are written as 1-3,5"
    # a value of the command line has no line in a file, and its place says its name already
    what = what if where.startswith("setting ") or name == "chapters" else f"{name}: {what}"
    return DuoyinError(
        f"{what} (found {problem['input']!r})", where=where, hint="See docs/reference/project.md."
    )


def _line_of(data: CommentedMap, path: list[str]) -> int | None:
    line: int | None = None
    node: Any = data
    for part in path:
        if not isinstance(node, CommentedMap) or part not in node:
            break
        line = node.lc.key(part)[0] + 1
        node = node[part]
    return line
