"""Recordings of any length → a clean set: clips of 3 to 12 s with what is said in them, the best five minutes of it.

What costs little is asked first: the sound of every stretch is measured, and only the best are listened to, until there
is enough. Whatever is not used stands in the report with its reason.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from normalizers import LANGUAGES, DuoyinError, normalize_spans
from tts_core.engine import Utterance
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.model.tokens import TOKENS_PER_SECOND
from tts_core.gpt_sovits.text.frontend import Spoken, spoken
from tts_core.gpt_sovits.text.symbols import SymbolSet
from tts_core.gpt_sovits.training.material.cutting import EDGE, LONGEST, Cut, Said, cuts, passages
from tts_core.gpt_sovits.training.material.judging import (
    Judgement,
    Measures,
    judged,
    judged_rate,
    measured,
)
from tts_core.gpt_sovits.training.material.recording import Recording
from tts_core.gpt_sovits.training.material.wording import KnownText, tokens
from tts_core.gpt_sovits.training.samplers import trainable
from tts_core.gpt_sovits.voice.clips import find_speech
from tts_core.gpt_sovits.voice.voiceprint import LEAST_TURN, PRINT_RATE, Floats, SpeakerJudge, divided
from tts_core.recognizer import HeardWord, errors
from tts_core.sound import Samples, resampled

LEAST_SECONDS, ADVISED_SECONDS, MOST_SECONDS = 10.0, 60.0, 300.0
"""Of clean speech: below the first nothing is trained, below the second it is told, more than the third is not used."""
HEARD_BEYOND = 1.15  # times the most: some of what is heard is left out for its voice
MOST_ERROR = (
    0.25  # of a label's words (syllables) that are heard otherwise; whisper-base itself errs by a tenth
)
LEAST_SURE = 0.5  # mean probability of a clip's words where nobody wrote them down
SURE_OF_LANGUAGE = 0.7  # probability of another language that is believed
MOST_STRANGERS = (
    0.2  # share of the speech that may be somebody else's and is left out; beyond, the set is refused
)
UNTEXTED_MOST = LONGEST + 2.0  # seconds of a recording whose text is believed without hearing it


_OPENERS = frozenset("“‘「『《(（[\"'¿¡—")


class Ear(Protocol):
    """Who listens: `tts_core.recognizer.Recognizer`."""

    def language_heard(self, samples: Samples, sample_rate: int) -> tuple[str, float]: ...

    def words_heard(self, samples: Samples, sample_rate: int, language: str) -> Sequence[HeardWord]: ...


@dataclass(frozen=True, slots=True)
class Clip:
    """One line of the set.

    Args:
        recording: name; start, end: seconds in it.
        samples: float32 `[N]` at 32 kHz.
        label: what is said, as written; heard: what the recogniser heard, "" where nobody listened.
        error: share of the label's words that were heard otherwise.
        likeness: cosine to the set's voice; None where nothing can tell.
        notes: what could be better.
    """

    recording: str
    start: float
    end: float
    samples: Samples = field(repr=False, compare=False)
    label: str
    heard: str
    error: float
    measures: Measures
    whole: bool
    likeness: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return self.end - self.start

    @property
    def digest(self) -> str:
        """Hex SHA-256 of sound and label."""
        made = hashlib.sha256(np.ascontiguousarray(self.samples).tobytes())
        made.update(self.label.encode())
        return made.hexdigest()

    @property
    def quality(self) -> float:
        """In dB, roughly: how clean and how well labelled; what ranks clips where there are more than enough."""
        snr = 30.0 if self.measures.snr_db is None else min(self.measures.snr_db, 40.0)
        return snr / 2 - 40 * self.error - 3 * len(self.notes) - (0 if self.whole else 4)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch that is not used, and why."""

    recording: str
    start: float
    end: float
    why: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class CleanSet:
    """What is trained on.

    Args:
        clips: best first.
        left_out: in the order of the recordings.
        warnings: of the set as a whole.
    """

    language: str
    clips: tuple[Clip, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]

    @property
    def seconds(self) -> float:
        return sum(clip.seconds for clip in self.clips)

    def digest(self) -> str:
        """Hex SHA-256 of the clips."""
        return hashlib.sha256("".join(sorted(clip.digest for clip in self.clips)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Passage:
    """A stretch to listen to. `known`: the text it is from."""

    recording: str
    offset: float
    samples: Samples
    measures: Measures
    judgement: Judgement
    known: KnownText | None
    own_text: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    @property
    def quality(self) -> float:
        snr = 30.0 if self.measures.snr_db is None else min(self.measures.snr_db, 40.0)
        return snr / 2 - 3 * len(self.judgement.notes)


Told = Callable[[float, str], None]
"""Told how much of the work is done (0 to 1) and what is being done; may raise to stop it."""


def clean_set(
    recordings: Iterable[Recording],
    language: str,
    *,
    ear: Ear | None,
    judge: SpeakerJudge | None,
    left_out: list[LeftOut] | None = None,
    most: float | None = None,
    told: Told = lambda _done, _detail: None,
) -> CleanSet:
    """Make the set.

    Args:
        recordings: read one after the other; what is not needed of them is not kept.
        language: what is spoken.
        ear: writes down what is said, and compares it with texts. None: only recordings of one line that have a text.
        judge: tells people apart.
        left_out: files that cannot be read; may grow while the recordings are.
        most: seconds that are used; None: `MOST_SECONDS`.

    Raises:
        DuoyinError: nothing can be used, less than 10 s can, or several people speak.
    """
    work = _Work(
        language,
        ear,
        judge,
        [] if left_out is None else left_out,
        told,
        MOST_SECONDS if most is None else most,
    )
    found = work.survey(recordings)
    clips = work.listened(found)
    clips, prints = work.of_one_person(clips)
    chosen = work.best(clips)
    return work.finished(chosen, bool(prints))


def phones_of(label: str, language: str, symbols: SymbolSet = "v2") -> Spoken:
    """What the models read for a label. Raises DuoyinError where there is nothing to say."""
    written = normalize_spans(label, language)
    return spoken(Utterance(written.text, language, "", hints=written.hints), symbols)


@dataclass(slots=True)
class _Work:
    language: str
    ear: Ear | None
    judge: SpeakerJudge | None
    left_out: list[LeftOut]
    told: Told
    most: float
    warnings: list[str] = field(default_factory=list)
    heard_seconds: float = 0.0

    # -- the sound ----------------------------------------------------------------------------------

    def survey(self, recordings: Iterable[Recording]) -> list[_Passage]:
        """Every stretch of speech that sounds well enough, best first."""
        found: list[_Passage] = []
        known: dict[str, KnownText] = {}
        any_given = False
        for given in recordings:
            any_given = True
            self.told(0.0, f"measuring {given.name}")
            self.warnings += [f"{given.name}: {note}" for note in given.notes]
            found += self._stretches(given, known)
        if not any_given and not self.left_out:
            raise DuoyinError("no recordings were given")
        return sorted(found, key=lambda passage: -passage.quality)

    def _stretches(self, given: Recording, known: dict[str, KnownText]) -> list[_Passage]:
        rate = judged_rate(given.rate)
        if rate.errors:
            return self._dropped(given, 0.0, given.seconds, rate.errors[0])
        speech = find_speech(given.samples, SAMPLE_RATE)
        if not speech:
            return self._dropped(given, 0.0, given.seconds, "no speech is heard in it")
        if given.text and given.text not in known:
            known[given.text] = KnownText(given.text)
        made = []
        single = self.ear is None
        stretches = [(max(0.0, speech[0][0] - EDGE), min(given.seconds, speech[-1][1] + EDGE))]
        for start, end in stretches if single else passages(speech, given.seconds):
            samples = given.samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)].copy()
            inside = [
                (max(a, start) - start, min(b, end) - start) for a, b in speech if a < end and b > start
            ]
            told = measured(samples, inside, given.clipped_share(start, end))
            judgement = rate + judged(told)
            if judgement.errors:
                self._dropped(given, start, end, judgement.errors[0])
                continue
            made.append(
                _Passage(given.name, start, samples, told, judgement, known.get(given.text), given.text)
            )
        return made

    def _dropped(self, given: Recording, start: float, end: float, why: str) -> list[_Passage]:
        self.left_out.append(LeftOut(given.name, start, end, why))
        return []

    # -- the words ----------------------------------------------------------------------------------

    def listened(self, found: Sequence[_Passage]) -> list[Clip]:
        """Clips with their labels, until there are enough of them."""
        clips: list[Clip] = []
        total = 0.0
        languages: dict[str, str] = {}
        all_seconds = min(sum(p.seconds for p in found), HEARD_BEYOND * self.most) or 1.0
        for passage in found:
            if total >= HEARD_BEYOND * self.most:
                self._out(passage, f"not needed: there are {self.most / 60:g} better minutes")
                continue
            self.told(min(1.0, self.heard_seconds / all_seconds), f"listening to {passage.recording}")
            self.heard_seconds += passage.seconds
            if passage.recording not in languages:
                languages[passage.recording] = self._foreign(passage)
            if languages[passage.recording]:
                self._out(passage, languages[passage.recording])
                continue
            made = [self._clip(passage, cut, label, heard) for cut, label, heard in self._labelled(passage)]
            clips += [clip for clip in made if clip is not None]
            total = sum(clip.seconds for clip in clips)
        return clips

    def _foreign(self, passage: _Passage) -> str:
        """Why the language of a recording is not the voice's; '' where it is."""
        if self.ear is None:
            return ""
        code, probability = self.ear.language_heard(passage.samples, SAMPLE_RATE)
        if code == self.language or probability < SURE_OF_LANGUAGE:
            return ""
        name = LANGUAGES[code].name if code in LANGUAGES else f"the language {code}"
        return f"{name} is spoken, not {LANGUAGES[self.language].name} ({100 * probability:.0f} % sure)"

    def _labelled(self, passage: _Passage) -> list[tuple[Cut, str, str]]:
        """(cut, label, heard) of the pieces of a passage."""
        if self.ear is None:
            return self._believed(passage)
        heard = self.ear.words_heard(passage.samples, SAMPLE_RATE, self.language)
        heard = [word for word in heard if tokens(word.text)]
        if not heard:
            self._out(passage, "no words are heard in it")
            return []
        words = said(heard, passage.known, " " if LANGUAGES[self.language].spaced else "")
        if words is None:
            self._out(passage, f"what is heard is not in the text: “{_short(''.join(_spaced(heard)))}”")
            return []
        return [
            (cut, "".join(w.text for w in cut.words).strip(), " ".join(w.heard for w in cut.words))
            for cut in cuts(passage.samples, words, (0.0, passage.seconds))
        ]

    def _believed(self, passage: _Passage) -> list[tuple[Cut, str, str]]:
        """A whole recording with the text that came with it."""
        if not passage.own_text.strip():
            self._out(passage, "nobody wrote down what is said, and no recogniser is installed to hear it")
            return []
        if passage.seconds > UNTEXTED_MOST:
            self._out(passage, f"{passage.seconds:.0f} s: without a recogniser only single lines can be used")
            return []
        word = Said(0.0, passage.seconds, passage.own_text, "")
        return [(Cut(0.0, passage.seconds, (word,), whole=True), " ".join(passage.own_text.split()), "")]

    def _clip(self, passage: _Passage, cut: Cut, label: str, heard: str) -> Clip | None:
        """The clip, or None (and a line of the report) where its words keep it out."""
        error = errors(label, heard, self.language).rate if heard else 0.0
        why = cut.why_not or self._wrong_words(passage, cut, label, heard, error)
        start, end = passage.offset + cut.start, passage.offset + cut.end
        if why:
            self.left_out.append(LeftOut(passage.recording, start, end, why, label))
            return None
        samples = in_sixteen_bits(passage.samples[int(cut.start * SAMPLE_RATE) : int(cut.end * SAMPLE_RATE)])
        notes = passage.judgement.notes + (() if cut.whole else ("begins or ends inside a sentence",))
        return Clip(
            passage.recording,
            start,
            end,
            samples,
            label,
            heard,
            error,
            passage.measures,
            cut.whole,
            None,
            notes,
        )

    def _wrong_words(self, passage: _Passage, cut: Cut, label: str, heard: str, error: float) -> str:
        if error > MOST_ERROR:
            return f"{100 * error:.0f} % of the text's words are heard otherwise: “{_short(heard)}”"
        sure = float(np.mean([word.probability for word in cut.words]))
        if passage.known is None and sure < LEAST_SURE:
            return f"the recogniser is not sure of the words ({sure:.2f}): “{_short(heard)}”"
        try:
            words = phones_of(label, self.language)
        except DuoyinError as problem:
            return problem.args[0] if problem.args else str(problem)
        return trainable(len(words.phones), round(cut.seconds * TOKENS_PER_SECOND))

    def _out(self, passage: _Passage, why: str) -> None:
        self.left_out.append(
            LeftOut(passage.recording, passage.offset, passage.offset + passage.seconds, why)
        )

    # -- the voice ----------------------------------------------------------------------------------

    def of_one_person(self, clips: Sequence[Clip]) -> tuple[list[Clip], Sequence[Floats]]:
        """The clips of the one voice that most of them have.

        Raises:
            DuoyinError: too much of the speech is somebody else's.
        """
        if self.judge is None or not clips:
            return list(clips), []
        kept = [clip for clip in clips if not self._two_voices(clip)]
        prints = []
        for clip in kept:
            vector = self.judge.embed(resampled(clip.samples, SAMPLE_RATE, PRINT_RATE)).ravel()
            prints.append(vector / np.float32(np.linalg.norm(vector) or 1.0))
        if not kept:
            return [], []
        all_prints = np.stack(prints).astype(np.float64)
        likeness = all_prints @ all_prints.T
        middle = int(np.argmax(np.median(likeness, axis=1)))
        centre = all_prints[likeness[middle] >= self.judge.same_person].mean(axis=0)
        near = all_prints @ (centre / (np.linalg.norm(centre) or 1.0))
        mine, others = list[Clip](), list[Clip]()
        for clip, like in zip(kept, near.tolist(), strict=True):
            (mine if like >= self.judge.same_person else others).append(replace(clip, likeness=like))
        strange = sum(clip.seconds for clip in others) / sum(clip.seconds for clip in kept)
        if strange > MOST_STRANGERS:
            names = ", ".join(list(dict.fromkeys(clip.recording for clip in others))[:5])
            raise DuoyinError(
                f"more than one person speaks: {100 * strange:.0f} % of the speech sounds unlike the rest (in {names})",
                hint="Give one person's recordings only.",
            )
        for clip in others:
            why = f"another voice: likeness {clip.likeness:.2f}, this person has {self.judge.same_person:g} or more"
            self.left_out.append(LeftOut(clip.recording, clip.start, clip.end, why, clip.label))
        return mine, prints

    def _two_voices(self, clip: Clip) -> bool:
        assert self.judge is not None
        if self.judge.one_voice is None:
            return False
        samples = resampled(clip.samples, SAMPLE_RATE, PRINT_RATE)
        split = divided(samples, [(0.0, clip.seconds)], self.judge.embed)
        if split is None or split.likeness >= self.judge.one_voice or split.seconds < LEAST_TURN:
            return False
        why = f"two people seem to speak: another voice from {clip.start + split.at:.1f} s on ({split.likeness:.2f})"
        self.left_out.append(LeftOut(clip.recording, clip.start, clip.end, why, clip.label))
        return True

    # -- the set ------------------------------------------------------------------------------------

    def best(self, clips: Sequence[Clip]) -> list[Clip]:
        """The best clips up to the most that is used; the same sound twice counts once."""
        chosen: list[Clip] = []
        seen: set[str] = set()
        total = 0.0
        for clip in sorted(clips, key=lambda clip: (-clip.quality, clip.recording, clip.start)):
            why = ""
            if clip.digest in seen:
                why = "the same sound is there already"
            elif total + clip.seconds > self.most:
                why = f"not needed: there are {self.most / 60:g} better minutes"
            if why:
                self.left_out.append(LeftOut(clip.recording, clip.start, clip.end, why, clip.label))
                continue
            seen.add(clip.digest)
            total += clip.seconds
            chosen.append(clip)
        return chosen

    def finished(self, chosen: Sequence[Clip], one_voice: bool) -> CleanSet:
        total = sum(clip.seconds for clip in chosen)
        self.left_out.sort(key=lambda row: (row.recording, row.start))
        if total < LEAST_SECONDS:
            raise DuoyinError(self._too_little(total), hint=self._remedy())
        if total < ADVISED_SECONDS:
            self.warnings.append(
                f"{total:.0f} s of clean speech: a minute or more makes a voice that holds; this one may not"
            )
        if not one_voice:
            self.warnings.append(
                "whether one person speaks was not checked: no speaker encoder is on this machine"
            )
        if self.ear is None:
            self.warnings.append("no text was checked against the sound: the extra `proof` is not installed")
        return CleanSet(self.language, tuple(chosen), tuple(self.left_out), tuple(self.warnings))

    def _too_little(self, total: float) -> str:
        reasons: dict[str, float] = {}
        for row in self.left_out:
            reasons[row.why] = reasons.get(row.why, 0.0) + row.end - row.start
        worst = sorted(reasons, key=lambda why: -reasons[why])[:3]
        said_why = "; ".join(f"{reasons[why]:.0f} s: {why}" for why in worst)
        amount = f"only {total:.1f} s of the recordings" if total else "nothing of the recordings"
        return f"{amount} can be used, {LEAST_SECONDS:g} s are needed at least" + (
            f" ({said_why})" if said_why else ""
        )

    def _remedy(self) -> str:
        if self.ear is None and any("recogniser" in row.why for row in self.left_out):
            return "pip install 'duoyin[proof]', or put the words of each recording beside it in a .txt file."
        return "Record a minute or more of one person in a quiet room, or mend what is said above."


