"""From a plan and its takes to a delivered, measured dub: render, mix, mux, listen, judge."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import soundfile

from flows.mastering.dub.media import Media, count_audio, decode_aligned, exactly, inspect_media
from flows.mastering.dub.mix import (
    LEAST_OVER_BED,
    QUIETEST_SPEECH,
    DeliveredLoudness,
    Measured,
    MixGains,
    Span,
    duck_spans,
    judge_loudness,
    measure_parts,
    mix_gains,
    mixed,
    over_bed,
    speech_level,
)
from flows.mastering.dub.mux import DubTrack, is_sound_file, refuse_output, write_sound, write_video
from flows.mastering.dub.plan import Plan, PlanLine, PlanOptions
from flows.mastering.dub.preview import preview_sound
from flows.mastering.dub.profiles import DubProfile
from flows.mastering.dub.render import BLOCK, DUB_RATE, Clip, SoundOfLine, clips, timeline, with_room_tone
from flows.mastering.dub.score import ClipPlace, Gate, Scorecard, TrackFindings, TrackLocator, score
from flows.mastering.loudness import Curve, Levels, Meter, curve
from flows.workspace.project import page_file, report_file
from normalizers.errors import DuoyinError
from tts_core.files import Claim, atomic_path
from tts_core.separation import load_background, without_voices
from tts_core.sound import Samples, reading_sound, writing_sound

Bed = Literal["duck", "separate", "none"]
MOST_CHANNELS = 6
STEM_SUBTYPE = "PCM_24"
ATTEMPTS = 3
"""How often a mix is made anew when the delivered file misses its loudness or peak."""
CEILING_STEP = 0.2
"""dB that the limiter goes below what a codec's overshoot calls for."""
Tell = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class MixSettings:
    """How a dub is delivered.

    Args:
        profile: loudness.
        bed: `duck` keeps the original under the speech, `separate` takes its voices out, `none` gives speech only.
        bed_file: music and effects to use as the bed instead of the original; it is not ducked.
        room_tone_db: RMS of added room tone, dBFS, or None.
        audio_stream: which audio track of the video is the original, from 0.
        separation_weights: of the model that takes voices out, for `separate`.
        track: labels of the added track.
    """

    profile: DubProfile
    track: DubTrack
    bed: Bed = "duck"
    bed_file: Path | None = None
    room_tone_db: float | None = None
    audio_stream: int = 0
    separation_weights: Path | None = None


@dataclass(frozen=True, slots=True)
class Stem:
    """The rendered speech: a mono file at `DUB_RATE`, its levels, and where each line lies in it."""

    path: Path
    samples: int
    levels: Levels
    places: tuple[ClipPlace, ...]

    def blocks(self) -> Iterator[Samples]:
        with reading_sound(self.path), soundfile.SoundFile(self.path) as file:
            yield from file.blocks(BLOCK, dtype="float32")

    @property
    def spoken(self) -> list[Span]:
        """Samples between which words are heard."""
        return [(place.onset, place.offset) for place in self.places]


