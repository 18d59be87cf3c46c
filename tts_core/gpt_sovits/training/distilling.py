"""A text stage of half the layers that speaks as the whole one does: distilled, from text alone.

The whole model is the teacher: it speaks lines of a text, and the student, which begins as every second of its layers,
learns at each token what the teacher thought of *all* tokens (Hinton et al. 2015, "Distilling the knowledge in a neural
network") and what its layers made of the line (Jiao et al. 2020, "TinyBERT", eq. 8). Layers by turns as a beginning:
Sanh et al. 2019, "DistilBERT". No recording is needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from normalizers import DuoyinError
from tts_core.gpt_sovits.files.checkpoints import Checkpoint
from tts_core.gpt_sovits.model.text2semantic import BERT_WIDTH, Text2Semantic, load_text2semantic
from tts_core.gpt_sovits.training.text_batch import TextBatch, TextLine, text_batch
from tts_core.gpt_sovits.training.text_learner import Said, TextLearner, TextSettings
from tts_core.gpt_sovits.training.text_stage import foretell

LAYER = "h.layers."
FEATURES_COUNT = 1.0
"""What a unit of difference between layers, as a share of their own deviation, counts beside a nat."""
LONGEST_PAIR = 600  # phones and tokens of two lines that are learned as one


def kept_layers(layers: int) -> tuple[int, ...]:
    """Which of a model's layers the half of them begins as: every second, the last among them."""
    half = -(-layers // 2)
    return tuple((at + 1) * layers // half - 1 for at in range(half))


def halved(checkpoint: Checkpoint) -> Checkpoint:
    """A text stage with every second layer of another's, all else as it was.

    Raises:
        DuoyinError: it is no text stage, or has one layer only.
    """
    layers = load_text2semantic(checkpoint).dims.layers
    if layers < 2:
        raise DuoyinError("the model's first stage has one layer, and no half", where=checkpoint.source)
    weights = {name: tensor for name, tensor in checkpoint.weights.items() if not name.startswith(LAYER)}
    for at, layer in enumerate(kept_layers(layers)):
        own = f"{LAYER}{layer}."
        weights |= {
            f"{LAYER}{at}.{name.removeprefix(own)}": tensor
            for name, tensor in checkpoint.weights.items()
            if name.startswith(own)
        }
    known = checkpoint.config.get("model")
    sizes = {**(known if isinstance(known, dict) else {}), "n_layer": len(kept_layers(layers))}
    return replace(checkpoint, weights=weights, config={**checkpoint.config, "model": sizes})


class Student(TextLearner):
    """Half a model that learns from the whole one.

    Args:
        teacher: float32, on the student's device; it learns nothing.
        model: the student, of `halved` weights.
        settings: of the `fixed` recipe, whose rate and layout are used.
    """

    def __init__(self, teacher: Text2Semantic, model: Text2Semantic, settings: TextSettings) -> None:
        super().__init__(model, settings)
        self.teacher = teacher.requires_grad_(False).eval()
        self.taught_by = kept_layers(teacher.dims.layers)

    def _loss(self, batch: TextBatch) -> tuple[Tensor, Said]:
        theirs: list[Tensor] = []
        own: list[Tensor] = []
        with torch.no_grad():
            told = foretell(self.teacher, batch, "fixed", watch=theirs.append)
        made = foretell(self.model, batch, "fixed", self.dropout, watch=own.append)
        apart = divergence(told.logits, made.logits)
        total = batch.phone_counts + batch.token_counts
        real = torch.arange(own[0].shape[1], device=total.device) < total[:, None]
        pairs = [(mine[real], theirs[layer][real]) for mine, layer in zip(own, self.taught_by, strict=True)]
        unlike = torch.stack([F.mse_loss(mine, layer) / layer.var() for mine, layer in pairs]).mean()
        return apart + FEATURES_COUNT * unlike, Said(float(apart.detach()), made.accuracy())


def divergence(teacher: Tensor, student: Tensor) -> Tensor:
    """Mean Kullback-Leibler divergence of a student's distributions from its teacher's, in nats, of logits `[N, V]`."""
    return F.kl_div(
        F.log_softmax(student.float(), dim=1),
        F.log_softmax(teacher.float(), dim=1),
        log_target=True,
        reduction="batchmean",
    )


def agreement(
    teacher: Text2Semantic, student: Text2Semantic, lines: Sequence[TextLine]
) -> tuple[float, float]:
    """How far a student thinks as its teacher on lines: divergence in nats a token, and the share of the tokens where
    the likeliest is the same."""
    apart, same, count = 0.0, 0, 0
    with torch.no_grad():
        for line in lines:
            batch = text_batch([line]).to(student.device)
            told, made = (foretell(model, batch, "fixed").logits for model in (teacher, student))
            apart += float(divergence(told, made)) * len(told)
            same += int((told.argmax(dim=1) == made.argmax(dim=1)).sum())
            count += len(told)
    return apart / max(1, count), same / max(1, count)


def in_pairs(lines: Sequence[TextLine]) -> list[TextLine]:
    """Lines, and each with the one after it as one line: so the student also knows lines that go on from a prompt."""
    made = list(lines)
    for first, second in itertools.pairwise(lines):
        if sum(len(each.phones) + len(each.tokens) for each in (first, second)) <= LONGEST_PAIR:
            made.append(
                TextLine(
                    torch.cat([first.phones, second.phones]),
                    torch.cat([first.tokens, second.tokens]),
                    _both(first, second),
                )
            )
    return made


def _both(first: TextLine, second: TextLine) -> Tensor | None:
    if first.bert is None and second.bert is None:
        return None
    return torch.cat(
        [
            each.bert if each.bert is not None else torch.zeros(BERT_WIDTH, len(each.phones))
            for each in (first, second)
        ],
        dim=1,
    )
