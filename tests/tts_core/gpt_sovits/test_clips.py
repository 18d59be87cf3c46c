"""Recordings → a voice: what is refused, what is trimmed, what is picked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits.parity import fixture
from tts_core.gpt_sovits.assets import SPEAKER_FILE, find_support
from tts_core.gpt_sovits.checkpoints import file_sha256
from tts_core.gpt_sovits.clips import check_clip, energy_speech, installed_speaker, voice_from_clips
from tts_core.gpt_sovits.voicefile import known_voices, load_voice

CONSENT = "Recorded by Anna Li for this book, 2026-03-01"
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


def made(clips: Path, folder: Path, **options: object) -> object:
    settings: dict[str, object] = {"model": "plain", "consent": CONSENT, **options}
    return voice_from_clips("anna", clips, folder=folder, **settings)  # type: ignore[arg-type]


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
    )
    voice = load_voice(tmp_path / "voices" / "anna")
    assert voice == report.voice
    assert known_voices(tmp_path / "voices") == [tmp_path / "voices" / "anna" / "voice.yaml"]
    assert report.prompt_from.name == "1.wav"  # the one whose text is known
    assert voice.prompt.text == "这是第二段录音。"
    assert len(voice.references) == 3
    assert voice.consent == CONSENT
    for clip in voice.references:
        assert file_sha256(voice.folder / clip.file) == clip.sha256
        assert 1.5 <= soundfile.info(str(voice.folder / clip.file)).duration <= 10


def test_nothing_is_made_without_consent(clips: Path, tmp_path: Path) -> None:
    for consent in ("", "  \n"):
        with pytest.raises(DuoyinError, match="needs a consent statement"):
            made(clips, tmp_path / "voices", consent=consent)
    assert not (tmp_path / "voices").exists()


def test_a_voice_file_without_consent_is_refused(clips: Path, tmp_path: Path) -> None:
    made(clips, tmp_path / "voices")
    file = tmp_path / "voices" / "anna" / "voice.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(CONSENT, "''"), encoding="utf-8")
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
    assert any("has no text" in note for note in made_.notes)


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
    """The encoder here is a stand-in that knows people by the length of their recordings."""
    people = {
        round(check_clip(path).seconds, 1): person
        for person, path in zip((0, 0, 1), sorted(clips.iterdir()), strict=True)
    }

    def speaker(samples: np.ndarray) -> np.ndarray:
        return np.eye(2, dtype=np.float32)[people[round(len(samples) / 16_000, 1)]]

    with pytest.raises(DuoyinError, match=r"not all recordings are of one person: 2\.wav"):
        made(clips, tmp_path / "voices", speaker=speaker)


def test_the_installed_speaker_encoder_is_used(tmp_path: Path, shared: Path) -> None:
    """With random weights of the published shape: only that it is found, loaded safely and gives a vector."""
    pytest.importorskip("torchaudio")
    names = fixture(shared, "eres2netv2_real")
    (tmp_path / "speaker").mkdir()
    torch.save(names.weights(), tmp_path / "speaker" / SPEAKER_FILE)
    embed = installed_speaker(find_support(tmp_path))
    assert embed is not None
    assert embed(np.zeros(16_000, dtype=np.float32) + 0.1).shape == (1, 20_480)
    assert installed_speaker(find_support(tmp_path / "elsewhere")) is None


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
        ("name: anna", "name: [", "cannot be read"),
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
