"""`duoyin say`: the spoken form of a text, its reasons, its sound."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import Json, one_of
from flows.cli.results import Result, show, table
from normalizers import Explanation, Lexicon, Normalized, normalize_spans, spoken_language
from normalizers import explain as explain_text
from normalizers.languages import LANGUAGES

AUTO = "auto"
"""The language that the text itself tells."""


def say(
    text: Annotated[str, typer.Argument(help="Any text.")],
    language: Annotated[str, typer.Option(help=f"{', '.join(LANGUAGES)} or {AUTO}.")] = AUTO,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show each replacement, its rule and the readings.")
    ] = False,
    audio: Annotated[Path | None, typer.Option(help="Speak it into this WAV or FLAC file.")] = None,
    voice: Annotated[str | None, typer.Option(help="The voice.")] = None,
    lexicon: Annotated[Path | None, typer.Option(help="A lexicon file.")] = None,
    as_json: Json = False,
) -> None:
    """Print the spoken form; explain it or speak it where asked to."""
    one_of(language, [*LANGUAGES, AUTO], "language")
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
        data["audio"] = str(_speak(spoken, code, voice, audio))
        parts = f"{parts}\n{audio}"
    show(Result(data, parts), as_json=as_json)


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


def _speak(spoken: Normalized, language: str, voice: str | None, audio: Path) -> Path:
    import soundfile

    from flows.making.voices import best_voice
    from tts_core.engine import Utterance, read_and_speak
    from tts_core.registry import load_engine
    from tts_core.sound import writing_sound

    engine = load_engine()
    name = voice or best_voice(engine.voices(), language)
    take = next(read_and_speak(engine, [Utterance(spoken.text, language, name, hints=spoken.hints)]))
    peak = max(float(abs(take.samples).max()), 1.0)
    with writing_sound(audio):
        soundfile.write(audio, take.samples / peak, take.sample_rate)
    return audio
