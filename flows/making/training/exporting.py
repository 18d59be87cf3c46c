"""A trained voice found again, and its model written for other programs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from flows.making.training.making import RECORD_FILE
from normalizers import DuoyinError
from tts_core.files import atomic_path
from tts_core.gpt_sovits.files.checkpoints import read_checkpoint
from tts_core.gpt_sovits.files.imported import SOVITS_FILE, T2S_FILE, imported_folder
from tts_core.gpt_sovits.training.export import export_sound, export_text
from tts_core.gpt_sovits.training.run import KEPT_FOLDER
from tts_core.gpt_sovits.voice.voicefile import VOICE_FILE, load_voice, voices_folder
from tts_core.tacotron.description import DESCRIPTION as TACOTRON
from tts_core.tacotron.vocoder import VOCODER_FILE

_SUFFIXES = {"text": ".ckpt", "sound": ".pth"}


def record_of(name: str) -> dict[str, Any]:
    """What the training of a voice came to. Raises `DuoyinError` where it was not trained."""
    folder = voices_folder() / name
    if not (folder / VOICE_FILE).is_file():
        raise DuoyinError(
            f"there is no voice {name!r}",
            where=str(folder),
            hint=f"duoyin voice train {name} --from FOLDER …",
        )
    voice = load_voice(folder)
    if not voice.trained:
        raise DuoyinError(f"the voice {name!r} was made without training", where=str(folder / VOICE_FILE))
    path = folder / "training" / str(voice.trained.get("chain")) / RECORD_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DuoyinError(
            f"the record of the training cannot be read ({error})",
            where=str(path),
            hint=f"duoyin voice train {name}",
        ) from error
    return dict(found)


def export(name: str, chain: Path, to: Path) -> list[Path]:
    """Write the pair that speaks the voice: `NAME-e….ckpt` and `NAME_….pth`, as they were kept; a stage that was not
    trained is the base's. Of Tacotron 2 it is its model and, where it has one, its vocoder.

    Raises:
        DuoyinError: a kept checkpoint is gone, or the folder cannot be written.
    """
    voice = load_voice(voices_folder() / name)
    if voice.engine == TACOTRON.name:
        with atomic_path(target := to / f"{name}-{voice.trained['checkpoint']}.pth") as beside:
            shutil.copyfile(voice.folder / voice.model, beside)
        made = [target]
        if (voice.folder / VOCODER_FILE).is_file():
            with atomic_path(to / f"{name}-{VOCODER_FILE}") as beside:
                shutil.copyfile(voice.folder / VOCODER_FILE, beside)
            made.append(to / f"{name}-{VOCODER_FILE}")
        return made
    text, sound = str(voice.trained["checkpoint"]).split("_")
    made = list[Path]()
    for stage, said in (("text", text), ("sound", sound)):
        update = said.rpartition("-")[2]
        target = to / f"{name}-{stage}-{update}{_SUFFIXES[stage]}"
        kept = chain / stage / KEPT_FOLDER / f"{update}{_SUFFIXES[stage]}"
        if int(update) == 0:
            _from_model(voice.model, stage, target)
        elif not kept.is_file():
            raise DuoyinError("the checkpoint is gone", where=str(kept), hint=f"duoyin voice train {name}")
        else:
            with atomic_path(target) as beside:
                shutil.copyfile(kept, beside)
        made.append(target)
    return made


def _from_model(model: str, stage: str, target: Path) -> None:

    folder = imported_folder() / model
    found = read_checkpoint(folder / (T2S_FILE if stage == "text" else SOVITS_FILE))
    if stage == "text":
        export_text(found.weights, found.config, found.info, target)
    else:
        export_sound(found.weights, found.config, found.kind, found.info, target)
