"""The embedded engine: Kokoro-82M on onnxruntime, for English, Chinese and both in one line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from normalizers import DuoyinError, Hint
from tts_core.engine import Language, Take, TokenTime, Utterance, VoicePreset
from tts_core.kokoro.g2p_en import EnglishG2P
from tts_core.kokoro.g2p_zh import HAN, ChineseG2P
from tts_core.kokoro.graph import (
    DURATION_MODEL,
    GRAPH_VERSION,
    PROSODY_MODEL,
    SAMPLE_RATE,
    SAMPLES_PER_STEP,
    SOUND_MODEL,
    KokoroGraph,
    Prosody,
    cut_graph,
    whole_frames,
)
from tts_core.kokoro.pieces import cut_pieces
from tts_core.kokoro.vocabulary import token_ids
from tts_core.kokoro.voice_bank import STYLE_ROWS, VoiceBank, language_of, parse_voice
from tts_core.models import ModelStore
from tts_core.phonetics.phonemes import CLAUSE_END, SENTENCE_END, Sound, tidy, voiced
from tts_core.phonetics.reading_hints import hint_symbols
from tts_core.sound import fade

G2P_VERSION = 5
"""Counts changes of what is said for a text, and of trimming and joining; part of the fingerprint."""

MIN_SPEED, MAX_SPEED = 0.5, 2.0
"""Accepted tempo factors; 0.6 to 1.3 stay as intelligible as 1."""

HEAD_STEPS = 4
"""Steps of 12.5 ms kept before the first sound: 50 ms."""
TAIL_STEPS = 6
"""Steps of 12.5 ms kept after the last sound: 75 ms."""
AUDIBLE_ENERGY = -3.0
"""Energy curve above which there is sound: 25 to 100 ms later than where the level falls below -38 dB of the peak
(10 voices, 60 short texts), so that no final consonant is cut."""
TOKEN_LEAD_STEPS = 4
"""Steps by which a token is heard before the edge that its frames give: 50 ms (20 to 85 ms between the edge of the first
token and the first sound, 5 voices, 5 texts)."""
FADE_SAMPLES = 240
"""Raised-cosine fade at both ends (10 ms): the cut is in near-silence, but not at a zero."""
WORDLESS_SECONDS = 0.2
"""Length of the silence for a text without anything to say."""
PIECE_PAUSE_SECONDS = {"sentence": 0.30, "clause": 0.15, "word": 0.0}
"""Silence between two pieces, on top of the head and tail kept (125 ms)."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One piece before its tempo is decided: N tokens without pads, natural frames `[N + 2]`, `pause` samples after it."""

    sounds: list[Sound]
    tokens: list[int]
    style: npt.NDArray[np.float32]
    frames: npt.NDArray[np.float32]
    text: npt.NDArray[np.float32]
    pause: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """One piece, ready to be sounded. `first`..`last` are the kept steps of its curves; `pause` samples follow it."""

    sounds: list[Sound]
    prosody: Prosody
    first: int
    last: int
    pause: int

    @property
    def samples(self) -> int:
        return (self.last - self.first) * SAMPLES_PER_STEP + self.pause


