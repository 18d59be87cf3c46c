"""What a smaller model costs and how it sounds, on the toy chain of `bench_training`:

    python -m tests.benchmarks.bench_compress [--training build/bench-training] [--folder build/bench-compress] [--write]

A text stage of `--layers` learns the chain's lines until it knows them by heart (`--base` updates); its half is taught by
it alone (`--updates`), by what it says to those lines and to `--others` of the novel. The sound stage is the one that the
chain of `bench_training` speaks in; one of half the width is taught by it alone (`--narrow-updates`). All are written as
graphs and heard. Runs are kept in the folder and gone on with. For a pair of one's own: `duoyin models compress … --table`.

What a half saves at the published size is measured apart (`--speed`), on weights that mean nothing. One thread.
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
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from flows.making.weighing import COLUMNS, Weighed, weigh
from tests.benchmarks.pages import write_section
from tests.benchmarks.training.hearing import SEEDS, Listener, spoken, voice_of
from tests.benchmarks.training.speech import (
    FEATURE_WIDTH,
    LANGUAGE,
    NEW_VOICE,
    Material,
    material,
    sentences,
)
from tests.benchmarks.training.toys import toy_text
from tests.benchmarks.training.trials import SPOKEN, decoded
from tests.conftest import REPOSITORY
from tts_core.consent import Consent
from tts_core.gpt_sovits.conversion.export import export_onnx
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.conversion.smaller import make_smaller
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, read_checkpoint
from tts_core.gpt_sovits.files.imported import SOVITS_FILE, T2S_FILE, imported_folder, imported_model
from tts_core.gpt_sovits.files.prepared import PreparedVoice
from tts_core.gpt_sovits.loops.linear import Precision
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.prior import MRTE_WIDTH
from tts_core.gpt_sovits.model.sovits import CODEBOOK, SAMPLE_RATE, SpeechRequest, load_sovits
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic, load_text2semantic
from tts_core.gpt_sovits.model.tokens import END, Sampling
from tts_core.gpt_sovits.training import fresh
from tts_core.gpt_sovits.training.courses import TextCourse
from tts_core.gpt_sovits.training.distilling import Student, agreement, halved, in_pairs
from tts_core.gpt_sovits.training.export import export_sound, export_text
from tts_core.gpt_sovits.training.material.cleaning import phones_of
from tts_core.gpt_sovits.training.narrowing import NarrowCourse, narrowed
from tts_core.gpt_sovits.training.run import Plan, Progress, run_id, train
from tts_core.gpt_sovits.training.text_batch import TextLine
from tts_core.gpt_sovits.training.text_learner import TextLearner, TextSettings

PAGE = REPOSITORY / "docs/benchmarks/compression.md"
HEADING, GRAPHS, SPEED = "## Figures", "## As graphs", "## Speed at the published size"
WIDTH = 128
FORMS = {
    "toy": ("whole", "whole"),
    "half": ("half", "whole"),
    "narrow": ("whole", "narrow"),
    "both": ("half", "narrow"),
}
"""Model → its text stage, its sound stage."""
EIGHT_BITS = "toy, precision: int8"
FLOAT: Precision = "float32"
INT8: Precision = "int8"
KEPT_BACK = 3  # of what is taught, to examine
POSITIONS_A_BATCH = 1600  # phones and tokens
GREEDY = Sampling(top_k=1, repetition_penalty=1.0)
PUBLISHED = T2SDims(512, 16, 24, 732)
ROUNDS, STEPS, POSITIONS = 5, 4, 200


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--training", type=Path, default=REPOSITORY / "build/bench-training")
    asked.add_argument("--folder", type=Path, default=REPOSITORY / "build/bench-compress")
    asked.add_argument("--layers", type=int, default=6)
    asked.add_argument("--base", type=int, default=240, help="updates of the whole text stage")
    asked.add_argument("--updates", type=int, default=480, help="of its half")
    asked.add_argument("--narrow-updates", type=int, default=160, help="of the sound stage of half the width")
    asked.add_argument("--others", type=int, default=6, help="lines of the novel beside those it knows")
    asked.add_argument("--speed", action="store_true", help="only the speed at the published size")
    asked.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    given = asked.parse_args()
    torch.set_num_threads(1)
    folder = given.folder
    if given.speed:
        told(SPEED, at_published_size(), write=given.write)
        return 0
    os.environ["DUOYIN_MODELS"], os.environ["DUOYIN_VOICES"] = str(folder / "models"), str(folder / "voices")
    said = material(given.training, fresh.SoundSize().codes)
    whole = whole_text_stage(given.layers, given.base, said, folder / "whole")
    lines = spoken_lines(whole, said, given.others)
    text = {"whole": whole, "half": half_text_stage(whole, lines, given.updates, folder / "half")}
    sound = {"whole": chain_sound(given.training, folder / "sound.pth")}
    sound["narrow"] = narrow_sound_stage(sound["whole"], lines, said, given.narrow_updates, folder / "narrow")
    for name, (first, second) in FORMS.items():
        import_checkpoints(text[first], sound[second], name, imported_folder())
    told(HEADING, [*thoughts(said), "", *heard(said)], write=given.write)
    told(GRAPHS, weighed(said, folder), write=given.write)
    return 0


def told(heading: str, rows: Sequence[str], *, write: bool) -> None:
    """Print a section of the page, and put it there where asked to."""
    shown = "\n".join(rows)
    print(shown)
    if write:
        write_section(PAGE, heading, shown)


def whole_text_stage(layers: int, updates: int, said: Material, folder: Path) -> Path:
    """A teacher that knows its lines; its checkpoint."""
    start = toy_text(WIDTH, layers)
    learner = TextLearner(load_text2semantic(start), TextSettings("fixed", dropped=0.0))
    learned, held_out = [each.text for each in said.new], [each.text for each in said.new_held_out]
    course = TextCourse(learner, learned, held_out, start.config, positions=POSITIONS_A_BATCH)
    return run(course, updates, folder, run_id(l=layers, n=len(learned)))


def spoken_lines(whole: Path, said: Material, others: int) -> list[TextLine]:
    """What the whole stage says to the lines it knows, then to others of the novel; none is held out of anything."""
    known = {each.said.text for each in (*said.new, *said.new_held_out)}
    new = [line for line in sentences() if line not in known][:others]
    phones = [each.text.phones for each in said.new] + [phones_of(line, LANGUAGE).ids for line in new]
    decoder = SemanticDecoder(
        load_text2semantic(read_checkpoint(whole)).prepare(), GREEDY, rows=8, length=1280
    )
    nothing = torch.zeros(0, dtype=torch.int64)
    drawn = dict(decoder.run(TokenRequest(each, nothing, most_tokens=4 * len(each)) for each in phones))
    return [TextLine(each, torch.tensor(drawn[at].tokens or [0])) for at, each in enumerate(phones)]


def half_text_stage(whole: Path, lines: Sequence[TextLine], updates: int, folder: Path) -> Path:
    """Half the layers, taught what the whole stage says; its checkpoint."""
    teacher = read_checkpoint(whole)
    small = halved(teacher)
    student = Student(
        load_text2semantic(teacher), load_text2semantic(small), TextSettings("fixed", dropped=0.0)
    )
    course = TextCourse(
        student, in_pairs(lines[:-KEPT_BACK]), lines[-KEPT_BACK:], small.config, positions=POSITIONS_A_BATCH
    )
    return run(course, updates, folder, taught_by(teacher, lines))


def narrow_sound_stage(
    whole: Path, lines: Sequence[TextLine], said: Material, updates: int, folder: Path
) -> Path:
    """A decoder of half the width, taught by the whole one what these tokens sound like; its checkpoint."""
    teacher = read_checkpoint(whole)
    model = load_sovits(teacher)
    voice = voice_of(model, said.new)
    requests = [SpeechRequest(each.tokens, each.phones, voice, seed=at) for at, each in enumerate(lines)]
    latents = [model.latent(each) for each in requests]
    course = NarrowCourse(teacher, latents[:-KEPT_BACK], latents[-KEPT_BACK:], voice)
    return run(course, updates, folder, taught_by(teacher, lines))


def taught_by(teacher: Checkpoint, lines: Sequence[TextLine]) -> str:
    """A run's id; the files themselves hold the time they were written at."""
    said = [[*each.phones.tolist(), *each.tokens.tolist()] for each in lines]
    return run_id(teacher=sum(float(each.double().sum()) for each in teacher.weights.values()), said=said)


