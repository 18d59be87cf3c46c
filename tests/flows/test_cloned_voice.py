"""GPT-SoVITS in the house: checkpoints and clips at the keyboard, and a book in a cloned voice, with tiny
random models."""

from __future__ import annotations

import atexit
import base64
import functools
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch")

from flows.making.engines import Engines
from flows.making.retake import scripted
from flows.studio.asking import ResidentProcess
from flows.workspace.project import open_project
from tests.flows.conftest import Duoyin, Run, ended
from tests.tts_core.gpt_sovits import tiny
from tests.tts_core.gpt_sovits.test_engine import home  # noqa: F401 - a fixture
from tests.warm import Warm
from tts_core.gpt_sovits.graph_engine import GraphEngine
from tts_core.gpt_sovits.voice.voicefile import load_voice, save_voice

BOOK = """\
# 两只钟

## 第一章 钟声

院子里有两只钟。

“九点了。”小安说。

## 第二章 雨

外面下雨了。
"""


@pytest.mark.slow
def test_a_line_of_a_cloned_voice_is_heard_in_the_studio_while_it_is_drawn(
    tmp_path: Path,
    home: Path,  # noqa: F811
) -> None:
    folder = cloned_project(tmp_path, home, mark=False)
    project = open_project(folder)
    long = "院子里有两只钟，一只快，一只慢，谁也不知道现在到底是几点。"
    project.source.write_text(BOOK.replace("院子里有两只钟。", long), encoding="utf-8")
    line = next(line for line in scripted(project, Engines(project)).lines if line.text == long)
    told: list[Mapping[str, Any]] = []
    process = ResidentProcess()
    try:
        made = process.speak(folder, line.id, tell=told.append)
    finally:
        process.close()
    heard = np.frombuffer(b"".join(base64.b64decode(row["heard"]) for row in told), "<i2") / 32767
    samples, rate = soundfile.read(project.takes.path(made["key"]), dtype="float32")
    assert len(told) > 1 and {row["rate"] for row in told} == {rate}
    assert len(heard) == len(samples) and float(np.abs(heard - np.clip(samples, -1, 1)).max()) < 1e-3


