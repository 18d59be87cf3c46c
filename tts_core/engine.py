"""The seam: what a speech engine is.

An engine turns utterances (spoken text + voice) into takes (waveform + times) in two steps. It *reads* an
utterance: text becomes what its acoustic model is given. That is cheap, needs no model, and is done by the
plan. Then it *speaks* what was read. The key of a take is made between the two, of what the model is given: a
better reading remakes the lines it changes and no others. Nothing here knows about books, files or Prefect. A
new engine is one package and one row of `tts_core.registry.ENGINES`.
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, overload, runtime_checkable

from normalizers import DuoyinError, Hint
from tts_core.consent import Consent
from tts_core.sound import Samples

if TYPE_CHECKING:
    from normalizers import Lexicon

Language = str

Given = str | int | float | Sequence["Given"]
"""What an acoustic model is given: texts and numbers in tuples of tuples, so that it can be compared, sent and
hashed."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line to be spoken.

    Args:
        text: spoken text, already normalized (no digits, no abbreviations); languages may mix.
        language: the language of the line (ISO 639-1), one of the engine's; foreign stretches are told by script.
        voice: a voice name the engine knows.
        speed: tempo factor, 1.0 = the voice's own; engines accept at least 0.6 to 1.3.
        hints: readings for stretches of `text` (offsets in code points of `text`).
        seed: for engines that sample; engines that do not, ignore it.
    """

    text: str
    language: str
    voice: str
    speed: float = 1.0
    hints: tuple[Hint, ...] = ()
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain data, for a pipe."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "hints": [asdict(h) for h in self.hints]
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Utterance:
        """What `to_json` gave, after any JSON reader."""
        return cls(**{**data, "hints": tuple(Hint(**hint) for hint in data["hints"])})


class Word(NamedTuple):
    """`text[start_char:end_char]` (a word or a Han character) is spoken by the units `first` to `end`
    (exclusive)."""

    start_char: int
    end_char: int
    first: int
    end: int


class Words(Sequence[Word]):
    """Words in order, four numbers each; a book has a million of them, and as tuples they would be the most of what its
    plan holds."""

    __slots__ = ("_kind", "_packed")

    def __init__(self, words: Iterable[Word] = ()) -> None:
        numbers = [number for word in words for number in word]
        most = max(numbers, default=0)
        self._kind: Literal["B", "H", "L"] = "B" if most < 1 << 8 else "H" if most < 1 << 16 else "L"
        self._packed = array(self._kind, numbers).tobytes()

    @property
    def _numbers(self) -> Sequence[int]:
        return memoryview(self._packed).cast(self._kind)

    def __len__(self) -> int:
        return len(self._numbers) // 4

    @overload
    def __getitem__(self, index: int) -> Word: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Word, ...]: ...

    def __getitem__(self, index: int | slice) -> Word | tuple[Word, ...]:
        if isinstance(index, slice):
            return tuple(self[at] for at in range(*index.indices(len(self))))
        at = 4 * range(len(self))[index]
        return Word(*self._numbers[at : at + 4])

    def __iter__(self) -> Iterator[Word]:
        numbers = self._numbers
        return (Word(*numbers[at : at + 4]) for at in range(0, len(numbers), 4))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Words | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class Packed(Sequence[Given]):
    """A tuple of what a model is given, as UTF-8 JSON: phonemes take two bytes a letter as text, and a tuple more room
    than most of what is in it."""

    __slots__ = ("_packed",)

    def __init__(self, given: Iterable[Given]) -> None:
        text = json.dumps(tuple(given), ensure_ascii=False, separators=(",", ":"))
        self._packed = text.encode("utf-8", "surrogatepass")

    @property
    def plain(self) -> tuple[Given, ...]:
        """The tuple, of tuples, texts and numbers."""
        given: tuple[Given, ...] = _frozen(json.loads(self._packed.decode("utf-8", "surrogatepass")))
        return given

    def __len__(self) -> int:
        return len(self.plain)

    @overload
    def __getitem__(self, index: int) -> Given: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Given, ...]: ...

    def __getitem__(self, index: int | slice) -> Given | tuple[Given, ...]:
        return self.plain[index]

    def __iter__(self) -> Iterator[Given]:
        return iter(self.plain)

    def __eq__(self, other: object) -> bool:
        return self.plain == tuple(other) if isinstance(other, Packed | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.plain)

    def __repr__(self) -> str:
        return repr(self.plain)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An utterance as its engine reads it, ready to be spoken.

    What decides the sound is keyed: `given`, the voice as it speaks `language`, speed and seed. What only says
    where in
    the text a sound stands is not: two spellings of the same sounds are the same take.

    Args:
        given: what the acoustic model is given, in the engine's own form, a tuple kept as `Packed`. It is made of
            units (phonemes) in order.
        voice: a voice name the engine knows.
        language: the language whose voice speaks the line; with `voice` it names a `voice_digest`.
        speed: tempo factor. seed: for engines that sample. Both may be replaced without reading again.
        words: the timed words and characters, in order, with their units; kept as `Words`.
        text: the utterance's text, for messages.
    """

    given: Given
    voice: str
    language: str
    speed: float = 1.0
    seed: int = 0
    words: Sequence[Word] = ()
    text: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.words, Words):
            object.__setattr__(self, "words", Words(self.words))
        if isinstance(self.given, tuple):
            object.__setattr__(self, "given", Packed(self.given))

    @property
    def plain_given(self) -> Given:
        """`given` in tuples, as JSON takes it."""
        return self.given.plain if isinstance(self.given, Packed) else self.given

    @property
    def unread(self) -> str:
        """Letters and digits of the text that nothing is said for."""
        return "".join(self.text[start:end] for start, end in self.unread_places)

    @property
    def unread_places(self) -> list[tuple[int, int]]:
        """Where they stand in the text: start and end of each run, in order."""
        said = bytearray(len(self.text))
        for word in self.words:
            said[word.start_char : word.end_char] = b"\1" * (word.end_char - word.start_char)
        places: list[tuple[int, int]] = []
        for at, (character, heard) in enumerate(zip(self.text, said)):
            if heard or not character.isalnum():
                continue
            if places and places[-1][1] == at:
                places[-1] = (places[-1][0], at + 1)
            else:
                places.append((at, at + 1))
        return places

    def to_json(self) -> dict[str, Any]:
        """Plain data, for a pipe or a file."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "words": tuple(self.words),
            "given": self.plain_given,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Prepared:
        """What `to_json` gave, after any JSON reader. Raises `TypeError` for anything else."""
        words = tuple(Word(*row) for row in data["words"])
        names = {
            name: sys.intern(data[name]) for name in ("voice", "language")
        }  # thousands of lines have the same
        return cls(**{**data, **names, "given": _frozen(data["given"]), "words": words})


def _frozen(value: Any) -> Any:
    """Lists in anything as tuples."""
    return tuple(_frozen(part) for part in value) if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True, slots=True)
class TokenTime:
    """When `text[start_char:end_char]` of the utterance (a word or a Han character) is heard, in seconds."""

    start_char: int
    end_char: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Take:
    """The sound of one utterance.

    Args:
        samples: float32 `[T]`, mono. Peaks above 1.0 are allowed: gain is mastering's job.
        sample_rate: Hz.
        times: N + 1 seconds of N units, rising: when each begins, and when the last ends. `word_times` maps
            them onto a text.
        evidence: what the engine knows about the take (phonemes, flags, retries); JSON-serializable.
    """

    samples: Samples
    sample_rate: int
    times: tuple[float, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate


def word_times(prepared: Prepared, times: Sequence[float]) -> tuple[TokenTime, ...]:
    """When each word of the text is heard.

    Args:
        prepared: the text as read now; its spelling may differ from that which the take was made of.
        times: those of its take.
    """
    return tuple(
        TokenTime(word.start_char, word.end_char, times[word.first], times[word.end])
        for word in prepared.words
    )


@dataclass(frozen=True, slots=True)
class VoicePreset:
    """A voice that comes with an engine.

    Args:
        castable: False for one that must only speak when asked for by name.
        consent: of the person whose voice it is, where it was cloned from recordings; None for a model's own voice.
    """

    name: str
    language: str
    gender: Literal["female", "male", "neutral"]
    age: Literal["child", "young", "adult", "old"] = "adult"
    recommended: bool = False
    castable: bool = True
    note: str = ""
    licence: str = ""
    consent: Consent | None = None


@runtime_checkable
class Engine(Protocol):
    """A loaded engine. Not thread-safe: one engine a process, one call at a time."""

    name: str
    sample_rate: int
    languages: tuple[str, ...]

    def voices(self) -> Sequence[VoicePreset]:
        """Every voice this engine can speak with, best first."""
        ...

    def fingerprint(self) -> str:
        """Hex SHA-256 of what decides the sound besides what is read, voice and parameters: weights, graph, and
        the version of the code that sounds. No text code is part of it."""
        ...

    def voice_digest(self, voice: str, language: str) -> str:
        """Hex SHA-256 of the voice's content as used for `language`. Raises `DuoyinError` for an unknown voice."""
        ...

    def read(self, utterance: Utterance) -> Prepared:
        """What the acoustic model is given for the utterance. Pure; loads and runs no acoustic model.

        Raises:
            DuoyinError: a language the engine does not speak, an unknown voice, or a text it has no reading for.
        """
        ...

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        """Speak each line, in order; a take is yielded as soon as it is ready."""
        ...

    def predict_seconds(self, prepared: Prepared) -> float:
        """How long the take will be, in seconds, without making it."""
        ...


