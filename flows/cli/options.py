"""What the command lines of several commands share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from normalizers import DuoyinError

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but the result and errors.")]
BookOrProject = Annotated[Path, typer.Argument(help="A book or a project folder.")]

ARGUMENT = "source"
"""The run option that every command of a run has as its argument."""

SHORT = {"output": "out"}
"""Run options whose name on the command line is another than in the settings."""


def run_options(product: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each setting that one run of `product` may change (`RUN_OPTIONS`).

    They stand where the command has the parameter `options`, which gets those that were given, by the names of the
    settings; a path is made absolute, as in the settings it would be relative to the project.
    """
    from flows.workspace.settings import RUN_OPTIONS, RunOption

    rows = {SHORT.get(row.name, row.name): row for row in RUN_OPTIONS[product] if row.name != ARGUMENT}

    def parameter(name: str, row: RunOption) -> inspect.Parameter:
        kind: Any = Path if row.is_path else row.kind
        option = typer.Option(f"--{name.replace('_', '-')}", help=f"{row.help}.")
        shown, default = (bool, False) if kind is bool else (kind | None, None)
        return inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[shown, option]
        )

    def parameters(command: Callable[..., None]) -> Iterator[inspect.Parameter]:
        for own in inspect.signature(command, eval_str=True).parameters.values():
            if own.name == "options":
                yield from (parameter(name, row) for name, row in rows.items())
            else:
                yield own.replace(kind=inspect.Parameter.KEYWORD_ONLY)

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            values = {row.name: given.pop(name) for name, row in rows.items()}
            options = {
                name: str(value.resolve()) if isinstance(value, Path) else value
                for name, value in values.items()
                if value is not None and value is not False
            }
            command(**given, options=options)

        run.__signature__ = inspect.Signature(list(parameters(command)))  # type: ignore[attr-defined]
        return run

    return with_options


def project_folder(
    source: Path,
    folder: Path | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    product: str = "audiobook",
) -> Path:
    """The project folder that a command line means: `source` itself where it is a folder, else that of the book.

    Args:
        folder: where the project of a book goes, made where there is none; None: beside the book.
        options, product: what this run changes of the settings, see `flows.workspace.project.open_project`.

    Raises:
        DuoyinError: there is no such file, or the folder belongs to another book.
    """
    from flows.workspace.project import create_project

    if source.is_dir():
        return source.resolve()
    return create_project(source, folder, options, product=product).folder


def existing_file(file: Path) -> Path:
    """A file that must be there. Raises `DuoyinError` where it is not."""
    if not file.is_file():
        raise DuoyinError("there is no such file", where=str(file), hint="Check the path.")
    return file


def one_of(value: str, choices: Sequence[Any], what: str) -> Any:
    """`value`, which must be one of `choices`. Raises `DuoyinError` where it is not."""
    if value not in choices:
        raise DuoyinError(
            f"there is no {what} “{value}”", hint=f"{', '.join(choices[:-1])} or {choices[-1]}."
        )
    return value
