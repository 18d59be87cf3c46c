"""Hosts that are only processes of this machine, with GPUs that are only numbers: to try what happens when one dies."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import psutil
import ray
from ray.cluster_utils import Cluster

from tts_core.cluster.fleet import SOUND_BYTES

QUICK_TO_NOTICE: Mapping[str, str] = {
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_health_check_initial_delay_ms": "1000",
}
"""A host that hangs is noticed within seconds; by default it takes half a minute."""

_TOKEN = secrets.token_hex(32)
"""Lets in who knows it. Ray reads a process' token once, so all fleets of this process have the same."""


class SimulatedFleet:
    """A head without GPUs, and hosts that may be killed and come back.

    Args:
        gpus: of each host.
    """

    def __init__(self, cluster: Any, gpus: int) -> None:
        self._cluster = cluster
        self._gpus = gpus
        self._hosts: list[Any] = []

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    def add(self) -> None:
        """One host more. Ray wants that from the main thread."""
        self._hosts.append(
            self._cluster.add_node(num_cpus=1, num_gpus=self._gpus, object_store_memory=SOUND_BYTES)
        )

    def kill(self) -> None:
        """End the host that was there longest with all that runs on it, as a power cut does."""
        host = self._hosts.pop(0)
        running = _below(host)
        for process in running:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._cluster.remove_node(host, allow_graceful=False)

    def kill_head(self) -> None:
        """End the head's control process, as a power cut of its host does."""
        self._cluster.head_node.kill_gcs_server(check_alive=False)


def _below(host: Any) -> list[psutil.Process]:
    """The processes that Ray's own on a host have started: actors, and what these have."""
    found: list[psutil.Process] = []
    for kind in host.all_processes.values():
        for each in kind:
            with contextlib.suppress(psutil.NoSuchProcess):
                found += psutil.Process(each.process.pid).children(recursive=True)
    return found


@contextlib.contextmanager
def simulated_fleet(hosts: int, gpus: int) -> Iterator[SimulatedFleet]:
    """A fleet of so many hosts with so many GPUs each. Ends with the block."""
    before = dict(os.environ)
    logging.getLogger("ray").setLevel(logging.WARNING)  # it tells of files that we do not use
    os.environ.update(QUICK_TO_NOTICE)
    if not {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & before.keys():
        os.environ["RAY_AUTH_TOKEN"] = _TOKEN
    cluster = Cluster()
    try:
        cluster.add_node(
            num_cpus=1,
            num_gpus=0,
            object_store_memory=SOUND_BYTES,
            include_dashboard=False,
            include_log_monitor=False,
        )
        fleet = SimulatedFleet(cluster, gpus)
        for _ in range(hosts):
            fleet.add()
        yield fleet
    finally:
        ray.shutdown()
        cluster.shutdown()
        os.environ.clear()
        os.environ.update(before)
