"""An edit of the studio killed at each of its file operations, one after the other.

    python -m tests.flows.studio.killed PROJECT [EDIT…]

EDIT names those of `edits` that are killed; none: all, and each as a first edit, too, which makes the journal.
Starts itself again with the library of `tests.abuse.injector`; prints a JSON row for each kill.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.casting import castfile
from flows.script.edit import OUT, Change, splitting
from flows.studio.book import Book
from flows.studio.editing import Editor
from flows.studio.journal import Kind
from flows.workspace.project import open_project
from flows.workspace.settingsfile import setting_of
from tests.abuse import injector
from tests.abuse.injector import Action, Fault, Plan

Do = Callable[[Editor], object]
ENDED, STRUCK = 0, 9
"""How a child ends: by itself, by SIGKILL."""
DECIDED = ("script.jsonl", ".duoyin/script.base.jsonl", "lexicon.txt", "cast.yaml")
"""Files of what people decide."""
EARLIER = Change("lexicon.txt", "reading", None, 'door = "dor"')
"""An edit before the one that is killed."""


@dataclass(frozen=True, slots=True)
class Killed:
    """What stands after a kill.

    Args:
        what: the edit. at: the operation it was killed at; after the last one it was not. hit: kind and file of it.
        state: `before`, `after`, or else what is wrong.
        answered: whether the edit had come to its end.
        turned: what undo (of `after`) or the edit, once more (of `before`), made of it: `before` or `after`.
    """

    what: str
    at: int
    hit: str
    state: str
    answered: bool
    turned: str

    @property
    def whole(self) -> bool:
        """Either state, an answer only with the edit, and the journal knows which of the two it is."""
        turned = {"before": "after", "after": "before"}
        return (
            self.state in turned
            and self.turned == turned[self.state]
            and (self.state == "after" or not self.answered)
        )


def edits(folder: Path) -> Iterator[tuple[str, Do]]:
    """Every kind of edit, those of the script of a line in the middle."""
    script = open_project(folder).script_file
    records = [json.loads(text) for text in script.read_text("utf-8").splitlines()]
    lines = [record for record in records if "id" in record]
    line = next(record for record in lines[1:] if " " in record["text"])
    name, words = line["id"], line["text"].split(" ", 1)
    yield "a pause", lambda editor: editor.edit(Kind.SCRIPT, [Change(name, "pause", line["pause"], 0.7)])
    yield "left out", lambda editor: editor.edit(Kind.SCRIPT, [Change(name, OUT, False, True)])
    yield "split", lambda editor: editor.edit(Kind.SCRIPT, splitting(script, name, f"{words[0]} "))
    entry = Change("lexicon.txt", "reading", None, 'clock = "klok"')
    yield "a reading", lambda editor: editor.edit(Kind.LEXICON, [entry])
    voice = Change("Ann", "voice", castfile.load(open_project(folder).cast_file).voice_of("Ann"), "middle")
    yield "a voice", lambda editor: editor.edit(Kind.CAST, [voice])
    speed = Change("project.yaml", "speed", setting_of(folder, "project.yaml", "speed"), 1.1)
    yield "a setting", lambda editor: editor.edit(Kind.SETTINGS, [speed])


def state_of(folder: Path) -> dict[str, str]:
    """What people decide in a project: words of its files, and the settings by their values. A lexicon that is not
    there has no lines."""
    files = [folder / name for name in DECIDED]
    words = {file.name: file.read_text("utf-8") if file.is_file() else "" for file in files}
    return {**words, "settings": open_project(folder).settings.model_dump_json()}


def done(folder: Path, do: Do, plan: Plan | None) -> int:
    """Do an edit in a child of this process; its exit code, or minus the signal it died of."""
    child = os.fork()
    if not child:
        code = 1
        with contextlib.suppress(BaseException):
            os.setsid()
            editor = Editor(Book("book", folder, "book"))
            if plan is not None:
                plan.arm()
            do(editor)
            code = ENDED
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kills(project: Path, scratch: Path, wanted: Collection[str], *, first: bool) -> Iterator[Killed]:
    """Edits, each killed at each operation.

    Args:
        wanted: which; none: all.
        first: whether it is the first edit of the project, which makes the journal.
    """
    begun = scratch / "begun"
    shutil.copytree(project, begun, ignore=shutil.ignore_patterns("takes", "output"))
    if not first:
        editor = Editor(Book("book", begun, "book"))
        editor.edit(Kind.LEXICON, [EARLIER])
        editor.journal().close()
    folder = scratch / "book"  # the same for each: the edits have its files
    shutil.copytree(begun, folder)
    for what, do in list(edits(folder)):
        if wanted and what not in wanted:
            continue
        at, code = 0, -STRUCK
        while code == -STRUCK:
            at += 1
            shutil.rmtree(folder)
            shutil.copytree(begun, folder)
            before = state_of(folder)
            plan = Plan(scratch / "plan", folder, Fault(Action.KILL, at=at))
            code = done(folder, do, plan)
            assert code in (ENDED, -STRUCK), f"{what}: ended with {code}"
            yield judged(folder, what, at, plan, do, before, answered=code == ENDED)


def judged(
    folder: Path, what: str, at: int, plan: Plan, do: Do, before: dict[str, str], *, answered: bool
) -> Killed:
    """What stands after a kill, and what the journal makes of it."""
    now = state_of(folder)
    editor = Editor(Book("book", folder, "book"))
    step = editor.journal().last_done()
    mine = step is not None and step.changes != (EARLIER,)
    if now == before:
        do(editor)  # nothing of the one that was killed is in its way
        after = state_of(folder)
        state = "before" if not mine else "before, and the journal says it was done"
        turned = "after" if after != before else "before"
        editor.undo()
        if state_of(folder) != before:
            turned = "undone, it is something else"
    else:
        state = "after" if mine else "after, and the journal knows nothing of it"
        editor.undo()
        turned = "before" if state_of(folder) == before else "something else"
        do(editor)
        if state_of(folder) != now:
            state = "neither before nor after"
    editor.journal().close()
    left = [str(file) for file in folder.rglob(".*.partial")]
    if left:
        state = f"left behind: {left}"
    return Killed(what, at, plan.hit.replace(str(folder), ""), state, answered, turned)


def main(project: Path, wanted: Collection[str]) -> int:
    """Print what stands after each kill; nothing where there is no compiler."""
    if not injector.started():
        return injector.start_again("tests.flows.studio.killed", [str(project), *wanted])
    if not injector.present():
        return 0
    for first in (False,) if wanted else (False, True):
        with tempfile.TemporaryDirectory() as scratch:
            for kill in kills(project.resolve(), Path(scratch).resolve(), wanted, first=first):
                row: dict[str, Any] = {**asdict(kill), "first": first, "whole": kill.whole}
                print(json.dumps(row, ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
