"""GPT-SoVITS speed at published sizes with random weights, beside the reference implementation in the same run.

    python tests/benchmarks/bench_gpt_sovits.py [--reference FOLDER] [--write]

FOLDER is the `GPT_SoVITS` folder of a checkout of RVC-Boss/GPT-SoVITS (needs its own `einops` on the path).
Without it only ours is measured. Times are CPU seconds of this process, one thread; each pair is measured
alternately and the best round counts, since other programs on the machine can only slow a round down.
`--write` puts the table into docs/benchmarks/gpt-sovits.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

import torch  # noqa: E402

from tts_core.gpt_sovits.loops.linear import Precision  # noqa: E402
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest  # noqa: E402
from tts_core.gpt_sovits.model.generator import GeneratorDims  # noqa: E402
from tts_core.gpt_sovits.model.prior import PriorDims  # noqa: E402
from tts_core.gpt_sovits.model.sovits import Sovits, SovitsDims, SpeechRequest  # noqa: E402
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic  # noqa: E402
from tts_core.gpt_sovits.model.tokens import END, Sampling  # noqa: E402

WIDTH, HEADS, LAYERS, PHONEMES = 512, 16, 24, 732
PHONES, PROMPT = 80, 100
Rows = list[tuple[str, str, str, str]]


def random_state(shapes: dict[str, torch.Tensor], layers: int = LAYERS) -> dict[str, torch.Tensor]:
    source = torch.Generator().manual_seed(0)
    state = {}
    for name, tensor in shapes.items():
        fan = tensor[0].numel() if tensor.ndim > 1 else 400
        state[name] = torch.randn(tensor.shape, generator=source) / fan**0.5
        if name.endswith(("norm1.weight", "norm2.weight", "gamma")):
            state[name] += 1.0
    # The end token's row points against the last norm's bias, so that no line ends before its time.
    last = f"h.layers.{layers - 1}.norm2.bias"
    state[last] = torch.ones_like(state[last])
    state["ar_predict_layer.weight"][END] = -0.1
    return state


def our_transformer(precision: Precision) -> Text2Semantic:
    model = Text2Semantic(T2SDims(WIDTH, HEADS, LAYERS, PHONEMES))
    model.load_state_dict(random_state(model.state_dict()))
    return model.prepare(precision)


def lines(batch: int, tokens: int) -> list[TokenRequest]:
    source = torch.Generator().manual_seed(1)
    prompt = torch.randint(0, END, (PROMPT,), generator=source)
    return [
        TokenRequest(
            torch.randint(0, 700, (PHONES,), generator=source),
            prompt,
            torch.zeros(1024, PHONES),
            seed=line,
            most_tokens=tokens,
        )
        for line in range(batch)
    ]


def reference_transformer(folder: Path) -> Any:
    """The reference's own class; its training metric and progress bar are not part of decoding and are
    replaced by nothing."""
    sys.path[:0] = [str(folder), str(folder.parent)]
    metrics = types.ModuleType("torchmetrics.classification")
    metrics.MulticlassAccuracy = lambda *_, **__: torch.nn.Identity()  # type: ignore[attr-defined]
    sys.modules["torchmetrics"] = types.ModuleType("torchmetrics")
    sys.modules["torchmetrics.classification"] = metrics
    dit = types.ModuleType("f5_tts.model")
    dit.DiT = torch.nn.Identity  # type: ignore[attr-defined]
    sys.modules["f5_tts"] = types.ModuleType("f5_tts")
    sys.modules["f5_tts.model"] = dit
    from AR.models import t2s_model

    t2s_model.tqdm = lambda rounds, *_, **__: rounds
    config = {
        "model": {
            "embedding_dim": WIDTH,
            "hidden_dim": WIDTH,
            "head": HEADS,
            "n_layer": LAYERS,
            "vocab_size": END + 1,
            "phoneme_vocab_size": PHONEMES,
            "EOS": END,
            "dropout": 0.0,
        }
    }
    model = t2s_model.Text2SemanticDecoder(config=config)
    model.load_state_dict(random_state(dict(model.state_dict())))
    return model.eval()


def reference_sovits(version: str, dims: SovitsDims) -> Any:
    from module.models import SynthesizerTrn

    generator = dims.generator
    model = SynthesizerTrn(
        1025,
        32,
        n_speakers=300,
        inter_channels=192,
        hidden_channels=192,
        filter_channels=768,
        n_heads=2,
        n_layers=6,
        kernel_size=3,
        p_dropout=0.0,
        resblock="1",
        resblock_kernel_sizes=[3, 7, 11],
        resblock_dilation_sizes=[[1, 3, 5]] * 3,
        upsample_rates=list(generator.rates),
        upsample_initial_channel=generator.channels,
        upsample_kernel_sizes=list(generator.kernels),
        gin_channels=generator.voice,
        semantic_frame_rate="25hz",
        version=version,
    )
    return model.eval()


def sovits_dims(version: str) -> SovitsDims:
    plus = version == "v2ProPlus"
    prior = PriorDims(732, 192, 192, 768, 2, 3, 6, 3, 3, 4)
    generator = GeneratorDims(
        192,
        768 if plus else 512,
        1024 if plus else 512,
        (10, 8, 2, 2, 2),
        (20 if plus else 16, 16, 8, 2, 2),
        (3, 7, 11),
        ((1, 3, 5),) * 3,
        False,
    )
    return SovitsDims(prior, generator, 4, 4, 5, 192, 704, 5, 1024, plus)


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    with torch.inference_mode():
        work()
    return time.process_time() - start


def alternately(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            best[name] = min(best[name], cpu_seconds(work))
    return best


def bench_transformer(reference: Any | None, batch: int, tokens: int, rounds: int) -> Rows:
    requests = lines(batch, tokens)
    works: dict[str, Callable[[], object]] = {}
    if reference is not None:
        phones = [request.phones for request in requests]
        lengths = torch.tensor([len(line) for line in phones])
        prompts = requests[0].prompt.expand(batch, -1)
        bert = [request.bert for request in requests if request.bert is not None]

        def run_reference() -> object:
            if batch == 1:
                return list(
                    reference.infer_panel_naive(
                        phones[0][None],
                        lengths,
                        prompts,
                        bert[0][None],
                        top_k=15,
                        top_p=1,
                        early_stop_num=tokens,
                    )
                )
            return reference.infer_panel_batch_infer(
                phones, lengths, prompts, bert, top_k=15, top_p=1, early_stop_num=tokens
            )

        works["reference"] = run_reference
    precisions: tuple[Precision, ...] = ("float32", "int8")
    for precision in precisions:
        decoder = SemanticDecoder(our_transformer(precision), Sampling(), rows=batch, length=640)

        def run_ours(decoder: SemanticDecoder = decoder) -> object:
            drawn = list(decoder.run(requests))
            assert all(len(line.tokens) == tokens for _, line in drawn)
            return drawn

        works[precision] = run_ours
    with torch.inference_mode():
        for precision in precisions:  # compiles the kernels
            list(SemanticDecoder(our_transformer(precision), rows=1, length=640).run(lines(1, 12)))
    seconds = alternately(works, rounds)
    base = seconds.get("reference")
    what = f"AR, batch {batch}, {tokens} tokens a line"
    return [
        (what, name, f"{batch * tokens / value:.1f} tok/CPU-s", f"{base / value:.2f}×" if base else "–")
        for name, value in seconds.items()
    ]


def bench_sovits(reference: bool, version: str, counts: list[int], what: str, rounds: int) -> Rows:
    """Lines of `counts` tokens, one by one. Lengths met for the first time cost more than their arithmetic:
    each round decodes new ones."""
    dims = sovits_dims(version)
    ours = Sovits(dims, version).eval()  # type: ignore[arg-type]
    ours.dec.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    spectrogram, speaker = torch.rand(1, 1025, 250), torch.randn(1, 20480)
    voice = ours.voice([spectrogram], [speaker])
    requests = [
        SpeechRequest(torch.randint(0, 1024, (count,)), torch.randint(0, 700, (count // 2 + 1,)), voice)
        for count in counts
    ]
    works: dict[str, Callable[[], object]] = {}
    if reference:
        theirs = reference_sovits(version, dims)
        speakers = [speaker] if dims.speaker else None
        works["reference"] = lambda: [
            theirs.decode(line.tokens[None, None], line.phones[None], [spectrogram], sv_emb=speakers)
            for line in requests
        ]
    works["float32"] = lambda: [ours.decode([line]) for line in requests]
    if len(counts) == 1:
        for work in works.values():
            cpu_seconds(work)
    seconds = alternately(works, rounds)
    base, audio = seconds.get("reference"), sum(counts) / 25
    return [
        (
            f"SoVITS {version}, {what}",
            name,
            f"{value / audio:.3f} CPU-s per s",
            f"{base / value:.2f}×" if base else "–",
        )
        for name, value in seconds.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", choices=["ar", "sovits"])
    parser.add_argument("--versions", default="v2,v2ProPlus")
    parser.add_argument("--cases", default="1x40,8x40,8x150,32x100", help="AR cases: lines x tokens")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    reference = reference_transformer(arguments.reference) if arguments.reference else None
    rows: Rows = []
    if arguments.only != "sovits":
        for batch, tokens in (map(int, case.split("x")) for case in arguments.cases.split(",")):
            rows += bench_transformer(reference, batch, tokens, arguments.rounds)
            print(*rows[-3:], sep="\n", flush=True)
    if arguments.only != "ar":
        for version in arguments.versions.split(","):
            rows += bench_sovits(
                reference is not None, version, [75], "3.0 s again and again", arguments.rounds
            )
            varied = random.Random(0).sample(range(20, 161), 16)
            rows += bench_sovits(reference is not None, version, varied, "16 lines of 0.8 to 6.4 s", 1)
            print(*rows[-6:], sep="\n", flush=True)
    table = ["| what | implementation | speed | against the reference |", "|---|---|---|---|"]
    table += ["| " + " | ".join(row) + " |" for row in rows]
    print("\n".join(table))
    if arguments.write:
        load = os.getloadavg()[0]
        notes = (
            "# GPT-SoVITS speed\n\n`python tests/benchmarks/bench_gpt_sovits.py --reference FOLDER --write`,"
            " random weights of published sizes, one thread, "
            f"torch {torch.__version__}, {platform.machine()}, load {load:.1f}. The AR figures include the "
            f"prefill of 180 positions a line.\n\n"
        )
        target = REPOSITORY / "docs" / "benchmarks" / "gpt-sovits.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(notes + "\n".join(table) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
