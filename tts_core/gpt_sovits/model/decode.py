"""Continuous batching: many lines of different voices, prompts and lengths share one arena and one step.

A line occupies a row of the arena from its prefill to its end; the next line takes the row at once. When none waits,
the last row moves into the gap, so the batch shrinks with the work. Rows are rounded up to few buckets, each of which
may be a CUDA graph (one a length bucket, too, where attention is torch's own). Unwritten positions have weight
exactly 0, or are not even read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from normalizers import DuoyinError
from tts_core.gpt_sovits.loops.cpu.attention import StepAttention
from tts_core.gpt_sovits.loops.rows import RowState
from tts_core.gpt_sovits.model.arena import GPU_STEP, KvArena, padded_length
from tts_core.gpt_sovits.model.sampling import next_tokens
from tts_core.gpt_sovits.model.text2semantic import Text2Semantic
from tts_core.gpt_sovits.model.tokens import END, FEWEST_TOKENS, MOST_TOKENS, Sampling, TokenLine

GPU_CHECK_EVERY = 8  # steps between looks at which lines ended: each look waits for the device


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


@dataclass(slots=True)
class DecodeCounts:
    """What the decoder did, for reports: steps taken, rows computed, lines prefilled, arenas halved for want of
    memory."""

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
    _state: RowState | None = None
    _positions: Tensor | None = None
    _places: Tensor | None = None
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
        flying: list[_Row | None] = []
        while waiting or any(flying):
            try:
                yield from self._drain(waiting, flying)
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
                for row in reversed(flying):
                    if row is not None:
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
                f"{len(request.phones)} phonemes and {len(request.prompt)} prompt tokens leave no room for speech"
                f" in {self.length} positions",
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

    def _prepare(self) -> tuple[KvArena, RowState]:
        if self._arena is None or self._state is None:
            model, rows = self.model, self.rows
            device = model.device
            compiled = device.type == "cpu" and model.dtype == torch.float32
            # With weights in eight bits, keys and values in sixteen cost nothing that can be measured, and are half
            # the reading.
            kept = torch.bfloat16 if model.precision == "int8" else model.dtype
            self._arena = KvArena(model.dims, rows, self.length, device=device, dtype=kept, blocked=compiled)
            self._attention = StepAttention(self._arena.length) if compiled else None
            self._state = RowState.empty(rows, model.dims.vocabulary, MOST_TOKENS + GPU_CHECK_EVERY, device)
            self._places = torch.arange(rows, device=device)
            self._positions = model.ar_audio_position.alpha * model.positions(
                self._arena.length + MOST_TOKENS
            )
        return self._arena, self._state

    @torch.inference_mode()
    def _drain(
        self, waiting: deque[tuple[int, TokenRequest]], flying: list[_Row | None]
    ) -> Iterator[tuple[int, TokenLine]]:
        arena, state = self._prepare()
        state.ended.fill_(True)  # a run that was given up may have left lines behind
        gpu = self.model.device.type == "cuda"
        every, step = (GPU_CHECK_EVERY, GPU_STEP) if gpu else (1, 1)
        while waiting or any(flying):
            self._fill(waiting, flying, arena, state)
            lines = [row for row in flying if row is not None]
            rows = _bucket(len(lines), arena.rows)
            longest = max(row.start + row.taken for row in lines) + every - 1
            length = min(padded_length(longest, step), arena.length)
            for _ in range(every):
                self._step(rows, length, arena, state)
            self.counts.steps += every
            self.counts.rows += every * len(lines)
            ended, steps = torch.stack([state.ended[: len(lines)].long(), state.steps[: len(lines)]]).tolist()
            for place, row in enumerate(lines):
                row.taken = steps[place]
                room = min(row.request.most_tokens, MOST_TOKENS, arena.length - row.start - every)
                if not ended[place] and row.taken < room:
                    continue
                tokens = state.drawn[place, : row.taken].tolist()
                # The last token of a line that ended is the end token, or was drawn where the end was likeliest.
                line = TokenLine(tokens[:-1], "end") if ended[place] else TokenLine(tokens[:room], "limit")
                state.ended[place] = True
                flying[place] = None
                yield row.index, line

    def _fill(
        self,
        waiting: deque[tuple[int, TokenRequest]],
        flying: list[_Row | None],
        arena: KvArena,
        state: RowState,
    ) -> None:
        """Start waiting lines in the rows that are free, and move the last rows into the gaps that remain."""
        free = [place for place, row in enumerate(flying) if row is None]
        free += range(len(flying), arena.rows)
        starting = list(islice(waiting, len(free)))
        if starting:
            places = free[: len(starting)]
            self._prefill(places, [request for _, request in starting], arena, state)
            flying += [None] * (places[-1] + 1 - len(flying))
            for place, (index, request) in zip(places, starting, strict=True):
                waiting.popleft()
                flying[place] = _Row(index, request, len(request.phones) + len(request.prompt))
        while None in flying:
            last = flying.pop()
            if last is not None:
                gap = flying.index(None)
                arena.move(len(flying), gap, last.start + last.taken)
                state.move(len(flying), gap)
                state.ended[len(flying)] = True
                flying[gap] = last

    def _prefill(
        self, places: Sequence[int], requests: Sequence[TokenRequest], arena: KvArena, state: RowState
    ) -> None:
        """Start lines in the given rows, and draw the first token of each."""
        model = self.model
        device = model.device
        lines, prompts = [], []
        for request in requests:
            phones, prompt = request.phones.to(device), request.prompt.to(device)
            bert = None if request.bert is None else request.bert.to(device)
            text = model.embed_text(phones, bert)
            lines.append((text, model.embed_audio(prompt) if len(prompt) else text[:0]))
            prompts.append(prompt)
        rows = torch.tensor(places, device=device)
        if arena.blocked:  # one by one: the same bits whoever starts at the same time
            logits = torch.stack(
                [
                    model.prefill(*line, partial(arena.keep, place))
                    for place, line in zip(places, lines, strict=True)
                ]
            )
        else:
            logits = model.prefill_together(lines, partial(arena.keep_together, rows))
        seeds = [request.seed & 0x7FFFFFFFFFFFFFFF for request in requests]
        starts = [len(request.phones) + len(request.prompt) for request in requests]
        state.start(places, seeds, starts, prompts)
        self._draw(logits, rows, state)
        self.counts.prefilled += len(lines)

    def _step(self, rows: int, length: int, arena: KvArena, state: RowState) -> None:
        if not (self.graphs and self.model.device.type == "cuda"):
            self._advance(rows, length, arena, state)
            return
        length = 0 if self.model.kernels else length
        graph = self._captured.get((rows, length))
        if graph is None:
            graph = self._capture(rows, length, arena, state)
        graph.replay()

    def _capture(self, rows: int, length: int, arena: KvArena, state: RowState) -> torch.cuda.CUDAGraph:
        """Record one step of this shape. Warming up must not advance the lines: their state is put back afterwards."""
        saved = [tensor.clone() for tensor in state.tensors]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self._advance(rows, length, arena, state)
            self._advance(rows, length, arena, state)
        torch.cuda.current_stream().wait_stream(side)
        for tensor, before in zip(state.tensors, saved, strict=True):
            tensor.copy_(before)
        graph = torch.cuda.CUDAGraph()
        if self._pool is None:
            self._pool = torch.cuda.graph_pool_handle()
        with torch.cuda.graph(graph, pool=self._pool):
            self._advance(rows, length, arena, state)
        self._captured[rows, length] = graph
        return graph

    def _advance(self, rows: int, length: int, arena: KvArena, state: RowState) -> None:
        """One token for the first `rows` rows; all shapes fixed, nothing waits for the host.

        On a GPU with Triton each row attends to what it has, else to `length` positions under a mask.
        """
        model, positions, places = self.model, self._positions, self._places
        assert positions is not None and places is not None
        dims, kernels, attention = model.dims, model.kernels, self._attention
        at, which = state.lengths[:rows], places[:rows]
        table = model.ar_audio_embedding.word_embeddings.weight
        mask: Tensor | None = None
        if kernels:
            x = kernels.embed(table, positions, state.last, state.prompts, state.steps, rows)
        else:
            x = table[state.last[:rows]] + positions[state.prompts[:rows] + state.steps[:rows] - 1]
            if not attention:
                mask = (torch.arange(length, device=at.device) <= at[:, None])[:, None, None]
        for index, layer in enumerate(model.layers):
            qkv = layer.qkv(x).view(rows, 3, dims.heads, dims.head_width)
            keys, values = arena.keys[index], arena.values[index]
            if kernels:
                seen = kernels.attend(qkv, keys, values, at)
            elif attention:
                seen = attention(qkv, keys, values, at)
            else:
                q, k, v = qkv.unbind(1)
                keys[which, :, at] = k
                values[which, :, at] = v
                seen = F.scaled_dot_product_attention(
                    q[:, :, None], keys[:rows, :, :length], values[:rows, :, :length], attn_mask=mask
                )
            x = model.after_attention(layer, x, seen.reshape(rows, -1))
        self._draw(model.predict(x.float()), which, state)

    def _draw(self, logits: Tensor, places: Tensor, state: RowState) -> None:
        """Draw a token for each of the rows `places` from its logits `[n, V]`, and note it."""
        sampling, kernels = self.sampling, self.model.kernels
        if kernels and sampling.top_p >= 1.0:
            kernels.draw(
                logits,
                places,
                state,
                top_k=sampling.top_k,
                temperature=sampling.temperature,
                repetition_penalty=sampling.repetition_penalty,
                end=END,
                fewest=FEWEST_TOKENS,
            )
            return
        tokens, ended = next_tokens(
            logits, state.heard[places], state.seeds[places], state.steps[places], sampling
        )
        state.take(places, tokens, ended)


def out_of_memory(error: RuntimeError) -> bool:
    """Whether torch said so because memory ran out, on a GPU or in the CPU's allocator."""
    return (
        isinstance(error, torch.OutOfMemoryError)
        or "not enough memory" in str(error)
        or "can't allocate memory" in str(error)
    )


def _bucket(rows: int, most: int) -> int:
    """Rows to compute: the next power of two, so that few shapes (and graphs) occur."""
    bucket = 1
    while bucket < rows:
        bucket *= 2
    return min(bucket, most)