@dataclass(frozen=True, slots=True)
class DubDelivery:
    """What a dub run delivered, and whether every gate held.

    Args:
        proof: what listening to the takes found, as data.
        coverage: what became of every character and line, as data.
        curve: loudness and peaks of the delivered track.
        preview: the delivered track as a small MP3, see `preview_sound`.
    """

    path: Path
    scorecard: Scorecard
    loudness: DeliveredLoudness
    gains: MixGains
    programme_seconds: float
    warnings: tuple[str, ...]
    proof: Mapping[str, Any] = field(default_factory=dict)
    coverage: Mapping[str, Any] = field(default_factory=dict)
    curve: Curve | None = None
    preview: bytes = field(default=b"", repr=False)

    @property
    def report_file(self) -> Path:
        """The report's facts as JSON, beside it."""
        return report_file(self.path)

    @property
    def page_file(self) -> Path:
        """The report as a page."""
        return page_file(self.path)

    @property
    def passed(self) -> bool:
        return self.scorecard.passed and self.loudness.passed and bool(self.coverage.get("passed", True))

    def to_json(self) -> dict[str, Any]:
        data = self.scorecard.to_json()
        return {
            "path": str(self.path),
            "report": str(self.report_file),
            "page": str(self.page_file),
            "passed": self.passed,
            "programme_seconds": self.programme_seconds,
            # JSON has no infinity: silence has no loudness
            "loudness": {
                k: None if isinstance(v, float) and not math.isfinite(v) else v
                for k, v in asdict(self.loudness).items()
            },
            "gains": asdict(self.gains),
            "warnings": list(self.warnings),
            "proof": dict(self.proof),
            "coverage": dict(self.coverage),
            **{key: data[key] for key in ("gates", "metrics", "lines")},
        }


def programme_seconds(media: Media | None, lines: Sequence[PlanLine], *, tail: float = 2.0) -> float:
    """Length of the programme: the video's, or without one the last cue's end and `tail` seconds."""
    if media is not None:
        if media.seconds <= 0:
            raise DuoyinError("the video has no length", where=str(media.path), hint="is the file complete?")
        return media.seconds
    return round(max((line.end for line in lines), default=0.0) + tail, 3)


def render_stem(plan: Plan, sound_of: SoundOfLine, path: Path, *, room_tone_db: float | None = None) -> Stem:
    """Render the speech of a plan to `path` (24-bit WAV), exactly as long as the programme."""
    length = round(plan.programme_seconds * DUB_RATE)
    places: list[ClipPlace] = []

    def noted(source: Iterable[Clip]) -> Iterator[Clip]:
        for clip in source:
            places.append(ClipPlace(clip.id, clip.first, clip.end, clip.onset, clip.offset, clip.stretch))
            yield clip

    blocks = timeline(noted(clips(plan.lines, sound_of)), length)
    if room_tone_db is not None:
        blocks = with_room_tone(blocks, room_tone_db)
    meter = Meter(DUB_RATE, peaks=False)
    with (
        atomic_path(path) as partial,
        writing_sound(path),
        # Not compressed: the file lives for the length of a run and is read twice, time matters more than space.
        soundfile.SoundFile(partial, "w", DUB_RATE, 1, format="RF64", subtype=STEM_SUBTYPE) as file,
    ):
        for block in blocks:
            file.write(block.clip(-1.0, 1.0))
            meter.push(block)
    return Stem(path, length, meter.finish(), tuple(places))


