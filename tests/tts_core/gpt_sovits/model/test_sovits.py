"""The SoVITS decoder and its quantizer compute what the reference computed; a padded batch sounds like its items
alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits.parity import Fixture, close, fixture, names
from tests.tts_core.gpt_sovits.tiny import sovits_dims
from tts_core.gpt_sovits.files.checkpoints import Checkpoint
from tts_core.gpt_sovits.model.generator import Generator
from tts_core.gpt_sovits.model.sovits import (
    FIRST_STRETCH,
    LONGEST_STRETCH,
    Sovits,
    SpeechRequest,
    VoiceVector,
    load_sovits,
    roomy,
    stretches,
)
from tts_core.gpt_sovits.model.spectrogram import linear_spectrogram

TINY = names("vits_*tiny*", "vits_v2_tiny", "vits_v2pro_tiny")
REAL = names("vits_*real*", "vits_v1_real", "vits_v2_real", "vits_v2pro_real", "vits_v2proplus_real")
AUDIO_TOLERANCE = 2e-4


@cache
def loaded(shared: Path, name: str) -> tuple[Fixture, Sovits]:
    case = fixture(shared, name)
    return case, load_sovits(case.checkpoint())


def voice_of(case: Fixture, model: Sovits, references: int = 1) -> VoiceVector:
    spectrograms = [case.outputs[f"refer_spec.{index}"] for index in range(references)]
    speakers = [
        case.inputs[f"sv_emb.{index}"] for index in range(references) if f"sv_emb.{index}" in case.inputs
    ]
    return model.voice(spectrograms, speakers)


def request_of(case: Fixture, model: Sovits, notes: dict[str, Any]) -> SpeechRequest:
    tokens, phones = case.inputs["codes"][0, 0], case.inputs["phones"][0]
    if notes["id"] == "concat_two":
        tokens = torch.cat([tokens, case.inputs["codes2"][0, 0]])
        phones = torch.cat([phones, case.inputs["phones2"][0]])
    if notes["id"] == "short":
        tokens, phones = tokens[:2], phones[:3]
    voice = voice_of(case, model, notes["n_refs"])
    return SpeechRequest(
        tokens,
        phones,
        voice,
        speed=float(notes["speed"]),
        noise=case.inputs["noise"][0] if notes["noise"] else None,
        noise_scale=notes["noise_scale"],
    )


@pytest.mark.parametrize("name", TINY + REAL)
def test_audio_of_every_case(shared: Path, name: str) -> None:
    case, model = loaded(shared, name)
    for notes in case.notes["cases"]:
        (audio,) = model.decode([request_of(case, model, notes)])
        expected = case.outputs[f"{notes['id']}.audio"][0, 0]
        assert audio.shape == expected.shape, notes["id"]
        assert float((audio - expected).abs().max()) <= AUDIO_TOLERANCE, notes["id"]


@pytest.mark.parametrize("name", TINY + REAL)
def test_quantizer_codes_are_exact(shared: Path, name: str) -> None:
    case, model = loaded(shared, name)
    features = case.inputs["ssl_feats"]
    with torch.inference_mode():
        close(model.ssl_proj(features), case.outputs["extract_latent.ssl_proj"], relative=1e-3, absolute=1e-3)
    assert model.semantic_tokens(features).tolist() == case.outputs["extract_latent.codes"][0, 0].tolist()


@pytest.mark.parametrize("name", TINY + REAL)
def test_reference_spectrogram(shared: Path, name: str) -> None:
    case = fixture(shared, name)
    for index in range(2):
        spectrogram = linear_spectrogram(case.inputs[f"ref_wav32k.{index}"])
        close(spectrogram, case.outputs[f"refer_spec.{index}"], relative=1e-4, absolute=1e-4)


@pytest.mark.parametrize("name", TINY + REAL)
def test_every_stage(shared: Path, name: str) -> None:
    case, model = loaded(shared, name)
    seen: dict[str, Tensor] = {}
    encoder = model.enc_p
    stages = {
        "enc_p.ssl_proj": encoder.ssl_proj,
        "enc_p.encoder_ssl": encoder.encoder_ssl,
        "enc_p.encoder_text": encoder.encoder_text,
        "enc_p.mrte": encoder.mrte,
        "enc_p.encoder2": encoder.encoder2,
        "flow": model.flow,
        "dec.conv_pre": model.dec.conv_pre,
        "dec.ups0": model.dec.ups[0],
        "ref_enc": model.ref_enc,
    }
    hooks = [
        module.register_forward_hook(
            lambda _module, _given, out, stage=stage: seen.__setitem__(
                stage, (out[:, :, 0] if out.ndim == 4 else out).clone()
            )
        )
        for stage, module in stages.items()
    ]
    try:
        voice = voice_of(case, model)
        (notes,) = [notes for notes in case.notes["cases"] if notes["id"] == "zero_noise"]
        model.decode([request_of(case, model, notes)])
    finally:
        for hook in hooks:
            hook.remove()
    if "zero_noise.probe.ge" in case.outputs:
        seen["ge"], seen["ge512"] = voice.decoder, voice.text.transpose(1, 2)
    for stage, found in seen.items():
        expected = case.outputs[f"zero_noise.probe.{stage}"]
        if found.ndim == 3 and expected.ndim == 3:
            found = found[:, :, : expected.shape[2]]  # what lies beyond is padding
        close(found, expected, relative=1e-3, absolute=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize("name", TINY)
def test_a_padded_batch_sounds_like_its_items_alone(shared: Path, name: str) -> None:
    """Different lengths, voices, tempos and noise in one batch; the reference lets neighbours bleed in here."""
    case, model = loaded(shared, name)
    codes, phones = case.inputs["codes"][0, 0], case.inputs["phones"][0]
    one, two = voice_of(case, model), voice_of(case, model, 2)
    requests = [
        SpeechRequest(codes, phones, one, seed=1),
        SpeechRequest(codes[:3], phones[:4], two, seed=2),
        SpeechRequest(codes[:7], phones[:11], one, speed=1.25, seed=3),
        SpeechRequest(codes[2:9], phones[5:], two, speed=0.8, seed=4),
    ]
    together = model.decode(requests)
    for request, audio in zip(requests, together, strict=True):
        (alone,) = model.decode([request])
        assert audio.shape == alone.shape
        assert float((audio - alone).abs().max()) <= AUDIO_TOLERANCE


def test_a_batch_of_published_size_sounds_like_its_items_alone(shared: Path) -> None:
    case, model = loaded(shared, "vits_v2_real")
    codes, phones = case.inputs["codes"][0, 0], case.inputs["phones"][0]
    voice = voice_of(case, model)
    requests = [
        SpeechRequest(codes, phones, voice, seed=1),
        SpeechRequest(codes[:5], phones[:9], voice, seed=2),
    ]
    for request, audio in zip(requests, model.decode(requests), strict=True):
        assert float((audio - model.decode([request])[0]).abs().max()) <= AUDIO_TOLERANCE


@pytest.fixture
def sovits() -> Sovits:
    """Its blocks are loud, so that a frame is heard nearly as far as it can be."""
    torch.manual_seed(0)
    model = Sovits(sovits_dims(), "v2").eval().requires_grad_(False)
    for convolution in (each for each in model.dec.resblocks.modules() if isinstance(each, torch.nn.Conv2d)):
        convolution.weight.mul_(3)
    return model


def a_line(model: Sovits, tokens: int, speed: float = 1.0) -> SpeechRequest:
    source = torch.Generator().manual_seed(tokens)
    voice = model.voice([torch.rand(1, 1025, 40, generator=source)])
    codes = torch.randint(0, 1024, (tokens,), generator=source)
    return SpeechRequest(codes, torch.randint(0, 700, (tokens // 2 + 1,), generator=source), voice, speed, 7)


@pytest.mark.parametrize(
    ("tokens", "speed"), [(1, 1.0), (16, 1.0), (40, 1.0), (230, 1.0), (90, 0.8), (90, 1.25)]
)
def test_a_line_in_stretches_is_the_whole_line(sovits: Sovits, tokens: int, speed: float) -> None:
    request = a_line(sovits, tokens, speed)
    (whole,) = sovits.decode([request])
    parts = list(sovits.stream(request))
    assert len(parts) == len(list(stretches(len(whole) // 640)))
    assert torch.cat(parts).shape == whole.shape
    assert float((torch.cat(parts) - whole).abs().max()) <= 1e-5


@pytest.mark.parametrize("wide", [False, True], ids=["v2", "v2ProPlus"])
def test_samples_hang_on_frames_within_reach_and_on_no_others(wide: bool) -> None:
    """Weights that are all positive let everything through that is connected, in any amount."""
    dims = replace(sovits_dims().generator, kernels=(20 if wide else 16, 16, 8, 2, 2))
    generator = Generator(dims).double()
    for weights in generator.parameters():
        torch.nn.init.constant_(weights, 1 / weights[0].numel() if weights.ndim > 1 else 0)
    z = torch.zeros(1, 16, 81, dtype=torch.float64, requires_grad=True)
    sound = generator(z, torch.zeros(1, 512, 1, dtype=torch.float64))
    sound[0, 0, 40 * 640 : 41 * 640].sum().backward()
    assert z.grad is not None
    heard = z.grad[0].abs().sum(0).nonzero().flatten().tolist()
    assert dims.reach - 1 <= max(40 - heard[0], heard[-1] - 40) <= dims.reach == 12


@pytest.mark.parametrize("frames", [1, 31, 32, 33, 63, 64, 65, 500, 3000])
def test_stretches_cover_a_line_and_grow(frames: int) -> None:
    found = list(stretches(frames))
    assert [first for first, _ in found] == [0, *(end for _, end in found[:-1])] and found[-1][1] == frames
    lengths = [end - first for first, end in found]
    assert lengths[0] < 2 * FIRST_STRETCH and max(lengths) < LONGEST_STRETCH + FIRST_STRETCH
    assert lengths[:-1] == sorted(lengths[:-1]) and min(lengths) >= min(frames, FIRST_STRETCH)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("v3", "v3 cannot be run yet"),
        ("v4", "v4 cannot be run yet"),
        ("lora", "LoRA files cannot be run yet"),
    ],
)
def test_later_versions_say_not_yet(kind: Any, said: str) -> None:
    with pytest.raises(DuoyinError, match=said):
        load_sovits(Checkpoint(kind, {"cfm.x": torch.zeros(1)}, {}, "", "", "voice.pth"))


def test_lengths_are_rounded_up_to_few() -> None:
    """Code is made for each shape: lines of every length must share a handful of them."""
    rounded = [roomy(length) for length in range(1, 1025)]
    assert all(length <= room <= max(length + 15, 1.25 * length) for length, room in enumerate(rounded, 1))
    assert len(set(rounded)) <= 24
    assert rounded == sorted(rounded)
