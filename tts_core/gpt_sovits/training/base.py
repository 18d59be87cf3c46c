"""What a voice is trained from: an imported pair of checkpoints, and the discriminators that were trained with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from normalizers import DuoyinError
from tts_core.files import file_digest
from tts_core.gpt_sovits.conversion.pull import BASES, pull_plan
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, read_checkpoint, read_state_dict
from tts_core.gpt_sovits.files.imported import (
    MODEL_FILE,
    SOVITS_FILE,
    T2S_FILE,
    imported_folder,
    imported_model,
)
from tts_core.gpt_sovits.files.support import support_folder
from tts_core.gpt_sovits.training.posterior import PREFIX

DISCRIMINATORS_FILE = "s2D.pth"
DISCRIMINATORS = "s2D*"
"""Name of the discriminators' file: beside the imported pair, or where `duoyin models pull NAME --training` puts it."""


@dataclass(frozen=True, slots=True)
class Base:
    """A pair to start from.

    Args:
        folder: of the imported pair.
        digest: hex SHA-256 of the pair and the discriminators.
        discriminators: their weights; None where the file is not on this machine.
        fresh_rate: that a sound stage which knows nothing learns at; None where there is something to start from.
    """

    name: str
    folder: Path
    text: Checkpoint
    sound: Checkpoint
    digest: str
    discriminators: dict[str, Tensor] | None
    fresh_rate: float | None = None

    @property
    def fresh(self) -> bool:
        """It knows nothing: the codes of the sound stage are learned, too, and the text stage after them."""
        return self.fresh_rate is not None


def base_of(name: str, folder: Path | None = None, support: Path | None = None) -> Base:
    """Load a base.

    Args:
        name: of an imported model. folder: of imported models; support: of supporting ones.

    Raises:
        DuoyinError: it is not on this machine, or it is an export, made for speaking.
    """
    models = folder or imported_folder()
    path = models / name
    if not (path / MODEL_FILE).is_file():
        raise DuoyinError(_missing(name, support), hint=_remedy(name, models))
    record = imported_model(path)
    sound = read_checkpoint(path / SOVITS_FILE)
    if not any(tensor.startswith(PREFIX) for tensor in sound.weights):
        raise DuoyinError(
            f"{name} is an export, made for speaking: its posterior encoder (enc_q) was left out",
            where=str(path),
            hint=f"Train from one of {', '.join(BASES)}, or import a base's own files (s2G….pth).",
        )
    judges = _discriminators(name, path, support or support_folder())
    digest = hashlib.sha256(record.digest().encode())
    if judges is not None:
        digest.update(file_digest(judges).encode())
    return Base(
        name,
        path,
        read_checkpoint(path / T2S_FILE),
        sound,
        digest.hexdigest(),
        None if judges is None else read_state_dict(judges),
    )


def _discriminators(name: str, model: Path, support: Path) -> Path | None:
    found = [path for folder in (model, support / name) for path in sorted(folder.glob(DISCRIMINATORS))]
    return found[0] if found else None


def _missing(name: str, support: Path | None) -> str:
    if name not in BASES:
        return f"there is no base model {name!r} on this machine"
    plan = pull_plan(name, support, training=True)
    return f"the base model {name} is not on this machine; pulling it would fetch\n{plan.describe()}"


def _remedy(name: str, models: Path) -> str:
    pulled = name if name in BASES else next(reversed(BASES))
    there = sorted(path.parent.name for path in models.glob(f"*/{MODEL_FILE}"))
    others = f" Imported here: {', '.join(there)} (--base NAME)." if there else ""
    return (
        f"duoyin models pull {pulled} --training --allow-hub.{others} Without a base (--base none), training needs "
        "hours of many speakers and days of a card; a minute of one voice is not enough."
    )
