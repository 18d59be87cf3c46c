"""Processor seconds and memory of a training step beside the reference's, in the same run.

    python -m tests.benchmarks.bench_training_cost --reference FOLDER [--steps 3] [--only "sound, published"] [--write]

FOLDER is `GPT_SoVITS` of a checkout of RVC-Boss/GPT-SoVITS. Both have weights of their own drawing and learn from the same
random batch of two lines; one thread. Each implementation is a process of its own and they make their steps in turn, so
that what else the machine does falls on both. Seconds are the median of the steps after the first; memory is the most
that a process held, less what it held before its model was made.

What the reference needs and a step does not depend on is replaced: its accuracy metric by the same computed directly,
einops and librosa's mel filters by a few lines, v3's DiT by nothing, stft's old kind of answer by a view.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.benchmarks.bench_gpt_sovits import random_state
from tests.benchmarks.pages import write_section
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.model.spectrogram import mel_filters
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic
from tts_core.gpt_sovits.training.discriminators import discriminator_weights
from tts_core.gpt_sovits.training.fresh import PUBLISHED, SYMBOLS, SoundSize, fresh_sound
from tts_core.gpt_sovits.training.mel import TRAINING_MEL
from tts_core.gpt_sovits.training.recipe import Precision, Recipe
from tts_core.gpt_sovits.training.sound_batch import SoundBatch, SoundLine, sound_batch
from tts_core.gpt_sovits.training.sound_learner import SoundLearner, SoundSettings, discriminators_of
from tts_core.gpt_sovits.training.sound_model import sound_model
from tts_core.gpt_sovits.training.text_batch import TextBatch, TextLine, text_batch
from tts_core.gpt_sovits.training.text_learner import TextLearner, TextSettings
from tts_core.gpt_sovits.training.weights import CPU

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs/benchmarks/training.md"
HEADING = "## Cost beside the reference"
TEXT_SIZES = {"tiny": (128, 4, 4), "published": (512, 16, 24)}
TINY = replace(PUBLISHED, layers=(1, 2, 1), decoder=64)
"""As narrow as the reference can be told to be: its other widths, and its discriminators, are written into its code."""
SOUND_SIZES = {"tiny": TINY, "published": PUBLISHED}
CASES = [f"{stage}, {size}" for stage in ("text", "sound") for size in TEXT_SIZES]
GOALS = {"text": 0.7, "sound": 0.8}
MEMORY_GOAL = 0.75
IN_BFLOAT16 = "fixed, bfloat16"
Step = Callable[[], object]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--reference", type=Path, required=True)
    asked.add_argument("--steps", type=int, default=3)
    asked.add_argument("--only", choices=CASES, help="one of the cases")
    asked.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    asked.add_argument("--child", nargs=2, metavar=("WHO", "CASE"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.child:
        name, case = given.child
        work(name, case, given.reference)
        return 0
    rows = [
        "| step, two lines | implementation | CPU s | against the reference | memory | against it | goals |"
    ]
    rows.append("|---|---|---|---|---|---|---|")
    for case in [given.only] if given.only else CASES:
        rows += compared(case, given.reference, given.steps)
        print("\n".join(rows), flush=True)
    if given.write:
        command = "    python -m tests.benchmarks.bench_training_cost --reference FOLDER --write"
        write_section(PAGE, HEADING, "\n".join([command, "", *rows]))
    return 0


def compared(case: str, reference: Path, steps: int) -> list[str]:
    """Rows of a case: the reference, ours as it computes where that differs in cost, ours as it should, in either
    precision."""
    stage = case.split(",")[0]
    names = ["reference", *(["compatible"] if stage == "text" else []), "fixed", IN_BFLOAT16]
    command = [sys.executable, "-m", "tests.benchmarks.bench_training_cost", "--reference", str(reference)]
    children = {
        name: subprocess.Popen(
            [*command, "--child", name, case], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in names
    }
    spent: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(steps + 1):
        for name, child in children.items():
            spent[name].append(float(said(child, "step")))
    held = {name: float(said(child, "memory")) for name, child in children.items()}
    for child in children.values():
        said(child, "end")
        child.wait()
    seconds = {name: statistics.median(values[1:]) for name, values in spent.items()}
    rows = []
    for name in names:
        pace, room = seconds[name] / seconds["reference"], held[name] / held["reference"]
        goals = "" if name == "reference" else f"≤ {GOALS[stage]}, ≤ {MEMORY_GOAL}"
        rows.append(
            f"| {case} | {name} | {seconds[name]:.2f} | {pace:.2f} | {held[name] / 1e9:.2f} GB | {room:.2f} | {goals} |"
        )
    return rows


def said(child: subprocess.Popen[str], line: str) -> str:
    """What a child answers."""
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(f"{line}\n")
    child.stdin.flush()
    return child.stdout.readline()


def work(name: str, case: str, reference: Path) -> None:
    """A child: make the model, then a step, or tell what is held, for each line that comes."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    stage, size = case.split(", ")
    with_reference(reference)  # in every child: what is loaded is no difference
    before = psutil.Process().memory_info().rss
    step = made_step(name, stage, size)
    for line in sys.stdin:
        if line.strip() == "end":
            print("ended", flush=True)
            return
        if line.strip() == "memory":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before, flush=True)
            continue
        began = time.process_time()
        step()
        print(json.dumps(time.process_time() - began), flush=True)


