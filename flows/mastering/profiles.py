"""Delivery profiles: what a finished file must measure, and how it is encoded."""

from __future__ import annotations

from dataclasses import dataclass

from normalizers.errors import DuoyinError


@dataclass(frozen=True, slots=True)
class Encoding:
    """How sound becomes bytes.

    Args:
        codec: `aac`, `mp3`, `opus` or `flac`.
        bitrate: bits per second, mono; 0 for a lossless codec.
        sample_rate: Hz; None keeps the chapters' own rate.
        overshoot_db: how far decoded true peaks rise above the encoder's input on limited speech. The limiter's
            ceiling is lowered by this much, so that the *delivered* file keeps the limit.
        loss_db: how much softer the encoder makes everything; given back before it.
    """

    codec: str
    bitrate: int
    sample_rate: int | None
    overshoot_db: float
    loss_db: float = 0.0


# Overshoot: the largest of a table measured by tests/benchmarks/bench_mastering.py, rounded up.
AAC_64K = Encoding("aac", 64_000, None, 0.8)
MP3_192K = Encoding("mp3", 192_000, 44_100, 0.7, loss_db=0.265)  # LAME scales by 0.97 at 192 kbit/s
OPUS_48K = Encoding("opus", 48_000, 48_000, 1.2)
FLAC_16 = Encoding("flac", 0, None, 0.1)
ENCODINGS = {"aac": AAC_64K, "m4a": AAC_64K, "mp3": MP3_192K, "opus": OPUS_48K, "flac": FLAC_16}


@dataclass(frozen=True, slots=True)
class Profile:
    """Limits of a delivery. A limit that is None is not judged.

    Args:
        name: as the command line takes it.
        source: the specification the numbers come from.
        target_lufs: integrated loudness aimed at (ITU-R BS.1770-4), LUFS.
        loudness_tolerance: allowed distance of the delivered file from it, LU.
        target_rms: whole-file RMS aimed at instead of a loudness, dBFS.
        rms_range: allowed RMS of the delivered file, dBFS.
        max_true_peak: dBTP (ITU-R BS.1770-4 annex 2).
        max_noise_floor: dBFS RMS of the quietest half second; digital silence passes.
        encoding: of the M4B.
        chapter_encoding: of files per chapter.
        judged_per_chapter: RMS limits hold for each chapter, as each is delivered as a file of its own.
    """

    name: str
    source: str
    target_lufs: float | None
    loudness_tolerance: float | None
    max_true_peak: float
    max_noise_floor: float | None
    target_rms: float | None = None
    rms_range: tuple[float, float] | None = None
    encoding: Encoding = AAC_64K
    chapter_encoding: Encoding = MP3_192K
    judged_per_chapter: bool = False


AUDIOBOOK = Profile(
    name="audiobook",
    source="-19 LUFS mono = -16 LUFS stereo (AES TD1008, speech); peak and noise floor as ACX",
    target_lufs=-19.0,
    loudness_tolerance=0.5,
    max_true_peak=-3.0,
    max_noise_floor=-60.0,
)
ACX = Profile(
    name="acx",
    source="ACX Audio Submission Requirements: RMS -23 to -18 dB, peak <= -3 dB, noise floor <= -60 dB RMS, "
    "44.1 kHz MP3 >= 192 kbit/s CBR",
    target_lufs=None,
    loudness_tolerance=None,
    target_rms=-20.5,
    rms_range=(-23.0, -18.0),
    max_true_peak=-3.0,
    max_noise_floor=-60.0,
    encoding=Encoding("aac", 96_000, 44_100, 0.8),
    judged_per_chapter=True,
)
PODCAST = Profile(
    name="podcast",
    source="Apple Podcasts: -16 LUFS +/- 1 LU, true peak <= -1 dBTP (AES TD1004.1.15-10)",
    target_lufs=-16.0,
    loudness_tolerance=1.0,
    max_true_peak=-1.0,
    max_noise_floor=None,
)
EBU_R128 = Profile(
    name="ebu-r128",
    source="EBU R 128 v5.0 (2023): -23.0 LUFS +/- 0.5 LU, true peak <= -1 dBTP",
    target_lufs=-23.0,
    loudness_tolerance=0.5,
    max_true_peak=-1.0,
    max_noise_floor=None,
)
PROFILES = {p.name: p for p in (AUDIOBOOK, ACX, PODCAST, EBU_R128)}


def profile(name: str) -> Profile:
    """The profile of this name. Raises `DuoyinError` listing those there are."""
    try:
        return PROFILES[name]
    except KeyError:
        raise DuoyinError(f"no profile is called {name!r}", hint=f"profiles: {', '.join(PROFILES)}") from None
