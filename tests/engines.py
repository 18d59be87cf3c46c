"""A speech engine for tests of everything around the engine: fast, deterministic, and audible in a spectrum. And the
embedded one, loaded once."""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from normalizers import DuoyinError
from tts_core.consent import consent_of
from tts_core.description import EngineDescription
from tts_core.engine import Heard, Prepared, Take, Utterance, VoicePreset, Word, check_language
from tts_core.sound import Samples

if TYPE_CHECKING:
    from tts_core.kokoro.engine import KokoroEngine

SECONDS_PER_CHARACTER = 0.06
MOST_TAKES = 5


class ToneEngine:
    """Speaks each character as a short tone whose pitch is the character's code; each voice has its own timbre.

    Args:
        delay: seconds to sleep a line, to be killed in; letter_delay: seconds to sleep a letter.
        fail_on: a line with this text in it cannot be spoken.
        log: a file that gets one line (the process id and the text) for each line spoken.
        consents: of the people whose voices these are, as voice.yaml has them, by voice.
    """

    description = EngineDescription("tone", "tests.engines:ToneEngine", speech=False)
    name = "tone"
    sample_rate = 24_000
    languages: tuple[str, ...] = ("en", "zh", "es")

    def __init__(
        self,
        delay: float = 0.0,
        fail_on: str = "",
        log: str = "",
        version: str = "1",
        consents: Mapping[str, Any] | None = None,
        letter_delay: float = 0.0,
    ) -> None:
        self.delay, self.letter_delay = delay, letter_delay
        self.fail_on = fail_on
        self.log = Path(log) if log else None
        self.version = version
        self.consents = {name: consent_of(told, name) for name, told in (consents or {}).items()}

    def voices(self) -> Sequence[VoicePreset]:
        presets = [
            VoicePreset("low", "en", "male", recommended=True),
            VoicePreset("high", "en", "female", recommended=True),
            VoicePreset("middle", "en", "neutral"),
            VoicePreset("低", "zh", "male", recommended=True),
            VoicePreset("高", "zh", "female", recommended=True),
        ]
        return [replace(preset, consent=self.consents.get(preset.name)) for preset in presets]

    def fingerprint(self) -> str:
        return hashlib.sha256(f"tone {self.version}".encode()).hexdigest()

    def voice_digest(self, voice: str, language: str) -> str:
        if voice not in {v.name for v in self.voices()}:
            raise DuoyinError(f"there is no voice “{voice}”", hint="See `duoyin voices`.")
        return hashlib.sha256(f"{voice} {language}".encode()).hexdigest()

    def read(self, utterance: Utterance) -> Prepared:
        check_language(self, utterance)
        text = utterance.text
        words = tuple(Word(i, i + 1, i, i + 1) for i, c in enumerate(text) if c.isalnum())
        return Prepared(
            text, utterance.voice, utterance.language, utterance.speed, utterance.seed, words, text
        )

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        for prepared in batch:
            if self.fail_on and self.fail_on in prepared.text:
                raise DuoyinError("this engine cannot speak this line")
            if self.delay or self.letter_delay:
                time.sleep(self.delay + self.letter_delay * len(prepared.text))
            if self.log:
                with self.log.open("a", encoding="utf-8") as log:
                    log.write(f"{os.getpid()}\t{prepared.text}\n")
            yield self._take(prepared)

    def retake(self, prepared: Prepared, number: int, *, at_tempo: bool = False) -> Prepared | None:
        """Take `number` has its waves moved a little against the one before; there are five."""
        return replace(prepared, seed=number - 1) if number <= MOST_TAKES else None

    def predict_seconds(self, prepared: Prepared) -> float:
        return len(prepared.text) * self._samples(prepared) / self.sample_rate

    def _samples(self, prepared: Prepared) -> int:
        return round(SECONDS_PER_CHARACTER / prepared.speed * self.sample_rate)

    def _take(self, prepared: Prepared) -> Take:
        n = self._samples(prepared)
        t = np.arange(n) / self.sample_rate
        timbre = 1 + int(self.voice_digest(prepared.voice, prepared.language)[:2], 16) % 5
        envelope = np.sin(np.pi * np.arange(n) / n)
        tones = [
            0.2 * envelope * np.sin(2 * np.pi * (150 + 3 * (ord(c) % 200)) * timbre * t + 0.7 * prepared.seed)
            if not c.isspace()
            else 0 * t
            for c in prepared.text
        ]
        samples = np.concatenate(tones).astype(np.float32) if tones else np.zeros(0, np.float32)
        step = n / self.sample_rate
        times = tuple(i * step for i in range(len(prepared.text) + 1))
        return Take(samples, self.sample_rate, times, {"pieces": 1, "seed": prepared.seed})