def deliver_dub(
    plan: Plan,
    lines: Sequence[PlanLine],
    texts: Mapping[str, str],
    sound_of: SoundOfLine,
    out: Path,
    settings: MixSettings,
    *,
    media: Media | None,
    work: Path,
    options: PlanOptions,
    notes: Sequence[str] = (),
    proof: Mapping[str, Any] | None = None,
    tell: Tell = lambda share, what: None,
    claim: Claim | None = None,
) -> DubDelivery:
    """Render, mix, write and judge a dub. Its report is not written here.

    Args:
        plan: made with `programme_seconds` of this video.
        lines: what was planned, with measured lengths.
        texts: spoken text by line id, for the report.
        sound_of: the take of a line.
        out: a video (`.mkv`, `.mp4`, `.mov`, `.webm`: needs `media`) or a sound file (`.wav`, `.flac`,
            `.m4a`, `.opus`).
        media: the video, or None.
        work: folder for the speech stem.
        options: limits that the plan was made with.
        notes: what else is to be said with the delivery's own warnings.
        proof: what listening to the takes found, for the report.
        claim: asked before a finished file takes its name.

    Returns: the delivery; `passed` is False where a gate was breached, the file is there all the same.
    """
    sound_only = is_sound_file(out)
    refuse_output(out, media)
    warnings = list(notes)
    tell(0.0, "render")
    stem = render_stem(plan, sound_of, work / "speech.wav", room_tone_db=settings.room_tone_db)
    original = _original(media, settings, stem.samples, warnings)
    bed, channels = _bed(original, media, settings, stem.samples, work, tell)
    own_bed = bed is not None and (original is None or bed is not original[0])
    ducked = [] if own_bed else duck_spans(stem.spoken)
    cues = [(round(line.start * DUB_RATE), round(line.end * DUB_RATE)) for line in lines]
    tell(0.25, "measure")
    measured = measure_parts(
        stem.levels, bed, channels, ducked, cues, stem.samples, original if own_bed else None
    )
    gains = mix_gains(measured, settings.profile, channels)
    warnings.extend(speech_level(measured, settings.profile).notes)
    with atomic_path(out, claim) as partial:  # only the last attempt takes its name
        for attempt in range(1, ATTEMPTS + 1):
            tell(0.4 + 0.5 * (attempt - 1) / ATTEMPTS, "mix")
            blocks = mixed(stem.blocks(), bed() if bed is not None else None, channels, ducked, gains)
            track = 0
            if sound_only or media is None:
                write_sound(blocks, out, channels, settings.track, partial)
            else:
                said = write_video(blocks, media, out, channels, settings.track, partial)
                warnings.extend(item for item in said if item not in warnings)
                track = count_audio(partial) - 1  # the dub is the last one
            tell(0.6 + 0.3 * (attempt - 1) / ATTEMPTS, "listen")
            locator = TrackLocator(channels, stem.places, stem.blocks())
            preview = preview_sound(
                locator.push(block) for block in decode_aligned(partial, stream=track, channels=channels)
            )
            heard = locator.finish()
            scorecard, loudness = _judge(plan, lines, texts, stem, heard, measured, settings, options)
            scorecard = replace(scorecard, gates=(*scorecard.gates, *_audibility(loudness, measured, gains)))
            if loudness.passed or attempt == ATTEMPTS:
                break
            gains = _corrected(gains, loudness, settings.profile)
    stem.path.unlink(missing_ok=True)
    delivery = DubDelivery(
        path=out,
        scorecard=scorecard,
        loudness=loudness,
        gains=gains,
        programme_seconds=plan.programme_seconds,
        warnings=tuple(warnings),
        proof=proof or {},
        curve=curve([heard.levels]),
        preview=preview,
    )
    tell(1.0, "done")
    return delivery


def _corrected(gains: MixGains, loudness: DeliveredLoudness, profile: DubProfile) -> MixGains:
    """Gains for another attempt: by what the limiter took and by what the codec added to the peaks."""
    over = loudness.peak - profile.max_true_peak
    ceiling = gains.ceiling - (over + CEILING_STEP if over > 0 else 0.0)
    off = loudness.target - loudness.judged
    if not math.isfinite(off) or abs(off) <= loudness.tolerance / 2:
        off = 0.0
    return MixGains(gains.speech_db + off, gains.bed_db + (0.0 if profile.gate == "source" else off), ceiling)


Sound = Callable[[], Iterator[Samples]]


def _original(
    media: Media | None, settings: MixSettings, length: int, warnings: list[str]
) -> tuple[Sound, int] | None:
    """The original sound as blocks and the number of its channels; None where there is none or none is wanted."""
    if media is None or (settings.bed == "none" and settings.bed_file is None):
        return None
    if not media.audio:
        if settings.bed_file is None:
            warnings.append("the video has no sound: the dub track is speech only")
        return None
    return _sound_of(media, settings.audio_stream, length, warnings)


