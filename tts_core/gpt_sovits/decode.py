"""Continuous batching: many lines of different voices, prompts and lengths share one arena and one step.

A line occupies a row of the arena from its prefill to its end; the next line takes the row at once. When none waits, the last
row moves into the gap, so the batch shrinks with the work. Shapes are rounded to few (rows, length) buckets, each of which may be a
CUDA graph. Attention masks by length inside the fixed shape: unwritten positions have weight exactly 0.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from normalizers import DuoyinError
from tts_core.gpt_sovits.arena import GPU_STEP, KvArena, padded_length
from tts_core.gpt_sovits.attention import StepAttention
from tts_core.gpt_sovits.sampling import Sampling, next_tokens
from tts_core.gpt_sovits.text2semantic import Text2Semantic, after_attention

MOST_TOKENS = 1500  # 60 s of speech, the reference's own ceiling
GPU_CHECK_EVERY = 8  # steps between looks at which lines ended: each look waits for the device
Stop = Literal["end", "limit"]


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One line to turn into semantic tokens.

    Args:
        phones: int64 `[X]` ids of the prompt's phonemes and the line's, X ≥ 1.
        prompt: int64 `[P]` semantic tokens of the reference clip; may be empty.
        bert: `[1024, X]` or None for zeros.
        seed: of the line; the same seed draws the same tokens whatever else is in the batch.
        most_tokens: stop here and say so.
    """

    phones: Tensor
    prompt: Tensor
    bert: Tensor | None = None
    seed: int = 0
    most_tokens: int = MOST_TOKENS


@dataclass(frozen=True, slots=True)
class TokenLine:
    """What was drawn: every token but the end token, and why it stopped."""

    tokens: list[int]
    stop: Stop


@dataclass(slots=True)
class DecodeCounts:
    """What the decoder did, for reports: steps taken, rows computed, lines prefilled, arenas halved for want of memory."""

    steps: int = 0
    rows: int = 0
    prefilled: int = 0
    halvings: int = 0


@dataclass(slots=True)
class _Row:
    index: int
    request: TokenRequest
    start: int  # positions of phonemes and prompt
    taken: int = 1  # tokens drawn so far; the prefill draws the first


@dataclass(slots=True)
class _State:
    """Per-row tensors on the device; graphs read and write them in place."""

    last: Tensor  # [R] token drawn last
    lengths: Tensor  # [R] positions written
    steps: Tensor  # [R] tokens drawn
    prompts: Tensor  # [R] prompt length: audio positions go on from there
    seeds: Tensor  # [R]
    ended: Tensor  # [R] bool
    heard: Tensor  # [R, V] bool
    drawn: Tensor  # [R, MOST_TOKENS + 1]

    def move(self, source: int, target: int) -> None:
        for tensor in (
            self.last,
            self.lengths,
            self.steps,
            self.prompts,
            self.seeds,
            self.ended,
            self.heard,
            self.drawn,
        ):
            tensor[target] = tensor[source]


