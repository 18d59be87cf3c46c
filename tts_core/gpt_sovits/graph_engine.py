"""GPT-SoVITS on a small device: text → sound from exported graphs on onnxruntime alone. torch is never imported.

A folder holds the graphs of a model (`conversion.export`) and the voices prepared for it (`files.prepared`):
`duoyin models export VOICE --onnx FOLDER`. Phonemes, seeds, drawing and guards are the engine's own, so the tokens are
those that the engine draws without BERT, and the samples are its samples to 1e-3. BERT stays behind: it is eight times
as large as all of this, and Chinese is read without it, in plainer tones of voice.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from normalizers import DuoyinError
from tts_core.consent import Use
from tts_core.engine import Prepared, Take, Utterance, VoicePreset, check_language
from tts_core.gpt_sovits.description import DESCRIPTION
from tts_core.gpt_sovits.files.prepared import ENDING, GRAPHS_FILE, PreparedVoice, prepared_voice
from tts_core.gpt_sovits.model.guards import Flag, severity, sound_flags, token_flags
from tts_core.gpt_sovits.model.lines import expected, most_tokens, seed_of, times
from tts_core.gpt_sovits.model.tokens import (
    END,
    FEWEST_TOKENS,
    FRAMES_PER_TOKEN,
    NOISE_SCALE,
    Sampling,
    TokenLine,
)
from tts_core.gpt_sovits.text.pieces import SILENCE_SECONDS, joined
from tts_core.gpt_sovits.text.reading import GivenPiece, given, read
from tts_core.gpt_sovits.text.symbols import symbol_ids
from tts_core.mark import marked, marker
from tts_core.models import ModelStore
from tts_core.sound import Samples
from tts_core.versions import GPT_SOVITS_SOUND

GRAPHS = ("prefill", "step", "speech")

_GOLDEN, _MIX_1, _MIX_2 = (  # splitmix64, Steele et al. 2014
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)
Floats = npt.NDArray[np.float32]


class GraphEngine:
    """Speaks with the prepared voices of one folder.

    Args:
        graphs: the folder.
        sampling: how tokens are drawn.
        retakes: how often a flagged line is drawn again.
        threads: of onnxruntime.
        mark: whether takes get an inaudible mark (`tts_core.mark`); None: where the extra `mark` is installed.

    `cpu_seconds` adds up what each graph took of the processor.

    Raises:
        DuoyinError: no graphs there, or a mark without its extra.
    """

    name = f"{DESCRIPTION.name}-graphs"
    description = replace(
        DESCRIPTION,
        name=name,
        factory=f"{__name__}:GraphEngine",
        extra="",
        batches=False,
        device=False,
        environment={},
    )
    languages = DESCRIPTION.languages

    def __init__(
        self,
        graphs: Path | str,
        *,
        sampling: Sampling | None = None,
        retakes: int = 2,
        threads: int = 1,
        mark: bool | None = None,
    ) -> None:
        import onnxruntime

        self._folder = Path(graphs)
        try:
            self._sizes: dict[str, Any] = json.loads((self._folder / GRAPHS_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DuoyinError(
                "there are no exported graphs here",
                where=str(self._folder),
                hint="duoyin models export VOICE --onnx FOLDER writes them.",
            ) from error
        self.sample_rate = int(self._sizes["sample_rate"])
        self.sampling, self._retakes = sampling or Sampling(), retakes
        self.cpu_seconds = dict.fromkeys(GRAPHS, 0.0)
        self._marker = marker(mark, ModelStore())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._sessions = {
            name: onnxruntime.InferenceSession(
                str(self._folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
            )
            for name in GRAPHS
        }
        self._voices = {
            voice.name: voice for voice in map(prepared_voice, sorted(self._folder.glob(f"*{ENDING}")))
        }

    # -- what the engine is -------------------------------------------------------------------------

    def voices(self) -> Sequence[VoicePreset]:
        """The voices prepared in the folder, by name."""
        return [
            VoicePreset(
                voice.name,
                voice.language,
                voice.gender,
                voice.age,
                note="cloned",
                licence=voice.licence,
                consent=voice.consent,
            )
            for voice in self._voices.values()
        ]

    def fingerprint(self) -> str:
        """Hex SHA-256 of model, sounding code, sampling and mark."""
        content = {
            "engine": self.name,
            "sound": GPT_SOVITS_SOUND,
            "model": self._sizes["digest"],
            "sampling": repr(self.sampling),
            "retakes": self._retakes,
            "mark": self._marker.fingerprint() if self._marker is not None else "",
            **({"weights": self._sizes["weights"]} if "weights" in self._sizes else {}),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def voice_digest(self, voice: str, language: str) -> str:
        """Hex SHA-256 of the voice's model, clips and prompt text."""
        return self._voice(voice).digest

    # -- speaking -----------------------------------------------------------------------------------

    def read(self, utterance: Utterance) -> Prepared:
        """Phonemes in pieces, as the engine with torch reads them."""
        check_language(self, utterance)
        self._voice(utterance.voice)
        return read(utterance, self._sizes["symbols"])

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        """Speak each line, in order.

        Raises:
            DuoyinError: an unknown voice, or one that may not speak.
        """
        for prepared in batch:
            voice = self._voice(prepared.voice)
            if refusal := voice.consent.refusal(Use.READ_ALOUD, date.today()):
                raise DuoyinError(
                    f"the voice {voice.name!r} may not speak: {refusal}", where=str(self._folder)
                )
            language, pieces = given(prepared)
            takes = [self._take(prepared, voice, (language, piece)) for piece in pieces]
            pauses = [piece.pause / prepared.speed for piece in pieces]
            yield marked(joined(takes, pauses, self.sample_rate), self._marker)

    def retake(self, prepared: Prepared, number: int, *, at_tempo: bool = False) -> Prepared | None:
        """The line drawn from another seed; tempo and reading stay."""
        return replace(prepared, seed=prepared.seed + number - 1) if given(prepared)[1] else None

    def predict_seconds(self, prepared: Prepared) -> float:
        """About how long the take will be, from its phonemes and the pace of the voice's prompt."""
        language, pieces = given(prepared)
        pace = self._voice(prepared.voice).pace
        seconds = sum(piece.pause for piece in pieces[:-1]) + sum(
            expected(piece.spoken(self._sizes["symbols"]), pace, language).seconds for piece in pieces
        )
        return seconds / prepared.speed if pieces else SILENCE_SECONDS

    def _voice(self, name: str) -> PreparedVoice:
        voice = self._voices.get(name)
        if voice is None:
            raise DuoyinError(
                f"there is no prepared voice {name!r}",
                where=str(self._folder),
                hint=f"voices: {', '.join(self._voices) or 'none'}; duoyin models export VOICE --onnx FOLDER adds one.",
            )
        if voice.model != self._sizes["digest"]:
            raise DuoyinError(
                f"the voice {name!r} was prepared for another model",
                where=str(self._folder),
                hint="Write it again: duoyin models export VOICE --onnx FOLDER.",
            )
        return voice

    def _take(self, prepared: Prepared, voice: PreparedVoice, content: tuple[str, GivenPiece]) -> Take:
        """A piece: the best of a few draws, as sound."""
        words = content[1].spoken(self._sizes["symbols"])
        expectation = expected(words, voice.pace, content[0])
        best: tuple[TokenLine, list[Flag], int] | None = None
        tries = 0
        while tries <= self._retakes and (best is None or best[1]):
            seed = seed_of(content, prepared.seed, tries)
            drawn = self._draw(words.phones, voice, seed, most_tokens(expectation))
            flags = token_flags(drawn, voice.prompt.tolist(), expectation)
            tries += 1
            if best is None or severity(flags) < severity(best[1]):
                best = drawn, flags, seed
        assert best is not None
        line, flags, seed = best
        samples = self._sound(line.tokens or [0], words.phones, voice, prepared.speed, seed)
        flags = [*flags, *sound_flags(samples, self.sample_rate)]
        evidence = {
            "phonemes": " ".join(words.phones),
            "tokens": len(line.tokens),
            "stop": line.stop,
            "flags": flags,
            "tries": tries,
            "seed": seed,
            "times": "estimated from phoneme counts",
        }
        samples = np.nan_to_num(samples)
        return Take(samples, self.sample_rate, times(words.phones, len(samples) / self.sample_rate), evidence)

    def _draw(self, phones: Sequence[str], voice: PreparedVoice, seed: int, most: int) -> TokenLine:
        ids = np.array(symbol_ids([*voice.phones, *phones], self._sizes["symbols"]))
        width = next(each.shape[0] for each in self._sessions["prefill"].get_inputs() if each.name == "bert")
        bert = np.zeros((width, len(ids)), np.float32)
        logits, keys, values = self._run("prefill", phones=ids, bert=bert, prompt=voice.prompt)
        heard = np.zeros(len(logits), np.bool_)
        heard[voice.prompt] = True
        tokens: list[int] = []
        while True:
            token, ended = next_token(logits, heard, seed, len(tokens), self.sampling)
            if ended:
                return TokenLine(tokens, "end")
            tokens.append(token)
            if len(tokens) == most:
                return TokenLine(tokens, "limit")
            heard[token] = True
            position = np.array([len(voice.prompt) + len(tokens) - 1])
            logits, keys, values = self._run(
                "step", token=np.array([token]), position=position, keys=keys, values=values
            )

    def _sound(
        self, tokens: Sequence[int], phones: Sequence[str], voice: PreparedVoice, speed: float, seed: int
    ) -> Samples:
        frames = FRAMES_PER_TOKEN * len(tokens)
        frames = frames if speed == 1.0 else int(frames / speed) + 1
        (samples,) = self._run(
            "speech",
            tokens=np.array(tokens),
            phones=np.array(symbol_ids(phones, self._sizes["symbols"])),
            voice=voice.decoder,
            text_voice=voice.text,
            noise=NOISE_SCALE * normal_noise(seed, (1, self._sizes["latent"], frames)),
        )
        return samples

    def _run(self, name: str, **inputs: npt.NDArray[Any]) -> list[Floats]:
        began = time.process_time()
        made: list[Floats] = self._sessions[name].run(None, inputs)
        self.cpu_seconds[name] += time.process_time() - began
        return made


