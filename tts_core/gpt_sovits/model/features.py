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
from tts_core.gpt_sovits.files.checkpoints import load_strictly, read_state_dict
from tts_core.gpt_sovits.text.frontend import Passage

HUBERT_RATE = 16_000
HUBERT_PADDING = 9_600
"""Zeros after the clip: the reference counts 0.3 s at 32 kHz and appends them to 16 kHz audio (TTS.py)."""

SHORTEST_CLIP, LONGEST_CLIP = 3.0, 10.0  # seconds a prompt may have; the models never saw others
BERT_LONGEST = 510  # tokens, without [CLS] and [SEP]
BERT_LAYER = -3  # third hidden state from the end (output of layer 22 of 24)
BERT_TOGETHER = 32  # sentences a GPU reads at once


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
    def __call__(self, samples: Tensor, padding: int = HUBERT_PADDING) -> Tensor:
        """Samples `[N]` at 16 kHz, as recorded (not normalized) → `[1, 768, frames]`.

        Args:
            padding: zeros after them; none where the model is trained.
        """
        weight = next(self.model.parameters())
        padded = torch.cat([samples.float(), torch.zeros(padding)])[None].to(weight)
        frames: Tensor = self.model(padded).last_hidden_state
        return frames.transpose(1, 2).float()


class Bert:
    """chinese-roberta-wwm-ext-large: Chinese sentences → 1024 numbers a phoneme.

    Only the layers below the wanted one are kept: the two above it, and the head that guesses characters, are a sixth
    of the work.
    """

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForMaskedLM, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        whole = AutoModelForMaskedLM.from_pretrained(str(folder), local_files_only=True)
        self.model = whole.base_model.requires_grad_(False).eval()
        self.model.encoder.layer = self.model.encoder.layer[: BERT_LAYER + 1]

    @torch.inference_mode()
    def __call__(self, passages: Sequence[Passage]) -> list[Tensor]:
        """`[1024, phonemes]` float32 of each passage, on the CPU.

        A GPU reads `BERT_TOGETHER` at once, like lengths together; a CPU one by one, so that a line's numbers do not
        depend on others.

        Raises:
            DuoyinError: a sentence beyond the model's length, or one whose tokens are not its characters.
        """
        tokens = [self.tokenizer(passage.text)["input_ids"] for passage in passages]
        for passage, ids in zip(passages, tokens, strict=True):
            if len(ids) - 2 > BERT_LONGEST or len(ids) - 2 != len(passage.counts):
                raise DuoyinError(
                    f"BERT sees {len(ids) - 2} tokens in {len(passage.counts)} characters",
                    where=passage.text[:20],
                    hint="Split the sentence.",
                )
        device = self.model.device
        together = _together(device)
        order = sorted(range(len(passages)), key=lambda at: len(tokens[at]))
        vectors: dict[int, Tensor] = {}
        for start in range(0, len(order), together):
            batch = order[start : start + together]
            longest = max(len(tokens[at]) for at in batch)
            ids = torch.tensor([tokens[at] + [0] * (longest - len(tokens[at])) for at in batch])
            mask = torch.tensor([[1] * len(tokens[at]) + [0] * (longest - len(tokens[at])) for at in batch])
            hidden = (
                self.model(ids.to(device), attention_mask=mask.to(device)).last_hidden_state.float().cpu()
            )
            for row, at in enumerate(batch):
                counts = torch.tensor(passages[at].counts)
                characters = hidden[row, 1 : 1 + len(counts)]
                vectors[at] = torch.repeat_interleave(characters, counts, dim=0).T
        return [vectors[at] for at in range(len(passages))]


def _together(device: torch.device) -> int:
    return BERT_TOGETHER if device.type == "cuda" else 1


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
