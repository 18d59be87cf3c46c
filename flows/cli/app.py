"""The `duoyin` command: one function call a command; errors for people; exit codes that mean something.

Exit codes: 0 done · 1 a check was missed · 2 something to mend (one message says what) · 70 a bug, with its
traceback · 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from flows.workspace import stopping
from normalizers import DuoyinError

if TYPE_CHECKING:
    from collections.abc import Iterator

BUG = 70
"""Exit code of an error nobody foresaw (EX_SOFTWARE of sysexits.h)."""

STOPPED = 130
"""Exit code after Ctrl-C (128 + SIGINT)."""

STOP_MESSAGE = "duoyin: stopped; run the same command again to go on from here"

app = typer.Typer(
    name="duoyin",
    help="Novels to multi-voice audiobooks, subtitles to dub tracks, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but the result and errors.")]


def main() -> None:
    """Entry point of the console script."""
    stopping.listen(at_last=_leave_stopped)
    # jieba says this of its own imports on every run; whoever reads a book can do nothing about it
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated", category=UserWarning)
    # … and so does the jieba of our workers
    os.environ.setdefault("PYTHONWARNINGS", "ignore:pkg_resources is deprecated:UserWarning")
    try:
        code = _run()
    except BaseException:
        if not stopping.asked():
            raise
        code = STOPPED  # Ctrl-C as it was raised, or as Prefect passes on a SIGTERM
    if code == STOPPED:
        _leave_stopped()
    sys.exit(code)


def _run() -> int:
    """Run the command; returns its exit code."""
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        return STOPPED
    except BrokenPipeError:
        _leave(0)
    except Exception as error:  # noqa: BLE001 - the last border: whatever it is, a person is told
        if stopping.asked():
            return STOPPED  # what was cut short in its work may complain of that
        if isinstance(error, DuoyinError):
            _fail(str(error), error.exit_code)
        usage = _usage_message(error)
        if usage is None:
            traceback.print_exc()
            _fail("this is a bug in Duoyin; please report the lines above", BUG)
        if not usage:  # `duoyin` alone: its help is printed already
            _leave(2)
        _fail(usage, 2)
    return code if isinstance(code, int) else 0


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"duoyin {version('duoyin')}")
        raise typer.Exit


@app.callback()
def _everywhere(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command."""


