"""Recordings of a person → a voice: checked, trimmed, the best stretch picked, consent written down.

Every finding is a sentence for people, with its number. Errors stop (`ClipReport.usable`), notes do not.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import soundfile

from normalizers import DuoyinError
from normalizers.languages import LANGUAGES, spoken_language
from tts_core.consent import Consent
from tts_core.files import file_digest
from tts_core.gpt_sovits.description import DESCRIPTION
from tts_core.gpt_sovits.model.features import LONGEST_CLIP, SHORTEST_CLIP
from tts_core.gpt_sovits.voice.denoise import Denoiser, denoised
from tts_core.gpt_sovits.voice.voicefile import Age, Clip, ClonedVoice, Gender, save_voice
from tts_core.gpt_sovits.voice.voiceprint import (
    LEAST_TURN,
    PRINT_RATE,
    SpeakerJudge,
    divided,
    installed_judge,
)
from tts_core.gpt_sovits.voice.voicing import read_clip
from tts_core.sound import Samples, resampled, writing_sound

RECORDINGS = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif")
VAD_RATE = 16_000
FRAME_MILLISECONDS = 20
LOWEST_RATE = 16_000  # Hz: below, the timbre's upper half is missing
GOOD_RATE = 24_000
CLIPPED_LEVEL, CLIPPED_SHARE = 0.985, 5e-4  # of full scale; share of samples stuck there
NOISY_DB, VERY_NOISY_DB = 20.0, 10.0  # speech level over the level of the pauses
QUIET_DB = -40.0  # RMS of speech, full scale
SILENCE_KEPT = 0.2  # seconds left at both ends: the models swallow what starts or ends hard
LONGEST_PAUSE = 0.8  # seconds inside a prompt
LEAST_SPEECH = 1.5  # seconds a clip must hold
MOST_REFERENCES = 5
TONE_DB = (
    12.0  # a bin of the pauses' spectrum this far above its neighbourhood is a tone: room noise is smooth
)
TONE_BINS = 2  # so many of them are hum or music


@dataclass(frozen=True, slots=True)
class ClipReport:
    """What a recording is like.

    Args:
        path: the file.
        seconds, sample_rate: as recorded.
        speech: stretches of speech (start, end) in seconds.
        snr_db: level of the speech over that of the pauses; None where there is no pause to measure.
        errors: why it cannot be used; notes: what could be better.
        denoised: by what noise was taken out; everything here is said of the recording without it, and that is what is
            used of it.
    """

    path: Path
    seconds: float
    sample_rate: int
    speech: tuple[tuple[float, float], ...] = ()
    snr_db: float | None = None
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    denoised: Denoiser | None = None

    @property
    def usable(self) -> bool:
        return not self.errors

    @property
    def speech_seconds(self) -> float:
        return sum(end - start for start, end in self.speech)


@dataclass(frozen=True, slots=True)
class VoiceReport:
    """The voice that was made, and how its clips were judged."""

    voice: ClonedVoice
    clips: tuple[ClipReport, ...]
    prompt_from: Path
    notes: tuple[str, ...] = field(default=())


def check_clip(path: Path, *, denoise: Denoiser | None = None) -> ClipReport:
    """Judge one recording, if asked with its noise taken out.

    Raises:
        DuoyinError: it cannot be read at all, or the denoiser is not on this machine.
    """
    samples, rate = _samples(path, denoise)
    report = ClipReport(path, len(samples) / rate, rate, denoised=denoise)
    errors: list[str] = []
    notes: list[str] = []
    if rate < LOWEST_RATE:
        errors.append(f"{rate} Hz: record at {GOOD_RATE} Hz or more")
    elif rate < GOOD_RATE:
        notes.append(f"{rate} Hz: the upper part of the timbre is missing")
    clipped = float(np.mean(at_full_scale(samples)))
    if clipped > CLIPPED_SHARE:
        errors.append(f"clipped: {100 * clipped:.2f} % of the samples stand at full scale; record it lower")
    speech = find_speech(samples, rate)
    report = replace(report, speech=speech)
    if report.speech_seconds < LEAST_SPEECH:
        errors.append(f"{report.speech_seconds:.1f} s of speech; at least {LEAST_SPEECH} s are needed")
    level, floor, tones = levels_of(samples, rate, speech)
    snr = None if floor is None else level - floor
    if snr is not None and snr < VERY_NOISY_DB:
        errors.append(
            f"noisy: speech is only {snr:.0f} dB above the background; take it out with --denoise, or record again"
        )
    elif snr is not None and snr < NOISY_DB:
        notes.append(f"some noise: speech is {snr:.0f} dB above the background")
    if snr is not None and snr < 40 and tones >= TONE_BINS:
        notes.append("the pauses sound tonal: is there music or hum behind the voice?")
    if speech and level < QUIET_DB:
        notes.append(f"quiet: speech at {level:.0f} dB")
    return replace(report, snr_db=snr, errors=tuple(errors), notes=tuple(notes))


def voice_from_clips(
    name: str,
    clips: Path | Sequence[Path],
    *,
    folder: Path,
    model: str,
    consent: Consent,
    texts: Mapping[str, str] | None = None,
    language: str = DESCRIPTION.languages[0],
    licence: str = "",
    gender: Gender = "neutral",
    age: Age = "adult",
    speaker: SpeakerJudge | Literal["installed"] | None = "installed",
    denoise: Denoiser | None = None,
) -> VoiceReport:
    """Make the voice `name` under `folder/name` from recordings.

    The recording with the best stretch of 3 to 10 s becomes the prompt; up to five give the timbre. Both are written
    anew, trimmed, as 16-bit WAV with their digests.

    Args:
        clips: a folder of recordings, or files.
        model: an imported model's name.
        consent: who agreed to what; without it nothing is made.
        texts: file name → what is said in it. A stretch can be cut only from a recording without text or one that
            fits whole.
        language: what is spoken.
        speaker: tells whether each recording, and all together, are of one person; by default the encoder of this
            machine.
        denoise: by what noise is taken out of every recording before it is judged and used. What is used of them is
            kept as recorded, too.

    Raises:
        DuoyinError: no consent, no usable recording, several people, a text in another script, or the voice exists.
    """
    if not consent.statement.strip():
        raise DuoyinError(
            f"the voice {name!r} needs a consent statement",
            hint="Say who agreed to what: --consent “Recorded by Anna Li for this book, 2026-03-01”",
        )
    if not name or name != Path(name).name or name.startswith("."):
        raise DuoyinError(f"“{name}” cannot be a voice's name", hint="Use letters, digits, - and _.")
    target = Path(folder) / name
    if (target / "voice.yaml").exists():
        raise DuoyinError(
            f"there is a voice {name!r} already",
            where=str(target),
            hint="Choose another name, or remove that folder first.",
        )
    paths = _recordings(clips)
    said = dict(texts or {})
    for file, text in said.items():
        _check_language(text, language, file)
    reports = [check_clip(path, denoise=denoise) for path in paths]
    judge = installed_judge() if speaker == "installed" else speaker
    if judge is not None:
        reports = [_check_one_voice(report, judge) if report.usable else report for report in reports]
    usable = [report for report in reports if report.usable]
    if not usable:
        reasons = "; ".join(f"{report.path.name}: {report.errors[0]}" for report in reports[:5])
        raise DuoyinError(
            f"none of {len(reports)} recordings can be used: {reasons}", where=str(paths[0].parent)
        )
    notes = [f"{report.path.name} is left out: {report.errors[0]}" for report in reports if not report.usable]
    if judge is None:
        notes.append("whether one person speaks was not checked: no speaker encoder is on this machine")
    elif len(usable) > 1:
        _check_one_person(usable, judge)
    best, stretch = _best_prompt(usable, said)
    text = said.get(best.path.name, "")
    if not text:
        notes.append(
            f"{best.path.name} has no text: the voice speaks without a prompt, which copies the timbre"
            f" but less of the manner; put its words into {best.path.with_suffix('.txt').name} and make the voice again"
        )
    target.mkdir(parents=True, exist_ok=True)
    prompt = _write_stretch(best, stretch, target / "prompt.wav", text)
    others = sorted((report for report in usable if report is not best), key=_quality, reverse=True)[
        : MOST_REFERENCES - 1
    ]
    references = [replace(prompt, text="")]
    for number, report in enumerate(others, 2):
        references.append(
            _write_stretch(report, _longest_stretch(report), target / f"reference-{number}.wav", "")
        )
    voice = ClonedVoice(
        name, model, prompt, tuple(references), language, consent, licence, gender, age, target
    )
    save_voice(voice)
    return VoiceReport(voice, tuple(reports), best.path, tuple(notes))


def find_speech(samples: Samples, rate: int) -> tuple[tuple[float, float], ...]:
    """Stretches of speech (start, end) in seconds: by Silero's detector where faster-whisper is installed, else by
    energy."""
    at_16k = resampled(samples, rate, VAD_RATE)
    if importlib.util.find_spec("faster_whisper") is not None:
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        options = VadOptions(min_silence_duration_ms=200, speech_pad_ms=60)
        found = get_speech_timestamps(at_16k, options)
        return tuple((piece["start"] / VAD_RATE, piece["end"] / VAD_RATE) for piece in found)
    return energy_speech(at_16k)


def energy_speech(samples: Samples) -> tuple[tuple[float, float], ...]:
    """Stretches (start, end) in seconds of samples at 16 kHz that stand out from the background, gaps under 0.3 s
    closed.

    The threshold lies a third of the way (in dB) from the quietest tenth to the loudest twentieth.
    """
    levels = _frame_levels(samples, VAD_RATE)
    if len(levels) == 0 or float(levels.max()) < -60:
        return ()
    low, high = float(np.quantile(levels, 0.1)), float(np.quantile(levels, 0.95))
    if high - low < 6:  # no contrast: all of it or nothing
        return ((0.0, len(samples) / VAD_RATE),) if high > QUIET_DB else ()
    loud = levels > max(low + (high - low) / 3, -60)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    frame, stretches = FRAME_MILLISECONDS / 1000, list[tuple[float, float]]()
    for start, end in zip(edges[::2] * frame, edges[1::2] * frame, strict=True):
        if stretches and start - stretches[-1][1] < 0.3:
            stretches[-1] = (stretches[-1][0], float(end))
        else:
            stretches.append((float(start), float(end)))
    return tuple((start, end) for start, end in stretches if end - start >= 0.1)


def at_full_scale(samples: Samples) -> npt.NDArray[np.bool_]:
    """Which samples stand at full scale, or at the peak where that is above it."""
    made: npt.NDArray[np.bool_] = np.abs(samples) >= CLIPPED_LEVEL * max(
        1.0, float(np.abs(samples).max(initial=0.0))
    )
    return made


def _recordings(clips: Path | Sequence[Path]) -> list[Path]:
    if isinstance(clips, Path | str):
        folder = Path(clips)
        if folder.is_dir():
            found = sorted(path for path in folder.iterdir() if path.suffix.lower() in RECORDINGS)
            if not found:
                raise DuoyinError(
                    "there are no recordings here",
                    where=str(folder),
                    hint="WAV, FLAC, OGG and MP3 are known.",
                )
            return found
        return [folder]
    if not clips:
        raise DuoyinError("no recordings were given")
    return [Path(path) for path in clips]


def _check_language(text: str, language: str, file: str) -> None:
    told = spoken_language(text, language)
    if told != language:
        raise DuoyinError(
            f"the text is {LANGUAGES[told].name}, but the voice's language is {language}", where=file
        )


def _samples(path: Path, denoiser: Denoiser | None) -> tuple[Samples, int]:
    samples, rate = read_clip(path)
    return (samples if denoiser is None else denoised(samples, rate, denoiser)), rate


def _check_one_voice(report: ClipReport, judge: SpeakerJudge) -> ClipReport:
    """With an error where a second voice is heard for a while."""
    if judge.one_voice is None:
        return report
    samples, rate = _samples(report.path, report.denoised)
    split = divided(resampled(samples, rate, PRINT_RATE), report.speech, judge.embed)
    if split is None or split.likeness >= judge.one_voice or split.seconds < LEAST_TURN:
        return report
    error = (
        f"two people seem to speak: another voice from {split.at:.1f} s on, for about {split.seconds:.1f} s "
        f"(likeness {split.likeness:.2f}, one person has {judge.one_voice:g} or more)"
    )
    return replace(report, errors=(*report.errors, error))


def _check_one_person(reports: Sequence[ClipReport], judge: SpeakerJudge) -> None:
    vectors = []
    for report in reports:
        samples, rate = _samples(report.path, report.denoised)
        spoken = np.concatenate(
            [samples[int(start * rate) : int(end * rate)] for start, end in report.speech]
        )
        vectors.append(judge.print_of(spoken, rate))
    likeness = np.array(vectors) @ np.array(vectors).T
    middle = int(np.argmax(np.median(likeness, axis=1)))  # the clip most like the others
    strangers = [
        report.path.name
        for report, like in zip(reports, likeness[middle], strict=True)
        if like < judge.same_person
    ]
    if strangers:
        raise DuoyinError(
            f"not all recordings are of one person: {', '.join(strangers)} sound unlike {reports[middle].path.name}",
            where=str(reports[0].path.parent),
            hint="Give one person's recordings only.",
        )


def _best_prompt(
    reports: Sequence[ClipReport], said: Mapping[str, str]
) -> tuple[ClipReport, tuple[float, float]]:
    """The recording and stretch to continue from: with text before without, clean before noisy, near 6 s."""
    candidates: list[tuple[bool, float, ClipReport, tuple[float, float]]] = []
    for report in reports:
        has_text = bool(said.get(report.path.name, "").strip())
        stretch = _whole_stretch(report) if has_text else _longest_stretch(report)
        seconds = stretch[1] - stretch[0]
        if SHORTEST_CLIP <= seconds <= LONGEST_CLIP:
            candidates.append((has_text, _quality(report) - abs(seconds - 6.0), report, stretch))
    if not candidates:
        raise DuoyinError(
            f"no recording has a stretch of {SHORTEST_CLIP:g} to {LONGEST_CLIP:g} s"
            + (" that its text belongs to" if said else ""),
            where=str(reports[0].path.parent),
            hint="Record a sentence or two of about 6 s, and give its text.",
        )
    _, _, report, stretch = max(candidates, key=lambda candidate: candidate[:2])
    return report, stretch


def _quality(report: ClipReport) -> float:
    """In dB, roughly: how clean; notes cost 3."""
    return min(report.snr_db if report.snr_db is not None else 30.0, 50.0) / 2 - 3 * len(report.notes)


def _whole_stretch(report: ClipReport) -> tuple[float, float]:
    """From the first to the last sound of a recording, with a little silence."""
    return max(0.0, report.speech[0][0] - SILENCE_KEPT), min(
        report.seconds, report.speech[-1][1] + SILENCE_KEPT
    )


def _longest_stretch(report: ClipReport) -> tuple[float, float]:
    """The longest run of speech up to 10 s without a pause over 0.8 s; a longer monologue is cut at its pauses."""
    best = (0.0, 0.0)
    for first, (start, _) in enumerate(report.speech):
        end = start
        for piece_start, piece_end in report.speech[first:]:
            if piece_start - end > LONGEST_PAUSE or piece_end - start > LONGEST_CLIP - 2 * SILENCE_KEPT:
                break
            end = piece_end
        if end - start > best[1] - best[0]:
            best = (start, end)
    if best[1] == 0.0:  # one stretch without a pause, longer than a prompt may be
        best = (report.speech[0][0], report.speech[0][0] + LONGEST_CLIP - 2 * SILENCE_KEPT)
    return max(0.0, best[0] - SILENCE_KEPT), min(report.seconds, best[1] + SILENCE_KEPT)


def _write_stretch(report: ClipReport, stretch: tuple[float, float], path: Path, text: str) -> Clip:
    """The stretch as 16-bit WAV; where noise was taken out, the same stretch as recorded lies beside it
    (`*.original.wav`)."""
    _write_samples(*_samples(report.path, report.denoised), stretch, path)
    if report.denoised:
        _write_samples(*read_clip(report.path), stretch, path.with_suffix(".original.wav"))
    return Clip(path.name, file_digest(path), text)


def _write_samples(samples: Samples, rate: int, stretch: tuple[float, float], path: Path) -> None:
    cut = samples[int(stretch[0] * rate) : int(stretch[1] * rate)]
    with writing_sound(path):
        soundfile.write(str(path), np.clip(cut, -1.0, 1.0), rate, subtype="PCM_16")


def _frame_levels(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    frame = rate * FRAME_MILLISECONDS // 1000
    whole = len(samples) // frame
    power = np.mean(samples[: whole * frame].reshape(whole, frame).astype(np.float64) ** 2, axis=1)
    levels: npt.NDArray[np.float64] = 10 * np.log10(power + 1e-12)
    return levels


def levels_of(
    samples: Samples, rate: int, speech: Sequence[tuple[float, float]]
) -> tuple[float, float | None, int]:
    """Level of the speech, level of the pauses (None without any) in dB, and how many tones stand out of the pauses."""
    levels = _frame_levels(samples, rate)
    inside = np.zeros(len(levels), dtype=bool)
    frame = FRAME_MILLISECONDS / 1000
    for start, end in speech:
        inside[int(start / frame) : int(np.ceil(end / frame))] = True
    spoken, pauses = levels[inside], levels[~inside]
    level = 10 * float(np.log10(np.mean(10 ** (spoken / 10)) + 1e-12)) if len(spoken) else -120.0
    if len(pauses) < 5:  # continuous speech: its quietest frames stand for the background
        return level, float(np.quantile(spoken, 0.03)) if len(spoken) >= 50 else None, 0
    return level, float(np.median(pauses)), _tones(samples, rate, ~inside)


def _tones(samples: Samples, rate: int, frames: npt.NDArray[np.bool_]) -> int:
    """Bins of the mean spectrum of `frames` that stand TONE_DB above the median of the 10 bins on either side."""
    size = rate * FRAME_MILLISECONDS // 1000
    quiet = samples[: len(frames) * size].reshape(-1, size)[frames]
    power = np.abs(np.fft.rfft(quiet * np.hanning(size), axis=1)) ** 2
    spectrum = 10 * np.log10(power.mean(axis=0) + 1e-14)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(spectrum, 10, mode="edge"), 21)
    highest = max(
        3, round(8000 / (rate / size))
    )  # speech and music live below 8 kHz; lines above are electronics
    return int(np.sum((spectrum - np.median(around, axis=1))[3:highest] > TONE_DB))
