"""Fetching base models and the supporting ones, when somebody asks for it.

Nothing is downloaded on its own: `pull` goes to the hub, and says first what it will fetch, how much, and under which
licence.
"""

from __future__ import annotations

import os
import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from normalizers import DuoyinError
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.files.imported import imported_folder
from tts_core.gpt_sovits.files.support import SPEAKER_FILE, support_folder

HUB = "https://huggingface.co"
_TIMEOUT_SECONDS = 60
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the hub: repository, path there, path in our folder, about how many megabytes (for the
    announcement)."""

    repository: str
    path: str
    local: str
    megabytes: float
    licence: str

    @property
    def url(self) -> str:
        return f"{HUB}/{self.repository}/resolve/main/{self.path}"


_REPOSITORY = "lj1995/GPT-SoVITS"

SUPPORT: tuple[RemoteFile, ...] = (
    RemoteFile(
        _REPOSITORY,
        "chinese-hubert-base/config.json",
        "chinese-hubert-base/config.json",
        0.01,
        "Apache-2.0 (TencentGameMate)",
    ),
    RemoteFile(
        _REPOSITORY,
        "chinese-hubert-base/pytorch_model.bin",
        "chinese-hubert-base/pytorch_model.bin",
        189,
        "Apache-2.0 (TencentGameMate)",
    ),
    RemoteFile(
        _REPOSITORY,
        "chinese-roberta-wwm-ext-large/config.json",
        "chinese-roberta-wwm-ext-large/config.json",
        0.01,
        "Apache-2.0 (HFL)",
    ),
    RemoteFile(
        _REPOSITORY,
        "chinese-roberta-wwm-ext-large/tokenizer.json",
        "chinese-roberta-wwm-ext-large/tokenizer.json",
        0.3,
        "Apache-2.0 (HFL)",
    ),
    RemoteFile(
        _REPOSITORY,
        "chinese-roberta-wwm-ext-large/pytorch_model.bin",
        "chinese-roberta-wwm-ext-large/pytorch_model.bin",
        651,
        "Apache-2.0 (HFL)",
    ),
    RemoteFile(_REPOSITORY, f"sv/{SPEAKER_FILE}", f"speaker/{SPEAKER_FILE}", 108, "Apache-2.0 (3D-Speaker)"),
)

_V2_GPT = ("gsv-v2final-pretrained/s1bert25hz-5kh-longer-epoch=12-step=369668.ckpt", 155.0)
_V3_GPT = ("s1v3.ckpt", 155.0)
BASES: dict[str, tuple[tuple[str, float], tuple[str, float]]] = {
    "gpt-sovits-v2": (_V2_GPT, ("gsv-v2final-pretrained/s2G2333k.pth", 106.0)),
    "gpt-sovits-v2pro": (_V3_GPT, ("v2Pro/s2Gv2Pro.pth", 155.0)),
    "gpt-sovits-v2proplus": (_V3_GPT, ("v2Pro/s2Gv2ProPlus.pth", 194.0)),
}
"""Published base models: (GPT file, megabytes), (SoVITS file, megabytes). Source: the reference's README."""

DISCRIMINATORS: dict[str, tuple[str, float]] = {
    "gpt-sovits-v2": ("gsv-v2final-pretrained/s2D2333k.pth", 94.0),
    "gpt-sovits-v2pro": ("v2Pro/s2Dv2Pro.pth", 126.0),
    "gpt-sovits-v2proplus": ("v2Pro/s2Dv2ProPlus.pth", 126.0),
}
"""What training needs of a base besides: its discriminators, in half precision (megabytes by their parameters)."""


@dataclass(frozen=True, slots=True)
class PullPlan:
    """What a pull would fetch; files that are there already are left out."""

    name: str
    files: tuple[RemoteFile, ...]

    @property
    def megabytes(self) -> float:
        return sum(file.megabytes for file in self.files)

    def describe(self) -> str:
        """A table for people: size, licence and origin of each file."""
        rows = [
            f"{file.megabytes:8.1f} MB  {file.licence:28s}  {file.repository}: {file.path}"
            for file in self.files
        ]
        return "\n".join([*rows, f"{self.megabytes:8.1f} MB  in all"])


def pull_plan(name: str, folder: Path | None = None, *, training: bool = False) -> PullPlan:
    """What `pull(name)` would fetch; with `training` also what is needed to train from it.

    Raises:
        DuoyinError: no base model of that name.
    """
    if name not in BASES:
        raise DuoyinError(f"there is no base model {name!r}", hint=f"There are: {', '.join(BASES)}.")
    base = folder or support_folder()
    models = tuple(
        RemoteFile(_REPOSITORY, path, f"{name}/{Path(path).name}", megabytes, "MIT (RVC-Boss)")
        for path, megabytes in (*BASES[name], *([DISCRIMINATORS[name]] if training else []))
    )
    return PullPlan(name, tuple(file for file in SUPPORT + models if not (base / file.local).is_file()))


def pull(
    name: str,
    *,
    allow_hub: bool = False,
    folder: Path | None = None,
    models: Path | None = None,
    hub: str = HUB,
    training: bool = False,
) -> Path:
    """Fetch a base model with what it needs and import it; returns its folder.

    Args:
        allow_hub: somebody asked for the network; without it this says what would be fetched and stops.
        folder: of the supporting models; models: of the imported ones; hub: another mirror's address.
        training: also what is needed to train from it.

    Raises:
        DuoyinError: without `allow_hub`; or a file that cannot be had, or is not what it should be.
    """
    plan = pull_plan(name, folder, training=training)
    base, target = folder or support_folder(), models or imported_folder()
    if plan.files and not allow_hub:
        raise DuoyinError(
            f"{name} needs files from {hub}:\n{plan.describe()}",
            hint="Run the command again with --allow-hub to fetch them.",
        )
    for file in plan.files:
        _fetch(file.url.replace(HUB, hub, 1), base / file.local)
    (gpt, _), (sovits, _) = BASES[name]
    import_checkpoints(base / name / Path(gpt).name, base / name / Path(sovits).name, name, target)
    return target / name


def _fetch(url: str, target: Path) -> None:
    """Into a temporary file, then renamed; the checkpoint reader judges the content afterwards."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(target.name + ".part")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as source, beside.open("wb") as sink:
            shutil.copyfileobj(source, sink, _CHUNK)
            wanted = source.headers.get("Content-Length")
            sink.flush()
            os.fsync(sink.fileno())
        if wanted is not None and beside.stat().st_size != int(wanted):
            raise DuoyinError("the download was cut off", where=url, hint="Run the command again.")
        beside.replace(target)
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise DuoyinError(
            f"cannot be fetched: {getattr(error, 'reason', None) or error}",
            where=url,
            hint=f"Check the network; or fetch it elsewhere, put it at {target}, and run the command again.",
        ) from error
    finally:
        beside.unlink(missing_ok=True)
