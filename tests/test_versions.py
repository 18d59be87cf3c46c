"""Every number in `tts_core.versions` follows what its stage makes: a stage that makes something else fails
here until its number is raised.

Each stage is given a tiny fixed input. Its output is not hashed bit for bit, for processors differ in the last
bits of a float: it is kept as its length, its levels and samples at fixed places (`tests/versions.json`),
compared within `TOLERANCE` of the peak. What is decided by a program outside (onnxruntime, ffmpeg's encoder) is
no part of it: their versions are in the keys by themselves. After raising a number, `python -m
tests.test_versions` writes down what its stage makes now.
"""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.flows.mastering.sounds import RATE, ArrayTake, babble, click
from tts_core import versions
from tts_core.engine import Prepared, Take

KNOWN = Path(__file__).with_name("versions.json")
PLACES = 48
TOLERANCE = {"GPT_SOVITS_SOUND": 2e-2, "TACOTRON_SOUND": 2e-2, "MARK": 1e-3}
"""Share of the peak by which an output may differ; 1e-4 where nothing is said. Torch's products differ more
between processors."""

LINE = Prepared((("hɛlˈO, wˈɜɹld.", ""),), "low", "en", speed=1.1, seed=2, text="Hello, world.")


@dataclass
class Output:
    """What a stage made. `exact`: lengths, names, keys; `levels`: of the sound, float."""

    exact: list[Any] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)

    def add(self, values: npt.ArrayLike) -> Output:
        """Take in a sound: its length, the level (RMS) of `PLACES` stretches of it, and its samples at as many
        places."""
        sound = np.asarray(values, dtype=np.float64).reshape(-1)
        stretches = np.array_split(sound, PLACES)
        self.exact.append(len(sound))
        self.levels += [float(np.sqrt(np.mean(part**2))) if len(part) else 0.0 for part in stretches]
        self.levels += sound[np.linspace(0, len(sound) - 1, PLACES).astype(int)].tolist()
        self.levels = [round(level, 7) for level in self.levels]
        return self


def take_format(folder: Path) -> Output:
    """A take as stored and read back, its header, and the key of a line."""
    from tts_core.takes import FolderTakes, take_key

    key = take_key(LINE, engine="e", fingerprint="f", voice_digest="v", sample_rate=RATE)
    store = FolderTakes(folder)
    store.write(key, Take(3 * babble(0.3), RATE, (0.0, 0.123456, 0.3), {"flags": ["a"]}))
    back = store.read(key)
    return Output([key, back.sample_rate, list(back.times), back.evidence]).add(back.samples)


def kokoro_graph(_: Path) -> Output:
    """Where the published graph is cut: names of files, inputs and outputs."""
    from tts_core.kokoro import graph

    cuts: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph, "_save_subgraph", lambda _, ins, outs, path: cuts.append([ins, outs, path.name]))
        graph.cut_graph(None, Path())
    return Output(cuts)


class _Graph:
    """The three models' shapes with sums in place of weights: all that our own code decides shows in the sound."""

    def natural_frames(self, tokens: list[int], style: Any) -> tuple[Any, Any]:
        frames = [2.0, *(1.3 + token % 5 + 0.1 * float(style[0]) for token in tokens), 2.0]
        return np.array(frames, np.float32), np.zeros((1, 640, len(frames)), np.float32)

    def prosody(self, tokens: list[int], style: Any, text: Any, frames: Any) -> Any:
        from tts_core.kokoro.graph import Prosody

        steps = np.repeat(np.array([0, *tokens, 0]), 2 * frames.astype(int).reshape(-1))
        energy = np.where(steps > 0, 0.0, -10.0).astype(np.float32).reshape(1, 1, -1)
        padded = np.array([[0, *tokens, 0]])
        return Prosody(padded, style.reshape(1, -1), frames.reshape(1, -1), steps.reshape(1, 1, -1), energy)

    def sound(self, prosody: Any) -> Any:
        pitch = np.repeat(prosody.f0.reshape(-1) + 100 * float(prosody.style[0, 0]), 300)
        return (0.3 * np.sin(2 * np.pi * np.cumsum(pitch) / 24_000)).astype(np.float32)


