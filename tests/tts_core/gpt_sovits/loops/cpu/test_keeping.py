"""A machine's first process compiles the loops; those after it read what was kept, and compute the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="XDG_CACHE_HOME names the cache's folder")
pytest.importorskip("numba", reason="the extra clone is not installed")

COMPUTE = """
import hashlib, json, sys
import numpy as np, torch
from numba.core import event
from tts_core.gpt_sovits.loops.cpu.eight_bit import quantize_rows
from tts_core.gpt_sovits.loops.cpu.winograd import Filter
from tts_core.loops.interpolation import F43, F44

torch.set_num_threads(1)
draw = np.random.default_rng(0)
with event.install_recorder("numba:compile") as compiled:
    said = hashlib.sha256()
    for scheme, taps in ((F43, 3), (F44, 6)):  # the same loops by name, of other code
        x = draw.standard_normal((1, 50, 8), dtype=np.float32)
        kernel = draw.standard_normal((taps, 8, 12), dtype=np.float32)
        y = np.zeros((1, 50, 12), np.float32)
        Filter(kernel, None, lead=1, scheme=scheme)(x, [50], y)
        wanted = sum(np.pad(x[0], ((1, taps), (0, 0)))[k : k + 50] @ kernel[k] for k in range(taps))
        np.testing.assert_allclose(y[0], wanted, atol=1e-4)
        said.update(y)
    packed, scales = quantize_rows(torch.from_numpy(x[0]))
    said.update(packed.numpy())
    said.update(scales)
print(json.dumps([sum(record.is_end for _, record in compiled.buffer), said.hexdigest()]))
"""


def computed(folder: Path) -> tuple[int, str]:
    """Functions that a new process compiled, and a digest of what it computed."""
    run = subprocess.run(
        [sys.executable, "-c", COMPUTE],
        env={**os.environ, "XDG_CACHE_HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    count, digest = json.loads(run.stdout)
    return count, digest


def test_the_second_process_compiles_nothing_and_computes_the_same(tmp_path: Path) -> None:
    first, wanted = computed(tmp_path)
    assert first > 5
    assert computed(tmp_path) == (0, wanted)


@pytest.mark.slow
def test_a_file_that_is_not_whole_is_compiled_anew(tmp_path: Path) -> None:
    first, wanted = computed(tmp_path)
    for path in (tmp_path / "duoyin" / "loops").glob("*.numba"):
        path.write_bytes(path.read_bytes()[:-100])  # a disk that was full, say
    assert computed(tmp_path) == (first, wanted)
    assert computed(tmp_path) == (0, wanted)


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_costs_a_compilation(tmp_path: Path) -> None:
    (tmp_path / "duoyin").write_text("a file where the folder should be")
    first, wanted = computed(tmp_path)
    assert computed(tmp_path) == (first, wanted)