def cloned_project(root: Path, models: Path, **others: object) -> Path:
    """A project of `BOOK`, to be read by the voices of a folder with models and voices."""
    (root / "book.md").write_text(BOOK, encoding="utf-8")
    folder = root / "project"
    folder.mkdir()
    options = {
        "voices": str(models / "voices"), "models": str(models / "models"), "support": str(models / "support"),
        "device": "cpu", "rows": 4, "length": 1024, "retakes": 0, **others,
    }  # fmt: skip
    (folder / "project.yaml").write_text(
        "source: ../book.md\nengine: gpt-sovits\nvoice: anna\n"
        "proof: off  # a random voice says nothing that could be heard, and every line would be taken again\n"
        f"engine_options: {json.dumps(options)}\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Mapping[str, str]:
    """An environment whose models and voices are the test's own."""
    return {
        **os.environ,
        "DUOYIN_MODELS": str(tmp_path / "models"),
        "DUOYIN_VOICES": str(tmp_path / "voices"),
    }


@functools.cache
def with_torch() -> Warm:
    """Begins commands that need torch; ends with this process."""
    process = Warm(["torch", "flows.making.audiobook", "tts_core.gpt_sovits.engine"])
    atexit.register(process.close)
    return process


def command_line(environment: Mapping[str, str], *arguments: object) -> Run:
    return ended(with_torch().start(arguments, environment=environment), 300)


def test_a_book_is_read_by_cloned_voices(tmp_path: Path, home: Path, duoyin: Duoyin) -> None:  # noqa: F811
    folder = cloned_project(tmp_path, home)
    run = duoyin("audiobook", folder, "--json", timeout=400)
    assert run.code in (0, 1), run.err
    result = json.loads(run.out)
    assert [chapter["title"] for chapter in result["chapters"]] == ["第一章 钟声", "第二章 雨"]
    assert result["speakers"]["narrator"]["voice"] == "anna"
    assert Path(result["path"]).stat().st_size > 10_000


def test_checkpoints_are_imported_and_listed(tmp_path: Path, own: Mapping[str, str]) -> None:
    gpt, sovits = tiny.save_gpt(tmp_path / "a.ckpt"), tiny.save_sovits(tmp_path / "a.pth")
    run = command_line(own, "models", "import", gpt, sovits, "--name", "anna", "--json")
    assert run.code == 0, run.err
    assert json.loads(run.out)["version"].startswith("v2")
    assert "anna" in {
        model["name"] for model in json.loads(command_line(own, "models", "list", "--json").out)
    }


def test_an_imported_model_is_exported_as_graphs(tmp_path: Path, own: Mapping[str, str]) -> None:
    pytest.importorskip("onnx")
    gpt, sovits = tiny.save_gpt(tmp_path / "a.ckpt"), tiny.save_sovits(tmp_path / "a.pth")
    assert command_line(own, "models", "import", gpt, sovits, "--name", "exported").code == 0
    run = command_line(own, "models", "export", "exported", "--onnx", tmp_path / "graphs", "--json")
    assert run.code == 0, run.err
    assert {Path(file).name for file in json.loads(run.out)["files"]} == {
        "prefill.onnx", "step.onnx", "voice.onnx", "speech.onnx", "graphs.json"
    }  # fmt: skip
    refused = command_line(own, "models", "export", "nobody", "--onnx", tmp_path / "graphs")
    assert refused.code == 2 and "no imported GPT-SoVITS model" in refused.err


def test_of_a_voice_the_voice_is_exported_too(tmp_path: Path, own: Mapping[str, str], home: Path) -> None:  # noqa: F811
    pytest.importorskip("onnx")
    shutil.copytree(home / "voices" / "anna", tmp_path / "voices" / "anna")
    voice = replace(load_voice(tmp_path / "voices" / "anna"), model=str(home / "models" / "plain"))
    save_voice(voice)
    support = {"DUOYIN_GPT_SOVITS_SUPPORT": str(home / "support")}
    graphs = tmp_path / "graphs"
    run = command_line({**own, **support}, "models", "export", "anna", "--onnx", graphs, "--json")
    assert run.code == 0, run.err
    assert str(graphs / "anna.voice.npz") in json.loads(run.out)["files"]
    assert [preset.consent for preset in GraphEngine(graphs, mark=False).voices()] == [voice.consent]


def test_a_checkpoint_that_is_none_is_refused_in_words(tmp_path: Path, own: Mapping[str, str]) -> None:
    (tmp_path / "a.ckpt").write_bytes(b"no checkpoint")
    run = command_line(
        own, "models", "import", tmp_path / "a.ckpt", tiny.save_sovits(tmp_path / "a.pth"), "--name", "anna"
    )
    assert run.code == 2
    assert "Traceback" not in run.err


def test_a_voice_is_made_from_a_clip_with_consent_and_refused_without(
    shared: Path, tmp_path: Path, own: Mapping[str, str]
) -> None:
    clip = shared / "corpus" / "voices" / "en_LJ001-0001.wav"
    arguments = ("voice", "add", "anna", "--clips", clip, "--model", "anna", "--language", "en")
    refused = command_line(own, *arguments)
    assert refused.code == 2
    assert "consent" in refused.err
    made = command_line(
        own, *arguments, "--consent", "LJ Speech is in the public domain; used by a test.", "--json"
    )
    assert made.code == 0, made.err
    assert (Path(json.loads(made.out)["folder"]) / "voice.yaml").is_file()
    assert "public domain" in command_line(own, "voice", "list").out


def test_training_says_what_is_missing_before_it_begins(tmp_path: Path, own: Mapping[str, str]) -> None:
    (tmp_path / "recordings").mkdir()
    asked = ("voice", "train", "anna", "--from", tmp_path / "recordings")
    refused = command_line(own, *asked)
    assert refused.code == 2 and "needs a consent statement" in refused.err
    missing = command_line(own, *asked, "--consent", "Anna agreed.", "--plan", "--quiet")
    assert missing.code == 2 and "the base model gpt-sovits-v2proplus is not on this machine" in missing.err
    assert "s2Dv2ProPlus.pth" in missing.err and "Traceback" not in missing.err
    unknown = command_line(own, "voice", "check", "anna")
    assert unknown.code == 2 and "there is no voice 'anna'" in unknown.err


def test_pulling_a_base_model_shows_sizes_and_licences_before_it_asks_the_network(
    own: Mapping[str, str],
) -> None:
    run = command_line(own, "models", "pull", "gpt-sovits-v2proplus")
    assert run.code == 2
    assert "MB" in run.err
    assert "MIT" in run.err
    assert "--allow-hub" in run.err
