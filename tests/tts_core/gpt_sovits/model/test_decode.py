"""Continuous batching: what a line's tokens are made of, and what they must not depend on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits import tiny
from tts_core.gpt_sovits.loops.linear import Precision, pack
from tts_core.gpt_sovits.model.arena import KvArena
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.sampling import exponential, next_tokens
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic
from tts_core.gpt_sovits.model.tokens import END, FEWEST_TOKENS, Sampling, TokenLine

GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def model(precision: Precision = "float32", *, width: int = 32, device: str = "cpu") -> Text2Semantic:
    made = Text2Semantic(T2SDims(width, 4, 2, 732))
    made.load_state_dict(tiny.gpt_weights(width=width, end_bias=9))
    return made.to(device).prepare(precision)


@pytest.fixture(scope="module")
def plain() -> Text2Semantic:
    return model()


def requests(count: int, seed: int = 0, most: int = 120) -> list[TokenRequest]:
    """Lines of different lengths with prompts of different lengths, one in four without a prompt, some with BERT
    vectors."""
    source = torch.Generator().manual_seed(seed)

    def number(low: int, high: int) -> int:
        return int(torch.randint(low, high, (1,), generator=source))

    made = []
    for line in range(count):
        phones = torch.randint(0, 700, (number(1, 60),), generator=source)
        prompt = torch.randint(0, END, (0 if line % 4 == 3 else number(1, 90),), generator=source)
        bert = torch.randn(1024, len(phones), generator=source) if line % 3 == 0 else None
        made.append(TokenRequest(phones, prompt, bert, seed=1000 + line, most_tokens=most))
    return made


def draw(decoder: SemanticDecoder, lines: list[TokenRequest]) -> list[TokenLine]:
    found = dict(decoder.run(lines))
    assert sorted(found) == list(range(len(lines)))
    return [found[index] for index in range(len(lines))]


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_tokens_do_not_depend_on_batch_neighbours_or_order(precision: Precision) -> None:
    shared_model = model(precision)
    lines = requests(12, most=60)
    together = draw(SemanticDecoder(shared_model, rows=8, length=512), lines)
    for rows in (1, 3, 12):
        assert draw(SemanticDecoder(shared_model, rows=rows, length=512), lines) == together
    assert draw(SemanticDecoder(shared_model, rows=8, length=1024), lines) == together
    assert draw(SemanticDecoder(shared_model, rows=8, length=512), lines[::-1])[::-1] == together
    assert len({tuple(line.tokens) for line in together}) == len(lines)


def test_published_sizes_draw_the_same_alone_and_together() -> None:
    """Random weights of the published width: rounding of real matrix products must not depend on the batch either."""
    wide = Text2Semantic(T2SDims(512, 16, 3, 732))
    wide.load_state_dict(tiny.gpt_weights(width=512, layers=3))
    wide.prepare()
    lines = requests(5, seed=3, most=24)
    together = draw(SemanticDecoder(wide, rows=5, length=512), lines)
    assert draw(SemanticDecoder(wide, rows=1, length=512), lines) == together
    assert draw(SemanticDecoder(wide, rows=4, length=512), lines) == together


@pytest.mark.parametrize(
    "sampling",
    [Sampling(top_k=1), Sampling(top_p=0.8, temperature=0.7), Sampling(top_k=50, repetition_penalty=1.0)],
)
def test_every_kind_of_sampling_is_independent_of_the_batch(plain: Text2Semantic, sampling: Sampling) -> None:
    lines = requests(10, seed=5)
    together = draw(SemanticDecoder(plain, sampling, rows=10, length=512), lines)
    assert draw(SemanticDecoder(plain, sampling, rows=1, length=512), lines) == together


def test_a_line_keeps_every_token_up_to_its_limit(plain: Text2Semantic) -> None:
    """The reference loses the first or the last token where a line hits its limit."""
    lines = requests(6, seed=7, most=400)
    free = draw(SemanticDecoder(plain, rows=3, length=768), lines)
    assert {line.stop for line in free} == {"end"}
    for limit in (1, 12, 20):
        cut = [TokenRequest(line.phones, line.prompt, line.bert, line.seed, limit) for line in lines]
        for whole, part in zip(free, draw(SemanticDecoder(plain, rows=3, length=768), cut), strict=True):
            assert part.tokens == whole.tokens[:limit]
            assert part.stop == ("limit" if limit <= len(whole.tokens) else "end")


def test_no_line_ends_before_its_eleventh_token(plain: Text2Semantic) -> None:
    eager = Text2Semantic(plain.dims)
    eager.load_state_dict(tiny.gpt_weights(end_bias=1000))
    lines = draw(SemanticDecoder(eager.prepare(), rows=4, length=512), requests(8))
    assert {len(line.tokens) for line in lines} == {FEWEST_TOKENS}
    assert all(END not in line.tokens for line in lines)


def test_what_lies_in_unwritten_positions_is_never_heard(plain: Text2Semantic) -> None:
    """The reference's static cache attends to positions nobody wrote."""
    lines = requests(5, seed=11)
    clean = draw(SemanticDecoder(plain, rows=2, length=512), lines)
    dirty = SemanticDecoder(plain, rows=2, length=512)
    draw(dirty, lines[:1])
    assert dirty._arena is not None
    with torch.inference_mode():
        dirty._arena.keys.normal_(std=50)
        dirty._arena.values.normal_(std=50)
    assert draw(dirty, lines) == clean


