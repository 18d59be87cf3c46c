"""Name the speaker of every line: the public verbs of casting."""

from __future__ import annotations

import gc
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from flows.casting.corrections import NARRATION, correct_people, find_lines, fix_turns
from flows.casting.heard import hear_genders
from flows.casting.model.chain import BACK, SAME, Chain, posteriors
from flows.casting.model.evidence import NOBODY, TurnEvidence, evidence
from flows.casting.model.features import FEATURES
from flows.casting.model.weights import weights_for
from flows.casting.narrator import is_first_person, name_narrator
from flows.casting.nouns import Casting, Character, Corrections, Gender, LineCorrection, Span
from flows.casting.people import Part, People, Person, given_people
from flows.casting.prose import Prose, from_chapters, from_text
from flows.casting.reader import Reader
from flows.casting.readers import reader_for
from flows.casting.tellers import fix_letters, letters_of, outside, parts_of, teller_at
from flows.casting.turns import Turn

HEADS_A_LETTER = "named at the head of this letter"
"""Why words are somebody's."""
Answers = Mapping[tuple[int, int, int], str]
"""(chapter, paragraph, start of the span) -> name, where something else than a person decided (`flows.casting.llm`)."""
Speakers = list[tuple[int, int, str | None]]
"""`(start, end, speaker)` of all dialogue, in order."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A text read once, with nothing decided: `weigh` takes it from here, as often as there are new answers.

    Args:
        narration: stretches of `prose.text` outside speech.
        fixed: index of a quote -> what a person decided of it.
    """

    reader: Reader
    prose: Prose
    people: People
    turns: tuple[Turn, ...]
    narration: tuple[tuple[int, int], ...]
    fixed: Mapping[int, LineCorrection]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text with the evidence for every candidate of every turn."""

    reader: Reader
    prose: Prose
    people: People
    turns: Sequence[Turn]
    evidence: Sequence[TurnEvidence]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Gathering makes hundreds of thousands of small lists and no cycles; the cycle collector, walking them
    over and over, costs a third."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def prepare(
    text: str,
    lang: str,
    quotes: Sequence[tuple[int, int]] | None = None,
    characters: Sequence[Mapping[str, Any]] | None = None,
) -> Weighed:
    """Quotes, people, turns and evidence of a text; see `attribute` for the arguments."""
    reader = reader_for(lang)
    prose = from_text(text, reader.conventions, quotes)
    return weigh(gather_prose(prose, reader, None if characters is None else given_people(characters)))


def gather(
    chapters: Sequence[Sequence[str]],
    lang: str,
    corrections: Corrections | None = None,
    headings: Sequence[Sequence[str]] | None = None,
) -> Gathered:
    """Read a book once, for `decide`; see `cast_book` for the arguments."""
    reader = reader_for(lang)
    with collector_paused():
        prose = from_chapters(chapters, reader.conventions, headings)
        return gather_prose(prose, reader, None, corrections)


def gather_prose(
    prose: Prose, reader: Reader, people: People | None, corrections: Corrections | None = None
) -> Gathered:
    """People and turns of a text; `corrections` hold from here on.

    Args:
        people: the cast where it is known; found otherwise.
    """
    corrections = corrections or Corrections()
    prose, fixed = _silenced(prose, find_lines(prose, corrections.lines, reader.letters_to_tell))
    narration = narration_of(prose)
    found = people is None
    if people is None:
        spans = [
            (prose.starts[q.paragraph] + q.start, prose.starts[q.paragraph] + q.end) for q in prose.quotes
        ]
        people = reader.find_people(prose, spans)
    else:
        reader.add_short_forms(people)
    correct_people(people, corrections)
    reader.mark_mentions(prose, people)
    reader.tell_genders(prose, people, narration)
    turns = reader.find_turns(prose, people)
    if found and not corrections.names:
        merged = reader.merge_renamed(prose, people, turns)
        if merged is not people:
            people = merged
            reader.tell_genders(prose, people, narration)
    hear_genders(people, turns)
    name_labels(people, turns)
    reader.fix_introductions(prose, people, turns)
    return Gathered(reader, prose, people, tuple(turns), tuple(narration), fixed)


def _silenced(prose: Prose, fixed: Mapping[int, LineCorrection]) -> tuple[Prose, dict[int, LineCorrection]]:
    """What a person calls narration is no quote to anybody; the prose without it, and the other corrections."""
    silent = {i for i, correction in fixed.items() if correction.speaker == NARRATION}
    if silent:
        told = [replace(q, kind="narration") if i in silent else q for i, q in enumerate(prose.quotes)]
        prose = replace(prose, quotes=tuple(told))
    return prose, {i: correction for i, correction in fixed.items() if i not in silent}


def weigh(gathered: Gathered, answers: Answers | None = None) -> Weighed:
    """The evidence of what was gathered, with lines fixed as corrections and `answers` say; a person's word
    outweighs an answer."""
    prose, reader = gathered.prose, gathered.reader
    fixed = {i: LineCorrection("", name) for i, name in _answered(prose, answers).items()} | dict(
        gathered.fixed
    )
    people = (
        gathered.people.copy()
    )  # whoever is added by a line or as the narrator is no part of what was gathered
    turns = fix_turns(gathered.turns, people, fixed)
    people.parts = tuple(parts_of(prose, people, reader, gathered.narration))
    turns = fix_letters(turns, people.parts)
    narration = outside(people.parts, gathered.narration)
    tellers = {part.teller for part in people.parts if not part.quoted}
    if is_first_person(prose, reader.first_person, narration):
        if len(tellers) == 1 and _tells_most(people.parts, prose):
            people.narrator = next(iter(tellers))
        else:
            untold = [turn for turn in turns if teller_at(people.parts, turn.start) is None]
            people.narrator = name_narrator(reader.first_person, people, untold, narration)
        first = people.parts[0].start if people.parts else 0
        before = [stretch for stretch in narration if stretch[0] < first]
        if people.narrator in tellers and is_first_person(prose, reader.first_person, before):
            people.parts = (Part(0, first, people.narrator), *people.parts)  # the narrative is resumed later
    elif len(tellers) == 1:
        people.narrator = tellers.pop()
    return Weighed(reader, prose, people, turns, evidence(prose, people, turns, reader.phrases))


def _tells_most(parts: Sequence[Part], prose: Prose) -> bool:
    """Mr. Garnet, whose narrative is named so only from the sixth chapter on."""
    return 2 * sum(part.end - part.start for part in parts if not part.quoted) > len(prose.text)


def _answered(prose: Prose, answers: Answers | None) -> dict[int, str]:
    if not answers:
        return {}
    first: dict[int, int] = {}
    for number, chapter in enumerate(prose.chapter):
        first.setdefault(chapter, number)
    found = {}
    for i, quote in enumerate(prose.quotes):
        chapter = prose.chapter[quote.paragraph]
        speaker = answers.get((chapter, quote.paragraph - first[chapter], quote.start))
        if speaker is not None:
            found[i] = speaker
    return found


def name_labels(people: People, turns: Sequence[Turn]) -> None:
    """Lines with a printed speaker (`ANNA:`) belong to that speaker."""
    owners = {
        alias.casefold(): person.id for person in people.persons for alias in (person.name, *person.aliases)
    }
    for turn in turns:
        if turn.label and turn.tag is None:
            if turn.label.casefold() not in owners:
                person = people.add(turn.label)
                person.aliases[turn.label] += 1
                owners[turn.label.casefold()] = person.id
            turn.fixed = owners[turn.label.casefold()]


def narration_of(prose: Prose) -> list[tuple[int, int]]:
    """Stretches of `prose.text` outside speech and letters, in order."""
    out, at = [], 0
    for quote in prose.quotes:
        base = prose.starts[quote.paragraph]
        if quote.kind == "narration":
            continue
        if base + quote.start > at:
            out.append((at, base + quote.start))
        at = base + quote.end
    out.append((at, len(prose.text)))
    return out


def display_name(person: Person, reader: Reader) -> str:
    """The name to print: as given, or of the spellings the book uses (see `Reader.chief_name`)."""
    return person.name if person.given or not person.aliases else reader.chief_name(person)


def best(work: Weighed, weights: npt.NDArray[np.float64]) -> list[tuple[int, float]]:
    """The likeliest candidate of every turn with its probability; -1 where nobody is likely enough to be named."""
    groups = conversations_of(work.turns)
    result = []
    for group, posterior in zip(
        groups, posteriors(_chains(work, weights, groups), with_moves=False), strict=True
    ):
        for t, p in zip(group, posterior.speakers, strict=True):
            chances = p.tolist()
            most = max(chances)
            who = work.evidence[t].candidates[chances.index(most)]
            result.append((who if most >= work.reader.least_sure else NOBODY, most))
    return result


def conversations_of(turns: Sequence[Turn]) -> list[list[int]]:
    """The turns of each conversation, in order."""
    groups: list[list[int]] = []
    for t, turn in enumerate(turns):
        if turn.chain_break or not groups:
            groups.append([])
        groups[-1].append(t)
    return groups


def _chains(work: Weighed, weights: npt.NDArray[np.float64], groups: Sequence[Sequence[int]]) -> list[Chain]:
    """Every conversation with the scores of its candidates and moves; all are summed up in one pass."""
    rows = [row for e in work.evidence for row in e.features]
    if not rows:
        return []
    flat = np.fromiter(itertools.chain.from_iterable(rows), np.int64)
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    offsets = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    scores = np.add.reduceat(weights[flat], offsets)
    lengths = [len(e.candidates) for e in work.evidence]
    ends = np.cumsum(lengths).tolist()
    ids = np.fromiter(itertools.chain.from_iterable(e.candidates for e in work.evidence), np.int64, ends[-1])
    moves = np.zeros((len(lengths), 3))
    single: list[float] = weights.tolist()

    @cache  # a book has few kinds of moves
    def weight(features: tuple[int, ...]) -> float:
        return sum(single[i] for i in features)

    moves[:, SAME] = [weight(tuple(e.same)) for e in work.evidence]
    moves[:, BACK] = [weight(tuple(e.back)) for e in work.evidence]
    return [
        Chain(
            [ids[ends[t] - lengths[t] : ends[t]] for t in group],
            [scores[ends[t] - lengths[t] : ends[t]] for t in group],
            moves[group[0] : group[-1] + 1],
        )
        for group in groups
    ]


def speakers(work: Weighed, weights: npt.NDArray[np.float64]) -> Speakers:
    """Who speaks each stretch of dialogue."""
    names = [display_name(p, work.reader) for p in work.people.persons]
    out: Speakers = []
    for turn, (who, _) in zip(work.turns, best(work, weights), strict=True):
        for i in turn.quotes:
            quote = work.prose.quotes[i]
            base = work.prose.starts[quote.paragraph]
            if quote.inner_end > quote.inner_start:  # a closing mark alone on its line says nothing
                out.append(
                    (base + quote.inner_start, base + quote.inner_end, names[who] if who >= 0 else None)
                )
    return sorted(out)


def attribute(
    text: str,
    lang: str,
    quotes: Sequence[tuple[int, int]] | None = None,
    characters: Sequence[Mapping[str, Any]] | None = None,
) -> Speakers:
    """Spans of dialogue in `text` with their speakers.

    Args:
        lang: code of the language (ISO 639-1).
        quotes: `(start, end)` of the dialogue where it is known; found otherwise.
        characters: the cast where it is known, each `{"name", "aliases", "gender"}`; found otherwise.

    Returns: `(start, end, speaker)`, offsets of the spoken words without their marks, in order.
    """
    with collector_paused():
        return _attribute(text, lang, quotes, characters)


def _attribute(
    text: str,
    lang: str,
    quotes: Sequence[tuple[int, int]] | None,
    characters: Sequence[Mapping[str, Any]] | None,
) -> Speakers:
    # a function of its own: what was gathered is gone before the collector wakes, which else walks all of it
    work = prepare(text, lang, quotes, characters)
    return speakers(work, weights_for(FEATURES, work.reader.weights()))


def genders(text: str, lang: str, names: Iterable[str] = ()) -> dict[str, Gender | None]:
    """The gender of each of `names` as far as `text` tells."""
    names = list(names)
    work = prepare(text, lang, None, [{"name": name} for name in names])
    return {
        name: person.gender for name, person in zip(names, work.people.persons[: len(names)], strict=True)
    }


def cast_book(
    chapters: Sequence[Sequence[str]],
    lang: str,
    corrections: Corrections | None = None,
    answers: Answers | None = None,
) -> Casting:
    """Who speaks in a book.

    Args:
        chapters: paragraph texts of each chapter.
        lang: code of the language (ISO 639-1); one that has no reader is read by quote marks and turn-taking
            alone, and the casting's `notes` say so.
        corrections: what a person decided; holds, and teaches the rest.
        answers: names of single lines, where something else than a person decided; a person's word outweighs them.

    Whoever wants to decide again with new answers keeps what `gather` returns, and calls `decide`.
    """
    with collector_paused():
        return _cast_book(chapters, lang, corrections, answers)


def _cast_book(
    chapters: Sequence[Sequence[str]],
    lang: str,
    corrections: Corrections | None,
    answers: Answers | None,
) -> Casting:
    # as `_attribute`: gone before the collector wakes
    return _decided(weigh(gather(chapters, lang, corrections), answers))


def decide(gathered: Gathered, answers: Answers | None = None) -> Casting:
    """Who speaks in a book that was gathered; again and again, with other `answers`, at the price of the
    decision alone."""
    with collector_paused():
        return _decided(weigh(gathered, answers))


def _decided(work: Weighed) -> Casting:
    names = unique_names(work.people, work.reader)
    said: list[tuple[str | None, float, str]] = [(None, 0.0, "")] * len(work.prose.quotes)
    lines: Counter[int] = Counter()
    decided = best(work, weights_for(FEATURES, work.reader.weights()))
    for t, (turn, (who, probability)) in enumerate(zip(work.turns, decided, strict=True)):
        reason = _reason(work, t, who)
        for i in turn.quotes:
            said[i] = (names[who] if who >= 0 else None, min(1.0, round(probability, 3)), reason)
        if who >= 0:
            lines[who] += len(turn.quotes)
    narrator, parts = work.people.narrator, work.people.parts
    for i, writer in letters_of(work.prose, parts):
        said[i] = (names[writer], 1.0, HEADS_A_LETTER)
    several = len({part.teller for part in parts if not part.quoted}) > 1
    told = [part for part in parts if not part.quoted and several]
    tellers = tuple(dict.fromkeys(names[part.teller] for part in told))
    for part in told:
        lines[part.teller] += 0
    return Casting(
        work.reader.language,
        tuple(_character(work.people.persons[p], names[p], n) for p, n in lines.most_common()),
        _spans(work.prose, said, told, names),
        3 if narrator is None and not tellers else 1,
        None if narrator is None or tellers else names[narrator],
        (work.reader.note,) if work.reader.note and work.turns else (),
        tellers,
    )


def _character(person: Person, name: str, lines: int) -> Character:
    aliases = tuple(alias for alias, _ in person.aliases.most_common() if alias != name)
    return Character(name, aliases, person.gender, person.gender_evidence, person.age, lines)


def unique_names(people: People, reader: Reader) -> list[str]:
    """A name to print for every person, no two alike."""
    names: list[str] = []
    for person in people.persons:
        name = display_name(person, reader)
        if name in names:
            name = person.name if person.name not in names else f"{name} ({person.id})"
        names.append(name)
    return names


def _reason(work: Weighed, t: int, who: int) -> str:
    """Why, in words a person can check against the page."""
    turn = work.turns[t]
    if turn.introduces and turn.fixed == who:
        return "gives this name"
    if turn.letter and turn.fixed == who:
        return HEADS_A_LETTER
    if turn.fixed is not None:
        return "printed label" if turn.label else "corrected by hand or by the language model"
    tag = turn.tag
    said = tag.words.strip() if tag is not None else ""
    if tag is not None and tag.sure:
        if tag.subject.kind == "name" and who in tag.subject.who:
            return f"“{said}”"
        if tag.subject.kind in ("he", "she", "noun", "I", "they"):
            return f"“{said}”, with the names and turns before it"
        return f"the turns around it, against “{said}”"
    if who in turn.named:
        return "named beside the words" if not said else f"“{said}” acts beside the words"
    before = work.turns[t - 1] if t and not turn.chain_break else None
    if before is not None and who in before.vocatives:
        return "addressed in the line before"
    return "the turns around it"


def _spans(
    prose: Prose,
    said: Sequence[tuple[str | None, float, str]],
    told: Sequence[Part],
    names: Sequence[str],
) -> tuple[tuple[tuple[Span, ...], ...], ...]:
    by_paragraph: dict[int, list[int]] = {}
    for i, quote in enumerate(prose.quotes):
        if quote.kind != "narration":
            by_paragraph.setdefault(quote.paragraph, []).append(i)
    result: list[list[tuple[Span, ...]]] = [[] for _ in range(prose.chapters)]
    for number, chapter in enumerate(prose.chapter):
        spans, at = [], 0
        who = teller_at(told, prose.starts[number])
        teller = None if who is None else names[who]
        for i in by_paragraph.get(number, ()):
            quote = prose.quotes[i]
            if quote.start > at:
                spans.append(Span(at, quote.start, "narration", teller))
            speaker, confidence, reason = said[i]
            kind = "dialogue" if quote.kind == "speech" else quote.kind
            spans.append(Span(quote.start, quote.end, kind, speaker, confidence, reason))
            at = quote.end
        length = prose.ends[number] - prose.starts[number]
        if at < length or not spans:
            spans.append(Span(at, length, "narration", teller))
        result[chapter].append(tuple(spans))
    return tuple(tuple(paragraphs) for paragraphs in result)
