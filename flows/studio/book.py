"""A project as the studio shows it: its lines, what is doubtful of them, the sound they have.

Everything is read from the project's own files, and read again when they change: the page never knows more than the
folder does.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flows.casting.review import SURE
from flows.proof.verdict import Outcome, Verdict
from flows.script.edit import Change, change_script
from flows.script.line import NARRATOR
from flows.script.written import Written, WrittenFile, WrittenLine, read_script
from flows.studio.journal import Journal
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project, open_project, page_file
from normalizers import DuoyinError

REPORT = ".report.json"
SETTLED_SECONDS = 2.0
"""What was changed so shortly before it was listed may be changed once more within the same tick of its clock."""
Stamp = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a line that wants an ear.

    Args:
        kind: `speaker`, `sound`, or `mark` where a person marked it.
        weight: characters at stake: those of the line times how likely it is wrong.
        about: what it is about, for what is reviewed: who is said to speak, the key of the take, the name of the mark.
    """

    kind: str
    weight: float
    about: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the studio knows of a book at one moment.

    Args:
        written: the script.
        keys: of the take that each line uses. seconds: length of takes, by key. there: keys whose sound is stored.
        verdicts: by key.
        reviewed: (line, kind of doubt, what it was about) of what a person has looked at and found right.
        marks: of lines that a person marked, by line.
        spoken: keys of takes that were spoken in the studio, by line, then by number and wording.
        problem: why the script cannot be read, with the last one that could be kept; "" where all is well.
        stamp: of the files it was read from.
        sequence: grows with each reading, also over a new start of the studio, so that a page knows what is newer.
    """

    written: Written = field(default_factory=Written)
    keys: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    there: frozenset[str] = frozenset()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    reviewed: frozenset[tuple[str, str, str]] = frozenset()
    marks: Mapping[str, str] = field(default_factory=dict)
    spoken: Mapping[str, Mapping[tuple[int, str], str]] = field(default_factory=dict)
    problem: str = ""
    stamp: Stamp = ()
    sequence: int = 0

    @property
    def revision(self) -> str:
        """Changes whenever what is shown does."""
        return format(hash((self.stamp, self.problem)) & 0xFFFFFFFFFFFF, "x")

    def key(self, line: WrittenLine) -> str:
        """Key of the sound that a line has; "" where it has none."""
        spoken = self.spoken.get(line.id)
        here = spoken.get((line.field("take") or 1, wording(line)), "") if spoken else ""
        key = here or self.keys.get(line.id, "")
        return key if key in self.there else ""

    def stale(self, line: WrittenLine) -> bool:
        """Whether the sound that a line has is of other words, or in another voice, than its record says now."""
        here = self.spoken.get(line.id)
        if not here:
            return False
        now = (line.field("take") or 1, wording(line))
        return now not in here and self.keys.get(line.id, "") in here.values()

    def takes(self, line: WrittenLine) -> list[tuple[int, str]]:
        """(number, key) of the takes of a line as it reads now."""
        now = wording(line)
        found = {
            take: key
            for (take, said), key in self.spoken.get(line.id, {}).items()
            if said == now and key in self.there
        }
        if (key := self.key(line)) and key not in found.values():
            found.setdefault(line.field("take") or 1, key)
        return sorted(found.items())

    def doubts(self, line: WrittenLine) -> list[Doubt]:
        """What is doubtful of a line."""
        if line.left_out:
            return []
        found: list[Doubt] = []
        length, sure = len(str(line.field("text") or "")), line.field("sure")
        if isinstance(sure, int | float) and sure < SURE and "speaker" not in line.edited:
            found.append(Doubt("speaker", (1 - sure) * length, str(line.field("speaker"))))
        verdict = self.verdicts.get(self.key(line))
        if verdict is not None and verdict.outcome is Outcome.DOUBTFUL:
            weight = max((finding.weight for finding in verdict.findings), default=0.5)
            found.append(Doubt("sound", weight * length, verdict.key))
        if mark := self.marks.get(line.id):
            found.append(Doubt("mark", float(length), mark))
        return [doubt for doubt in found if (line.id, doubt.kind, doubt.about) not in self.reviewed]


class Book:
    """A project folder that is open in the studio; may be used from several threads.

    Args:
        id: in addresses. name: of the folder, as it is shown.
    """

    def __init__(self, book_id: str, folder: Path, name: str) -> None:
        self.id = book_id
        self.folder = folder
        self.name = name
        self.writing = threading.RLock()
        """Held while a file of the project is changed."""
        self._reading = threading.Lock()
        self._shown = Shown()
        self._script = WrittenFile()
        self._content = b""
        self._journal: Journal | None = None
        self._facts: tuple[Stamp, dict[str, Any] | None] = ((), None)
        self._project: tuple[Project | None, list[bytes | None] | None] = (None, None)
        self._sounds = _Sounds()
        self._heard: dict[str, tuple[str, Verdict | None]] = {}

    def change_script(self, changes: Sequence[Change]) -> None:
        """Make changes in the script, see `flows.script.edit`."""
        project = self.project
        with self.writing:
            files = project.script_file, project.script_base_file
            self._content = change_script(*files, changes, self._content)

    @property
    def project(self) -> Project:
        """The project with its settings as they are now. Raises `DuoyinError` where they cannot be read."""
        known, contents = self._project
        files = known.settings_files if known is not None else ()
        now = [_content(file) for file in files]
        if known is not None and now == contents:
            return known
        project = open_project(self.folder)
        # what it was read from is compared from now on, where it was looked at before it was read
        self._project = project, now if files == project.settings_files else None
        return project

    def journal(self) -> Journal:
        """What was edited here; opened when it is asked for. Raises `DuoyinError` where it cannot be."""
        with self.writing:
            if self._journal is None:
                self._journal = Journal(self.project.journal_file)
            return self._journal

    def shown(self) -> Shown:
        """What there is to show, as the files have it now. Raises `DuoyinError` where the settings cannot be read."""
        project = self.project
        files = (
            project.script_file,
            project.script_base_file,
            project.ledger_file,
            _wal(project.ledger_file),
            project.journal_file,
            _wal(project.journal_file),
        )
        stamp = stamp_of((*files, project.takes.root))
        with self._reading:
            if stamp != self._shown.stamp:
                self._shown = self._read(project, stamp)
            return self._shown

    def _read(self, project: Project, stamp: Stamp) -> Shown:
        """What there is to show; what did not change since it was read last is not read again."""
        before, problem, written = self._shown, "", self._shown.written
        script, ledger, journal = stamp[:2], stamp[2:4], project.journal_file.is_file()
        if script != before.stamp[:2] or before.problem:
            try:
                self._script = self._again(project, stamp) or read_script(
                    project.script_file, project.script_base_file
                )
                written, self._content = self._script.written, self._script.content
            except DuoyinError as error:
                problem = str(error)
        reviewed = self.journal().reviewed() if journal else frozenset()
        spoken = self.journal().takes() if journal else {}
        marks = self.journal().marks() if journal else {}
        mine = replace(
            before,
            written=written,
            reviewed=reviewed,
            marks=marks,
            spoken=spoken,
            problem=problem,
            stamp=stamp,
            sequence=max(before.sequence + 1, time.time_ns() // 1000),
        )
        if not project.ledger_file.is_file():
            return replace(mine, keys={}, seconds={}, there=frozenset(), verdicts={})
        if (ledger, stamp[6:]) != (before.stamp[2:4], before.stamp[6:]):
            with Ledger(project.ledger_file) as opened:
                keys, seconds = {**opened.last_used(), **opened.choices()}, opened.lengths()
                self._heard = _verdicts(opened.latest_verdicts(), self._heard)
            verdicts = {key: verdict for key, (_, verdict) in self._heard.items() if verdict is not None}
            mine = replace(mine, keys=keys, seconds=seconds, verdicts=verdicts)
        return replace(mine, there=self._sounds.keys(project.takes.root))

    def _again(self, project: Project, stamp: Stamp) -> WrittenFile | None:
        """The script, where only fields of a few lines changed since it was read."""
        if self._shown.problem or stamp[1:2] != self._shown.stamp[1:2] or stamp[0] is None:
            return None
        return self._script.again(project.script_file, self._content)

    def facts(self) -> dict[str, Any] | None:
        """What the newest report of the project tells; None where nothing was delivered, or it is of another form."""
        file = self._report()
        stamp = stamp_of([file]) if file is not None else ()
        if stamp != self._facts[0]:
            self._facts = (stamp, _facts(file) if file is not None else None)
        return self._facts[1]

    def report_page(self) -> Path | None:
        """The newest report as a page; None where there is none."""
        file = self._report()
        if file is None:
            return None
        page = page_file(file.with_name(file.name.removesuffix(REPORT)))
        return page if page.is_file() else None

    def _report(self) -> Path | None:
        try:
            project = self.project
        except DuoyinError:
            return None
        folders = {project.output_folder}
        if project.settings.output:
            named = project.path(project.settings.output)
            folders |= {named, named.parent}
        files = [file for folder in folders if folder.is_dir() for file in folder.glob(f"*{REPORT}")]
        return max(files, key=lambda file: file.stat().st_mtime_ns, default=None)


def said(line: WrittenLine) -> str:
    """What is said for a line."""
    return str(line.field("say") or line.field("text") or "")


def wording(line: WrittenLine) -> str:
    """What decides the sound of a line's takes as far as its record says: with other words it has other takes."""
    said = line.field("say") or line.field("text")
    rest = [line.field(name) for name in ("speaker", "voice", "speed", "language")]
    return hashlib.sha256(json.dumps([said, *rest]).encode()).hexdigest()[:16]


