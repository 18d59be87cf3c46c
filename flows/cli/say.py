"""`duoyin say`: the spoken form of a text, its reasons, its sound."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.options import Json, one_of
from flows.cli.results import Result, show, table
from flows.cli.terminal import reporter
from normalizers import DuoyinError, Explanation, Lexicon, Normalized, normalize_spans, spoken_language
from normalizers import explain as explain_text
from normalizers.languages import LANGUAGES
from tts_core.registry import DEFAULT_ENGINE

if TYPE_CHECKING:
    from tts_core.engine import Engine, Prepared

AUTO = "auto"
"""The language that the text itself tells."""
STANDARD_OUTPUT = "-"


def say(
    text: Annotated[str, typer.Argument(help="Any text.")],
    language: Annotated[str, typer.Option(help=f"{', '.join(LANGUAGES)} or {AUTO}.")] = AUTO,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show each replacement, its rule and the readings.")
    ] = False,
    audio: Annotated[Path | None, typer.Option(help="Speak it into this WAV or FLAC file.")] = None,
    stream: Annotated[
        bool, typer.Option("--stream", help="Speak it aloud, from the first sound that is made.")
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(help="With --stream: - sends the sound to standard output (WAV) instead of a player."),
    ] = None,
    voice: Annotated[str | None, typer.Option(help="The voice.")] = None,
    engine: Annotated[str, typer.Option(help="The engine.")] = DEFAULT_ENGINE,
    lexicon: Annotated[Path | None, typer.Option(help="A lexicon file.")] = None,
    as_json: Json = False,
) -> None:
    """Print the spoken form; explain it or speak it where asked to."""
    one_of(language, [*LANGUAGES, AUTO], "language")
    if out is not None and not (stream and out == STANDARD_OUTPUT):
        raise DuoyinError(
            "a stream goes to a player, or to standard output with --out -",
            where=f"--out {out}",
            hint="Say --stream --out -, or --audio FILE.wav for a file.",
        )
    if stream and audio is not None:
        raise DuoyinError("--stream goes without --audio", hint="Say one of them, or run it twice.")
    known = Lexicon.load(lexicon) if lexicon else Lexicon.empty()
    code = spoken_language(text) if language == AUTO else language
    spoken = normalize_spans(text, code, lexicon=known)
    data: dict[str, Any] = {"text": text, "spoken": spoken.text}
    shown = [spoken.text]
    if explain:
        explanation = explain_text(text, code, lexicon=known)
        data["explanation"] = _explained(explanation, spoken)
        shown += _explained_for_people(explanation)
    parts = "\n\n".join(shown)
    if audio is not None:
        loaded, read = _read(spoken, code, voice, engine, quiet=as_json)
        data["audio"] = str(_speak(loaded, read, audio))
        parts = f"{parts}\n{audio}"
    if stream:
        loaded, read = _read(spoken, code, voice, engine, quiet=as_json)
        heard = _stream(loaded, read, out)
        data["stream"] = asdict(heard)
        parts = (
            f"{parts}\n\n{heard.seconds:.1f} s of sound, the first after {heard.first_sound:.2f} s,"
            f" all after {heard.made:.2f} s"
        )
    show(Result(data, parts), as_json=as_json, aside=out is not None)


def _explained(explanation: Explanation, spoken: Normalized) -> dict[str, Any]:
    return {
        "language": explanation.language,
        "replacements": [asdict(item) for item in explanation.replacements],
        "readings": [asdict(item) for item in explanation.readings],
        "sentences": [spoken.text[s.start : s.end] for s in explanation.sentences],
        "notes": list(explanation.notes),
    }


def _explained_for_people(explanation: Explanation) -> list[str]:
    """Tables of what was replaced and how words are read, where there are any; then notes."""
    parts = []
    replaced = [
        [r.source, r.spoken, r.cls, r.rule, " | ".join(r.alternatives)] for r in explanation.replacements
    ]
    if replaced:
        parts.append(table("", ["written", "said", "class", "rule", "or"], replaced))
    read = [[r.text, r.reading, r.said, r.reason, " | ".join(r.alternatives)] for r in explanation.readings]
    if read:
        parts.append(table("", ["text", "reading", "as spoken", "because", "or"], read))
    return [*parts, *explanation.notes]


def _speak(engine: Engine, prepared: Prepared, audio: Path) -> Path:
    import soundfile

    from tts_core.sound import writing_sound

    take = next(engine.speak([prepared]))
    peak = max(float(abs(take.samples).max()), 1.0)
    with writing_sound(audio):
        soundfile.write(audio, take.samples / peak, take.sample_rate)
    return audio


@dataclass(frozen=True, slots=True)
class Streamed:
    """A stream as it went, in seconds: how long its sound is, and how long after the engine was loaded the first of it
    was made, and all of it."""

    seconds: float
    first_sound: float
    made: float


def _stream(engine: Engine, prepared: Prepared, out: str | None) -> Streamed:
    """Speak to a player or, with `out`, to standard output, stretch by stretch."""
    from flows.cli.playing import sounding, standard_output
    from tts_core.engine import streamed
    from tts_core.sound import pcm

    samples, first_sound, rate = 0, 0.0, engine.sample_rate
    begun = time.monotonic()
    with sounding(rate) if out is None else standard_output(rate) as pipe:
        for stretch in streamed(engine, prepared):
            first_sound = first_sound or time.monotonic() - begun
            pipe.write(pcm(stretch))
            samples += len(stretch)
        made = time.monotonic() - begun
    return Streamed(samples / rate, first_sound, made)


def _read(
    spoken: Normalized, language: str, voice: str | None, engine: str, *, quiet: bool
) -> tuple[Engine, Prepared]:
    """The engine, and the text as it reads it. Both take some seconds where the engine is a large one."""
    from flows.making.voices import best_voice
    from tts_core.engine import Utterance
    from tts_core.registry import load_engine

    with reporter(quiet=quiet) as progress:
        progress.stage("Loading", engine)
        loaded = load_engine(engine)
        name = voice or best_voice(loaded.voices(), language)
        prepared = loaded.read(Utterance(spoken.text, language, name, hints=spoken.hints))
        progress.stage("Speaking", name)
    return loaded, prepared
