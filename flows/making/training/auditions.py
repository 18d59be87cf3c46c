"""Checkpoints let speak the same lines and listened to, each once: what was heard of one is kept beside its takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.workspace.progress import reporter, share_told
from normalizers import DuoyinError
from normalizers.languages import language as language_record
from tts_core.files import write_atomically
from tts_core.gpt_sovits.training.choosing import Audition, C, Transcribe
from tts_core.gpt_sovits.training.material.cleaning import Clip
from tts_core.gpt_sovits.voice.voiceprint import SpeakerJudge, installed_judge
from tts_core.recognizer import Recognizer

AUDITION_LINES = 10


@dataclass(frozen=True, slots=True)
class Speaking:
    """What every checkpoint is asked: the voice's name, its prompt, and the lines."""

    voice: str
    prompt: Sequence[Clip]
    lines: Sequence[str]
    language: str


@dataclass(frozen=True, slots=True)
class Ears:
    """Who listens; None where nobody is installed."""

    transcribe: Transcribe | None
    judge: SpeakerJudge | None


def audition_lines(held_out: Sequence[str], language: str) -> list[str]:
    """What every checkpoint speaks: lines that were not learned, then sentences of the language's own."""
    record = language_record(language)
    return [*held_out, record.probe, *record.auditions][:AUDITION_LINES]


def auditions(
    candidates: Sequence[C],
    speaking: Speaking,
    folder: Path,
    speak: Callable[[C, Path, Ears], Audition[C]],
) -> list[Audition[C]]:
    """How each candidate speaks.

    Args:
        folder: for takes and figures, one in it a candidate.
        speak: lets a candidate speak into a folder, and listens.
    """
    reporter().stage("Auditions", f"{len(candidates)} checkpoints speak {len(speaking.lines)} lines")
    ears = Ears(_transcriber(), installed_judge())
    share = share_told()
    made = []
    for number, candidate in enumerate(candidates):
        share(number / len(candidates), candidate.title)
        beside = folder / candidate.name
        before = _read_audition(beside, candidate, speaking.lines, ears.transcribe is not None)
        if before is None:
            before = speak(candidate, beside, ears)
            _write_audition(beside, before, speaking.lines)
        made.append(before)
    share(1.0, "")
    return made


def _transcriber() -> Transcribe | None:
    try:
        recognizer = Recognizer()
    except DuoyinError as error:
        reporter().warn(f"nobody listens to the checkpoints: {error.message}")
        return None
    return recognizer.transcribe


def _write_audition(folder: Path, made: Audition[C], lines: Sequence[str]) -> None:
    content = {
        "error": made.error,
        "likeness": made.likeness,
        "takes": [str(path.relative_to(folder)) for path in made.takes],
        "lines": list(lines),
    }
    write_atomically(
        folder / "heard.json", (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
    )


def _read_audition(folder: Path, pair: C, lines: Sequence[str], listens: bool) -> Audition[C] | None:
    """What was heard of a checkpoint before; None where it was not, or where more could be told now."""
    try:
        told = json.loads((folder / "heard.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if told["lines"] != list(lines) or (listens and told["error"] is None):
        return None
    return Audition(pair, told["error"], told["likeness"], tuple(folder / take for take in told["takes"]))
