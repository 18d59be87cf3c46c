"""Voices for characters: people who talk to each other must sound different.

A cost over pairs of characters (how often they take turns × how alike their voices sound) plus one over each
character and voice (gender, age, recommended or not). Chosen greedily by lines spoken, then improved by
single changes and swaps until none
helps: for the few dozen characters of a book that is as good as an exact search and takes milliseconds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from flows.casting.nouns import Casting, Character
from normalizers import DuoyinError
from normalizers.languages import LANGUAGES
from tts_core.engine import VoicePreset

TALK_REACH = 3
"""Lines apart at which two speakers still count as talking to each other."""
MINOR_SHARE = 0.004
"""Characters with a smaller share of the lines are minor: they may share a voice with somebody they never meet."""
GENDER_COST, NARRATOR_COST, AGE_COST, STRANGE_COST, FOREIGN_COST, SHARED_COST = (
    40.0,
    12.0,
    2.5,
    0.6,
    6.0,
    30.0,
)
"""Cost a line of a voice of the wrong gender, of the narrator's own voice, of another age, of a voice not
recommended, of a voice of another language, and (per meeting) of one voice for two people in a scene. The
measure is one alternation at cosine 1."""
UNTOLD_COST = 1.2
"""Cost a line of a woman's voice for somebody of whom nothing tells man or woman: most of those are men in annotated
novels. Little enough that two who talk get voices apart."""
MINORS_SHARE_COST, LEADS_SHARE_COST = 0.2, 8.0
"""Cost of one voice for two who never meet: where one is minor; of two leads, a line of the one who speaks less."""
ENOUGH_VOICES = 12
"""Voices of the book's language from which no other language stands in."""
ROUNDS = 3
"""Times all choices are looked at again, at most."""
DEFAULT_COSINE = {"same gender": 0.75, "other gender": 0.58}
"""Where no measured matrix knows a pair: means of the measured pairs of the embedded engine."""
UNKNOWN = "unknown"
"""The key of the voice for lines whose speaker nobody could name."""


@cache
def _matrices() -> dict[str, Any]:
    table: dict[str, Any] = {}
    for path in files("flows.casting").joinpath("similarities").iterdir():
        if not path.name.endswith(".json"):
            continue
        for language, measured in json.loads(path.read_text("utf-8")).items():
            if "cosine" not in measured:
                continue  # how it was measured
            names = measured["voices"]
            for i, row in enumerate(measured["cosine"]):
                for j, value in enumerate(row):
                    table[f"{language} {names[i]} {names[j]}"] = value
                    table[f"{language} {names[j]} {names[i]}"] = value
    return table


def similarity(a: VoicePreset, b: VoicePreset, language: str) -> float:
    """How alike two voices sound speaking `language`: cosine of their speaker embeddings, 1 for the same voice.

    Measured by `tools/voice_similarity.py`; a pair that was not measured takes the mean of its kind.
    """
    if a.name == b.name:
        return 1.0
    known = _matrices().get(f"{language} {a.name} {b.name}")
    if known is not None:
        return float(known)
    return DEFAULT_COSINE["same gender" if a.gender == b.gender else "other gender"]


def conversations(casting: Casting) -> Counter[tuple[str, str]]:
    """How often two characters speak within `TALK_REACH` lines of each other; names in alphabetical order."""
    pairs: Counter[tuple[str, str]] = Counter()
    recent: list[str] = []
    chapter = -1
    for number, _, span in casting.dialogue():
        if number != chapter:
            recent, chapter = [], number
        if span.speaker is None or (recent and recent[-1] == span.speaker):
            continue
        for distance, other in enumerate(reversed(recent[-TALK_REACH:]), 1):
            if other != span.speaker:
                pairs[min(other, span.speaker), max(other, span.speaker)] += TALK_REACH + 1 - distance
        recent.append(span.speaker)
    return pairs


