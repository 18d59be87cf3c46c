"""The control of a take: the same sounds by another voice of the embedded engine.

That engine is given how long each sound lasts before it speaks, so it leaves out no word and says none twice. What a
hearing finds strange in a control is its own slip, or so usual an utterance that the known sounds do not tell it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

from tts_core.engine import Engine, Prepared, Take, VoicePreset
from tts_core.kokoro.description import DESCRIPTION as KOKORO
from tts_core.kokoro.voice_bank import accent_of, gender_of, parse_voice
from tts_core.registry import load_engine


def other_voice(voice: str, language: str, voices: Iterable[VoicePreset]) -> str | None:
    """The voice that says the control of another one: the best of the language, of its accent, and a man's for a
    woman's, as far as there are such; None where there is no other.

    Args:
        voices: those there are, best first.

    Raises:
        DuoyinError: there is no such voice.
    """
    mine = parse_voice(voice).main
    fit = [other for other in voices if other.castable and other.name != mine]

    def unfit(other: VoicePreset) -> tuple[bool, bool, bool]:
        same_accent = accent_of(other.name) == accent_of(mine)
        return other.language != language, not same_accent, other.gender == gender_of(mine)

    best = min(fit, key=unfit, default=None)
    return best.name if best is not None else None


class Controls:
    """Speaks controls. The engine is loaded for the first of them.

    Args:
        engine: the embedded one; None: it is loaded.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self._speaking = threading.Lock()
        self._engine = engine

    def speak(self, prepared: Prepared) -> Take | None:
        """The control of a line that the embedded engine has read; None where it has no other voice for it."""
        with self._speaking:  # threads that listen share the engine
            self._engine = self._engine or load_engine(KOKORO.name)
            voice = other_voice(prepared.voice, prepared.language, self._engine.voices())
            if voice is None:
                return None
            return next(iter(self._engine.speak([replace(prepared, voice=voice)])))
