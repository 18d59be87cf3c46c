"""A cloned voice, ready to speak: its models loaded, its prompt turned into tokens and its timbre into a vector."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import soundfile
import torch
from torch import Tensor

from normalizers import DuoyinError
from tts_core.engine import Utterance
from tts_core.gpt_sovits.files.checkpoints import read_checkpoint, read_state_dict
from tts_core.gpt_sovits.files.imported import SOVITS_FILE, T2S_FILE, ImportedModel, imported_model
from tts_core.gpt_sovits.files.support import Support
from tts_core.gpt_sovits.loops.linear import Precision
from tts_core.gpt_sovits.model.features import (
    HUBERT_RATE,
    LONGEST_CLIP,
    SHORTEST_CLIP,
    Bert,
    Hubert,
    load_hubert,
)
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE, Sovits, VoiceVector, load_sovits
from tts_core.gpt_sovits.model.speaker import SPEAKER_RATE, SpeakerEncoder, load_speaker_encoder
from tts_core.gpt_sovits.model.spectrogram import linear_spectrogram
from tts_core.gpt_sovits.model.text2semantic import Text2Semantic, load_text2semantic
from tts_core.gpt_sovits.text.frontend import Spoken, spoken, with_vectors
from tts_core.gpt_sovits.text.symbols import SymbolSet
from tts_core.gpt_sovits.voice.voicefile import ClonedVoice
from tts_core.sound import Samples, resampled

MOST_MODELS = 2  # pairs of checkpoints kept loaded; 0.7 GB each in float32
MOST_VOICES = 64  # prepared voices kept: a few hundred kilobytes each


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A pair of checkpoints on its device."""

    record: ImportedModel
    text2semantic: Text2Semantic
    sovits: Sovits

    @property
    def symbol_set(self) -> SymbolSet:
        return cast(SymbolSet, self.sovits.symbol_set)


@dataclass(frozen=True, slots=True)
class ReadyVoice:
    """What decoding needs of a voice.

    Args:
        prompt: int64 `[P]` semantic tokens of the prompt clip; empty without its text.
        spoken: phonemes of the prompt's text, or None.
        vector: timbre.
        seconds_per_phoneme: the prompt's own pace, or None.
    """

    model: LoadedModel
    prompt: Tensor
    spoken: Spoken | None
    vector: VoiceVector
    seconds_per_phoneme: float | None


