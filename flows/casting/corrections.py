"""A person's corrections, laid over what the text suggests before anything is decided."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from flows.casting.nouns import Corrections, LineCorrection
from flows.casting.people import People, Person
from flows.casting.prose import Prose
from flows.casting.turns import Turn
from normalizers import DuoyinError

NARRATION = "narrator"
_MARKS = re.compile(r"[\W_]+")
_SPACES = re.compile(r"\s+")


def fold_line(text: str) -> str:
    """A line as compared: without marks and white space, case ignored."""
    return (_MARKS.sub("", text) or _SPACES.sub("", text)).casefold()  # “……” is a line, too


def correct_people(people: People, corrections: Corrections) -> None:
    """Give every name the person who, says the cast file, bears it; genders and ages too."""
    if not corrections.names and not corrections.genders and not corrections.ages:
        return
    bearers = _bearers(people, dict.fromkeys(corrections.names.values()))
    _move_names(people, corrections.names, bearers)
    for name, gender in corrections.genders.items():
        if name in bearers:
            bearers[name].gender, bearers[name].gender_evidence = gender, "the cast file"
    for name, age in corrections.ages.items():
        if name in bearers:
            bearers[name].age = age


def _bearers(people: People, names: Iterable[str]) -> dict[str, Person]:
    """The person of each name of the cast file, found or added; no two names have one person."""
    bearers: dict[str, Person] = {}
    for name in names:
        found = next((p for p in people.persons if p.name == name), None) or next(
            (p for p in people.persons if any(a.casefold() == name.casefold() for a in p.aliases)), None
        )
        if found is None or found.id in {p.id for p in bearers.values()}:
            found = people.add(name)
        bearers[name] = found
        found.name, found.given = name, True
    return bearers


def _move_names(people: People, names: Mapping[str, str], bearers: Mapping[str, Person]) -> None:
    """Move every alias to the person who bears it, says the file; spellings that it does not know go with the
    chief one."""
    wanted = {alias.casefold(): name for alias, name in names.items()}
    for person in people.persons:
        if person.given or not person.aliases:
            continue
        chief = wanted.get(person.aliases.most_common(1)[0][0].casefold())
        if chief is not None:
            for alias in [a for a in person.aliases if a.casefold() not in wanted]:
                bearers[chief].aliases[alias] += person.aliases.pop(alias)
    for person in people.persons:
        for alias in list(person.aliases):
            target = wanted.get(alias.casefold())
            if target is not None and bearers[target].id != person.id:
                bearers[target].aliases[alias] += person.aliases.pop(alias)
    for alias, name in names.items():
        bearers[name].aliases[alias] += 0
    # a person of whom the file took the chief name goes along with it
    for person in people.persons:
        if not person.given and not person.aliases and person.name.casefold() in wanted:
            person.name = ""


def find_lines(
    prose: Prose, corrections: Sequence[LineCorrection], letters_to_tell: int
) -> dict[int, LineCorrection]:
    """Index of the quote that each correction means -> the correction.

    Args:
        letters_to_tell: letters of a line's beginning that stand for the whole.

    Raises:
        DuoyinError: no line of the book reads like that, or the beginning is too short to tell.
    """
    if not corrections:
        return {}
    texts: dict[str, list[int]] = defaultdict(list)
    folded: list[str] = []
    for i, quote in enumerate(prose.quotes):
        base = prose.starts[quote.paragraph]
        line = fold_line(prose.text[base + quote.inner_start : base + quote.inner_end])
        folded.append(line)
        texts[line].append(i)
    result = {}
    for correction in corrections:
        wanted = fold_line(correction.text)
        places = texts.get(wanted) or (
            [i for i, line in enumerate(folded) if line.startswith(wanted)]
            if len(wanted) >= letters_to_tell
            else []
        )
        if correction.chapter is not None:
            places = [i for i in places if prose.chapter[prose.quotes[i].paragraph] == correction.chapter - 1]
        if len(places) < correction.occurrence:
            raise DuoyinError(
                f"no line of the book reads “{correction.text}”"
                if not places
                else f"“{correction.text}” is spoken {len(places)} times, not {correction.occurrence}",
                where=correction.where
                or "cast file, `lines`" + (f", chapter {correction.chapter}" if correction.chapter else ""),
                hint=f"copy the words as printed, at least {letters_to_tell} letters of them; chapters count from 1",
            )
        result[places[correction.occurrence - 1]] = correction
    return result


def fix_turns(turns: Sequence[Turn], people: People, found: Mapping[int, LineCorrection]) -> list[Turn]:
    """Turns with the corrected ones fixed; a turn of which two lines were given to two speakers becomes two.

    `people` gets whoever is named by a correction alone.
    """
    if not found:
        return list(turns)
    ids: dict[str, int] = {}
    for person in people.persons:
        for name in (person.name, *person.aliases):
            if name:
                ids.setdefault(name.casefold(), person.id)
    result = []
    for turn in turns:
        parts: list[tuple[int | None, list[int]]] = []
        for i in turn.quotes:
            correction = found.get(i)
            speaker: int | None = None
            if correction is not None:
                key = correction.speaker.casefold()
                if key not in ids:
                    person = people.add(correction.speaker)
                    person.given = True
                    person.aliases[correction.speaker] += 0
                    ids[key] = person.id
                speaker = ids[key]
            if parts and (speaker is None or parts[-1][0] in (None, speaker)):
                parts[-1] = (parts[-1][0] if speaker is None else speaker, [*parts[-1][1], i])
            else:
                parts.append((speaker, [i]))
        for k, (speaker, quotes) in enumerate(parts):
            part = turn if len(parts) == 1 else _part(turn, quotes, k)
            result.append(part if speaker is None else replace(part, fixed=speaker))
    return result


def _part(turn: Turn, quotes: list[int], k: int) -> Turn:
    part = Turn(turn.paragraph, turn.chapter, turn.start, turn.end, quotes, turn.tag if k == 0 else None)
    part.subjects, part.lead, part.named = turn.subjects, turn.lead, turn.named
    part.spoken_names, part.vocatives = turn.spoken_names, turn.vocatives
    part.gap, part.same_paragraph, part.chain_break = (
        turn.gap if k == 0 else 0,
        turn.same_paragraph or k > 0,
        turn.chain_break and k == 0,
    )
    part.length, part.question = turn.length, turn.question
    return part