def row(shown: Shown, line: WrittenLine) -> dict[str, Any]:
    """One row: id, chapter, kind, speaker, text, and of the rest what there is."""
    made: dict[str, Any] = {
        "id": line.id,
        "chapter": line.chapter,
        "kind": line.field("kind"),
        "speaker": line.field("speaker"),
        "text": str(line.field("text") or ""),
        "language": line.field("language"),
        "pause": line.field("pause") or 0.0,
    }
    for name in ("say", "voice", "take", "sure"):
        if line.field(name):
            made[name] = line.field(name)
    if line.field("speed") != 1.0:
        made["speed"] = line.field("speed")
    if line.edited:
        made["edited"] = list(line.edited)
    if line.left_out:
        made["out"] = True
    if key := shown.key(line):
        made["key"] = key
        if shown.stale(line):
            made["stale"] = True
        made["seconds"] = round(shown.seconds.get(key, 0.0), 2)
    if doubts := shown.doubts(line):
        made["doubts"] = {doubt.kind: doubt.about for doubt in doubts}
        made["weight"] = round(sum(doubt.weight for doubt in doubts), 2)
    return made


def rows_again(before: Shown, rows: Sequence[dict[str, Any]], shown: Shown) -> list[dict[str, Any]]:
    """The rows of a book; of lines of which nothing that a row shows changed, the same ones again.

    Args:
        before: what the book was. rows: of it.
    """
    lines, old = shown.written.lines, before.written.lines
    if len(lines) != len(rows):
        return [row(shown, line) for line in lines]
    changed = _changed(before.spoken, shown.spoken) | _changed(before.keys, shown.keys)
    changed |= _changed(before.marks, shown.marks) | {line for line, _, _ in before.reviewed ^ shown.reviewed}
    takes = _changed(before.seconds, shown.seconds) | _changed(before.verdicts, shown.verdicts)
    if before.there is not shown.there:
        takes |= before.there ^ shown.there
    if takes:
        changed |= {line for line, key in shown.keys.items() if key in takes}
        changed |= {line for line, of_line in shown.spoken.items() if not takes.isdisjoint(of_line.values())}
    return [
        known if line is was and line.id not in changed else row(shown, line)
        for line, was, known in zip(lines, old, rows, strict=True)
    ]


