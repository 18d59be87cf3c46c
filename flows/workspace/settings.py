"""The settings of a project as data, and which of them a run may change.

`Settings` is project.yaml, `DubSettings` is dub.yaml; both files stand beside this module with every default and its
meaning. A new setting is a field here and a line there. A run option is a setting that a flow's parameters
and the command
line may change for one run: a row in `RUN_OPTIONS`, of which the flow's options model and the command line's are made.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model, field_validator, model_validator

from flows.workspace.daytime import TIME_OF_DAY
from flows.workspace.exports import CAPTIONS, EXPORTS
from tts_core.registry import ENGINES

CHAPTER_RANGE = re.compile(r"\d{1,6}(-\d{1,6})?(,\d{1,6}(-\d{1,6})?)*")

if TYPE_CHECKING:
    ExportName = str
    CaptionName = str
else:
    ExportName = Literal[tuple(EXPORTS)]
    CaptionName = Literal[tuple(CAPTIONS)]

SyncName = Literal["lip", "dialogue", "voiceover", "free"]
"""The sync classes of `flows.mastering.dub.sync`."""

PriorityName = Literal["urgent", "night", "backlog"]
"""What goes first where several books want one fleet, the first first."""


class StrictModel(BaseModel):
    """Settings: frozen, and a name that means nothing is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reading(StrictModel):
    """What of the source is read aloud."""

    notes: Literal["skip", "paragraph", "chapter"] = "skip"
    images: bool = False
    skip: tuple[str, ...] = ()
    page_numbers: bool = False
    front_matter: bool = False
    contents: bool = False
    nonlinear: bool = False
    code: bool = False
    announce: bool = True

    @field_validator("skip", mode="before")
    @classmethod
    def _one_selector(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class Pauses(StrictModel):
    """Silences in seconds."""

    paragraph: float = Field(0.55, ge=0, le=10)
    quote: float = Field(0.25, ge=0, le=10)
    verse: float = Field(0.30, ge=0, le=10)
    scene: float = Field(1.6, ge=0, le=30)
    heading: float = Field(1.2, ge=0, le=30)
    head: float = Field(0.75, ge=0, le=30)
    tail: float = Field(2.0, ge=0, le=30)


class LanguageModel(StrictModel):
    """An OpenAI-compatible endpoint that labels doubtful speakers; it never writes book text.

    `key_variable` names the environment variable that holds the key, so that no key stands in a file.
    """

    url: str
    model: str
    key_variable: str = "DUOYIN_LANGUAGE_MODEL_KEY"
    timeout_seconds: float = Field(120.0, gt=0, le=3600)
    margin: float = Field(0.75, ge=0, le=1)


class Replacement(StrictModel):
    """Words to be read instead of others: `text` as it stands, or a regular expression `pattern`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    text: str = ""
    pattern: str = ""
    words: str = Field("", alias="with")

    @model_validator(mode="after")
    def _can_be_made(self) -> Replacement:
        if bool(self.text) == bool(self.pattern):
            raise ValueError("a replacement has either text or pattern")
        if self.pattern:
            pattern = _regular_expression(self.pattern)
            try:
                pattern.sub(self.words, "")
            except (re.error, IndexError) as error:
                raise ValueError(f"`with: {self.words}` does not fit its pattern: {error}") from error
        return self


def _regular_expression(value: str) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"this is no regular expression: {error}") from error


class OwnRules(StrictModel):
    """A person's own rules for the text: of a book in `project.yaml`, of all books of a series in `series.yaml`."""

    chapters_pattern: str | None = None
    replace: tuple[Replacement, ...] = ()

    @field_validator("chapters_pattern")
    @classmethod
    def _expression(cls, value: str | None) -> str | None:
        return value if value is None else _regular_expression(value).pattern

    @field_validator("replace", mode="before")
    @classmethod
    def _words_to_drop(cls, value: object) -> object:
        """A text alone is what is not to be read."""
        return (
            [{"text": item} if isinstance(item, str) else item for item in value]
            if isinstance(value, list)
            else value
        )


class Settings(OwnRules):
    """`project.yaml` as data; every field is documented in `flows/workspace/project.yaml`."""

    source: str | None = None
    title: str | None = None
    authors: tuple[str, ...] | None = None
    narrator_credit: str | None = None
    language: str = "auto"
    chapters: str | None = Field(None, pattern=rf"^{CHAPTER_RANGE.pattern}$")
    series: str | None = None
    reading: Reading = Reading()
    lexicon: str = "lexicon.txt"
    engine: str = "kokoro"
    engine_options: dict[str, Any] = Field(default_factory=dict)
    engines: dict[str, dict[str, Any]] = Field(default_factory=dict)
    voice: str | None = None
    single_voice: bool = False
    tellers: Literal["own", "narrator"] = "own"
    language_model: LanguageModel | None = None
    speed: float = Field(1.0, ge=0.6, le=1.3)
    pauses: Pauses = Pauses()
    profile: Literal["audiobook", "acx", "podcast", "ebu-r128"] = "audiobook"
    format: ExportName = next(iter(EXPORTS))
    captions: tuple[CaptionName, ...] = ()
    read_along: Literal["sentence", "word"] | None = None
    read_along_sound: Literal["mp3", "m4a"] = "mp3"
    output: str | None = None
    deliver: str | None = Field(None, pattern=r"^[a-z0-9]+://.+")
    proof: Literal["auto", "on", "off"] = "auto"
    ready: bool = False
    workers: int | None = Field(None, ge=1, le=256)
    takes: str | None = None
    cluster: str | None = None
    share: int | None = Field(None, ge=1, le=10_000)
    priority: PriorityName = "night"
    finish_by: str | None = Field(None, pattern=rf"^{TIME_OF_DAY.pattern}$")

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        from normalizers.languages import (
            LANGUAGES,  # not before a file is read: the command line starts without it
        )

        if value not in ("auto", *LANGUAGES):
            raise ValueError(f"input should be auto, {', '.join(LANGUAGES)}")
        return value

    @field_validator("captions", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        """`srt, vtt`, as the command line has it, is two."""
        return tuple(name.strip() for name in value.split(",")) if isinstance(value, str) else value


class DubSettings(StrictModel):
    """`dub.yaml` as data; every field is documented in `flows/workspace/dub.yaml`."""

    video: str | None = None
    language: str | None = None
    encoding: str | None = None
    strict: bool = False
    styles: dict[str, Literal["spoken", "silent"]] = Field(default_factory=dict)
    sync: SyncName = "dialogue"
    sync_styles: dict[str, SyncName] = Field(default_factory=dict)
    sync_speakers: dict[str, SyncName] = Field(default_factory=dict)
    sync_lines: dict[str, SyncName] = Field(default_factory=dict)
    locked: dict[str, float] = Field(default_factory=dict)
    soft: float = Field(1.15, ge=1.0, le=2.0)
    hard: float = Field(1.30, ge=1.0, le=2.0)
    low: float = Field(0.92, ge=0.5, le=1.0)
    gap: float = Field(0.08, ge=0.0, le=2.0)
    alternatives: str = "alternatives.yaml"
    shorten: Literal["none", "propose", "accept"] = "none"
    voices: dict[str, str] = Field(default_factory=dict)
    profile: Literal["match-source", "ebu-r128", "netflix-dialogue", "podcast"] = "match-source"
    bed: Literal["duck", "separate", "none"] = "duck"
    separation_weights: str | None = None
    bed_file: str | None = None
    room_tone: float | None = Field(None, ge=-100, le=-30)
    audio_track: int = Field(0, ge=0)
    title: str | None = None
    default_track: bool = True
    output: str | None = None


SERIES_FILE = "series.yaml"
"""The rules that the books of a series share, in its folder."""
SETTINGS_FILES: Mapping[type[StrictModel], str] = {
    Settings: "project.yaml",
    DubSettings: "dub.yaml",
    OwnRules: SERIES_FILE,
}
"""The file of a project folder that holds each model's settings."""


def defaults_text(settings: type[StrictModel] = Settings) -> str:
    """The documented defaults of a settings file, as shipped."""
    return resources.files(__package__).joinpath(SETTINGS_FILES[settings]).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class RunOption:
    """A setting that one run may change.

    Args:
        name: the field, and the option's name in the flow's parameters.
        settings: the model that has the field.
        help: what it is, for people; ends without a full stop. The choices of a field that has some are part of it.
        kind: `str` (with commas for several), `int`, `float` or `bool`; values are checked when the project is
            opened, with a message for people.
        is_path: a file. In the settings it is relative to the project folder, on the command line to the current one.
    """

    name: str
    settings: type[StrictModel]
    help: str
    kind: type
    is_path: bool = False


PATHS = ("source", "video", "output")
"""Run options that are files."""


def _plain(annotation: Any) -> Any:
    """`X` of `X | None`."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not types.NoneType)
    return annotation


def _choices(annotation: Any) -> tuple[str, ...]:
    plain = _plain(annotation)
    if get_origin(plain) is tuple:
        plain = get_args(plain)[0]
    return get_args(plain) if get_origin(plain) is Literal else ()


def _kind(annotation: Any) -> type:
    plain = _plain(annotation)
    return str if get_origin(plain) in (Literal, tuple) else plain


def _options(settings: type[StrictModel], helps: Mapping[str, str]) -> Iterator[RunOption]:
    for name, words in helps.items():
        annotation = settings.model_fields[name].annotation
        choices = _choices(annotation)
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}" if choices else ""
        parts = [part for part in (words, listed) if part]
        yield RunOption(name, settings, ": ".join(parts), _kind(annotation), name in PATHS)


RUN_OPTIONS: Mapping[str, tuple[RunOption, ...]] = {
    "audiobook": tuple(
        _options(
            Settings,
            {
                "source": "The book",
                "output": "The finished file",
                "chapters": "Which chapters, e.g. 1-3,5",
                "voice": "The narrator's voice (see `duoyin voices`)",
                "single_voice": "The narrator reads everybody",
                "engine": " or ".join(ENGINES),
                "profile": "",
                "format": "One file, or one file a chapter",
                "captions": "Caption files beside it, e.g. srt,vtt",
                "read_along": "An EPUB beside it that marks what is heard",
                "workers": "Speech processes; default: one a core",
            },
        )
    ),
    "dub": (
        *_options(Settings, {"source": "The subtitles"}),
        *_options(
            DubSettings,
            {
                "video": "The video that gets the dub as an additional track",
                "output": "The finished file: mkv, mp4, webm, wav, flac, m4a",
                "sync": "How closely lines keep to their cues",
                "language": "Which language of a bilingual file",
            },
        ),
        *_options(Settings, {"voice": "The voice of whoever has no name", "engine": " or ".join(ENGINES)}),
        *_options(DubSettings, {"profile": "", "bed": "The original under the dub"}),
        *_options(Settings, {"workers": "Speech processes; default: one a core"}),
    ),
}
"""What a run of each product may change: one row an option, in the order of the help.

The flow's parameter is `options_model(product)`; `flows.cli.options.run_options` makes the command line's
options. Whatever was given (None: leave as it is) is handed to `open_project(folder, options, product=…)`,
which knows the file of each.
"""


class RunOptions(BaseModel):
    """What a run changes of the project's settings; None leaves them as they are."""

    model_config = ConfigDict(extra="forbid")


def options_model(product: str) -> type[RunOptions]:
    """The parameters of a product's flow: one field an option of `RUN_OPTIONS[product]`, None unless given."""
    fields: dict[str, Any] = {
        option.name: (option.kind | None, Field(None, description=option.help))
        for option in RUN_OPTIONS[product]
    }
    return create_model(f"{product.capitalize()}Options", __base__=RunOptions, **fields)
