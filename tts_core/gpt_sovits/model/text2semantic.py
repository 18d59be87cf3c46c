"""Text → semantic tokens: the autoregressive transformer ("GPT") of GPT-SoVITS.

Post-norm encoder layers without a final norm; phonemes (with BERT features) see each other and nothing else, semantic
tokens see all phonemes and the tokens before them. Parameter names are the published ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from normalizers import DuoyinError
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, load_strictly
from tts_core.gpt_sovits.loops.gpu.triton import triton_works
from tts_core.gpt_sovits.loops.linear import Precision, Product, pack
from tts_core.gpt_sovits.model.tokens import VOCABULARY

BERT_WIDTH = 1024  # chinese-roberta-wwm-ext-large
PUBLISHED_HEADS = 16  # not recoverable from shapes; every published model has 16
POSITION_BASE = 10_000.0  # Vaswani et al. 2017, section 3.5
_MAX_LAYERS = 256


@dataclass(frozen=True, slots=True)
class T2SDims:
    """Sizes of one model: `width` D, attention heads, layers, phonemes known, tokens with the end token."""

    width: int
    heads: int
    layers: int
    phonemes: int
    vocabulary: int = VOCABULARY

    @property
    def head_width(self) -> int:
        return self.width // self.heads


class _Embedding(nn.Module):
    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(count, width)


class _Position(nn.Module):
    """Scale of the sinusoidal positions; the sinusoids themselves are not stored."""

    def __init__(self) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1))


class _Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)


class _Layer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.self_attn = _Attention(width)
        self.linear1 = nn.Linear(width, 4 * width)
        self.linear2 = nn.Linear(4 * width, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)


class _Stack(nn.Module):
    def __init__(self, layers: int, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(width) for _ in range(layers))


@dataclass(frozen=True, slots=True)
class PackedLayer:
    """One layer, ready to run: products and the two norms' gain and bias."""

    qkv: Product
    out: Product
    rise: Product
    fall: Product
    norm1: tuple[Tensor, Tensor]
    norm2: tuple[Tensor, Tensor]


