"""One setting of project.yaml or dub.yaml changed, comments and everything else kept.

A setting is named as it is written: `voice`, `reading.notes`, `locked.LINE`; what stands behind the first dot is the
name within it, dots and all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel
from ruamel.yaml.comments import CommentedMap

from flows.workspace.project import validated
from flows.workspace.settings import SETTINGS_FILES, DubSettings, Settings, StrictModel, defaults_text
from normalizers import DuoyinError
from tts_core import yamlfile
from tts_core.files import write_atomically

MODELS: Mapping[str, type[StrictModel]] = {SETTINGS_FILES[model]: model for model in (Settings, DubSettings)}
"""What each settings file of a project holds."""


class Wanted(Protocol):
    """A change: the name of the file, the setting, the value a person saw and the one they want; None: the default."""

    @property
    def line(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def before(self) -> Any: ...
    @property
    def after(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it stands.

    Args:
        file: its name. name: of the setting. value, default: as JSON has it.
        line: of the file, from 1; None where it does not stand there.
    """

    file: str
    name: str
    value: Any
    default: Any
    line: int | None


def settings_of(folder: Path, file: str) -> list[Setting]:
    """Every setting of a file, those of a group by themselves. Raises `DuoyinError`: it cannot be read."""
    model, path = MODELS[file], folder / file
    data = _read(path)
    now, usual = _plain(validated(model, path, data)), _plain(model())
    found: list[Setting] = []
    for name in yamlfile.mapping_of(defaults_text(model), path):  # in the order in which they are documented
        default = usual[name]
        nested = data.get(name) if isinstance(data.get(name), CommentedMap) else None
        if _is_group(model, name):
            found += [
                Setting(
                    file,
                    f"{name}.{part}",
                    now[name][part],
                    value,
                    yamlfile.line_of(nested, part) if nested else None,
                )
                for part, value in default.items()
            ]
        else:
            found.append(
                Setting(
                    file, name, now[name], default, yamlfile.line_of(data, name) if name in data else None
                )
            )
    return found


def setting_of(folder: Path, file: str, name: str) -> Any:
    """The value of one setting, as JSON has it; None for an entry that is not there. Raises `DuoyinError`."""
    path = folder / file
    return _value(_plain(validated(MODELS[file], path, _read(path))), name)


def change_settings(folder: Path, changes: Sequence[Wanted]) -> None:
    """Change settings of one file, all or none.

    Raises:
        DuoyinError: another value stands there than the person saw; it cannot hold this one. Nothing is written then.
    """
    name = changes[0].line
    if name not in MODELS or any(change.line != name for change in changes):
        raise DuoyinError(f"there is no settings file “{name}”")
    path, model = folder / name, MODELS[name]
    text = yamlfile.text_of(path) if path.is_file() else ""
    for change in changes:
        data = yamlfile.mapping_of(text, path)
        _check_name(model, change.field)
        now = _value(_plain(validated(model, path, data)), change.field)
        if now != change.before:
            raise DuoyinError(
                f"{change.field} was changed meanwhile: it is {json.dumps(now, ensure_ascii=False)}",
                where=str(path),
                hint="Look at it again.",
            )
        text = _changed(data, text, change, model)
    validated(model, path, yamlfile.mapping_of(text, path))
    write_atomically(path, text.encode())


def _check_name(model: type[StrictModel], name: str) -> None:
    """Raises `DuoyinError` for what is no setting."""
    top, _, inner = name.partition(".")
    group = _is_group(model, top)
    if (
        top not in model.model_fields
        or (group and not inner)
        or (inner and not (group or _is_mapping(model, top)))
    ):
        raise DuoyinError(f"there is no setting “{name}”")


def _changed(data: CommentedMap, text: str, change: Wanted, model: type[StrictModel]) -> str:
    """The text of a settings file with a change made."""
    top, _, inner = change.field.partition(".")
    after = change.after
    if after is None and (_is_group(model, top) or not inner):
        after = _value(_plain(model()), change.field)
        if (inner or top) not in ((data.get(top) or {}) if inner else data):
            return text  # it is at its default
    if not inner:
        data[top] = after
    elif after is not None:
        if not isinstance(data.get(top), CommentedMap):
            data[top] = CommentedMap()
        data[top][inner] = after
    elif inner in (data.get(top) or {}):
        return _without(data, text, top, inner)
    only_comments = text.strip() and all(
        not row.strip() or row.lstrip().startswith("#") for row in text.splitlines()
    )
    return (text.rstrip() + "\n" if only_comments else "") + yamlfile.to_text(data)


def _without(data: CommentedMap, text: str, top: str, inner: str) -> str:
    """The text without an entry of a mapping; comments below it belong to what follows, and stay."""
    node = data[top]
    if len(node) == 1 or node.fa.flow_style() or not isinstance(node[inner], str | int | float):
        del node[inner]
        if not node:
            data[top] = {}
        return yamlfile.to_text(data)
    lines = text.splitlines(keepends=True)
    del lines[node.lc.key(inner)[0]]
    return "".join(lines)


def _read(path: Path) -> CommentedMap:
    return yamlfile.read_mapping(path) if path.is_file() else CommentedMap()


def _plain(model: BaseModel) -> dict[str, Any]:
    plain: dict[str, Any] = model.model_dump(mode="json", by_alias=True)
    return plain


def _value(values: Mapping[str, Any], name: str) -> Any:
    top, _, inner = name.partition(".")
    value = values.get(top)
    return (value.get(inner) if isinstance(value, Mapping) else None) if inner else value


def _is_group(model: type[StrictModel], name: str) -> bool:
    """Whether a setting is a group of settings that always are there, such as `reading`."""
    return name in model.model_fields and isinstance(model.model_fields[name].default, BaseModel)


def _is_mapping(model: type[StrictModel], name: str) -> bool:
    """Whether a setting has entries by name, such as `locked`."""
    return name in model.model_fields and model.model_fields[name].default_factory is dict
