"""What a smaller model costs and how it sounds, on the toy chain of `bench_training`:

    python -m tests.benchmarks.bench_compress [--training build/bench-training] [--folder build/bench-compress] [--write]

A text stage of `--layers` learns the toy's sentences until it knows most by heart (`--base` updates); its half is taught
by it alone, from the novel's text (`--updates`), and both are written as graphs. The sound stage is the one that
the chain of `bench_training` speaks in. Runs are kept in the folder and gone on with. For a pair of one's own: `duoyin models compress … --table`.

What a half saves at the published size is measured apart, on weights that mean nothing. One thread.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from flows.making.compressing import Halving, halve
from flows.making.weighing import COLUMNS, Weighed, weigh
from tests.benchmarks.pages import write_section
from tests.benchmarks.training.hearing import voice_of
from tests.benchmarks.training.speech import LANGUAGE, NEW_VOICE, Example, Material, material, sentences
from tests.benchmarks.training.toys import SoundSize, fresh_text
from tests.benchmarks.training.trials import SPOKEN, decoded
from tests.conftest import REPOSITORY
from tts_core.consent import Consent
from tts_core.files import write_atomically
from tts_core.gpt_sovits.conversion.export import export_onnx
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.conversion.smaller import SMALL_FORMS, make_smaller
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, read_checkpoint
from tts_core.gpt_sovits.files.imported import SOVITS_FILE, T2S_FILE, imported_folder, imported_model
from tts_core.gpt_sovits.files.prepared import PreparedVoice
from tts_core.gpt_sovits.model.sovits import CODEBOOK, SAMPLE_RATE, load_sovits
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic, load_text2semantic
from tts_core.gpt_sovits.model.tokens import END, Sampling
from tts_core.gpt_sovits.training.courses import TextCourse
from tts_core.gpt_sovits.training.distilling import agreement, halved
from tts_core.gpt_sovits.training.export import export_sound, export_text
from tts_core.gpt_sovits.training.run import Plan, Progress, run_id, train
from tts_core.gpt_sovits.training.text_learner import TextLearner, TextSettings

PAGE = REPOSITORY / "docs/benchmarks/compression.md"
HEADING = "## Figures"
WIDTH = 128
LEARNED_OF_BASE = 18  # sentences of the six voices beside those of the seventh
HEARD = 5  # lines that each of the graphs speaks
WHOLE, HALF = "toy", "toy-half"
PUBLISHED = T2SDims(512, 16, 24, 732)
ROUNDS, STEPS, POSITIONS = 7, 4, 200


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--training", type=Path, default=REPOSITORY / "build/bench-training")
    asked.add_argument("--folder", type=Path, default=REPOSITORY / "build/bench-compress")
    asked.add_argument("--layers", type=int, default=12)
    asked.add_argument("--base", type=int, default=400, help="updates of the whole text stage")
    asked.add_argument("--updates", type=int, default=120, help="of its half")
    asked.add_argument(
        "--lines", type=int, default=96, help="of the novel, that the whole one speaks to its half"
    )
    asked.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    given = asked.parse_args()
    torch.set_num_threads(1)
    folder = given.folder
    os.environ["DUOYIN_MODELS"], os.environ["DUOYIN_VOICES"] = str(folder / "models"), str(folder / "voices")
    said = material(given.training, SoundSize().codes)
    learned = [*said.new, *said.base[:LEARNED_OF_BASE]]
    base = whole_text_stage(given.layers, given.base, learned, said, folder / "base")
    import_checkpoints(base, chain_sound(given.training, folder / "sound.pth"), WHOLE, imported_folder())
    text = folder / "novel.txt"
    write_atomically(text, "\n\n".join(spoken_lines(learned, said)[: given.lines]).encode())
    began = time.process_time()
    half = halve(Halving(WHOLE, text, HALF, given.lines, given.updates))
    print(half.to_text(), f"{time.process_time() - began:.0f} CPU s", flush=True)
    rows = [*thoughts(learned, said), ""]
    rows += [*weighed(said, folder), "", *at_published_size()]
    shown = "\n".join(rows)
    print(shown)
    if given.write:
        write_section(PAGE, HEADING, shown)
    return 0


def spoken_lines(learned: Sequence[Example], said: Material) -> list[str]:
    """What the whole stage speaks to its half: the lines it knows, then others of the novel, none held out."""
    own = [each.said.text for each in learned]
    known = {*own, *(each.said.text for each in said.new_held_out)}
    return [*own, *(line for line in sentences() if line not in known)]


def whole_text_stage(
    layers: int, updates: int, learned: Sequence[Example], said: Material, folder: Path
) -> Path:
    """A teacher that knows its lines; its checkpoint."""
    start = fresh_text(WIDTH, layers)
    learner = TextLearner(load_text2semantic(start), TextSettings("fixed", dropped=0.0))
    held_out = [each.text for each in said.new_held_out]
    course = TextCourse(learner, [each.text for each in learned], held_out, start.config, positions=1600)

    def told(progress: Progress) -> None:
        if progress.done % 20 == 0:
            print(f"whole: {progress.done}/{progress.planned} {progress.figures}", flush=True)

    train(course, Plan(updates, 0, 50, 50), folder, run_id(l=layers, n=len(learned)), told=told)
    course.export(folder / "whole.ckpt", "bench")
    return folder / "whole.ckpt"


def chain_sound(training: Path, target: Path) -> Path:
    """The sound stage that the whole chain of `bench_training` speaks in, its codes repeated up to as many as a text
    stage may draw: one that learned little draws codes that the toy does not have."""
    kept = read_checkpoint(training / f"{SPOKEN}.pth")
    embed = kept.weights[f"{CODEBOOK}embed"]
    codes = {f"{CODEBOOK}embed": embed.repeat(-(-END // len(embed)), 1)[:END]}
    codes |= {f"{CODEBOOK}embed_avg": codes[f"{CODEBOOK}embed"], f"{CODEBOOK}cluster_size": torch.ones(END)}
    export_sound({**kept.weights, **codes}, kept.config, kept.kind, "bench", target)
    return target


def thoughts(learned: Sequence[Example], said: Material) -> list[str]:
    """Whether the half says and thinks what the whole does; and what it would without having learned."""
    whole = read_checkpoint(imported_folder() / WHOLE / T2S_FILE)
    stages: dict[str, Checkpoint] = {
        "whole": whole,
        "half": read_checkpoint(imported_folder() / HALF / T2S_FILE),
        "every second layer, untaught": halved(whole),
    }
    recorded = [each.text.tokens.tolist() for each in learned]
    held_out = [each.text for each in said.new_held_out]
    teacher = load_text2semantic(whole)
    rows = [
        "| first stage | layers | lines known by heart, token for token | the same as the whole says | held-out sentences: nats a "
        "token from the whole | the same likeliest token |",
        "|---|---|---|---|---|---|",
    ]
    first: list[list[int]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, stage in stages.items():
            path = Path(folder) / f"{len(rows)}.ckpt"
            export_text(stage.weights, stage.config, "", path)
            drawn = decoded(path, learned)
            first = first or drawn
            known, alike = (
                sum(one == other for one, other in zip(drawn, lines, strict=True))
                for lines in (recorded, first)
            )
            model = load_text2semantic(read_checkpoint(path))
            apart, same = agreement(teacher, model, held_out)
            rows.append(
                f"| {name} | {model.dims.layers} | {known} of {len(recorded)} | {alike} | {apart:.3f} | {100 * same:.0f} % |"
            )
    return rows


def weighed(said: Material, folder: Path) -> list[str]:
    """Graphs of both, float32 and smaller: what they cost, and how lines of the voice sound."""
    graphs: list[tuple[str, Path]] = []
    for name in (WHOLE, HALF):
        plain = folder / "graphs" / name
        shutil.rmtree(plain, ignore_errors=True)
        export_onnx(imported_folder() / name, plain)
        prepare(name, said, plain)
        graphs.append((f"{name}, float32", plain))
        for form in SMALL_FORMS:
            small = folder / "graphs" / f"{name}-{form}"
            make_smaller(plain, small, form)
            shutil.copy(plain / f"{NEW_VOICE}.voice.npz", small)
            graphs.append((f"{name}, {form}", small))
    clips = [(each.said.samples, SAMPLE_RATE) for each in said.new]
    lines = [each.said.text for each in said.new[:HEARD]]
    made = weigh(
        graphs,
        NEW_VOICE,
        clips,
        lines=lines,
        language=LANGUAGE,
        sampling=Sampling(top_k=1, repetition_penalty=1.0),
    )
    return as_table(made)


def prepare(name: str, said: Material, folder: Path) -> None:
    """The toy's voice for a model's graphs, without a prompt."""
    model = load_sovits(read_checkpoint(imported_folder() / name / SOVITS_FILE))
    vector = voice_of(model, said.new)
    PreparedVoice(
        NEW_VOICE, LANGUAGE, "male", "adult", "Apache-2.0", Consent("An embedded voice."),
        imported_model(imported_folder() / name).digest(), name, (), None, np.zeros(0, np.int64),
        vector.decoder.numpy(), vector.text.numpy(),
    ).save(folder)  # fmt: skip


def as_table(made: Sequence[Weighed]) -> list[str]:
    """In Markdown."""
    rows = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    return [*rows, *(f"| {' | '.join(each.row())} |" for each in made)]


def at_published_size() -> list[str]:
    """Milliseconds of the processor a token, interleaved in one process, of weights that mean nothing."""
    import onnxruntime

    torch.manual_seed(0)
    drawn = {
        name: 0.04 * torch.randn_like(each) for name, each in Text2Semantic(PUBLISHED).state_dict().items()
    }
    for name in drawn:
        drawn[name] += 1.0 * name.endswith(("norm1.weight", "norm2.weight"))
    config = {"model": {"head": PUBLISHED.heads, "n_layer": PUBLISHED.layers}}
    whole = Checkpoint("t2s", drawn, config, "", "0" * 64, "published size")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    sessions, sizes = {}, {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, stage in (("whole", whole), ("half", halved(whole))):
            text = Path(scratch) / f"{name}.ckpt"
            export_text(stage.weights, stage.config, "", text)
            import_checkpoints(text, imported_folder() / WHOLE / SOVITS_FILE, name, Path(scratch))
            plain = Path(scratch) / f"{name}-float32"
            export_onnx(Path(scratch) / name, plain)
            make_smaller(plain, Path(scratch) / f"{name}-int8", "int8")
            for form in ("float32", "int8"):
                step = Path(scratch) / f"{name}-{form}" / "step.onnx"
                sizes[name, form] = step.stat().st_size / 1e6
                sessions[name, form] = onnxruntime.InferenceSession(
                    step.read_bytes(), options, providers=["CPUExecutionProvider"]
                )
    spent: dict[tuple[str, str], list[float]] = {key: [] for key in sessions}
    for _ in range(ROUNDS):
        for key, session in sessions.items():
            layers = session.get_inputs()[2].shape[0]
            past = np.zeros((layers, PUBLISHED.heads, POSITIONS, PUBLISHED.head_width), np.float32)
            given = {"token": np.array([3]), "position": np.array([100]), "keys": past, "values": past}
            began = time.process_time()
            for _ in range(STEPS):
                session.run(None, given)
            spent[key].append(1000 * (time.process_time() - began) / STEPS)
    first = statistics.median(spent["whole", "float32"])
    rows = [
        f"| published size, a token behind {POSITIONS} positions | step.onnx | CPU ms | times as fast |",
        "|---|---|---|---|",
    ]
    for (name, form), times in spent.items():
        median = statistics.median(times)
        rows.append(f"| {name}, {form} | {sizes[name, form]:.0f} MB | {median:.1f} | {first / median:.2f} |")
    return rows


if __name__ == "__main__":
    sys.exit(main())