class _Bank:
    def table(self, voice: str, language: str) -> Any:
        return np.linspace(0, 3, 510 * 256, dtype=np.float32).reshape(510, 256)


def kokoro_sound(_: Path) -> Output:
    """Two pieces at a tempo: style rows, frames, trimming, fades, pauses and times, on a graph of sums."""
    from tts_core.kokoro.engine import KokoroEngine

    engine = object.__new__(KokoroEngine)
    engine._graph, engine._bank = _Graph(), _Bank()  # type: ignore[assignment]
    engine._card = engine._marker = None
    given = (("hɛlˈO, wˈɜɹld.", "sentence"), ("ænd jˈu,", "clause"), ("tˈu", ""))
    (take,) = engine.speak([Prepared(given, "v", "en", speed=1.1)])
    return Output().add(take.samples).add(take.times)


def gpt_sovits_sound(folder: Path) -> Output:
    """Two lines of tiny random models: tokens drawn, their count, the sound and its pauses."""
    from tests.tts_core.gpt_sovits.tiny_home import loaded, make_home

    engine = loaded(make_home(folder))
    pieces = ((("n", "i3", "h", "ao3", "."), (), 0.4), (("DH", "AH0", "K", "AE1", "T", "."), (), 0.0))
    takes = engine.speak(
        [Prepared(("zh", pieces), "anna", "zh", 1.1, 5), Prepared(("en", pieces[1:]), "ben", "en")]
    )
    made = Output()
    for take in takes:
        made.add(take.samples)
    return made


