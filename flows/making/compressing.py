"""Models made smaller: half the first stage or half the decoder's width, distilled from text; graphs with smaller
weights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from flows.making.training.making import tell_update
from flows.making.training.material import words_of
from flows.making.weighing import Weighed, weigh
from flows.workspace import stopping
from flows.workspace.progress import reporter, share_told
from normalizers import DuoyinError, normalize_spans
from normalizers.languages.detection import language_of
from tts_core.consent import Use
from tts_core.engine import Utterance
from tts_core.files import atomic_path, write_atomically
from tts_core.gpt_sovits.conversion.export import export_onnx
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.conversion.smaller import SmallForm, make_smaller
from tts_core.gpt_sovits.engine import GptSovitsEngine
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, read_checkpoint
from tts_core.gpt_sovits.files.imported import (
    MODEL_FILE,
    SOVITS_FILE,
    T2S_FILE,
    ImportedModel,
    imported_folder,
    imported_model,
)
from tts_core.gpt_sovits.files.support import find_support
from tts_core.gpt_sovits.loops.process import set_for_the_process
from tts_core.gpt_sovits.model.text2semantic import load_text2semantic
from tts_core.gpt_sovits.text.reading import GivenPiece, given, read
from tts_core.gpt_sovits.training.chain import Stage
from tts_core.gpt_sovits.training.courses import TextCourse, split_off
from tts_core.gpt_sovits.training.distilling import Student, agreement, halved, in_pairs, kept_layers
from tts_core.gpt_sovits.training.narrowing import NarrowCourse, channels_of, narrowed
from tts_core.gpt_sovits.training.run import KEPT_FOLDER, Course, Plan, RunRecord, run_id, train
from tts_core.gpt_sovits.training.teaching import LEAST_LINES, spoken_latents, spoken_lines
from tts_core.gpt_sovits.training.text_batch import TextLine
from tts_core.gpt_sovits.training.text_learner import TextSettings
from tts_core.gpt_sovits.training.weights import CPU
from tts_core.gpt_sovits.voice import voicefile
from tts_core.gpt_sovits.voice.voicefile import ClonedVoice
from tts_core.gpt_sovits.voice.voicing import LoadedModel, ReadyVoice, VoiceRoom, read_clip
from tts_core.models import ModelStore, default_folder

DistilledForm = Literal["half", "narrow"]
SMALLER: dict[DistilledForm, Callable[[Checkpoint], Checkpoint]] = {"half": halved, "narrow": narrowed}
RUNS = "gpt-sovits-halves"  # in the model store: what teaching a smaller model is at, by the name of what is made
MADE_FILE = "made.json"
LINES, UPDATES = 400, 600
LOOKS = 10
SAVE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Named:
    """An imported model by its own name or by that of a voice that speaks with it.

    Args:
        folder: of the model. voice: None where the model itself was named.
    """

    folder: Path
    voice: ClonedVoice | None


@dataclass(frozen=True, slots=True)
class Distilling:
    """How a model teaches a smaller one.

    Args:
        model: of an imported model, or of a voice.
        text: a text, book or subtitles whose lines the model speaks to the smaller one.
        to: `half`: half the layers of the first stage; `narrow`: half the channels of the decoder.
        name: of what is made; "": the model's name with `-half` or `-narrow`.
        lines: of the text at most; updates: of learning; seed: of everything random.
    """

    model: str
    text: Path
    to: DistilledForm = "half"
    name: str = ""
    lines: int = LINES
    updates: int = UPDATES
    seed: int = 0

    @property
    def made(self) -> str:
        return self.name or f"{self.model}-{self.to}"


@dataclass(frozen=True, slots=True)
class Distilled:
    """What came of it.

    Args:
        model: its name; voice: of the voice that speaks with it, or "".
        sizes: layers (`half`) or first channels (`narrow`), before and after.
        lines: that the teacher spoke; learned from all but `held_out` of them.
        apart: on held-out lines, nats a token between teacher and student (`half`), or 45 × L1 of log mels between
            their sounds (`narrow`).
        same: share of the tokens where both think the same likeliest; None of a decoder.
    """

    model: str
    voice: str
    folder: Path
    to: DistilledForm
    sizes: tuple[int, int]
    lines: int
    held_out: int
    record: RunRecord
    apart: float
    same: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        data = {**asdict(self), "folder": str(self.folder)}
        data["layers" if self.to == "half" else "channels"] = list(data.pop("sizes"))
        return data

    def to_text(self) -> str:
        """For people."""
        whole, small = self.sizes
        spoken = f", spoken by the voice {self.voice}" if self.voice else ""
        if self.same is None:
            made = f"{small} of {whole} channels, learned from {self.lines} lines in {self.record.done} updates{spoken}"
            apart = (
                f"on {self.held_out} lines it did not learn: mel error {self.apart:.1f} from the whole model's "
                "sound"
            )
        else:
            made = f"{small} of {whole} layers, learned from {self.lines} lines in {self.record.done} updates{spoken}"
            apart = (
                f"on {self.held_out} lines it did not learn: {self.apart:.3f} nats a token from the whole model, "
                f"the same likeliest token in {100 * self.same:.0f} %"
            )
        return "\n".join([f"{self.folder}", made, apart])


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What the teacher said: `lines`, of which `learned` and `held_out` are places; the run's id is `digest`."""

    order: Distilling
    found: Named
    model: LoadedModel
    ready: ReadyVoice | None
    lines: list[TextLine]
    learned: list[int]
    held_out: list[int]
    runs: Path
    digest: str