@app.command()
def audiobook(
    source: Annotated[Path, typer.Argument(help="A book (EPUB, TXT, Markdown) or a project folder.")],
    out: Annotated[Path | None, typer.Option(help="The finished file.")] = None,
    project: Annotated[
        Path | None, typer.Option(help="The project folder; default: <book>.duoyin beside the book.")
    ] = None,
    chapters: Annotated[str | None, typer.Option(help="Which chapters, e.g. 1-3,5.")] = None,
    voice: Annotated[str | None, typer.Option(help="The narrator's voice (see `duoyin voices`).")] = None,
    single_voice: Annotated[
        bool, typer.Option("--single-voice", help="The narrator reads everybody.")
    ] = False,
    engine: Annotated[str | None, typer.Option(help="kokoro or gpt-sovits.")] = None,
    profile: Annotated[str | None, typer.Option(help="audiobook, acx, podcast or ebu-r128.")] = None,
    format: Annotated[str | None, typer.Option(help="m4b, or one file a chapter: mp3, opus, flac.")] = None,
    workers: Annotated[int | None, typer.Option(help="Speech processes; default: one a core.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only forecast: audio hours, time, disk.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Turn a book into a finished audiobook. Run again to go on after a stop; only what changed is made."""
    from flows.cli.commands import make_audiobook

    options: dict[str, Any] = {
        "output": str(out.resolve()) if out else None,
        "chapters": chapters,
        "voice": voice,
        "single_voice": single_voice or None,
        "engine": engine,
        "profile": profile,
        "format": format,
        "workers": workers,
    }
    with _reporter(quiet or as_json) as report:
        result = make_audiobook(source, project, options, plan=plan, reporter=report)
    _print(result, as_json)
    raise typer.Exit(0 if result.passed else 1)


@app.command()
def dub(
    source: Annotated[Path, typer.Argument(help="Subtitles (SRT, VTT, ASS) or a project folder.")],
    video: Annotated[
        Path | None, typer.Option(help="The video that gets the dub as an additional track.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The finished file: mkv, mp4, webm, wav, flac, m4a.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="The project folder; default: <subtitles>.duoyin.")
    ] = None,
    sync: Annotated[str | None, typer.Option(help="lip, dialogue, voiceover or free.")] = None,
    language: Annotated[str | None, typer.Option(help="Which language of a bilingual file.")] = None,
    voice: Annotated[str | None, typer.Option(help="The voice of whoever has no name.")] = None,
    engine: Annotated[str | None, typer.Option(help="kokoro or gpt-sovits.")] = None,
    profile: Annotated[
        str | None, typer.Option(help="match-source, ebu-r128, netflix-dialogue or podcast.")
    ] = None,
    bed: Annotated[
        str | None, typer.Option(help="The original under the dub: duck, separate or none.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Speech processes; default: one a core.")] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only where each line would stand, without speaking.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Turn subtitles into a dub track in sync. Run again to go on after a stop; only what changed is made."""
    from flows.cli.commands import make_dub

    options: dict[str, Any] = {
        "video": str(video.resolve()) if video else None,
        "output": str(out.resolve()) if out else None,
        "sync": sync,
        "language": language,
        "voice": voice,
        "engine": engine,
        "profile": profile,
        "bed": bed,
        "workers": workers,
    }
    with _reporter(quiet or as_json) as report:
        result = make_dub(source, project, options, plan=plan, reporter=report)
    _print(result, as_json)
    raise typer.Exit(0 if result.passed else 1)


@app.command()
def run(
    flow: Annotated[str, typer.Argument(help="audiobook, dub or library.")],
    project: Annotated[Path | None, typer.Argument(help="The project folder.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait for the run and follow its state.")] = False,
) -> None:
    """Submit a deployment to a running Prefect server (`audiobook` means audiobook/audiobook)."""
    from flows.cli.commands import submit

    typer.echo(submit(flow, project, watch=watch))


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="A book, a subtitle file or a project folder.")],
    as_json: Json = False,
) -> None:
    """What is read of a file, chapter by chapter, and what is left out and why."""
    from flows.cli.commands import inspect_file

    _print(inspect_file(file), as_json)


@app.command()
def script(
    source: Annotated[Path, typer.Argument(help="A book or a project folder.")],
    project: Annotated[Path | None, typer.Option(help="The project folder.")] = None,
    as_json: Json = False,
) -> None:
    """Write (or renew) the script of a project and say where it is."""
    from flows.cli.commands import make_script

    _print(make_script(source, project), as_json)


@app.command()
def voices(
    engine: Annotated[str, typer.Option(help="kokoro or gpt-sovits.")] = "kokoro",
    language: Annotated[str | None, typer.Option(help="Only voices of this language (zh, en).")] = None,
    audition: Annotated[
        str | None, typer.Option(help="Speak a sentence with this voice ('all': with each).")
    ] = None,
    text: Annotated[str | None, typer.Option(help="What to say in the audition.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the audition's files.")] = Path("auditions"),
    as_json: Json = False,
) -> None:
    """List the voices of an engine, or hear them."""
    from flows.cli.commands import audition_voices, list_voices

    result = (
        audition_voices(engine, audition, language, text, out) if audition else list_voices(engine, language)
    )
    _print(result, as_json)


@app.command()
def cast(
    source: Annotated[Path, typer.Argument(help="A book or a project folder.")],
    review: Annotated[bool, typer.Option("--review", help="Walk through the least certain lines.")] = False,
    html: Annotated[bool, typer.Option("--html", help="Write one self-contained page.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where the page goes; default: output/cast.html.")] = None,
    limit: Annotated[int, typer.Option(help="Lines to review at most.")] = 50,
    as_json: Json = False,
) -> None:
    """Who speaks, how much, in which voice; review what is doubtful, or look at it all on a page."""
    from flows.cli import cast_commands
    from flows.cli.commands import project_folder

    project = project_folder(source)
    if review:
        result = cast_commands.cast_review(
            project, lambda text: typer.prompt(text, default="", show_default=False), typer.echo, limit=limit
        )
    elif html:
        result = cast_commands.cast_html(project, out)
    else:
        result = cast_commands.cast_table(project)
    _print(result, as_json)


@app.command()
def audition(
    source: Annotated[Path, typer.Argument(help="A book or a project folder.")],
    character: Annotated[str | None, typer.Option(help="Only this character.")] = None,
    as_json: Json = False,
) -> None:
    """One short file a character, from its own lines in its voice."""
    from flows.cli.cast_commands import audition_cast
    from flows.cli.commands import project_folder

    _print(audition_cast(project_folder(source), character), as_json)


@app.command()
def say(
    text: Annotated[str, typer.Argument(help="Any text.")],
    language: Annotated[str, typer.Option(help="zh, en or auto.")] = "auto",
    explain: Annotated[
        bool, typer.Option("--explain", help="Show each replacement, its rule and the readings.")
    ] = False,
    audio: Annotated[Path | None, typer.Option(help="Speak it into this WAV or FLAC file.")] = None,
    voice: Annotated[str | None, typer.Option(help="The voice.")] = None,
    lexicon: Annotated[Path | None, typer.Option(help="A lexicon file.")] = None,
    as_json: Json = False,
) -> None:
    """How a text is read; with --explain why, with --audio aloud."""
    from flows.cli.commands import say_text

    _print(say_text(text, language, explain=explain, audio=audio, voice=voice, lexicon=lexicon), as_json)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A finished file: m4b, mp3, opus, flac, wav.")],
    profile: Annotated[str, typer.Option(help="audiobook, acx, podcast or ebu-r128.")] = "audiobook",
    project: Annotated[
        Path | None, typer.Option(help="Compare chapter marks and takes with this project.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the report as JSON here.")] = None,
    as_json: Json = False,
) -> None:
    """Measure a delivered file: loudness, true peak, noise floor, chapter marks. Exit 1 when a limit is missed."""
    from flows.cli.commands import check_file

    result = check_file(file, profile, project, out)
    _print(result, as_json)
    raise typer.Exit(0 if result.passed else 1)


models_app = typer.Typer(no_args_is_help=True, help="Models on this machine: list, pull, import, export.")
app.add_typer(models_app, name="models")
voice_app = typer.Typer(no_args_is_help=True, help="Voices of your own: add, list.")
app.add_typer(voice_app, name="voice")


@models_app.command("list")
def models_list(as_json: Json = False) -> None:
    """What is here."""
    from flows.cli.model_commands import list_models

    _print(list_models(), as_json)


@models_app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="kokoro-voices, whisper-base, gpt-sovits-v2proplus …")],
    allow_hub: Annotated[
        bool, typer.Option("--allow-hub", help="Fetch from the model hub where nothing nearer has it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fetch a model; what it would fetch from the hub, with sizes and licences, is shown first."""
    from flows.cli.model_commands import pull_model

    _print(pull_model(name, allow_hub=allow_hub), as_json)


@models_app.command("import")
def models_import(
    gpt: Annotated[Path, typer.Argument(help="The GPT .ckpt file.")],
    sovits: Annotated[Path, typer.Argument(help="The SoVITS .pth file.")],
    name: Annotated[str, typer.Option(help="What to call the model.")],
    as_json: Json = False,
) -> None:
    """Convert a pair of GPT-SoVITS checkpoints; code hidden in them is never run."""
    from flows.cli.model_commands import import_model

    _print(import_model(gpt, sovits, name), as_json)


@models_app.command("export")
def models_export(
    model: Annotated[str, typer.Argument(help="An imported model, or the voice that speaks with it.")],
    onnx: Annotated[Path, typer.Option(help="Where to write the graphs.")],
    as_json: Json = False,
) -> None:
    """Write an imported GPT-SoVITS model as ONNX graphs, for programs without Python."""
    from flows.cli.model_commands import export_model

    _print(export_model(model, onnx), as_json)


@voice_app.command("add")
def voice_add(
    name: Annotated[str, typer.Argument(help="What to call the voice.")],
    clips: Annotated[
        Path, typer.Option(help="A recording, or a folder of them (words in .txt files beside).")
    ],
    model: Annotated[
        str | None, typer.Option(help="The imported model that speaks; default: the only one.")
    ] = None,
    consent: Annotated[str, typer.Option(help="Who agreed to what, in plain words.")] = "",
    text: Annotated[str | None, typer.Option(help="What is said in the one recording.")] = None,
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    gender: Annotated[str, typer.Option(help="female, male or neutral.")] = "neutral",
    age: Annotated[str, typer.Option(help="child, young, adult or old.")] = "adult",
    licence: Annotated[str, typer.Option(help="What the recordings are used under.")] = "",
    denoise: Annotated[
        bool, typer.Option("--denoise", help="Take the noise out (RNNoise); the recording is kept beside.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a voice from a short recording. Needs a consent statement."""
    from flows.cli.model_commands import add_voice

    made = add_voice(
        name,
        clips,
        model=model,
        consent=consent,
        text=text,
        language=language,
        gender=gender,
        age=age,
        licence=licence,
        denoise=denoise,
    )
    _print(made, as_json)


@voice_app.command("list")
def voice_list(as_json: Json = False) -> None:
    """The voices made on this machine."""
    from flows.cli.model_commands import list_own_voices

    _print(list_own_voices(), as_json)


@app.command()
def doctor(as_json: Json = False) -> None:
    """What is installed: Python, ffmpeg, models, device, disk. Exit 1 when something needed is missing."""
    from flows.cli.commands import examine

    result = examine()
    _print(result, as_json)
    raise typer.Exit(0 if result.passed else 1)


@app.command()
def licenses() -> None:
    """The licences of the models and voices in use."""
    from tts_core.models import ModelStore

    typer.echo(ModelStore().licenses())


@contextlib.contextmanager
def _reporter(quiet: bool) -> Iterator[Any]:
    from flows.cli.terminal import Terminal
    from flows.workspace.progress import Silent

    if quiet:
        yield Silent()
        return
    terminal = Terminal()
    try:
        yield terminal
    finally:
        terminal.close()


def _print(result: Any, as_json: bool) -> None:
    """Print a result: as JSON, or as the text it has for people."""
    if as_json:
        typer.echo(json.dumps(result.to_json(), ensure_ascii=False, indent=2))
    else:
        typer.echo(result.to_text())


def _usage_message(error: Exception) -> str | None:
    """The words of a wrong command line, with where its help is; "" where that was printed; None for anything else."""
    message = getattr(error, "format_message", None)
    if not callable(message):
        return None
    words = str(message()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "duoyin"
    return f"{words}\n  → {command} --help" if words else ""


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"duoyin: {message}", err=True)
    _leave(code)


def _leave_stopped() -> NoReturn:
    """End now, with the message; also where another thread holds what `print` needs."""
    stopping.leave()
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), f"{STOP_MESSAGE}\n".encode())
    os._exit(STOPPED)


def _leave(code: int) -> NoReturn:
    """End now: Prefect's threads would take seconds to join and would print their cancellation."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
