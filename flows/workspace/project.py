"""The project workspace: `project.yaml`, and the folder where everything of one production lives.

project.yaml     what is to be made (only what differs from the documented defaults)
dub.yaml         the same for what only a dub has
script.jsonl     one record a line of the book; edit it, edits survive
series.yaml      (in the folder of a series) what its books share of it
cast.yaml        who speaks, in which voice; edit it too
lexicon.txt      pronunciations
alternatives.yaml  shorter wordings for lines of a dub that do not fit
takes/           sound of lines, under content keys
ledger.sqlite    takes, choices, the log of synthesis
studio.sqlite    edits made in the studio, for undo, and what a person has looked at
output/          finished files and their reports
.duoyin/         what can be made again: readings, chapter sound, encoded chapters, what is heard where in
                 the finished files, plans, a language model's replies

`Project` names every path of the folder; nothing else does.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from flows.workspace.exports import EXPORTS
from flows.workspace.settings import (
    PATHS,
    RUN_OPTIONS,
    SETTINGS_FILES,
    DubSettings,
    OwnRules,
    Settings,
    StrictModel,
)
from normalizers import DuoyinError
from tts_core import yamlfile
from tts_core.files import CannotWrite, file_name, write_atomically
from tts_core.locks import file_lock
from tts_core.take_stores import open_takes
from tts_core.takes import TakePlace, TakeStore

SETTINGS_FILE = SETTINGS_FILES[Settings]
LEDGER_FILE = "ledger.sqlite"
PROVENANCE = ".provenance.json"
"""What the name of a provenance record ends in."""
FILE_SUFFIX = re.compile(r"\.[A-Za-z]\w{1,4}")
"""What says the kind of a file; the 5 of `Volume 1.5` does not."""

MOMENTARY = ("source", "output", "chapters", "workers")
"""Run options that a project does not keep: they are of one run, or of one machine."""

_Model = TypeVar("_Model", bound=StrictModel)


@dataclass(frozen=True, slots=True)
class Project:
    """An opened workspace folder.

    Args:
        folder: absolute.
        settings: project.yaml with what this run changes of it.
        dub: dub.yaml likewise; its defaults where there is none.
        of_series: the rules for the text that the series has.
        given: what this run changes of the settings, by their model.
    """

    folder: Path
    settings: Settings
    dub: DubSettings = field(default_factory=DubSettings)
    of_series: OwnRules = field(default_factory=OwnRules)
    given: Mapping[type[StrictModel], Mapping[str, Any]] = field(default_factory=dict)

    @property
    def settings_file(self) -> Path:
        return self.folder / SETTINGS_FILE

    @property
    def dub_file(self) -> Path:
        return self.folder / SETTINGS_FILES[DubSettings]

    @property
    def settings_files(self) -> tuple[Path, ...]:
        """What the settings were read from; a file of them that is not there may come."""
        of_series = self._of_series(SETTINGS_FILES[OwnRules])
        return self.settings_file, self.dub_file, *([of_series] if of_series is not None else [])

    @property
    def source(self) -> Path:
        if not self.settings.source:
            raise DuoyinError(
                "no source is named",
                where=str(self.settings_file),
                hint="Add a line `source: BOOK.epub`, a path relative to this folder.",
            )
        return self.path(self.settings.source)

    @property
    def existing_source(self) -> Path:
        """The source, which must be there. Raises `DuoyinError` that says which file names it."""
        source = self.source
        if not source.is_file():
            raise DuoyinError(
                f"the source of this project is not there: {source}",
                where=str(self.settings_file),
                hint="Put the file back, or change `source` (a path relative to the project folder).",
            )
        return source

    def path(self, setting: str) -> Path:
        """A path that a setting gives, relative to this folder; `~` is the home folder."""
        return (self.folder / Path(setting).expanduser()).resolve()

    def typed(self, path: Path | None = None) -> str:
        """This folder, or a file, as it is typed in a shell in the folder that holds this one: so a report names it."""
        return shlex.quote(Path(os.path.relpath(path or self.folder, self.folder.parent)).as_posix())

    # -- what people edit --------------------------------------------------------------------------

    @property
    def script_file(self) -> Path:
        return self.folder / "script.jsonl"

    @property
    def cast_file(self) -> Path:
        return self.folder / "cast.yaml"

    @property
    def lexicon_file(self) -> Path:
        return self.folder / self.settings.lexicon

    @property
    def alternatives_file(self) -> Path:
        """Shorter wordings for lines of a dub that do not fit."""
        return self.folder / self.dub.alternatives

    @property
    def series_cast_file(self) -> Path | None:
        return self._of_series(self.cast_file.name)

    @property
    def series_lexicon_file(self) -> Path | None:
        return self._of_series(self.settings.lexicon)

    def _of_series(self, name: str) -> Path | None:
        return self.path(self.settings.series) / name if self.settings.series else None

    # -- what is kept ------------------------------------------------------------------------------

    @property
    def ledger_file(self) -> Path:
        return self.folder / LEDGER_FILE

    @property
    def takes_folder(self) -> Path:
        """This project's own takes or, of takes in an object store, its copies."""
        return self.folder / "takes"

    @property
    def takes(self) -> TakeStore:
        """Where this project's takes are kept, as the setting `takes` says."""
        said = self.settings.takes
        if said is None:
            place = TakePlace(self.takes_folder)
        elif "://" in said:
            place = TakePlace(self.takes_folder, said)
        else:
            place = TakePlace(self.path(said))
        return open_takes(place)

    @property
    def journal_file(self) -> Path:
        """What was edited in the studio, and which lines a person has looked at."""
        return self.folder / "studio.sqlite"

    # -- what can be made again --------------------------------------------------------------------

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.folder / ".duoyin"

    @property
    def lock_file(self) -> Path:
        return self.cache / "lock"

    @property
    def script_base_file(self) -> Path:
        """The script as last generated: what differs from it was edited by a person."""
        return self.cache / "script.base.jsonl"

    @property
    def run_file(self) -> Path:
        """How far the run is that is at work, or how the last one ended, see `flows.workspace.runs`."""
        return self.cache / "run.json"

    @property
    def runs_file(self) -> Path:
        """The runs that have ended, a JSON record a line."""
        return self.cache / "runs.jsonl"

    @property
    def run_log_file(self) -> Path:
        """What the last run that the studio started has said."""
        return self.cache / "run.log"

    @property
    def readings_file(self) -> Path:
        """What the engines read in lines, by content."""
        return self.cache / "readings.sqlite"

    @property
    def chapters_folder(self) -> Path:
        """The stitched sound of chapters."""
        return self.cache / "chapters"

    @property
    def encoded_folder(self) -> Path:
        """Encoded chapters."""
        return self.cache / "encoded"

    @property
    def alignment_folder(self) -> Path:
        """What is printed, said and heard where in the finished books, see `flows.workspace.alignment`."""
        return self.cache / "alignment"

    def alignment_file(self, finished: Path) -> Path:
        """The index of the record of a finished file, or folder of files, by its name."""
        return self.alignment_folder / f"{finished.name}.json"

    def located_file(self, number: int) -> Path:
        """Where each line was found in the finished file of that number (from 0), of the format that is made."""
        return self.cache / "located" / f"{self.settings.format}-{number + 1}.json"

    @property
    def read_along_folder(self) -> Path:
        """Chapters encoded for a read-along book."""
        return self.cache / "read-along"

    @property
    def replies_folder(self) -> Path:
        """Replies of the language model, by the content of the question."""
        return self.cache / "language-model"

    @property
    def dub_folder(self) -> Path:
        """Sound files of the mixing of a dub."""
        return self.cache / "dub"

    def original_shape_file(self, content: str) -> Path:
        """How loud the original of a dub is over time, for drawings; `content` tells one original from another."""
        return self.dub_folder / f"original-{content}.shape"

    @property
    def forecast_file(self) -> Path:
        """The plan of a dub on predicted lengths."""
        return self.cache / "forecast.json"

    @property
    def timeline_file(self) -> Path:
        """The plan of a dub on the lengths of its takes."""
        return self.cache / "timeline.json"

    # -- what is delivered -------------------------------------------------------------------------

    @property
    def output_folder(self) -> Path:
        return self.folder / "output"

    @property
    def cast_page(self) -> Path:
        return self.output_folder / "cast.html"

    def audition_file(self, character: str) -> Path:
        """The audition of a character of the cast."""
        return self.output_folder / "auditions" / f"{file_name(character)}.mp3"

    @property
    def names_output(self) -> bool:
        """Whether the settings name the finished book itself, and not a folder that gets it."""
        if not self.settings.output:
            return False
        return EXPORTS[self.settings.format].is_folder or not self.path(self.settings.output).is_dir()

    def output(self, title: str) -> Path:
        """What the finished book, or the folder of its chapters' files, is called where nothing stands in the way.

        A folder that is there gets the file; a name without a suffix gets its own.

        Raises:
            DuoyinError: the name says another kind of file than is made.
        """
        export = EXPORTS[self.settings.format]
        usual = export.suffixes[0] if export.suffixes else ""
        name = f"{file_name(title)}{usual}"
        if not self.settings.output:
            return self.output_folder / name
        out = self.path(self.settings.output)
        if export.is_folder:
            return out.with_suffix("") if out.suffix.lower() == f".{export.name}" else out
        if out.is_dir():
            return out / name
        if out.suffix.lower() in export.suffixes:
            return out
        if FILE_SUFFIX.fullmatch(out.suffix):
            raise DuoyinError(
                f"the finished file is an {export.name.upper()}, and {out.name} is named otherwise",
                where=str(out),
                hint=f"Name it {usual}; other kinds are made with `--format`: {', '.join(EXPORTS)}.",
            )
        return out.with_name(f"{out.name}{usual}")


