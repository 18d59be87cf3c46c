"""Recordings → a voice: what is refused, what is trimmed, what is picked."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from normalizers import DuoyinError
from tests.benchmarks.bench_denoise import distortion_db
from tests.tts_core.gpt_sovits.parity import fixture
from tts_core.consent import Consent, Use
from tts_core.files import file_digest
from tts_core.gpt_sovits.files.support import SPEAKER_FILE, find_support
from tts_core.gpt_sovits.voice import denoise as denoise_module
from tts_core.gpt_sovits.voice import voiceprint
from tts_core.gpt_sovits.voice.clips import (
    VoiceReport,
    check_clip,
    energy_speech,
    find_speech,
    voice_from_clips,
)
from tts_core.gpt_sovits.voice.denoise import DENOISERS, Denoiser, can_denoise, denoised
from tts_core.gpt_sovits.voice.voicefile import known_voices, load_voice
from tts_core.gpt_sovits.voice.voiceprint import PRINT_RATE, SpeakerJudge, divided, installed_judge
from tts_core.gpt_sovits.voice.voicing import read_clip
from tts_core.sound import Samples, resampled

CONSENT = Consent("Recorded by Anna Li for this book, 2026-03-01")
CHANCE = np.random.default_rng(0)


def recording(folder: Path, name: str, corpus: str, shared: Path, **change: float) -> Path:
    samples, rate = soundfile.read(str(shared / "corpus" / "voices" / corpus), dtype="float32")
    samples = samples * change.get("gain", 1.0)
    if "noise" in change:
        samples = samples + change["noise"] * CHANCE.standard_normal(len(samples)).astype(np.float32)
    if "silence" in change:
        pause = np.zeros(int(change["silence"] * rate), dtype=np.float32)
        samples = np.concatenate([pause, samples, pause])
    soundfile.write(str(folder / name), np.clip(samples, -1, 1), rate)
    return folder / name


@pytest.fixture
def clips(tmp_path: Path, shared: Path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    for number, file in enumerate(
        ("zh_aishell3_SSB00730374.wav", "zh_aishell3_SSB01450004.wav", "zh_aishell3_SSB01220373.wav")
    ):
        recording(folder, f"{number}.wav", file, shared)
    return folder


def made(clips: Path, folder: Path, **options: Any) -> VoiceReport:
    settings: dict[str, Any] = {"model": "plain", "consent": CONSENT, "speaker": None, **options}
    return voice_from_clips("anna", clips, folder=folder, **settings)


def test_a_voice_from_a_folder(clips: Path, tmp_path: Path) -> None:
    report = voice_from_clips(
        "anna",
        clips,
        folder=tmp_path / "voices",
        model="plain",
        consent=CONSENT,
        texts={"1.wav": "这是第二段录音。"},
        licence="private",
        gender="female",
        speaker=None,
    )
    voice = load_voice(tmp_path / "voices" / "anna")
    assert voice == report.voice
    assert known_voices(tmp_path / "voices") == [tmp_path / "voices" / "anna" / "voice.yaml"]
    assert report.prompt_from.name == "1.wav"  # the one whose text is known
    assert voice.prompt.text == "这是第二段录音。"
    assert len(voice.references) == 3
    assert voice.consent == CONSENT
    for clip in voice.references:
        assert file_digest(voice.folder / clip.file) == clip.sha256
        assert 1.5 <= soundfile.info(str(voice.folder / clip.file)).duration <= 10


def test_nothing_is_made_without_consent(clips: Path, tmp_path: Path) -> None:
    for consent in ("", "  \n"):
        with pytest.raises(DuoyinError, match="needs a consent statement"):
            made(clips, tmp_path / "voices", consent=Consent(consent))
    assert not (tmp_path / "voices").exists()


def test_what_a_consent_covers_and_until_when_is_kept_in_the_voice_file(clips: Path, tmp_path: Path) -> None:
    consent = Consent("By letter", (Use.READ_ALOUD,), until=date(2027, 12, 31))
    made(clips, tmp_path / "voices", consent=consent)
    assert load_voice(tmp_path / "voices" / "anna").consent == consent


def test_a_voice_file_without_consent_is_refused(clips: Path, tmp_path: Path) -> None:
    made(clips, tmp_path / "voices")
    file = tmp_path / "voices" / "anna" / "voice.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(CONSENT.statement, "''"), encoding="utf-8")
    with pytest.raises(DuoyinError, match="no consent statement"):
        load_voice(file)


def test_long_silence_is_cut_from_both_ends(tmp_path: Path, shared: Path) -> None:
    path = recording(tmp_path, "long.wav", "zh_aishell3_SSB00730374.wav", shared, silence=5.0)
    report = check_clip(path)
    assert report.seconds > 15 and report.usable
    made_ = voice_from_clips(
        "anna", path, folder=tmp_path / "voices", model="plain", consent=CONSENT, texts={"long.wav": "你好"}
    )
    kept = soundfile.info(str(made_.voice.folder / "prompt.wav")).duration
    assert 3.0 <= kept <= report.speech[-1][1] - report.speech[0][0] + 0.41


def test_a_monologue_is_cut_to_a_stretch_the_models_know(tmp_path: Path, shared: Path) -> None:
    path = shared / "corpus" / "voices" / "en_librispeech_78-368-0000.flac"
    made_ = voice_from_clips("anna", [path], folder=tmp_path, model="plain", consent=CONSENT, language="en")
    assert 3.0 <= soundfile.info(str(made_.voice.folder / "prompt.wav")).duration <= 10.0
    assert any("has no text" in note and ".txt and make" in note for note in made_.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"gain": 12.0}, "clipped"), ({"noise": 0.08}, "noisy|of speech")],
)
def test_bad_recordings_are_refused_with_a_number(
    tmp_path: Path, shared: Path, change: dict[str, float], said: str
) -> None:
    path = recording(tmp_path, "bad.wav", "zh_aishell3_SSB00730374.wav", shared, **change)
    report = check_clip(path)
    assert not report.usable
    with pytest.raises(DuoyinError, match=said):
        made(path, tmp_path / "voices")


def test_low_rates_short_clips_silence_and_other_files(tmp_path: Path) -> None:
    soundfile.write(str(tmp_path / "phone.wav"), 0.1 * CHANCE.standard_normal(40_000), 8_000)
    assert any("8000 Hz" in error for error in check_clip(tmp_path / "phone.wav").errors)
    soundfile.write(str(tmp_path / "silence.wav"), np.zeros(100_000), 24_000)
    assert any("0.0 s of speech" in error for error in check_clip(tmp_path / "silence.wav").errors)
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(DuoyinError, match="cannot be read"):
        check_clip(tmp_path / "text.wav")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DuoyinError, match="no recordings here"):
        made(tmp_path / "empty", tmp_path / "voices")


def test_hum_behind_the_voice_is_noted(tmp_path: Path, shared: Path) -> None:
    samples, rate = soundfile.read(
        str(shared / "corpus" / "voices" / "zh_aishell3_SSB00730374.wav"), dtype="float32"
    )
    t = np.arange(len(samples)) / rate
    chord = sum(0.004 * np.sin(2 * np.pi * tone * t) for tone in (440, 550, 660))
    soundfile.write(str(tmp_path / "music.wav"), samples + chord, rate)
    assert any("music or hum" in note for note in check_clip(tmp_path / "music.wav").notes)
    clean = shared / "corpus" / "voices" / "zh_aishell3_SSB00730374.wav"
    assert not any("music or hum" in note for note in check_clip(clean).notes)


def test_several_people_are_told_apart(clips: Path, tmp_path: Path) -> None:
    """The encoder here is a stand-in that knows people by the length of their speech."""
    people = {
        round(check_clip(path).speech_seconds, 1): person
        for person, path in zip((0, 0, 1), sorted(clips.iterdir()), strict=True)
    }

    def embed(samples: Samples) -> Samples:
        vector: Samples = np.eye(2, dtype=np.float32)[people[round(len(samples) / 16_000, 1)]]
        return vector

    with pytest.raises(DuoyinError, match=r"not all recordings are of one person: 2\.wav"):
        made(clips, tmp_path / "voices", speaker=SpeakerJudge(embed, same_person=0.5))


def small_judge() -> SpeakerJudge:
    judge = installed_judge()
    if judge is None or judge.one_voice is None:
        pytest.skip("the package resemblyzer is not installed")
    return judge


def one_after_another(folder: Path, shared: Path, *files: str, seconds: float) -> Path:
    """The speech of several corpus recordings in one file, at one level."""
    parts = []
    for file in files:
        samples, rate = read_clip(shared / "corpus" / "voices" / file)
        spoken = np.concatenate(
            [samples[int(a * rate) : int(b * rate)] for a, b in find_speech(samples, rate)]
        )
        part = resampled(spoken, rate, PRINT_RATE)[: int(seconds * PRINT_RATE)]
        parts += [0.05 * part / part.std(), np.zeros(int(0.4 * PRINT_RATE), dtype=np.float32)]
    soundfile.write(str(folder / "several.wav"), np.concatenate(parts), PRINT_RATE)
    return folder / "several.wav"


def test_two_people_in_one_recording_are_heard(tmp_path: Path, shared: Path) -> None:
    judge = small_judge()
    two = one_after_another(
        tmp_path, shared, "en_librispeech_26-495-0000.flac", "en_librispeech_87-121553-0000.flac", seconds=5
    )
    with pytest.raises(DuoyinError, match=r"two people seem to speak: another voice from"):
        made(two, tmp_path / "voices", speaker=judge, language="en")
    assert not (tmp_path / "voices" / "anna").exists()


def test_one_person_is_not_taken_for_two(shared: Path) -> None:
    judge = small_judge()
    for path in sorted((shared / "corpus" / "voices").glob("*_*.*")):
        samples, rate = read_clip(path)
        split = divided(resampled(samples, rate, PRINT_RATE), find_speech(samples, rate), judge.embed)
        assert split is None or judge.one_voice is None or split.likeness >= judge.one_voice, path.name


def test_too_little_speech_is_not_divided() -> None:
    silence = np.zeros(PRINT_RATE, dtype=np.float32)
    assert divided(silence, [], lambda _: np.ones(2, dtype=np.float32)) is None
    assert divided(silence, [(0.0, 1.0)], lambda _: np.ones(2, dtype=np.float32)) is None
    same = divided(np.tile(silence, 8), [(0.0, 8.0)], lambda _: np.ones(2, dtype=np.float32))
    assert same is None or same.likeness == pytest.approx(1.0)


def test_the_pulled_speaker_encoder_is_used(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With random weights of the published shape: only that it is found, loaded safely and gives a vector."""
    pytest.importorskip("torchaudio")
    monkeypatch.setattr(voiceprint, "_small_encoder", lambda: None)
    names = fixture(shared, "eres2netv2_real")
    (tmp_path / "speaker").mkdir()
    torch.save(names.weights(), tmp_path / "speaker" / SPEAKER_FILE)
    judge = installed_judge(find_support(tmp_path))
    assert judge is not None
    assert judge.embed(np.zeros(16_000, dtype=np.float32) + 0.1).shape == (1, 20_480)
    assert installed_judge(find_support(tmp_path / "elsewhere")) is None


