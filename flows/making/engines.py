"""The engines of a project: one for most voices, others for voices written `engine/voice`."""

from __future__ import annotations

import difflib
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from flows.making.deadline import Deadline
from flows.making.plan import BATCH_AUDIO_SECONDS
from flows.making.readings import Readings
from flows.workspace.project import Project
from flows.workspace.settings import PriorityName
from normalizers import DuoyinError
from tts_core.engine import Engine
from tts_core.extras import extra
from tts_core.gpt_sovits.voice.voicefile import engine_of, voices_folder
from tts_core.pool import EnginePool, SpeechPool
from tts_core.registry import ENGINES, describe, load_engine
from tts_core.takes import TakePlace

GPU_BATCH_AUDIO_SECONDS = 3_000.0
"""Audio of one batch on a GPU for an engine that takes line after line: half a minute of work at a hundred times real
time."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who speaks for one engine: processes of this machine, or speakers of a fleet.

    Args:
        engine, options: for `tts_core.registry.load_engine`.
        workers: how many processes, or speakers at most.
        environments: extra environment variables of each; shorter lists repeat.
        cluster: address of the fleet; "" for processes of this machine.
        book, priority, due: who else wants it, see `tts_core.cluster.pool.Standing`.
        fingerprint: of the engine, for the fleet. on_gpu: whether each speaker needs a GPU.
    """

    engine: str
    options: Mapping[str, Any]
    workers: int
    environments: tuple[Mapping[str, str], ...]
    cluster: str = ""
    fingerprint: str = ""
    on_gpu: bool = False
    book: str = ""
    priority: int = 0
    due: float | None = None

    def pool(self, store: TakePlace, *, batches: int) -> SpeechPool:
        """Open the pool that speaks so many batches. Raises `DuoyinError` where the fleet is not there."""
        workers = max(1, min(self.workers, batches))
        if not self.cluster:
            return EnginePool(
                self.engine, store, workers=workers, options=self.options, environments=self.environments
            )
        with extra("cluster", where=f"cluster: {self.cluster}"):
            from tts_core.cluster.pool import ClusterPool, Standing
        return ClusterPool(
            self.engine,
            store,
            fingerprint=self.fingerprint,
            options=self.options,
            address=self.cluster,
            speakers=workers,
            standing=Standing(self.book, self.priority, self.due),
            on_gpu=self.on_gpu,
            environment=self.environments[0],
        )


