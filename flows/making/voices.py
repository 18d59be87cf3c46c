"""Who is heard in which voice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flows.casting import Casting
from flows.casting.assign import assign_voices
from flows.making.decisions import Decisions
from flows.making.engines import Engines
from flows.script.line import NARRATOR, Line
from flows.workspace.ledger import Ledger
from flows.workspace.log import What
from flows.workspace.progress import reporter
from flows.workspace.project import Project
from normalizers import DuoyinError
from tts_core.consent import Use
from tts_core.engine import VoicePreset
from tts_core.registry import describe


@dataclass(frozen=True, slots=True)
class Voices:
    """Who is heard in which voice.

    Args:
        by_speaker: voice name by speaker; has `narrator`.
        consents: by voice, the licence or consent it is used under.
        cloned: voices of people, used under their consent.
        unpublished: those whose consent does not cover publishing.
    """

    by_speaker: Mapping[str, str]
    consents: Mapping[str, str]
    cloned: tuple[str, ...] = ()
    unpublished: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know before giving a finished file away."""
        return tuple(
            f"this file may not be published: the consent to the use of the voice {voice!r} does not cover it"
            for voice in self.unpublished
        )


def choose_voices(
    project: Project,
    decisions: Decisions,
    casting: Casting | None,
    language: str,
    engines: Engines,
    *,
    wanted: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """A voice by speaker, for the narrator and everybody in the casting.

    Voices that a person gave are kept: those of `wanted`, then of the project's cast file, then of the
        series'. The rest is
    chosen among the voices of the project's engine so that people who talk to each other sound different. A voice
    `engine/name` is of another engine.

    Args:
        casting: who speaks; None where the narrator reads everybody.
        wanted: voices by speaker that settings give (`voices:` of dub.yaml).

    Raises:
        DuoyinError: a voice that no engine has, with the place that names it.
    """
    if describe(engines.main_name).baseline:
        reporter().warn(
            f"{engines.main_name} is an older design, here to be compared with: others speak better"
        )
    wanted = wanted or {}
    today = date.today()
    presets = [
        preset
        for preset in engines.main.voices()
        if preset.castable and not (preset.consent and preset.consent.refusal(Use.READ_ALOUD, today))
    ]
    engines.check_voices(_places(project, decisions, wanted), language)
    told = wanted.get(NARRATOR) or project.settings.voice or decisions.narrator
    narrator = told or best_voice(presets, language)
    if casting is None:
        return {NARRATOR: narrator}
    fixed = {**decisions.voices_for(casting), **wanted}
    return {**assign_voices(casting, presets, language, fixed, narrator), NARRATOR: narrator}


def check_line_voices(project: Project, lines: Iterable[Line], language: str, engines: Engines) -> None:
    """Refuse a voice that the script gives to a line and no engine has. Raises `DuoyinError` naming the line."""
    engines.check_voices(
        [(line.voice, f"{project.script_file}, line {line.id}") for line in lines if line.voice], language
    )


def with_consents(
    project: Project, by_speaker: Mapping[str, str], lines: Iterable[Line], engines: Engines
) -> Voices:
    """The voices that are heard, with what each is used under, as its engine says.

    Raises:
        DuoyinError: a voice may not be used any more, or not for this; the files that were made with it are named.
    """
    found: dict[str, str] = {}
    cloned: list[str] = []
    unpublished: list[str] = []
    for voice in dict.fromkeys([*by_speaker.values(), *(line.voice for line in lines)]):
        if not voice:
            continue
        _, engine, own = engines.of_voice(voice)
        preset = next((preset for preset in engine.voices() if preset.name == own), None)
        consent = preset.consent if preset else None
        if consent is None:
            found[voice] = preset.licence if preset else ""
            continue
        if refusal := consent.refusal(Use.READ_ALOUD, date.today()):
            raise DuoyinError(
                f"the voice {voice!r} may not be used: {refusal}{_made_with(voice, project)}",
                hint="Give its characters another voice in the cast (`duoyin cast`), or ask the person again and "
                "change consent: in voice.yaml.",
            )
        if consent.refusal(Use.PUBLISH, date.today()):
            unpublished.append(voice)
        cloned.append(voice)
        found[voice] = consent.to_text()
    return Voices(by_speaker, found, tuple(cloned), tuple(unpublished))


def _made_with(voice: str, project: Project) -> str:
    """The files of a project that were made with a voice, as the end of a sentence."""
    facts: list[Mapping[str, Any]] = []
    if project.ledger_file.is_file():
        with Ledger(project.ledger_file) as ledger:
            facts = [entry.facts for entry in ledger.log()[0]]
    files = {
        (fact["file"], fact["at"][:10]): None
        for fact in facts
        if fact["what"] == What.DELIVERED and voice in fact["voices"]
    }
    told = ", ".join(f"{name} ({day})" for name, day in files)
    return f". Made with it here: {told}" if told else ". No file was made with it in this project"


def best_voice(voices: Sequence[VoicePreset], language: str) -> str:
    """The engine's best voice for a language: a recommended one, else any that speaks it, else any.

    Raises:
        DuoyinError: the engine has no voice.
    """
    if not voices:
        raise DuoyinError(
            "this engine has no voice yet", hint="`duoyin voice add` makes one: docs/how-to/own-voice.md."
        )
    of_language = [v for v in voices if v.language.startswith(language)]
    best = next((v for v in of_language if v.recommended), of_language[0] if of_language else voices[0])
    return best.name


def _places(project: Project, decisions: Decisions, wanted: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every voice that settings and cast file name for this project, and where."""
    places = decisions.own.voice_places(project.cast_file)
    if project.settings.voice:
        places.append((project.settings.voice, "the narrator's voice"))
    places += [(voice, f"{project.dub_file.name}, voices, {speaker}") for speaker, voice in wanted.items()]
    return places