@runtime_checkable
class TempoSearch(Protocol):
    """What an engine has besides where it can aim at a length better than by the rule of three."""

    def speed_for(self, prepared: Prepared, seconds: float) -> tuple[float, float]:
        """The speed at which the take is as near as can be to `seconds`, and how long it will be then."""
        ...


@runtime_checkable
class Retakes(Protocol):
    """What an engine has besides that knows more than one way to say a line."""

    def retake(self, prepared: Prepared, number: int, *, at_tempo: bool = False) -> Prepared | None:
        """Take `number` (2 or more) of a line: the same text in the same voice, said in another way. Pure.

        Args:
            prepared: take 1, the line as read.
            at_tempo: the tempo is somebody else's to decide; only ways that leave it alone count.

        Returns:
            What to speak; None where the engine knows no way of that number. No two numbers give the same sound.
        """
        ...


Heard = Callable[[Samples], None]
"""Is given the sound of a line in stretches, float32 `[T]` each, in order, while it is made."""


@runtime_checkable
class Streaming(Protocol):
    """What an engine has besides that can give the beginning of a line's sound before its end."""

    def stream(self, prepared: Prepared) -> Iterator[Samples]:
        """The sound of a line in stretches, float32 `[T]` each, in order, each as soon as it is made. Together they are
        the samples of the take that `Engine.speak` makes of it, to 1e-3; where takes are marked, so are they."""
        ...

    def speak_aloud(self, prepared: Prepared, heard: Heard) -> Take:
        """The take that `Engine.speak` makes of a line; `heard` is given what `stream` gives of it."""
        ...


