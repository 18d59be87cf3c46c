"""The seam: what a speech engine is.

An engine turns utterances (spoken text + voice) into takes (waveform + times). Nothing here knows about
books, files or Prefect. A new engine is one module and one row of `tts_core.registry.ENGINES`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from normalizers import Hint
from tts_core.sound import Samples

Language = str


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line to be spoken.

    Args:
        text: spoken text, already normalized (no digits, no abbreviations); may mix Chinese and English.
        language: the language of the line; foreign stretches are told by script.
        voice: a voice name the engine knows.
        speed: tempo factor, 1.0 = the voice's own; engines accept at least 0.6 to 1.3.
        hints: readings for stretches of `text` (offsets in code points of `text`).
        seed: for engines that sample; engines that do not, ignore it.
    """

    text: str
    language: Language
    voice: str
    speed: float = 1.0
    hints: tuple[Hint, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TokenTime:
    """When `text[start_char:end_char]` of the utterance (a word or a Han character) is heard, in seconds."""

    start_char: int
    end_char: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Take:
    """The sound of one utterance.

    Args:
        samples: float32 `[T]`, mono. Peaks above 1.0 are allowed: gain is mastering's job.
        sample_rate: Hz.
        times: one entry a spoken word or Han character, in order.
        evidence: what the engine knows about the take (phonemes, flags, retries); JSON-serializable.
    """

    samples: Samples
    sample_rate: int
    times: tuple[TokenTime, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class VoicePreset:
    """A voice that comes with an engine. `castable` is False for one that must only speak when asked for by name."""

    name: str
    language: str
    gender: Literal["female", "male", "neutral"]
    age: Literal["child", "young", "adult", "old"] = "adult"
    recommended: bool = False
    castable: bool = True
    note: str = ""
    licence: str = ""


@runtime_checkable
class Engine(Protocol):
    """A loaded engine. Not thread-safe: one engine a process, one call at a time."""

    name: str
    sample_rate: int
    languages: tuple[str, ...]

    def voices(self) -> Sequence[VoicePreset]:
        """Every voice this engine can speak with, best first."""
        ...

    def fingerprint(self) -> str:
        """Hex SHA-256 of what decides the sound besides text, voice and parameters: weights, graph, code version."""
        ...

    def voice_digest(self, voice: str, language: str) -> str:
        """Hex SHA-256 of the voice's content as used for `language`. Raises `DuoyinError` for an unknown voice."""
        ...

    def synthesize(self, batch: Sequence[Utterance]) -> Iterator[Take]:
        """Speak each utterance, in order; a take is yielded as soon as it is ready."""
        ...

    def predict_seconds(self, utterance: Utterance) -> float:
        """How long the take will be, in seconds, without synthesizing it."""
        ...