def test_a_run_that_was_given_up_leaves_no_line_behind(plain: Text2Semantic) -> None:
    """Rows beside the new lines are computed, too: an old line there would go on until it wrote beyond the arena."""
    lines = requests(8, seed=19, most=60)
    expected = draw(SemanticDecoder(plain, rows=8, length=512), lines[:3])
    decoder = SemanticDecoder(plain, rows=8, length=512)
    next(iter(decoder.run(lines)))  # … and nobody asks for the others
    state = decoder._state
    assert state is not None
    before = state.lengths.clone()
    assert draw(decoder, lines[:3]) == expected
    assert torch.equal(state.lengths[3:], before[3:])


def test_memory_running_out_halves_the_rows_and_loses_nothing(
    plain: Text2Semantic, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = requests(12, seed=13)
    expected = draw(SemanticDecoder(plain, rows=8, length=512), lines)
    decoder = SemanticDecoder(plain, rows=8, length=512)
    real = SemanticDecoder._advance

    def scarce(self: SemanticDecoder, rows: int, *rest: Any) -> None:
        if rows > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        real(self, rows, *rest)

    monkeypatch.setattr(SemanticDecoder, "_advance", scarce)
    assert draw(decoder, lines) == expected
    assert (decoder.rows, decoder.counts.halvings) == (2, 2)


def test_no_memory_for_a_single_line_is_said(plain: Text2Semantic, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise RuntimeError(
            "[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: not enough memory: you tried to allocate"
        )

    monkeypatch.setattr(SemanticDecoder, "_advance", never)
    with pytest.raises(DuoyinError, match="not enough memory for a single line"):
        draw(SemanticDecoder(plain, rows=4, length=512), requests(5))


def test_other_errors_are_not_taken_for_memory(plain: Text2Semantic, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(SemanticDecoder, "_advance", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        draw(SemanticDecoder(plain, rows=4, length=512), requests(5))


def test_lines_that_do_not_fit_are_named(plain: Text2Semantic) -> None:
    decoder = SemanticDecoder(plain, rows=2, length=256)
    with pytest.raises(DuoyinError, match="line 1: 300 phonemes"):
        draw(
            decoder,
            [
                requests(1)[0],
                TokenRequest(torch.zeros(300, dtype=torch.int64), torch.zeros(0, dtype=torch.int64)),
            ],
        )
    with pytest.raises(DuoyinError, match="without phonemes"):
        draw(decoder, [TokenRequest(torch.zeros(0, dtype=torch.int64), torch.zeros(3, dtype=torch.int64))])


def test_the_arena_is_allocated_once_and_given_back(plain: Text2Semantic) -> None:
    decoder = SemanticDecoder(plain, rows=4, length=500)
    draw(decoder, requests(9))
    keys = decoder._arena.keys if decoder._arena else None
    assert (
        decoder.arena_bytes == 2 * 2 * 4 * 512 * 32 * 4
    )  # layers · (keys, values) · rows · positions · width · float32
    draw(decoder, requests(9, seed=2))
    assert decoder._arena is not None and decoder._arena.keys is keys
    decoder.release()
    assert decoder.arena_bytes == 0


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**62), step=st.integers(0, 1500))
def test_random_numbers_belong_to_seed_and_step(seed: int, step: int) -> None:
    rows = exponential(torch.tensor([seed, seed + 1, seed]), torch.tensor([step, step, step + 1]), 64)
    alone = exponential(torch.tensor([seed]), torch.tensor([step]), 64)
    assert torch.equal(rows[:1], alone)
    assert not torch.equal(rows[0], rows[1])
    assert not torch.equal(rows[0], rows[2])
    assert bool((rows > 0).all()) and bool(torch.isfinite(rows).all())


def test_random_numbers_are_exponential() -> None:
    drawn = exponential(torch.arange(200), torch.arange(200) % 7, 1025).flatten().double()
    assert float(drawn.mean()) == pytest.approx(1, abs=0.01)
    assert float(drawn.var()) == pytest.approx(1, abs=0.03)
    assert float((drawn > 3).double().mean()) == pytest.approx(0.0498, abs=0.002)


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    logits = torch.full((1, 1025), -30.0)
    logits[0, :3] = torch.tensor([0.5, 0.3, 0.2]).log()
    rows = 5_000
    tokens, _ = next_tokens(
        logits.expand(rows, -1),
        torch.zeros(rows, 1025, dtype=torch.bool),
        torch.arange(rows),
        torch.full((rows,), 20),
        Sampling(),
    )
    share = torch.bincount(tokens, minlength=3)[:3] / rows
    torch.testing.assert_close(share, torch.tensor([0.5, 0.3, 0.2]), atol=0.03, rtol=0)


@pytest.mark.parametrize(("wide", "narrow"), [(512, 1536), (512, 2048), (2048, 512), (512, 1025), (32, 96)])
@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_row_of_a_product_is_the_same_bits_in_any_batch(
    wide: int, narrow: int, precision: Precision
) -> None:
    weight, bias, rows = torch.randn(narrow, wide), torch.randn(narrow), torch.randn(70, wide)
    product = pack(weight, bias, relu=True, precision=precision)
    whole = product(rows)
    for count in (1, 2, 3, 4, 7, 8, 16, 33):
        assert torch.equal(product(rows[:count].contiguous()), whole[:count])
    exact = torch.relu(rows.double() @ weight.double().T + bias.double()).float()
    error = float((whole - exact).abs().max() / exact.abs().max())
    assert error < (1e-5 if precision == "float32" else 0.05)


def test_longest_first_keeps_more_rows_busy(plain: Text2Semantic) -> None:
    """Lines end where their room does: half of them are short, the last in reading order is long."""
    rooms = [12, 60, 12, 30, 12, 40, 12, 90] * 6
    lines = [replace(line, most_tokens=room) for line, room in zip(requests(48, seed=5), rooms, strict=True)]
    lines = [replace(line, phones=line.phones[:10], prompt=line.prompt[:10], bert=None) for line in lines]

    def busy(order: list[TokenRequest]) -> float:
        decoder = SemanticDecoder(plain, rows=8, length=512)
        draw(decoder, order)
        return decoder.counts.rows / (decoder.counts.steps * decoder.rows)

    longest_first = sorted(lines, key=lambda line: line.most_tokens, reverse=True)
    assert busy(longest_first) > busy(lines) + 0.05


@pytest.mark.slow
def test_thousands_of_lines_leave_memory_flat(plain: Text2Semantic) -> None:
    decoder = SemanticDecoder(plain, rows=16, length=320)
    process, levels = psutil.Process(), []
    for batch in range(20):
        draw(decoder, requests(200, seed=batch, most=60))
        levels.append(process.memory_info().rss)
    settled = levels[len(levels) // 5]
    assert max(levels[len(levels) // 5 :]) < 1.05 * settled
    assert decoder.counts.prefilled == 4_000


def test_hundreds_of_lines_leave_memory_flat(plain: Text2Semantic) -> None:
    decoder = SemanticDecoder(plain, rows=16, length=320)
    process, levels = psutil.Process(), []
    for batch in range(10):
        draw(decoder, requests(30, seed=batch, most=20))
        levels.append(process.memory_info().rss)
    assert max(levels[1:]) < 1.05 * levels[1]


def test_the_path_of_a_gpu_draws_the_lines_of_the_compiled_path(plain: Text2Semantic) -> None:
    """Padded prefill, masked attention over a rounded length: run here on the CPU, where greedy tokens can be
    compared."""
    lines = requests(9, seed=17, most=30)
    expected = draw(SemanticDecoder(plain, Sampling(top_k=1), rows=4, length=512), lines)
    decoder = SemanticDecoder(plain, Sampling(top_k=1), rows=4, length=512)
    decoder._prepare()
    decoder._arena = KvArena(plain.dims, 4, 512, device=plain.device, dtype=plain.dtype)
    decoder._attention = None
    assert draw(decoder, lines) == expected


@pytest.mark.gpu
@GPU
def test_cuda_graphs_draw_the_same_tokens() -> None:
    on_gpu = model(device="cuda")
    lines = requests(40)
    eager = draw(SemanticDecoder(on_gpu, rows=16, length=512, graphs=False), lines)
    graphs = SemanticDecoder(on_gpu, rows=16, length=512, graphs=True)
    assert draw(graphs, lines) == eager
    assert graphs._captured
    assert draw(graphs, lines) == eager  # replayed, not captured anew


@pytest.mark.gpu
@GPU
@pytest.mark.parametrize("name", ["ar_v1_tiny", "ar_v2_tiny"])
def test_greedy_parity_with_graphs_on(shared: Path, name: str) -> None:
    from tests.tts_core.gpt_sovits.parity import fixture
    from tts_core.gpt_sovits.model.text2semantic import load_text2semantic

    case = fixture(shared, name)
    on_gpu = load_text2semantic(case.checkpoint()).to("cuda").prepare()
    prompt = case.inputs["single.prompt"][0]
    notes = next(notes for notes in case.notes["cases"] if notes["id"] == "greedy_rp135")
    request = TokenRequest(
        case.inputs["single.phones"][0],
        prompt,
        case.inputs["single.bert"][0],
        most_tokens=notes["sampling"]["early_stop_num"] + 1,
    )
    (line,) = draw(SemanticDecoder(on_gpu, Sampling(top_k=1), rows=4, length=512, graphs=True), [request])
    assert line.tokens == case.outputs["greedy_rp135.full_y"].tolist()[len(prompt) :]


@pytest.mark.gpu
@GPU
@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_half_precision_draws_whole_lines_with_graphs(precision: Precision) -> None:
    on_gpu = model(precision, device="cuda")
    lines = draw(SemanticDecoder(on_gpu, rows=16, length=512, graphs=True), requests(40))
    assert all(len(line.tokens) >= FEWEST_TOKENS for line in lines if line.stop == "end")