def streamed(engine: Engine, prepared: Prepared) -> Iterator[Samples]:
    """The sound of a line as early as its engine gives it: in stretches where it can, else all at once."""
    if isinstance(engine, Streaming):
        yield from engine.stream(prepared)
    else:
        for take in engine.speak([prepared]):
            yield take.samples


def spoken_aloud(engine: Engine, prepared: Prepared, heard: Heard) -> Take:
    """The take of a line, heard while it is made where its engine can do that."""
    if isinstance(engine, Streaming):
        return engine.speak_aloud(prepared, heard)
    (take,) = engine.speak([prepared])
    return take


def take_number(
    engine: Engine, prepared: Prepared, number: int, *, at_tempo: bool = False
) -> Prepared | None:
    """Take `number` (from 1) of a line; take 1 is the line as it is read. None where the engine knows no such take.

    Args:
        at_tempo: see `Retakes.retake`.
    """
    if number == 1:
        return prepared
    return engine.retake(prepared, number, at_tempo=at_tempo) if isinstance(engine, Retakes) else None


def check_language(engine: Engine, utterance: Utterance) -> None:
    """Refuse a language that the engine does not speak. Raises `DuoyinError`."""
    if utterance.language not in engine.languages:
        raise DuoyinError(
            f"{engine.name} does not speak {utterance.language!r}",
            where=utterance.text[:40],
            hint=f"It speaks {', '.join(engine.languages)}; another engine may speak more.",
        )


def utterance_of(
    text: str, language: str, voice: str, *, hints: Sequence[Hint] = (), lexicon: Lexicon | None = None
) -> Utterance:
    """A written text as an utterance: normalized, with the readings that its marks and the lexicon give."""
    from normalizers import Lexicon, normalize_spans  # rules of texts, which whoever speaks does without

    spoken = normalize_spans(text, language, hints=hints, lexicon=lexicon or Lexicon.empty())
    return Utterance(spoken.text, language, voice, hints=spoken.hints)


def read_and_speak(engine: Engine, utterances: Iterable[Utterance]) -> Iterator[Take]:
    """Both steps at once, for a few lines that are not kept as takes."""
    return engine.speak([engine.read(utterance) for utterance in utterances])
