"""Loudness a dub is delivered at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from normalizers.errors import DuoyinError

LoudnessGate = Literal["programme", "dialogue", "source"]


@dataclass(frozen=True, slots=True)
class DubProfile:
    """Loudness limits of a dub track.

    Args:
        source: the specification the numbers come from.
        gate: what is measured: the whole programme (BS.1770 gating), the dialogue alone, or the source's own
            dialogue is matched.
        target_lufs: LUFS aimed at; for `source` only where there is no original to match (see `mix.speech_level`).
        tolerance: LU that the delivered file may lie off.
        max_true_peak: dBTP.
        fallback_lufs, fallback_tolerance: programme loudness where dialogue fills less than `least_dialogue`.
    """

    name: str
    source: str
    gate: LoudnessGate
    target_lufs: float
    tolerance: float
    max_true_peak: float
    least_dialogue: float = 0.0
    fallback_lufs: float | None = None
    fallback_tolerance: float | None = None


DUB_PROFILES = {
    item.name: item
    for item in (
        DubProfile(
            "match-source",
            "dialogue as loud as the original's within the cues, -31 to -16 LUFS; peaks as EBU R 128",
            "source",
            -23.0,
            1.0,
            -1.0,
        ),
        DubProfile(
            "ebu-r128",
            "EBU R 128 v5.0 (2023): -23.0 LUFS ±0.5 LU, true peak ≤ -1 dBTP",
            "programme",
            -23.0,
            0.5,
            -1.0,
        ),
        DubProfile(
            "netflix-dialogue",
            "Netflix sound mix specification: dialogue-gated -27 LKFS ±2 LU, true peak ≤ -2 dBTP; programme "
            "-24 ±2 below 15 % dialogue",
            "dialogue",
            -27.0,
            2.0,
            -2.0,
            least_dialogue=0.15,
            fallback_lufs=-24.0,
            fallback_tolerance=2.0,
        ),
        DubProfile(
            "podcast", "Apple Podcasts: -16 LUFS ±1 LU, true peak ≤ -1 dBTP", "programme", -16.0, 1.0, -1.0
        ),
    )
}


def dub_profile(name: str) -> DubProfile:
    """The profile of this name. Raises `DuoyinError` listing those there are."""
    try:
        return DUB_PROFILES[name]
    except KeyError:
        raise DuoyinError(
            f"no dub profile is called {name!r}", hint=f"profiles: {', '.join(DUB_PROFILES)}"
        ) from None