def made_step(name: str, stage: str, size: str) -> Step:
    """The model of an implementation, and one step of it."""
    if stage == "text":
        batch = text_lines()
        if name == "reference":
            return reference_text(batch, size)
        return our_text(batch, size, TextSettings(recipe_of(name), precision=precision_of(name)))
    lines = sound_batch(sound_lines())
    if name == "reference":
        return reference_sound(lines, SOUND_SIZES[size])
    return our_sound(lines, SOUND_SIZES[size], SoundSettings(recipe_of(name), precision=precision_of(name)))


def recipe_of(name: str) -> Recipe:
    return "compatible" if name == "compatible" else "fixed"


def precision_of(name: str) -> Precision:
    return "bfloat16" if name == IN_BFLOAT16 else "float32"


def text_lines() -> TextBatch:
    """Lines of 6.4 and 4.8 s."""
    return text_batch(
        [TextLine(torch.randint(1, 700, (words,)), torch.randint(0, 1024, (tokens,))) for words, tokens in ((80, 160), (60, 120))]
    )  # fmt: skip


def sound_lines() -> list[SoundLine]:
    """Noise of 4.4 and 3.6 s."""
    return [
        SoundLine(
            0.1 * torch.randn(640 * frames), torch.randn(768, frames), torch.randint(1, 700, (frames // 4,))
        )
        for frames in (220, 180)
    ]


def text_learner(size: str, settings: TextSettings, device: torch.device = CPU) -> TextLearner:
    """With weights of its own drawing."""
    width, heads, layers = TEXT_SIZES[size]
    model = Text2Semantic(T2SDims(width, heads, layers, SYMBOLS))
    model.load_state_dict(random_state(model.state_dict(), layers))
    return TextLearner(model.to(device), settings)


def sound_learner(size: SoundSize, settings: SoundSettings, device: torch.device = CPU) -> SoundLearner:
    """With weights of its own drawing."""
    codes = torch.randn(size.codes, 768)
    return SoundLearner(
        sound_model(fresh_sound(size, codes), size.config(), "v2", where="published", device=device),
        discriminators_of(
            discriminator_weights(size.periods, size.narrowing), size.periods, size.narrowing, device
        ),
        settings,
    )


def our_text(batch: TextBatch, size: str, settings: TextSettings) -> Step:
    learner = text_learner(size, settings)

    def step() -> None:
        learner.gather(batch)
        learner.step()

    return step


def our_sound(batch: SoundBatch, size: SoundSize, settings: SoundSettings) -> Step:
    learner = sound_learner(size, settings)
    return lambda: learner.learn(batch, 1)


# -- the reference -------------------------------------------------------------------------------------------


def with_reference(folder: Path) -> None:
    """Make its modules importable."""

    def stand_in(name: str, **content: Any) -> None:
        module = types.ModuleType(name)
        for key, value in content.items():
            setattr(module, key, value)
        sys.modules[name] = module

    def rearrange(x: Tensor, pattern: str) -> Tensor:
        return x.flatten(0, -2) if pattern.startswith("...") else x.transpose(1, 2)

    stand_in("torchmetrics")
    stand_in("torchmetrics.classification", MulticlassAccuracy=Accuracy)
    stand_in("f5_tts")
    stand_in("f5_tts.model", DiT=torch.nn.Identity)
    stand_in("einops", rearrange=rearrange, repeat=None)
    stand_in("librosa")
    stand_in("librosa.filters", mel=lambda **_: mel_filters(TRAINING_MEL).numpy())
    ours: Any = torch.stft

    def stft(*given: Any, return_complex: bool = True, **more: Any) -> Tensor:
        made: Tensor = ours(*given, return_complex=True, **more)
        return made if return_complex else torch.view_as_real(made)

    torch.stft = stft  # type: ignore[assignment]
    sys.path.insert(0, str(folder))


class Accuracy(torch.nn.Module):
    """Share of targets, ends apart, among the likeliest."""

    def __init__(self, _classes: int, *, top_k: int, ignore_index: int, **_: Any) -> None:
        super().__init__()
        self.top, self.ignored = top_k, ignore_index

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        right = (logits.topk(self.top, dim=1).indices == targets[:, None]).any(dim=1)
        counted = targets != self.ignored
        return (right & counted).sum() / counted.sum()


def reference_text(batch: TextBatch, size: str) -> Step:
    from AR.models.t2s_model import Text2SemanticDecoder
    from AR.modules.optim import ScaledAdam

    width, heads, layers = TEXT_SIZES[size]
    settings = {
        "embedding_dim": width, "hidden_dim": width, "head": heads, "n_layer": layers, "vocab_size": 1025,
        "phoneme_vocab_size": SYMBOLS, "EOS": 1024, "dropout": 0.0,
    }  # fmt: skip
    model = Text2SemanticDecoder(config={"model": settings}).train()
    optimizer = ScaledAdam(
        model.parameters(),
        lr=0.01,
        betas=(0.9, 0.95),
        clipping_scale=2.0,
        parameters_names=[[name for name, _ in model.named_parameters()]],
        show_dominant_parameters=False,
        clipping_update_period=1000,
    )

    def step() -> None:
        loss, _ = model.forward_old(
            batch.phones, batch.phone_counts, batch.tokens, batch.token_counts, batch.bert
        )
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def reference_sound(batch: SoundBatch, size: SoundSize) -> Step:
    from module import commons
    from module.losses import discriminator_loss, feature_loss, generator_loss, kl_loss
    from module.mel_processing import mel_spectrogram_torch, spec_to_mel_torch
    from module.models import MultiPeriodDiscriminator, SynthesizerTrn

    generator = SynthesizerTrn(
        1025, 32, n_speakers=300, inter_channels=size.latent, hidden_channels=size.channels,
        filter_channels=size.hidden, n_heads=2, n_layers=size.layers[1], kernel_size=3, p_dropout=0.1, resblock="1",
        resblock_kernel_sizes=list(size.kernels), resblock_dilation_sizes=[list(size.dilations)] * len(size.kernels),
        upsample_rates=list(size.rates), upsample_initial_channel=size.decoder,
        upsample_kernel_sizes=list(size.up_kernels), gin_channels=512, semantic_frame_rate="25hz",
        freeze_quantizer=True, version="v2",
    ).train()  # fmt: skip
    generator.quantizer.vq.layers[0]._codebook.inited.fill_(1)
    judges = MultiPeriodDiscriminator(False, version="v2").train()
    settings = {"lr": 1e-4, "betas": (0.8, 0.99), "eps": 1e-9}
    generator_optimizer = torch.optim.AdamW(generator.parameters(), **settings)  # type: ignore[arg-type]
    judge_optimizer = torch.optim.AdamW(judges.parameters(), **settings)  # type: ignore[arg-type]
    mel_settings = (2048, 128, SAMPLE_RATE)

    def step() -> None:
        made, commitment, at, _, mask, latents, _ = generator(
            batch.features, batch.spectrograms, batch.frame_counts, batch.phones, batch.phone_counts
        )
        _, z_p, m_p, logs_p, _, logs_q = latents
        mel = commons.slice_segments(spec_to_mel_torch(batch.spectrograms, *mel_settings, 0.0, None), at, 32)
        made_mel = mel_spectrogram_torch(made.squeeze(1), *mel_settings, 640, 2048, 0.0, None)
        recorded = commons.slice_segments(batch.samples, at * 640, 20_480)
        real, fake, _, _ = judges(recorded, made.detach())
        loss, _, _ = discriminator_loss(real, fake)
        judge_optimizer.zero_grad()
        loss.backward()
        commons.clip_grad_value_(judges.parameters(), None)
        judge_optimizer.step()
        real, fake, seen, seen_of_made = judges(recorded, made)
        loss = F.l1_loss(mel, made_mel) * 45 + kl_loss(z_p, logs_q, m_p, logs_p, mask)
        loss = loss + feature_loss(seen, seen_of_made) + generator_loss(fake)[0] + commitment
        generator_optimizer.zero_grad()
        loss.backward()
        commons.clip_grad_value_(generator.parameters(), None)
        generator_optimizer.step()

    return step


if __name__ == "__main__":
    sys.exit(main())
