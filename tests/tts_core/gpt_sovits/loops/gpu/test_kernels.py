"""The GPU's kernels: run here in Triton's interpreter against torch's operations, and compiled for real cards without
one."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest
import torch
from torch.nn import functional as F

from tests.tts_core.gpt_sovits import tiny
from tests.tts_core.gpt_sovits.without_a_card import compiled
from tts_core.gpt_sovits.loops.rows import RowState
from tts_core.gpt_sovits.model.arena import KvArena
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.sampling import next_tokens
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic
from tts_core.gpt_sovits.model.tokens import END, FEWEST_TOKENS, VOCABULARY, Sampling, TokenLine

pytest.importorskip("triton", reason="this torch comes without Triton")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@pytest.fixture(scope="module")
def kernels(interpreter: None) -> ModuleType:
    """The kernels: on a GPU as they are, elsewhere as Python that Triton interprets (conftest.py asks for that)."""
    return importlib.import_module("tts_core.gpt_sovits.loops.gpu.kernels")


@pytest.fixture(autouse=True)
def on_the_device() -> Iterator[None]:
    with torch.device(DEVICE):
        yield


@pytest.mark.parametrize(("heads", "width"), [(16, 32), (3, 12)])
@pytest.mark.parametrize("kept", [torch.float32, torch.float16])
def test_attention_reads_what_a_row_has_and_nothing_else(
    kernels: ModuleType, heads: int, width: int, kept: torch.dtype
) -> None:
    rows, room = 5, 192
    keys, values = (torch.randn(rows + 1, heads, room, width).to(kept) for _ in range(2))
    lengths = torch.tensor([0, 1, 63, 64, room - 1, 7])
    for row, length in enumerate(lengths.tolist()):
        keys[row, :, length + 1 :] = torch.nan
        values[row, :, length + 1 :] = torch.nan
    qkv = torch.randn(rows, 3, heads, width).to(kept)
    before = keys.clone(), values.clone()
    seen = kernels.attend(qkv, keys, values, lengths)
    assert seen.dtype == kept and seen.shape == (rows, heads * width)
    for row, length in enumerate(lengths[:rows].tolist()):
        known, told = keys[row, :, : length + 1].double(), values[row, :, : length + 1].double()
        assert torch.equal(keys[row, :, length], qkv[row, 1])
        assert torch.equal(values[row, :, length], qkv[row, 2])
        want = F.scaled_dot_product_attention(qkv[row, 0].double()[:, None], known, told).flatten()
        close = 1e-5 if kept is torch.float32 else 2e-3
        torch.testing.assert_close(seen[row].double(), want, atol=close, rtol=close)
        keys[row, :, length], values[row, :, length] = before[0][row, :, length], before[1][row, :, length]
    assert torch.equal(keys.nan_to_num(), before[0].nan_to_num())
    assert torch.equal(values.nan_to_num(), before[1].nan_to_num())


@pytest.mark.parametrize("width", [512, 48])
def test_add_and_norm(kernels: ModuleType, width: int) -> None:
    x, y, gain, bias = torch.randn(7, width), torch.randn(7, width), torch.randn(width), torch.randn(width)
    want = F.layer_norm(x + y, (width,), gain, bias)
    torch.testing.assert_close(kernels.add_norm(x, y, gain, bias), want, atol=1e-5, rtol=1e-5)


def test_a_row_is_embedded_where_its_line_stands(kernels: ModuleType) -> None:
    table, positions = torch.randn(VOCABULARY, 24), torch.randn(100, 24)
    last, prompts, steps = torch.tensor([5, 1024, 0]), torch.tensor([10, 0, 0]), torch.tensor([1, 30, 0])
    got = kernels.embed(table, positions, last, prompts, steps, 3)
    torch.testing.assert_close(got[:2], table[last[:2]] + positions[[10, 29]])


def state_of(rows: int, seed: int) -> RowState:
    """Rows at different steps, each with tokens heard; the last one has ended."""
    source = torch.Generator(DEVICE).manual_seed(seed)
    state = RowState.empty(rows, VOCABULARY, 60, torch.device(DEVICE))
    state.steps[:] = torch.randint(0, 40, (rows,), generator=source)
    state.steps[4:] += FEWEST_TOKENS
    state.steps[:4] = torch.tensor([0, FEWEST_TOKENS - 1, FEWEST_TOKENS, 1])
    state.seeds[:] = torch.randint(0, 2**62, (rows,), generator=source)
    state.lengths[:] = torch.randint(5, 90, (rows,), generator=source)
    state.last[:] = 3
    state.heard[:] = torch.rand(rows, VOCABULARY, generator=source) < 0.05
    state.heard[:, 3] = True
    state.heard[:, END] = False
    state.ended[: rows - 1] = False
    return state


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(top_k=1),
        Sampling(top_k=50, temperature=0.6),
        Sampling(top_k=2000, repetition_penalty=1.0),
    ],
)
def test_tokens_are_drawn_as_on_a_cpu(kernels: ModuleType, sampling: Sampling) -> None:
    rows = 12
    for seed in range(3):
        logits = 3 * torch.randn(rows, VOCABULARY, generator=torch.Generator(DEVICE).manual_seed(seed))
        logits[5, END] = 40.0  # a line that wants to end
        logits[1, END] = 40.0  # … and one that must not yet
        logits[6:8] = 0.0
        logits[6:8, END] = 0.01  # the end is the likeliest, and will hardly be drawn
        places = torch.randperm(rows, generator=torch.Generator(DEVICE).manual_seed(seed))
        ours, theirs = state_of(rows, seed), state_of(rows, seed)
        tokens, ended = next_tokens(
            logits, theirs.heard[places], theirs.seeds[places], theirs.steps[places], sampling
        )
        theirs.take(places, tokens, ended)
        assert bool((ended & (tokens != END)).any()) or sampling.top_k == 1
        kernels.draw(
            logits,
            places,
            ours,
            top_k=sampling.top_k,
            temperature=sampling.temperature,
            repetition_penalty=sampling.repetition_penalty,
            end=END,
            fewest=FEWEST_TOKENS,
        )
        for name, mine, other in zip(
            ("last", "lengths", "steps", "prompts", "seeds", "ended", "heard"), ours.tensors, theirs.tensors
        ):
            assert torch.equal(mine, other), name
        assert torch.equal(ours.drawn[:, :-1], theirs.drawn[:, :-1])


def requests(count: int, most: int) -> list[TokenRequest]:
    source = torch.Generator(DEVICE).manual_seed(17)

    def number(low: int, high: int) -> int:
        return int(torch.randint(low, high, (1,), generator=source))

    return [
        TokenRequest(
            torch.randint(0, 700, (number(3, 20),), generator=source),
            torch.randint(0, END, (0 if line % 4 == 3 else number(1, 30),), generator=source),
            None,
            seed=line,
            most_tokens=most,
        )
        for line in range(count)
    ]


@pytest.mark.skipif(DEVICE == "cuda", reason="on a GPU test_decode.py compares the two")
@pytest.mark.parametrize("sampling", [Sampling(top_k=1), Sampling(), Sampling(top_p=0.8, temperature=0.7)])
def test_the_whole_step_of_a_gpu_draws_the_lines_of_the_cpus(kernels: ModuleType, sampling: Sampling) -> None:
    """Padded prefill, kernels, lines that take the rows of others: every token as on the CPU's own path."""
    model = Text2Semantic(T2SDims(32, 4, 2, 732))
    with torch.device("cpu"):
        model.load_state_dict(tiny.gpt_weights(width=32, end_bias=9))
    model.prepare()
    lines = requests(5, most=8)

    def draw(decoder: SemanticDecoder) -> list[TokenLine]:
        found = dict(decoder.run(lines))
        return [found[index] for index in range(len(lines))]

    expected = draw(SemanticDecoder(model, sampling, rows=3, length=128))
    decoder = SemanticDecoder(model, sampling, rows=3, length=128)
    decoder._prepare()
    decoder._arena = KvArena(model.dims, 3, 128, device=model.device, dtype=model.dtype)
    decoder._attention = None
    model.kernels = kernels
    assert draw(decoder) == expected