class KokoroEngine:
    """Kokoro-82M v1.0 int8 with its 54 voices. Needs about 0.5 s to load and 0.35 CPU seconds a second of speech.

    Args:
        store: where the models are; the default store when not given.

    Raises:
        ModelUnavailable: the model could not be had.
    """

    name = "kokoro"
    sample_rate = SAMPLE_RATE
    languages: tuple[str, ...] = ("zh", "en")

    def __init__(self, store: ModelStore | None = None) -> None:
        self._store = store or ModelStore()
        folder = self._store.derive(
            "kokoro-v1.0-int8",
            f"cut-{GRAPH_VERSION}",
            (DURATION_MODEL, PROSODY_MODEL, SOUND_MODEL),
            lambda source, target: cut_graph(source / "kokoro-v1.0.int8.onnx", target),
        )
        self._graph = KokoroGraph(folder)
        self._bank = VoiceBank(self._store)
        self._chinese = ChineseG2P()

    # -- what the engine is -------------------------------------------------------------------------

    def voices(self) -> Sequence[VoicePreset]:
        """The voices on this machine, best first. `jm_kumo` and its like are Japanese, but speak both languages."""
        return self._bank.presets()

    def default_voice(self, language: Language) -> str:
        """The voice to read with when nobody chose one."""
        return self._bank.default(language)

    def fingerprint(self) -> str:
        """Hex SHA-256 of weights, graph cut, text-to-phoneme version and onnxruntime."""
        import onnxruntime

        model = self._store.model("kokoro-v1.0-int8").files[0].sha256
        text = f"kokoro {model} graph {GRAPH_VERSION} g2p {G2P_VERSION} onnxruntime {onnxruntime.__version__}"
        return hashlib.sha256(text.encode()).hexdigest()

    def voice_digest(self, voice: str, language: str) -> str:
        """Hex SHA-256 of the style table that `voice` speaks `language` with."""
        return self._bank.digest(voice, language)

    # -- speaking -----------------------------------------------------------------------------------

    def synthesize(self, batch: Sequence[Utterance]) -> Iterator[Take]:
        """Speak each utterance, in order.

        A take begins 50 ms before its first sound and ends 75 ms after its last; a text without a word gives
        0.2 s of silence. `evidence` holds the phonemes of each piece and what of the text could not be read.
        """
        for utterance in batch:
            yield self._take(utterance)

    def predict_seconds(self, utterance: Utterance) -> float:
        """The exact length of the take, in seconds, for 3 % of the cost of making it."""
        plans = self._plan(self.phonemize(utterance), utterance, utterance.speed)
        return self._seconds(plans)

    def speed_for(self, utterance: Utterance, seconds: float) -> tuple[float, float]:
        """The speed at which the take is as near as can be to `seconds`, and how long it will be then.

        Exact to about one frame (25 ms) for results between `MIN_SPEED` and `MAX_SPEED`; beyond, the nearest of the two.
        """
        sounds = self.phonemize(utterance)
        pieces = self._pieces(sounds, utterance)
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

    def phonemize(self, utterance: Utterance) -> list[Sound]:
        """What is said for the utterance: sounds in the model's symbols with their places in the text."""
        text = utterance.text
        hints = [hint for hint in utterance.hints if 0 <= hint.start < hint.end <= len(text)]
        sounds: list[Sound] = []
        for start, end, spoken_as in _stretches(text, utterance.language, hints):
            if sounds:
                sounds.append(Sound(" ", start, start, word=False))
            if isinstance(spoken_as, Hint):
                say = self._english(utterance.voice).say_plain
                sounds.append(Sound(hint_symbols(spoken_as, say), start, end))
                continue
            inside = [hint.moved(-start) for hint in hints if start <= hint.start and hint.end <= end]
            g2p = self._english(utterance.voice) if spoken_as == "en" else self._chinese
            sounds += [sound.moved(start) for sound in g2p.sounds(text[start:end], inside)]
        return tidy(sounds)

    def _english(self, voice: str) -> EnglishG2P:
        return EnglishG2P(self._bank.accent(voice))

    def _take(self, utterance: Utterance) -> Take:
        sounds = self.phonemize(utterance)
        plans = self._plan(sounds, utterance, utterance.speed)
        evidence: dict[str, Any] = {"phonemes": ["".join(s.symbols for s in plan.sounds) for plan in plans]}
        said = {place for sound in sounds if sound.word for place in range(sound.start, sound.end)}
        if unread := "".join(c for i, c in enumerate(utterance.text) if c.isalnum() and i not in said):
            evidence["unread"] = unread
        if not plans:
            return Take(
                np.zeros(round(WORDLESS_SECONDS * SAMPLE_RATE), np.float32), SAMPLE_RATE, (), evidence
            )
        parts: list[npt.NDArray[np.float32]] = []
        times: list[TokenTime] = []
        at = 0  # samples
        for plan in plans:
            audio = self._graph.sound(plan.prosody)
            kept = audio[plan.first * SAMPLES_PER_STEP : plan.last * SAMPLES_PER_STEP].copy()
            fade(kept, FADE_SAMPLES, FADE_SAMPLES)
            times += _times(plan, at)
            parts += [kept, np.zeros(plan.pause, np.float32)]
            at += plan.samples
        return Take(np.concatenate(parts), SAMPLE_RATE, tuple(times), evidence)

    def _plan(self, sounds: list[Sound], utterance: Utterance, speed: float) -> list[_Plan]:
        return [self._piece_plan(piece, speed) for piece in self._pieces(sounds, utterance)]

    def _pieces(self, sounds: list[Sound], utterance: Utterance) -> list[_Piece]:
        if not MIN_SPEED <= utterance.speed <= MAX_SPEED:
            raise DuoyinError(f"speed {utterance.speed} is outside {MIN_SPEED} to {MAX_SPEED}")
        if not voiced(sounds):
            return []
        table = self._bank.table(utterance.voice, _voice_language(utterance))
        pieces = [piece for piece in cut_pieces(sounds) if voiced(piece)]
        result = []
        for i, piece in enumerate(pieces):
            tokens = token_ids(piece)
            style = table[min(len(tokens), STYLE_ROWS) - 1]
            frames, text = self._graph.natural_frames(tokens, style)
            pause = 0 if i == len(pieces) - 1 else round(PIECE_PAUSE_SECONDS[_border(piece)] * SAMPLE_RATE)
            result.append(_Piece(piece, tokens, style, frames, text, pause))
        return result

    def _piece_plan(self, piece: _Piece, speed: float) -> _Plan:
        frames = whole_frames(piece.frames, speed)
        prosody = self._graph.prosody(piece.tokens, piece.style, piece.text, frames)
        first, last = _audible(prosody.energy.reshape(-1))
        return _Plan(piece.sounds, prosody, first, last, piece.pause)

    @staticmethod
    def _seconds(plans: Sequence[_Plan]) -> float:
        if not plans:
            return WORDLESS_SECONDS
        return sum(plan.samples for plan in plans) / SAMPLE_RATE


