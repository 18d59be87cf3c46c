"""Hosts that are only processes of this machine, with GPUs that are only numbers: to try what happens when one dies."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Mapping

from ray.cluster_utils import Cluster

from tts_core.cluster.fleet import SOUND_BYTES, make_token

QUICK_TO_NOTICE: Mapping[str, str] = {
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_health_check_initial_delay_ms": "1000",
}
"""A host that was killed is noticed within seconds; by default it takes half a minute."""


class SimulatedFleet:
    """A head without GPUs, and hosts that may be killed and come back."""

    def __init__(self, cluster: Cluster, gpus: int) -> None:
        self._cluster = cluster
        self._gpus = gpus
        self._hosts: list[object] = []

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    def add(self) -> None:
        """One host more. Ray wants that from the main thread."""
        self._hosts.append(
            self._cluster.add_node(num_cpus=1, num_gpus=self._gpus, object_store_memory=SOUND_BYTES)
        )

    def kill(self) -> None:
        """End the host that was there longest, as a power cut does."""
        self._cluster.remove_node(self._hosts.pop(0), allow_graceful=False)

    def kill_head(self) -> None:
        """End the head's control process, as a power cut of its host does."""
        for process in self._cluster.head_node.all_processes["gcs_server"]:
            process.process.kill()
            process.process.wait()


@contextlib.contextmanager
def simulated_fleet(hosts: int, gpus: int) -> Iterator[SimulatedFleet]:
    """A fleet of so many hosts with so many GPUs each. Ends with the block."""
    before = dict(os.environ)
    os.environ.update(QUICK_TO_NOTICE)
    make_token()
    try:
        cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 1,
                "num_gpus": 0,
                "object_store_memory": SOUND_BYTES,
                "include_dashboard": False,
            },
        )
        try:
            fleet = SimulatedFleet(cluster, gpus)
            for _ in itertools.repeat(None, hosts):
                fleet.add()
            yield fleet
        finally:
            cluster.shutdown()
    finally:
        os.environ.clear()
        os.environ.update(before)
