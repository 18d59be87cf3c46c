"""A fleet for tests: Ray on this machine, small, and gone afterwards."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.conftest import free_port


@contextlib.contextmanager
def some_fleet(*, cores: int = 2, gpus: int = 0) -> Iterator[str]:
    """The address of a fleet of one host. Skips where Ray is not installed.

    Args:
        gpus: that it says it has.
    """
    if find_spec("ray") is None:  # it must not be imported before `tts_core.cluster` has said how
        pytest.skip("pip install 'duoyin[cluster]'")
    before = dict(os.environ)
    from tts_core.cluster.fleet import own_address, start_host, stop_host

    port = free_port()
    address = f"{own_address()}:{port}"
    try:
        assert start_host(None, port=port, cores=cores, gpus=gpus, host=None) == address
        yield address
    finally:
        stop_host(address)
        assert stop_host(address) == 0, "nothing of it outlives it"
        os.environ.clear()
        os.environ.update(before)
