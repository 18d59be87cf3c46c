"""GPT-SoVITS as an engine: utterances in cloned voices → takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from normalizers import DuoyinError
from tts_core.consent import Use
from tts_core.engine import Heard, Prepared, Take, Utterance, VoicePreset, check_language
from tts_core.gpt_sovits.description import DESCRIPTION, GPU_ROWS, WINDOW
from tts_core.gpt_sovits.files.imported import imported_folder
from tts_core.gpt_sovits.files.prepared import PreparedVoice
from tts_core.gpt_sovits.files.support import Support, find_support
from tts_core.gpt_sovits.loops.linear import Precision
from tts_core.gpt_sovits.loops.process import set_for_the_process
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest, out_of_memory
from tts_core.gpt_sovits.model.guards import Expectation, Flag, severity, sound_flags, token_flags
from tts_core.gpt_sovits.model.lines import expected, most_tokens, seed_of, times
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE, SpeechRequest
from tts_core.gpt_sovits.model.tokens import Sampling, TokenLine
from tts_core.gpt_sovits.text.frontend import Spoken
from tts_core.gpt_sovits.text.pieces import SILENCE_SECONDS, joined, silence
from tts_core.gpt_sovits.text.reading import GivenPiece, given, read
from tts_core.gpt_sovits.text.symbols import SymbolSet
from tts_core.gpt_sovits.voice.voicefile import (
    VOICE_FILE,
    ClonedVoice,
    known_voices,
    load_voice,
    presets_of,
    voices_folder,
)
from tts_core.gpt_sovits.voice.voicing import ReadyVoice, VoiceRoom
from tts_core.mark import marked, marked_stream, marker
from tts_core.sound import Samples
from tts_core.versions import GPT_SOVITS_SOUND

Device = Literal["cpu", "cuda", "auto"]


@dataclass(slots=True)
class _Line:
    """A piece of a line on its way. `content`: what its first draw hangs on."""

    prepared: Prepared
    voice: ReadyVoice
    words: Spoken
    content: tuple[str, GivenPiece]
    expected: Expectation
    tokens: TokenLine | None = None
    flags: list[Flag] = field(default_factory=list)
    seed: int = 0
    tries: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """A voice as read from its file: the digest of its content, and the symbols its model was trained on."""

    voice: ClonedVoice
    digest: str
    symbols: SymbolSet


class GptSovitsEngine:
    """Speaks with cloned voices.

    Args:
        voices: folder of voice folders; `DUOYIN_VOICES` or the user's data folder when not given.
        models: folder of imported checkpoints; the model store when not given.
        support: folder of HuBERT, BERT and the speaker encoder; the model store when not given.
        device: "cuda" refuses to run without a GPU; "auto" takes one where there is one and says so in the evidence.
        precision: float32 is exact; bfloat16 or float16 for GPUs; int8 for CPUs (see docs/gpt-sovits.md for
            what it costs).
        sampling: how tokens are drawn.
        rows: lines decoded at once; length: positions a line may take (phonemes, prompt and tokens).
        retakes: how often a flagged line is drawn again.
        threads: of the CPU; None = torch's own choice. Like float32's exactness, for all that use torch in this
            process.
        mark: whether takes get an inaudible mark (`tts_core.mark`); None: where the extra `mark` is installed.

    Raises:
        DuoyinError: a GPU was asked for and there is none, a precision the device does not have, or a mark without
            its extra.
    """

    description = DESCRIPTION
    name = DESCRIPTION.name
    sample_rate = SAMPLE_RATE
    languages = DESCRIPTION.languages

    def __init__(
        self,
        *,
        voices: Path | str | None = None,
        models: Path | str | None = None,
        support: Path | str | None = None,
        device: Device = "auto",
        precision: Precision | None = None,
        sampling: Sampling | None = None,
        rows: int | None = None,
        length: int = 1280,
        retakes: int = 2,
        threads: int | None = None,
        mark: bool | None = None,
    ) -> None:
        self.device = device_of(device)
        self._marker = marker(mark)
        gpu = self.device.type == "cuda"
        self.precision: Precision = precision or ("bfloat16" if gpu else "float32")
        if gpu and self.precision == "int8":
            raise DuoyinError(
                "int8 is for CPUs", hint="On a GPU use precision: bfloat16, float16 or float32."
            )
        set_for_the_process(exact=self.precision == "float32", threads=threads)
        self.sampling = sampling or Sampling()
        self._rows = rows or (GPU_ROWS if gpu else 8)
        self._length, self._retakes = length, max(0, retakes)
        self._speech_rows = (
            16 if gpu else 1
        )  # on a CPU a convolution has work enough in one line, and padding costs
        self._voices = Path(voices) if voices is not None else voices_folder()
        self._support: Support = find_support(Path(support) if support is not None else None)
        models_folder = Path(models) if models is not None else imported_folder()
        self._room = VoiceRoom(models_folder, self._support, self.device, self.precision)
        self._decoders: dict[str, SemanticDecoder] = {}
        self._read: dict[str, tuple[tuple[int, int], _Known]] = {}  # voices as last read, by file state

    # -- what the engine is -------------------------------------------------------------------------

    def voices(self) -> Sequence[VoicePreset]:
        """The voices in the voices folder, by name."""
        return presets_of(self._voices, self.name, lambda voice: f"cloned, model {voice.model}")

    def fingerprint(self) -> str:
        """Hex SHA-256 of sounding code, precision, sampling and supporting models; a voice's own model is in
        its digest."""
        content = {
            "engine": self.name,
            "sound": GPT_SOVITS_SOUND,
            "precision": self.precision,
            "sampling": asdict(self.sampling),
            "retakes": self._retakes,
            "bert": self._support.bert is not None,
        }
        if self._marker is not None:
            content["mark"] = self._marker.fingerprint()
        return _sha256(content)

    def voice_digest(self, voice: str, language: str) -> str:
        """Hex SHA-256 of the voice's model, clips and prompt text."""
        return self._find(voice).digest

    # -- speaking -----------------------------------------------------------------------------------

    def read(self, utterance: Utterance) -> Prepared:
        """Phonemes and the text for BERT, in pieces (`pieces.cut`). Only the voice's record is looked at."""
        check_language(self, utterance)
        return read(utterance, self._find(utterance.voice).symbols)

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        """Speak each line, in order.

        A line's take depends on what is given, voice, speed and seed alone, not on the lines beside it. A line
        of marks alone is 0.2 s of silence. What fails a check is drawn again with another seed, and the best
        draw is kept; `evidence` tells the flags that remain and every try.

        Raises:
            DuoyinError: an unknown voice.
        """
        window = WINDOW * self._rows
        for start in range(0, len(batch), window):
            lines = batch[start : start + window]
            takes = self._takes(lines)
            for prepared in lines:
                pauses = [piece.pause / prepared.speed for piece in given(prepared)[1]]
                yield marked(joined([next(takes) for _ in pauses], pauses, SAMPLE_RATE), self._marker)

    def stream(self, prepared: Prepared) -> Iterator[Samples]:
        """The sound of a line from its beginning on: its first piece, then two, four, … drawn together, each piece in
        stretches. Two pieces take hardly longer to draw than one, and are drawn while the one before is heard.

        A piece is drawn to its end and judged before any of it is heard: the decoder's attention sees all of its
        tokens, and a draw that fails a check is drawn again.

        Raises:
            DuoyinError: an unknown voice.
        """
        return marked_stream(self._stretches(prepared, []), SAMPLE_RATE, self._marker)

    def speak_aloud(self, prepared: Prepared, heard: Heard) -> Take:
        """The take of a line, whose sound is heard while it is drawn. Its tokens are those that were heard, made sound
        once more, each piece whole, so that the take is the one that `speak` makes.

        Raises:
            DuoyinError: an unknown voice.
        """
        drawn: list[_Line] = []
        for stretch in marked_stream(self._stretches(prepared, drawn), SAMPLE_RATE, self._marker):
            heard(stretch)
        pauses = [piece.pause / prepared.speed for piece in given(prepared)[1]]
        return marked(joined(list(self._speak(drawn)), pauses, SAMPLE_RATE), self._marker)

    def _stretches(self, prepared: Prepared, drawn: list[_Line]) -> Iterator[Samples]:
        """The sound of a line in stretches.

        Args:
            drawn: gets its pieces with their tokens.
        """
        language, pieces = given(prepared)
        if not pieces:
            yield joined([], [], SAMPLE_RATE).samples
        group = 1
        while len(drawn) < len(pieces):
            voice = self._ready(prepared.voice)
            wanted = [
                (prepared, voice, (language, piece)) for piece in pieces[len(drawn) : len(drawn) + group]
            ]
            for line in self._drawn(wanted):
                for stretch in voice.model.sovits.stream(self._speech(line)):
                    yield np.nan_to_num(stretch.numpy())
                drawn.append(line)
                if len(drawn) < len(pieces):
                    yield silence(pieces[len(drawn) - 1].pause / prepared.speed, SAMPLE_RATE)
            group = min(2 * group, self._rows)

    def _takes(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        """The takes of all pieces of some lines."""
        wanted: list[tuple[Prepared, ReadyVoice, tuple[str, GivenPiece]]] = []
        for prepared in batch:
            language, pieces = given(prepared)
            wanted += [(prepared, self._ready(prepared.voice), (language, piece)) for piece in pieces]
        yield from self._speak(self._drawn(wanted))

    def _drawn(self, wanted: Sequence[tuple[Prepared, ReadyVoice, tuple[str, GivenPiece]]]) -> list[_Line]:
        """Pieces with their tokens."""
        words = self._room.words([piece.spoken(voice.model.symbol_set) for _, voice, (_, piece) in wanted])
        lines = [
            _Line(prepared, voice, spoken, content, expected(spoken, voice.seconds_per_phoneme, content[0]))
            for (prepared, voice, content), spoken in zip(wanted, words, strict=True)
        ]
        for model in {id(line.voice.model): line.voice.model for line in lines}.values():
            self._draw([line for line in lines if line.voice.model is model])
        return lines

    def retake(self, prepared: Prepared, number: int, *, at_tempo: bool = False) -> Prepared | None:
        """The line drawn from another seed; tempo and reading stay."""
        return replace(prepared, seed=prepared.seed + number - 1) if given(prepared)[1] else None

    def predict_seconds(self, prepared: Prepared) -> float:
        """About how long the take will be, from its phonemes and the pace of the voice's prompt."""
        language, pieces = given(prepared)
        if not pieces:
            return SILENCE_SECONDS
        voice = self._ready(prepared.voice)
        seconds = sum(piece.pause / prepared.speed for piece in pieces[:-1])
        for piece in pieces:
            words = piece.spoken(voice.model.symbol_set)
            seconds += expected(words, voice.seconds_per_phoneme, language).seconds / prepared.speed
        return seconds

    def prepare(self, voice: str) -> PreparedVoice:
        """A voice as it is ready to speak, for programs that have its model as graphs.

        Raises:
            DuoyinError: an unknown voice, or one that may not speak.
        """
        known, ready = self._find(voice), self._ready(voice)
        own = known.voice
        return PreparedVoice(
            own.name, own.language, own.gender, own.age, own.licence, own.consent,
            model=ready.model.record.digest(),
            digest=known.digest,
            phones=ready.spoken.phones if ready.spoken is not None else (),
            pace=ready.seconds_per_phoneme,
            prompt=ready.prompt.numpy(),
            decoder=ready.vector.decoder.float().cpu().numpy(),
            text=ready.vector.text.float().cpu().numpy(),
        )  # fmt: skip

    def release(self) -> None:
        """Give the decoders' memory back; the next batch takes it again."""
        for decoder in self._decoders.values():
            decoder.release()

    def _draw(self, lines: list[_Line]) -> None:
        """Tokens for lines of one model, with bounded further tries for flagged ones."""
        decoder = self._decoder(lines[0].voice)
        # Longest first (Graham 1969, "Bounds on multiprocessing timing anomalies"): the short ones at the end fill the
        # rows that get free, where in reading order a long one may be left alone. What is drawn is the same.
        pending = sorted(lines, key=lambda line: line.expected.seconds, reverse=True)
        for attempt in range(self._retakes + 1):
            requests = [self._request(line, attempt) for line in pending]
            for number, drawn in decoder.run(requests):
                line = pending[number]
                flags = token_flags(drawn, line.voice.prompt.tolist(), line.expected)
                line.tries = attempt + 1
                line.history.append(
                    {"seed": requests[number].seed, "tokens": len(drawn.tokens), "flags": list(flags)}
                )
                if line.tokens is None or severity(flags) < severity(line.flags):
                    line.tokens, line.flags, line.seed = drawn, flags, requests[number].seed
            pending = [line for line in pending if line.flags]
            if not pending:
                return

    def _request(self, line: _Line, attempt: int) -> TokenRequest:
        phones, bert = line.words.ids, line.words.bert
        prompt = line.voice.spoken
        if prompt is not None:
            phones = torch.cat([prompt.ids, phones])
            if prompt.bert is not None or bert is not None:
                bert = torch.cat([_vectors(prompt), _vectors(line.words)], dim=1)
        return TokenRequest(
            phones,
            line.voice.prompt,
            bert,
            seed=seed_of(line.content, line.prepared.seed, attempt),
            most_tokens=most_tokens(line.expected),
        )

    def _speak(self, lines: list[_Line]) -> Iterator[Take]:
        """Sound, in order. Where several lines are decoded together, lines of like lengths are, so that little
        is padding."""
        together = self._speech_rows > 1
        waiting = sorted(lines, key=_model_and_length) if together else list(lines)
        sounds: dict[int, Tensor] = {}
        for line in lines:
            while id(line) not in sounds:
                model = waiting[0].voice.model
                chunk = [each for each in waiting[: self._speech_rows] if each.voice.model is model]
                try:
                    made = model.sovits.decode([self._speech(each) for each in chunk])
                except RuntimeError as error:
                    if not out_of_memory(error) or self._speech_rows == 1:
                        raise
                    self._speech_rows = max(1, self._speech_rows // 2)
                    continue
                sounds.update(zip(map(id, chunk), made, strict=True))
                del waiting[: len(chunk)]
            yield self._take(line, sounds.pop(id(line)).numpy())

    def _speech(self, line: _Line) -> SpeechRequest:
        tokens = line.tokens.tokens if line.tokens is not None else []
        # An empty draw has survived all tries: one token keeps the line in place, and its flag tells.
        return SpeechRequest(
            torch.tensor(tokens or [0]),
            line.words.ids,
            line.voice.vector,
            speed=line.prepared.speed,
            seed=line.seed,
        )

    def _take(self, line: _Line, samples: Samples) -> Take:
        flags = [*line.flags, *sound_flags(samples, SAMPLE_RATE)]
        if not np.isfinite(samples).all():
            samples = np.nan_to_num(samples)
        tokens = line.tokens
        evidence = {
            "phonemes": " ".join(line.words.phones),
            "tokens": len(tokens.tokens) if tokens is not None else 0,
            "stop": tokens.stop if tokens is not None else "",
            "flags": flags,
            "tries": line.tries,
            "seed": line.seed,
            "history": line.history if line.tries > 1 else [],
            "predicted_seconds": round(line.expected.seconds / line.prepared.speed, 3),
            "times": "estimated from phoneme counts",
            "model": line.voice.model.record.version,
            "device": self.device.type,
            "precision": self.precision,
        }
        return Take(samples, SAMPLE_RATE, times(line.words.phones, len(samples) / SAMPLE_RATE), evidence)

    # -- voices and models --------------------------------------------------------------------------

    def _find(self, voice: str) -> _Known:
        """The voice, its digest and its symbols; its file is read, and its clips' digests checked, once until
        the file changes."""
        direct = Path(voice)
        path = (
            direct if direct.suffix == ".yaml" or (direct / "voice.yaml").is_file() else self._voices / voice
        )
        if not (path.is_file() or (path / "voice.yaml").is_file()):
            names = [path.parent.name for path in known_voices(self._voices)]
            raise DuoyinError(
                f"there is no cloned voice {voice!r}",
                hint=f"voices: {', '.join(names)}"
                if names
                else "duoyin voice add NAME --clips DIR --text … --consent …",
            )
        file = path if path.is_file() else path / "voice.yaml"
        state = (file.stat().st_mtime_ns, file.stat().st_size)
        known = self._read.get(voice)
        if known is None or known[0] != state:
            found = load_voice(file)
            if found.engine != self.name:
                raise DuoyinError(
                    f"the voice {found.name!r} is spoken by {found.engine}, not by {self.name}",
                    where=str(file),
                    hint=f"{found.engine}/{found.name} in a cast names both.",
                )
            known = self._read[voice] = (state, self._known(found))
        return known[1]

    def _ready(self, voice: str) -> ReadyVoice:
        known = self._find(voice)
        if refusal := known.voice.consent.refusal(Use.READ_ALOUD, date.today()):
            raise DuoyinError(
                f"the voice {known.voice.name!r} may not speak: {refusal}",
                where=str(known.voice.folder / VOICE_FILE),
            )
        return self._room.ready(known.voice, known.digest)

    def _known(self, voice: ClonedVoice) -> _Known:
        record = self._room.record(voice.model)
        content = {
            "model": record.digest(),
            "prompt": [voice.prompt.sha256, voice.prompt.text, voice.language],
            "references": [clip.sha256 for clip in voice.references],
        }
        return _Known(voice, _sha256(content), "v1" if record.version == "v1" else "v2")

    def _decoder(self, voice: ReadyVoice) -> SemanticDecoder:
        key = voice.model.record.digest()
        known = self._decoders.get(key)
        if known is None or known.model is not voice.model.text2semantic:
            self._decoders = {
                held: decoder
                for held, decoder in self._decoders.items()
                if held != key and len(self._decoders) < 2
            }  # an arena is large: at most two
            gpu = self.device.type == "cuda"
            known = SemanticDecoder(
                voice.model.text2semantic, self.sampling, rows=self._rows, length=self._length, graphs=gpu
            )
            self._decoders[key] = known
        return known


def device_of(asked: Device) -> torch.device:
    """The device that is meant. Raises DuoyinError for a GPU that is not there: nothing falls back."""
    if asked not in ("cpu", "cuda", "auto"):
        raise DuoyinError(f"{asked!r} is no device", hint="device: cpu, cuda or auto")
    there = torch.cuda.is_available()
    if asked == "cuda" and not there:
        raise DuoyinError(
            "a GPU was asked for and torch sees none",
            hint="Install torch with CUDA and check CUDA_VISIBLE_DEVICES, or say device: cpu.",
        )
    return torch.device("cuda" if there and asked != "cpu" else "cpu")


def _model_and_length(line: _Line) -> tuple[int, int]:
    return id(line.voice.model), len(line.tokens.tokens) if line.tokens is not None else 0


def _vectors(words: Spoken) -> Tensor:
    return words.bert if words.bert is not None else torch.zeros(1024, len(words.ids))


def _sha256(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