class VoiceRoom:
    """Loads models and prepares voices, each once, and keeps a bounded number of both.

    Args:
        models: folder of imported models.
        support: where HuBERT, BERT and the speaker encoder are.
        device: of the models; HuBERT, BERT and the speaker encoder run there too.
        precision: of the transformer; the decoder follows, but for int8: it stays exact, its convolutions are faster
            so.
    """

    def __init__(self, models: Path, support: Support, device: torch.device, precision: Precision) -> None:
        self._folder, self._support = models, support
        self._device, self._precision = device, precision
        self._models: OrderedDict[str, LoadedModel] = OrderedDict()
        self._voices: OrderedDict[str, ReadyVoice] = OrderedDict()
        self._hubert: Hubert | None = None
        self._bert: Bert | None = None
        self._speaker: SpeakerEncoder | None = None

    def model_folder(self, model: str) -> Path:
        """A model's folder: by path where there is one, else by name."""
        return Path(model) if Path(model).is_dir() else self._folder / model

    def record(self, model: str) -> ImportedModel:
        """The record of an imported model, digests checked. Raises `DuoyinError`."""
        loaded = self._models.get(model)
        return loaded.record if loaded is not None else imported_model(self.model_folder(model))

    def model(self, model: str) -> LoadedModel:
        """Load a model, or give the loaded one; the one used longest ago makes room."""
        if model not in self._models:
            folder = self.model_folder(model)
            record = imported_model(folder)
            if len(self._models) >= MOST_MODELS:
                gone, _ = self._models.popitem(last=False)
                self._voices = OrderedDict(
                    (key, voice) for key, voice in self._voices.items() if voice.model.record.name != gone
                )
            transformer = (
                load_text2semantic(read_checkpoint(folder / T2S_FILE))
                .to(self._device)
                .prepare(self._precision)
            )
            decoder = load_sovits(read_checkpoint(folder / SOVITS_FILE)).to(self._device)
            if self._precision in ("float16", "bfloat16"):
                decoder.speak_in(torch.float16 if self._precision == "float16" else torch.bfloat16)
            self._models[model] = LoadedModel(record, transformer, decoder)
        self._models.move_to_end(model)
        return self._models[model]

    def ready(self, voice: ClonedVoice, digest: str) -> ReadyVoice:
        """Prepare a voice; `digest` is its content's, so that an edited voice is prepared anew."""
        if digest not in self._voices:
            made = self._prepare(voice)
            if len(self._voices) >= MOST_VOICES:
                self._voices.popitem(last=False)
            self._voices[digest] = made
        self._voices.move_to_end(digest)
        return self._voices[digest]

    def words(self, lines: Sequence[Spoken]) -> list[Spoken]:
        """Lines with BERT's vectors where there is Chinese in them and BERT on this machine."""
        if self._support.bert is None or not any(line.passages for line in lines):
            return list(lines)
        if self._bert is None:
            self._bert = Bert(self._support.bert)
            # As the reference does on a GPU, unless exactness was asked for.
            exact = self._device.type == "cpu" or self._precision == "float32"
            self._bert.model.to(self._device, torch.float32 if exact else torch.float16)
        return with_vectors(lines, self._bert)

    def _prepare(self, voice: ClonedVoice) -> ReadyVoice:
        model = self.model(voice.model)
        clips = [read_clip(voice.folder / clip.file) for clip in voice.references]
        spectrograms = [
            linear_spectrogram(torch.from_numpy(resampled(samples, rate, SAMPLE_RATE))[None])
            for samples, rate in clips
        ]
        speakers: list[Tensor] = []
        if model.sovits.dims.speaker:
            encoder = self._speaker_encoder(voice)
            speakers = [
                encoder.embed(torch.from_numpy(resampled(samples, rate, SPEAKER_RATE)))
                for samples, rate in clips
            ]
        vector = model.sovits.voice(spectrograms, speakers)
        prompt, words, pace = torch.zeros(0, dtype=torch.int64), None, None
        if voice.prompt.text.strip():
            samples, rate = read_clip(voice.folder / voice.prompt.file)
            seconds = len(samples) / rate
            if not SHORTEST_CLIP <= seconds <= LONGEST_CLIP:
                raise DuoyinError(
                    f"the prompt has {seconds:.1f} s; the models were made for {SHORTEST_CLIP:g} to {LONGEST_CLIP:g} s",
                    where=str(voice.folder / voice.prompt.file),
                    hint="Cut the clip, or add the voice again: duoyin voice add picks a good stretch.",
                )
            (words,) = self.words(
                [spoken(Utterance(voice.prompt.text, voice.language, voice.name), model.symbol_set)]
            )
            frames = self._frames(torch.from_numpy(resampled(samples, rate, HUBERT_RATE)), voice)
            prompt = model.sovits.semantic_tokens(frames).cpu()
            pace = seconds / max(1, words.voiced)
        return ReadyVoice(model, prompt, words, vector, pace)

    def _frames(self, samples: Tensor, voice: ClonedVoice) -> Tensor:
        if self._hubert is None:
            if self._support.hubert is None:
                raise DuoyinError(
                    "HuBERT is not on this machine",
                    where=voice.name,
                    hint="duoyin models pull gpt-sovits-v2proplus",
                )
            self._hubert = load_hubert(self._support.hubert)
            self._hubert.model.to(self._device)
        return self._hubert(samples)

    def _speaker_encoder(self, voice: ClonedVoice) -> SpeakerEncoder:
        if self._speaker is None:
            path = self._support.speaker
            if path is None:
                raise DuoyinError(
                    "v2Pro voices need the speaker encoder, which is not on this machine",
                    where=voice.name,
                    hint="duoyin models pull gpt-sovits-v2proplus",
                )
            self._speaker = load_speaker_encoder(read_state_dict(path), where=path.name).to(self._device)
        return self._speaker


def read_clip(path: Path) -> tuple[Samples, int]:
    """Mono samples float32 `[N]` and rate of a recording; beyond full scale it is brought down as the reference does.

    Raises:
        DuoyinError: not a readable recording.
    """
    try:
        samples, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise DuoyinError(
            f"the recording cannot be read ({error})",
            where=str(path),
            hint="WAV, FLAC, OGG and MP3 are known.",
        ) from error
    mono: Samples = np.nan_to_num(samples.mean(axis=1), nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)
    peak = float(np.abs(mono).max(initial=0.0))
    return (mono / min(2.0, peak) if peak > 1 else mono), int(rate)