@dataclass(frozen=True, slots=True)
class Costs:
    """What a voice costs a character; the measure is one alternation at cosine 1.

    Args:
        narrator: the voice that narrates.
        talks: name -> name -> how often the two take turns.
        minor_lines: lines up to which a character is minor.
    """

    casting: Casting
    language: str
    narrator: VoicePreset
    talks: Mapping[str, Mapping[str, int]]
    minor_lines: float

    def is_minor(self, character: Character) -> bool:
        """Whether a character speaks so little that he may share a voice with somebody he never meets."""
        return character.lines <= self.minor_lines

    def alone(self, character: Character, voice: VoicePreset) -> float:
        """Gender, age, likeness to the narrator and language, by lines spoken."""
        cost = 0.0
        if character.gender is not None and voice.gender not in ("neutral", character.gender):
            cost += GENDER_COST
        elif character.gender is None and voice.gender == "female":
            cost += UNTOLD_COST
        if voice.name == self.narrator.name:
            cost += NARRATOR_COST
        elif not self.is_minor(character):
            cost += NARRATOR_COST * max(0.0, similarity(voice, self.narrator, self.language) - 0.6)
        if voice.age != (character.age or "adult"):
            cost += AGE_COST if character.age is not None or voice.age in ("child", "old") else 0.5
        if not voice.recommended:
            cost += STRANGE_COST
        if voice.language != self.language:
            cost += FOREIGN_COST
        return cost * max(1, character.lines)

    def beside(self, character: Character, voice: VoicePreset, chosen: Mapping[str, VoicePreset]) -> float:
        """Likeness to the voices of those he talks to, and one voice for two who never meet."""
        mine = self.talks.get(character.name, {})
        cost = 0.0
        for other, n in mine.items():
            if other in chosen and other != character.name:
                alike = similarity(voice, chosen[other], self.language)
                cost += n * (alike * 4.0 + (SHARED_COST if alike >= 0.999 else 0.0))
        for stranger in self.casting.characters:
            if stranger.name in mine or stranger.name == character.name:
                continue
            if stranger.name in chosen and chosen[stranger.name].name == voice.name:
                # strangers to each other may share; two leads should not
                minor = self.is_minor(character) or self.is_minor(stranger)
                cost += (
                    MINORS_SHARE_COST if minor else LEADS_SHARE_COST * min(character.lines, stranger.lines)
                )
        return cost


def assign_voices(
    casting: Casting,
    voices: Sequence[VoicePreset],
    language: str,
    fixed: Mapping[str, str] | None = None,
    narrator: str | None = None,
) -> dict[str, str]:
    """A voice for every character.

    Args:
        casting: who speaks in the book.
        voices: what the engine offers, best first.
        language: of the book, by code.
        fixed: character name -> voice, from the cast file or the series; kept as they are, even where they clash.
        narrator: the narrator's voice; the best voice of the language when None. A first-person narrator
            speaks with it.

    Returns: name -> voice name, with `narrator` for narration and `unknown` for lines nobody could name.

    Raises:
        DuoyinError: there is no voice to choose from.
    """
    fixed = fixed or {}
    pool = [v for v in voices if v.language == language] or list(voices)
    if not pool:
        raise DuoyinError(
            "the engine has no voice to cast with", hint="check `duoyin voices` and the engine of the project"
        )
    every = {v.name: v for v in voices}
    told = narrator or fixed.get("narrator") or pool[0].name
    teller = every.get(told) or VoicePreset(told, language, "neutral")
    chosen = {
        name: every.get(voice) or VoicePreset(voice, language, "neutral") for name, voice in fixed.items()
    }
    if casting.narrator is not None:
        chosen.setdefault(casting.narrator, teller)
    total = sum(c.lines for c in casting.characters) or 1
    costs = Costs(casting, language, teller, _talks(casting), MINOR_SHARE * total)
    _choose(
        chosen,
        [c for c in casting.characters if c.name not in chosen],
        _options(pool, voices, language),
        costs,
    )
    result = {name: voice.name for name, voice in chosen.items()}
    result["narrator"] = told
    return {**result, UNKNOWN: result.get(UNKNOWN, told)}


def _options(pool: Sequence[VoicePreset], voices: Sequence[VoicePreset], language: str) -> list[VoicePreset]:
    """The voices of the language; those of other languages stand in where a big cast runs out of them."""
    if len(pool) >= ENOUGH_VOICES:
        return list(pool)
    return [*pool, *(v for v in voices if v.language != language and v.language in LANGUAGES)]


def _talks(casting: Casting) -> dict[str, dict[str, int]]:
    talks: dict[str, dict[str, int]] = {}
    for (a, b), n in conversations(casting).items():
        talks.setdefault(a, {})[b] = n
        talks.setdefault(b, {})[a] = n
    return talks


def _choose(
    chosen: dict[str, VoicePreset],
    characters: Sequence[Character],
    options: Sequence[VoicePreset],
    costs: Costs,
) -> None:
    """Add the cheapest voice of each character to `chosen`, the leads first; then change single ones until
    none gets cheaper."""

    def cost(character: Character, voice: VoicePreset) -> float:
        return costs.alone(character, voice) + costs.beside(character, voice, chosen)

    for character in characters:
        chosen[character.name] = min(options, key=lambda v: (cost(character, v), options.index(v)))
    for _ in range(ROUNDS):
        changed = False
        for character in characters:
            now = chosen[character.name]
            best = min(options, key=lambda v: (cost(character, v), v.name != now.name))
            if best.name != now.name:
                chosen[character.name] = best
                changed = True
        if not changed:
            return
