"""ScaledAdam moves parameters as the reference's does, number for number."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.tts_core.gpt_sovits.training.recorded import names, near, recorded
from tts_core.gpt_sovits.training.scaled_adam import ScaledAdam, pinned_rate, set_rate, warmed_up_rate

TOYS = names("scaled_adam_toy*", "scaled_adam_toy")


@pytest.mark.parametrize("name", TOYS)
def test_parity_train_scaled_adam(shared: Path, name: str) -> None:
    case = recorded(shared, name)
    order = case.notes["param_order"]
    parameters = [case.inputs[f"init.{tensor}"].clone().requires_grad_() for tensor in order]
    settings = dict(case.notes["kwargs"])
    settings["betas"] = tuple(settings["betas"])
    optimizer = ScaledAdam(parameters, **settings)
    for entry in case.notes["log"]:
        at = entry["step"]
        set_rate(optimizer, pinned_rate(at))
        assert optimizer.param_groups[0]["lr"] == entry["lr"]
        for tensor, parameter in zip(order, parameters, strict=True):
            parameter.grad = case.inputs[f"grad.{tensor}"][at].clone()
        optimizer.step()
        assert optimizer.param_groups[0]["clip"] == pytest.approx(entry["clip_scale"], rel=1e-5)
        for tensor, parameter in zip(order, parameters, strict=True):
            near(parameter, case.outputs[f"after.{at}.{tensor}"], relative=1e-5, absolute=1e-8)


def test_state_saved_and_loaded_goes_on_bit_for_bit() -> None:
    def run(stop: int | None) -> list[torch.Tensor]:
        source = torch.Generator().manual_seed(3)
        parameters = [torch.randn(shape, generator=source).requires_grad_() for shape in ((4, 3), (1,), (5,))]
        optimizer = ScaledAdam(parameters, clipping_update_period=3)
        for at in range(11):
            if at == stop:
                saved = optimizer.state_dict()
                optimizer = ScaledAdam(parameters, clipping_update_period=3)
                optimizer.load_state_dict(saved)
            for parameter in parameters:
                parameter.grad = torch.randn(parameter.shape, generator=source)
            optimizer.step()
        return [parameter.detach() for parameter in parameters]

    for whole, halves in zip(run(None), run(6), strict=True):
        assert torch.equal(whole, halves)


def test_a_step_is_relative_to_the_tensor_and_blind_to_the_size_of_the_loss() -> None:
    moved = []
    for scale in (1.0, 1000.0):
        parameter = torch.full((8, 8), 0.5).requires_grad_()
        optimizer = ScaledAdam([parameter], lr=0.01)
        parameter.grad = scale * torch.randn(8, 8, generator=torch.Generator().manual_seed(1))
        optimizer.step()
        moved.append(parameter.detach() - 0.5)
    torch.testing.assert_close(moved[0], moved[1])
    assert moved[0].abs().max() == pytest.approx(0.01 * 0.1 * 0.5, rel=1e-3)


def test_a_rate_that_warms_up() -> None:
    assert [round(warmed_up_rate(at, 4), 6) for at in range(6)] == [
        0.0005,
        0.001,
        0.0015,
        0.002,
        0.002,
        0.002,
    ]
