"""Files of a person's speech, of whatever kind, with the texts that belong to them → recordings to be cleaned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from flows.mastering.ffmpeg import decode, read_head
from flows.sources import SOURCES, is_subtitle, read
from flows.sources.encoding import decode as decoded_text
from flows.sources.subtitles.reader import read_subtitles
from normalizers import DuoyinError
from tts_core.files import file_digest
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.training.material.cleaning import LeftOut
from tts_core.gpt_sovits.training.material.recording import Recording, recording
from tts_core.gpt_sovits.voice.denoise import TITLES, Denoiser, denoised

USUAL_RATE = 48_000  # Hz, where a file does not tell its own
MOST_CHANNELS = 2
MEDIA = frozenset(
    (
        ".wav",
        ".flac",
        ".ogg",
        ".oga",
        ".opus",
        ".mp3",
        ".m4a",
        ".m4b",
        ".aac",
        ".aiff",
        ".aif",
        ".wma",
        ".caf",
    )
) | frozenset((".mp4", ".mkv", ".mov", ".webm", ".avi", ".ts"))
BESIDE = (".txt", ".srt", ".vtt", ".ass")
"""Suffixes of a text beside a recording of the same name."""
LIST_SUFFIX = ".list"
"""`file|speaker|language|words` a line, as GPT-SoVITS has them."""


@dataclass(frozen=True, slots=True)
class Material:
    """Files to learn a voice from.

    Args:
        files: recordings and videos.
        texts: what is said in a file, by its name; "" stands for all others.
        left_out: what lies there and is no recording.
    """

    files: tuple[Path, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()

    def text_of(self, file: Path) -> str:
        return self.texts.get(file.name, self.texts.get("", ""))


def material(places: Sequence[Path], text: Path | None = None) -> Material:
    """What lies in folders (not in folders within them) and files.

    Args:
        text: what is said in the recordings: a text or book of which they are a part, subtitles, or a `.list`.

    Raises:
        DuoyinError: nothing there, or a text that cannot be read.
    """
    files: list[Path] = []
    left_out: list[LeftOut] = []
    texts: dict[str, str] = {}
    for place in places:
        if place.is_dir():
            for path in sorted(place.iterdir()):
                kind = path.suffix.lower()
                if kind in MEDIA and path.is_file():
                    files.append(path)
                elif kind == LIST_SUFFIX:
                    texts |= listed(path)
                elif path.is_file() and kind not in BESIDE and not path.name.startswith("."):
                    left_out.append(
                        LeftOut(path.name, 0.0, 0.0, "no recording: its name says another kind of file")
                    )
        elif place.is_file():
            files.append(place)
        else:
            raise DuoyinError("there is nothing here", where=str(place), hint="Check the path.")
    if not files:
        where = ", ".join(str(place) for place in places)
        raise DuoyinError(
            "there are no recordings here", where=where, hint=f"Known are {', '.join(sorted(MEDIA))}."
        )
    _check_names(files)
    for file in files:
        beside = next((path for kind in BESIDE if (path := file.with_suffix(kind)).is_file()), None)
        if beside is not None:
            texts[file.name] = words_of(beside)
    if text is not None:
        texts |= listed(text) if text.suffix.lower() == LIST_SUFFIX else {"": words_of(text)}
    return Material(tuple(files), texts, tuple(left_out))


def words_of(path: Path) -> str:
    """All that is said in a text, a book or subtitles, a paragraph or cue a line. Raises `DuoyinError`."""
    if is_subtitle(path):
        return "\n".join(cue.text for cue in read_subtitles(path).cues if cue.text)
    if path.suffix.lower() == ".txt":
        if not path.is_file():
            raise DuoyinError("there is no such file", where=str(path), hint="Check the path.")
        return decoded_text(path.read_bytes(), where=str(path)).text.strip()
    if path.is_file() and path.suffix.lower() not in SOURCES:
        known = ", ".join(sorted({*SOURCES, *BESIDE, LIST_SUFFIX}))
        raise DuoyinError("this is no text that can be read", where=str(path), hint=f"Known are {known}.")
    parts = []
    for chapter in read(path).chapters:
        parts += [chapter.title, *(paragraph.text for paragraph in chapter.paragraphs)]
    return "\n".join(part for part in parts if part)


def listed(path: Path) -> dict[str, str]:
    """Words by file name from a `.list`. Raises `DuoyinError` naming the line that is none."""
    if not path.is_file():
        raise DuoyinError("there is no such file", where=str(path), hint="Check the path.")
    found = {}
    for number, line in enumerate(decoded_text(path.read_bytes(), where=str(path)).text.splitlines(), 1):
        if not line.strip():
            continue
        fields = line.split("|", 3)
        if len(fields) != 4:
            raise DuoyinError(
                "a line needs file|speaker|language|words",
                where=f"{path}, line {number}",
                hint=f"It says: {line[:60]}",
            )
        found[fields[0].replace("\\", "/").rpartition("/")[2]] = fields[3].strip()
    return found


def recordings(
    given: Material, left_out: list[LeftOut], *, denoise: Denoiser | None = None
) -> Iterator[Recording]:
    """Decode one file after the other; what cannot be decoded goes to `left_out`."""
    for file in given.files:
        try:
            yield _recording(file, given.text_of(file), denoise=denoise)
        except DuoyinError as error:
            left_out.append(LeftOut(file.name, 0.0, 0.0, f"cannot be read: {error.message}"))


def _recording(file: Path, text: str, *, denoise: Denoiser | None) -> Recording:
    head = read_head(file)
    sound = next((stream for stream in head.streams if stream.kind == "audio"), None)
    if sound is None:
        raise DuoyinError("there is no sound in it", where=str(file))
    channels = min(sound.channels or 1, MOST_CHANNELS)
    rate = sound.sample_rate or USUAL_RATE
    blocks = list(decode(file, rate, channels))
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    made = recording(file.name, samples, rate, digest=file_digest(file), text=text)
    if denoise is None:
        return made
    quiet = denoised(made.samples, SAMPLE_RATE, denoise)
    return replace(made, samples=quiet, notes=(*made.notes, f"noise taken out ({TITLES[denoise]})"))


def _check_names(files: Sequence[Path]) -> None:
    """Texts, reports and features go by names."""
    seen: dict[str, Path] = {}
    for file in files:
        if file.name in seen:
            raise DuoyinError(
                f"two recordings are called {file.name}",
                where=f"{seen[file.name]} and {file}",
                hint="Rename one of them.",
            )
        seen[file.name] = file
