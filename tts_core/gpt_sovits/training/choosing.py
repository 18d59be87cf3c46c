"""Which checkpoint becomes the voice: each is imported as a person would do it, speaks the same lines, and is heard.

The number of an epoch says nothing of a voice. What counts is whether the words are understood and whether it sounds
like the person, on lines that were not learned.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np
import soundfile

from normalizers import normalize_spans
from tts_core.consent import Consent
from tts_core.engine import Engine, Utterance
from tts_core.files import atomic_path, file_digest
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.engine import GptSovitsEngine
from tts_core.gpt_sovits.files.imported import SOVITS_FILE, T2S_FILE
from tts_core.gpt_sovits.model.features import LONGEST_CLIP, SHORTEST_CLIP
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.training.base import Base
from tts_core.gpt_sovits.training.chain import Stage
from tts_core.gpt_sovits.training.material.cleaning import Clip
from tts_core.gpt_sovits.training.run import KEPT_FOLDER, RunRecord
from tts_core.gpt_sovits.voice.clips import MOST_REFERENCES
from tts_core.gpt_sovits.voice.voicefile import ENGINE, Age, ClonedVoice, Gender, save_voice
from tts_core.gpt_sovits.voice.voicefile import Clip as VoiceClip
from tts_core.gpt_sovits.voice.voiceprint import SpeakerJudge
from tts_core.recognizer import Heard as Written
from tts_core.recognizer import Score, errors
from tts_core.sound import Samples, writing_sound

AS_GOOD = 0.03
"""Checkpoints whose error is at most so much above the best one's are equal in that, and likeness decides."""

Transcribe = Callable[[Samples, int, str], Written]
"""Samples, rate, language → what is heard."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair to be heard: files of both stages, and the updates they are of (0: the base's own)."""

    text: Path
    sound: Path
    text_update: int
    sound_update: int

    @property
    def name(self) -> str:
        return f"text-{self.text_update:06d}_sound-{self.sound_update:06d}"

    @property
    def title(self) -> str:
        return f"text at {self.text_update}, sound at {self.sound_update}" if self.trained else "base"

    @property
    def trained(self) -> bool:
        return bool(self.text_update or self.sound_update)


class Heard(Protocol):
    """What is listened to: a name for its folder, a title for people, and whether it was trained or is the base."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def trained(self) -> bool: ...


C = TypeVar("C", bound=Heard)


@dataclass(frozen=True, slots=True)
class Audition(Generic[C]):
    """How a candidate speaks.

    Args:
        error: share of the words (syllables) that are heard otherwise; None where nobody listens.
        likeness: mean cosine to the recordings; None where nothing can tell.
        takes: the sound of each line, in a folder.
    """

    candidate: C
    error: float | None
    likeness: float | None
    takes: tuple[Path, ...]


def candidates(
    base: Base, records: Mapping[Stage, RunRecord], folders: Mapping[Stage, Path]
) -> list[Candidate]:
    """The base, then what each stage kept beside the other's best; best first by the error on the held-out lines.
    Without a base, only the sound stage's best, whose codes the text stage has learned."""
    own = {"text": (base.folder / T2S_FILE, 0), "sound": (base.folder / SOVITS_FILE, 0)}
    kept: dict[str, list[tuple[Path, int]]] = {
        stage: [(folders[stage] / KEPT_FOLDER / each.file, each.update) for each in record.kept]
        for stage, record in records.items()
    }
    texts, sounds = kept.get("text") or [own["text"]], kept.get("sound") or [own["sound"]]
    pairs = [] if base.fresh else [(own["text"], own["sound"])]
    sounds = sounds[:1] if base.fresh else sounds
    pairs += [(texts[0], sound) for sound in sounds] + [(text, sounds[0]) for text in texts[1:]]
    return [Candidate(text[0], sound[0], text[1], sound[1]) for text, sound in pairs]