def named(name: str) -> Named:
    """What a name on the command line means: a model, or a voice and its model.

    Raises:
        DuoyinError: neither, or a model of another engine.
    """
    if name in {status.name for status in ModelStore().status()}:
        raise DuoyinError(
            f"{name} is no model of GPT-SoVITS: only those can be exported and compressed",
            hint="duoyin models list shows them.",
        )
    known = imported_folder() / name
    voice = voicefile.voices_folder() / name
    if (voice / voicefile.VOICE_FILE).is_file():
        found = voicefile.load_voice(voice)
        said = Path(found.model) if Path(found.model).is_dir() else imported_folder() / found.model
        if not known.is_dir() or known == said:
            return Named(said, found)
    return Named(known, None)


def distil(order: Distilling) -> Distilled:
    """Let a model teach a smaller one, or go on with it; the model itself is not touched.

    Raises:
        DuoyinError: no such model, one that has no half, a decoder without a voice, a consent that does not cover it, a
            text without lines, or a name that is taken.
    """
    found = named(order.model)
    record = imported_model(found.folder)
    if order.to == "narrow" and found.voice is None:
        raise DuoyinError(
            "a decoder learns in a voice, and a model alone has none",
            hint="Name a voice that speaks with the model.",
        )
    _check_consent(found)
    runs = default_folder() / RUNS / order.made
    _check_name(order, runs)
    whole = read_checkpoint(found.folder / (T2S_FILE if order.to == "half" else SOVITS_FILE))
    small = SMALLER[order.to](whole)  # first: what has no half is told at once
    lesson = _lesson(order, found, record, runs)
    if order.to == "half":
        return _taught_text(lesson, small)
    return _taught_sound(lesson, whole)


