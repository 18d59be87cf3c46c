"""`duoyin voice`: voices of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from flows.cli.consent import consent_or_ask
from flows.cli.here import run_here
from flows.cli.options import Json, Quiet, one_of
from flows.cli.results import Result, show, table
from flows.cli.terminal import reporter
from flows.cli.words import say
from flows.workspace.logs import logs_below
from flows.workspace.progress import Reporter, reporting
from normalizers import DuoyinError
from tts_core.consent import Consent, Use, day_of, uses_of
from tts_core.extras import extra
from tts_core.gpt_sovits.description import DESCRIPTION as CLONING

if TYPE_CHECKING:
    from tts_core.gpt_sovits.voice.denoise import Denoiser

DEFAULT_BASE = "gpt-sovits-v2proplus"

voice = typer.Typer()

LAWFUL_USE = """\
Before this first voice of a person speaks:
  Use it only as the person agreed, and keep their statement. Tell listeners that the speech is synthetic: every
  finished file says so, and `duoyin log` keeps who used which voice when. Never pass it off as a recording of them.
  请只在本人同意的范围内使用这个声音，并保存其同意书。请告诉听众这是合成语音：成品文件都有标注，`duoyin log`
  会记录谁在何时使用了哪个声音。不得冒充本人的录音。
  → docs/how-to/lawful-use.md"""
"""Said once on a machine, in the languages of those who clone voices here."""


Statement = Annotated[str, typer.Option(help="Who agreed to what, in plain words.")]
Covers = Annotated[
    str, typer.Option(help=f"What the consent covers: {', '.join(Use)}; default: what it says.")
]
Denoise = Annotated[
    bool, typer.Option("--denoise", help="Take the noise out first; of a clip, the recording is kept beside.")
]
ByDenoiser = Annotated[
    str,
    typer.Option(help="By what noise is taken out: rnnoise, or deepfilternet, which is better and slower."),
]
Until = Annotated[str, typer.Option(help="The last day on which the consent holds: 2027-12-31.")]


def _consent(statement: str, covers: str, until: str) -> Consent:
    return Consent(statement.strip(), uses_of(_listed(covers), "--covers"), day_of(until, "--until"))


def _denoiser(asked: bool, name: str) -> Denoiser | None:
    """Raises `DuoyinError` for a name that is none."""
    from tts_core.gpt_sovits.voice.denoise import DENOISERS

    if name:
        made: Denoiser = one_of(name, DENOISERS, "denoiser")
        return made
    return "rnnoise" if asked else None


@voice.command("add")
def add_voice(
    name: Annotated[str, typer.Argument(help="What to call the voice.")],
    clips: Annotated[
        Path, typer.Option(help="A recording, or a folder of them (words in .txt files beside).")
    ],
    model: Annotated[
        str | None, typer.Option(help="The imported model that speaks; default: the only one.")
    ] = None,
    consent: Statement = "",
    covers: Covers = "",
    until: Until = "",
    text: Annotated[str | None, typer.Option(help="What is said in the one recording.")] = None,
    language: Annotated[str, typer.Option(help=f"{' or '.join(CLONING.languages)}.")] = CLONING.languages[0],
    gender: Annotated[str, typer.Option(help="female, male or neutral.")] = "neutral",
    age: Annotated[str, typer.Option(help="child, young, adult or old.")] = "adult",
    licence: Annotated[str, typer.Option(help="What the recordings are used under.")] = "",
    denoise: Denoise = False,
    denoiser: ByDenoiser = "",
    as_json: Json = False,
) -> None:
    """Make a voice from a short recording. Needs a consent statement."""
    with extra("clone"):
        from tts_core.gpt_sovits.voice.clips import voice_from_clips
        from tts_core.gpt_sovits.voice.voicefile import Age, Gender, known_voices, voices_folder
    agreed = consent_or_ask(_consent(consent, covers, until))
    first = not known_voices(voices_folder())
    made = voice_from_clips(
        name,
        clips,
        folder=voices_folder(),
        model=model or _only_model(),
        consent=agreed,
        texts=_texts(clips, text),
        language=one_of(language, CLONING.languages, "language"),
        gender=one_of(gender, get_args(Gender), "gender"),
        age=one_of(age, get_args(Age), "age"),
        licence=licence,
        denoise=_denoiser(denoise, denoiser),
    )
    judged = [
        f"  {c.path.name}: {'; '.join(map(say, [*c.errors, *c.notes])) or say('good')}" for c in made.clips
    ]
    data = {
        "voice": name,
        "folder": str(made.voice.folder),
        "prompt": made.prompt_from.name,
        "clips": [
            {"file": c.path.name, "errors": list(c.errors), "notes": list(c.notes)} for c in made.clips
        ],
        "notes": list(made.notes),
    }
    lines = [
        str(made.voice.folder),
        *judged,
        *(f"  {note}" for note in made.notes),
        *([LAWFUL_USE] if first else []),
    ]
    show(Result(data, "\n".join(lines)), as_json=as_json)


@voice.command("clean")
def clean_recordings(
    recordings: Annotated[
        list[Path],
        typer.Argument(help="Recordings or videos, or folders of them; words in .txt files beside."),
    ],
    text: Annotated[
        Path | None,
        typer.Option(help="What is said: a text or book (EPUB) they are a part of, subtitles, or a .list."),
    ] = None,
    language: Annotated[str, typer.Option(help=f"{' or '.join(CLONING.languages)}.")] = CLONING.languages[0],
    denoise: Denoise = False,
    denoiser: ByDenoiser = "",
    to: Annotated[
        Path | None, typer.Option(help="Write the clips and their words into this new folder.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What of some recordings a voice can be trained on, clip by clip, and why not on the rest."""
    with extra("clone"):
        from flows.making.training import looking
        from flows.making.training.material import material
    code = one_of(language, CLONING.languages, "language")
    with reporter(quiet=quiet or as_json) as progress, reporting(progress):
        made = looking.look_through(material(recordings, text), code, denoise=_denoiser(denoise, denoiser))
        written = looking.write_set(made, to, to.name) if to is not None else None
    data = {**looking.told(made), "list": None if written is None else str(written)}
    lines = [looking.as_text(made), *([str(written)] if written is not None else [])]
    show(Result(data, "\n".join(lines)), as_json=as_json)