class Text2Semantic(nn.Module):
    """The model's parameters and its arithmetic; `decode.SemanticDecoder` drives it.

    Call `prepare` once after moving it to its device.
    """

    def __init__(self, dims: T2SDims) -> None:
        super().__init__()
        self.dims = dims
        self.bert_proj = nn.Linear(BERT_WIDTH, dims.width)
        self.ar_text_embedding = _Embedding(dims.phonemes, dims.width)
        self.ar_audio_embedding = _Embedding(dims.vocabulary, dims.width)
        self.ar_text_position = _Position()
        self.ar_audio_position = _Position()
        self.h = _Stack(dims.layers, dims.width)
        self.ar_predict_layer = nn.Linear(dims.width, dims.vocabulary, bias=False)
        self.layers: list[PackedLayer] = []
        self.predict: Product = _unprepared
        self.kernels: Any = None
        """Triton's (`loops.gpu.kernels`) on a GPU that has it; they take the place of torch's operations between the
        products."""
        self.precision: Precision = "float32"
        self._sinusoids: Tensor | None = None

    def prepare(self, precision: Precision = "float32") -> Text2Semantic:
        """Pack the weights for this device and precision. The parameters stay for embeddings and parity tests."""
        dtype = {"float16": torch.float16, "bfloat16": torch.bfloat16}.get(precision, torch.float32)
        self.to(dtype).requires_grad_(False).eval()
        self.precision = precision

        def product(linear: nn.Linear, relu: bool = False) -> Product:
            return pack(linear.weight, linear.bias, relu=relu, precision=precision)

        self.layers = []
        for layer in self.h.layers:
            assert isinstance(layer, _Layer)
            attention = layer.self_attn
            self.layers.append(
                PackedLayer(
                    qkv=pack(attention.in_proj_weight, attention.in_proj_bias, precision=precision),
                    out=product(attention.out_proj),
                    rise=product(layer.linear1, relu=True),
                    fall=product(layer.linear2),
                    norm1=(layer.norm1.weight, layer.norm1.bias),
                    norm2=(layer.norm2.weight, layer.norm2.bias),
                )
            )
        # The last product stays in full precision: it is 0.7 % of the weights and decides ties.
        self.predict = pack(self.ar_predict_layer.weight.float(), None)
        self.kernels = _kernels(self.device)
        return self

    @property
    def device(self) -> torch.device:
        return self.ar_predict_layer.weight.device

    @property
    def dtype(self) -> torch.dtype:
        return self.ar_predict_layer.weight.dtype

    def positions(self, count: int) -> Tensor:
        """Sinusoids `[count, D]` in the model's dtype: sine in even columns, cosine in odd ones, computed in
        float32."""
        known = self._sinusoids
        if known is None or len(known) < count or known.device != self.device or known.dtype != self.dtype:
            known = self._sinusoids = _sinusoids(max(count, 2048), self.dims.width).to(
                self.device, self.dtype
            )
        return known[:count]

    def embed_text(self, phones: Tensor, bert: Tensor | None) -> Tensor:
        """Phoneme ids `[X]` and BERT features `[1024, X]` (None = zeros, as for English) → `[X, D]` with positions."""
        embedded = self.ar_text_embedding.word_embeddings(phones)
        if bert is None:
            embedded = embedded + self.bert_proj.bias
        else:
            embedded = embedded + self.bert_proj(bert.to(embedded.dtype).T)
        placed: Tensor = embedded + self.ar_text_position.alpha * self.positions(len(phones))
        return placed

    def embed_audio(self, tokens: Tensor) -> Tensor:
        """Semantic tokens `[P]` → `[P, D]`; their positions start at 0 again."""
        embedded = self.ar_audio_embedding.word_embeddings(tokens)
        placed: Tensor = embedded + self.ar_audio_position.alpha * self.positions(len(tokens))
        return placed

    def prefill(self, text: Tensor, audio: Tensor, keep: Callable[[int, Tensor, Tensor], None]) -> Tensor:
        """Run one line's phonemes and prompt through all layers.

        Args:
            text: `[X, D]`, X ≥ 1.
            audio: `[P, D]`, P may be 0.
            keep: told (layer, keys, values), each `[heads, X + P, head width]`, to store them.

        Returns:
            Logits `[V]` of the first token to generate.
        """
        x = torch.cat([text, audio])
        total, words = len(x), len(text)
        mask: Tensor | None = None
        if len(audio):
            at = torch.arange(total, device=x.device)
            mask = (at < words) | ((at >= words)[:, None] & (at <= at[:, None]))
        heads, head_width = self.dims.heads, self.dims.head_width
        for index, layer in enumerate(self.layers):
            q, k, v = layer.qkv(x).view(total, 3, heads, head_width).unbind(1)
            keys, values = k.transpose(0, 1), v.transpose(0, 1)
            keep(index, keys, values)
            rows = mask
            if index == len(self.layers) - 1:  # above the last layer only the last position is read
                q, x = q[-1:], x[-1:]
                rows = None if mask is None else mask[-1:]
            seen = F.scaled_dot_product_attention(
                q.transpose(0, 1)[None], keys[None], values[None], attn_mask=rows
            )[0]
            x = self.after_attention(layer, x, seen.transpose(0, 1).reshape(len(q), -1))
        logits: Tensor = self.predict(x.float())[0]
        return logits

    def prefill_together(
        self, lines: Sequence[tuple[Tensor, Tensor]], keep: Callable[[int, Tensor, Tensor], None]
    ) -> Tensor:
        """`prefill` of several lines at once, padded at their ends and masked: what a GPU needs to have enough to do.

        Rounding follows the batch, so the CPU, whose lines are bit-equal in any company, does without.

        Args:
            lines: (text `[X, D]`, audio `[P, D]`) of each.
            keep: told (layer, keys, values), each `[B, heads, longest, head width]`; beyond a line's end they mean
                nothing.

        Returns:
            Logits `[B, V]`.
        """
        words = torch.tensor([len(text) for text, _ in lines], device=self.device)
        totals = torch.tensor([len(text) + len(audio) for text, audio in lines], device=self.device)
        x = nn.utils.rnn.pad_sequence([torch.cat(line) for line in lines], batch_first=True)
        batch, longest, _ = x.shape
        at = torch.arange(longest, device=x.device)
        text = at < words[:, None]
        mask = (text[:, None] | (~text[:, :, None] & (at <= at[:, None])))[:, None]
        heads, head_width = self.dims.heads, self.dims.head_width
        for index, layer in enumerate(self.layers):
            qkv = layer.qkv(x.flatten(0, 1)).view(batch, longest, 3, heads, head_width)
            q, keys, values = qkv.permute(2, 0, 3, 1, 4)
            keep(index, keys, values)
            seen = F.scaled_dot_product_attention(q, keys, values, attn_mask=mask)
            seen = seen.transpose(1, 2).reshape(batch * longest, -1)
            x = self.after_attention(layer, x.flatten(0, 1), seen).view(batch, longest, -1)
        logits: Tensor = self.predict(x[torch.arange(batch, device=x.device), totals - 1].float())
        return logits

    def after_attention(self, layer: PackedLayer, x: Tensor, seen: Tensor) -> Tensor:
        """The rest of a layer: project, add and norm, feed forward, add and norm. `[rows, D]` each."""
        add_norm = self.kernels.add_norm if self.kernels else _add_norm
        x = add_norm(x, layer.out(seen), *layer.norm1)
        normed: Tensor = add_norm(x, layer.fall(layer.rise(x)), *layer.norm2)
        return normed