def test_other_weights_of_the_small_encoder_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    small_judge()
    monkeypatch.setattr(voiceprint, "_WEIGHTS_SHA256", "0" * 64)
    voiceprint._small_encoder.cache_clear()
    with pytest.raises(DuoyinError, match="not those of resemblyzer"):
        installed_judge()
    voiceprint._small_encoder.cache_clear()


@pytest.fixture(params=DENOISERS)
def denoiser(request: pytest.FixtureRequest) -> Denoiser:
    made: Denoiser = request.param
    if not can_denoise(made):
        pytest.skip(f"{made} is not on this machine")
    return made


def test_noise_is_taken_out_and_the_voice_stays(shared: Path, denoiser: Denoiser) -> None:
    for file in ("en_LJ001-0001.wav", "zh_aishell3_SSB00050112.wav", "zh_aishell3_SSB00730374.wav"):
        clean, rate = read_clip(shared / "corpus" / "voices" / file)
        noise = CHANCE.standard_normal(len(clean)).astype(np.float32)
        noisy = clean + noise * clean.std() / 10 ** (5 / 20)
        quiet = denoised(noisy, rate, denoiser)
        assert quiet.shape == clean.shape and quiet.dtype == np.float32
        assert distortion_db(noisy, clean) < 5.5 and distortion_db(quiet, clean) > 10.0, file