def report_file(delivered: Path) -> Path:
    """The facts of the report beside a finished file or folder of files."""
    return delivered.with_name(f"{delivered.name}.report.json")


def page_file(delivered: Path) -> Path:
    """The report as a page, beside its facts."""
    return delivered.with_name(f"{delivered.name}.report.html")


def provenance_file(delivered: Path) -> Path:
    """The provenance record beside a finished file or folder of files."""
    return delivered.with_name(f"{delivered.name}{PROVENANCE}")


def files_of(delivered: Path) -> dict[str, Path]:
    """A finished file, or the files of a folder of them, then what lies beside it under its name (reports, captions …);
    each by its name below the folder that holds it."""
    finished = sorted(delivered.rglob("*")) if delivered.is_dir() else [delivered]
    beside = [
        each for each in sorted(delivered.parent.iterdir()) if each.name.startswith(f"{delivered.stem}.")
    ]
    return {
        file.relative_to(delivered.parent).as_posix(): file for file in [*finished, *beside] if file.is_file()
    }


def open_project(
    folder: Path, options: Mapping[str, Any] | None = None, *, product: str = "audiobook"
) -> Project:
    """Open a project folder; `options` (from the command line or a deployment) win over its files.

    Args:
        options: what this run changes, by name; None as a value changes nothing.
        product: those that `RUN_OPTIONS[product]` gives to dub.yaml go there, the others to project.yaml.

    Raises:
        DuoyinError: naming file and line for what is wrong in project.yaml or dub.yaml, else the option.
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
    of_dub = {option.name for option in RUN_OPTIONS[product] if option.settings is DubSettings}
    changed = {name: value for name, value in (options or {}).items() if value is not None}
    given: dict[type[StrictModel], dict[str, Any]] = {Settings: {}, DubSettings: {}}
    for name, value in changed.items():
        given[DubSettings if name in of_dub else Settings][name] = value
    project = Project(
        folder,
        _load(Settings, folder, given[Settings]),
        _load(DubSettings, folder, given[DubSettings]),
        given=given,
    )
    if not project.settings.series:
        return project
    return replace(project, of_series=_load(OwnRules, project.path(project.settings.series), {}))


@contextlib.contextmanager
def open_locked(
    folder: Path, options: Mapping[str, Any] | None = None, *, product: str = "audiobook"
) -> Iterator[Project]:
    """Open a project as `open_project` does and hold it for the block."""
    project = open_project(folder, options, product=product)
    with locked(project):
        yield project


def create_project(
    source: Path,
    folder: Path | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    product: str = "audiobook",
) -> Project:
    """Open the project of a source, making its folder if need be.

    The folder is `folder`, else `<book>.duoyin` beside the book, else (where that place cannot be written)
    `projects/<book>` below the current folder. Where that is another source's, `<book>.<suffix>.duoyin` is taken:
    every source has a project of its own.

    Args:
        options, product: as for `open_project`.
    """
    source = source.resolve()
    if not source.is_file():
        raise DuoyinError("there is no such file", where=str(source), hint="Check the path of the book.")
    folder = (folder or _own_folder(source)).resolve()
    file = folder / SETTINGS_FILE
    if not file.exists():
        try:
            write_atomically(file, _new_settings({"source": os.path.relpath(source, folder)}).encode())
        except CannotWrite as error:
            raise DuoyinError(
                f"cannot make the project folder ({error.reason})",
                where=str(folder),
                hint="Name another place with --project DIR.",
            ) from error
    project = open_project(folder, options, product=product)
    if project.settings.source is None:
        relative = os.path.relpath(source, folder)
        return replace(project, settings=project.settings.model_copy(update={"source": relative}))
    if project.source != source and not _same_file(project.source, source):
        raise DuoyinError(
            f"this project is of another book ({project.settings.source})",
            where=str(file),
            hint="Name another folder with --project DIR, or change `source` there.",
        )
    return project


def _own_folder(source: Path) -> Path:
    """The first folder by the name of a source that is its own, or nobody's."""
    return next(place for place in _folders_by_name(source) if _may_hold(place, source))


