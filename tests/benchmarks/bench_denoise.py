"""What the two denoisers take out of recordings of people, and what of the voice: one table.

    python -m tests.benchmarks.bench_denoise

White noise is added 5 dB below the voice; what is left is measured against the recording as it was, whatever the gain
(Le Roux et al. 2019, SI-SDR). The second row gives them the recordings as they are. Processor seconds, one thread.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

import numpy as np

from tts_core.gpt_sovits.voice.denoise import DENOISERS, TITLES, Denoiser, denoised
from tts_core.gpt_sovits.voice.voicing import read_clip
from tts_core.sound import Samples

NOISE_DB = 5.0


def distortion_db(samples: Samples, clean: Samples) -> float:
    """Signal over what is not the signal, in dB, whatever the gain."""
    target = clean * float(samples @ clean / (clean @ clean))
    return 10 * float(np.log10((target @ target) / ((samples - target) @ (samples - target))))


def measured(denoiser: Denoiser, files: list[Path], seed: int) -> tuple[list[float], list[float], float]:
    """(dB with noise added, dB of the recording alone, processor seconds a second)."""
    chance = np.random.default_rng(seed)
    noisy_db, clean_db, spent, seconds = [], [], 0.0, 0.0
    for file in files:
        clean, rate = read_clip(file)
        noise = chance.standard_normal(len(clean)).astype(np.float32)
        noisy = (clean + noise * clean.std() / 10 ** (NOISE_DB / 20)).astype(np.float32)
        began = time.process_time()
        quiet = denoised(noisy, rate, denoiser)
        spent += time.process_time() - began
        seconds += len(clean) / rate
        noisy_db.append(distortion_db(quiet, clean))
        clean_db.append(distortion_db(denoised(clean, rate, denoiser), clean))
    return noisy_db, clean_db, spent / seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shared = Path(os.environ.get("DUOYIN_SHARED", "../shared"))
    parser.add_argument(
        "--clips", type=Path, default=shared / "corpus" / "voices", help="WAV files of people"
    )
    parser.add_argument("--most", type=int, default=8, help="files, by name")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    files = sorted(options.clips.glob("*.wav"))[: options.most]
    if not files:
        raise SystemExit(f"no WAV files in {options.clips}")
    print(f"{len(files)} recordings; dB as median, worst")
    print("| denoiser | noise 5 dB below | nothing added | CPU s a second |\n|---|---|---|---|")
    for denoiser in DENOISERS:
        noisy, clean, cost = measured(denoiser, files, options.seed)
        rows = [f"{statistics.median(each):.1f}, {min(each):.1f}" for each in (noisy, clean)]
        print(f"| {TITLES[denoiser]} | {rows[0]} | {rows[1]} | {cost:.2f} |")


if __name__ == "__main__":
    main()
