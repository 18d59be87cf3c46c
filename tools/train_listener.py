"""Learn the ears of the listener: `python -m tools.train_listener TAKES ...`

TAKES are folders of takes (of projects, or of `tests.benchmarks.bench_proof`): each says in its evidence what was
spoken, and when. The frames of the first layers of whisper's encoder are learned to be told apart by the sound that is
spoken in each, by a linear layer a language: `flows/proof/ears/CODE.npz`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from flows.proof import ear
from flows.proof.heard import SILENT_SYMBOLS
from normalizers.languages import DEFAULT_LANGUAGE, HAN_LANGUAGE
from tts_core.encoder import Encoder
from tts_core.engine import Take
from tts_core.phonetics.phonemes import MARKS, STRESS
from tts_core.recognizer import TOKEN_SECONDS
from tts_core.takes import FolderTakes

TONES = frozenset("↓→↗↘")
EARS = Path(ear.__file__).with_name("ears")
UNLABELLED = -1
ROUNDS = 12
"""Times that every frame is learned from."""
BATCH = 512
RATE = 0.002
"""Of Adam (D. Kingma and J. Ba, 2015), falling to nothing."""
DECAY = 0.05
"""Of the weights, a step, as a share of the rate."""


def takes_of(folders: Sequence[Path]) -> Iterator[tuple[FolderTakes, str, str]]:
    """Each take once, with what is spoken in it."""
    seen = set()
    for folder in folders:
        store = FolderTakes(folder)
        for key in list(store.keys()):
            spoken = "".join(store.info(key).evidence.get("phonemes", ()))
            if key not in seen and spoken:
                seen.add(key)
                yield store, key, spoken


def spoken_in(take: Take, frames: int) -> list[str]:
    """The sound of each frame: "" where a frame is not told by one, as between two words."""
    units: list[str] = []
    for piece in take.evidence["phonemes"]:
        units += [*piece, " "]
    units = units[: len(take.times) - 1]
    sounds = [ear.SILENCE if unit in MARKS else "" if unit in SILENT_SYMBOLS else unit for unit in units]
    for place in range(len(units) - 1, -1, -1):  # stress belongs to the sound after it
        if units[place] in STRESS and place + 1 < len(units):
            sounds[place] = sounds[place + 1]
    for place in range(1, len(units)):  # length and tone to the one before
        if units[place] in SILENT_SYMBOLS - frozenset(MARKS + STRESS + " "):
            sounds[place] = sounds[place - 1]
    middles = (np.arange(frames) + 0.5) * TOKEN_SECONDS
    places = np.searchsorted(take.times, middles, side="right") - 1
    return [sounds[place] if 0 <= place < len(sounds) else ear.SILENCE for place in places]


Frames = tuple[ear.Floats, list[str]]
"""Features `[T, 512]`, and the sound that is spoken in each frame."""


def frames_of(folders: Sequence[Path]) -> dict[str, list[Frames]]:
    """By language, what is learned from: takes heard as the listener hears them."""
    encoder = Encoder()
    found: dict[str, list[Frames]] = {}
    for store, key, spoken in takes_of(folders):
        take = store.read(key)
        if take.times:
            own = encoder.features(take.samples, take.sample_rate)
            code = HAN_LANGUAGE if TONES & set(spoken) else DEFAULT_LANGUAGE
            found.setdefault(code, []).append((own, spoken_in(take, len(own))))
    return found


def learn_ear(frames: Sequence[Frames]) -> dict[str, np.ndarray]:
    """A layer that tells the sounds of frames apart: softmax regression by Adam, on features of deviation 1."""
    names = sorted({name for _, sounds in frames for name in sounds if name})
    numbers = {name: number for number, name in enumerate(names)}
    told = np.concatenate([[numbers.get(name, UNLABELLED) for name in sounds] for _, sounds in frames])
    shifts = range(-ear.CONTEXT, ear.CONTEXT + 1)
    around = [
        [own[np.clip(np.arange(len(own)) + shift, 0, len(own) - 1)] for shift in shifts] for own, _ in frames
    ]
    features = np.concatenate([np.concatenate(parts, axis=1) for parts in around])[told != UNLABELLED]
    told = told[told != UNLABELLED]
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    weights, bias = np.zeros((features.shape[1], len(names)), np.float32), np.zeros(len(names), np.float32)
    moments = [[np.zeros_like(weights), np.zeros_like(weights)], [np.zeros_like(bias), np.zeros_like(bias)]]
    dice, step, steps = np.random.default_rng(1), 0, ROUNDS * -(-len(told) // BATCH)
    for _ in range(ROUNDS):
        order = dice.permutation(len(told))
        for at in range(0, len(order), BATCH):
            some = order[at : at + BATCH]
            x = (features[some] - middle) / spread
            logits = x @ weights + bias
            logits = np.exp(logits - logits.max(axis=1, keepdims=True))
            away = logits / logits.sum(axis=1, keepdims=True)
            away[np.arange(len(some)), told[some]] -= 1.0
            away /= len(some)
            step += 1
            rate = RATE * (1 - step / (steps + 1))
            for value, slope, (mean, square) in zip(
                (weights, bias), (x.T @ away, away.sum(axis=0)), moments, strict=True
            ):
                mean += 0.1 * (slope - mean)
                square += 0.001 * (slope**2 - square)
                moved = (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
                value -= rate * (moved + DECAY * value)
    plain = weights / spread[:, None]
    often = np.bincount(told, minlength=len(names)) / len(told)
    return {
        "sounds": np.array(" ".join(names)),
        "weights": plain.reshape(len(shifts), -1, len(names)).astype(np.float16),
        "bias": (bias - middle @ plain).astype(np.float32),
        "rarity": np.log(often + 1e-4).astype(np.float32),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("takes", type=Path, nargs="+")
    EARS.mkdir(exist_ok=True)
    for code, frames in frames_of(parser.parse_args().takes).items():
        np.savez_compressed(EARS / f"{code}.npz", **learn_ear(frames))  # type: ignore[arg-type]
        print(f"{code}: {len(frames)} takes, {sum(len(own) for own, _ in frames) * TOKEN_SECONDS:.0f} s")


if __name__ == "__main__":
    main()