def run(course: TextCourse | NarrowCourse, updates: int, folder: Path, content: str) -> Path:
    """Make the updates, or go on with them; the checkpoint of the last one."""
    began, every = time.process_time(), max(1, updates // 10)

    def progressed(progress: Progress) -> None:
        if progress.done % every == 0:
            figures = ", ".join(f"{name} {value:.3f}" for name, value in progress.figures.items())
            spent = time.process_time() - began
            print(
                f"{folder.name}: {progress.done}/{progress.planned} {figures}, {spent:.0f} CPU s", flush=True
            )

    record = train(course, Plan(updates, 0, every, every, save_seconds=60), folder, content, told=progressed)
    print(folder.name, "held out:", ", ".join(f"{at} {error:.2f}" for at, error in record.looks), flush=True)
    target = folder / f"{folder.name}{course.suffix}"
    course.export(target, "bench")
    return target


def chain_sound(training: Path, target: Path) -> Path:
    """The sound stage that the whole chain of `bench_training` speaks in, its codes repeated up to as many as a text
    stage may draw: one that learned little draws codes that the toy does not have."""
    kept = read_checkpoint(training / f"{SPOKEN}.pth")
    embed = kept.weights[f"{CODEBOOK}embed"]
    codes = {f"{CODEBOOK}embed": embed.repeat(-(-END // len(embed)), 1)[:END]}
    codes |= {f"{CODEBOOK}embed_avg": codes[f"{CODEBOOK}embed"], f"{CODEBOOK}cluster_size": torch.ones(END)}
    export_sound({**kept.weights, **codes}, kept.config, kept.kind, "bench", target)
    return target


def thoughts(said: Material) -> list[str]:
    """Whether the half says and thinks what the whole does; and what it would without having learned."""
    whole = read_checkpoint(imported_folder() / "toy" / T2S_FILE)
    stages: dict[str, Checkpoint] = {
        "whole": whole,
        "half": read_checkpoint(imported_folder() / "half" / T2S_FILE),
        "every second layer, untaught": halved(whole),
    }
    recorded = [each.text.tokens.tolist() for each in said.new]
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
            drawn = decoded(path, said.new)
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


def heard(said: Material) -> list[str]:
    """What a recogniser hears of the known lines, text to sound, greedily: with torch, as `bench_training` hears them."""
    listener = Listener()
    person = listener.person([each.said.samples for each in said.new])
    rows = ["| chain | words heard otherwise | letters | likeness |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as scratch:
        for shown, name, precision in [*((each, each, FLOAT) for each in FORMS), (EIGHT_BITS, "toy", INT8)]:
            text = read_checkpoint(imported_folder() / name / T2S_FILE)
            path = Path(scratch) / f"{name}.ckpt"
            export_text(text.weights, text.config, "", path)
            drawn = [torch.tensor(each) for each in decoded(path, said.new, precision)]
            model = load_sovits(read_checkpoint(imported_folder() / name / SOVITS_FILE))
            made = listener.hear(spoken(model, said.new, voice_of(model, said.new), drawn, SEEDS[:1]), person)
            alike = sum(made.likeness) / len(made.likeness)
            rows.append(
                f"| {shown} | {100 * made.words.rate:.1f} % | {100 * made.letters.rate:.1f} % | {alike:.3f} |"
            )
    return rows


def weighed(said: Material, folder: Path) -> list[str]:
    """Graphs of all, float32 and smaller: what they cost, and how the lines that are known sound."""
    graphs: list[tuple[str, Path]] = []
    for name in FORMS:
        plain = folder / "graphs" / name
        shutil.rmtree(plain, ignore_errors=True)
        export_onnx(imported_folder() / name, plain)
        prepare(name, said, plain)
        graphs.append((f"{name}, float32", plain))
        if name == "both":
            small = folder / "graphs" / f"{name}-int8"
            make_smaller(plain, small, "int8")
            shutil.copy(plain / f"{NEW_VOICE}.voice.npz", small)
            graphs.append((f"{name}, int8", small))
    clips = [(each.said.samples, SAMPLE_RATE) for each in said.new]
    lines = [each.said.text for each in said.new]
    return as_table(weigh(graphs, NEW_VOICE, clips, lines=lines, language=LANGUAGE, sampling=GREEDY))


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
    """Processor time of both stages at the published size, of weights that mean nothing, interleaved in one process: the
    first stage whole and half, the decoder whole and narrow."""
    import onnxruntime

    text, sound = published_weights()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    sizes: dict[tuple[str, str], dict[str, float]] = {}
    spent: dict[tuple[str, str], dict[str, list[float]]] = {}
    sessions = {}
    with tempfile.TemporaryDirectory() as scratch:
        pairs = {"whole": (text, sound), "half, narrow": (halved(text), narrowed(sound))}
        for name, (first, second) in pairs.items():
            folder = Path(scratch) / name
            export_text(first.weights, first.config, "", folder / "a.ckpt")
            export_sound(second.weights, second.config, second.kind, "", folder / "a.pth")
            import_checkpoints(folder / "a.ckpt", folder / "a.pth", name, Path(scratch) / "models")
            export_onnx(Path(scratch) / "models" / name, folder / "float32")
            make_smaller(folder / "float32", folder / "int8", "int8")
            for form in ("float32", "int8"):
                paths = {graph: folder / form / f"{graph}.onnx" for graph in ("step", "speech")}
                sizes[name, form] = {graph: path.stat().st_size / 1e6 for graph, path in paths.items()}
                spent[name, form] = {graph: [] for graph in paths}
                sessions[name, form] = {
                    graph: onnxruntime.InferenceSession(
                        path.read_bytes(), options, providers=["CPUExecutionProvider"]
                    )
                    for graph, path in paths.items()
                }
    for _ in range(ROUNDS):
        for key, (step, speech) in ((key, each.values()) for key, each in sessions.items()):
            layers = step.get_inputs()[2].shape[0]
            past = np.zeros((layers, PUBLISHED.heads, POSITIONS, PUBLISHED.head_width), np.float32)
            said = {"token": np.array([3]), "position": np.array([100]), "keys": past, "values": past}
            spent[key]["step"].append(1000 * _cpu(step, said, STEPS))
            spent[key]["speech"].append(_cpu(speech, _two_seconds(), 1) / 2)
    rows = [
        f"| published size | step.onnx | CPU ms a token behind {POSITIONS} positions | times as fast "
        "| speech.onnx | CPU s a second of sound | times as fast |",
        "|---|---|---|---|---|---|---|",
    ]
    medians = {
        key: {graph: statistics.median(times) for graph, times in each.items()} for key, each in spent.items()
    }
    plain = medians["whole", "float32"]
    for (name, form), times in medians.items():
        size, faster = sizes[name, form], {graph: plain[graph] / times[graph] for graph in times}
        rows.append(
            f"| {name}, {form} | {size['step']:.0f} MB | {times['step']:.1f} | {faster['step']:.2f} "
            f"| {size['speech']:.0f} MB | {times['speech']:.2f} | {faster['speech']:.2f} |"
        )
    return rows


def published_weights() -> tuple[Checkpoint, Checkpoint]:
    """Both stages of v2 at their size."""
    torch.manual_seed(0)
    drawn = {
        name: 0.04 * torch.randn_like(each) for name, each in Text2Semantic(PUBLISHED).state_dict().items()
    }
    for name in drawn:
        drawn[name] += 1.0 * name.endswith(("norm1.weight", "norm2.weight"))
    config = {"model": {"head": PUBLISHED.heads, "n_layer": PUBLISHED.layers}}
    text = Checkpoint("t2s", drawn, config, "", "0" * 64, "published size")
    size = fresh.PUBLISHED
    weights = fresh.fresh_sound(size, torch.randn(size.codes, FEATURE_WIDTH))
    return text, Checkpoint("v2", weights, size.config(), "", "0" * 64, "published size")


def _two_seconds() -> dict[str, NDArray[Any]]:
    """What speech.onnx is given."""
    size = fresh.PUBLISHED.dims()
    return {
        "tokens": np.arange(50),
        "phones": np.arange(1, 31),
        "voice": np.zeros((1, size.generator.voice, 1), np.float32),
        "text_voice": np.zeros((1, MRTE_WIDTH, 1), np.float32),
        "noise": np.zeros((1, size.prior.latent, 100), np.float32),
    }


def _cpu(session: Any, given: dict[str, Any], times: int) -> float:
    """Seconds of the processor a run of a graph."""
    began = time.process_time()
    for _ in range(times):
        session.run(None, given)
    return (time.process_time() - began) / times


if __name__ == "__main__":
    sys.exit(main())