def in_sixteen_bits(samples: Samples) -> Samples:
    """The same as a 16-bit file holds it, so that what is kept on a disk is what was heard."""
    whole = np.clip(np.round(samples * np.float32(32_768)), -32_768, 32_767)
    return np.asarray(whole / np.float32(32_768), np.float32)


def said(heard: Sequence[HeardWord], known: KnownText | None, blank: str) -> list[Said] | None:
    """Heard words as they stand in the known text, its marks with them; None where they are not of it.

    Words of the text that nobody heard go with the heard word before them.

    Args:
        blank: what stands between two words of the language.
    """
    if known is None:
        return [Said(w.start, w.end, w.text + blank, w.text, w.probability) for w in heard]
    sounds = [(at, token.sound) for at, word in enumerate(heard) for token in tokens(word.text)]
    placed = known.placed([sound for _, sound in sounds])
    if sum(place is not None for place in placed) < len(sounds) / 2:
        return None
    first: dict[int, int] = {}
    for (at, _), place in zip(sounds, placed, strict=True):
        if place is not None:
            first.setdefault(at, place)
    owners = sorted(first)
    words: list[Said] = []
    last = max(place for place in placed if place is not None)
    for number, at in enumerate(owners):
        begin = known.tokens[first[at]].start
        if number == 0:
            begin = _opened(known.text, begin)
        end = (
            known.tokens[first[owners[number + 1]]].start
            if number + 1 < len(owners)
            else _closed(known, last)
        )
        upto = owners[number + 1] if number + 1 < len(owners) else len(heard)
        from_ = at if number else 0
        together = heard[from_:upto]
        words.append(
            Said(
                together[0].start,
                together[-1].end,
                re.sub(r"\s+", " ", known.text[begin:end]),
                " ".join(word.text for word in together),
                min(word.probability for word in together),
            )
        )
    return words


def _opened(text: str, at: int) -> int:
    """Where the marks before a word begin."""
    while at > 0 and text[at - 1] in _OPENERS:
        at -= 1
    return at


def _closed(known: KnownText, last: int) -> int:
    """Where the marks after a token end."""
    end = known.tokens[last].end
    while end < len(known.text) and not known.text[end].isalnum() and not known.text[end].isspace():
        end += 1
    return end


def _spaced(words: Sequence[HeardWord]) -> list[str]:
    return [word.text + " " if word.text.isascii() else word.text for word in words]


def _short(text: str, most: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
