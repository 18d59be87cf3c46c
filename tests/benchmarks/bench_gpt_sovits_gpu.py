"""GPT-SoVITS on one GPU at published sizes with random weights: tokens a second, sound a second, the step
beside its floor, the first sound.

    python -m tests.benchmarks.bench_gpt_sovits_gpu [--write]

Times are wall seconds around `torch.cuda.synchronize`, the best of three rounds after a warm-up. Goals, on
one card of the H100 class: 20,000 tokens/s at 64 rows (v2); 500 seconds of sound a second through the whole
    engine (v2), 250 (v2ProPlus); a step within twice its floor; the
first sound of a lone line within 150 ms. `--small` runs tiny sizes on whatever device there is: it shows that
the script works.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import torch

from tests.benchmarks.bench_gpt_sovits import (
    HEADS,
    LAYERS,
    PHONEMES,
    WIDTH,
    Rows,
    random_state,
    sovits_dims,
)
from tests.tts_core.gpt_sovits import tiny
from tts_core.consent import Consent
from tts_core.engine import Utterance, read_and_speak
from tts_core.files import file_digest
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.engine import Device, GptSovitsEngine
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.sovits import Sovits, SpeechRequest
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic
from tts_core.gpt_sovits.model.tokens import END, Sampling
from tts_core.gpt_sovits.voice.voicefile import Clip, ClonedVoice, save_voice

REPOSITORY = Path(__file__).resolve().parents[2]
MEMORY_BYTES_PER_SECOND = {"H100": 3.35e12, "H200": 4.8e12, "A100": 2.0e12, "4090": 1.0e12}
PHONES, PROMPT, TOKENS = 80, 100, 150
SENTENCE = "他说今天天气真好，我们一起去公园散步吧。"


def timed(work: Callable[[], object], device: torch.device, rounds: int = 3) -> float:
    """Wall seconds of the fastest of some rounds, after one that compiles and captures."""
    best = float("inf")
    for number in range(rounds + 1):
        start = time.perf_counter()
        with torch.inference_mode():
            work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        if number:
            best = min(best, time.perf_counter() - start)
    return best


def transformer(dims: T2SDims, device: torch.device) -> Text2Semantic:
    model = Text2Semantic(dims)
    model.load_state_dict(random_state(model.state_dict(), dims.layers))
    return model.to(device).prepare("bfloat16" if device.type == "cuda" else "float32")


def requests(count: int, tokens: int) -> list[TokenRequest]:
    source = torch.Generator().manual_seed(1)
    prompt = torch.randint(0, END, (PROMPT,), generator=source)
    return [
        TokenRequest(
            torch.randint(0, 700, (PHONES,), generator=source), prompt, seed=line, most_tokens=tokens
        )
        for line in range(count)
    ]


def bench_tokens(dims: T2SDims, device: torch.device, rows: int) -> Rows:
    """Lines of one length, so that all rows are busy; then many lines of many lengths, as a book has them."""
    model = transformer(dims, device)
    decoder = SemanticDecoder(model, Sampling(), rows=rows, length=640, graphs=device.type == "cuda")
    together = timed(lambda: list(decoder.run(requests(rows, TOKENS))), device)
    half = timed(lambda: list(decoder.run(requests(rows, TOKENS // 2))), device)
    step = (together - half) / (TOKENS - TOKENS // 2)
    element = 2 if device.type == "cuda" else 4
    layer_weights = dims.layers * 12 * dims.width**2
    positions = PHONES + PROMPT + TOKENS * 3 / 4
    moved = element * (layer_weights + rows * positions * dims.layers * 2 * dims.width)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    bandwidth = next((rate for card, rate in MEMORY_BYTES_PER_SECOND.items() if card in name), None)
    floor = f"floor {1e3 * moved / bandwidth:.2f} ms" if bandwidth else "floor unknown"
    ragged = requests(6 * rows, TOKENS)
    ragged = [
        dataclasses.replace(line, most_tokens=40 + 37 * at % (2 * TOKENS)) for at, line in enumerate(ragged)
    ]
    drawn = sum(line.most_tokens for line in ragged)
    ragged_seconds = timed(lambda: list(decoder.run(ragged)), device, rounds=2)
    what = f"AR, {rows} rows"
    return [
        (what, "one length, prefill included", f"{rows * TOKENS / together:,.0f} tok/s", ""),
        (what, f"{len(ragged)} lines of many lengths", f"{drawn / ragged_seconds:,.0f} tok/s", ""),
        (what, "a step", f"{1e3 * step:.2f} ms", floor),
    ]


def bench_sound(model: Sovits, device: torch.device, rows: int, version: str) -> Rows:
    model = model.to(device).requires_grad_(False).eval()
    model.dec.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    voice = model.voice([torch.rand(1, 1025, 250)], [torch.randn(1, 20480)])
    if device.type == "cuda":
        model.speak_in(torch.bfloat16)
    lines = [
        SpeechRequest(torch.randint(0, 1024, (100 + at,)), torch.randint(0, 700, (45,)), voice)
        for at in range(rows)
    ]
    seconds = sum(len(line.tokens) for line in lines) / 25
    wall = timed(lambda: model.decode(lines), device)
    return [(f"SoVITS {version}, {rows} lines of 4 s", "decode", f"{seconds / wall:,.0f} s/s", "")]


def bench_engine(folder: Path, device: Device, lines: int, version: str) -> Rows:
    engine = GptSovitsEngine(
        voices=folder / "voices",
        models=folder / "models",
        support=folder / "support",
        device=device,
        retakes=0,
    )

    def speak(count: int) -> float:
        said = [Utterance(f"{SENTENCE}第{at}天。", "zh", "anna", seed=at) for at in range(count)]
        start = time.perf_counter()
        seconds = sum(take.seconds for take in read_and_speak(engine, said))
        return seconds / (time.perf_counter() - start)

    def first() -> float:
        start = time.perf_counter()
        next(iter(read_and_speak(engine, [Utterance("好的，我们走。", "zh", "anna", seed=1)])))
        return time.perf_counter() - start

    speak(max(8, lines // 4))
    rate = max(speak(lines) for _ in range(2))
    latency = min(first() for _ in range(5))
    engine.release()
    return [
        (f"engine {version}", f"{lines} Chinese lines", f"{rate:,.0f} s/s", ""),
        (f"engine {version}", "a lone short line", f"{1e3 * latency:.0f} ms", ""),
    ]


def home(folder: Path, version: str, small: bool) -> Path:
    """Imported models, a voice and HuBERT, with random weights; lines end when the end token is drawn, as in life."""
    from transformers import HubertConfig, HubertModel

    if small:
        gpt = tiny.save_gpt(folder / "a.ckpt", tiny.gpt_weights(end_bias=9))
        sovits = tiny.save_sovits(folder / "a.pth")
        config = HubertConfig(
            num_hidden_layers=1, num_attention_heads=12, intermediate_size=32, conv_dim=(16,) * 7
        )
    else:
        model = Text2Semantic(T2SDims(WIDTH, HEADS, LAYERS, PHONEMES))
        state = random_state(model.state_dict())
        state["ar_predict_layer.weight"][END] = 8.0 / WIDTH
        tensors = {f"model.{name}": tensor.half() for name, tensor in state.items()}
        gpt = folder / "a.ckpt"
        torch.save({"weight": tensors, "config": {"model": {"head": HEADS}}, "info": "GPT-e1"}, gpt)
        decoder = Sovits(sovits_dims(version), version)  # type: ignore[arg-type]
        weights = {
            name: (tensor[:, :, 0] if tensor.ndim == 4 else tensor).half()
            for name, tensor in decoder.state_dict().items()
        }
        sovits = folder / "a.pth"
        torch.save({"weight": weights, "config": tiny.sovits_config(version), "info": "1e_1s"}, sovits)
        config = HubertConfig()
    import_checkpoints(gpt, sovits, "plain", folder / "models")
    HubertModel(config).save_pretrained(folder / "support" / "chinese-hubert-base")
    voice = folder / "voices" / "anna"
    voice.mkdir(parents=True)
    soundfile.write(voice / "clip.wav", 0.1 * np.random.default_rng(0).standard_normal(24_000 * 4), 24_000)
    clip = Clip("clip.wav", file_digest(voice / "clip.wav"), "今天天气真好，我们去散步吧。")
    save_voice(ClonedVoice("anna", "plain", clip, (clip,), "zh", Consent("Random numbers."), folder=voice))
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--lines", type=int, default=1024, help="lines through the whole engine")
    parser.add_argument("--versions", default="v2,v2ProPlus")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks")
    arguments = parser.parse_args()
    if not torch.cuda.is_available() and not arguments.small:
        print("no GPU here: nothing was measured")
        return 0
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    dims = T2SDims(32, 4, 2, PHONEMES) if arguments.small else T2SDims(WIDTH, HEADS, LAYERS, PHONEMES)
    rows = bench_tokens(dims, device, arguments.rows)
    rows += bench_tokens(dims, device, 1)
    for version in arguments.versions.split(","):
        sizes = tiny.sovits_dims() if arguments.small else sovits_dims(version)
        rows += bench_sound(Sovits(sizes, version), device, 16, version)
        if arguments.small or version == "v2":  # v2ProPlus wants the speaker encoder's weights
            with tempfile.TemporaryDirectory() as folder:
                rows += bench_engine(
                    home(Path(folder), version, arguments.small),
                    "cuda" if device.type == "cuda" else "cpu",
                    arguments.lines,
                    version,
                )
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU, tiny sizes"
    table = [f"{name}, torch {torch.__version__}", "", "| what | case | measured | |", "|---|---|---|---|"]
    table += ["| " + " | ".join(row) + " |" for row in rows]
    print("\n".join(table))
    if arguments.write and device.type == "cuda":
        target = REPOSITORY / "docs" / "benchmarks" / "gpt-sovits-gpu.md"
        notes = (
            "# GPT-SoVITS on a GPU\n\n`python -m tests.benchmarks.bench_gpt_sovits_gpu --write`: random "
            "weights of published sizes.\n\n"
        )
        target.write_text(notes + "\n".join(table) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
