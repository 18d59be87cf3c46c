"""The engine from end to end with tiny random models: utterance → take."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor

from normalizers import DuoyinError, Hint
from tests.tts_core.gpt_sovits import long_run
from tests.tts_core.gpt_sovits.tiny_home import loaded, make_home
from tts_core.engine import Engine, Take, TokenTime, Utterance, read_and_speak, spoken_aloud, word_times
from tts_core.gpt_sovits import engine as engine_module
from tts_core.gpt_sovits.engine import GptSovitsEngine
from tts_core.gpt_sovits.model.sovits import SpeechRequest
from tts_core.gpt_sovits.model.tokens import TokenLine
from tts_core.mark import MODEL, Marker
from tts_core.registry import load_engine
from tts_core.sound import Samples

LINES = (
    Utterance("你好，世界。", "zh", "anna", seed=1),
    Utterance("The quick brown fox jumps over the lazy dog.", "en", "anna", seed=2),
    Utterance("他说OK，没问题。", "zh", "ben", seed=3),
    Utterance("Yes.", "en", "ben", speed=1.25, seed=4),
    Utterance("她一边走一边唱歌，走得很慢。", "zh", "anna", speed=0.8, seed=5),
)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("gpt-sovits"))


@pytest.fixture(scope="session")
def engine(home: Path) -> GptSovitsEngine:
    return loaded(home)


def times(engine: GptSovitsEngine, line: Utterance, take: Take) -> tuple[TokenTime, ...]:
    return word_times(engine.read(line), take.times)


def test_it_is_an_engine(engine: GptSovitsEngine, home: Path) -> None:
    assert isinstance(engine, Engine)
    assert [(voice.name, voice.language) for voice in engine.voices()] == [("anna", "zh"), ("ben", "zh")]
    by_name = load_engine("gpt-sovits", voices=home / "voices", models=home / "models", device="cpu")
    assert by_name.name == "gpt-sovits"


def test_every_utterance_becomes_a_take_in_order(engine: GptSovitsEngine) -> None:
    takes = list(read_and_speak(engine, LINES))
    assert len(takes) == len(LINES)
    for line, take in zip(LINES, takes, strict=True):
        assert take.sample_rate == 32_000
        assert take.samples.dtype == np.float32
        assert take.seconds > 0.3
        assert np.isfinite(take.samples).all()
        assert json.loads(json.dumps(take.evidence)) == take.evidence
        frames = 2 * take.evidence["tokens"]
        stretched = frames if line.speed == 1 else int(frames / line.speed) + 1
        assert len(take.samples) == 640 * stretched
        heard = times(engine, line, take)
        words = [line.text[time.start_char : time.end_char] for time in heard]
        assert all(words) and all(time.start < time.end <= take.seconds + 1e-6 for time in heard)
    assert [take.evidence["phonemes"].split()[0] for take in takes] == ["n", "DH", "t", ".", "t"]


def test_a_take_does_not_depend_on_the_lines_beside_it(home: Path, engine: GptSovitsEngine) -> None:
    together = list(read_and_speak(engine, LINES))
    for rows in (1, 3):
        alone = loaded(home, rows=rows)
        for line, take in zip(LINES, together, strict=True):
            (single,) = read_and_speak(alone, [line])
            assert single.evidence == take.evidence
            assert np.array_equal(single.samples, take.samples)
    backwards = list(read_and_speak(engine, LINES[::-1]))[::-1]
    assert all(np.array_equal(one.samples, two.samples) for one, two in zip(together, backwards, strict=True))


def test_what_a_gpu_does_otherwise_gives_the_same_takes(home: Path, engine: GptSovitsEngine) -> None:
    """Lines of like lengths decoded together: here, on the CPU, the tokens are the same bits."""
    lines = [*LINES, *(Utterance(f"第{at}个人走了。", "zh", "anna", seed=at) for at in range(16))]
    other = loaded(home)
    other._speech_rows = 4
    for one, two in zip(read_and_speak(engine, lines), read_and_speak(other, lines), strict=True):
        assert one.evidence == two.evidence
        assert one.samples.shape == two.samples.shape
        assert float(np.abs(one.samples - two.samples).max()) < 2e-4


LONG = Utterance(
    "The first clock stood in the hall, and nobody wound it. " * 2
    + "The second stood in the kitchen, where the cook wound it every evening before she went to bed. "
    "The third was the church's.",
    "en", "anna", speed=0.9, seed=6,
)  # fmt: skip


def test_a_long_line_is_heard_from_its_first_piece_on(
    engine: GptSovitsEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (take,) = read_and_speak(engine, [LONG])
    drawn: list[int] = []
    draw = engine._draw

    def noted(lines: list[Any]) -> None:
        drawn.append(len(lines))
        draw(lines)

    monkeypatch.setattr(engine, "_draw", noted)
    heard: list[Samples] = []
    for stretch in engine.stream(engine.read(LONG)):
        if not heard:
            assert drawn == [1], "one piece is drawn when the first sound is there"
        heard.append(stretch)
    assert drawn == [1, 2, 1] and len(take.evidence["pieces"]) == 4, "then two together, and so on"
    assert len(heard) > 4 + 3, "pieces are heard in stretches, too"
    assert np.concatenate(heard).shape == take.samples.shape
    assert float(np.abs(np.concatenate(heard) - take.samples).max()) <= 1e-5


def test_a_take_that_is_heard_while_it_is_made_is_the_take_that_is_made_unheard(
    engine: GptSovitsEngine,
) -> None:
    lines = [LONG, Utterance("……", "zh", "anna"), Utterance("你好，世界。", "zh", "anna", speed=1.2, seed=3)]
    for line, take in zip(lines, read_and_speak(engine, lines), strict=True):
        heard: list[Samples] = []
        aloud = spoken_aloud(engine, engine.read(line), heard.append)
        assert np.array_equal(aloud.samples, take.samples)
        assert (aloud.times, aloud.evidence) == (take.times, take.evidence)
        assert float(np.abs(np.concatenate(heard) - take.samples).max()) <= 1e-5


def test_a_line_of_marks_is_streamed_as_its_silence(engine: GptSovitsEngine) -> None:
    (stretch,) = engine.stream(engine.read(Utterance("……", "zh", "anna")))
    assert len(stretch) == 6400 and not stretch.any()


def test_another_seed_gives_another_take(engine: GptSovitsEngine) -> None:
    one, same, other = read_and_speak(
        engine, [Utterance("你好，世界。", "zh", "anna", seed=seed) for seed in (1, 1, 2)]
    )
    assert np.array_equal(one.samples, same.samples)
    assert one.samples.shape != other.samples.shape or not np.array_equal(one.samples, other.samples)


def test_hints_change_what_is_said(engine: GptSovitsEngine) -> None:
    (plain,) = read_and_speak(engine, [Utterance("行走的行长。", "zh", "anna")])
    (hinted,) = read_and_speak(
        engine, [Utterance("行走的行长。", "zh", "anna", hints=(Hint(0, 1, "pinyin", "hang2", "markup"),))]
    )
    assert plain.evidence["phonemes"].split()[:2] == ["x", "ing2"]
    assert hinted.evidence["phonemes"].split()[:2] == ["h", "ang2"]


def test_flagged_lines_are_drawn_again_and_the_best_is_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def judge(line: TokenLine, _prompt: object, _expected: object) -> list[str]:
        tried.append(len(line.tokens))
        return [["limit"], ["too slow"], ["limit"]][len(tried) - 1]

    monkeypatch.setattr(engine_module, "token_flags", judge)
    (take,) = read_and_speak(loaded(home, retakes=2), LINES[:1])
    assert len(tried) == 3
    assert take.evidence["tries"] == 3
    assert [row["flags"] for row in take.evidence["history"]] == [["limit"], ["too slow"], ["limit"]]
    assert take.evidence["flags"][0] == "too slow"
    assert take.evidence["seed"] == take.evidence["history"][1]["seed"]
    assert len({row["seed"] for row in take.evidence["history"]}) == 3


def test_digests_follow_content(engine: GptSovitsEngine, home: Path) -> None:
    assert engine.voice_digest("anna", "zh") != engine.voice_digest("ben", "zh")
    assert engine.voice_digest("anna", "zh") == loaded(home).voice_digest(str(home / "voices" / "anna"), "zh")
    assert engine.fingerprint() == loaded(home, rows=2, threads=1).fingerprint()
    assert engine.fingerprint() != loaded(home, precision="int8").fingerprint()


def test_predicted_length_follows_text_and_speed(engine: GptSovitsEngine) -> None:
    short, long = (engine.read(Utterance(text, "zh", "anna")) for text in ("你好。", "你好，" * 10))
    assert 0.3 < engine.predict_seconds(short) < engine.predict_seconds(long)
    fast = replace(long, speed=2.0)
    assert engine.predict_seconds(fast) == pytest.approx(engine.predict_seconds(long) / 2)


@pytest.mark.slow
def test_hundreds_of_lines_leave_nothing_the_size_of_their_sound(home: Path) -> None:
    """What is made once for a voice or a shape is there after 200 lines; two hundred more leave less than half of
    what was heard of them."""
    threads = torch.get_num_threads()
    try:  # one, as in a speech process: two wait for each other at every layer where other tests share the cores
        levels = list(long_run.memory(loaded(home, rows=8, threads=1), long_run.generated(400)))
    finally:
        torch.set_num_threads(threads)
    grown = max(resident for resident, _ in levels[2:]) - levels[1][0]
    assert grown < sum(sound for _, sound in levels[2:]) / 2


@pytest.mark.slow
@pytest.mark.timeout(1200)  # three to four minutes of one core
def test_thousands_of_lines_leave_memory_flat(home: Path, shared: Path, tmp_path: Path) -> None:
    """From text to samples: 2,000 real sentences of many lengths, two voices, two models, several tempos. After the
    first half memory stays within 5 %."""
    levels = long_run.memory_alone(home, long_run.sentences(shared, 2_000), tmp_path)
    settled, later = levels[9], levels[10:]
    print("MiB after each 500 lines:", [level >> 20 for level in levels[4::5]])
    assert len(levels) == 20
    assert 0.95 * settled < min(later) <= max(later) < 1.05 * settled


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_refused(home: Path) -> None:
    with pytest.raises(DuoyinError, match="a GPU was asked for"):
        loaded(home, device="cuda")


def test_what_cannot_be_spoken_is_named(engine: GptSovitsEngine) -> None:
    with pytest.raises(DuoyinError, match=r"no cloned voice 'carla'(.|\n)*anna, ben"):
        list(read_and_speak(engine, [Utterance("你好", "zh", "carla")]))
    with pytest.raises(DuoyinError, match="does not speak 'ja'"):
        list(read_and_speak(engine, [Utterance("こんにちは", "ja", "anna")]))
    with pytest.raises(DuoyinError, match="nothing to say"):
        list(read_and_speak(engine, [Utterance("こんにちは", "zh", "anna")]))


def test_a_line_of_marks_is_a_short_silence(engine: GptSovitsEngine) -> None:
    line = Utterance("……", "zh", "anna")
    before, silence, after = read_and_speak(engine, [LINES[0], line, LINES[0]])
    assert silence.seconds == pytest.approx(0.2) == engine.predict_seconds(engine.read(line))
    assert not silence.samples.any() and "nothing to say" in silence.evidence["silence"]
    assert np.array_equal(before.samples, after.samples)


def test_a_long_line_is_spoken_in_pieces_and_keeps_its_places(engine: GptSovitsEngine) -> None:
    sentence = "她一边走一边唱歌，走得很慢，谁也没有看见她。"
    text = sentence * 5
    hint = Hint(len(sentence), len(sentence) + 1, "pinyin", "ni3", "markup")
    line = Utterance(text, "zh", "anna", hints=(hint,))
    long, short = read_and_speak(engine, [line, LINES[3]])
    heard = times(engine, line, long)
    assert len(long.evidence["pieces"]) >= 3
    assert "".join(text[time.start_char] for time in heard) == "".join(c for c in text if c not in "，。")
    assert all(one.end <= two.start + 1e-6 for one, two in itertools.pairwise(heard))
    assert heard[-1].end <= long.seconds + 1e-6
    assert sum(piece["phonemes"].split()[:2] == ["n", "i3"] for piece in long.evidence["pieces"]) == 1
    assert short.evidence["phonemes"].startswith(".")


def test_a_changed_clip_is_noticed(home: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(home / "voices", tmp_path / "voices")
    soundfile.write(tmp_path / "voices" / "anna" / "clip.wav", np.zeros(100_000), 24_000)
    engine = GptSovitsEngine(
        voices=tmp_path / "voices", models=home / "models", support=home / "support", device="cpu"
    )
    with pytest.raises(DuoyinError, match="not the one the voice was made with"):
        engine.voice_digest("anna", "zh")


def test_int8_speaks_too(home: Path) -> None:
    (take,) = read_and_speak(loaded(home, precision="int8"), LINES[:1])
    assert take.evidence["precision"] == "int8"
    assert take.seconds > 0.3


def test_cloned_voices_are_marked_where_the_extra_is_unless_it_is_refused(home: Path, perth: Marker) -> None:
    as_told, refused = loaded(home, mark=None), loaded(home)
    assert as_told.fingerprint() != refused.fingerprint()
    (with_mark,), (without,) = read_and_speak(as_told, LINES[:1]), read_and_speak(refused, LINES[:1])
    assert with_mark.evidence["mark"].startswith(MODEL) and "mark" not in without.evidence
    assert np.array_equal(with_mark.samples, perth.mark(without.samples, without.sample_rate))
    assert with_mark.times == without.times


def test_memory_running_out_in_the_decoder_halves_its_batch(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = loaded(home)
    engine._speech_rows = 4
    voice = engine._ready("anna")
    real, seen = voice.model.sovits.decode, []

    def decode(requests: list[SpeechRequest]) -> list[Tensor]:
        seen.append(len(requests))
        if len(requests) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(requests)

    monkeypatch.setattr(voice.model.sovits, "decode", decode)
    takes = list(read_and_speak(engine, [LINES[0]] * 3))
    assert len(takes) == 3
    assert seen == [3, 2, 1, 1, 1]
