"""Attention of one new position: what torch's attention says, row by row, and nothing of what lies around."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch.nn import functional as F

from tts_core.gpt_sovits.loops.cpu import machine
from tts_core.gpt_sovits.loops.cpu.attention import BLOCK, StepAttention, in_blocks


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(machine, "_WORTH_A_THREAD", 1)  # small work is shared out, too
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def arena(
    rows: int, heads: int, width: int, room: int, kept: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """Keys in blocks and values, full of numbers."""
    keys = torch.randn(rows, heads, room // BLOCK, width, BLOCK).to(kept)
    return keys, torch.randn(rows, heads, room, width).to(kept)


def plain(keys: torch.Tensor) -> torch.Tensor:
    """`[…, blocks, width, 16]` → `[…, positions, width]`."""
    return keys.transpose(-1, -2).flatten(-3, -2)


def expected(
    qkv: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, lengths: torch.Tensor
) -> torch.Tensor:
    """torch's attention of every row alone, over what was there and the new position."""
    rows = []
    for row, length in enumerate(lengths.tolist()):
        q, k, v = qkv[row]
        known = torch.cat([plain(keys[row])[:, :length], k[:, None].to(keys)], dim=1).double()
        told = torch.cat([values[row, :, :length], v[:, None].to(values)], dim=1).double()
        rows.append(F.scaled_dot_product_attention(q.double()[:, None], known, told).flatten())
    return torch.stack(rows).float()


@pytest.mark.parametrize(("heads", "width"), [(16, 32), (4, 8), (3, 6), (4, 12), (2, 64)])
@pytest.mark.parametrize("kept", [torch.float32, torch.bfloat16])
def test_it_is_torchs_attention(threads: int, heads: int, width: int, kept: torch.dtype) -> None:
    rows, room = 6, 96
    keys, values = arena(rows + 2, heads, width, room, kept)
    lengths = torch.tensor([0, 1, 31, 32, 64, room - 1])
    qkv = 3 * torch.randn(rows, 3, heads, width)
    want, before = expected(qkv, keys, values, lengths), (keys.clone(), values.clone())
    seen = StepAttention(room)(qkv, keys, values, lengths)
    torch.testing.assert_close(seen, want, atol=1e-5, rtol=1e-5)
    for row, length in enumerate(lengths.tolist()):
        assert torch.equal(plain(keys[row])[:, length], qkv[row, 1].to(kept))  # rounded as torch rounds
        assert torch.equal(values[row, :, length], qkv[row, 2].to(kept))
    for now, then in zip((plain(keys), values), (plain(before[0]), before[1]), strict=True):
        for row, length in enumerate(lengths.tolist()):
            now[row, :, length] = then[row, :, length]
        assert torch.equal(now, then)  # nothing else was written


def test_a_row_does_not_know_its_neighbours_or_the_room(threads: int) -> None:
    keys, values = arena(4, 16, 32, 192, torch.float32)
    qkv, lengths = torch.randn(4, 3, 16, 32), torch.tensor([150, 3, 77, 0])
    together = StepAttention(192)(qkv, keys, values, lengths)
    for row in range(4):
        one = slice(row, row + 1)
        wider = F.pad(keys[one], (0, 0, 0, 0, 0, 4)), F.pad(values[one], (0, 0, 0, 64))
        alone = StepAttention(256)(qkv[one].contiguous(), *wider, lengths[one])
        assert torch.equal(alone[0], together[row])


@pytest.mark.parametrize("kept", [torch.float32, torch.bfloat16])
def test_what_nobody_wrote_is_not_heard_even_where_it_is_no_number(kept: torch.dtype) -> None:
    keys, values = arena(1, 2, 8, 64, kept)
    qkv, lengths = torch.randn(1, 3, 2, 8), torch.tensor([21])
    want = StepAttention(64)(qkv, keys, values, lengths)
    beyond = plain(keys)
    beyond[:, :, 22:] = torch.nan
    values[:, :, 22:] = torch.inf
    again = StepAttention(64)(qkv, in_blocks(beyond).contiguous(), values, lengths)
    assert torch.equal(again, want)


def test_far_apart_scores_neither_overflow_nor_vanish(threads: int) -> None:
    keys, values = torch.zeros(1, 1, 2, 4, BLOCK), torch.randn(1, 1, 32, 4)
    keys[..., 0, :, 2] = 60.0
    qkv = torch.full((1, 3, 1, 4), 40.0)
    qkv[:, 1:] = 0
    seen = StepAttention(32)(qkv, keys, values, torch.tensor([7]))
    torch.testing.assert_close(seen[0], values[0, 0, 2])


@pytest.mark.parametrize("count", [1, 15, 16, 17, 40])
def test_blocks_hold_every_position_once(count: int) -> None:
    keys = torch.randn(3, count, 5)
    blocks = in_blocks(keys)
    assert blocks.shape == (3, -(-count // BLOCK), 5, BLOCK)
    assert torch.equal(plain(blocks)[:, :count], keys)
    assert not plain(blocks)[:, count:].any()


def test_room_that_is_not_whole_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="100 positions"):
        StepAttention(100)
