"""The quantizer learns as the reference's does."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.tts_core.gpt_sovits.training.recorded import names, near, recorded
from tts_core.gpt_sovits.training.codebook import Codebook, k_means

LEARNT = names("vq_train*", "vq_train")


def _first(rows: Tensor, _there: Tensor, wanted: int) -> Tensor:
    return rows[:wanted]


@pytest.mark.parametrize("name", LEARNT)
def test_parity_train_codebook(shared: Path, name: str) -> None:
    case = recorded(shared, name)
    book = Codebook(*(case.inputs[part].clone() for part in ("embed", "cluster_size", "embed_avg")))
    for entry in case.notes["log"]:
        at, rows = entry["iter"], torch.tensor(entry["replacement_rows"])
        frames = case.inputs[f"x.{at}"].clone().requires_grad_()
        made = book.learn(frames, partial(_first, rows))
        (made.commitment + (made.frames * case.inputs[f"w.{at}"]).sum()).backward()
        assert made.codes.tolist() == case.outputs[f"codes.{at}"][0].tolist()
        near(made.frames, case.outputs[f"quantized.{at}"], relative=1e-5, absolute=1e-6)
        near(made.commitment, case.outputs[f"commit_loss.{at}"], relative=1e-5)
        assert frames.grad is not None
        near(frames.grad, case.outputs[f"grad_x.{at}"], relative=1e-5, absolute=1e-6)
        for part in ("embed", "cluster_size", "embed_avg"):
            near(getattr(book, part), case.outputs[f"{part}.{at}"], relative=1e-5, absolute=1e-6)


@pytest.mark.parametrize("name", LEARNT)
def test_parity_train_first_places_of_the_codes(shared: Path, name: str) -> None:
    case = recorded(shared, name)
    told = case.notes["kmeans"]
    frames = case.inputs["kmeans.x"]
    rows = frames.transpose(1, 2).reshape(-1, frames.shape[1])
    means, counts = k_means(rows, rows[torch.tensor(told["first_rows"])], told["iters"])
    near(means, case.outputs["kmeans.embed"], relative=1e-5, absolute=1e-6)
    assert counts.tolist() == case.outputs["kmeans.cluster_size"].tolist()


def test_codes_without_places_find_them_in_the_first_batch() -> None:
    torch.manual_seed(0)
    frames = torch.randn(2, 4, 50)
    book = Codebook(torch.zeros(8, 4), ready=False)
    first = book.learn(frames)
    assert book.ready
    assert len(first.codes.unique()) == 8
    assert float(first.commitment.detach()) < float(frames.var())
