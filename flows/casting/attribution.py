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

from flows.casting.book import Book, from_chapters, from_text
from flows.casting.chinese.gender import tell_genders_zh
from flows.casting.chinese.introductions import fix_introductions, is_role
from flows.casting.chinese.people import add_short_forms_zh, find_people_zh, mark_mentions_zh
from flows.casting.chinese.renames import find_renamed, merge_renamed
from flows.casting.chinese.turns import find_turns_zh
from flows.casting.corrections import NARRATION, correct_people, find_lines, fix_turns
from flows.casting.english.gender import tell_genders
from flows.casting.english.mentions import add_short_forms, mark_mentions
from flows.casting.english.people import find_people
from flows.casting.english.spellings import Capitals
from flows.casting.english.turns import find_turns
from flows.casting.english.words import TITLES, given_names
from flows.casting.model import evidence
from flows.casting.model.chain import Chain, posteriors
from flows.casting.model.features import Features, weights_for
from flows.casting.narrator import is_first_person, name_narrator
from flows.casting.nouns import Casting, Character, Corrections, Gender, LineCorrection, Span
from flows.casting.people import People, Person, given_people
from flows.casting.turns import Turn


@dataclass(slots=True)
class Work:
    """A book with everything gathered but nothing decided."""

    book: Book
    people: People
    turns: list[Turn]
    evidence: list[evidence.TurnEvidence]
    features: Features


def prepare(
    text: str,
    lang: str,
    quotes: Sequence[tuple[int, int]] | None = None,
    characters: Sequence[Mapping[str, Any]] | None = None,
) -> Work:
    """Quotes, people, turns and evidence of a text; see `attribute` for the arguments."""
    return gather(from_text(text, lang, quotes), None if characters is None else given_people(characters))


def gather(
    book: Book,
    people: People | None,
    corrections: Corrections | None = None,
    answers: Mapping[tuple[int, int, int], str] | None = None,
) -> Work:
    """People, turns and evidence of a book; `corrections` hold from here on."""
    with collector_paused():
        return _gather(book, people, corrections or Corrections(), answers)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Gathering makes hundreds of thousands of small lists and no cycles; the cycle collector, walking them over and over, costs a third."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _gather(
    book: Book,
    people: People | None,
    corrections: Corrections,
    answers: Mapping[tuple[int, int, int], str] | None,
) -> Work:
    fixed = find_lines(book, corrections.lines)
    for i, speaker in _answered(book, answers).items():
        fixed.setdefault(i, LineCorrection("", speaker))
    silent = {i for i, correction in fixed.items() if correction.speaker == NARRATION}
    if silent:
        # what a person calls narration is no quote to anybody
        told = [replace(q, kind="narration") if i in silent else q for i, q in enumerate(book.quotes)]
        book = replace(book, quotes=tuple(told))
        fixed = {i: c for i, c in fixed.items() if i not in silent}
    narration = narration_of(book)
    spans = [(book.starts[q.paragraph] + q.start, book.starts[q.paragraph] + q.end) for q in book.quotes]
    if book.lang == "zh":
        found = people is None
        if people is None:
            people = find_people_zh(book, spans)
        else:
            add_short_forms_zh(people)
        correct_people(people, corrections)
        mark_mentions_zh(book, people)
        tell_genders_zh(book, people, narration)
        turns = find_turns_zh(book, people)
        renamed = find_renamed(book, people, turns) if found and not corrections.names else {}
        if renamed:
            people = merge_renamed(people, turns, renamed)
            tell_genders_zh(book, people, narration)
    else:
        capitals = Capitals(book.text)
        if people is None:
            people = find_people(book, spans, capitals)
        else:
            add_short_forms(people)
        correct_people(people, corrections)
        mark_mentions(book, people, capitals)
        tell_genders(book, people, narration)
        turns = find_turns(book, people)
    name_labels(people, turns)
    if book.lang == "zh":
        fix_introductions(book, people, turns)
    turns = fix_turns(turns, people, fixed)
    if is_first_person(book, narration):
        people.narrator = name_narrator(book, people, turns, narration)
    return Work(book, people, turns, evidence.evidence(book, people, turns), evidence.F)


