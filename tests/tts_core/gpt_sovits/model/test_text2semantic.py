"""The text-to-semantic transformer computes what the reference computed, number for number."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch

from tests.tts_core.gpt_sovits.parity import Fixture, close, fixture, names
from tts_core.gpt_sovits.model.arena import KvArena
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.sampling import distribution, penalize
from tts_core.gpt_sovits.model.text2semantic import (
    Text2Semantic,
    load_text2semantic,
)
from tts_core.gpt_sovits.model.tokens import END, Sampling

TINY = names("ar_*tiny*", "ar_v1_tiny", "ar_v2_tiny")
REAL = names("ar_*real*", "ar_v2_real")


def prepared(case: Fixture) -> Text2Semantic:
    return load_text2semantic(case.checkpoint()).prepare()


def draw(
    model: Text2Semantic, requests: list[TokenRequest], sampling: Sampling, rows: int = 4
) -> list[list[int]]:
    decoder = SemanticDecoder(model, sampling, rows=rows, length=512)
    lines = dict(decoder.run(requests))
    return [lines[index].tokens for index in range(len(requests))]


def first_logits(
    model: Text2Semantic, phones: torch.Tensor, prompt: torch.Tensor, bert: torch.Tensor
) -> torch.Tensor:
    arena = KvArena(model.dims, 1, 512, device=torch.device("cpu"), dtype=torch.float32)
    audio = model.embed_audio(prompt)
    return model.prefill(
        model.embed_text(phones, bert), audio, lambda layer, k, v: arena.keep(0, layer, k, v)
    )


@pytest.mark.parametrize("name", TINY)
def test_embeddings_with_positions(shared: Path, name: str) -> None:
    case = fixture(shared, name)
    model = prepared(case)
    text = model.embed_text(case.inputs["single.phones"][0], case.inputs["single.bert"][0])
    assert text.shape == case.outputs["probe.text_embed"].shape
    close(text, case.outputs["probe.text_embed"], relative=1e-4, absolute=1e-4)
    close(
        model.embed_audio(case.inputs["single.prompt"][0]),
        case.outputs["probe.audio_embed"],
        relative=1e-4,
        absolute=1e-4,
    )


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("which", ["greedy_rp135", "greedy_rp100", "greedy_noprompt"])
def test_tokens_of_one_line_are_exact(shared: Path, name: str, which: str) -> None:
    case = fixture(shared, name)
    notes = next(notes for notes in case.notes["cases"] if notes["id"] == which)
    model = prepared(case)
    prompt = case.inputs["single.prompt"][0] if notes["prompt"] else torch.zeros(0, dtype=torch.int64)
    settings = notes["sampling"]
    sampling = Sampling(top_k=1, repetition_penalty=settings["repetition_penalty"])
    phones, bert = case.inputs["single.phones"][0], case.inputs["single.bert"][0]
    (tokens,) = draw(
        model, [TokenRequest(phones, prompt, bert, most_tokens=settings["early_stop_num"] + 1)], sampling
    )
    assert tokens == case.outputs[f"{which}.full_y"].tolist()[len(prompt) :]
    logits = first_logits(model, phones, prompt, bert)
    close(logits[:END], case.outputs[f"{which}.first_step_logits"], relative=1e-4, absolute=1e-4)


@pytest.mark.parametrize("name", TINY)
def test_tokens_of_a_ragged_batch_are_exact(shared: Path, name: str) -> None:
    """The reference pads on the left; ours has no padding. At its early stop the reference drops the last token."""
    case = fixture(shared, name)
    notes = next(notes for notes in case.notes["cases"] if notes["id"] == "batch_greedy")
    prompts = case.inputs["batch.prompt"]
    requests = [
        TokenRequest(
            case.inputs[f"batch.phones.{i}"],
            prompts[i],
            case.inputs[f"batch.bert.{i}"],
            most_tokens=notes["sampling"]["early_stop_num"] + 1,
        )
        for i in range(len(prompts))
    ]
    drawn = draw(
        prepared(case),
        requests,
        Sampling(top_k=1, repetition_penalty=notes["sampling"]["repetition_penalty"]),
    )
    for i, tokens in enumerate(drawn):
        expected = case.outputs[f"batch_greedy.full_y.{i}"].tolist()[prompts.shape[1] :]
        assert tokens[: len(expected)] == expected
        assert len(tokens) - len(expected) in (0, 1)


@pytest.mark.parametrize("name", TINY)
def test_sampling_distribution(shared: Path, name: str) -> None:
    case = fixture(shared, name)
    logits, previous = case.inputs["probs.logits"], case.inputs["probs.previous"]
    for notes in case.notes["prob_cases"]:
        sampling = Sampling(notes["top_k"], notes["top_p"], notes["temperature"], notes["repetition_penalty"])
        heard = torch.zeros_like(logits, dtype=torch.bool).scatter_(1, previous, True)
        probabilities = distribution(penalize(logits, heard, sampling.repetition_penalty), sampling)
        close(probabilities, case.outputs[f"probs.{notes['id']}"], relative=0, absolute=1e-6)
        assert (probabilities.sum(dim=-1) - 1).abs().max() <= 1e-5


@pytest.mark.parametrize("name", REAL)
def test_published_size(shared: Path, name: str) -> None:
    case = fixture(shared, name)
    model = prepared(case)
    phones, prompt, bert = case.inputs["phones"][0], case.inputs["prompt"][0], case.inputs["bert"][0]
    logits = first_logits(model, phones, prompt, bert)
    close(logits[:END], case.outputs["first_step_logits"], relative=0, absolute=2e-3)
    request = TokenRequest(phones, prompt, bert, most_tokens=case.notes["sampling"]["early_stop_num"] + 1)
    (tokens,) = draw(model, [request], Sampling(top_k=1), rows=1)
    assert tokens == case.outputs["full_y"].tolist()[len(prompt) :]


@pytest.mark.parametrize("name", TINY)
def test_lines_started_together_are_the_lines_started_alone(shared: Path, name: str) -> None:
    """How a GPU starts its lines: padded and masked, to rounding."""
    model = prepared(fixture(shared, name))
    source = torch.Generator().manual_seed(4)
    lines = []
    for words, heard in [(7, 30), (40, 0), (1, 3), (25, 61)]:
        text = model.embed_text(torch.randint(0, 300, (words,), generator=source), None)
        audio = model.embed_audio(torch.randint(0, END, (heard,), generator=source)) if heard else text[:0]
        lines.append((text, audio))
    alone = KvArena(model.dims, 4, 128, device=torch.device("cpu"), dtype=torch.float32)
    together = KvArena(model.dims, 6, 128, device=torch.device("cpu"), dtype=torch.float32)
    with torch.inference_mode():
        expected = torch.stack(
            [
                model.prefill(*line, lambda layer, k, v, row=row: alone.keep(row, layer, k, v))  # type: ignore[misc]
                for row, line in enumerate(lines)
            ]
        )
        places = torch.tensor([5, 2, 4, 3])
        logits = model.prefill_together(lines, partial(together.keep_together, places))
    close(logits, expected, relative=1e-4, absolute=1e-4)
    assert torch.equal(logits.argmax(dim=-1), expected.argmax(dim=-1))
    for row, (text, audio) in enumerate(lines):
        count = len(text) + len(audio)
        for ours, theirs in [(together.keys, alone.keys), (together.values, alone.values)]:
            close(ours[:, places[row], :, :count], theirs[:, row, :, :count], relative=1e-4, absolute=1e-4)
