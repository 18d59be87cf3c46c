"""Whether the reference's own program reads what is trained here.

    python -m tests.benchmarks.bench_exports --reference FOLDER [--write]

FOLDER is `GPT_SoVITS` of a checkout of RVC-Boss/GPT-SoVITS. A model of published size is made by its code, with weights
as it draws them and with the config it ships; our exporters write them as of a training, and its loaders, called as its
inference calls them, read the files back: the version it takes a file for (by first bytes and size), the names it misses
or does not know, and every tensor.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from ruamel.yaml import YAML
from torch import Tensor

from tests.benchmarks.bench_training_cost import PAGE, with_reference
from tests.benchmarks.pages import write_section
from tts_core.gpt_sovits.files.checkpoints import SOVITS_KINDS, Kind
from tts_core.gpt_sovits.training.export import TEXT_PREFIX, export_sound, export_text
from tts_core.gpt_sovits.training.posterior import PREFIX

HEADING = "## Exports in the reference's own loader"
CONFIGS = {"v2": "s2.json", "v2Pro": "s2v2Pro.json", "v2ProPlus": "s2v2ProPlus.json"}
TEXT_CONFIG = "s1longer-v2.yaml"
SAID = (
    "Models of published size made by the reference's code, written as a training writes them, read back by its loaders "
    "as its inference calls them. The posterior encoder is left out of its own exports, too. A file that begins like any "
    "archive it takes for v1 below 82,978 KB, and for v2 above."
)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--reference", type=Path, required=True)
    asked.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    given = asked.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with_reference(given.reference)
    for name, content in (("tools", {}), ("tools.i18n", {}), ("tools.i18n.i18n", {"I18nAuto": lambda: str})):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(content)
    rows = ["| file | size | taken for | missing | unknown | other tensors |", "|---|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for kind in SOVITS_KINDS:
            if kind in CONFIGS:
                rows.append(sound_row(kind, given.reference / "configs" / CONFIGS[kind], Path(folder)))
                print(rows[-1], flush=True)
        rows.append(text_row(given.reference / "configs" / TEXT_CONFIG, Path(folder)))
    print("\n".join(rows))
    if given.write:
        command = "    python -m tests.benchmarks.bench_exports --reference FOLDER --write"
        write_section(PAGE, HEADING, "\n".join([command, "", *rows, "", SAID]))
    return 0


def sound_row(kind: Kind, config: Path, folder: Path) -> str:
    """Of `.pth`."""
    from process_ckpt import get_sovits_version_from_path_fast, load_sovits_new

    settings = json.loads(config.read_text(encoding="utf-8"))
    settings["model"]["version"] = kind
    weights = reference_sound(settings).state_dict()
    path = folder / f"{kind}.pth"
    export_sound(weights, settings, kind, "8epoch_200iteration", path)
    _, taken_for, _ = get_sovits_version_from_path_fast(str(path))
    read = load_sovits_new(str(path))
    model = reference_sound(read["config"])
    answer = model.load_state_dict(read["weight"], strict=False)
    missing = {name.split(".")[0] + "." for name in answer.missing_keys}
    return row(path, taken_for, missing, answer.unexpected_keys, weights, model.state_dict())


def text_row(config: Path, folder: Path) -> str:
    """Of `.ckpt`."""
    from AR.models.t2s_model import Text2SemanticDecoder

    settings = YAML(typ="safe").load(config.read_text(encoding="utf-8"))
    weights = Text2SemanticDecoder(config=settings).state_dict()
    path = folder / "text.ckpt"
    export_text(weights, settings, "GPT-e15", path)
    read = torch.load(path, map_location="cpu", weights_only=False)
    model = Text2SemanticDecoder(config=read["config"])
    given = {name.removeprefix(TEXT_PREFIX): tensor for name, tensor in read["weight"].items()}
    answer = model.load_state_dict(given, strict=False)
    return row(
        path, "text stage", set(answer.missing_keys), answer.unexpected_keys, weights, model.state_dict()
    )


def reference_sound(settings: Mapping[str, Any]) -> torch.nn.Module:
    """As its inference makes one."""
    from module.models import SynthesizerTrn

    data, train = settings["data"], settings["train"]
    made: torch.nn.Module = SynthesizerTrn(
        data["filter_length"] // 2 + 1,
        train["segment_size"] // data["hop_length"],
        n_speakers=data["n_speakers"],
        **settings["model"],
    )
    return made


def row(
    path: Path,
    taken_for: str,
    missing: set[str],
    unknown: list[str],
    given: Mapping[str, Tensor],
    read: Mapping[str, Tensor],
) -> str:
    """A file's figures; tensors are compared in the half precision of the file, the posterior encoder's apart."""
    other = sum(
        not torch.equal(tensor.half(), read[name].half())
        for name, tensor in given.items()
        if not name.startswith(PREFIX)
    )
    left_out = ", ".join(f"`{name}`" for name in sorted(missing)) or "none"
    return (
        f"| {path.name} | {path.stat().st_size / 1024:.0f} KB | {taken_for} | {left_out} | {len(unknown) or 'none'} | "
        f"{other or 'none'} of {len(given)} |"
    )


if __name__ == "__main__":
    sys.exit(main())