@voice.command("train")
def train_voice(
    name: Annotated[
        str, typer.Argument(help="What to call the voice; with nothing else, go on with its training.")
    ],
    recordings: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            help="Recordings or videos, or a folder of them; words in .txt files beside. With --base none one person's "
            "each.",
        ),
    ] = None,
    consent: Statement = "",
    covers: Covers = "",
    until: Until = "",
    text: Annotated[
        Path | None,
        typer.Option(help="What is said: a text or book (EPUB) they are a part of, subtitles, or a .list."),
    ] = None,
    engine: Annotated[str, typer.Option(help="That learns: gpt-sovits, or tacotron2 to compare with.")] = "",
    base: Annotated[
        str,
        typer.Option(
            help=f"The imported model to start from, or none, from hours of many people; default: {DEFAULT_BASE}."
        ),
    ] = "",
    size: Annotated[
        str, typer.Option(help="Of a model that begins with nothing: published, or small for a CPU.")
    ] = "",
    source: Annotated[str, typer.Option(help="Of tacotron2's vocoder: none, or nsf (harmonic).")] = "",
    language: Annotated[str, typer.Option(help=f"{' or '.join(CLONING.languages)}.")] = "",
    gender: Annotated[str, typer.Option(help="female, male or neutral.")] = "",
    age: Annotated[str, typer.Option(help="child, young, adult or old.")] = "",
    licence: Annotated[str, typer.Option(help="What the recordings are used under.")] = "",
    denoise: Denoise = False,
    denoiser: ByDenoiser = "",
    stage: Annotated[str, typer.Option(help="both, sound or text.")] = "",
    recipe: Annotated[
        str, typer.Option(help="fixed, or compatible: the reference's, mistakes included.")
    ] = "",
    sound_updates: Annotated[int, typer.Option(min=0, help="Updates of the sound stage; 0: by the set.")] = 0,
    text_updates: Annotated[int, typer.Option(min=0, help="Updates of the text stage; 0: by the set.")] = 0,
    more: Annotated[int, typer.Option(min=0, help="So many updates beyond those of the last time.")] = 0,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    preference: Annotated[
        bool, typer.Option("--preference", help="Learn from damaged lines, too (DPO).")
    ] = False,
    device: Annotated[
        str, typer.Option(help="That learns: cpu, cuda or auto (the card, where there is one).")
    ] = "",
    cards: Annotated[
        int, typer.Option(min=0, help="CUDA cards that learn together; several have never been tried.")
    ] = 0,
    precision: Annotated[
        str,
        typer.Option(
            help="Of products: float32, bfloat16, or auto: whichever is measured to be faster here."
        ),
    ] = "",
    plan: Annotated[
        bool, typer.Option("--plan", help="Only look at the recordings and forecast: updates, time, memory.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a voice on a minute or more of speech. Run again to go on after a stop. Needs a consent statement."""
    with extra("clone"):  # the flow would find out too late
        from flows.making.training.order import AUTO, LEARNERS, order_of
        from tts_core.gpt_sovits.training.recipe import PRECISIONS
        from tts_core.gpt_sovits.voice.voicefile import Age, Gender
        from tts_core.tacotron.model import SIZES
        from tts_core.tacotron.vocoder import SOURCES
    for value, choices, what in (
        (engine, LEARNERS, "engine"),
        (size, tuple(SIZES), "size"),
        (source, SOURCES, "source"),
        (language, CLONING.languages, "language"),
        (gender, get_args(Gender), "gender"),
        (age, get_args(Age), "age"),
        (stage, ("both", "sound", "text"), "stage"),
        (recipe, ("fixed", "compatible"), "recipe"),
        (device, ("cpu", "cuda", "auto"), "device"),
        (precision, (AUTO, *PRECISIONS), "precision"),
    ):
        if value:
            one_of(value, choices, what)
    agreed = _consent(consent, covers, until)
    if recordings:  # without them a training goes on, under the consent that it has
        agreed = consent_or_ask(agreed)
    options = {
        "recordings": [str(place.resolve()) for place in recordings or ()], "consent": agreed.statement,
        "engine": engine, "base": base, "size": size, "source": source,
        "covers": [str(use) for use in agreed.covers],
        "until": agreed.until.isoformat() if agreed.until else "",
        "text": str(text.resolve()) if text is not None else "", "language": language, "gender": gender, "age": age,
        "licence": licence, "denoise": _denoiser(denoise, denoiser), "stage": stage, "recipe": recipe,
        "device": device, "precision": precision, "cards": cards or None,
        "sound_updates": sound_updates or None, "text_updates": text_updates or None, "more": more or None,
        "seed": seed or None, "preference": preference or None,
    }  # fmt: skip
    with reporter(quiet=quiet or as_json) as progress:
        if plan:
            show(_forecast(name, options, progress), as_json=as_json)
            return
        order_of(name, options)  # what is missing is told at once
        result = run_here(
            "voice", Path(name), {key: value for key, value in options.items() if value}, progress
        )
    show(result, as_json=as_json)


def _forecast(name: str, options: Mapping[str, Any], progress: Reporter) -> Result:
    with extra("clone"):
        from flows.making.training import looking
        from flows.making.training.learners import forecast
        from flows.making.training.making import forecast_text
        from flows.making.training.order import order_of
    with reporting(progress):
        clean, stages = forecast(order_of(name, options))
    data = {
        "set": looking.told(clean),
        "stages": [{**asdict(stage), "seconds": round(stage.seconds, 1)} for stage in stages],
    }
    return Result(data, f"{looking.as_text(clean)}\n{forecast_text(stages)}")


@voice.command("check")
def check_voice(
    name: Annotated[str, typer.Argument(help="A trained voice.")],
    as_json: Json = False,
) -> None:
    """How a trained voice speaks beside its base and its recordings: figures, and a page to hear them on."""
    made = _record_of(name)
    show(Result(made, str(made["summary"])), as_json=as_json)


@voice.command("export")
def export_voice(
    name: Annotated[str, typer.Argument(help="A trained voice.")],
    to: Annotated[Path, typer.Option(help="The folder to write the two files into.")],
    as_json: Json = False,
) -> None:
    """Write a trained voice's model in the published formats (.ckpt, .pth), for other programs."""
    made = _record_of(name)
    with extra("clone"):
        from flows.making.training.exporting import export
    files = export(name, Path(str(made["folder"])), to)
    data = {"voice": name, "files": [str(file) for file in files]}
    show(Result(data, "\n".join(map(str, files))), as_json=as_json)


def _record_of(name: str) -> dict[str, Any]:
    with extra("clone"):
        from flows.making.training.exporting import record_of
    return record_of(name)


def _texts(clips: Path, text: str | None) -> dict[str, str]:
    """What is said in each recording, by its file's name: `text` of the only one, else a .txt file beside it."""
    files: Sequence[Path] = [clips] if clips.is_file() else sorted(clips.glob("*"))
    recordings = [file for file in files if file.suffix != ".txt"]
    if text is not None:
        if len(recordings) != 1:
            raise DuoyinError(
                f"one text, but {len(recordings)} recordings",
                where=str(clips),
                hint="Put the words of each recording beside it, in a .txt file of the same name.",
            )
        return {recordings[0].name: text}
    beside = {file.name: file.with_suffix(".txt") for file in recordings}
    return {
        name: words.read_text(encoding="utf-8").strip() for name, words in beside.items() if words.is_file()
    }


def _only_model() -> str:
    """The imported model, where there is exactly one."""
    with extra("clone"):
        from tts_core.gpt_sovits.files.imported import imported_folder
    models = sorted(path.name for path in imported_folder().glob("*") if path.is_dir())
    if len(models) != 1:
        found = f"there are {', '.join(models)}" if models else "none is imported yet"
        raise DuoyinError(
            f"which model shall speak? {found}",
            hint="Name one with --model; `duoyin models import` or `duoyin models pull gpt-sovits-v2proplus` make one.",
        )
    return models[0]


@voice.command("list")
def list_voices(as_json: Json = False) -> None:
    """The voices made on this machine."""
    with extra("clone"):
        from tts_core.gpt_sovits.voice import voicefile
    voices = [voicefile.load_voice(path) for path in voicefile.known_voices(voicefile.voices_folder())]
    rows = [[v.name, v.model, v.language, v.gender, v.consent.to_text()] for v in voices]
    data = [
        {"name": v.name, "model": v.model, "language": v.language, "consent": v.consent.to_yaml()}
        for v in voices
    ]
    text = table("", ["voice", "model", "language", "gender", "consent"], rows)
    show(Result(data, text), as_json=as_json)


@voice.command("withdraw")
def withdraw_consent(
    name: Annotated[str, typer.Argument(help="The voice.")],
    projects: Annotated[
        Path, typer.Option(help="The folder whose projects are asked what they made with it.")
    ] = Path("."),
    as_json: Json = False,
) -> None:
    """Note that a person took their consent back, and list the files that were made with the voice."""
    with extra("clone"):
        from tts_core.gpt_sovits.voice import voicefile
    found = voicefile.load_voice(voicefile.voices_folder() / name)
    consent = replace(found.consent, withdrawn=found.consent.withdrawn or date.today())
    place = voicefile.save_voice(replace(found, consent=consent))
    made = {
        (str(log.project), facts["file"]): {"at": facts["at"], "by": facts["user"]}
        for log in logs_below(projects)
        for facts in log.deliveries()
        if name in facts["voices"]
    }  # a file that was made again stands there once
    files = [{"project": project, "file": file, **facts} for (project, file), facts in made.items()]
    rows = [list(file.values()) for file in files]
    told = (
        table("Made with it", ["project", "file", "at", "by"], rows) if rows else "No file was made with it."
    )
    lines = [f"{place}: the consent is withdrawn, the voice does not speak any more.", told]
    alike = [each.name for each in voicefile.of_the_same_clips(found) if not each.consent.withdrawn]
    if alike:
        names = ", ".join(alike)
        lines.append(f"The same recordings still speak as {names}: withdraw each, too.")
    data = {
        "voice": name,
        "withdrawn": f"{consent.withdrawn}",
        "files": files,
        "same_recordings": alike,
    }
    show(Result(data, "\n".join(lines)), as_json=as_json)


def _listed(names: str) -> list[str]:
    """What stands between commas."""
    return [name.strip() for name in names.split(",") if name.strip()]
