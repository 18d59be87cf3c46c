"""The text stage while it learns: phonemes → the probability of each semantic token, all positions at once.

Two layouts of a batch. `compatible` is the reference's (AR/models/t2s_model.py): texts padded on the right, then all
tokens; the mask of the texts is built as if they were padded on the left, so that a shorter line's first phonemes are
hidden and its padding is seen, and the loss goes on over the padding, where every line ends again and again. `fixed`
packs each line's tokens behind its own last phoneme, hides nothing but padding, and counts a line's tokens and its one
end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts_core.gpt_sovits.model.text2semantic import Text2Semantic
from tts_core.gpt_sovits.model.tokens import END
from tts_core.gpt_sovits.training.recipe import NOTHING_DROPPED, Dropout, Recipe
from tts_core.gpt_sovits.training.text_batch import TextBatch

DROPPED_SHARE = 0.1  # of the published models' layers, whatever their config says
TOP = 3  # a guess counts as right where the token is among so many


@dataclass(frozen=True, slots=True)
class Placed:
    """A batch laid out in positions.

    Args:
        x: `[B, S, D]`, embedded, with positions.
        visible: bool `[B, S, S]`: which position (last axis) another sees.
        rows, columns: int64 `[N]`: the line and the position that foretell each of the tokens to learn.
        targets: int64 `[N]`: those tokens.
    """

    x: Tensor
    visible: Tensor
    rows: Tensor
    columns: Tensor
    targets: Tensor


@dataclass(frozen=True, slots=True)
class Foretold:
    """Logits `[N, V]` for targets `[N]` of lines `rows` `[N]`."""

    logits: Tensor
    targets: Tensor
    rows: Tensor

    def loss(self, *, mean: bool = False) -> Tensor:
        """Cross entropy, summed as in the reference, or the mean of a token."""
        return F.cross_entropy(self.logits.float(), self.targets, reduction="mean" if mean else "sum")

    def log_likelihoods(self, lines: int) -> Tensor:
        """`[lines]`: log probability of each line's targets together."""
        single = F.cross_entropy(self.logits.float(), self.targets, reduction="none")
        return -single.new_zeros(lines).index_add(0, self.rows, single)

    @torch.no_grad()
    def accuracy(self, top: int = TOP) -> float:
        """Share of the targets, ends apart, that are among the `top` likeliest; 0 where there are none."""
        tokens = self.targets != END
        among = (self.logits.topk(top, dim=1).indices == self.targets[:, None]).any(dim=1)
        return float((among & tokens).sum() / tokens.sum().clamp_min(1))


def foretell(
    model: Text2Semantic,
    batch: TextBatch,
    recipe: Recipe,
    dropout: Dropout = NOTHING_DROPPED,
    watch: Callable[[Tensor], None] | None = None,
) -> Foretold:
    """Run a batch with its own tokens as what was said before (teacher forcing).

    Args:
        model: with its parameters, not prepared.
        dropout: between layers, named as in the reference.
        watch: is given what each layer makes, `[B, S, D]`, from the first on.
    """
    text, audio = _embedded(model, batch, dropout)
    place = _as_in_the_reference if recipe == "compatible" else _packed
    placed = place(batch, text, audio)
    x = placed.x
    for index, layer in enumerate(model.h.layers):
        x = _layer(layer, x, placed.visible, model.dims.heads, dropout, f"h.layers.{index}")
        if watch is not None:
            watch(x)
    logits = model.ar_predict_layer(x[placed.rows, placed.columns])
    return Foretold(logits, placed.targets, placed.rows)


def _embedded(model: Text2Semantic, batch: TextBatch, dropout: Dropout) -> tuple[Tensor, Tensor]:
    """Texts `[B, X, D]` and tokens `[B, Y, D]`, each with positions from 0."""
    text = model.ar_text_embedding.word_embeddings(batch.phones)
    text = text + model.bert_proj(batch.bert.transpose(1, 2))
    text = text + model.ar_text_position.alpha * model.positions(text.shape[1])
    audio = model.ar_audio_embedding.word_embeddings(batch.ended_tokens())
    audio = audio + model.ar_audio_position.alpha * model.positions(audio.shape[1])
    return dropout(text, "ar_text_position.dropout"), dropout(audio, "ar_audio_position.dropout")


def _as_in_the_reference(batch: TextBatch, text: Tensor, audio: Tensor) -> Placed:
    lines, words = batch.phones.shape
    steps = batch.tokens.shape[1]
    device = text.device
    at = torch.arange(words + steps, device=device)
    hidden_text = torch.arange(words, device=device) < (words - batch.phone_counts)[:, None]
    hidden_audio = torch.arange(steps, device=device) >= batch.token_counts[:, None]
    hidden = torch.cat([hidden_text, hidden_audio], dim=1)
    causal = (at < words) | ((at >= words)[:, None] & (at <= at[:, None]))
    rows = torch.arange(lines, device=device).repeat_interleave(steps + 1)
    columns = torch.arange(words - 1, words + steps, device=device).repeat(lines)
    return Placed(
        torch.cat([text, audio], dim=1),
        causal & ~hidden[:, None, :],
        rows,
        columns,
        F.pad(batch.ended_tokens(), (0, 1), value=END).flatten(),
    )


def _packed(batch: TextBatch, text: Tensor, audio: Tensor) -> Placed:
    words, steps = batch.phone_counts[:, None], batch.token_counts[:, None]
    total = int((words + steps).max())
    at = torch.arange(total, device=text.device)[None]
    is_text = at < words

    def picked(x: Tensor, places: Tensor) -> Tensor:
        places = places.clamp(0, x.shape[1] - 1)[..., None].expand(-1, -1, x.shape[2])
        return x.gather(1, places)

    x = torch.where(is_text[..., None], picked(text, at.expand(len(batch), -1)), picked(audio, at - words))
    real = at < words + steps
    causal = at[:, None, :] <= at[:, :, None]
    visible = is_text[:, None, :] | (~is_text[:, :, None] & causal & real[:, None, :])
    foretelling = (at >= words - 1) & real
    rows, columns = foretelling.nonzero(as_tuple=True)
    targets = F.pad(batch.ended_tokens(), (0, 1), value=END)[rows, columns + 1 - batch.phone_counts[rows]]
    return Placed(x, visible, rows, columns, targets)


def _layer(layer: nn.Module, x: Tensor, visible: Tensor, heads: int, dropout: Dropout, place: str) -> Tensor:
    attention = layer.get_submodule("self_attn")
    batch, total, width = x.shape
    qkv = F.linear(x, attention.get_parameter("in_proj_weight"), attention.get_parameter("in_proj_bias"))
    q, k, v = qkv.view(batch, total, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    seen = dropout.attended(q, k, v, visible[:, None], f"{place}.self_attn.attn_weights")
    seen = seen.transpose(1, 2).reshape(batch, total, width)
    told = dropout(attention.get_submodule("out_proj")(seen), f"{place}.dropout1")
    x = layer.get_submodule("norm1")(x + told)
    inner = dropout(F.relu(layer.get_submodule("linear1")(x)), f"{place}.dropout")
    outer = dropout(layer.get_submodule("linear2")(inner), f"{place}.dropout2")
    made: Tensor = layer.get_submodule("norm2")(x + outer)
    return made