@dataclass(slots=True)
class SemanticDecoder:
    """Draws tokens with a prepared `Text2Semantic`.

    Args:
        model: prepared, on its device.
        sampling: shared by all lines.
        rows: lines at once, at most.
        length: positions a line may take: phonemes + prompt + tokens.
        graphs: capture a CUDA graph per (rows, length) bucket; only on a GPU.
    """

    model: Text2Semantic
    sampling: Sampling = field(default_factory=Sampling)
    rows: int = 8
    length: int = 1024
    graphs: bool = False
    counts: DecodeCounts = field(default_factory=DecodeCounts)
    _arena: KvArena | None = None
    _state: _State | None = None
    _positions: Tensor | None = None
    _attention: StepAttention | None = None
    _captured: dict[tuple[int, int], torch.cuda.CUDAGraph] = field(default_factory=dict)
    _pool: Any = None  # memory all graphs share: they run one after another and keep nothing

    def run(self, requests: Iterable[TokenRequest]) -> Iterator[tuple[int, TokenLine]]:
        """Draw the tokens of every request; yields (its number, its tokens) in the order they finish.

        Memory running out halves the rows, and the lines in flight start again; what they draw is the same.

        Raises:
            DuoyinError: a line does not fit the arena, or there is no memory for a single row.
        """
        waiting = deque(enumerate(requests))
        for index, request in waiting:
            self._check(index, request)
        flying: list[_Row] = []
        while waiting or flying:
            try:
                yield from self._drain(waiting, flying)
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
                for row in reversed(flying):
                    waiting.appendleft((row.index, row.request))
                flying.clear()
                self._halve(error)

    def release(self) -> None:
        """Give the arena's memory back; the next run takes it again."""
        self._captured.clear()
        self._pool = None
        self._arena = self._state = self._attention = None
        if self.model.device.type == "cuda":
            torch.cuda.empty_cache()

    @property
    def arena_bytes(self) -> int:
        return self._arena.bytes if self._arena is not None else 0

    def _check(self, index: int, request: TokenRequest) -> None:
        start = len(request.phones) + len(request.prompt)
        if len(request.phones) == 0:
            raise DuoyinError("a line without phonemes cannot be spoken", where=f"line {index}")
        if start + 1 + min(request.most_tokens, 2 * len(request.phones)) > self.length:
            raise DuoyinError(
                f"{len(request.phones)} phonemes and {len(request.prompt)} prompt tokens leave no room for speech in {self.length} positions",
                where=f"line {index}",
                hint="Split the line, or use a shorter prompt.",
            )

    def _halve(self, error: Exception) -> None:
        self.release()
        self.counts.halvings += 1
        if self.rows == 1:
            raise DuoyinError(
                "not enough memory for a single line",
                hint="Close other programs, use int8 (CPU) or bfloat16 (GPU), or split the line.",
            ) from error
        self.rows = max(1, self.rows // 2)

    def _prepare(self) -> tuple[KvArena, _State]:
        if self._arena is None or self._state is None:
            model, rows = self.model, self.rows
            device = model.device
            compiled = device.type == "cpu" and model.dtype == torch.float32
            # With weights in eight bits, keys and values in sixteen cost nothing that can be measured, and are half the reading.
            kept = torch.bfloat16 if model.precision == "int8" else model.dtype
            self._arena = KvArena(model.dims, rows, self.length, device=device, dtype=kept, blocked=compiled)
            self._attention = StepAttention(self._arena.length) if compiled else None

            def zeros(*shape: int, dtype: torch.dtype = torch.int64) -> Tensor:
                return torch.zeros(shape, dtype=dtype, device=device)

            self._state = _State(
                last=zeros(rows),
                lengths=zeros(rows),
                steps=zeros(rows),
                prompts=zeros(rows),
                seeds=zeros(rows),
                ended=torch.ones(rows, dtype=torch.bool, device=device),
                heard=zeros(rows, model.dims.vocabulary, dtype=torch.bool),
                drawn=zeros(rows, MOST_TOKENS + GPU_CHECK_EVERY + 1),
            )
            self._positions = model.ar_audio_position.alpha * model.positions(
                self._arena.length + MOST_TOKENS
            )
        return self._arena, self._state

    @torch.inference_mode()
    def _drain(
        self, waiting: deque[tuple[int, TokenRequest]], flying: list[_Row]
    ) -> Iterator[tuple[int, TokenLine]]:
        arena, state = self._prepare()
        gpu = self.model.device.type == "cuda"
        every, step = (GPU_CHECK_EVERY, GPU_STEP) if gpu else (1, 1)
        while waiting or flying:
            starting = list(islice(waiting, arena.rows - len(flying)))
            if starting:
                self._prefill(len(flying), [request for _, request in starting], arena, state)
            for index, request in starting:
                waiting.popleft()
                flying.append(_Row(index, request, len(request.phones) + len(request.prompt)))
            rows = _bucket(len(flying), arena.rows)
            longest = max(row.start + row.taken for row in flying) + every - 1
            length = min(padded_length(longest, step), arena.length)
            for _ in range(every):
                self._step(rows, length, arena, state)
            self.counts.steps += every
            self.counts.rows += every * len(flying)
            ended, steps = state.ended[: len(flying)].tolist(), state.steps[: len(flying)].tolist()
            for place in range(len(flying) - 1, -1, -1):
                row = flying[place]
                row.taken = steps[place]
                room = min(row.request.most_tokens, MOST_TOKENS, arena.length - row.start - every)
                if not ended[place] and row.taken < room:
                    continue
                tokens = state.drawn[place, : row.taken].tolist()
                # The last token of a line that ended is the end token, or was drawn where the end was likeliest.
                line = TokenLine(tokens[:-1], "end") if ended[place] else TokenLine(tokens[:room], "limit")
                self._vacate(place, flying, arena, state)
                yield row.index, line

    def _vacate(self, place: int, flying: list[_Row], arena: KvArena, state: _State) -> None:
        last = len(flying) - 1
        if place != last:
            mover = flying[last]
            arena.move(last, place, mover.start + mover.taken)
            state.move(last, place)
            flying[place] = mover
        flying.pop()
        state.ended[last] = True

    def _prefill(self, first: int, requests: Sequence[TokenRequest], arena: KvArena, state: _State) -> None:
        """Start lines in the rows from `first` on, and draw the first token of each."""
        model = self.model
        lines = []
        for place, request in enumerate(requests, first):
            phones, prompt = request.phones.to(model.device), request.prompt.to(model.device)
            bert = None if request.bert is None else request.bert.to(model.device)
            text = model.embed_text(phones, bert)
            lines.append((text, model.embed_audio(prompt) if len(prompt) else text[:0]))
            state.heard[place] = False
            state.heard[place, prompt] = True
            state.seeds[place] = request.seed & 0x7FFFFFFFFFFFFFFF
            state.prompts[place] = len(prompt)
            state.lengths[place] = len(phones) + len(prompt)
        if arena.blocked:  # one by one: the same bits whoever starts at the same time
            logits = torch.stack(
                [model.prefill(*line, partial(arena.keep, place)) for place, line in enumerate(lines, first)]
            )
        else:
            logits = model.prefill_together(lines, partial(arena.keep_together, first))
        rows = slice(first, first + len(lines))
        state.steps[rows] = 0
        tokens, ended = next_tokens(
            logits, state.heard[rows], state.seeds[rows], state.steps[rows], self.sampling
        )
        state.last[rows], state.ended[rows] = tokens, ended
        state.drawn[rows, 0] = tokens
        state.heard[torch.arange(first, rows.stop, device=tokens.device), tokens] = True
        state.steps[rows] = 1
        self.counts.prefilled += len(lines)

    def _step(self, rows: int, length: int, arena: KvArena, state: _State) -> None:
        if not (self.graphs and self.model.device.type == "cuda"):
            self._advance(rows, length, arena, state)
            return
        graph = self._captured.get((rows, length))
        if graph is None:
            graph = self._capture(rows, length, arena, state)
        graph.replay()

    def _capture(self, rows: int, length: int, arena: KvArena, state: _State) -> torch.cuda.CUDAGraph:
        """Record one step of this shape. Warming up must not advance the lines: their state is put back afterwards."""
        saved = [tensor.clone() for tensor in _tensors(state)]
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self._advance(rows, length, arena, state)
            self._advance(rows, length, arena, state)
        torch.cuda.current_stream().wait_stream(side)
        for tensor, before in zip(_tensors(state), saved, strict=True):
            tensor.copy_(before)
        graph = torch.cuda.CUDAGraph()
        if self._pool is None:
            self._pool = torch.cuda.graph_pool_handle()
        with torch.cuda.graph(graph, pool=self._pool):
            self._advance(rows, length, arena, state)
        self._captured[rows, length] = graph
        return graph

    def _advance(self, rows: int, length: int, arena: KvArena, state: _State) -> None:
        """One token for the first `rows` rows, attending to `length` positions; all shapes fixed, nothing waits for the host."""
        model, positions = self.model, self._positions
        assert positions is not None
        dims = model.dims
        at = state.lengths[:rows]
        which = torch.arange(rows, device=at.device)
        x = model.ar_audio_embedding.word_embeddings(state.last[:rows])
        x = x + positions[state.prompts[:rows] + state.steps[:rows] - 1]
        mask = (
            None
            if self._attention
            else (torch.arange(length, device=at.device) <= at[:, None])[:, None, None]
        )
        for index, layer in enumerate(model.layers):
            qkv = layer.qkv(x).view(rows, 3, dims.heads, dims.head_width)
            keys, values = arena.keys[index], arena.values[index]
            if self._attention:
                seen = self._attention(qkv, keys, values, at)
            else:
                q, k, v = qkv.unbind(1)
                keys[which, :, at] = k
                values[which, :, at] = v
                seen = F.scaled_dot_product_attention(
                    q[:, :, None], keys[:rows, :, :length], values[:rows, :, :length], attn_mask=mask
                )
            x = after_attention(layer, x, seen.reshape(rows, -1))
        logits = model.predict(x)
        tokens, ended = next_tokens(
            logits, state.heard[:rows], state.seeds[:rows], state.steps[:rows], self.sampling
        )
        going = ~state.ended[:rows]
        # A row that has ended stands still: same token, same length, so it cannot write beyond the arena.
        tokens = torch.where(going, tokens, state.last[:rows])
        steps = state.steps[:rows]
        slot = torch.where(going, steps, torch.full_like(steps, state.drawn.shape[1] - 1))
        state.drawn[which, slot] = tokens
        state.heard[which, tokens] = True
        state.last[:rows] = tokens
        state.lengths[:rows] = at + going
        state.steps[:rows] = steps + going
        state.ended[:rows] |= ended


def out_of_memory(error: RuntimeError) -> bool:
    """Whether torch said so because memory ran out, on a GPU or in the CPU's allocator."""
    return (
        isinstance(error, torch.OutOfMemoryError)
        or "not enough memory" in str(error)
        or "can't allocate memory" in str(error)
    )


def _tensors(state: _State) -> list[Tensor]:
    return [
        state.last,
        state.lengths,
        state.steps,
        state.prompts,
        state.seeds,
        state.ended,
        state.heard,
        state.drawn,
    ]


def _bucket(rows: int, most: int) -> int:
    """Rows to compute: the next power of two, so that few shapes (and graphs) occur."""
    bucket = 1
    while bucket < rows:
        bucket *= 2
    return min(bucket, most)