def _changed(before: Mapping[str, object], now: Mapping[str, object]) -> set[str]:
    """The names that have other values now, or none, or have one now."""
    if before is now:
        return set()
    gone = before.keys() - now.keys()
    return gone | {name for name, value in now.items() if before.get(name) != value}


def speakers(lines: Sequence[WrittenLine]) -> list[dict[str, Any]]:
    """Who speaks how many lines and characters, most first; the narrator before everybody."""
    counts: dict[str, list[int]] = {NARRATOR: [0, 0]}
    for line in lines:
        if not line.left_out:
            row = counts.setdefault(str(line.field("speaker")), [0, 0])
            row[0] += 1
            row[1] += len(str(line.field("text") or ""))
    ordered = sorted(counts.items(), key=lambda pair: (pair[0] != NARRATOR, -pair[1][1], pair[0]))
    return [{"name": name, "lines": lines, "characters": chars} for name, (lines, chars) in ordered]


def _verdicts(
    heard: Mapping[str, str], known: Mapping[str, tuple[str, Verdict | None]]
) -> dict[str, tuple[str, Verdict | None]]:
    """What was heard of takes, by key, with the text it was read from; None for what is of another form, which the next
    listening replaces.

    Args:
        known: what was read before.
    """
    return {
        key: known[key] if key in known and known[key][0] == text else (text, Verdict.read(text))
        for key, text in heard.items()
    }


def _facts(file: Path) -> dict[str, Any] | None:
    try:
        facts = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None  # it is being written, or was damaged: the next run writes it again
    return facts if isinstance(facts, dict) else None


class _Sounds:
    """The keys of the takes that are there; a folder that did not change is not listed again."""

    def __init__(self) -> None:
        self._folders: dict[str, tuple[int, frozenset[str]]] = {}
        self._keys: frozenset[str] = frozenset()

    def keys(self, root: Path) -> frozenset[str]:
        """Those that are there now; the same object again where they are the same."""
        before, self._folders = self._folders, {}
        for folder in os.scandir(root) if root.is_dir() else ():
            if len(folder.name) == 2 and folder.is_dir():
                now, known = os.stat(folder.path).st_mtime_ns, before.get(folder.path)
                if known is None or known[0] != now:
                    listed = frozenset(_stored(Path(folder.path)))
                    settled = time.time_ns() - now > SETTLED_SECONDS * 1e9
                    known = now if settled else 0, listed
                self._folders[folder.path] = known
        keys = frozenset().union(*(listed for _, listed in self._folders.values()))
        if keys != self._keys:
            self._keys = keys
        return self._keys


def _stored(folder: Path) -> Iterator[str]:
    for file in os.scandir(folder):
        name, dot, suffix = file.name.partition(".")
        if dot and suffix == "flac":
            yield name


def _content(file: Path) -> bytes | None:
    """What a file has; None where it is not there or cannot be read."""
    try:
        return file.read_bytes()
    except OSError:
        return None


def _wal(file: Path) -> Path:
    """What SQLite has written of a database and not yet put into it."""
    return file.with_name(f"{file.name}-wal")


def stamp_of(files: Iterable[Path]) -> Stamp:
    """Length and time of change of files; None for one that is not there."""
    stamps: list[tuple[int, int] | None] = []
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            stamps.append(None)
        else:
            stamps.append((stat.st_mtime_ns, stat.st_size))
    return tuple(stamps)