COMPILE = """
import sys
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from tts_core.gpt_sovits.loops.gpu import kernels as gpu_kernels

for job in sys.argv[1:]:
    capability, some = int(job.split()[0]), job.split()[1]
    whole, byte, width = "*i64", "*i8", {"width": 512, "padded": 512}
    calls = {
        "_attend": (
            [some, some, some, whole, some, "i32", "fp32"],
            {"heads": 16, "width": 32, "padded": 32, "block": gpu_kernels.BLOCK},
        ),
        "_add_norm": ([some] * 5 + ["fp32"], width),
        "_embed": ([some, some, whole, whole, whole, some], width),
        "_draw": (
            ["*fp32", whole, byte, whole, whole, byte, whole, whole, whole, "i32", "fp32", "fp32", "i32"],
            {"end": 1024, "fewest": 11, "vocabulary": 1025, "padded": 2048},
        ),
    }
    for name, (types, constants) in calls.items():
        function = getattr(gpu_kernels, name)
        signature = dict(zip(function.arg_names, [*types, *["constexpr"] * len(constants)], strict=True))
        # Tensors begin at multiples of sixteen bytes, and room is one: the launcher tells Triton so.
        even = {(at,): [["tt.divisibility", 16]] for at, kind in enumerate(types) if kind[0] == "*" or kind == "i32"}
        source = ASTSource(fn=function, signature=signature, constexprs=constants, attrs=even)
        warps = 1 if name == "_attend" else 4
        made = triton.compile(source, target=GPUTarget("cuda", capability, 32), options={"num_warps": warps})
        print(job, name, len(made.asm["cubin"]), made.metadata.shared, made.asm["ptx"].count("ld.global.v4"))
"""


CARDS = [(capability, element) for capability in (80, 90) for element in ("*fp32", "*bf16")]


@pytest.fixture(scope="module")
def code() -> list[list[str]]:
    """For every card, by one process: most of what one costs is to begin."""
    return compiled(COMPILE, *(f"{capability} {element}" for capability, element in CARDS))


@pytest.mark.parametrize(("capability", "element"), CARDS)
def test_every_kernel_compiles_for_a_card(capability: int, element: str, code: list[list[str]]) -> None:
    made = [words[2:] for words in code if words[:2] == [str(capability), element]]
    assert [name for name, *_ in made] == ["_attend", "_add_norm", "_embed", "_draw"]
    assert all(int(code) > 0 and int(shared) < 48 * 1024 for _, code, shared, _ in made)
    assert int(made[0][3]) >= 16  # attention reads keys and values sixteen bytes at a time