def _audible(energy: npt.NDArray[np.float32]) -> tuple[int, int]:
    """First and last (exclusive) step to keep of an energy curve `[2F]`."""
    loud = np.flatnonzero(energy > AUDIBLE_ENERGY)
    if not len(loud):
        return 0, len(energy)
    return max(int(loud[0]) - HEAD_STEPS, 0), min(int(loud[-1]) + 1 + TAIL_STEPS, len(energy))


def _times(plan: _Plan, at: int) -> list[TokenTime]:
    """When each word or character of a piece is heard; `at` is the sample where the piece begins in the take. In steps of the curves."""
    frames = plan.prosody.frames.reshape(-1)
    edges = np.concatenate([[0.0], np.cumsum(frames)]) * 2 - plan.first - TOKEN_LEAD_STEPS
    total = plan.last - plan.first
    result = []
    token = 1  # 0 is the pad
    for sound in plan.sounds:
        start, end = edges[token], edges[token + len(sound.symbols)]
        token += len(sound.symbols)
        if sound.word:
            begin, finish = (
                (at + min(max(float(edge), 0.0), total) * SAMPLES_PER_STEP) / SAMPLE_RATE
                for edge in (start, end)
            )
            result.append(TokenTime(sound.start, sound.end, begin, finish))
    return result


def _border(sounds: Sequence[Sound]) -> str:
    """What kind of place a piece ends at."""
    last = "".join(sound.symbols for sound in sounds[-2:]).rstrip("”)")[-1:]
    return (
        "sentence" if last and last in SENTENCE_END else "clause" if last and last in CLAUSE_END else "word"
    )


_LATIN_RUN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ž](?:[A-Za-zÀ-ÖØ-öø-ž'’.\- ,]*[A-Za-zÀ-ÖØ-öø-ž])?")
_HAN_RUN = re.compile(rf"[{HAN}](?:[{HAN}，。、！？；：“”‘’…—·《》（）\s]*[{HAN}])?")


def _stretches(
    text: str, language: Language, hints: Sequence[Hint] = ()
) -> list[tuple[int, int, Language | Hint]]:
    """`text` in stretches of one language: the line's own, and runs in the other script. A hint that reaches over such a
    border is a stretch of its own."""
    foreign: Language = "en" if language == "zh" else "zh"
    result: list[tuple[int, int, Language | Hint]] = []
    at = 0
    for match in (_LATIN_RUN if language == "zh" else _HAN_RUN).finditer(text):
        result += [(at, match.start(), language), (match.start(), match.end(), foreign)]
        at = match.end()
    result.append((at, len(text), language))
    for hint in hints:
        if not any(start <= hint.start and hint.end <= end for start, end, _ in result):
            outside = [
                part
                for start, end, kind in result
                for part in ((start, min(end, hint.start), kind), (max(start, hint.end), end, kind))
            ]
            result = [*outside, (hint.start, hint.end, hint)]
    return sorted((part for part in result if part[0] < part[1]), key=lambda part: part[0])


def _voice_language(utterance: Utterance) -> Language:
    """The language whose voice speaks the line: its own, or the other where most of it is in the other script.

    A Chinese voice reads English words well (3.5 % word errors) and stays as it is; an English voice reads Chinese badly
    (20.8 % errors), so any Chinese in a line calls for a voice that can."""
    han = len(re.findall(f"[{HAN}]", utterance.text))
    words = len(_LATIN_RUN.findall(utterance.text)) and len(re.findall("[A-Za-z'’]+", utterance.text))
    if utterance.language == "en":
        return "zh" if han and language_of(parse_voice(utterance.voice).main) != "zh" else "en"
    return "en" if words > han else "zh"
