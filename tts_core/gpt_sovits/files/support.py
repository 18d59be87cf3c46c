"""The supporting models of GPT-SoVITS: where they are looked for on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tts_core.models import default_folder

Part = Literal["hubert", "bert", "speaker"]

_FOLDERS: dict[Part, str] = {
    "hubert": "chinese-hubert-base",
    "bert": "chinese-roberta-wwm-ext-large",
    "speaker": "speaker",
}
SPEAKER_FILE = "pretrained_eres2netv2w24s4ep4.ckpt"


@dataclass(frozen=True, slots=True)
class Support:
    """Where the supporting models lie; None where one is not on this machine.

    Args:
        hubert: folder of chinese-hubert-base; needed for every voice.
        bert: folder of chinese-roberta-wwm-ext-large; Chinese sounds flatter without it.
        speaker: ERes2NetV2 file; needed for v2Pro and v2ProPlus.
    """

    hubert: Path | None = None
    bert: Path | None = None
    speaker: Path | None = None


def support_folder() -> Path:
    """Where the supporting models are kept: `gpt-sovits-support` in the model store."""
    return default_folder() / "gpt-sovits-support"


def find_support(folder: Path | None = None) -> Support:
    """Look for the supporting models in `folder`, by default `DUOYIN_GPT_SOVITS_SUPPORT` or the model store."""
    base = folder or Path(os.environ.get("DUOYIN_GPT_SOVITS_SUPPORT") or support_folder())
    hubert, bert = base / _FOLDERS["hubert"], base / _FOLDERS["bert"]
    speakers = [base / _FOLDERS["speaker"] / name for name in (SPEAKER_FILE, "eres2netv2.safetensors")]
    return Support(
        hubert=hubert if (hubert / "config.json").is_file() else None,
        bert=bert if (bert / "config.json").is_file() else None,
        speaker=next((path for path in speakers if path.is_file()), None),
    )
