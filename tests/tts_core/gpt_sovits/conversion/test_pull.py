"""Base models and supporting ones: fetched only on request."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits import tiny
from tts_core.gpt_sovits.conversion.pull import pull, pull_plan
from tts_core.gpt_sovits.files.imported import imported_model


def test_a_pull_says_what_it_would_fetch_and_stops(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match=r"(?s)MB.*Apache-2\.0.*--allow-hub"):
        pull("gpt-sovits-v2proplus", folder=tmp_path)
    assert pull_plan("gpt-sovits-v2proplus", tmp_path).megabytes > 1000
    with pytest.raises(DuoyinError, match=r"no base model 'x'(.|\n)*gpt-sovits-v2"):
        pull("x", folder=tmp_path)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A hub on this machine."""
    root = tmp_path / "hub"
    root.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", root
    server.shutdown()
    server.server_close()


def test_a_pull_fetches_and_imports(tmp_path: Path, hub: tuple[str, Path]) -> None:
    address, root = hub
    plan = pull_plan("gpt-sovits-v2", tmp_path / "support")
    for file in plan.files:
        target = root / file.repository / "resolve" / "main" / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.local.startswith("gpt-sovits-v2/"):
            (tiny.save_gpt if file.path.endswith(".ckpt") else tiny.save_sovits)(target)
        else:
            target.write_bytes(b"{}")
    folder = pull(
        "gpt-sovits-v2", allow_hub=True, folder=tmp_path / "support", models=tmp_path / "models", hub=address
    )
    assert imported_model(folder).version == "v2"
    assert pull_plan("gpt-sovits-v2", tmp_path / "support").files == ()


def test_a_hub_that_does_not_answer(tmp_path: Path, hub: tuple[str, Path]) -> None:
    with pytest.raises(DuoyinError, match="cannot be fetched"):
        pull("gpt-sovits-v2", allow_hub=True, folder=tmp_path, hub=hub[0])
    assert not list(tmp_path.rglob("*.part"))
