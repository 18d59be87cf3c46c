"""Both models as plain arithmetic for one line, from named tensors: what can be exported as a graph.

The engine packs weights, pads batches and keeps one arena; none of that can leave Python. Here is the same
mathematics without it, in which every length is read from a shape, so that a traced graph takes lines of any length.
Weight names are the published ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts_core.gpt_sovits.model.generator import SLOPE
from tts_core.gpt_sovits.model.prior import MRTE_HEADS, MRTE_WIDTH
from tts_core.gpt_sovits.model.sovits import SovitsDims
from tts_core.gpt_sovits.model.text2semantic import POSITION_BASE, T2SDims
from tts_core.gpt_sovits.model.tokens import FRAMES_PER_TOKEN

LONGEST_LINE = 4096  # positions of text or of audio that a graph knows sinusoids for
_NORM_EPSILON = 1e-5


class _Named(nn.Module):
    """Tensors under their published names."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        for name, tensor in weights.items():
            self.register_buffer(_slot(name), tensor.detach().float())

    def of(self, name: str) -> Tensor:
        return self.get_buffer(_slot(name))

    def has(self, name: str) -> bool:
        return hasattr(self, _slot(name))

    def linear(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self.of(f"{name}.weight"), self.of(f"{name}.bias"))

    def convolved(self, x: Tensor, name: str, dilation: int = 1) -> Tensor:
        """One-dimensional, as long as before."""
        kernel = self.of(f"{name}.weight")
        bias = self.of(f"{name}.bias") if self.has(f"{name}.bias") else None
        return F.conv1d(x, kernel, bias, dilation=dilation, padding=dilation * (kernel.shape[2] - 1) // 2)


def _slot(name: str) -> str:
    return name.replace(".", "-")  # a buffer's name may hold no dot


class _TokenGraph(_Named):
    def __init__(self, weights: Mapping[str, Tensor], dims: T2SDims) -> None:
        super().__init__(weights)
        self.dims = dims
        at = torch.arange(LONGEST_LINE, dtype=torch.float32)[:, None]
        rate = torch.exp(torch.arange(0, dims.width, 2).float() * -(math.log(POSITION_BASE) / dims.width))
        waves = torch.stack([torch.sin(at * rate), torch.cos(at * rate)], dim=2).flatten(1)
        self.register_buffer("sinusoids", waves, persistent=False)

    def text(self, phones: Tensor, bert: Tensor) -> Tensor:
        x = self.of("ar_text_embedding.word_embeddings.weight")[phones] + self.linear(bert.T, "bert_proj")
        return x + self.of("ar_text_position.alpha") * self.get_buffer("sinusoids")[: phones.shape[0]]

    def audio(self, tokens: Tensor, positions: Tensor) -> Tensor:
        x = self.of("ar_audio_embedding.word_embeddings.weight")[tokens]
        return x + self.of("ar_audio_position.alpha") * self.get_buffer("sinusoids")[positions]

    def heads(self, x: Tensor) -> Tensor:
        """`[n, D]` → `[H, n, D / H]`."""
        return x.view(-1, self.dims.heads, self.dims.head_width).transpose(0, 1)

    def layer(
        self, index: int, x: Tensor, past: tuple[Tensor, Tensor] | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Positions `[n, D]` through one layer; returns them with all keys and values `[H, past + n, D / H]`."""
        name = f"h.layers.{index}"
        attention = f"{name}.self_attn"
        packed = F.linear(x, self.of(f"{attention}.in_proj_weight"), self.of(f"{attention}.in_proj_bias"))
        q, k, v = (self.heads(part) for part in torch.split(packed, self.dims.width, dim=1))
        if past is not None:
            k, v = torch.cat([past[0], k], dim=1), torch.cat([past[1], v], dim=1)
        scores = q @ k.transpose(1, 2) / math.sqrt(self.dims.head_width)
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        heard = (torch.softmax(scores, dim=-1) @ v).transpose(0, 1).reshape(-1, self.dims.width)
        x = self.normed(x + self.linear(heard, f"{attention}.out_proj"), f"{name}.norm1")
        fed = self.linear(F.relu(self.linear(x, f"{name}.linear1")), f"{name}.linear2")
        return self.normed(x + fed, f"{name}.norm2"), k, v

    def normed(self, x: Tensor, name: str) -> Tensor:
        return F.layer_norm(
            x, (self.dims.width,), self.of(f"{name}.weight"), self.of(f"{name}.bias"), _NORM_EPSILON
        )

    def logits(self, x: Tensor) -> Tensor:
        return F.linear(x[-1], self.of("ar_predict_layer.weight"))


class TokenPrefill(_TokenGraph):
    """Phonemes and prompt → logits of the first token, and keys and values to go on from."""

    def forward(self, phones: Tensor, bert: Tensor, prompt: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Args:
            phones: int64 `[X]`; bert: `[1024, X]`, zeros where it is not Chinese.
            prompt: int64 `[P]`; P may be 0.

        Returns:
            logits `[1025]`; keys and values `[layers, H, X + P, D / H]`.
        """
        words = phones.shape[0]
        audio = self.audio(prompt, torch.arange(prompt.shape[0], device=prompt.device))
        x = torch.cat([self.text(phones, bert), audio])
        at = torch.arange(x.shape[0], device=x.device)
        mask = (at < words)[None] | ((at >= words)[:, None] & (at[None] <= at[:, None]))
        kept: list[tuple[Tensor, Tensor]] = []
        for index in range(self.dims.layers):
            x, keys, values = self.layer(index, x, None, mask)
            kept.append((keys, values))
        return self.logits(x), torch.stack([k for k, _ in kept]), torch.stack([v for _, v in kept])


class TokenStep(_TokenGraph):
    """One token more."""

    def forward(
        self, token: Tensor, position: Tensor, keys: Tensor, values: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Args:
            token: int64 `[1]`, the one before; position: int64 `[1]`, its place among prompt and tokens.
            keys, values: `[layers, H, n, D / H]`.

        Returns:
            logits `[1025]` of the next token; keys and values of n + 1 positions.
        """
        x = self.audio(token, position)
        kept: list[tuple[Tensor, Tensor]] = []
        for index in range(self.dims.layers):
            x, k, v = self.layer(index, x, (keys[index], values[index]), None)
            kept.append((k, v))
        return self.logits(x), torch.stack([k for k, _ in kept]), torch.stack([v for _, v in kept])


class SpeechGraph(_Named):
    """Semantic tokens, phonemes, voice and noise → samples."""

    def __init__(self, weights: Mapping[str, Tensor], dims: SovitsDims) -> None:
        super().__init__(
            {
                name: tensor[:, :, 0] if tensor.ndim == 4 else tensor
                for name, tensor in weights.items()
                if name.startswith(("enc_p.", "flow.", "dec.", "quantizer."))
            }
        )
        self.dims = dims

    def forward(
        self, tokens: Tensor, phones: Tensor, voice: Tensor, text_voice: Tensor, noise: Tensor
    ) -> Tensor:
        """Args:
            tokens: int64 `[T]`; phones: int64 `[X]`.
            voice: `[1, G, 1]`; text_voice: `[1, 512, 1]`.
            noise: `[1, latent, frames]`, already scaled (0.5). Its length decides the tempo: 2T frames, or int(2T /
            speed) + 1.

        Returns:
            samples `[640 · frames]` at 32 kHz.
        """
        mean, deviation = self.prior(tokens, phones, text_voice, noise)
        return self.generated(self.flowed(mean + noise * torch.exp(deviation), voice), voice)[0, 0]

    def prior(
        self, tokens: Tensor, phones: Tensor, text_voice: Tensor, like: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Mean and log deviation of the latent, `[1, latent, frames]` each, of as many frames as `like` has."""
        frames = self.of("quantizer.vq.layers.0._codebook.embed")[tokens].T[None]
        frames = frames.repeat_interleave(FRAMES_PER_TOKEN, dim=2)
        sizes = self.dims.prior
        heard = self.encoder(self.convolved(frames, "enc_p.ssl_proj"), "enc_p.encoder_ssl", sizes.ssl_layers)
        text = self.of("enc_p.text_embedding.weight")[phones].T[None]
        text = self.encoder(text, "enc_p.encoder_text", sizes.text_layers)
        asked = self.convolved(heard, "enc_p.mrte.c_pre")
        answered = self.attended(
            asked, self.convolved(text, "enc_p.mrte.text_pre"), "enc_p.mrte.cross_attention", MRTE_HEADS
        )
        joint = self.convolved(answered + asked + text_voice, "enc_p.mrte.c_post")
        joint = self.encoder(joint, "enc_p.encoder2", sizes.joint_layers)
        mean, deviation = torch.split(
            self.convolved(stretched(joint, like), "enc_p.proj"), sizes.latent, dim=1
        )
        return mean, deviation

    def encoder(self, x: Tensor, name: str, layers: int) -> Tensor:
        for layer in range(layers):
            attended = self.attended(x, x, f"{name}.attn_layers.{layer}", self.dims.prior.heads)
            x = self.normed(x + attended, f"{name}.norm_layers_1.{layer}")
            hidden = F.relu(self.convolved(x, f"{name}.ffn_layers.{layer}.conv_1"))
            fed = self.convolved(hidden, f"{name}.ffn_layers.{layer}.conv_2")
            x = self.normed(x + fed, f"{name}.norm_layers_2.{layer}")
        return x

    def attended(self, x: Tensor, context: Tensor, name: str, heads: int) -> Tensor:
        width = self.of(f"{name}.conv_q.weight").shape[0] // heads

        def split(tensor: Tensor) -> Tensor:
            return tensor.view(heads, width, -1).transpose(1, 2)

        q = split(self.convolved(x, f"{name}.conv_q")) / math.sqrt(width)
        k, v = (
            split(self.convolved(context, f"{name}.conv_k")),
            split(self.convolved(context, f"{name}.conv_v")),
        )
        scores = q @ k.transpose(1, 2)
        if self.has(f"{name}.emb_rel_k"):
            window = self.of(f"{name}.emb_rel_k").shape[1] // 2
            at = torch.arange(x.shape[2], device=x.device)
            distance = (at[None] - at[:, None]).clamp(-window - 1, window + 1) + window + 1
            # A row of zeros at either end stands for all that is farther away.
            keys = F.pad(self.of(f"{name}.emb_rel_k")[0], (0, 0, 1, 1))
            scores = scores + (q @ keys.T).gather(2, distance.expand(heads, -1, -1))
            weights = torch.softmax(scores, dim=-1)
            near = at[:, None] + torch.arange(2 * window + 1, device=x.device)
            by_distance = F.pad(weights, (window, window)).gather(2, near.expand(heads, -1, -1))
            heard = weights @ v + by_distance @ self.of(f"{name}.emb_rel_v")[0]
        else:
            heard = torch.softmax(scores, dim=-1) @ v
        return self.convolved(heard.transpose(1, 2).reshape(1, heads * width, -1), f"{name}.conv_o")

    def normed(self, x: Tensor, name: str) -> Tensor:
        gain, bias = self.of(f"{name}.gamma"), self.of(f"{name}.beta")
        return F.layer_norm(x.transpose(1, 2), gain.shape, gain, bias, _NORM_EPSILON).transpose(1, 2)

    def flowed(self, z: Tensor, voice: Tensor) -> Tensor:
        width = self.dims.flow_hidden
        for index in reversed(range(self.dims.flows)):
            name = f"flow.flows.{2 * index}"
            kept, moved = z.flip(1).chunk(2, dim=1)
            x = self.convolved(kept, f"{name}.pre")
            conditions = torch.split(self.convolved(voice, f"{name}.enc.cond_layer"), 2 * width, dim=1)
            out = torch.zeros_like(x)
            for layer, condition in enumerate(conditions):
                shape, gate = (self.convolved(x, f"{name}.enc.in_layers.{layer}") + condition).chunk(2, dim=1)
                both = self.convolved(
                    torch.tanh(shape) * torch.sigmoid(gate), f"{name}.enc.res_skip_layers.{layer}"
                )
                if layer < len(conditions) - 1:
                    residual, both = both.chunk(2, dim=1)
                    x = x + residual
                out = out + both
            z = torch.cat([kept, moved - self.convolved(out, f"{name}.post")], dim=1)
        return z

    def generated(self, z: Tensor, voice: Tensor) -> Tensor:
        generator = self.dims.generator
        x = self.convolved(z, "dec.conv_pre") + self.convolved(voice, "dec.cond")
        block = 0
        for stage, (rate, kernel) in enumerate(zip(generator.rates, generator.kernels, strict=True)):
            up = self.of(f"dec.ups.{stage}.weight"), self.of(f"dec.ups.{stage}.bias")
            x = F.conv_transpose1d(F.leaky_relu(x, SLOPE), *up, stride=rate, padding=(kernel - rate) // 2)
            total = torch.zeros_like(x)
            for dilations in generator.dilations:
                y = x
                for pair, dilation in enumerate(dilations):
                    name = f"dec.resblocks.{block}"
                    inner = self.convolved(F.leaky_relu(y, SLOPE), f"{name}.convs1.{pair}", dilation)
                    y = y + self.convolved(F.leaky_relu(inner, SLOPE), f"{name}.convs2.{pair}")
                total = total + y
                block += 1
            x = total / len(generator.dilations)
        return torch.tanh(self.convolved(F.leaky_relu(x), "dec.conv_post"))


def stretched(y: Tensor, like: Tensor) -> Tensor:
    """`[1, C, T]` as long as `like`, linearly between neighbours (sample points at (i + ½)·T/T' - ½)."""
    old, new = y.shape[2], like.shape[2]
    at = (torch.arange(new, device=y.device) + 0.5) * (torch.ones(1) * old / new) - 0.5
    at = at.clamp(min=0)
    low = at.floor().long().clamp(max=old - 1)
    high = (low + 1).clamp(max=old - 1)
    share = (at - low).clamp(max=1)
    return y[:, :, low] * (1 - share) + y[:, :, high] * share


class VoiceGraph(_Named):
    """A reference's spectrogram (and speaker embedding) → the voice's two vectors."""

    def __init__(self, weights: Mapping[str, Tensor], dims: SovitsDims) -> None:
        parts = ("ref_enc.", "sv_emb.", "ge_to512.", "prelu.")
        super().__init__({name: tensor for name, tensor in weights.items() if name.startswith(parts)})
        self.dims = dims

    def forward(self, spectrogram: Tensor, speaker: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Args:
            spectrogram: linear, `[1, 1025, F]`; speaker: `[1, 20480]`, for v2Pro and v2ProPlus.

        Returns:
            `[1, G, 1]` for the decoder and `[1, 512, 1]` for the text; of several references the mean of each is taken.
        """
        x = spectrogram[:, : self.dims.bins].transpose(1, 2)[0]
        for layer in ("0", "3"):
            x = F.mish(self.linear(x, f"ref_enc.spectral.{layer}.fc"))
        y = x.T[None]
        for layer in ("0", "1"):
            y = y + F.glu(self.convolved(y, f"ref_enc.temporal.{layer}.conv1.conv"), dim=1)
        x = y[0].T
        width = x.shape[1]
        q, k, v = (
            self.linear(x, f"ref_enc.slf_attn.{part}").view(-1, 2, width // 2).transpose(0, 1)
            for part in ("w_qs", "w_ks", "w_vs")
        )
        weights = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(width), dim=-1)
        heard = self.linear((weights @ v).transpose(0, 1).reshape(-1, width), "ref_enc.slf_attn.fc")
        vector = self.linear(heard + x, "ref_enc.fc.fc").mean(dim=0)[None, :, None]
        if speaker is None:
            return vector, vector
        vector = F.prelu(vector + self.linear(speaker, "sv_emb")[..., None], self.of("prelu.weight"))
        return vector, self.linear(vector.transpose(1, 2), "ge_to512").transpose(1, 2)


__all__ = ["LONGEST_LINE", "MRTE_WIDTH", "SpeechGraph", "TokenPrefill", "TokenStep", "VoiceGraph"]