class Engines:
    """Loads the engines that the voices of a project ask for.

    `main` is the project's `engine:`. A voice `anna` is one of its voices; `gpt-sovits/anna` is a voice of another
    engine, with the options that `engines:` of project.yaml gives for it. `readings`: what they read in lines.
    `deadline`: when the run is to be done.

    Args:
        after: see `Deadline`.
    """

    def __init__(self, project: Project, after: float = 0.0) -> None:
        settings = project.settings
        self.main_name = settings.engine
        self._options = {**settings.engines, settings.engine: settings.engine_options}
        self._workers = settings.workers
        self._cluster = settings.cluster or ""
        self._share = settings.share
        self._book = project.folder.name
        self._priority = get_args(PriorityName).index(settings.priority)
        self.deadline = Deadline.of(project, after)
        self._fleet_crews: dict[str, Crew] = {}
        self._loaded: dict[str, Engine] = {}
        self._store = project.takes.place
        self.readings = Readings(project.readings_file, self._readers)

    @property
    def main(self) -> Engine:
        return self.engine(self.main_name)

    def _readers(self, name: str) -> EnginePool:
        """Processes that read lines for an engine, one a core; they load no acoustic model."""
        return EnginePool(
            name,
            self._store,
            workers=self._workers or default_workers(),
            options=self._options.get(name, {}),
        )

    def engine(self, name: str) -> Engine:
        """An engine by name, loaded once."""
        if name not in self._loaded:
            self._loaded[name] = load_engine(name, **self._options.get(name, {}))
        return self._loaded[name]

    def of_voice(self, voice: str) -> tuple[str, Engine, str]:
        """(engine name, engine, the engine's own name of the voice)."""
        name, slash, own = voice.partition("/")
        if slash and (name in ENGINES or ":" in name):
            return name, self.engine(name), own
        return self.main_name, self.main, voice

    def check_voices(self, voices: Iterable[tuple[str, str]], language: str) -> None:
        """Refuse a voice that no engine has, before anything is written or spoken.

        Args:
            voices: (voice, the place that names it).
            language: the language of the book.
        """
        for voice, where in dict(voices).items():
            name, engine, own = self.of_voice(voice)
            try:
                engine.voice_digest(own, language)
            except DuoyinError as error:
                if (other := engine_of(own, voices_folder())) not in ("", name):
                    raise DuoyinError(
                        error.message,
                        where=error.where or where,
                        hint=f"It is a voice of {other}: --engine {other}, or {other}/{own} in the cast.",
                    ) from error
                near = difflib.get_close_matches(own, [preset.name for preset in engine.voices()], 1)
                hint = f"did you mean {near[0]}? " if near else ""
                raise DuoyinError(
                    error.message, where=error.where or where, hint=(hint + (error.hint or "")) or None
                ) from error

    def batch_seconds(self, name: str) -> float:
        """Audio of one batch for an engine: enough work for a task, and for a GPU enough lines to keep its
        rows full."""
        return GPU_BATCH_AUDIO_SECONDS if self._asks_for_a_gpu(name) else BATCH_AUDIO_SECONDS

    def window(self, name: str) -> int:
        """Lines of one batch at most, for an engine that speaks many at once on a GPU; 0: see `batch_seconds`."""
        return describe(name).window if self._asks_for_a_gpu(name) else 0

    def _asks_for_a_gpu(self, name: str) -> bool:
        return str(self._options.get(name, {}).get("device", "")).startswith("cuda")

    def crew(self, name: str) -> Crew:
        """Who speaks for an engine: a process a core, a process a GPU, one process with every core, or the speakers of
        a fleet. Raises `DuoyinError` where the GPU or the fleet that was asked for is not there."""
        if not self._cluster:
            return self._crew_here(name)
        if name not in self._fleet_crews:
            self._fleet_crews[name] = self._fleet_crew(name)
        return self._fleet_crews[name]

    def _fleet_crew(self, name: str) -> Crew:
        on_gpu = self._asks_for_a_gpu(name)
        with extra("cluster", where=f"cluster: {self._cluster}"):
            from tts_core.cluster.fleet import room
        there = room(self._cluster, on_gpu=on_gpu)
        return Crew(
            name,
            self._options.get(name, {}),
            min(self._share or there, there),
            ({key: value.format(cores=1) for key, value in describe(name).environment.items()},),
            self._cluster,
            self.engine(name).fingerprint(),
            on_gpu,
            self._book,
            self._priority,
            self.deadline.due,
        )

    def _crew_here(self, name: str) -> Crew:
        options = self._options.get(name, {})
        if self._asks_for_a_gpu(name):
            devices = gpus()
            if not devices:
                raise DuoyinError(
                    "a GPU was asked for, but this machine shows none",
                    hint="Run `duoyin doctor`; to use the processor, set engine_options: {device: cpu}.",
                )
            environments = tuple({"CUDA_VISIBLE_DEVICES": device} for device in devices)
            return Crew(name, options, self._workers or len(devices), environments)
        row = describe(name)
        environment = {key: value.format(cores=default_workers()) for key, value in row.environment.items()}
        workers = 1 if row.batches else default_workers()
        return Crew(name, options, self._workers or workers, (environment,))


def default_workers() -> int:
    """One process a core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus() -> list[str]:
    """The GPUs this process may use, as `CUDA_VISIBLE_DEVICES` names them; empty where there is no driver."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [device for device in visible.split(",") if device.strip()]
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [str(i) for i, line in enumerate(listed.stdout.splitlines()) if line.startswith("GPU ")]
