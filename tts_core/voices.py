"""A voice: what a character speaks with, and by which right.

Either a preset of an engine, or clips of a real person with that person's consent. Casting and the ledger carry voices
around; engines take `Voice.engine_voice`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from normalizers import DuoyinError
from tts_core.engine import Engine, VoicePreset

Gender = Literal["female", "male", "neutral"]
Age = Literal["child", "young", "adult", "old"]


@dataclass(frozen=True, slots=True)
class ReferenceClip:
    """A recording to clone from: its file, what is said in it, and in which language."""

    path: Path
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Voice:
    """A named voice.

    Args:
        name: what people call it, unique in a project.
        engine: the engine that speaks it, a key of `tts_core.registry.ENGINES`.
        preset: the engine's own voice (or mixture, such as `af_heart*0.5+bm_george*0.5`); None for a cloned voice.
        clips: reference recordings of a cloned voice.
        language: its own language.
        gender, age: how it sounds, for casting.
        licence: what it is used under.
        consent: for clips, the statement that its owner agreed to, in plain words.

    Raises:
        DuoyinError: neither a preset nor clips, or clips without consent.
    """

    name: str
    engine: str
    preset: str | None = None
    clips: tuple[ReferenceClip, ...] = ()
    language: str = "en"
    gender: Gender = "neutral"
    age: Age = "adult"
    licence: str = ""
    consent: str = ""

    def __post_init__(self) -> None:
        if self.preset is None and not self.clips:
            raise DuoyinError(f"the voice {self.name!r} has neither a preset nor reference clips")
        if self.clips and not self.consent.strip():
            raise DuoyinError(
                f"the voice {self.name!r} has clips of a person but no consent statement",
                hint="say who agreed to what: consent: “Recorded by Anna Li for this book, 2026-03-01”",
            )

    @property
    def engine_voice(self) -> str:
        """The name the engine knows it by."""
        return self.preset if self.preset is not None else self.name

    @classmethod
    def from_preset(cls, engine: str, preset: VoicePreset) -> Voice:
        """The voice that comes with an engine, under its own name."""
        return cls(
            preset.name,
            engine,
            preset=preset.name,
            language=preset.language,
            gender=preset.gender,
            age=preset.age,
            licence=preset.licence,
        )


def voices_of(engine: Engine) -> list[Voice]:
    """Every voice that comes with a loaded engine, best first."""
    return [Voice.from_preset(engine.name, preset) for preset in engine.voices()]
