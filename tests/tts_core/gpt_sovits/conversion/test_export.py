"""The exported graphs compute what the engine computes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits import tiny
from tests.tts_core.gpt_sovits.parity import close, fixture, names
from tts_core.gpt_sovits.conversion.export import export_onnx
from tts_core.gpt_sovits.conversion.graphs import SpeechGraph, TokenPrefill
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.conversion.smaller import SmallForm, make_smaller
from tts_core.gpt_sovits.files.checkpoints import read_checkpoint
from tts_core.gpt_sovits.files.imported import T2S_FILE
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.sovits import SpeechRequest, load_sovits
from tts_core.gpt_sovits.model.text2semantic import load_text2semantic
from tts_core.gpt_sovits.model.tokens import END, Sampling

FEWEST = 11  # steps before the end token is allowed
TOLERANCE = 1e-4


class Graphs:
    """The four graphs in onnxruntime."""

    def __init__(self, folder: Path) -> None:
        onnxruntime = pytest.importorskip("onnxruntime")
        self.sessions = {
            path.stem: onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            for path in folder.glob("*.onnx")
        }

    def run(self, name: str, **inputs: Any) -> list[torch.Tensor]:
        given = {key: np.asarray(value) for key, value in inputs.items()}
        return [torch.from_numpy(np.asarray(out)) for out in self.sessions[name].run(None, given)]

    def greedy(
        self, phones: torch.Tensor, bert: torch.Tensor, prompt: torch.Tensor, penalty: float, most: int
    ) -> tuple[list[int], torch.Tensor]:
        """Tokens, and the logits of the first."""
        first, keys, values = self.run("prefill", phones=phones, bert=bert, prompt=prompt)
        logits, tokens = first, list[int]()
        while len(tokens) < most:
            scores = logits.clone()
            if len(tokens) < FEWEST:
                scores[END] = -torch.inf
            for token in {*prompt.tolist(), *tokens}:
                scores[token] = scores[token] * penalty if scores[token] < 0 else scores[token] / penalty
            token = int(scores.argmax())
            if token == END:
                break
            tokens.append(token)
            logits, keys, values = self.run(
                "step", token=[token], position=[len(prompt) + len(tokens) - 1], keys=keys, values=values
            )
        return tokens, first


def imported(folder: Path, *, speaker: bool) -> Path:
    version = "v2Pro" if speaker else "v2"
    sovits = tiny.save_sovits(folder / "a.pth", tiny.sovits_weights(speaker=speaker), version=version)
    import_checkpoints(tiny.save_gpt(folder / "a.ckpt"), sovits, "tiny", folder)
    return folder / "tiny"


@pytest.fixture(scope="module", params=[False, True], ids=["v2", "v2Pro"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported(tmp_path_factory.mktemp("export"), speaker=request.param)


@pytest.fixture(scope="module")
def graphs(model: Path) -> Graphs:
    pytest.importorskip("onnx")
    return Graphs(export_onnx(model, model / "onnx")[0].parent)


@pytest.mark.parametrize(("words", "heard"), [(1, 1), (9, 4), (30, 50), (12, 0)])
def test_greedy_tokens_and_logits(model: Path, graphs: Graphs, words: int, heard: int) -> None:
    source = torch.Generator().manual_seed(words)
    phones = torch.randint(0, 732, (words,), generator=source)
    bert = torch.randn(1024, words, generator=source)
    prompt = torch.randint(0, 1024, (heard,), generator=source)
    tokens, first = graphs.greedy(phones, bert, prompt, 1.35, 40)
    transformer = load_text2semantic(read_checkpoint(model / T2S_FILE))
    with torch.inference_mode():
        logits, _, _ = TokenPrefill(transformer.state_dict(), transformer.dims)(phones, bert, prompt)
    close(first, logits, relative=0, absolute=TOLERANCE)
    decoder = SemanticDecoder(transformer.prepare(), Sampling(top_k=1), rows=1, length=256)
    request = TokenRequest(phones, prompt, bert, most_tokens=40)
    assert tokens == dict(decoder.run([request]))[0].tokens


@pytest.mark.parametrize(
    ("count", "words", "speed"), [(1, 1, 1.0), (3, 20, 1.0), (25, 6, 1.0), (20, 9, 1.25), (20, 9, 0.8)]
)
def test_speech_and_voice(model: Path, graphs: Graphs, count: int, words: int, speed: float) -> None:
    decoder = load_sovits(read_checkpoint(model / "sovits.safetensors"))
    source = torch.Generator().manual_seed(count)
    spectrogram = torch.rand(1, 1025, 31, generator=source)
    speakers = [torch.randn(1, 20480, generator=source)] if decoder.dims.speaker else []
    expected = decoder.voice([spectrogram], speakers)
    given = {"spectrogram": spectrogram} | ({"speaker": speakers[0]} if speakers else {})
    voice, text_voice = graphs.run("voice", **given)
    close(voice, expected.decoder, relative=TOLERANCE, absolute=TOLERANCE)
    close(text_voice, expected.text, relative=TOLERANCE, absolute=TOLERANCE)
    tokens = torch.randint(0, 1024, (count,), generator=source)
    phones = torch.randint(0, 732, (words,), generator=source)
    frames = 2 * count if speed == 1 else int(2 * count / speed) + 1
    noise = torch.randn(decoder.dims.prior.latent, frames, generator=source)
    (audio,) = decoder.decode([SpeechRequest(tokens, phones, expected, speed=speed, noise=noise)])
    (samples,) = graphs.run(
        "speech", tokens=tokens, phones=phones, voice=voice, text_voice=text_voice, noise=0.5 * noise[None]
    )
    assert samples.shape == audio.shape == (640 * frames,)
    close(samples, audio, relative=0, absolute=TOLERANCE)


@pytest.mark.parametrize("name", names("ar_*tiny*", "ar_v1_tiny", "ar_v2_tiny"))
@pytest.mark.parametrize("which", ["greedy_rp135", "greedy_rp100", "greedy_noprompt"])
def test_later_logits_equal_the_references(shared: Path, name: str, which: str) -> None:
    """The graph's arithmetic at the steps that the fixtures recorded: the eleventh, and the last."""
    case = fixture(shared, name)
    transformer = load_text2semantic(case.checkpoint())
    graph = TokenPrefill(transformer.state_dict(), transformer.dims)
    notes = next(notes for notes in case.notes["cases"] if notes["id"] == which)
    prompt = case.inputs["single.prompt"][0] if notes["prompt"] else torch.zeros(0, dtype=torch.int64)
    heard = case.outputs[f"{which}.full_y"]
    phones, bert = case.inputs["single.phones"][0], case.inputs["single.bert"][0]
    steps = {"first_step_logits": 0, "step11_logits": FEWEST, "last_step_logits": len(heard) - len(prompt)}
    for key, step in steps.items():
        expected = case.outputs.get(f"{which}.{key}")
        if expected is None or len(prompt) + step > len(heard):
            continue
        with torch.inference_mode():
            logits, _, _ = graph(phones, bert, heard[: len(prompt) + step])
        close(logits[: len(expected)], expected, relative=1e-4, absolute=1e-4)


