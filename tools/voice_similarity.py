"""Measure how alike an engine's voices sound, for casting: `flows/casting/similarities/ENGINE.json`.

    python tools/voice_similarity.py --engine kokoro --sounds FOLDER speak
    python tools/voice_similarity.py --engine kokoro --sounds FOLDER measure

`speak` synthesizes a few sentences a voice and language into FOLDER (one WAV each; what is there is kept).
`measure` embeds them with Resemblyzer 0.1.4 (GE2E speaker encoder, Apache-2.0; install it in an environment
of its own, it is needed for nothing else), takes the mean embedding of each voice and writes the cosine of
every pair and each voice's median pitch.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

SENTENCES = {
    "en": (
        "The old clock in the hall struck four before anybody spoke.",
        "I never said the boat was mine, only that I had mended it!",
        "Will you carry the lamp, or shall we wait here for the rain to stop?",
    ),
    "zh": (
        "院子里的老钟敲了四下，才有人开口说话。",
        "我可没说那条船是我的，我只说我修过它！",
        "你来提灯，还是我们就在这儿等雨停下来？",
    ),
}
PITCH_RANGE_HZ = (60.0, 420.0)


def speak(engine_name: str, folder: Path) -> None:
    import soundfile

    from tts_core.engine import Utterance, read_and_speak
    from tts_core.registry import load_engine

    engine = load_engine(engine_name)
    for language, sentences in SENTENCES.items():
        for preset in engine.voices():
            if preset.language not in SENTENCES:
                continue
            for number, sentence in enumerate(sentences):
                path = folder / f"{language}-{preset.name}-{number}.wav"
                if path.exists():
                    continue
                take = next(read_and_speak(engine, [Utterance(sentence, language, preset.name)]))
                soundfile.write(path, take.samples, take.sample_rate)
        print(language, "spoken", flush=True)


def median_pitch(samples: np.ndarray, rate: int) -> float:
    """Median F0 in Hz of the voiced frames (40 ms, autocorrelation peak over 0.5 of the energy)."""
    size, step = int(0.04 * rate), int(0.02 * rate)
    low, high = int(rate / PITCH_RANGE_HZ[1]), int(rate / PITCH_RANGE_HZ[0])
    found = []
    for at in range(0, len(samples) - size, step):
        frame = samples[at : at + size] - samples[at : at + size].mean()
        energy = float(frame @ frame)
        if energy < 1e-3 * size * 0.1:
            continue
        spectrum = np.fft.rfft(frame, 2 * size)
        correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:size]
        lag = low + int(np.argmax(correlation[low : min(high, size - 1)]))
        if correlation[lag] > 0.5 * correlation[0]:
            found.append(rate / lag)
    return float(np.median(found)) if found else 0.0


def measure(engine_name: str, folder: Path, out: Path, languages: list[str], prefix: str) -> None:
    import soundfile
    from resemblyzer import VoiceEncoder, preprocess_wav

    encoder = VoiceEncoder("cpu", verbose=False)
    sounds: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(folder.glob("*.wav")):
        language, rest = path.stem.split("-", 1)
        sounds.setdefault((language, rest.rsplit("-", 1)[0]), []).append(path)
    result: dict[str, Any] = json.loads(out.read_text("utf-8")) if out.is_file() else {}
    result |= {"engine": engine_name, "encoder": "Resemblyzer 0.1.4", "recipe": "tools/voice_similarity.py"}
    for language in languages:
        names = [name for tongue, name in sounds if tongue == language and name.startswith(prefix)]
        means, pitch, within = [], {}, []
        for name in names:
            embeddings, tones = [], []
            for path in sounds[language, name]:
                samples, rate = soundfile.read(path, dtype="float32")
                embeddings.append(encoder.embed_utterance(preprocess_wav(samples, source_sr=rate)))
                tones.append(median_pitch(samples, rate))
            matrix = np.stack(embeddings)
            within.append(
                float(np.mean([matrix[i] @ matrix[j] for i in range(len(matrix)) for j in range(i)]))
            )
            mean = matrix.mean(0)
            means.append(mean / np.linalg.norm(mean))
            pitch[name] = round(float(np.median([t for t in tones if t] or [0.0])), 1)
        cosine = np.stack(means) @ np.stack(means).T
        result[language] = {
            "voices": names,
            "pitch_hz": pitch,
            "same_voice_cosine": round(float(np.mean(within)), 3),
            "cosine": [[round(float(cosine[i, j]), 3) for j in range(i)] for i in range(len(names))],
        }
        print(language, len(names), "voices; same voice", result[language]["same_voice_cosine"])
        out.write_text(json.dumps(result) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=("speak", "measure"))
    parser.add_argument("--engine", default="kokoro")
    parser.add_argument("--sounds", type=Path, required=True)
    parser.add_argument("--languages", nargs="*", default=list(SENTENCES), choices=list(SENTENCES))
    parser.add_argument("--prefix", default="", help="only voices whose names begin so")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    options.sounds.mkdir(parents=True, exist_ok=True)
    if options.step == "speak":
        speak(options.engine, options.sounds)
    else:
        out = options.out or Path(f"flows/casting/similarities/{options.engine}.json")
        measure(options.engine, options.sounds, out, options.languages, options.prefix)


if __name__ == "__main__":
    main()