def _sound_of(media: Media, stream: int, length: int, warnings: list[str]) -> tuple[Sound, int]:
    if stream >= len(media.audio):
        raise DuoyinError(
            f"there is no audio track {stream}",
            where=str(media.path),
            hint=f"tracks are 0 to {len(media.audio) - 1}",
        )
    channels = max(1, media.audio[stream].channels)
    if channels > MOST_CHANNELS:
        warnings.append(f"the original's {channels} channels are mixed down to 5.1")
        channels = MOST_CHANNELS
    path = media.path
    return lambda: exactly(decode_aligned(path, stream=stream, channels=channels), length), channels


def _bed(
    original: tuple[Sound, int] | None,
    media: Media | None,
    settings: MixSettings,
    length: int,
    work: Path,
    tell: Tell,
) -> tuple[Sound | None, int]:
    """The stream under the speech and the number of its channels; speech alone is mono."""
    if settings.bed_file is not None:
        other = inspect_media(settings.bed_file)
        if not other.audio:
            raise DuoyinError("no sound in the bed file", where=str(settings.bed_file))
        return _sound_of(other, 0, length, [])
    if original is None or media is None:
        return None, 1
    if settings.bed == "separate":
        tell(0.1, "separate")
        blocks, channels = original
        path = _background(blocks, channels, media, settings, work)
        return lambda: exactly(decode_aligned(path, channels=channels), length), channels
    return original


def _background(blocks: Sound, channels: int, media: Media, settings: MixSettings, work: Path) -> Path:
    """The original without its voices, as a file in `work`; made once for a video and its weights."""
    weights = settings.separation_weights
    if weights is None:
        raise DuoyinError(
            "bed: separate needs the weights of a model that takes voices out of a mix",
            where="separation_weights",
            hint="Name torchaudio's hdemucs_high_trained.pt there, or use bed: duck.",
        )
    background = load_background(weights)
    marks = [
        (file.stat().st_size, file.stat().st_mtime_ns, str(file.resolve())) for file in (media.path, weights)
    ]
    key = hashlib.sha256(repr((marks, settings.audio_stream, channels)).encode()).hexdigest()[:16]
    path = work / f"background-{key}.flac"
    if not path.is_file():
        with (
            atomic_path(path) as partial,
            writing_sound(path),
            soundfile.SoundFile(
                partial, "w", DUB_RATE, channels, format="FLAC", subtype=STEM_SUBTYPE
            ) as file,
        ):
            for block in without_voices(blocks(), DUB_RATE, channels, background):
                file.write(block.clip(-1.0, 1.0))
    return path


def _audibility(loudness: DeliveredLoudness, measured: Measured, gains: MixGains) -> Iterator[Gate]:
    """Whether the words can be heard and understood: how loud they are, and how far above what lies under them."""
    if math.isfinite(loudness.dialogue):
        least = QUIETEST_SPEECH - 1.0
        heard = round(loudness.dialogue, 2)
        yield Gate("speech_lufs", heard, f"≥ {least:g}", loudness.dialogue >= least)
    over = over_bed(measured, gains)
    if math.isfinite(over):
        yield Gate("speech_over_bed_lu", round(over, 1), f"≥ {LEAST_OVER_BED:g}", over >= LEAST_OVER_BED)


def _judge(
    plan: Plan,
    lines: Sequence[PlanLine],
    texts: Mapping[str, str],
    stem: Stem,
    heard: TrackFindings,
    measured: Measured,
    settings: MixSettings,
    options: PlanOptions,
) -> tuple[Scorecard, DeliveredLoudness]:
    loudness = judge_loudness(heard.levels, stem.spoken, measured, settings.profile)
    scorecard = score(
        plan,
        lines,
        texts,
        stem.places,
        heard,
        stem.samples,
        hard=options.hard,
        soft=options.soft,
        gap=options.gap,
    )
    gate = Gate(
        "loudness",
        round(loudness.judged, 2),
        f"{loudness.target:.1f} ±{loudness.tolerance:.1f} LUFS",
        loudness.passed,
    )
    return replace(scorecard, gates=(*scorecard.gates, gate)), loudness
