"""A project folder is made into what it is for: held for the time, and its run noted in its journal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from flows.making.takes import Speak, Step
from flows.workspace.ledger import Ledger
from flows.workspace.progress import reporter
from flows.workspace.project import Project, files_of, open_locked
from flows.workspace.runs import recorded
from tts_core.extras import extra


class Delivered(Protocol):
    """What was made: where it is, and whether it holds what is asked of it."""

    @property
    def path(self) -> Path: ...

    @property
    def passed(self) -> bool: ...


_Delivered = TypeVar("_Delivered", bound=Delivered)
_Made = TypeVar("_Made", bound=Delivered, covariant=True)


class Make(Protocol[_Made]):
    """Makes a product of a project that the caller holds."""

    def __call__(self, project: Project, ledger: Ledger, *, speak: Speak, step: Step) -> _Made: ...


def _hand_over(project: Project, delivered: Path) -> None:
    """Copy what was made to where the setting `deliver` says, below the name of the project's folder."""
    url = str(project.settings.deliver)
    with extra("cluster", where=f"deliver: {url}"):
        from tts_core.object_takes import put_files
    put = put_files(f"{url.rstrip('/')}/{project.folder.name}", files_of(delivered))
    reporter().stage("Handed over", f"{len(put)} files to {url}")


def produce(
    product: str,
    make: Make[_Delivered],
    folder: Path,
    options: Mapping[str, Any],
    *,
    speak: Speak,
    step: Step,
) -> _Delivered:
    """Make the product of a project folder; nobody else may work in it meanwhile.

    Args:
        product: `audiobook` or `dub`. make: makes it.
        options: what this run changes of the project's settings.
        speak: makes takes. step: runs a named step.

    Raises:
        DuoyinError: as `make`; or the folder is no project, or another run holds it.
    """
    with (
        open_locked(folder, options, product=product) as project,
        recorded(project, product) as run,
        Ledger(project.ledger_file) as ledger,
    ):
        delivery = make(project, ledger, speak=speak, step=step)
        if project.settings.deliver:
            step("deliver", lambda: _hand_over(project, delivery.path))
        run.finished(delivery.path, passed=delivery.passed)
        return delivery
