"""Published checkpoints → named tensors of a known kind.

A voice in GPT-SoVITS is two files: the text-to-semantic transformer (`GPT.ckpt`) and the decoder (`SoVITS.pth`). What
kind a file is, is read from its keys and shapes, never from its name or size.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError, safe_open

from normalizers import DuoyinError
from tts_core.files import file_digest
from tts_core.gpt_sovits.files.archive import Inert, read_archive
from tts_core.gpt_sovits.text.symbols import V1_COUNT

Kind = Literal["t2s", "v1", "v2", "v2Pro", "v2ProPlus", "v3", "v4", "lora"]

SOVITS_KINDS: tuple[Kind, ...] = ("v1", "v2", "v2Pro", "v2ProPlus")
"""The decoders this package can run."""

_PRO_PLUS_CHANNELS = 768  # rows of dec.conv_pre in v2ProPlus; v2Pro has 512 (configs/s2v2ProPlus.json)
_T2S_PREFIX = "model."  # the Lightning module's attribute
_MAX_CONFIG_NODES = 20_000
NOTES = "duoyin"  # our entry in a safetensors header: the trainer's note and the config


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tensors of one file.

    Args:
        kind: which model they are for.
        weights: published names (without the `model.` prefix) → CPU tensors, as stored (fp16 or fp32).
        config: the hyper-parameters that came along; plain dicts, lists, numbers and strings.
        info: the trainer's note ("GPT-e15").
        sha256: hex digest of the file.
        source: file name, for messages.
    """

    kind: Kind
    weights: dict[str, torch.Tensor]
    config: dict[str, Any]
    info: str
    sha256: str
    source: str


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a `.ckpt`, `.pth` or `.safetensors` file of either model.

    Raises:
        DuoyinError: not readable, unsafe, damaged, or of a kind nobody knows.
    """
    path = Path(path)
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    archive = read_archive(path)
    content = archive.content
    if not isinstance(content, dict):
        raise DuoyinError("not a model: the checkpoint holds no dictionary", where=path.name)
    raw = content.get("weight", content)
    weights = _tensors(raw, path.name)
    config = _plain(content.get("config", {}))
    kind = kind_of(weights, config, archive.header, where=path.name)
    info = content.get("info", "")
    if kind == "t2s":
        weights = {name.removeprefix(_T2S_PREFIX): tensor for name, tensor in weights.items()}
    return Checkpoint(
        kind,
        weights,
        config if isinstance(config, dict) else {},
        info if isinstance(info, str) else "",
        archive.sha256,
        path.name,
    )


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read a bare state dict (ERes2NetV2, HuBERT, BERT), from torch.save or safetensors."""
    path = Path(path)
    if path.suffix == ".safetensors":
        return _open_safetensors(path)[0]
    content = read_archive(path).content
    return _tensors(content.get("weight", content) if isinstance(content, dict) else content, path.name)


def kind_of(
    weights: Mapping[str, torch.Tensor],
    config: Any = None,
    header: tuple[str, bool] | None = None,
    *,
    where: str | None = None,
) -> Kind:
    """Tell the kind from keys and shapes; v3 and v4 have the same shapes, there header and config decide.

    Raises:
        DuoyinError: no known model has these keys.
    """
    names = {name.removeprefix(_T2S_PREFIX) for name in weights}
    version = _version_in(config)
    if "ar_predict_layer.weight" in names:
        return "t2s"
    if any(".lora_" in name or "lora_A" in name for name in names) or (header is not None and header[1]):
        return "lora"
    if any(name.startswith("cfm.") for name in names):
        return "v4" if "v4" in (version, header[0] if header else None) else "v3"
    pre = weights.get("dec.conv_pre.weight")
    text = weights.get("enc_p.text_embedding.weight")
    if pre is None or text is None:
        raise DuoyinError(
            "neither a text-to-semantic nor a SoVITS model: "
            + (
                f"its tensors are called {', '.join(sorted(names)[:3])}, …"
                if names
                else "it holds no tensors"
            ),
            where=where,
            hint="Voices come as a pair: a GPT .ckpt and a SoVITS .pth.",
        )
    if "sv_emb.weight" in names:
        if version in ("v2Pro", "v2ProPlus") and pre.shape[0] not in (512, _PRO_PLUS_CHANNELS):
            return (
                "v2ProPlus" if version == "v2ProPlus" else "v2Pro"
            )  # a size nobody publishes (tests): believe the file
        return "v2ProPlus" if pre.shape[0] >= _PRO_PLUS_CHANNELS else "v2Pro"
    return "v1" if text.shape[0] == V1_COUNT else "v2"


def _version_in(config: Any) -> str | None:
    for place in (config, config.get("model") if isinstance(config, dict) else None):
        if isinstance(place, dict) and isinstance(place.get("version"), str):
            return str(place["version"])
    return None