def _folders_by_name(source: Path) -> Iterator[Path]:
    """Names of a project folder for a source, the usual one first."""
    beside, below = source.parent, Path("projects")
    writable = os.access(beside, os.W_OK)
    names = itertools.chain([source.stem, source.name], (f"{source.name} ({n})" for n in itertools.count(2)))
    for name in names:
        place = beside / f"{name}.duoyin"
        yield place if writable or place.is_dir() else below / name


def _may_hold(folder: Path, source: Path) -> bool:
    """Whether a folder is no project yet, or the project of this source, or of none."""
    if not (folder / SETTINGS_FILE).is_file():
        return True
    named = yamlfile.read_mapping(folder / SETTINGS_FILE).get("source")
    if not isinstance(named, str):
        return True
    other = (folder.resolve() / Path(named).expanduser()).resolve()
    return other == source or _same_file(other, source)


@contextlib.contextmanager
def locked(project: Project) -> Iterator[None]:
    """Hold the project: one run at a time. The lock ends with the process, however that ends."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(file_lock(project.lock_file, wait=False))
        except BlockingIOError as error:
            raise DuoyinError(
                "another run is working on this project",
                where=str(project.folder),
                hint="Wait for it, or stop it first.",
            ) from error
        except OSError as error:
            raise DuoyinError(
                f"the project folder cannot be written ({error.strerror or error})",
                where=str(project.folder),
                hint="Make it writable, or name another place with --project DIR.",
            ) from error
        yield


def keep_options(project: Project) -> None:
    """Have a new project keep the run options that were given, but for what is of one run (`MOMENTARY`): so a
    retake, the studio and the next run make the same book. New is a project whose file says its source only, as
    `create_project` wrote it; of any other the files are a person's."""
    file = project.settings_file
    source = yamlfile.read_mapping(file).get("source")
    if project.dub_file.exists() or file.read_text(encoding="utf-8") != _new_settings({"source": source}):
        return
    asked = {option.name for options in RUN_OPTIONS.values() for option in options}
    kept = {
        model: {
            name: os.path.relpath(project.path(value), project.folder) if name in PATHS else value
            for name, value in values.items()
            if name in asked and name not in MOMENTARY
        }
        for model, values in project.given.items()
    }
    if of_dub := kept.get(DubSettings):
        write_atomically(project.dub_file, _new_settings(of_dub).encode())
    if own := kept.get(Settings):
        write_atomically(file, _new_settings({"source": source, **own}).encode())