class WindowEngine(ToneEngine):
    """Looks at many lines together, and notes of each batch how many lines it has in `log`, with `.batches` behind
    its name.

    Args:
        hold: a file; as long as it is there, no batch goes on.
    """

    description = EngineDescription("windows", "tests.engines:WindowEngine", speech=False, window=16)

    def __init__(self, hold: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.hold = hold

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        assert self.log is not None
        with self.log.with_suffix(".batches").open("a", encoding="utf-8") as log:
            log.write(f"{len(batch)}\n")
        while self.hold and os.path.exists(self.hold):
            time.sleep(0.02)
        yield from super().speak(batch)


class StreamingEngine(ToneEngine):
    """Gives a line in three stretches.

    Args:
        gate: a file without which nothing comes after the first.
    """

    def __init__(self, gate: str = "", **options: Any) -> None:
        super().__init__(**options)
        self._gate = Path(gate) if gate else None

    def stream(self, prepared: Prepared) -> Iterator[Samples]:
        first, *others = np.array_split(self._take(prepared).samples, 3)
        yield first
        while self._gate is not None and not self._gate.exists():
            time.sleep(0.01)
        yield from others

    def speak_aloud(self, prepared: Prepared, heard: Heard) -> Take:
        for stretch in self.stream(prepared):
            heard(stretch)
        return self._take(prepared)


class DeadlyEngine(ToneEngine):
    """Ends its process at a line that says so."""

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        for prepared in batch:
            if "deadly" in prepared.text:
                os._exit(9)
            yield from super().speak([prepared])


class HangingEngine(ToneEngine):
    """Never answers the first batch that anybody gives it; `log` remembers that there was one."""

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        assert self.log is not None
        if not self.log.exists():
            self.log.touch()
            time.sleep(1_000)
        yield from super().speak(batch)


class KilledAfterPutEngine(ToneEngine):
    """Its process is killed between the third put into an object store and the answer, once.

    Args:
        killed: a file that then gets the name of what was put.
    """

    def __init__(self, killed: str, **options: Any) -> None:
        super().__init__(**options)
        self.killed = Path(killed)

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        import obstore

        puts = itertools.count(1)
        put: Callable[..., Any] = obstore.put

        def deadly(store: Any, name: str, data: bytes, **ways: Any) -> Any:
            done = put(store, name, data, **ways)
            if next(puts) == 3:
                self.killed.write_text(name, encoding="utf-8")
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        if not self.killed.exists():
            module: Any = obstore
            module.put = deadly
        yield from super().speak(batch)


class MoodyEngine(ToneEngine):
    """Speaks a little otherwise in each process, as cards of two kinds do: rounding follows the hardware."""

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        for take in super().speak(batch):
            yield replace(take, samples=take.samples * np.float32(1.0 - 1e-3 * (os.getpid() % 97 + 1) / 97))


class LowRateEngine(ToneEngine):
    """The same at 16 kHz, as another engine beside the first."""

    description = EngineDescription("low-rate", "tests.engines:LowRateEngine", speech=False)
    name = "low-rate"
    sample_rate = 16_000


@functools.cache
def embedded() -> KokoroEngine:
    """The embedded engine, for all tests of this process."""
    from tts_core.kokoro.engine import KokoroEngine

    return KokoroEngine()
