"""A clip and its label → what both stages learn from, kept by content: the same clip is looked at once.

What is kept of a clip follows from its sound, its label and the models that looked, so nothing stale is ever used: a
mended label makes its phones anew and leaves the rest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from normalizers import DuoyinError
from tts_core.files import atomic_path, file_digest
from tts_core.gpt_sovits.files.checkpoints import read_state_dict
from tts_core.gpt_sovits.files.support import Support
from tts_core.gpt_sovits.model.features import Bert, Hubert, load_hubert
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE, Sovits, load_sovits
from tts_core.gpt_sovits.model.speaker import SPEAKER_RATE, SpeakerEncoder, load_speaker_encoder
from tts_core.gpt_sovits.model.tokens import FRAMES_PER_TOKEN
from tts_core.gpt_sovits.text.frontend import Spoken, with_vectors
from tts_core.gpt_sovits.text.symbols import SymbolSet
from tts_core.gpt_sovits.training.base import Base
from tts_core.gpt_sovits.training.levels import TRAINING_SCALE, hubert_sound, training_sound
from tts_core.gpt_sovits.training.material.cleaning import Clip, phones_of
from tts_core.gpt_sovits.training.sound_batch import SoundLine
from tts_core.gpt_sovits.training.text_batch import TextLine
from tts_core.sound import Samples, resampled

PULL = "duoyin models pull gpt-sovits-v2proplus --allow-hub"
FEATURES = 1
"""Raise it when the same clip and models give other features."""


@dataclass(frozen=True, slots=True)
class Line:
    """A clip as both stages learn it; digest: hex SHA-256 of its sound and label."""

    digest: str
    label: str
    text: TextLine
    sound: SoundLine


class Features:
    """Makes lines of clips.

    Args:
        base: its codes are the tokens; its symbols the phones.
        support: HuBERT; BERT where there is one; the speaker encoder for v2Pro and v2ProPlus.
        folder: where features are kept.

    Raises:
        DuoyinError: a supporting model that is needed is not on this machine.
    """

    def __init__(self, base: Base, support: Support, folder: Path) -> None:
        self.base, self.support, self.folder = base, support, folder
        self.symbols: SymbolSet = "v1" if base.sound.kind == "v1" else "v2"
        self.with_speaker = "sv_emb.weight" in base.sound.weights
        if support.hubert is None:
            raise DuoyinError("HuBERT is not on this machine", where="training", hint=PULL)
        if self.with_speaker and support.speaker is None:
            raise DuoyinError(
                f"{base.sound.kind} learns with the speaker encoder, which is not on this machine",
                where="training",
                hint=PULL,
            )
        self._hubert: Hubert | None = None
        self._bert: Bert | None = None
        self._speaker: SpeakerEncoder | None = None
        self._sovits: Sovits | None = None
        self._digests: dict[Path, str] = {}

    def lines(self, clips: Sequence[Clip], language: str, told: Callable[[float, str], None]) -> list[Line]:
        """Args: told: how much is done (0 to 1), and what of."""
        made = []
        for number, clip in enumerate(clips):
            told(number / len(clips), f"features of {clip.recording}")
            made.append(self._line(clip, language))
        return made

    def _line(self, clip: Clip, language: str) -> Line:
        sound = training_sound(clip.samples)
        content = hashlib.sha256(sound.tobytes()).hexdigest()
        words = phones_of(clip.label, language, self.symbols)
        features = self._kept(
            "hubert", [content, self._weights(self.support.hubert)], lambda: self._heard(clip.samples)
        )
        if self.base.fresh:  # its codes are yet to be learned
            tokens = torch.zeros(features.shape[1] // FRAMES_PER_TOKEN, dtype=torch.int64)
        else:
            tokens = self._kept(
                "tokens",
                [content, self._weights(self.support.hubert), self.base.sound.sha256],
                lambda: self._tokens(features.float()),
            )
        recorded = torch.from_numpy(sound.astype(np.float32) / np.float32(TRAINING_SCALE))
        speaker = None
        if self.with_speaker:
            speaker = self._kept(
                "speaker",
                [content, self._weights(self.support.speaker)],
                lambda: self._print(recorded.numpy()),
            )
        return Line(
            clip.digest,
            clip.label,
            TextLine(words.ids, tokens, self._vectors(words)),
            SoundLine(
                recorded, features.float(), words.ids, speaker, f"{clip.recording} at {clip.start:.1f} s"
            ),
        )

    def _heard(self, samples: Samples) -> Tensor:
        """`[768, T]` in half precision, as the reference keeps them."""
        if self._hubert is None:
            assert self.support.hubert is not None
            self._hubert = load_hubert(self.support.hubert)
        frames: Tensor = self._hubert(torch.from_numpy(hubert_sound(samples)), padding=0)[0].half()
        if not bool(frames.isfinite().all()):
            raise DuoyinError("HuBERT gave no numbers for a clip", hint="Leave the recording out.")
        return frames

    def _tokens(self, features: Tensor) -> Tensor:
        if self._sovits is None:
            self._sovits = load_sovits(self.base.sound)
        return self._sovits.semantic_tokens(features[None]).cpu()

    def _print(self, samples: Samples) -> Tensor:
        if self._speaker is None:
            path = self.support.speaker
            assert path is not None
            self._speaker = load_speaker_encoder(read_state_dict(path), where=path.name)
        return self._speaker.embed(torch.from_numpy(resampled(samples, SAMPLE_RATE, SPEAKER_RATE)))[0].clone()

    def _vectors(self, words: Spoken) -> Tensor | None:
        if self.support.bert is None or not words.passages:
            return None
        bert = self.support.bert
        asked = [asdict(passage) for passage in words.passages]
        return self._kept(
            "bert", [asked, list(words.phones), self._weights(bert)], lambda: self._read(words, bert)
        )

    def _read(self, words: Spoken, folder: Path) -> Tensor:
        if self._bert is None:
            self._bert = Bert(folder)
        (line,) = with_vectors([words], self._bert)
        assert line.bert is not None
        return line.bert.contiguous()

    def _weights(self, place: Path | None) -> str:
        """A digest of a supporting model."""
        assert place is not None
        if place not in self._digests:
            files = [place] if place.is_file() else sorted(path for path in place.iterdir() if path.is_file())
            together = "".join(file_digest(file) for file in files)
            self._digests[place] = hashlib.sha256(together.encode()).hexdigest()
        return self._digests[place]

    def _kept(self, part: str, content: list[object], make: Callable[[], Tensor]) -> Tensor:
        """What is kept for this content; made, and kept, where it is not there or cannot be read."""
        key = hashlib.sha256(json.dumps([FEATURES, part, content], ensure_ascii=False).encode()).hexdigest()
        path = self.folder / part / f"{key}.safetensors"
        if path.is_file():
            try:
                return load_file(path)[part]
            except (SafetensorError, KeyError, OSError):
                path.unlink(missing_ok=True)  # damaged: it can be made again
        made = make().contiguous()
        with atomic_path(path) as beside:
            save_file({part: made}, beside)
        return made