def next_token(
    logits: Floats, heard: npt.NDArray[np.bool_], seed: int, step: int, sampling: Sampling
) -> tuple[int, bool]:
    """`model.sampling.next_tokens` for one line: the token, and whether it ends the line.

    Args:
        logits: `[V]`. heard: `[V]`, tokens of the prompt and of the line so far.
        step: tokens the line has so far.
    """
    scores = logits.astype(np.float32, copy=True)
    if step < FEWEST_TOKENS:
        scores[END] = -np.inf
    penalty = np.float32(sampling.repetition_penalty)
    scores = np.where(heard, np.where(scores < 0, scores * penalty, scores / penalty), scores)
    token = likeliest = int(scores.argmax())
    if sampling.top_k > 1:
        token = int((_distribution(scores, sampling) / exponential(seed, step, len(scores))).argmax())
    return token, END in (token, likeliest)


def _distribution(scores: Floats, sampling: Sampling) -> Floats:
    """`model.sampling.distribution` for one line."""
    if sampling.top_p < 1.0:
        order = np.argsort(-scores, kind="stable")
        beyond = np.cumsum(_softmax(scores[order])) > sampling.top_p
        beyond[0] = False
        scores = scores.copy()
        scores[order[beyond]] = -np.inf
    scores = scores / np.float32(max(sampling.temperature, 1e-5))
    if sampling.top_k < len(scores):
        least = np.partition(scores, -sampling.top_k)[-sampling.top_k]
        scores = np.where(scores < least, np.float32(-np.inf), scores)
    return _softmax(scores)


