"""The settings of a project as a form: what each may hold, what it is usually, where it stands in its file."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from flows.workspace.project import Project
from flows.workspace.settings import SETTINGS_FILES, DubSettings, Settings
from flows.workspace.settingsfile import MODELS, Setting, settings_of
from normalizers.languages import LANGUAGES
from tts_core import yamlfile
from tts_core.registry import ENGINES

PROJECT, DUB = SETTINGS_FILES[Settings], SETTINGS_FILES[DubSettings]
GROUPS: Mapping[str, Mapping[str, str]] = {
    PROJECT: {"source": "source", "reading.notes": "reading", "engine": "voices", "pauses.paragraph": "pauses",
              "profile": "file", "ready": "night"},
    DUB: {"video": "film", "sync": "sync", "soft": "tempo", "voices": "voices", "profile": "file"},
}  # fmt: skip
"""The setting with which each group begins."""
BY_HAND = frozenset(
    {"source", "series", "lexicon", "engine_options", "engines", "language_model", "output", "video", "bed_file",
     "separation_weights", "alternatives", "takes", "cluster",
     "deliver"}
)  # fmt: skip
"""What names files, programs or addresses is changed in the file itself: pages reach no further than projects."""
NAMED: Mapping[str, Sequence[str]] = {"language": ("auto", *LANGUAGES), "engine": tuple(ENGINES)}
"""Choices that the models check with words of their own."""


@dataclass(frozen=True, slots=True)
class Field:
    """A setting in a form.

    Args:
        label: key of its words. group: where it stands. kind: `switch`, `choice`, `number`, `text`, `words` (with
            commas) or `yaml`; `fixed` for what is changed by hand.
        shown, usual: its value and its default as they are written in the form.
        choices: of `choice`; "" is none. low, high: of `number`.
    """

    setting: Setting
    label: str
    group: str
    kind: str
    shown: str
    usual: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


def fields_of(project: Project, *, dub: bool) -> list[Field]:
    """The form of a project; with `dub`, what only a dub has too. Raises `DuoyinError`: a file cannot be read."""
    return [
        field
        for file in (DUB, PROJECT)[0 if dub else 1 :]
        for field in _fields(file, settings_of(project.folder, file))
    ]


def _fields(file: str, settings: Sequence[Setting]) -> Iterator[Field]:
    group = ""
    for setting in settings:
        group = GROUPS[file].get(setting.name, group)
        kind, extra = _control(file, setting.name)
        yield Field(
            setting,
            f"set.{'dub' if file == DUB else 'project'}.{setting.name}",
            group,
            kind,
            written(setting.value, kind),
            written(setting.default, kind),
            **extra,
        )


def written(value: Any, kind: str) -> str:
    """A value as the form has it."""
    if value is None:
        return ""
    if kind == "switch":
        return "true" if value else "false"
    if kind == "words":
        return ", ".join(str(part) for part in value)
    if isinstance(value, dict | list):
        return _yaml_text(value) if value else ""
    return str(value)


def understood(text: Any, kind: str) -> Any:
    """What a form's value means, as JSON has it. Raises `DuoyinError`: it is no YAML."""
    if kind == "switch":
        return text is True or text == "true"
    plain = str(text if text is not None else "").strip()
    if kind == "words":
        return [part.strip() for part in plain.split(",") if part.strip()]
    if kind == "number" and plain:
        return (
            float(plain)
            if "." in plain or "e" in plain.lower()
            else int(plain)
            if plain.lstrip("-").isdigit()
            else plain
        )
    if kind == "yaml" and plain:
        return _of_yaml(plain)
    return plain or None


def kind_of(file: str, name: str) -> str:
    """The kind of a setting; `fixed` also for one that is not there."""
    known = name.partition(".")[0] in MODELS[file].model_fields if file in MODELS else False
    return _control(file, name)[0] if known else "fixed"


def _control(file: str, name: str) -> tuple[str, dict[str, Any]]:
    top, _, inner = name.partition(".")
    if top in BY_HAND:
        return "fixed", {}
    schema = _schema(file)
    found = schema["properties"][top]
    if inner and "$ref" in found:
        found = schema["$defs"][found["$ref"].rpartition("/")[2]]["properties"].get(inner, {})
    plain = next(part for part in found.get("anyOf", [found]) if part.get("type") != "null")
    optional = ("",) if "anyOf" in found else ()
    if top in NAMED and file == PROJECT:
        return "choice", {"choices": tuple(NAMED[top])}
    if "enum" in plain:
        return "choice", {"choices": (*optional, *plain["enum"])}
    if plain.get("type") == "boolean":
        return "switch", {}
    if plain.get("type") in ("number", "integer"):
        return "number", {"low": plain.get("minimum"), "high": plain.get("maximum")}
    if plain.get("type") == "string":
        return "text", {}
    if plain.get("type") == "array" and plain.get("items", {}).get("type") == "string":
        return "words", {}
    return "yaml", {}


@cache
def _schema(file: str) -> dict[str, Any]:
    return MODELS[file].model_json_schema()


def _yaml_text(value: Any) -> str:
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def _of_yaml(text: str) -> Any:
    indented = "".join(f"  {row}\n" for row in text.splitlines())
    found: CommentedMap = yamlfile.mapping_of(f"value:\n{indented}", Path("value"))
    return found["value"]
