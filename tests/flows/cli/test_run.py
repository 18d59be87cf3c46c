"""`duoyin run` where the server is not what it should be: one message at once, and nothing is left running."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from flows.cli.run import server
from normalizers import DuoyinError
from tests.conftest import free_port
from tests.flows.conftest import from_a_shell
from tests.pages import processes, typed


def processor_seconds() -> float:
    """Of all commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def deaf_port() -> int:
    return free_port()


@pytest.mark.parametrize("named", [True, False], ids=["a server is named", "none is named"])
def test_without_a_server_it_says_so_at_once(named: bool, tmp_path: Path, deaf_port: int) -> None:
    address = f"http://127.0.0.1:{deaf_port}/api"
    settings = {"PREFECT_API_URL": address} if named else {"PREFECT_SERVER_API_PORT": str(deaf_port)}
    before = processor_seconds()
    done = typed("duoyin run audiobook projects/example-en", tmp_path, **settings)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"duoyin: {address}: no Prefect server answers\n")
    assert "docs/how-to/schedule.md" in done.stderr and "Traceback" not in done.stderr
    assert processes(tmp_path) == []
    assert not (tmp_path / "prefect" / "prefect.db").exists()  # no server was begun either
    assert processor_seconds() - before < 6  # two and a half of them import Prefect; a server takes eight


def test_a_server_without_the_deployment_is_told_from_none(
    tmp_path: Path, prefect_environment: Mapping[str, str]
) -> None:
    run = from_a_shell("run", "audiobook", tmp_path, environment=prefect_environment)
    assert run.code == 2
    assert "the deployment audiobook/audiobook is not there" in run.err
    assert "prefect --no-prompt deploy --all" in run.err


def test_what_is_no_prefect_server_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        monkeypatch.setattr("flows.cli.run.ANSWER_SECONDS", 0.2)
        monkeypatch.setitem(os.environ, "no_proxy", "127.0.0.1")
        with (
            temporary_settings({PREFECT_API_URL: url}),
            pytest.raises(DuoyinError, match="no Prefect server"),
        ):
            server()  # it accepts and never answers