def _answered(book: Book, answers: Mapping[tuple[int, int, int], str] | None) -> dict[int, str]:
    if not answers:
        return {}
    first: dict[int, int] = {}
    for number, chapter in enumerate(book.chapter):
        first.setdefault(chapter, number)
    found = {}
    for i, quote in enumerate(book.quotes):
        chapter = book.chapter[quote.paragraph]
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


def narration_of(book: Book) -> list[tuple[int, int]]:
    """Stretches of `book.text` outside speech and letters, in order."""
    out, at = [], 0
    for quote in book.quotes:
        base = book.starts[quote.paragraph]
        if quote.kind == "narration":
            continue
        if base + quote.start > at:
            out.append((at, base + quote.start))
        at = base + quote.end
    out.append((at, len(book.text)))
    return out


def display_name(person: Person) -> str:
    """The name to print: as given, or the spelling the book uses most; a bare surname ("Darcy") only where nothing fuller is usual."""
    if person.given or not person.aliases:
        return person.name
    proper = [a for a in person.aliases if not a.startswith("the ")] or list(person.aliases)
    if person.kind == "name":
        proper = [a for a in proper if not is_role(a)] or proper  # 小满, however often she was 小姑娘
    most = max(proper, key=lambda alias: (person.aliases[alias], len(alias)))
    words = most.split()
    bare = len(words) == 1 and most.lower() not in given_names()
    if bare or words[0].strip(".").lower() in TITLES:
        share = 0.05 if bare else 0.1
        fuller = [
            a
            for a in person.aliases
            if " " in a and a.split()[-1] == words[-1] and person.aliases[a] > share * person.aliases[most]
        ]
        given = [a for a in fuller if a.split()[0].lower() in given_names()]
        if given or (bare and fuller):
            return max(given or fuller, key=lambda alias: person.aliases[alias])
    return most


def best(work: Work, weights: npt.NDArray[np.float64]) -> list[tuple[int, float]]:
    """The likeliest candidate of every turn with its probability."""
    chains = []
    lengths = [len(e.candidates) for e in work.evidence]
    rows = [row for e in work.evidence for row in e.features]
    flat = np.fromiter(itertools.chain.from_iterable(rows), np.int64)
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    if not len(sizes):
        return []
    offsets = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    scores = np.add.reduceat(weights[flat], offsets)
    ends = np.cumsum(lengths).tolist()
    ids = np.fromiter(itertools.chain.from_iterable(e.candidates for e in work.evidence), np.int64, ends[-1])
    moves = np.zeros((len(lengths), 3))
    weigh: list[float] = weights.tolist()

    @cache  # a book has few kinds of moves
    def weight(features: tuple[int, ...]) -> float:
        return sum(weigh[i] for i in features)

    moves[:, 1] = [weight(tuple(e.same)) for e in work.evidence]
    moves[:, 2] = [weight(tuple(e.back)) for e in work.evidence]
    groups: list[list[int]] = []
    for t, turn in enumerate(work.turns):
        if turn.chain_break or not groups:
            groups.append([])
        groups[-1].append(t)
    for group in groups:
        chains.append(
            Chain(
                [ids[ends[t] - lengths[t] : ends[t]] for t in group],
                [scores[ends[t] - lengths[t] : ends[t]] for t in group],
                moves[group[0] : group[-1] + 1],
            )
        )
    result = []
    for group, posterior in zip(groups, posteriors(chains, with_moves=False), strict=True):
        for t, p in zip(group, posterior.speakers, strict=True):
            chances = p.tolist()
            most = max(chances)
            result.append((work.evidence[t].candidates[chances.index(most)], most))
    return result