def _softmax(scores: Floats) -> Floats:
    weights = np.exp(scores - scores.max())
    return np.asarray(weights / weights.sum(), np.float32)


def exponential(seed: int, step: int, count: int) -> Floats:
    """`model.sampling.exponential` for one line: Exp(1) numbers `[count]` from a hash of seed, step and place."""
    with np.errstate(over="ignore"):  # 64-bit numbers wrap
        places = np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN
        state = np.uint64(seed) + _mix(np.array([step + 1], np.uint64)) + places
        bits = (_mix(_mix(state)) >> np.uint64(40)) & np.uint64(0xFFFFFF)
    return np.asarray(-np.log((bits.astype(np.float32) + np.float32(0.5)) * np.float32(2.0**-24)), np.float32)


def _mix(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))


def normal_noise(seed: int, shape: tuple[int, ...]) -> Floats:
    """Standard normal numbers, those that torch's CPU generator draws from this seed (to rounding), at least sixteen.

    As torch documents and its tests pin: MT19937 (Matsumoto & Nishimura 1998) seeded with the low 32 bits, 24 bits a
    uniform number, Box & Muller's transform (1958) on blocks of sixteen, the first eight with the last eight; where
    sixteen do not divide the count, the last sixteen are drawn anew.
    """
    count = int(np.prod(shape))
    bits = np.random.RandomState(seed & 0xFFFFFFFF)

    def uniform(size: int) -> Floats:
        drawn = bits.randint(0, 2**32, size, dtype=np.uint32) & np.uint32(0xFFFFFF)
        return drawn.astype(np.float32) * np.float32(2.0**-24)

    numbers = uniform(count)
    whole = count // 16 * 16
    made = np.empty(count, np.float32)
    made[:whole] = _box_muller(numbers[:whole])
    if whole < count:
        made[-16:] = _box_muller(uniform(16))
    return made.reshape(shape)


def _box_muller(numbers: Floats) -> Floats:
    first, second = np.split(numbers.reshape(-1, 16), 2, axis=1)
    radius = np.sqrt(-2 * np.log(1 - first))
    angle = np.float32(2 * np.pi) * second
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)