def tacotron_sound(folder: Path) -> Output:
    """Two pieces at a tempo, of a tiny random model: its mels, with sums in place of Griffin and Lim's phases, which
    rounding sends elsewhere, and without what the pre-net forgets, which torch draws otherwise on each make of
    processor."""
    from torch.nn import functional

    from tests.tts_core.tacotron.home import loaded, make_home
    from tts_core.tacotron import engine as speaking
    from tts_core.tacotron.model import ROUNDS

    engine = loaded(make_home(folder))
    pieces = ((("DH", "AH0", "."), (), 0.4), (("K", "AE1", "T", "."), (), 0.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functional, "dropout", lambda x, *_, **__: x)
        patch.setattr(
            speaking, "sounded", lambda mel, size, seed: mel.mean(dim=0).repeat_interleave(size.hop)
        )
        (take,) = engine.speak([Prepared(("en", pieces), "anna", "en", 1.1, 5)])
    return Output([ROUNDS]).add(take.samples)


def stitched(folder: Path) -> Output:
    """A chapter of two takes, pauses and room tone, as stored."""
    import soundfile

    from flows.mastering.stitch import PlacedTake, stitch

    lines = [
        PlacedTake(ArrayTake(babble(0.3)), pause_after=0.2),
        PlacedTake(ArrayTake(click(8_000)), pause_after=0.1, gain_db=-3.0),
    ]
    sound = stitch(lines, title="One", folder=folder, sample_rate=RATE, room_tone=-66.0)
    samples, _ = soundfile.read(sound.path)
    return Output().add(samples)


def encoded(folder: Path) -> Output:
    """A chapter as it goes to the encoder: amplified, limited, brought to another rate, in whole frames."""
    from flows.mastering import encode, ffmpeg
    from flows.mastering.profiles import Encoding
    from flows.mastering.stitch import PlacedTake, stitch

    line = PlacedTake(ArrayTake(babble(0.4)), pause_after=0.1)
    sound = stitch([line], title="One", folder=folder, sample_rate=RATE, head=0.1, tail=0.1)
    wanted = Encoding("aac", 64_000, 22_050, 0.7, 0.5)
    blocks = encode._whole_frames(encode.mastered(sound, wanted, encode.Gain(6.0, -3.0)))
    prepared = np.frombuffer(b"".join(encode._bytes(blocks, 0.5)), np.float32)
    settings = [encode.AAC_CODER, ffmpeg.BITEXACT, encode.delivered_bitrate(sound, wanted)]
    return Output(settings).add(prepared)


def limited(_: Path) -> Output:
    """Speech 12 dB too loud under a ceiling."""
    from flows.mastering.limiter import limited as limit
    from tts_core.sound import amplitude

    loud = babble(0.5)
    return Output().add(
        np.concatenate(list(limit([loud[:3_000], loud[3_000:]], RATE, amplitude(24.0), -3.0)))
    )


def located(_: Path) -> Output:
    """Three lines looked for in a stream: one late and cut, one that is not there, one with a noise before it."""
    from flows.mastering.locate import Locator, Sought

    lines = [babble(0.9, seed=n) for n in range(3)]
    sought = [Sought(str(n), 1.5 * n + 0.5, 0.9, lambda n=n: (lines[n], RATE)) for n in range(3)]  # type: ignore[misc]
    stream = np.zeros(5 * RATE, np.float32)
    stream[12_100 : 12_100 + 15_000] = lines[0][:15_000]
    stream[84_000 : 84_000 + len(lines[2])] = lines[2]
    stream[80_000:81_500] = babble(1_500 / RATE, seed=9)
    locator = Locator(sought, RATE, 1)
    for at in range(0, len(stream), 7_000):
        locator.push(stream[at : at + 7_000])
    found = locator.finish()
    places = [edge for line in found for span in line.lost for edge in span]
    heard = [line.delay_ms for line in found] + [line.correlation for line in found]
    exact = [[line.found, line.silent, line.disturbed] for line in found]
    return Output(exact).add(places + heard)


def marked(_: Path) -> Output:
    """Speech with the inaudible mark."""
    from tts_core.mark import Marker

    return Output().add(Marker().mark(babble(1.2), RATE))


STAGES: dict[str, Callable[[Path], Output]] = {
    "TAKE_FORMAT": take_format,
    "KOKORO_GRAPH": kokoro_graph,
    "KOKORO_SOUND": kokoro_sound,
    "GPT_SOVITS_SOUND": gpt_sovits_sound,
    "TACOTRON_SOUND": tacotron_sound,
    "STITCH": stitched,
    "ENCODE": encoded,
    "LIMITER": limited,
    "LOCATE": located,
    "MARK": marked,
}


def test_every_number_has_a_stage_and_a_page() -> None:
    numbers = {name for name in vars(versions) if name.isupper()}
    assert numbers == set(STAGES) == set(json.loads(KNOWN.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", list(STAGES))
def test_what_a_stage_makes_is_what_its_number_stands_for(name: str, tmp_path: Path) -> None:
    if name in ("GPT_SOVITS_SOUND", "TACOTRON_SOUND") and not (
        importlib.util.find_spec("torch") and importlib.util.find_spec("transformers")
    ):
        pytest.skip("the extra `clone` is not installed")
    if name == "MARK" and not importlib.util.find_spec("perth"):
        pytest.skip("the extra `mark` is not installed")
    known = json.loads(KNOWN.read_text(encoding="utf-8"))[name]
    assert known["number"] == getattr(versions, name), (
        f"{name} was raised: write down what its stage makes now with `python -m tests.test_versions`"
    )
    made = STAGES[name](tmp_path)
    near = TOLERANCE.get(name, 1e-4) * max((abs(level) for level in known["levels"]), default=0.0)
    same = made.exact == known["exact"] and np.allclose(made.levels, known["levels"], rtol=0, atol=near)
    assert same, (
        f"this stage makes something else than it did: raise {name} in tts_core/versions.py, "
        "then run `python -m tests.test_versions`"
    )


def main() -> None:
    """Write down what the stages make whose numbers are new; the others stay as they are known."""
    known = json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {}
    for name, stage in STAGES.items():
        number = getattr(versions, name)
        if known.get(name, {}).get("number") != number:
            with tempfile.TemporaryDirectory() as folder:
                known[name] = {"number": number, **asdict(stage(Path(folder)))}
            rows = ",\n".join(
                f'"{row}": {json.dumps(known[row], ensure_ascii=False)}' for row in STAGES if row in known
            )
            KNOWN.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")
            print(f"{name} {number}")


if __name__ == "__main__":
    main()
