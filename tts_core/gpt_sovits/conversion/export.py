"""An imported model as ONNX graphs, for programs without Python or torch.

Four files: `prefill.onnx` and `step.onnx` (text-to-semantic, keys and values in and out), `voice.onnx` (reference →
vectors) and `speech.onnx` (tokens → samples). Sampling stays with the caller, as do phonemes, HuBERT and BERT. Every
length is free. `graphs` says what goes in and out.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from normalizers import DuoyinError
from tts_core.files import CannotWrite, write_atomically
from tts_core.gpt_sovits.conversion.graphs import MRTE_WIDTH, SpeechGraph, TokenPrefill, TokenStep, VoiceGraph
from tts_core.gpt_sovits.files.checkpoints import read_checkpoint
from tts_core.gpt_sovits.files.imported import SOVITS_FILE, T2S_FILE, imported_model
from tts_core.gpt_sovits.files.prepared import GRAPHS_FILE
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE, SPEAKER_WIDTH, load_sovits
from tts_core.gpt_sovits.model.spectrogram import REFERENCE_BINS
from tts_core.gpt_sovits.model.text2semantic import BERT_WIDTH, load_text2semantic
from tts_core.gpt_sovits.model.tokens import END

OPSET = 17


@dataclass(frozen=True, slots=True)
class _Graph:
    """A module with example inputs by name, names of its outputs, and which axes are free."""

    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]
    free: dict[str, dict[int, str]]


def export_onnx(model: Path, target: Path) -> list[Path]:
    """Write the graphs of the imported model in folder `model` to folder `target`; returns the files.

    `target/graphs.json` says the sizes a caller needs.

    Raises:
        DuoyinError: no imported model there, a file that changed since the import, or a target that cannot be written.
    """
    record = imported_model(model)
    transformer = load_text2semantic(read_checkpoint(model / T2S_FILE))
    decoder = load_sovits(read_checkpoint(model / SOVITS_FILE))
    dims, sovits = transformer.dims, decoder.dims
    tokens, weights = transformer.state_dict(), decoder.state_dict()
    past = torch.zeros(dims.layers, dims.heads, 5, dims.head_width)
    grown = {2: "positions"}
    voice_inputs = {"spectrogram": torch.rand(1, REFERENCE_BINS, 7)}
    if sovits.speaker:
        voice_inputs["speaker"] = torch.zeros(1, SPEAKER_WIDTH)
    graphs = {
        "prefill": _Graph(
            TokenPrefill(tokens, dims),
            {"phones": torch.arange(3), "bert": torch.zeros(BERT_WIDTH, 3), "prompt": torch.arange(2)},
            ("logits", "keys", "values"),
            {
                "phones": {0: "phonemes"},
                "bert": {1: "phonemes"},
                "prompt": {0: "prompt"},
                "keys": grown,
                "values": grown,
            },
        ),
        "step": _Graph(
            TokenStep(tokens, dims),
            {"token": torch.tensor([1]), "position": torch.tensor([2]), "keys": past, "values": past},
            ("logits", "grown_keys", "grown_values"),
            {"keys": grown, "values": grown, "grown_keys": {2: "grown"}, "grown_values": {2: "grown"}},
        ),
        "voice": _Graph(
            VoiceGraph(weights, sovits), voice_inputs, ("voice", "text_voice"), {"spectrogram": {2: "frames"}}
        ),
        "speech": _Graph(
            SpeechGraph(weights, sovits),
            {
                "tokens": torch.arange(4),
                "phones": torch.arange(3),
                "voice": torch.zeros(1, sovits.generator.voice, 1),
                "text_voice": torch.zeros(1, MRTE_WIDTH, 1),
                "noise": torch.zeros(1, sovits.prior.latent, 9),
            },
            ("samples",),
            {
                "tokens": {0: "tokens"},
                "phones": {0: "phonemes"},
                "noise": {2: "frames"},
                "samples": {0: "samples"},
            },
        ),
    }
    try:
        target.mkdir(parents=True, exist_ok=True)
        files = [_write(graph, target / f"{name}.onnx") for name, graph in graphs.items()]
        sizes = {
            "model": record.name,
            "version": record.version,
            "digest": record.digest(),
            "symbols": decoder.symbol_set,
            "end_token": END,
            "sample_rate": SAMPLE_RATE,
            "layers": dims.layers,
            "heads": dims.heads,
            "head_width": dims.head_width,
            "latent": sovits.prior.latent,
            "speaker_embedding": sovits.speaker,
        }
        write_atomically(target / GRAPHS_FILE, (json.dumps(sizes, indent=1) + "\n").encode())
    except (CannotWrite, OSError) as error:
        why = error.reason if isinstance(error, CannotWrite) else error.strerror
        raise DuoyinError(
            f"the graphs cannot be written ({why})",
            where=str(target),
            hint="Choose another folder.",
        ) from error
    return [*files, target / GRAPHS_FILE]


def _write(graph: _Graph, path: Path) -> Path:
    beside = path.with_name(f".{path.name}.part")
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            # torch announces its next exporter, which needs one more package, and notes Python numbers, which here
            # are model sizes.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.filterwarnings(
                "ignore", category=Warning, module=r"tts_core\.gpt_sovits\.conversion\.graphs|torch\.onnx"
            )
            torch.onnx.export(
                graph.module.eval(),
                tuple(graph.inputs.values()),
                str(beside),
                input_names=list(graph.inputs),
                output_names=list(graph.outputs),
                dynamic_axes=graph.free,
                opset_version=OPSET,
                dynamo=False,
            )
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path
