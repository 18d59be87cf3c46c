"""Front ends: spectrograms, HuBERT frames and speaker embeddings equal the recorded ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits.parity import close, fixture, names
from tts_core.gpt_sovits.model import features
from tts_core.gpt_sovits.model.features import Bert, Hubert
from tts_core.gpt_sovits.model.speaker import filter_banks, load_speaker_encoder, similarity
from tts_core.gpt_sovits.model.spectrogram import MelSettings, linear_spectrogram, mel_filters
from tts_core.gpt_sovits.text.frontend import Passage


def test_spectrograms_and_mels(shared: Path) -> None:
    case = fixture(shared, "spectrogram")
    at_32k, at_24k = case.inputs["wav32k"], case.inputs["wav24k"]

    def log_mel(samples: torch.Tensor, settings: MelSettings) -> torch.Tensor:
        linear = linear_spectrogram(samples, settings.fft, settings.hop)
        return torch.log(torch.clamp(mel_filters(settings) @ linear, min=1e-5))

    found = {
        "spec_2048_640": linear_spectrogram(at_32k),
        "mel_train_128": log_mel(at_32k, MelSettings(32_000, 2048, 640, 128)),
        "mel_v3_24k": log_mel(at_24k, MelSettings(24_000, 1024, 256, 100)),
        "mel_v4_32k": log_mel(at_32k, MelSettings(32_000, 1280, 320, 100)),
    }
    for name, tensor in found.items():
        close(tensor, case.outputs[name], relative=1e-4, absolute=1e-4)


@pytest.mark.parametrize("name", names("hubert_*", "hubert_tiny", "hubert_base"))
def test_hubert_frames(shared: Path, name: str) -> None:
    pytest.importorskip("transformers")
    case = fixture(shared, name)
    frames = Hubert(case.weights(), case.notes["config"])(case.inputs["wav16k"])
    close(frames.transpose(1, 2), case.outputs["last_hidden_state"], relative=0, absolute=1e-3)


def test_hubert_convolutions(shared: Path) -> None:
    pytest.importorskip("transformers")
    case = fixture(shared, "hubert_tiny")
    hubert, seen = Hubert(case.weights(), case.notes["config"]), list[torch.Tensor]()
    hubert.model.feature_extractor.register_forward_hook(lambda _module, _given, out: seen.append(out))
    hubert(case.inputs["wav16k"])
    expected = case.outputs["feature_extractor"]
    close(seen[0].reshape(expected.shape), expected, relative=0, absolute=1e-3)


def test_bert_gives_each_phoneme_its_characters_vector(tmp_path: Path) -> None:
    """A tiny random BERT: the third hidden state from the end, without [CLS] and [SEP], repeated as often as a
    character has phonemes."""
    transformers = pytest.importorskip("transformers")
    text = "好的，一起去。"
    counts = [2, 2, 1, 2, 2, 2, 1]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(text)]
    (tmp_path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    transformers.BertTokenizerFast(vocab=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=1024,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=8,
    )
    transformers.BertForMaskedLM(config).save_pretrained(tmp_path)
    bert = Bert(tmp_path)
    (vectors,) = bert([Passage(0, text, tuple(counts))])
    assert vectors.shape == (1024, sum(counts))
    ids = torch.tensor([[words.index(word) for word in ("[CLS]", *text, "[SEP]")]])
    with torch.inference_mode():
        whole = transformers.BertForMaskedLM.from_pretrained(tmp_path).eval()
        states = whole(ids, output_hidden_states=True).hidden_states
    assert len(states) == 5
    column = 0
    for at, count in enumerate(counts):
        for _ in range(count):
            close(vectors[:, column], states[2][0, at + 1], relative=1e-5, absolute=1e-5)
            column += 1
    with pytest.raises(DuoyinError, match="BERT sees 7 tokens in 6 characters"):
        bert([Passage(0, text, tuple(counts[:-1]))])


def test_bert_reads_sentences_together_as_it_reads_them_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transformers = pytest.importorskip("transformers")
    sentences = ["好的，一起去。", "去。", "一起去，一起去，好的。", "好"]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys("".join(sentences))]
    (tmp_path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    transformers.BertTokenizerFast(vocab=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=1024,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=8,
    )
    transformers.BertForMaskedLM(config).save_pretrained(tmp_path)
    bert = Bert(tmp_path)
    passages = [Passage(0, sentence, (1,) * len(sentence)) for sentence in sentences]
    alone = [bert([passage])[0] for passage in passages]
    assert [part.shape[1] for part in alone] == [7, 2, 11, 1]
    for part, again in zip(alone, bert(passages), strict=True):
        assert torch.equal(part, again)  # on a CPU nothing is read together
    monkeypatch.setattr(features, "_together", lambda _: 3)
    for part, again in zip(alone, bert(passages), strict=True):
        close(again, part, relative=1e-4, absolute=1e-5)


def test_hubert_reads_the_older_weight_norm_names(shared: Path) -> None:
    pytest.importorskip("transformers")
    case = fixture(shared, "hubert_tiny")
    older = {
        name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): tensor
        for name, tensor in case.weights().items()
    }
    frames = Hubert(older, case.notes["config"])(case.inputs["wav16k"])
    close(frames.transpose(1, 2), case.outputs["last_hidden_state"], relative=0, absolute=1e-3)


@pytest.mark.parametrize("name", names("eres2netv2_*", "eres2netv2_real"))
def test_speaker_embedding(shared: Path, name: str) -> None:
    pytest.importorskip("torchaudio")
    case = fixture(shared, name)
    samples = case.inputs["wav16k"][0]
    close(filter_banks(samples), case.outputs["fbank"][0], relative=0, absolute=1e-3)
    encoder = load_speaker_encoder(case.weights())
    seen: dict[str, torch.Tensor] = {}
    hooks = [
        getattr(encoder, name).register_forward_hook(
            lambda _module, _given, out, name=name: seen.__setitem__(name, out.clone())
        )
        for name in ("layer1", "layer2", "layer3", "layer4", "fuse34")
    ]
    embedding = encoder.embed(samples)
    for hook in hooks:
        hook.remove()
    for name, found in seen.items():
        mean = case.outputs.get(f"probe.mean_T.{name}")
        stage = case.outputs[f"probe.{name}"] if mean is None else mean
        found = found if mean is None else found.mean(dim=-1)
        close(found.reshape(stage.shape), stage, relative=1e-3, absolute=1e-3 * float(stage.abs().max()))
    expected = case.outputs["sv_emb"]
    close(embedding, expected, relative=1e-3, absolute=1e-3 * float(expected.abs().max()))
    assert similarity(embedding, expected) == pytest.approx(1.0, abs=1e-5)
    assert torch.isfinite(embedding).all()
