"""The embedded engine: Kokoro-82M on onnxruntime and compiled loops, for English, Chinese and both in one line."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from normalizers import DuoyinError
from tts_core.engine import Heard, Prepared, Take, Utterance, VoicePreset, check_language
from tts_core.kokoro import retakes
from tts_core.kokoro.card import CARD_MODEL, Card, Device, check_device, write_card_graph
from tts_core.kokoro.description import DESCRIPTION
from tts_core.kokoro.generator import FILTERS, INDEX, Generator, write_filters
from tts_core.kokoro.graph import (
    PARTS,
    SAMPLE_RATE,
    SAMPLES_PER_STEP,
    KokoroGraph,
    Prosody,
    whole_frames,
    write_parts,
)
from tts_core.kokoro.retakes import pieces_of
from tts_core.kokoro.sessions import made_for
from tts_core.kokoro.vocabulary import token_ids
from tts_core.kokoro.voice_bank import STYLE_ROWS, VoiceBank
from tts_core.loops.filters import shape
from tts_core.mark import marked, marked_stream, marker
from tts_core.models import ModelStore
from tts_core.sound import Samples, fade
from tts_core.versions import KOKORO_GRAPH, KOKORO_SOUND

MODEL, MODEL_FILE = "kokoro-v1.0-int8", "kokoro-v1.0.int8.onnx"

MIN_SPEED, MAX_SPEED = 0.5, 2.0
"""Accepted tempo factors; 0.6 to 1.3 stay as intelligible as 1."""

PLANS_AHEAD = 4
"""Lines whose durations and curves are decided on the processor while a card makes the sound of another."""

HEAD_STEPS = 4
"""Steps of 12.5 ms kept before the first sound: 50 ms."""
TAIL_STEPS = 6
"""Steps of 12.5 ms kept after the last sound: 75 ms."""
AUDIBLE_ENERGY = -3.0
"""Energy curve above which there is sound: 25 to 100 ms later than where the level falls below -38 dB of the peak
(10 voices, 60 short texts), so that no final consonant is cut."""
TOKEN_LEAD_STEPS = 4
"""Steps by which a token is heard before the edge that its frames give: 50 ms (20 to 85 ms between the edge of
the first token and the first sound, 5 voices, 5 texts)."""
FADE_SAMPLES = 240
"""Raised-cosine fade at both ends (10 ms): the cut is in near-silence, but not at a zero."""
WORDLESS_SECONDS = 0.2
"""Length of the silence for a text without anything to say."""
PIECE_PAUSE_SECONDS = {"sentence": 0.30, "clause": 0.15, "word": 0.0}
"""Silence between two pieces, on top of the head and tail kept (125 ms)."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One piece before its tempo is decided: N tokens without pads, natural frames `[N + 2]`, `pause` samples
    after it."""

    tokens: list[int]
    style: npt.NDArray[np.float32]
    frames: npt.NDArray[np.float32]
    text: npt.NDArray[np.float32]
    pause: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """One piece, ready to be sounded. `first`..`last` are the kept steps of its curves; `pause` samples follow
    it."""

    prosody: Prosody
    first: int
    last: int
    pause: int

    @property
    def samples(self) -> int:
        return (self.last - self.first) * SAMPLES_PER_STEP + self.pause


class KokoroEngine:
    """Kokoro-82M v1.0 int8 with its 54 voices.

    Args:
        store: where the models are; the default store when not given.
        device: where sound is made. "cuda" refuses to run without a GPU.
        mark: whether takes get an inaudible mark (`tts_core.mark`).

    Raises:
        ModelUnavailable: the model could not be had.
        DuoyinError: a GPU was asked for and there is none, or a mark without its extra.
    """

    description = DESCRIPTION
    name = DESCRIPTION.name
    sample_rate = SAMPLE_RATE
    languages = DESCRIPTION.languages

    def __init__(
        self, store: ModelStore | None = None, device: Device = "cpu", *, mark: bool = False
    ) -> None:
        check_device(device)
        self._store = store or ModelStore()
        self._marker = marker(mark, self._store)
        self._store.ensure(MODEL)
        self._card = Card(self._card_graph()) if device == "cuda" else None
        self._bank = VoiceBank(self._store)

    @cached_property
    def _graph(self) -> KokoroGraph:
        """What speaks; whoever only reads lines does without it and without its compiler."""
        folder = self._store.derive(
            MODEL,
            f"parts-{KOKORO_GRAPH}-{made_for()}",
            PARTS,
            lambda source, target: write_parts(source / MODEL_FILE, target),
        )
        return KokoroGraph(folder, self._generator)

    def _generator(self) -> Generator:
        its = shape()
        folder = self._store.derive(
            MODEL,
            f"filters-{KOKORO_GRAPH}-{its.layout}",
            (FILTERS, INDEX),
            lambda source, target: write_filters(source / MODEL_FILE, target, its),
        )
        return Generator(folder, its)

    def _card_graph(self) -> Path:
        return self._store.derive(
            MODEL,
            f"card-{KOKORO_GRAPH}",
            (CARD_MODEL,),
            lambda source, target: write_card_graph(source / MODEL_FILE, target),
        )

    # -- what the engine is -------------------------------------------------------------------------

    def voices(self) -> Sequence[VoicePreset]:
        """The voices on this machine, best first. `jm_kumo` and its like are Japanese, but speak both languages."""
        return self._bank.presets()

    def fingerprint(self) -> str:
        """Hex SHA-256 of weights, graph cut, sounding code, onnxruntime, and the precision of the sound."""
        model = self._store.model(MODEL).files[0].sha256
        text = f"kokoro {model} graph {KOKORO_GRAPH} sound {KOKORO_SOUND} onnxruntime {_onnxruntime()}"
        if self._card is not None:
            text += " all in float32"
        if self._marker is not None:
            text += f" mark {self._marker.fingerprint()}"
        return hashlib.sha256(text.encode()).hexdigest()

    def voice_digest(self, voice: str, language: str) -> str:
        """Hex SHA-256 of the style table that `voice` speaks `language` with."""
        return self._bank.digest(voice, language)

    # -- speaking -----------------------------------------------------------------------------------

    def read(self, utterance: Utterance) -> Prepared:
        """Symbols in pieces, with the words' places in the text. What of the text could not be read is in
        `unread`."""
        check_language(self, utterance)
        from tts_core.kokoro import reading  # rules of texts, which a speech process does without

        return reading.read(utterance)

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        """Speak each line, in order.

        A take begins 50 ms before its first sound and ends 75 ms after its last; a text without a word gives
        0.2 s of silence. `evidence` holds the phonemes of each piece.
        """
        if self._card is None:
            for prepared in batch:
                yield marked(self._spoken(prepared, self._plan(prepared)), self._marker)
            return
        # the next lines are planned while the card is at work
        with ThreadPoolExecutor(1, thread_name_prefix="plans") as ahead:
            waiting = deque(ahead.submit(self._plan, prepared) for prepared in batch[:PLANS_AHEAD])
            for number, prepared in enumerate(batch):
                plans = waiting.popleft().result()
                waiting.extend(ahead.submit(self._plan, later) for later in batch[number + PLANS_AHEAD :][:1])
                yield marked(self._spoken(prepared, plans), self._marker)

    def stream(self, prepared: Prepared) -> Iterator[Samples]:
        """The sound of a line piece by piece. A piece is made whole: the model's norms run over all of its time."""
        plans = (self._piece_plan(piece, prepared.speed) for piece in self._pieces(prepared))
        return marked_stream(self._stretches(prepared, plans, []), SAMPLE_RATE, self._marker)

    def speak_aloud(self, prepared: Prepared, heard: Heard) -> Take:
        """The take of a line, each piece of which is heard as soon as it is made."""
        plans, made = self._plan(prepared), list[Samples]()
        for stretch in marked_stream(self._stretches(prepared, plans, made), SAMPLE_RATE, self._marker):
            heard(stretch)
        return marked(self._take(prepared, plans, made), self._marker)

    def _stretches(
        self, prepared: Prepared, plans: Iterable[_Plan], made: list[Samples]
    ) -> Iterator[Samples]:
        """The sound of a line piece by piece.

        Args:
            made: gets each piece, too.
        """
        for plan in plans:
            made.append(self._sound(plan))
            yield made[-1]
        if not made:
            yield self._take(prepared, [], []).samples

    def retake(self, prepared: Prepared, number: int, *, at_tempo: bool = False) -> Prepared | None:
        """The line looked up elsewhere in the voice's style table, cut in two, or at another tempo: see `retakes`."""
        return retakes.retake(prepared, number, at_tempo=at_tempo)

    def predict_seconds(self, prepared: Prepared) -> float:
        """The exact length of the take, in seconds, for 3 % of the cost of making it."""
        return self._seconds(self._plan(prepared))

    def speed_for(self, prepared: Prepared, seconds: float) -> tuple[float, float]:
        """The speed at which the take is as near as can be to `seconds`, and how long it will be then.

        Exact to about one frame (25 ms) for results between `MIN_SPEED` and `MAX_SPEED`; beyond, the nearest of
        the two.
        """
        pieces = self._pieces(prepared)
        natural = sum(float(whole_frames(piece.frames, 1.0).sum()) for piece in pieces)
        if not natural:
            return 1.0, WORDLESS_SECONDS

        def at(speed: float) -> float:
            return self._seconds([self._piece_plan(piece, speed) for piece in pieces])

        best = (1.0, at(1.0))
        low, high = MIN_SPEED, MAX_SPEED  # slow (long) and fast (short)
        speed = min(max(best[1] / seconds, low), high) if seconds > 0 else high
        for _ in range(12):
            found = at(speed)
            if abs(found - seconds) < abs(best[1] - seconds):
                best = (speed, found)
            if abs(found - seconds) <= 0.0126:  # half a frame
                break
            if found > seconds:
                low = max(low, speed)
            else:
                high = min(high, speed)
            guess = speed * found / seconds if seconds > 0 else high
            speed = guess if low < guess < high else (low + high) / 2
            if high - low < 1e-4:
                break
        return best

    def _spoken(self, prepared: Prepared, plans: Sequence[_Plan]) -> Take:
        return self._take(prepared, plans, [self._sound(plan) for plan in plans])

    def _take(self, prepared: Prepared, plans: Sequence[_Plan], sounds: Sequence[Samples]) -> Take:
        evidence = {"phonemes": [piece.symbols for piece in pieces_of(prepared)]}
        if not plans:
            return Take(
                np.zeros(round(WORDLESS_SECONDS * SAMPLE_RATE), np.float32), SAMPLE_RATE, (), evidence
            )
        times: list[float] = []
        at = 0  # samples
        for plan in plans:
            times += _edges(plan, at)
            at += plan.samples
        return Take(np.concatenate(sounds), SAMPLE_RATE, tuple(times), evidence)

    def _sound(self, plan: _Plan) -> Samples:
        """What is kept of a piece's sound, and the pause after it."""
        audio = (self._card or self._graph).sound(plan.prosody)
        kept = audio[plan.first * SAMPLES_PER_STEP : plan.last * SAMPLES_PER_STEP].copy()
        fade(kept, FADE_SAMPLES, FADE_SAMPLES)
        return np.concatenate([kept, np.zeros(plan.pause, np.float32)])

    def _plan(self, prepared: Prepared) -> list[_Plan]:
        return [self._piece_plan(piece, prepared.speed) for piece in self._pieces(prepared)]

    def _pieces(self, prepared: Prepared) -> list[_Piece]:
        if not MIN_SPEED <= prepared.speed <= MAX_SPEED:
            raise DuoyinError(f"speed {prepared.speed} is outside {MIN_SPEED} to {MAX_SPEED}")
        result = []
        for piece in pieces_of(prepared):
            table = self._bank.table(prepared.voice, prepared.language)
            tokens = token_ids(piece.symbols)
            style = table[min(max(len(tokens), 1) + piece.rows, STYLE_ROWS) - 1]
            frames, text = self._graph.natural_frames(tokens, style)
            pause = round(PIECE_PAUSE_SECONDS[piece.border] * SAMPLE_RATE) if piece.border else 0
            result.append(_Piece(tokens, style, frames, text, pause))
        return result

    def _piece_plan(self, piece: _Piece, speed: float) -> _Plan:
        frames = whole_frames(piece.frames, speed)
        prosody = self._graph.prosody(piece.tokens, piece.style, piece.text, frames)
        first, last = _audible(prosody.energy.reshape(-1))
        return _Plan(prosody, first, last, piece.pause)

    @staticmethod
    def _seconds(plans: Sequence[_Plan]) -> float:
        if not plans:
            return WORDLESS_SECONDS
        return sum(plan.samples for plan in plans) / SAMPLE_RATE