@pytest.mark.parametrize("name", names("ar_*tiny*", "ar_v1_tiny", "ar_v2_tiny"))
def test_first_logits_of_a_batch_equal_the_references(shared: Path, name: str) -> None:
    case = fixture(shared, name)
    transformer = load_text2semantic(case.checkpoint())
    graph = TokenPrefill(transformer.state_dict(), transformer.dims)
    for line, expected in enumerate(case.outputs["batch_greedy.first_step_logits"]):
        phones, bert = case.inputs[f"batch.phones.{line}"], case.inputs[f"batch.bert.{line}"]
        with torch.inference_mode():
            logits, _, _ = graph(phones, bert, case.inputs["batch.prompt"][line])
        close(logits[: len(expected)], expected, relative=1e-4, absolute=1e-4)


@pytest.mark.parametrize("name", names("vits_*tiny*", "vits_v2_tiny", "vits_v2pro_tiny"))
def test_prior_and_audio_equal_the_references(shared: Path, name: str) -> None:
    case = fixture(shared, name)
    decoder = load_sovits(case.checkpoint())
    graph = SpeechGraph(decoder.state_dict(), decoder.dims)
    speaker = [case.inputs["sv_emb.0"]] if decoder.dims.speaker else []
    voice = decoder.voice([case.outputs["refer_spec.0"]], speaker)
    tokens, phones, noise = case.inputs["codes"][0, 0], case.inputs["phones"][0], case.inputs["noise"]
    for notes in case.notes["cases"]:
        if notes["id"] not in ("zero_noise", "fixed_noise", "speed_1.25", "speed_0.8"):
            continue
        expected = case.outputs[f"{notes['id']}.audio"][0, 0]
        scaled = notes["noise_scale"] * noise[:, :, : len(expected) // 640]
        with torch.inference_mode():
            audio = graph(tokens, phones, voice.decoder, voice.text, scaled)
            prior = graph.prior(tokens, phones, voice.text, scaled)
        close(audio, expected, relative=0, absolute=2e-4)
        for stage, found in zip(("m", "logs"), prior, strict=True) if notes["id"] == "zero_noise" else ():
            recorded = case.outputs[f"zero_noise.probe.enc_p.{stage}"]
            close(found, recorded, relative=1e-3, absolute=1e-4 * float(recorded.abs().max()))


def test_graphs_say_what_they_are(model: Path, graphs: Graphs) -> None:
    notes = json.loads((model / "onnx" / "graphs.json").read_text())
    assert (
        notes["end_token"] == 1024 and notes["sample_rate"] == 32_000 and notes["version"] in ("v2", "v2Pro")
    )
    assert set(graphs.sessions) == {"prefill", "step", "voice", "speech"}


@pytest.mark.parametrize(("form", "share", "apart"), [("float16", 0.55, 0.005), ("int8", 0.36, 0.15)])
def test_smaller_graphs_compute_nearly_the_same(
    model: Path, graphs: Graphs, tmp_path: Path, form: SmallForm, share: float, apart: float
) -> None:
    exact = model / "onnx"
    files = make_smaller(exact, tmp_path, form)
    assert sum(file.stat().st_size for file in files) < share * sum(
        file.stat().st_size for file in exact.iterdir()
    )
    source = torch.Generator().manual_seed(5)
    bert, past = torch.randn(1024, 9, generator=source), torch.randn(2, 4, 6, 8, generator=source)
    noise = torch.randn(1, graphs.sessions["speech"].get_inputs()[4].shape[1], 12, generator=source)
    voice = torch.randn(1, graphs.sessions["speech"].get_inputs()[2].shape[1], 1, generator=source)
    timbre = torch.randn(1, 512, 1, generator=source)
    tokens = torch.randint(0, 1024, (6,), generator=source)
    given = {
        "prefill": {"phones": torch.arange(9), "bert": bert, "prompt": torch.arange(4)},
        "step": {"token": tokens[:1], "position": torch.tensor([5]), "keys": past, "values": past},
        "speech": {
            "tokens": tokens, "phones": torch.arange(9), "voice": voice, "text_voice": timbre, "noise": noise,
        },
    }  # fmt: skip
    small = Graphs(tmp_path)
    for name, inputs in given.items():
        expected, found = graphs.run(name, **inputs)[0], small.run(name, **inputs)[0]
        assert 0 < float((expected - found).abs().max()) < apart * float(expected.abs().max())
    told = json.loads((tmp_path / "graphs.json").read_text())
    assert told == {**json.loads((exact / "graphs.json").read_text()), "weights": form}
    with pytest.raises(DuoyinError, match=f"these graphs are {form} already"):
        make_smaller(tmp_path, tmp_path / "twice", form)


def test_what_cannot_be_exported(tmp_path: Path, model: Path) -> None:
    with pytest.raises(DuoyinError, match="no imported GPT-SoVITS model here"):
        export_onnx(tmp_path, tmp_path / "onnx")
    (tmp_path / "file").write_text("")
    with pytest.raises(DuoyinError, match="cannot be written"):
        export_onnx(model, tmp_path / "file" / "onnx")
