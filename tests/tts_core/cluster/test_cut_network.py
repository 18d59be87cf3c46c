"""A network that is cut between two hosts of a fleet, and comes back: hosts are network namespaces of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, free_port
from tests.tts_core.cluster.losses import FLOW, LINES, twice
from tests.tts_core.test_pool import wait_until
from tests.tts_core.test_speech_pool import jobs, spoken_by
from tts_core.takes import FolderTakes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(find_spec("ray") is None, reason="pip install 'duoyin[cluster]'"),
]

CUT_SECONDS = 20.0
HEAD, OTHER = "10.77.0.1", "10.77.0.2"
UP = """
from tts_core.cluster.fleet import start_host
start_host({join!r}, port={port}, cores=1, gpus=1, host={host!r})
"""


def _ip(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ip", *words], capture_output=True, text=True)


@pytest.fixture
def hosts() -> Iterator[tuple[str, str]]:
    """Names of two namespaces that reach each other by a link; its end in the first has the first one's name."""
    if shutil.which("ip") is None:
        pytest.skip("there is no `ip` here, which makes hosts of network namespaces")
    names = (f"dy{os.getpid() % 1_000_000}a", f"dy{os.getpid() % 1_000_000}b")
    first, second = names
    try:
        for name in names:
            made = _ip("netns", "add", name)
            if made.returncode:
                pytest.skip(f"network namespaces are not permitted here: {made.stderr.strip()}")
        if (linked := _ip("link", "add", first, "type", "veth", "peer", "name", second)).returncode:
            pytest.skip(f"network links are not permitted here: {linked.stderr.strip()}")
        for name, address in zip(names, (HEAD, OTHER), strict=True):
            for words in (
                ("link", "set", name, "netns", name),
                ("-n", name, "addr", "add", f"{address}/24", "dev", name),
                ("-n", name, "link", "set", name, "up"),
                ("-n", name, "link", "set", "lo", "up"),
            ):
                assert _ip(*words).returncode == 0, words
        yield names
    finally:
        for name in names:
            _ip("netns", "del", name)


def _in(host: str, *words: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["ip", "netns", "exec", host, *words],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_network_cut_for_twenty_seconds_costs_nothing(hosts: tuple[str, str], tmp_path: Path) -> None:
    from tts_core.cluster.fleet import stop_host

    port = free_port()
    address = f"{HEAD}:{port}"
    environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "c" * 64}
    try:
        for name, join, own in ((hosts[0], None, HEAD), (hosts[1], address, OTHER)):
            up = _in(
                name,
                sys.executable,
                "-c",
                UP.format(join=join, port=port, host=own),
                environment=environment,
            )
            told, _ = up.communicate(timeout=180)
            assert up.returncode == 0, told
        flow = _in(
            hosts[0],
            sys.executable,
            "-c",
            FLOW,
            address,
            str(tmp_path),
            "0.5",
            environment=environment,
        )
        assert wait_until(lambda: len({process for process, _ in spoken_by(tmp_path)}) == 2, 180), (
            "both hosts speak"
        )
        before = len(spoken_by(tmp_path))
        assert _ip("-n", hosts[0], "link", "set", hosts[0], "down").returncode == 0
        cut = time.monotonic()
        assert not wait_until(lambda: flow.poll() is not None, CUT_SECONDS), "the run waits for its network"
        assert time.monotonic() - cut >= CUT_SECONDS
        meanwhile = spoken_by(tmp_path)[before:]
        assert len({process for process, _ in meanwhile}) == 2, "the host that was cut off went on"
        assert _ip("-n", hosts[0], "link", "set", hosts[0], "up").returncode == 0
        told, _ = flow.communicate(timeout=240)
        assert flow.returncode == 0, told
    finally:
        stop_host(address)
    assert set(FolderTakes(tmp_path / "takes").keys()) == {job.key for job in jobs(*LINES)}
    assert twice(tmp_path) == 0