def test_a_voice_from_a_noisy_recording(tmp_path: Path, shared: Path, denoiser: Denoiser) -> None:
    path = recording(tmp_path, "noisy.wav", "zh_aishell3_SSB00730374.wav", shared, noise=0.02)
    assert not check_clip(path).usable
    made(path, tmp_path / "voices", denoise=denoiser)
    folder = tmp_path / "voices" / "anna"
    prompt, original = soundfile.info(folder / "prompt.wav"), soundfile.info(folder / "prompt.original.wav")
    assert prompt.frames == original.frames and prompt.samplerate == original.samplerate
    assert (folder / "prompt.wav").read_bytes() != (folder / "prompt.original.wav").read_bytes()
    before, after = check_clip(path).snr_db, check_clip(path, denoise=denoiser).snr_db
    assert before is not None and (after is None or after > before + 15)


@pytest.mark.parametrize(
    ("denoiser", "way"),
    [("rnnoise", "RNNoise(.|\n)*pyrnnoise"), ("deepfilternet", r"DeepFilterNet(.|\n)*\[denoise\]")],
)
def test_without_a_denoiser_the_way_to_it_is_said(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch, denoiser: Denoiser, way: str
) -> None:
    monkeypatch.setattr(denoise_module, "_find", lambda _: None)
    denoise_module._library.cache_clear()
    path = shared / "corpus" / "voices" / "zh_aishell3_SSB00730374.wav"
    assert not denoise_module.can_denoise(denoiser)
    with pytest.raises(DuoyinError, match="is not on this machine") as told:
        made(path, tmp_path / "voices", denoise=denoiser)
    assert re.search(way, str(told.value))
    (tmp_path / "library.so").write_bytes(b"not a library")
    monkeypatch.setattr(denoise_module, "_find", lambda _: str(tmp_path / "library.so"))
    with pytest.raises(DuoyinError, match="cannot be loaded"):
        denoised(np.zeros(100, dtype=np.float32), 24_000, denoiser)


