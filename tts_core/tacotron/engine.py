"""Tacotron 2 as an engine: utterances in voices that it was trained on → takes. A baseline, to be compared with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from normalizers import DuoyinError
from tts_core.consent import Use
from tts_core.engine import Prepared, Take, Utterance, VoicePreset, check_language
from tts_core.files import file_digest
from tts_core.gpt_sovits.model.guards import Expectation, sound_flags
from tts_core.gpt_sovits.model.lines import ROOM, ROOM_SECONDS, expected, seed_of
from tts_core.gpt_sovits.text.pieces import SILENCE_SECONDS, joined
from tts_core.gpt_sovits.text.symbols import symbol_ids
from tts_core.gpt_sovits.voice.voicefile import (
    VOICE_FILE,
    ClonedVoice,
    load_voice,
    presets_of,
    voices_folder,
)
from tts_core.mark import marked, marker
from tts_core.tacotron.description import DESCRIPTION
from tts_core.tacotron.model import (
    MEAN,
    SAMPLE_RATE,
    SPREAD,
    SYMBOLS,
    Said,
    Tacotron,
    read_model,
    say,
    sounded,
)
from tts_core.tacotron.reading import GivenPiece, given, read
from tts_core.tacotron.vocoder import VOCODER_FILE, Vocoder, read_vocoder
from tts_core.versions import TACOTRON_SOUND

MOST_VOICES = 4  # models kept loaded
SOUNDED_BY = {"none": "HiFi-GAN", "nsf": "NSF-HiFi-GAN"}


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What a voice speaks with; without a vocoder its mels are sounded by Griffin and Lim's algorithm."""

    model: Tacotron
    vocoder: Vocoder | None

    def sounded(self, mel: Tensor, seed: int) -> tuple[Tensor, str]:
        """Samples of what the model said, and by what they were made."""
        if self.vocoder is None:
            return sounded(mel, self.model.size, seed=seed), "Griffin-Lim"
        return self.vocoder.sound(mel * SPREAD + MEAN, seed=seed), SOUNDED_BY[self.vocoder.size.source]


