"""What the reference clip and the text are turned into before our models see them: HuBERT frames and BERT vectors.

Both networks are transformers' own; here is how GPT-SoVITS feeds them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from normalizers import DuoyinError
from tts_core.gpt_sovits.checkpoints import load_strictly, read_state_dict

HUBERT_RATE = 16_000
HUBERT_PADDING = 9_600
"""Zeros after the clip: the reference counts 0.3 s at 32 kHz and appends them to 16 kHz audio (TTS.py)."""

SHORTEST_CLIP, LONGEST_CLIP = 3.0, 10.0  # seconds a prompt may have; the models never saw others
BERT_LONGEST = 510  # tokens, without [CLS] and [SEP]
BERT_LAYER = -3  # third hidden state from the end (output of layer 22 of 24)


class Hubert:
    """chinese-hubert-base: raw 16 kHz samples → 768 numbers each 20 ms.

    Args:
        config: of `transformers.HubertConfig`; empty = its defaults, which are the published model's.
        weights: names of transformers, old or new weight-norm spelling.
    """

    def __init__(
        self, weights: Mapping[str, Tensor], config: Mapping[str, Any] | None = None, *, where: str = "HuBERT"
    ) -> None:
        from transformers import HubertConfig, HubertModel

        settings = {
            name: value
            for name, value in (config or {}).items()
            if name not in ("transformers_version", "return_dict")
        }
        model: Any = HubertModel(HubertConfig(**settings))
        model.requires_grad_(False).eval()
        gain, direction = "parametrizations.weight.original0", "parametrizations.weight.original1"
        renamed = {
            name.removeprefix("hubert.")
            .replace("conv.weight_g", f"conv.{gain}")
            .replace("conv.weight_v", f"conv.{direction}"): tensor
            for name, tensor in weights.items()
        }
        load_strictly(model, renamed, where=where, ignored=("masked_spec_embed", "lm_head.", "final_proj."))
        self.model = model

    @torch.inference_mode()
    def __call__(self, samples: Tensor) -> Tensor:
        """Samples `[N]` at 16 kHz, as recorded (not normalized) → `[1, 768, frames]`."""
        weight = next(self.model.parameters())
        padded = torch.cat([samples.float(), torch.zeros(HUBERT_PADDING)])[None].to(weight)
        frames: Tensor = self.model(padded).last_hidden_state
        return frames.transpose(1, 2).float()


class Bert:
    """chinese-roberta-wwm-ext-large: a Chinese sentence → 1024 numbers a phoneme."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForMaskedLM, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self.model = (
            AutoModelForMaskedLM.from_pretrained(str(folder), local_files_only=True)
            .requires_grad_(False)
            .eval()
        )

    @torch.inference_mode()
    def __call__(self, text: str, phones_per_character: Sequence[int]) -> Tensor:
        """Normalized `text` and the phonemes of each of its characters → `[1024, phonemes]`.

        Raises:
            DuoyinError: a sentence beyond the model's length, or one whose tokens are not its characters.
        """
        inputs = self.tokenizer(text, return_tensors="pt").to(self.model.device)
        hidden = self.model(**inputs, output_hidden_states=True).hidden_states[BERT_LAYER][0, 1:-1]
        if len(hidden) > BERT_LONGEST or len(hidden) != len(phones_per_character):
            raise DuoyinError(
                f"BERT sees {len(hidden)} tokens in {len(phones_per_character)} characters",
                where=text[:20],
                hint="Split the sentence.",
            )
        return (
            torch.repeat_interleave(hidden, torch.tensor(phones_per_character, device=hidden.device), dim=0)
            .T.float()
            .cpu()
        )


def load_hubert(folder: Path) -> Hubert:
    """HuBERT from a folder with config.json and weights (safetensors, or pytorch_model.bin read without running it)."""
    folder = Path(folder)
    config = _config(folder)
    return Hubert(read_state_dict(_weights_file(folder)), config, where=str(folder))


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DuoyinError(f"no readable config.json ({error})", where=str(folder)) from error
    return config if isinstance(config, dict) else {}


def _weights_file(folder: Path) -> Path:
    for name in ("model.safetensors", "pytorch_model.bin"):
        if (folder / name).is_file():
            return folder / name
    raise DuoyinError(
        "no model.safetensors or pytorch_model.bin",
        where=str(folder),
        hint="duoyin models pull gpt-sovits-v2proplus",
    )
