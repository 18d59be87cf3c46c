"""voice.yaml: a cloned voice as a file: its model, its clips with digests, and the consent it is used under."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from normalizers import DuoyinError
from tts_core import yamlfile
from tts_core.consent import Consent, consent_of
from tts_core.engine import Language, VoicePreset
from tts_core.files import file_digest, write_atomically
from tts_core.gpt_sovits.description import DESCRIPTION

VOICE_FILE = "voice.yaml"
ENGINE = "gpt-sovits"
Gender = Literal["female", "male", "neutral"]
Age = Literal["child", "young", "adult", "old"]


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording: file beside voice.yaml, its hex SHA-256, what is said ("" = unknown)."""

    file: str
    sha256: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ClonedVoice:
    """A voice made from clips.

    Args:
        name: what people call it.
        model: an imported model's name, or a path to its folder; where an engine has a model a voice, its file beside
            voice.yaml.
        prompt: the clip whose manner is continued (3 to 10 s); without its text the voice speaks prompt-free.
        references: clips whose timbre is averaged; the prompt is one of them.
        language: what is spoken in the prompt.
        consent: who agreed to what, and until when.
        licence: what the clips are used under.
        folder: where voice.yaml lies.
        trained: how its model was trained for it (base, recipe, clips, figures); empty where it was not.
        engine: that speaks it.
    """

    name: str
    model: str
    prompt: Clip
    references: tuple[Clip, ...]
    language: Language
    consent: Consent
    licence: str = ""
    gender: Gender = "neutral"
    age: Age = "adult"
    folder: Path = Path()
    trained: Mapping[str, Any] = field(default_factory=dict)
    engine: str = ENGINE


def voices_folder() -> Path:
    """`DUOYIN_VOICES`, or `duoyin/voices` in the user's data folder."""
    if chosen := os.environ.get("DUOYIN_VOICES"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "duoyin" / "voices"


def save_voice(voice: ClonedVoice) -> Path:
    """Write `voice.folder/voice.yaml` and return its path."""
    content = {
        "name": voice.name,
        "engine": voice.engine,
        "model": voice.model,
        "language": voice.language,
        "gender": voice.gender,
        "age": voice.age,
        "consent": voice.consent.to_yaml(),
        "licence": voice.licence,
        "prompt": {"file": voice.prompt.file, "sha256": voice.prompt.sha256, "text": voice.prompt.text},
        "references": [{"file": clip.file, "sha256": clip.sha256} for clip in voice.references],
        **({"trained": dict(voice.trained)} if voice.trained else {}),
    }
    path = voice.folder / VOICE_FILE
    write_atomically(path, yamlfile.to_text(content).encode())
    return path


def load_voice(path: Path) -> ClonedVoice:
    """Read a voice.yaml (or the folder it lies in) and check its clips against their digests.

    Raises:
        DuoyinError: unreadable, incomplete, without consent, or with a clip that changed.
    """
    path = Path(path)
    path = path / VOICE_FILE if path.is_dir() else path
    content = yamlfile.read_mapping(path)
    voice = ClonedVoice(
        name=_text(content, "name", path),
        model=_text(content, "model", path),
        prompt=_clip(content.get("prompt"), path),
        references=tuple(
            _clip(entry, path) for entry in content.get("references") or [content.get("prompt")]
        ),
        language=_choice(content, "language", DESCRIPTION.languages, path),
        consent=consent_of(content.get("consent"), str(path)),
        licence=str(content.get("licence") or ""),
        gender=cast(
            Gender, _choice({"gender": "neutral", **content}, "gender", ("female", "male", "neutral"), path)
        ),
        age=cast(Age, _choice({"age": "adult", **content}, "age", ("child", "young", "adult", "old"), path)),
        folder=path.parent,
        trained=trained if isinstance(trained := content.get("trained"), dict) else {},
        engine=_text({"engine": ENGINE, **content}, "engine", path),
    )
    for clip in {voice.prompt, *voice.references}:
        file = voice.folder / clip.file
        if not file.is_file():
            raise DuoyinError(f"the clip {clip.file} is missing", where=str(path))
        if file_digest(file) != clip.sha256:
            raise DuoyinError(
                f"the clip {clip.file} is not the one the voice was made with",
                where=str(path),
                hint="Add the voice again.",
            )
    return voice


def known_voices(folder: Path) -> list[Path]:
    """Every voice.yaml one level below `folder`, by name."""
    return sorted(folder.glob(f"*/{VOICE_FILE}")) if folder.is_dir() else []


def of_the_same_clips(voice: ClonedVoice) -> list[ClonedVoice]:
    """The other voices beside `voice` that any of its recordings is a clip of, by name."""
    clips = {voice.prompt.sha256, *(clip.sha256 for clip in voice.references)}
    others = map(load_voice, known_voices(voice.folder.parent))
    return [
        other
        for other in others
        if other.name != voice.name
        and clips & {other.prompt.sha256, *(clip.sha256 for clip in other.references)}
    ]


def engine_of(name: str, folder: Path) -> str:
    """The engine of the voice of that name below `folder`; "" where there is none."""
    if not name or Path(name).name != name or not (folder / name / VOICE_FILE).is_file():
        return ""
    return load_voice(folder / name).engine


def presets_of(folder: Path, engine: str, note: Callable[[ClonedVoice], str]) -> list[VoicePreset]:
    """The voices below `folder` that an engine speaks, by name."""
    return [
        VoicePreset(
            voice.name,
            voice.language,
            voice.gender,
            voice.age,
            note=note(voice),
            licence=voice.licence,
            consent=voice.consent,
        )
        for voice in map(load_voice, known_voices(folder))
        if voice.engine == engine
    ]


def _text(content: dict[str, Any], key: str, path: Path) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value.strip():
        raise DuoyinError(f"{key}: is missing", where=str(path))
    return value


def _choice(content: dict[str, Any], key: str, allowed: tuple[str, ...], path: Path) -> str:
    value = content.get(key)
    if value not in allowed:
        raise DuoyinError(f"{key}: {value!r} is none of {', '.join(allowed)}", where=str(path))
    return str(value)


def _clip(entry: Any, path: Path) -> Clip:
    if (
        not isinstance(entry, dict)
        or not isinstance(entry.get("file"), str)
        or not isinstance(entry.get("sha256"), str)
    ):
        raise DuoyinError("a clip needs file: and sha256:", where=str(path))
    if Path(entry["file"]).is_absolute() or ".." in Path(entry["file"]).parts:
        raise DuoyinError("clips lie beside voice.yaml", where=str(path), hint=f"{entry['file']} does not")
    return Clip(entry["file"], entry["sha256"], str(entry.get("text") or ""))