def _lesson(order: Distilling, found: Named, record: ImportedModel, runs: Path) -> _Lesson:
    set_for_the_process(exact=True, threads=None)
    room = VoiceRoom(imported_folder(), find_support(), CPU, "float32")
    model = room.model(str(found.folder))
    reporter().stage("Teacher", f"{order.model} speaks lines of {order.text.name}")
    pieces = _pieces(order, found, model)
    content: dict[str, Any] = {"teacher": record.files[T2S_FILE], "pieces": pieces, "seed": order.seed}
    if order.to == "narrow":
        content["decoder"] = record.files[SOVITS_FILE]
    digest = run_id(**content, voice=found.voice and _content(found.voice))
    lines, flawed = spoken_lines(
        pieces, room, model, found.voice, order.seed, runs / digest / "said", share_told()
    )
    if flawed:
        reporter().warn(
            f"{flawed} of {len(pieces)} lines come out flawed: the model itself speaks this text badly"
        )
    learned, held_out = split_off([str(line.tokens.tolist()) for line in lines], max(2, len(lines) // 20))
    ready = room.ready(found.voice, "teacher") if found.voice is not None else None
    return _Lesson(order, found, model, ready, lines, learned, held_out, runs, digest)


def _taught_text(lesson: _Lesson, small: Checkpoint) -> Distilled:
    teacher, lines = lesson.model.text2semantic, lesson.lines
    course = TextCourse(
        Student(teacher, load_text2semantic(small), TextSettings("fixed", dropped=0.0)),
        in_pairs([lines[at] for at in lesson.learned]),
        [lines[at] for at in lesson.held_out],
        small.config,
        seed=lesson.order.seed,
    )
    done, kept = _learned(lesson, course, "text")
    made, voice = _kept(lesson, kept, lesson.found.folder / SOVITS_FILE)
    best = load_text2semantic(read_checkpoint(kept))
    apart, same = agreement(teacher, best, [lines[at] for at in lesson.held_out or lesson.learned[:1]])
    layers = teacher.dims.layers
    return _distilled(lesson, made, voice, (layers, len(kept_layers(layers))), done, apart, same)


def _taught_sound(lesson: _Lesson, whole: Checkpoint) -> Distilled:
    assert lesson.ready is not None
    latents = spoken_latents(lesson.lines, lesson.ready, lesson.order.seed, stopping.check)
    course = NarrowCourse(
        whole,
        [latents[at] for at in lesson.learned],
        [latents[at] for at in lesson.held_out],
        lesson.ready.vector,
        seed=lesson.order.seed,
    )
    done, kept = _learned(lesson, course, "sound")
    made, voice = _kept(lesson, lesson.found.folder / T2S_FILE, kept)
    assert done.best is not None
    sizes = (channels_of(whole), channels_of(course.small))
    return _distilled(lesson, made, voice, sizes, done, done.best.error, None)


def _learned(lesson: _Lesson, course: Course, stage: Stage) -> tuple[RunRecord, Path]:
    """Make the updates; the best checkpoint. Raises DuoyinError where nothing was learned."""
    order = lesson.order
    every = max(1, order.updates // LOOKS)
    plan = Plan(order.updates, order.seed, every, every, save_seconds=SAVE_SECONDS)
    reporter().stage("Learning", f"{order.updates} updates; the time is told after the first")
    folder = lesson.runs / lesson.digest
    done = train(course, plan, folder, lesson.digest, told=partial(tell_update, stage))
    if done.best is None:
        raise DuoyinError(
            "nothing was learned: the error on the held-out lines is no number", where=str(lesson.runs)
        )
    return done, folder / KEPT_FOLDER / done.best.file


def _kept(lesson: _Lesson, text: Path, sound: Path) -> tuple[ImportedModel, str]:
    """The smaller model in its place, and the voice that speaks with it."""
    made = import_checkpoints(text, sound, lesson.order.made, imported_folder())
    write_atomically(lesson.runs / MADE_FILE, (json.dumps({"digest": made.digest()}) + "\n").encode())
    voice = lesson.found.voice
    return made, _voice(voice, lesson.order.made) if voice is not None else ""


def _distilled(
    lesson: _Lesson,
    made: ImportedModel,
    voice: str,
    sizes: tuple[int, int],
    done: RunRecord,
    apart: float,
    same: float | None,
) -> Distilled:
    return Distilled(
        made.name,
        voice,
        imported_folder() / made.name,
        lesson.order.to,
        sizes,
        len(lesson.lines),
        len(lesson.held_out),
        done,
        apart,
        same,
    )


def shrink(name: str, form: SmallForm, target: Path) -> list[Path]:
    """Write a model's graphs with smaller weights to a folder; of a voice also the voice, with its consent.

    Raises:
        DuoyinError: no such model, a consent that does not hold, or a folder that cannot be written.
    """
    found = named(name)
    with exported(found, name) as graphs:
        reporter().stage("Graphs", form)
        files = make_smaller(graphs, target, form)
        for voice in graphs.glob("*.voice.npz"):
            with atomic_path(target / voice.name) as beside:
                shutil.copyfile(voice, beside)
            files.append(target / voice.name)
    return files


def weigh_graphs(name: str, small: Path, form: SmallForm) -> list[Weighed]:
    """A voice's float32 graphs beside smaller ones in a folder. Raises as `weigh`."""
    found = named(name)
    with exported(found, name) as graphs:
        return _weighed(found, name, [("float32", graphs), (form, small)])


def weigh_voices(whole: str, small: str) -> list[Weighed]:
    """Two voices of the same clips, each with its own model. Raises as `weigh`."""
    found = named(whole)
    rows = []
    for name in (whole, small):
        each = named(name)
        with exported(each, name) as graphs:
            rows += _weighed(found, name, [(name, graphs)])
    return rows


def _weighed(found: Named, name: str, graphs: Sequence[tuple[str, Path]]) -> list[Weighed]:
    voice = found.voice
    assert voice is not None
    reporter().stage("Table", "each speaks the same lines, and is heard")
    clips = [read_clip(voice.folder / clip.file) for clip in voice.references]
    return weigh(graphs, name, clips, language=voice.language)


@contextmanager
def exported(found: Named, name: str) -> Iterator[Path]:
    """A model's float32 graphs, and the voice's file of a voice, in a folder that goes away."""
    with TemporaryDirectory(prefix="duoyin-graphs-") as folder:
        reporter().stage("Export", name)
        if found.voice is not None:  # first: a voice that may not speak is told at once
            GptSovitsEngine(device="cpu", mark=False).prepare(name).save(Path(folder))
        export_onnx(found.folder, Path(folder))
        yield Path(folder)


def _check_consent(found: Named) -> None:
    """A student is trained on what a voice says: the person must have agreed to that, whoever names the model."""
    voices = [found.voice] if found.voice is not None else _trained_with(found.folder.name)
    for voice in voices:
        for use in (Use.READ_ALOUD, Use.TRAIN):
            if why := voice.consent.refusal(use, date.today()):
                raise DuoyinError(
                    f"no smaller model may be made of the voice {voice.name!r}: {why}",
                    where=str(voice.folder / voicefile.VOICE_FILE),
                    hint="Ask again, and write down what was agreed to.",
                )


def _trained_with(model: str) -> list[ClonedVoice]:
    """Voices whose own speech a model was trained on."""
    voices = map(voicefile.load_voice, voicefile.known_voices(voicefile.voices_folder()))
    return [voice for voice in voices if voice.trained and voice.model == model]


def _check_name(order: Distilling, runs: Path) -> None:
    """What is there under the name may be made anew only by what made it."""
    name = order.made
    if not name or name != Path(name).name or name.startswith("."):
        raise DuoyinError(f"“{name}” cannot be a model's name", hint="Use letters, digits, - and _.")
    model, voice = imported_folder() / name, voicefile.voices_folder() / name / voicefile.VOICE_FILE
    ours = ""
    if (runs / MADE_FILE).is_file():
        ours = str(json.loads((runs / MADE_FILE).read_text(encoding="utf-8")).get("digest"))
    taken = (model / MODEL_FILE).is_file() and imported_model(model).digest() != ours
    taken = taken or (voice.is_file() and voicefile.load_voice(voice).model != name)
    if taken:
        raise DuoyinError(
            f"there is something called {name!r} already, made otherwise",
            where=str(model),
            hint="Choose another name: --name.",
        )


def _pieces(order: Distilling, found: Named, model: LoadedModel) -> list[tuple[str, GivenPiece]]:
    """What the teacher speaks: pieces of the text's lines, evenly from all of it, each once."""
    text = words_of(order.text)
    language = found.voice.language if found.voice is not None else language_of(text)
    paragraphs = [line.strip() for line in text.splitlines() if line.strip()]
    step = max(1, len(paragraphs) // order.lines)
    pieces: dict[tuple[str, ...], tuple[str, GivenPiece]] = {}
    # Every so many-th, then those between, until there are enough.
    for at in (at for first in range(step) for at in range(first, len(paragraphs), step)):
        if len(pieces) >= order.lines:
            break
        stopping.check()
        written = normalize_spans(paragraphs[at], language)
        if not any(letter.isalnum() for letter in written.text):
            continue
        utterance = Utterance(written.text, language, order.model, hints=written.hints)
        spoken, parts = given(read(utterance, model.symbol_set))
        pieces |= {piece.phones: (spoken, piece) for piece in parts}
    if len(pieces) < LEAST_LINES:
        raise DuoyinError(
            f"there are {len(pieces)} lines to speak in the text; a model learns from some hundred",
            where=str(order.text),
            hint="Give a book or a longer text in the voice's language.",
        )
    return list(pieces.values())[: order.lines]


def _content(voice: ClonedVoice) -> list[str]:
    return [voice.prompt.sha256, voice.prompt.text, voice.language]


def _voice(voice: ClonedVoice, name: str) -> str:
    """The voice once more, with its clips, consent and licence, spoken by the smaller model."""
    folder = voicefile.voices_folder() / name
    for clip in {voice.prompt.file, *(each.file for each in voice.references)}:
        with atomic_path(folder / clip) as beside:
            shutil.copyfile(voice.folder / clip, beside)
    voicefile.save_voice(replace(voice, name=name, model=name, folder=folder, trained={}))
    return name