def _onnxruntime() -> str:
    """Its version. Importing it costs 20 MB, which whoever only plans a book does without."""
    found = []
    for distribution in ("onnxruntime", "onnxruntime-gpu"):
        with suppress(PackageNotFoundError):
            found.append(version(distribution))
    if len(found) == 1:
        return found[0]
    import onnxruntime  # built by other people, or one package over another: only it knows

    return str(onnxruntime.__version__)


def _audible(energy: npt.NDArray[np.float32]) -> tuple[int, int]:
    """First and last (exclusive) step to keep of an energy curve `[2F]`."""
    loud = np.flatnonzero(energy > AUDIBLE_ENERGY)
    if not len(loud):
        return 0, len(energy)
    return max(int(loud[0]) - HEAD_STEPS, 0), min(int(loud[-1]) + 1 + TAIL_STEPS, len(energy))


def _edges(plan: _Plan, at: int) -> list[float]:
    """When each symbol of a piece begins, and when the last ends, in seconds; `at` is the sample where the
    piece begins in the take."""
    frames = plan.prosody.frames.reshape(-1)
    steps = np.concatenate([[0.0], np.cumsum(frames)]) * 2 - plan.first - TOKEN_LEAD_STEPS
    total = plan.last - plan.first
    inside = steps[1:-1]  # without the pads
    return [(at + min(max(float(step), 0.0), total) * SAMPLES_PER_STEP) / SAMPLE_RATE for step in inside]