def decide(work: Work, weights: npt.NDArray[np.float64]) -> list[tuple[int, int, str | None]]:
    """`(start, end, speaker)` of all dialogue."""
    names = [display_name(p) for p in work.people.persons]
    out: list[tuple[int, int, str | None]] = []
    for turn, (who, _) in zip(work.turns, best(work, weights), strict=True):
        for i in turn.quotes:
            quote = work.book.quotes[i]
            base = work.book.starts[quote.paragraph]
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
) -> list[tuple[int, int, str | None]]:
    """Spans of dialogue in `text` with their speakers.

    Args:
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
) -> list[tuple[int, int, str | None]]:
    # a function of its own: what was gathered is gone before the collector wakes, which else walks all of it
    work = prepare(text, lang, quotes, characters)
    return decide(work, weights_for(work.features, lang))


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
    answers: Mapping[tuple[int, int, int], str] | None = None,
) -> Casting:
    """Who speaks in a book.

    Args:
        chapters: paragraph texts of each chapter.
        lang: `en` or `zh`.
        corrections: what a person decided; holds, and teaches the rest.
        answers: (chapter, paragraph, start of the span) -> name, where something else than a person decided
            (`flows.casting.llm`); a person's word outweighs it.
    """
    with collector_paused():
        return _cast_book(chapters, lang, corrections, answers)


def _cast_book(
    chapters: Sequence[Sequence[str]],
    lang: str,
    corrections: Corrections | None,
    answers: Mapping[tuple[int, int, int], str] | None,
) -> Casting:
    # as `_attribute`: gone before the collector wakes
    work = gather(from_chapters(chapters, lang), None, corrections, answers)
    names = unique_names(work.people)
    said: list[tuple[str | None, float, str]] = [(None, 0.0, "")] * len(work.book.quotes)
    lines: Counter[int] = Counter()
    decided = best(work, weights_for(work.features, lang))
    for t, (turn, (who, probability)) in enumerate(zip(work.turns, decided, strict=True)):
        reason = _reason(work, t, who)
        for i in turn.quotes:
            said[i] = (names[who] if who >= 0 else None, min(1.0, round(probability, 3)), reason)
        if who >= 0:
            lines[who] += len(turn.quotes)
    characters = tuple(
        Character(
            names[p],
            _aliases(work.people.persons[p], names[p]),
            work.people.persons[p].gender,
            work.people.persons[p].gender_evidence,
            work.people.persons[p].age,
            n,
        )
        for p, n in lines.most_common()
    )
    narrator = work.people.narrator
    return Casting(
        lang,
        characters,
        _spans(work.book, chapters, said),
        3 if narrator is None else 1,
        None if narrator is None else names[narrator],
    )


def unique_names(people: People) -> list[str]:
    """A name to print for every person, no two alike."""
    names: list[str] = []
    for person in people.persons:
        name = display_name(person)
        if name in names:
            name = person.name if person.name not in names else f"{name} ({person.id})"
        names.append(name)
    return names


def _aliases(person: Person, name: str) -> tuple[str, ...]:
    return tuple(alias for alias, _ in person.aliases.most_common() if alias != name)


def _reason(work: Work, t: int, who: int) -> str:
    """Why, in words a person can check against the page."""
    turn = work.turns[t]
    if turn.introduces and turn.fixed == who:
        return "gives this name"
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
    book: Book, chapters: Sequence[Sequence[str]], said: Sequence[tuple[str | None, float, str]]
) -> tuple[tuple[tuple[Span, ...], ...], ...]:
    by_paragraph: dict[int, list[int]] = {}
    for i, quote in enumerate(book.quotes):
        by_paragraph.setdefault(quote.paragraph, []).append(i)
    result = []
    number = 0
    for paragraphs in chapters:
        chapter = []
        for text in paragraphs:
            spans, at = [], 0
            for i in by_paragraph.get(number, ()):
                quote = book.quotes[i]
                if quote.kind == "narration":
                    continue
                if quote.start > at:
                    spans.append(Span(at, quote.start, "narration"))
                speaker, confidence, evidence = said[i]
                kind = "dialogue" if quote.kind == "speech" else quote.kind
                spans.append(Span(quote.start, quote.end, kind, speaker, confidence, evidence))
                at = quote.end
            if at < len(text) or not spans:
                spans.append(Span(at, len(text), "narration"))
            chapter.append(tuple(spans))
            number += 1
        result.append(tuple(chapter))
    return tuple(result)