class TacotronEngine:
    """Speaks in voices that Tacotron 2 was trained on, on the CPU; with the vocoder that lies beside a voice, if one
    does.

    Args:
        voices: folder of voice folders; `DUOYIN_VOICES` or the user's data folder when not given.
        threads: of the CPU; None = torch's own choice. For all that use torch in this process.
        mark: whether takes get an inaudible mark (`tts_core.mark`); None: where the extra `mark` is installed.

    Raises:
        DuoyinError: a mark without its extra.
    """

    description = DESCRIPTION
    name = DESCRIPTION.name
    sample_rate = SAMPLE_RATE
    languages = DESCRIPTION.languages

    def __init__(
        self, *, voices: Path | str | None = None, threads: int | None = None, mark: bool | None = None
    ) -> None:
        self._voices = Path(voices) if voices is not None else voices_folder()
        self._marker = marker(mark)
        if threads is not None:
            torch.set_num_threads(threads)
        self._known: dict[str, tuple[tuple[int, ...], ClonedVoice, str]] = {}
        self._loaded: dict[str, _Loaded] = {}

    def voices(self) -> Sequence[VoicePreset]:
        """The voices of this engine in the voices folder, by name."""
        return presets_of(self._voices, self.name, lambda _: "trained, Tacotron 2: a baseline")

    def fingerprint(self) -> str:
        """Hex SHA-256 of the sounding code; a voice's model is in its digest."""
        content: dict[str, Any] = {"engine": self.name, "sound": TACOTRON_SOUND}
        if self._marker is not None:
            content["mark"] = self._marker.fingerprint()
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def voice_digest(self, voice: str, language: str) -> str:
        """Hex SHA-256 of the voice's model, and of its vocoder where there is one. Raises DuoyinError for an unknown
        voice, or a language that it was not trained on."""
        found, digest = self._find(voice)
        if found.language != language:
            raise DuoyinError(
                f"the voice {voice!r} was trained on {found.language} alone and knows no sound of {language}",
                where=str(found.folder / VOICE_FILE),
            )
        return digest

    def read(self, utterance: Utterance) -> Prepared:
        """Phonemes in pieces. Only the voice's record is looked at."""
        check_language(self, utterance)
        self.voice_digest(utterance.voice, utterance.language)
        return read(utterance)

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        """Speak each line, in order, a piece after the other; `evidence` tells what did not end by itself.

        Raises:
            DuoyinError: an unknown voice, or one that may not speak.
        """
        for prepared in batch:
            language, pieces = given(prepared)
            pauses = [piece.pause / prepared.speed for piece in pieces]
            takes = [self._take(prepared, language, piece) for piece in pieces]
            yield marked(joined(takes, pauses, SAMPLE_RATE), self._marker)

    def retake(self, prepared: Prepared, number: int, *, at_tempo: bool = False) -> Prepared | None:
        """The line with other numbers forgotten by the pre-net; tempo and reading stay."""
        return replace(prepared, seed=prepared.seed + number - 1) if given(prepared)[1] else None

    def predict_seconds(self, prepared: Prepared) -> float:
        """About how long the take will be, from its phonemes at the language's usual pace."""
        language, pieces = given(prepared)
        if not pieces:
            return SILENCE_SECONDS
        pauses = sum(piece.pause for piece in pieces[:-1])
        return (pauses + sum(_expected(piece, language).seconds for piece in pieces)) / prepared.speed

    def _take(self, prepared: Prepared, language: str, piece: GivenPiece) -> Take:
        loaded = self._load(prepared.voice)
        model = loaded.model
        expectation = _expected(piece, language)
        seed = seed_of((language, piece), prepared.seed, 0)
        said = say(
            model,
            torch.tensor(symbol_ids(piece.phones, SYMBOLS)),
            seed=seed,
            most=int((ROOM * expectation.seconds + ROOM_SECONDS) * model.size.rate),
        )
        sound, by = loaded.sounded(_at_speed(said.mel, prepared.speed), seed)
        samples = sound.numpy()
        flags = [*([] if said.ended else ["limit"]), *sound_flags(samples, SAMPLE_RATE)]
        evidence = {
            "phonemes": " ".join(piece.phones),
            "frames": said.mel.shape[1],
            "flags": flags,
            "seed": seed,
            "predicted_seconds": round(expectation.seconds / prepared.speed, 3),
            "times": "from the attention",
            "sound": by,
        }
        return Take(samples, SAMPLE_RATE, _times(said, len(samples) / SAMPLE_RATE), evidence)

    # -- voices -------------------------------------------------------------------------------------

    def _find(self, voice: str) -> tuple[ClonedVoice, str]:
        """The voice and its digest; its files are read once until they change."""
        file = self._voices / voice / VOICE_FILE
        if not file.is_file():
            raise self._unknown(voice)
        known = self._known.get(voice)
        vocoder = file.parent / VOCODER_FILE
        if known is None or known[0] != _state(file, file.parent / known[1].model, vocoder):
            found = load_voice(file)
            if found.engine != self.name:
                raise self._unknown(voice)
            model = file.parent / found.model
            if not model.is_file():
                raise DuoyinError("the voice's model is missing", where=str(model), hint="Train it again.")
            digest = file_digest(model)
            if vocoder.is_file():
                digest = hashlib.sha256(f"{digest} {file_digest(vocoder)}".encode()).hexdigest()
            self._known[voice] = known = (_state(file, model, vocoder), found, digest)
        return known[1], known[2]

    def _unknown(self, voice: str) -> DuoyinError:
        names = [preset.name for preset in self.voices()]
        return DuoyinError(
            f"there is no voice {voice!r} of Tacotron 2",
            hint=f"voices: {', '.join(names)}"
            if names
            else "duoyin voice train NAME --engine tacotron2 --from FOLDER --consent …",
        )

    def _load(self, voice: str) -> _Loaded:
        found, digest = self._find(voice)
        if refusal := found.consent.refusal(Use.READ_ALOUD, date.today()):
            raise DuoyinError(
                f"the voice {found.name!r} may not speak: {refusal}", where=str(found.folder / VOICE_FILE)
            )
        if digest not in self._loaded:
            if len(self._loaded) >= MOST_VOICES:
                self._loaded.pop(next(iter(self._loaded)))
            self._loaded[digest] = _loaded(found)
        return self._loaded[digest]


def _loaded(voice: ClonedVoice) -> _Loaded:
    """A voice's files, read. Raises DuoyinError where they are none, or do not fit each other."""
    model, path = read_model(voice.folder / voice.model), voice.folder / VOCODER_FILE
    if not path.is_file():
        return _Loaded(model, None)
    vocoder = read_vocoder(path).vocoder
    if vocoder.size.mel != model.size.mel or (vocoder.size.source == "nsf" and not vocoder.size.reads):
        raise DuoyinError(
            "this vocoder is for other mels than the voice's, or has to be told a frequency",
            where=str(path),
            hint="Train the voice's own, or remove the file: without one, Griffin and Lim's algorithm makes the sound.",
        )
    return _Loaded(model, vocoder)


def _state(*files: Path) -> tuple[int, ...]:
    """What changes where a file does; a file that is gone has none."""
    there = [file.stat() for file in files if file.is_file()]
    return tuple(number for each in there for number in (each.st_mtime_ns, each.st_size))


def _expected(piece: GivenPiece, language: str) -> Expectation:
    return expected(piece.spoken(SYMBOLS), None, language)


def _at_speed(mel: Tensor, speed: float) -> Tensor:
    """Frames `[80, T]` stretched to T / speed: the model knows no tempo, and pitch stays."""
    if speed == 1.0:
        return mel
    length = max(1, round(mel.shape[1] / speed))
    made: Tensor = F.interpolate(mel[None], size=length, mode="linear", align_corners=False)[0]
    return made


def _times(said: Said, seconds: float) -> tuple[float, ...]:
    """Seconds at which each phoneme begins, and the end: the first frame whose attention has come so far. A phoneme
    that is passed over has no length."""
    frames, phones = said.attention.shape
    furthest = said.attention.argmax(dim=1).cummax(dim=0).values
    starts = torch.searchsorted(furthest, torch.arange(1, phones)).tolist()
    return (0.0, *(seconds * start / frames for start in starts), seconds)