def _new_settings(values: Mapping[str, Any]) -> str:
    """The text of a settings file that nobody has written in."""
    data = CommentedMap(values)
    data.yaml_set_start_comment(
        "A Duoyin project. Every setting and its default: docs/reference/project.md\n"
    )
    return yamlfile.to_text(data)


def _same_file(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _load(model: type[_Model], folder: Path, options: Mapping[str, Any]) -> _Model:
    """A settings file with what a run changes of it; the defaults where there is no file."""
    file = folder / SETTINGS_FILES[model]
    return validated(model, file, yamlfile.read_mapping(file) if file.is_file() else CommentedMap(), options)


def validated(
    model: type[_Model], file: Path, data: CommentedMap, options: Mapping[str, Any] | None = None
) -> _Model:
    """What a settings file holds, with what a run changes of it. Raises `DuoyinError` naming the line that is wrong."""
    try:
        return model.model_validate({**data, **(options or {})})
    except ValidationError as error:
        raise _explain(error, model, file, data, options or {}) from error


def _explain(
    error: ValidationError,
    model: type[StrictModel],
    file: Path,
    data: CommentedMap,
    options: Mapping[str, Any],
) -> DuoyinError:
    """The first thing wrong, with its line and what is allowed."""
    problem = error.errors()[0]
    path = [str(part) for part in problem["loc"] if not isinstance(part, int)]
    name = ".".join(path)
    in_file = bool(path) and path[0] in data and path[0] not in options
    where = _deepest_place(file, data, problem["loc"]) if in_file else f"setting {name}"
    if problem["type"] == "extra_forbidden":
        allowed = ", ".join(_fields_at(model, path[:-1]))
        return DuoyinError(f"there is no setting “{name}”", where=where, hint=f"Allowed: {allowed}.")
    what = problem["msg"].removeprefix("Value error, ")
    what = what[0].lower() + what[1:]
    if name == "chapters":
        what = "chapters are written as 1-3,5"
    # a value of the command line has no line in a file, and its place says its name already
    what = f"{name}: {what}" if in_file and name != "chapters" else what
    return DuoyinError(
        f"{what} (found {problem['input']!r})", where=where, hint="See docs/reference/project.md."
    )


def _deepest_place(file: Path, data: CommentedMap, path: Sequence[str | int]) -> str:
    """The line of the last part of a setting's path (names, and numbers of items of a list) that stands in the file."""
    where = str(file)
    node: Any = data
    for part in path:
        if isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            item = node.lc.item(part)
            where = f"{file}, line {item[0] + 1}" if item else where
        elif isinstance(node, CommentedMap) and part in node:
            where = yamlfile.place(file, node, part)
        else:
            break
        node = node[part]
    return where


def _fields_at(model: type[BaseModel], path: list[str]) -> list[str]:
    """The settings there are within a nested one."""
    for part in path:
        annotation = model.model_fields[part].annotation
        inner = next((kind for kind in (annotation, *get_args(annotation)) if _is_model(kind)), None)
        if inner is None:
            break
        model = inner
    return list(model.model_fields)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
