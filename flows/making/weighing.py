"""What a model costs and how it sounds, as graphs on onnxruntime: size, time, memory, error and likeness."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from flows.workspace.progress import share_told
from normalizers import DuoyinError, normalize_spans
from normalizers.languages import language as language_record
from tts_core.engine import Utterance, read_and_speak
from tts_core.gpt_sovits.graph_engine import GRAPHS, GraphEngine
from tts_core.gpt_sovits.model.tokens import Sampling
from tts_core.memory import most_held
from tts_core.recognizer import Recognizer, Score, errors
from tts_core.sound import Samples

LINES = 10
TOKEN_GRAPHS = ("prefill", "step")  # of the first stage


@dataclass(frozen=True, slots=True)
class Speech:
    """What a process said with some graphs.

    Args:
        takes: samples of each line. rate: Hz.
        cpu_seconds: of each graph, and `all` with what is around them.
        memory: bytes the process held at most.
    """

    takes: list[Samples]
    rate: int
    cpu_seconds: dict[str, float]
    memory: int

    @property
    def seconds(self) -> float:
        return sum(map(len, self.takes)) / self.rate


@dataclass(frozen=True, slots=True)
class Weighed:
    """A row of the table.

    Args:
        megabytes: of the graphs that a device needs.
        cpu: seconds of the processor a second of sound; tokens: those of the first stage.
        memory: megabytes of the process at most.
        error: share of the words that are heard otherwise; likeness: mean cosine to the voice's clips; None where
            nobody could tell.
    """

    name: str
    megabytes: float
    cpu: float
    tokens: float
    memory: float
    error: float | None
    likeness: float | None

    def row(self) -> list[str]:
        """For people, in the order of `COLUMNS`."""
        return [
            self.name,
            f"{self.megabytes:.1f} MB",
            f"{self.cpu:.3f}",
            f"{self.tokens:.3f}",
            f"{self.memory:.0f} MB",
            "" if self.error is None else f"{100 * self.error:.1f} %",
            "" if self.likeness is None else f"{self.likeness:.3f}",
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


COLUMNS = ("graphs", "size", "CPU s a second", "of them tokens", "memory", "heard otherwise", "likeness")


def weigh(
    graphs: Sequence[tuple[str, Path]],
    voice: str,
    clips: Sequence[tuple[Samples, int]] = (),
    *,
    lines: Sequence[str] = (),
    language: str,
    sampling: Sampling | None = None,
) -> list[Weighed]:
    """Let each of some folders of graphs speak the same lines, and listen.

    Each speaks in a process of its own, on one thread, once before it is measured.

    Args:
        graphs: (name, folder). voice: prepared in each of them.
        clips: (samples, Hz) of the voice; none: likeness is not measured.
        lines: that are spoken; none: the language's own.
        sampling: how tokens are drawn.

    Raises:
        DuoyinError: a folder without graphs or without the voice, or a voice that may not speak.
    """
    record = language_record(language)
    said = list(lines) or [record.probe, *record.auditions][:LINES]
    share = share_told()
    ear, likeness = _recognizer(), _likeness(clips)
    made = []
    for number, (name, folder) in enumerate(graphs):
        share(number / len(graphs), name)
        speech = spoken(folder, voice, said, language, sampling)
        made.append(_heard(name, folder, speech, said, language, ear, likeness))
    share(1.0, "")
    return made


def spoken(
    folder: Path, voice: str, lines: Sequence[str], language: str, sampling: Sampling | None = None
) -> Speech:
    """What `speak_lines` says in a process of its own, which ends with the call, whatever ends that.

    Raises:
        DuoyinError: as `speak_lines`, or the process was ended.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(
        target=_speak_there, args=(there, folder, voice, list(lines), language, sampling)
    )
    process.start()
    try:
        there.close()
        return _heard_of(here)
    finally:
        process.kill()
        process.join()
        here.close()


def _speak_there(there: Connection, *asked: Any) -> None:
    """In the process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it, too; who waits for it ends it
    try:
        there.send(speak_lines(*asked))
    except DuoyinError as error:
        there.send(error)


def _heard_of(here: Connection) -> Speech:
    try:
        said: Speech | DuoyinError = here.recv()
    except EOFError:
        raise DuoyinError(
            "the process that spoke ended before it was done", hint="Is there memory enough for the model?"
        ) from None
    if isinstance(said, DuoyinError):
        raise said
    return said


def speak_lines(
    folder: Path, voice: str, lines: Sequence[str], language: str, sampling: Sampling | None
) -> Speech:
    """Speak lines with the graphs in a folder. Raises as `GraphEngine`."""
    engine = GraphEngine(folder, sampling=sampling, mark=False)
    written = [normalize_spans(line, language) for line in lines]
    asked = [Utterance(line.text, language, voice, hints=line.hints) for line in written]
    list(read_and_speak(engine, asked[:1]))
    before = dict(engine.cpu_seconds)
    began = time.process_time()
    takes = [take.samples for take in read_and_speak(engine, asked)]
    spent = {name: engine.cpu_seconds[name] - before[name] for name in GRAPHS}
    return Speech(takes, engine.sample_rate, spent | {"all": time.process_time() - began}, most_held())


def _heard(
    name: str,
    folder: Path,
    speech: Speech,
    lines: Sequence[str],
    language: str,
    ear: Recognizer | None,
    likeness: Callable[[Samples, int], float] | None,
) -> Weighed:
    score = Score(0, 0)
    if ear is not None:
        for line, take in zip(lines, speech.takes, strict=True):
            score += errors(line, ear.transcribe(take, speech.rate, language).text, language)
    alike = [likeness(take, speech.rate) for take in speech.takes if len(take)] if likeness else []
    tokens = sum(speech.cpu_seconds[graph] for graph in TOKEN_GRAPHS)
    return Weighed(
        name,
        sum((folder / f"{graph}.onnx").stat().st_size for graph in GRAPHS) / 1e6,
        speech.cpu_seconds["all"] / speech.seconds,
        tokens / speech.seconds,
        speech.memory / 1e6,
        score.rate if ear is not None else None,
        float(np.mean(alike)) if alike else None,
    )


def _recognizer() -> Recognizer | None:
    try:
        return Recognizer()
    except DuoyinError:
        return None


def _likeness(clips: Sequence[tuple[Samples, int]]) -> Callable[[Samples, int], float] | None:
    """Cosine of a take to some clips; None where nothing can tell."""
    from tts_core.gpt_sovits.voice.voiceprint import installed_judge

    judge = installed_judge() if clips else None
    if judge is None:
        return None
    person = judge.person(clips)
    return lambda samples, rate: float(judge.print_of(samples, rate) @ person)
