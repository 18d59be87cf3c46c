"""Who speaks for a project, and how much at a time."""

from __future__ import annotations

import time
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from flows.making import engines
from flows.making.engines import GPU_BATCH_AUDIO_SECONDS, Engines
from flows.making.plan import BATCH_AUDIO_SECONDS
from flows.workspace.project import Project, open_project
from normalizers import DuoyinError
from tests.engines import ToneEngine


def project(folder: Path, settings: str) -> Project:
    (folder / "book.txt").write_text("One.\n", encoding="utf-8")
    (folder / "project.yaml").write_text(f"source: book.txt\n{settings}", encoding="utf-8")
    return open_project(folder)


def test_a_process_a_core_for_the_embedded_engine(tmp_path: Path) -> None:
    crew = Engines(project(tmp_path, "workers: 3\n")).crew("kokoro")
    assert (crew.engine, crew.workers) == ("kokoro", 3)
    (environment,) = crew.environments
    assert environment == {
        "MALLOC_MMAP_THRESHOLD_": "1048576",
        "MALLOC_TRIM_THRESHOLD_": "33554432",
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    }


def test_one_process_with_every_core_for_an_engine_that_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "default_workers", lambda: 6)
    crew = Engines(project(tmp_path, "engine: gpt-sovits\n")).crew("gpt-sovits")
    assert (crew.workers, crew.environments) == (
        1,
        ({"OMP_NUM_THREADS": "6", "OMP_WAIT_POLICY": "PASSIVE"},),
    )


def test_a_process_a_gpu_and_enough_lines_to_fill_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "gpus", lambda: ["0", "3"])
    both = Engines(project(tmp_path, "engines:\n  gpt-sovits: {device: cuda}\n"))
    crew = both.crew("gpt-sovits")
    assert crew.workers == 2
    assert [environment["CUDA_VISIBLE_DEVICES"] for environment in crew.environments] == ["0", "3"]
    assert both.batch_seconds("gpt-sovits") == GPU_BATCH_AUDIO_SECONDS > BATCH_AUDIO_SECONDS
    assert both.batch_seconds("kokoro") == BATCH_AUDIO_SECONDS
    assert both.window("gpt-sovits") == 512 and both.window("kokoro") == 0


def test_a_gpu_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "gpus", list)
    asked = Engines(project(tmp_path, "engine: gpt-sovits\nengine_options: {device: cuda}\n"))
    with pytest.raises(DuoyinError, match="a GPU was asked for"):
        asked.crew("gpt-sovits")


def test_the_speakers_of_a_fleet_up_to_the_share_of_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec("ray") is None:
        pytest.skip("pip install 'duoyin[cluster]'")
    monkeypatch.setattr("tts_core.cluster.fleet.room", lambda address, on_gpu: 5 if not on_gpu else 0)
    settings = "engine: tests.engines:ToneEngine\ncluster: head:6379\n"
    assert Engines(project(tmp_path, settings)).crew("tests.engines:ToneEngine").workers == 5
    crew = Engines(project(tmp_path, f"{settings}share: 2\n")).crew("tests.engines:ToneEngine")
    assert (crew.workers, crew.cluster, crew.on_gpu) == (2, "head:6379", False)
    assert (crew.book, crew.priority, crew.due) == (tmp_path.name, 1, None)
    wanted = f"{settings}priority: urgent\nfinish_by: 07:00\n"
    crew = Engines(project(tmp_path, wanted)).crew("tests.engines:ToneEngine")
    assert crew.priority == 0 and crew.due is not None
    assert 0 < crew.due - time.time() <= 25 * 3600, "the next time that it is seven"
    assert datetime.fromtimestamp(crew.due).strftime("%H:%M") == "07:00"
    assert crew.fingerprint == ToneEngine().fingerprint()