def load_strictly(
    module: torch.nn.Module, weights: Mapping[str, torch.Tensor], *, where: str, ignored: Sequence[str] = ()
) -> None:
    """Copy `weights` into `module` (cast to its dtype); every tensor must fit.

    Args:
        ignored: prefixes of tensors the module does not need (training state).

    Raises:
        DuoyinError: with a readable list of what is missing, unknown, of another shape or not a number.
    """
    wanted = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    wanted = {name: tensor for name, tensor in wanted.items() if not name.startswith(tuple(ignored))}
    given = {name: tensor for name, tensor in weights.items() if not name.startswith(tuple(ignored))}
    problems = [
        f"missing {name} {list(tensor.shape)}" for name, tensor in wanted.items() if name not in given
    ]
    problems += [
        f"unknown {name} {list(tensor.shape)}" for name, tensor in given.items() if name not in wanted
    ]
    problems += [
        f"{name} is {list(given[name].shape)}, not {list(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in given and given[name].shape != tensor.shape
    ]
    problems += [
        f"{name} holds values that are no numbers"
        for name, tensor in given.items()
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all())
    ]
    if problems:
        shown = "; ".join(problems[:8]) + (f"; and {len(problems) - 8} more" if len(problems) > 8 else "")
        raise DuoyinError(
            f"the weights do not fit the model: {shown}",
            where=where,
            hint="Is this the file you meant? A GPT .ckpt and a SoVITS .pth are not interchangeable.",
        )
    with torch.no_grad():
        for name, tensor in wanted.items():
            tensor.copy_(given[name])


def _product(g: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    axes = [axis for axis in range(v.ndim) if g.ndim == v.ndim and g.shape[axis] == 1]
    made: torch.Tensor = v * (g / v.norm(2, dim=axes, keepdim=True).clamp_min(1e-30))
    return made


def fold_weight_norm(
    weights: Mapping[str, torch.Tensor],
    product: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = _product,
) -> dict[str, torch.Tensor]:
    """Replace each pair `X.weight_g`, `X.weight_v` (or its parametrization names) by `X.weight` = g · v / ‖v‖.

    The norm runs over every axis along which g has size 1 (Salimans & Kingma 2016, eq. 2), computed in float32.

    Args:
        product: (g, v) → g · v / ‖v‖.
    """
    folded: dict[str, torch.Tensor] = {}
    pairs = (
        (".weight_g", ".weight_v"),
        (".parametrizations.weight.original0", ".parametrizations.weight.original1"),
    )
    for name, tensor in weights.items():
        for gain, direction in pairs:
            if name.endswith(direction) and name.removesuffix(direction) + gain in weights:
                base = name.removesuffix(direction)
                g, v = weights[base + gain].float(), tensor.float()
                folded[base + ".weight"] = product(g, v)
                break
            if name.endswith(gain) and name.removesuffix(gain) + direction in weights:
                break
        else:
            folded[name] = tensor
    return folded


def gain_and_direction(kernel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """g, v of a kernel `[first, …]` as `fold_weight_norm` takes them: the norm over every axis but the first, and the
    kernel itself."""
    return kernel.flatten(1).norm(dim=1).view(-1, *[1] * (kernel.ndim - 1)), kernel


def _open_safetensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise DuoyinError(f"not a readable safetensors file ({error})", where=str(path)) from error


def _read_safetensors(path: Path) -> Checkpoint:
    weights, notes = _open_safetensors(path)
    try:
        ours = json.loads(notes.get(NOTES, "{}"))
        config, info = ours.get("config", {}), str(ours.get("info", ""))
    except (ValueError, AttributeError) as error:
        raise DuoyinError(
            "the notes in the file's header are damaged",
            where=path.name,
            hint="Import the checkpoints again.",
        ) from error
    kind = kind_of(weights, config, where=path.name)
    if kind == "t2s":
        weights = {name.removeprefix(_T2S_PREFIX): tensor for name, tensor in weights.items()}
    return Checkpoint(
        kind, weights, config if isinstance(config, dict) else {}, info, file_digest(path), path.name
    )


def _tensors(raw: Any, where: str) -> dict[str, torch.Tensor]:
    if not isinstance(raw, dict) or not raw:
        raise DuoyinError("not a model: the checkpoint holds no weights", where=where)
    strangers = [
        str(name)[:60]
        for name, value in raw.items()
        if not isinstance(name, str) or not isinstance(value, torch.Tensor)
    ]
    if strangers:
        raise DuoyinError(f"not a model: {', '.join(strangers[:3])} is no tensor", where=where)
    return dict(raw)


def _plain(value: Any) -> Any:
    """The config as plain data; objects we replaced by `Inert` become their fields, what remains is left out."""
    budget = [_MAX_CONFIG_NODES]

    def walk(node: Any, depth: int) -> Any:
        budget[0] -= 1
        if budget[0] < 0 or depth > 12:
            return None
        if isinstance(node, Inert):
            return (
                walk(node.fields, depth + 1)
                if node.fields
                else "/".join(str(part) for part in node.arguments[:16])
            )
        if isinstance(node, dict):
            return {str(key): walk(child, depth + 1) for key, child in node.items()}
        if isinstance(node, list | tuple):
            return [walk(child, depth + 1) for child in node]
        if isinstance(node, int) and abs(node) >= 1 << 63:
            return None
        return node if isinstance(node, bool | int | float | str) else None

    return walk(value, 0)
