"""Fixtures every test may use."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import HealthCheck, settings

from tests.browsing import CHROMIUM, chromium
from tests.warm import Warm

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tts_core.mark import Marker

# Threads that wait for each other must not burn the cores that other tests run on. OpenMP looks at it when
# torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Where Python may keep nothing, each of the hundreds of processes that tests start compiles every module again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

REPOSITORY = Path(__file__).resolve().parent.parent

# How long an example takes says what else the machine does, and a run that passed passes again: new examples are drawn
# by `pytest --hypothesis-profile=new`.
_CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", _CALM, derandomize=True)
settings.register_profile("new", _CALM, print_blob=True)
settings.load_profile("same")

os.environ.setdefault("RAY_AUTH_TOKEN", "a token of these tests")
# Ray reads it once in a process, in which several files of tests may each have a fleet of their own.

LONGEST = (
    "tests/test_docs_prefect.py",
    "tests/test_docs_commands.py",
    "tests/tts_core/gpt_sovits/training/test_sound_stage.py",
    "tests/flows/test_audiobook.py",
    "tests/tts_core/gpt_sovits/training/test_run.py",
    "tests/flows/mastering/test_master.py",
    "tests/tts_core/gpt_sovits/loops/gpu/test_kernels.py",
    "tests/tts_core/gpt_sovits/model/test_sovits.py",
    "tests/flows/sources/test_corpus.py",
    "tests/flows/mastering/dub/test_deliver.py",
    "tests/flows/test_dub.py",
    "tests/tts_core/kokoro/test_engine.py",
    "tests/flows/spanish/test_spanish_commands.py",
    "tests/flows/test_cloned_voice.py",
    "tests/tts_core/gpt_sovits/loops/cpu/test_winograd.py",
)
"""Files that take a minute and more. They begin first, so that no core idles at the end while another is in one."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: a third of their time tests wait, for servers and for children."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {REPOSITORY / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(LONGEST)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared corpus and cases: `DUOYIN_SHARED`, by default the folder `shared` beside the repository."""
    folder = Path(os.environ.get("DUOYIN_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("shared corpus not found: set DUOYIN_SHARED to its folder to run this test")
    return folder


@pytest.fixture(scope="session")
def in_shared(shared: Path) -> Callable[[str], Path]:
    """A file or folder of the shared data by its place in it."""

    def place(name: str) -> Path:
        if not (shared / name).exists():
            pytest.skip(f"{name} is not in the shared data")
        return shared / name

    return place


@pytest.fixture(scope="session")
def perth() -> Marker:
    """What puts the inaudible mark into sound and finds it."""
    if find_spec("perth") is None:  # importing it would run its code, which wants torch
        pytest.skip("pip install 'duoyin[mark]'")
    from tts_core.mark import Marker

    return Marker()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, see `tests.browsing`."""
    pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    if CHROMIUM is None:
        pytest.skip("apt install chromium")
    with chromium() as made:
        yield made


PrefectHome = Callable[[Path], Path]


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> PrefectHome:
    """Makes a folder a Prefect home with an empty database. Prefect makes one in a hundred steps, ten seconds of
    processor; so it is made once for all processes that test, and copied."""
    folder = tmp_path_factory.getbasetemp()
    model = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "prefect-home"
    with model.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not model.exists():
            making = model.with_suffix(".making")
            environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
            subprocess.run(
                [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"],
                env={**environment, "PREFECT_HOME": str(making), "DO_NOT_TRACK": "1"},
                check=True,
                capture_output=True,
            )
            making.rename(model)

    def make(home: Path) -> Path:
        shutil.copytree(model, home, dirs_exist_ok=True)
        return home

    return make


@pytest.fixture(scope="session")
def prefect_environment(
    tmp_path_factory: pytest.TempPathFactory, prefect_home: PrefectHome
) -> Iterator[Mapping[str, str]]:
    """An environment that names a Prefect server of the session's own."""
    home, port = prefect_home(tmp_path_factory.mktemp("prefect")), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_UI_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    url = f"http://127.0.0.1:{port}/api"
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until = time.monotonic() + 120
        while not answers(f"{url}/health"):
            assert server.poll() is None and time.monotonic() < until, (home / "server.log").read_text()
            time.sleep(0.2)  # it tells nobody when it is ready
        yield {**environment, "PREFECT_API_URL": url}
    finally:
        children = psutil.Process(server.pid).children(recursive=True)
        server.terminate()
        server.wait()
        psutil.wait_procs(children, timeout=10)


def answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
        return True
    return False


@functools.cache
def warm_process() -> Warm:
    """Begins commands; ends with this process."""
    process = Warm(
        ["flows.making.audiobook", "flows.making.dubbing", "flows.making.retake", "flows.making.speaking"]
    )
    atexit.register(process.close)
    return process


@pytest.fixture
def warm() -> Warm:
    """Begins commands."""
    return warm_process()