def audition(
    candidate: Candidate,
    name: str,
    prompt: Sequence[Clip],
    lines: Sequence[str],
    language: str,
    folder: Path,
    *,
    consent: Consent,
    support: Path | None,
    transcribe: Transcribe | None,
    judge: SpeakerJudge | None,
) -> Audition[Candidate]:
    """Import a pair, let it speak the lines, and listen.

    Args:
        prompt: clips the voice is given; the first is continued.
        folder: for the takes; model and voice lie there for as long as they are heard.
    """
    import_checkpoints(candidate.text, candidate.sound, "model", folder / "models")
    make_voice(name, prompt, "model", language, consent, folder / "voices" / name, {})
    engine = GptSovitsEngine(
        voices=folder / "voices", models=folder / "models", support=support, device="cpu", rows=4, retakes=1
    )
    made = auditioned(
        candidate, engine, name, prompt, lines, language, folder, transcribe=transcribe, judge=judge
    )
    engine.release()
    for copy in ("models", "voices"):  # gigabytes, and made again from what the run kept
        shutil.rmtree(folder / copy)
    return made


def auditioned(
    candidate: C,
    engine: Engine,
    name: str,
    prompt: Sequence[Clip],
    lines: Sequence[str],
    language: str,
    folder: Path,
    *,
    transcribe: Transcribe | None,
    judge: SpeakerJudge | None,
) -> Audition[C]:
    """Let an engine speak the lines in a voice, and listen; takes go into `folder`, likeness is to `prompt`."""
    score, prints, takes = Score(0, 0), [], []
    person = judge.person([(clip.samples, SAMPLE_RATE) for clip in prompt]) if judge is not None else None
    for number, line in enumerate(lines, 1):
        written = normalize_spans(line, language)
        utterance = Utterance(written.text, language, name, hints=written.hints, seed=number)
        (take,) = engine.speak([engine.read(utterance)])
        path = folder / "takes" / f"{number:02d}.flac"
        with atomic_path(path) as beside, writing_sound(beside):
            soundfile.write(str(beside), np.clip(take.samples, -1, 1), take.sample_rate, format="FLAC")
        takes.append(path)
        if transcribe is not None:
            score += errors(line, transcribe(take.samples, take.sample_rate, language).text, language)
        if judge is not None and person is not None and len(take.samples):
            prints.append(float(judge.print_of(take.samples, take.sample_rate) @ person))
    return Audition(
        candidate,
        score.rate if transcribe is not None else None,
        float(np.mean(prints)) if prints else None,
        tuple(takes),
    )


def chosen(all_heard: Sequence[Audition[C]]) -> Audition[C]:
    """The trained candidate that is understood best and, among its equals in that, sounds most like the person; the
    first where nobody can tell. The base, where it was heard, is not among them."""
    trained = [each for each in all_heard if each.candidate.trained]
    told = [each.error for each in trained if each.error is not None]
    if told:
        trained = [each for each in trained if each.error is not None and each.error <= min(told) + AS_GOOD]
    return max(trained, key=lambda each: each.likeness if each.likeness is not None else 0.0)


def prompt_clips(clips: Sequence[Clip]) -> list[Clip]:
    """What the voice is given to continue, and its further references: the best clips, the first of 3 to 10 s."""
    fit = [clip for clip in clips if SHORTEST_CLIP <= clip.seconds <= LONGEST_CLIP]
    if not fit:
        return list(clips[:MOST_REFERENCES])
    return [fit[0], *[clip for clip in clips if clip is not fit[0]][: MOST_REFERENCES - 1]]


def make_voice(
    name: str,
    prompt: Sequence[Clip],
    model: str,
    language: str,
    consent: Consent,
    folder: Path,
    trained: Mapping[str, object],
    licence: str = "",
    gender: Gender = "neutral",
    age: Age = "adult",
    engine: str = ENGINE,
) -> ClonedVoice:
    """Write a voice: its clips as 16-bit WAV, and voice.yaml."""
    clips = []
    for number, clip in enumerate(prompt, 1):
        path = folder / ("prompt.wav" if number == 1 else f"reference-{number}.wav")
        samples = clip.samples[: int(LONGEST_CLIP * SAMPLE_RATE)]
        with atomic_path(path) as beside, writing_sound(beside):
            soundfile.write(str(beside), np.clip(samples, -1, 1), SAMPLE_RATE, format="WAV", subtype="PCM_16")
        whole = number == 1 and clip.seconds <= LONGEST_CLIP
        clips.append(VoiceClip(path.name, file_digest(path), clip.label if whole else ""))
    references = tuple(VoiceClip(clip.file, clip.sha256) for clip in clips)
    voice = ClonedVoice(
        name,
        model,
        clips[0],
        references,
        language,
        consent,
        licence,
        gender,
        age,
        folder,
        dict(trained),
        engine,
    )
    save_voice(voice)
    return voice
