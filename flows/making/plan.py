"""Which takes a script needs, in which batches, and what they will cost."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.making.readings import Readings, Unread
from flows.script.build import WORD_CHARACTER
from flows.script.line import NARRATOR, UNKNOWN, Line
from flows.workspace.ledger import Choice, Why
from normalizers import DuoyinError, Lexicon, Normalized, normalize_spans
from normalizers.languages import language
from tts_core.engine import Engine, Prepared, Utterance, take_number
from tts_core.pool import Job
from tts_core.takes import Keys, TakeStore

BATCH_AUDIO_SECONDS = 150.0
"""Audio of one batch: about 50 s of one core with the embedded engine, within Prefect's good range of 20 s to 3
min."""

LEAST_BATCH_SECONDS = 20.0
"""Audio of the last batches where several workers share them: seven seconds of a core, of which Prefect takes less than
a hundredth."""

LEAST_WINDOWS = 2
"""How many batches share a window of lines at most: with half a window an engine of 64 rows keeps nine tenths of them
busy (docs/benchmarks/scale.md), with a quarter only half."""

TAKE_BYTES_PER_SECOND = 34_000
"""A stored take (24-bit FLAC, 24 kHz, speech), measured."""

SAMPLE_LINES = 24
"""Lines whose length is predicted by the engine for the forecast."""


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line and the take it needs; `key` is empty where nothing is to be heard but the pause.

    `voice` is as the cast names it; `utterance.voice` as `engine` does. `prepared`: the utterance as the engine
    reads it, or another take of that; None where `utterance` is. `notes`: what a person should know of it. `spoken`:
    the line's text as it is said, with where each word is printed; None where other words are said than are printed.
    `take`: which take of the line it is, from 1.
    """

    line: Line
    voice: str
    engine: str
    key: str
    utterance: Utterance | None
    prepared: Prepared | None
    notes: tuple[str, ...] = ()
    spoken: Normalized | None = None
    take: int = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines for one worker of `engine`.

    Args:
        lines: whose takes are made, each another. again: by key, other lines that need the same take.
        seconds: about how much audio it is.
    """

    number: int
    engine: str
    lines: tuple[PlannedLine, ...]
    again: Mapping[str, Sequence[PlannedLine]]
    seconds: float

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What is to be spoken."""
        return tuple(Job(line.key, line.prepared) for line in self.lines if line.prepared is not None)

    @property
    def uses(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """For which lines each key is made: (line id, voice)."""
        return {
            line.key: tuple((each.line.id, each.voice) for each in (line, *self.again.get(line.key, ())))
            for line in self.lines
        }

    @property
    def needs(self) -> int:
        """How many lines its takes are made for."""
        return len(self.lines) + sum(map(len, self.again.values()))


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run will take, before it is begun.

    `audio_seconds` is all of the finished sound, `to_speak_seconds` what is not there yet;
    `wall_seconds` is None where this machine's speed is not known.
    """

    chapters: int
    lines: int
    characters: int
    audio_seconds: float
    to_speak_lines: int
    to_speak_seconds: float
    wall_seconds: float | None
    disk_bytes: int


OfVoice = Callable[[str], tuple[str, Engine, str]]
"""A voice of the cast → (engine name, engine, the engine's own name of the voice)."""


def plan_lines(
    lines: Sequence[Line],
    voices: Mapping[str, str],
    lexicon: Lexicon,
    of_voice: OfVoice,
    *,
    speed: float = 1.0,
    readings: Readings | None = None,
    at_tempo: bool = False,
) -> list[PlannedLine]:
    """What each line asks of its engine: the take that a person chose, else the first.

    Args:
        voices: voice by speaker; must name `narrator`. A speaker without a voice gets that of `unknown`, else
            the narrator's.
        of_voice: see `flows.making.engines.Engines.of_voice`.
        speed: tempo of the whole project.
        readings: what was read before; what is read now is kept there.
        at_tempo: the production decides the tempo of each line, so takes must not differ in it.
    """
    neutral = voices.get(UNKNOWN, voices[NARRATOR])
    keys = Keys()
    scopes: dict[tuple[int, str], Lexicon] = {}
    planned: list[PlannedLine] = []
    to_read: list[Unread] = []
    tempos: dict[float, float] = {}
    for line in lines:
        voice = line.voice or voices.get(line.speaker, neutral)
        name, engine, own = of_voice(voice)
        scope = (line.chapter + 1, line.speaker)
        if scope not in scopes:
            scopes[scope] = lexicon.scoped(chapter=scope[0], speaker=scope[1])
        hints = () if line.say else line.hints
        spoken = normalize_spans(line.say or line.text, line.language, hints=hints, lexicon=scopes[scope])
        utterance = None
        if WORD_CHARACTER.search(spoken.text):
            tempo = round(speed * line.speed, 4)
            tempo = tempos.setdefault(tempo, tempo)  # one number for all lines that have the same
            utterance = Utterance(spoken.text, line.language, own, tempo, spoken.hints)
            to_read.append(Unread(name, engine, utterance))
        planned.append(
            PlannedLine(line, voice, name, "", utterance, None, spoken.notes, None if line.say else spoken)
        )
    try:
        if readings is not None:
            readings.read_ahead(to_read)
        to_read.reverse()  # what is read is let go from its end
        for i, item in enumerate(planned):
            if item.utterance is not None:
                engine = to_read.pop().engine
                prepared = _read(item.line, item.engine, engine, item.utterance, readings)
                first = replace(item, key=keys.key(item.engine, engine, prepared), prepared=prepared)
                planned[i] = _chosen(first, engine, keys, at_tempo=at_tempo)
    finally:
        if readings is not None:
            readings.keep()
    return planned


def _chosen(first: PlannedLine, engine: Engine, keys: Keys, *, at_tempo: bool) -> PlannedLine:
    """The take of a line that a person chose; the first, with a note, where its engine has no such take."""
    number = first.line.take or 1
    found = other_take(first, number, engine, keys, at_tempo=at_tempo)
    if found is not None:
        return found
    note = (
        f"line {first.line.id} “{first.line.text[:40]}”: {engine.name} has no take {number} of it; "
        "the first is used (`duoyin retake` chooses another)"
    )
    return replace(first, notes=(*first.notes, note))


def other_take(
    first: PlannedLine, number: int, engine: Engine, keys: Keys, *, at_tempo: bool = False
) -> PlannedLine | None:
    """Take `number` of a line; None where its engine has no such take.

    Args:
        first: the line with its first take.
        engine: its own.
        at_tempo: only takes that differ in something else than tempo count.
    """
    if first.prepared is None:
        return None
    prepared = take_number(engine, first.prepared, number, at_tempo=at_tempo)
    if prepared is None:
        return None
    return replace(first, key=keys.key(first.engine, engine, prepared), prepared=prepared, take=number)


def choices(lines: Sequence[PlannedLine]) -> list[Choice]:
    """What the ledger gets to know of the takes that lines have by the script."""
    return [
        Choice(item.line.id, item.key, item.voice, item.take, Why.CHOSEN if item.line.take else Why.PLANNED)
        for item in lines
        if item.key
    ]


def _read(line: Line, name: str, engine: Engine, utterance: Utterance, readings: Readings | None) -> Prepared:
    """The reading of a line's utterance. Raises `DuoyinError` that names the line."""
    try:
        return readings.read(name, engine, utterance) if readings is not None else engine.read(utterance)
    except DuoyinError as error:
        where = f"line {line.id} “{line.text[:40]}”" + (f", {error.where}" if error.where else "")
        raise DuoyinError(error.message, where=where, hint=error.hint) from error


def batches(
    planned: Sequence[PlannedLine],
    store: TakeStore,
    *,
    seconds: Callable[[str], float] = lambda _: BATCH_AUDIO_SECONDS,
    window: Callable[[str], int] = lambda _: 0,
    workers: Callable[[str], int] = lambda _: 1,
) -> list[Batch]:
    """The takes that are not in the store, each once, in the order of their lines, in batches of about
    `seconds(engine)` of audio.

    Where several workers take batches in turn, the last ones are shorter: half of a worker's equal share of the rest,
    so that none is idle for long while another ends the last (Polychronopoulos & Kuck 1987, "Guided self-scheduling").

    Args:
        seconds: by engine, audio of a batch, at most but for its last line.
        window: by engine, lines of a batch at most, where they are spoken together; batches are equal then. 0: none.
        workers: by engine, how many take batches in turn.
    """
    missing: dict[str, dict[str, PlannedLine]] = {}
    again: dict[str, list[PlannedLine]] = {}
    stored = store.usable(dict.fromkeys(item.key for item in planned if item.key))
    for item in planned:
        if item.key and item.key not in stored:
            first = missing.setdefault(item.engine, {}).setdefault(item.key, item)
            if first is not item:
                again.setdefault(item.key, []).append(item)
    made: list[Batch] = []
    for engine, wanted in missing.items():
        lengths = [guess_seconds(item.utterance) for item in wanted.values() if item.utterance is not None]
        hands = workers(engine)
        ends = (
            equal_ends(len(lengths), window(engine), hands)
            if window(engine)
            else _shrinking_ends(lengths, seconds(engine), hands)
        )
        lines = tuple(wanted.values())
        assert len(lines) == len(lengths)
        for start, end in itertools.pairwise([0, *ends]):
            part = lines[start:end]
            others = {line.key: again[line.key] for line in part if line.key in again}
            made.append(Batch(len(made), engine, part, others, sum(lengths[start:end])))
    return made


def _shrinking_ends(lengths: Sequence[float], most: float, hands: int) -> list[int]:
    """Where batches of lines of such lengths end, that several workers take in turn."""
    ends, left, length = [], sum(lengths), 0.0
    for position, each in enumerate(lengths, 1):
        length += each
        share = max(left / (2 * hands), LEAST_BATCH_SECONDS) if hands > 1 else most
        if length >= min(most, share) or position == len(lengths):
            ends.append(position)
            left -= length
            length = 0.0
    return ends


def equal_ends(lines: int, window: int, hands: int) -> list[int]:
    """Where equal batches of at most `window` lines end. There is one for each worker, or two, …, but none gets so few
    lines for that that it would leave the most of an engine's rows empty."""
    fewest = -(-lines // window)
    fair = -(-fewest // hands) * hands
    count = max(fewest, min(fair, lines * LEAST_WINDOWS // window))
    return [lines * number // count for number in range(1, count + 1)]


def guess_seconds(utterance: Utterance) -> float:
    """A first guess of an utterance's length from its characters, in seconds."""
    return len(utterance.text) / language(utterance.language).characters_per_second / utterance.speed


def forecast(
    planned: Sequence[PlannedLine],
    store: TakeStore,
    of_voice: OfVoice,
    *,
    workers: int,
    cpu_per_second: float | None,
    after_per_second: float = 0.0,
    bitrate: int = 64_000,
) -> Forecast:
    """What making these lines will take.

    The engine predicts the length of some lines spread over the book; the rest follow by their characters.

    Args:
        cpu_per_second: processor seconds of one worker a second of audio on this machine, where known.
        after_per_second: wall seconds a second of audio that is spoken, of what is done with it when it is.
        bitrate: bits a second of the finished file.
    """
    spoken = [item for item in planned if item.utterance is not None]
    sample = spoken[:: max(1, len(spoken) // SAMPLE_LINES)][:SAMPLE_LINES]
    guessed = sum(guess_seconds(item.utterance) for item in sample if item.utterance)
    told = sum(of_voice(item.voice)[1].predict_seconds(item.prepared) for item in sample if item.prepared)
    factor = told / guessed if guessed else 1.0
    audio = to_speak = pauses = 0.0
    to_speak_lines = 0
    seen = store.present(item.key for item in planned if item.key)
    for item in planned:
        pauses += item.line.pause_after
        if item.utterance is None:
            continue
        seconds = guess_seconds(item.utterance) * factor
        audio += seconds
        if item.key not in seen:
            to_speak += seconds
            to_speak_lines += 1
        seen.add(item.key)
    wall = None
    if cpu_per_second is not None:
        wall = to_speak * (cpu_per_second / workers + after_per_second)
    return Forecast(
        chapters=len({item.line.chapter for item in planned}),
        lines=len(planned),
        characters=sum(len(item.line.text) for item in planned),
        audio_seconds=audio + pauses,
        to_speak_lines=to_speak_lines,
        to_speak_seconds=to_speak,
        wall_seconds=wall,
        # takes, the chapters' own sound (as large again), the finished file and its encoded chapters
        disk_bytes=round(
            to_speak * TAKE_BYTES_PER_SECOND
            + audio * TAKE_BYTES_PER_SECOND
            + (audio + pauses) * bitrate / 8 * 2
        ),
    )