def test_a_text_of_another_language_is_refused(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="the text is English"):
        made(clips, tmp_path / "voices", texts={"0.wav": "This is English."})


def test_names_and_existing_voices(clips: Path, tmp_path: Path) -> None:
    made(clips, tmp_path / "voices")
    with pytest.raises(DuoyinError, match="there is a voice 'anna' already"):
        made(clips, tmp_path / "voices")
    with pytest.raises(DuoyinError, match="cannot be a voice's name"):
        voice_from_clips("../x", clips, folder=tmp_path, model="plain", consent=CONSENT)


def test_speech_by_energy_alone() -> None:
    quiet = 0.001 * CHANCE.standard_normal(16_000)
    loud = 0.1 * CHANCE.standard_normal(32_000)
    ((start, end),) = energy_speech(np.concatenate([quiet, loud, quiet]).astype(np.float32))
    assert start == pytest.approx(1.0, abs=0.05)
    assert end == pytest.approx(3.0, abs=0.05)
    assert energy_speech(np.zeros(16_000, dtype=np.float32)) == ()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("language: zh", "language: ja", "'ja' is none of zh, en"),
        ("file: prompt.wav", "file: ../prompt.wav", "clips lie beside voice.yaml"),
        ("model: plain", "model: ''", "model: is missing"),
        ("name: anna", "name: [", "line 3: this is not YAML"),
    ],
)
def test_mistakes_in_a_voice_file_are_named(
    clips: Path, tmp_path: Path, field: str, value: str, said: str
) -> None:
    made(clips, tmp_path / "voices")
    file = tmp_path / "voices" / "anna" / "voice.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(field, value), encoding="utf-8")
    with pytest.raises(DuoyinError, match=said):
        load_voice(file)
