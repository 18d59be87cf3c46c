"""Sound on a GPU, as far as it can be seen without one: the provider is faked, and its part of the graph runs here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from normalizers import DuoyinError
from tts_core.engine import Utterance, read_and_speak
from tts_core.kokoro import card, engine
from tts_core.kokoro.card import OPTIONS, PROVIDER
from tts_core.kokoro.engine import KokoroEngine
from tts_core.kokoro.graph import Prosody
from tts_core.models import ModelStore
from tts_core.registry import load_engine

LINES = [Utterance(text, "en", "af_heart") for text in ("Yes.", "No, it is not.", "* * *", "So.")]

CURVE = np.zeros((1, 1, 2), np.float32)
SILENT = Prosody(
    tokens=np.zeros((1, 1), np.int64),
    style=np.zeros((1, 256), np.float32),
    frames=np.ones((1, 1), np.float32),
    f0=CURVE,
    energy=CURVE,
)

REAL = onnxruntime.InferenceSession


class Session:
    """A session that says it is where it was asked to be, and is on the processor."""

    def __init__(self, model: str | bytes, options: Any = None, providers: Sequence[Any] = ()) -> None:
        self._here = REAL(model, options, providers=["CPUExecutionProvider"])
        self.asked = [name if isinstance(name, str) else name[0] for name in providers]
        self.given: Mapping[str, str] = {} if isinstance(providers[0], str) else providers[0][1]

    def run(self, *arguments: Any) -> Any:
        return self._here.run(*arguments)

    def get_providers(self) -> Sequence[str]:
        return self.asked


@pytest.fixture
def with_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [PROVIDER, "CPUExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The 200 MB of a card's graph go to a folder of the test's own."""
    derive = ModelStore.derive

    def derived(self: ModelStore, name: str, folder: str, files: Sequence[str], build: Any) -> Path:
        if not folder.startswith("card"):
            return derive(self, name, folder, files, build)
        build(self.ensure(name), tmp_path)
        return tmp_path

    monkeypatch.setattr(ModelStore, "derive", derived)


def test_a_gpu_that_onnxruntime_has_no_provider_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(DuoyinError, match="a GPU was asked for") as refused:
        KokoroEngine(device="cuda")
    assert "device: cpu" in str(refused.value.hint)
    with pytest.raises(DuoyinError, match="'tpu' is no device"):
        load_engine("kokoro", device="tpu")


def test_a_provider_that_falls_back_in_silence_is_refused(
    with_card: None, apart: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "write_card_graph", lambda source, folder: None)
    monkeypatch.setattr(Session, "get_providers", lambda self: ["CPUExecutionProvider"])
    monkeypatch.setattr(Session, "__init__", lambda self, *_, **more: None)
    with pytest.raises(DuoyinError, match="cannot use the one here"):
        card.Card(Path()).sound(SILENT)


def test_lines_come_in_order_while_the_next_ones_are_planned(
    with_card: None, apart: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = KokoroEngine()
    monkeypatch.setattr(engine, "write_card_graph", lambda source, folder: None)
    monkeypatch.setattr(engine, "PLANS_AHEAD", 2)
    monkeypatch.setattr(card.Card, "sound", lambda self, prosody: here._graph.sound(prosody))
    there = KokoroEngine(device="cuda")
    assert here.fingerprint() != there.fingerprint(), "another precision makes other takes"
    for one, other in zip(read_and_speak(here, LINES), read_and_speak(there, LINES), strict=True):
        assert one.times == other.times and np.array_equal(one.samples, other.samples)


@pytest.mark.slow
def test_the_part_of_a_card_says_what_the_processor_says_as_long_and_in_the_same_places(
    with_card: None, apart: None
) -> None:
    there = KokoroEngine(device="cuda")
    one, other = (next(read_and_speak(each, LINES[1:2])) for each in (KokoroEngine(), there))
    assert one.times == other.times and len(one.samples) == len(other.samples)
    assert np.corrcoef(one.samples, other.samples)[0, 1] > 0.9
    assert there._card is not None
    session = there._card._session
    assert session.asked == [PROVIDER] and session.given == OPTIONS
