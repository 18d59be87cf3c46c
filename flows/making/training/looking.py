"""Recordings looked through, and what a person is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from flows.making.training.material import LIST_SUFFIX, Material, recordings
from flows.workspace.progress import reporter, share_told
from normalizers import DuoyinError
from tts_core.durations import clock
from tts_core.files import atomic_path
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.training.material.cleaning import CleanSet, Ear, clean_set
from tts_core.gpt_sovits.voice.denoise import Denoiser
from tts_core.gpt_sovits.voice.voiceprint import installed_judge
from tts_core.recognizer import Recognizer
from tts_core.sound import writing_sound


def look_through(
    given: Material, language: str, *, denoise: Denoiser | None = None, most: float | None = None
) -> CleanSet:
    """The clean set of some files, with recogniser and speaker encoder where they are installed; of `most` seconds.

    Raises:
        DuoyinError: see `clean_set`; or the denoiser is not on this machine.
    """
    reporter().stage("Recordings", f"{len(given.files)} files")
    left_out = list(given.left_out)
    return clean_set(
        recordings(given, left_out, denoise=denoise),
        language,
        ear=ear(),
        judge=installed_judge(),
        left_out=left_out,
        most=most,
        told=share_told(),
    )


def ear() -> Ear | None:
    """The recogniser; None where the extra `proof` is not installed."""
    try:
        return Recognizer()
    except DuoyinError as error:
        reporter().warn(f"nobody listens: {error.message}")
        return None


def told(made: CleanSet) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "language": made.language,
        "seconds": round(made.seconds, 2),
        "digest": made.digest(),
        "warnings": list(made.warnings),
        "clips": [
            {
                "recording": clip.recording,
                "start": round(clip.start, 3),
                "end": round(clip.end, 3),
                "label": clip.label,
                "heard": clip.heard,
                "error": round(clip.error, 4),
                "likeness": None if clip.likeness is None else round(clip.likeness, 4),
                "snr_db": None if clip.measures.snr_db is None else round(clip.measures.snr_db, 1),
                "bandwidth_hz": clip.measures.bandwidth_hz,
                "echo_seconds": clip.measures.echo_seconds,
                "notes": list(clip.notes),
                "digest": clip.digest,
            }
            for clip in made.clips
        ],
        "left_out": [
            {
                "recording": row.recording,
                "start": round(row.start, 3),
                "end": round(row.end, 3),
                "why": row.why,
                "label": row.label,
            }
            for row in made.left_out
        ],
    }


def as_text(made: CleanSet) -> str:
    """The report for a person: each clip, used or not, and why."""
    lines = [f"{made.seconds:.0f} s of clean speech in {len(made.clips)} clips"]
    for clip in made.clips:
        place, notes = _place(clip.recording, clip.start, clip.end), "; ".join(clip.notes)
        used = (
            f"  used      {place}  {clip.label}  ({notes})" if notes else f"  used      {place}  {clip.label}"
        )
        lines.append(used)
    for row in made.left_out:
        lines.append(f"  left out  {_place(row.recording, row.start, row.end)}  {row.why}")
    lines += [f"  note      {warning}" for warning in made.warnings]
    return "\n".join(lines)


def write_set(made: CleanSet, folder: Path, speaker: str) -> Path:
    """The clips as 32 kHz FLAC with their words in a `.list` that a person can mend; `voice train --from` reads both.

    Returns: the list. Raises `DuoyinError` where the folder holds something already or cannot be written.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise DuoyinError("the folder is not empty", where=str(folder), hint="Name a new one.")
    rows = []
    for number, clip in enumerate(made.clips, 1):
        name = f"{number:03d}.flac"
        with atomic_path(folder / name) as beside, writing_sound(beside):
            soundfile.write(
                str(beside), np.clip(clip.samples, -1.0, 1.0), SAMPLE_RATE, format="FLAC", subtype="PCM_16"
            )
        rows.append(f"{name}|{speaker}|{made.language.upper()}|{clip.label}")
    path = folder / f"clips{LIST_SUFFIX}"
    with atomic_path(path) as beside:
        beside.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def _place(name: str, start: float, end: float) -> str:
    return f"{name} {clock(start)}–{clock(end)}" if end else name