@torch.inference_mode(False)  # kept, and used in training, too
def _sinusoids(count: int, width: int) -> Tensor:
    at = torch.arange(count, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * -(math.log(POSITION_BASE) / width))
    table = torch.zeros(count, width)
    table[:, 0::2] = torch.sin(at * rate)
    table[:, 1::2] = torch.cos(at * rate)[:, : width // 2]
    return table


def _unprepared(x: Tensor) -> Tensor:
    raise RuntimeError("Text2Semantic.prepare was not called")


def _add_norm(x: Tensor, y: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
    return F.layer_norm(x + y, gain.shape, gain, bias)


def _kernels(device: torch.device) -> Any:
    if not triton_works(device):
        return None
    from tts_core.gpt_sovits.loops.gpu import kernels as gpu_kernels

    return gpu_kernels


def load_text2semantic(checkpoint: Checkpoint) -> Text2Semantic:
    """Build the model for a GPT checkpoint and load it strictly (float32, CPU, not yet prepared).

    Raises:
        DuoyinError: another kind of file, or weights that do not fit.
    """
    if checkpoint.kind != "t2s":
        raise DuoyinError(
            f"this is a {checkpoint.kind} SoVITS file, not a GPT checkpoint",
            where=checkpoint.source,
            hint="Give the GPT .ckpt here.",
        )
    dims = _dims(checkpoint)
    model = Text2Semantic(dims)
    load_strictly(model, checkpoint.weights, where=checkpoint.source)
    return model.eval()


def _dims(checkpoint: Checkpoint) -> T2SDims:
    weights, where = checkpoint.weights, checkpoint.source
    text, predict = (
        weights.get("ar_text_embedding.word_embeddings.weight"),
        weights.get("ar_predict_layer.weight"),
    )
    if text is None or predict is None or text.ndim != 2 or predict.ndim != 2:
        raise DuoyinError("the checkpoint lacks its embeddings", where=where)
    vocabulary, width = predict.shape
    layers = 1 + max(
        (
            int(part)
            for name in weights
            if name.startswith("h.layers.") and (part := name.split(".")[2]).isdigit()
        ),
        default=-1,
    )
    settings = checkpoint.config.get("model")
    heads = settings.get("head") if isinstance(settings, dict) else None
    heads = heads if isinstance(heads, int) and heads > 0 else PUBLISHED_HEADS
    if vocabulary != VOCABULARY:
        raise DuoyinError(f"{vocabulary} tokens; the models of this family have {VOCABULARY}", where=where)
    if not 0 < layers <= _MAX_LAYERS or width % heads or width % 2:
        raise DuoyinError(f"{layers} layers of width {width} with {heads} heads make no model", where=where)
    return T2SDims(width=width, heads=heads, layers=layers, phonemes=text.shape[0], vocabulary=vocabulary)
