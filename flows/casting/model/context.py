"""What is known before anybody is weighed: facts of the whole book, and what is seen from each turn."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.casting.model.epithets import Epithet, find_epithets
from flows.casting.model.features import COARSE, LOOK_AHEAD, LOOK_BACK, TagClass
from flows.casting.nouns import Gender
from flows.casting.people import People, Person
from flows.casting.prose import Prose
from flows.casting.reader import Generation, Phrases
from flows.casting.tellers import teller_at
from flows.casting.turns import Subject, Tag, Turn, quote_end, quote_start

LOCAL_BACK, LOCAL_AHEAD = 15, 11
"""Turns around one in which the named tags are counted."""
CALLED_NEAREST, CALLED_FARTHEST = 3, 7
"""Turns away at which a name called tells who takes turns: where two talk, who is called three turns off speaks now."""
RECENT_MOST, RECENT_KEPT = 24, 20
"""Persons named last that are remembered: when they grow beyond the one number, they are cut to the other."""
_SHARES = (0.002, 0.01, 0.03, 0.08, 0.2)
_TALK_SHARES = (1e-9, 0.01, 0.03, 0.08, 0.2)


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds for a whole book. Lists count by person id or by turn.

    Args:
        gender, certain: of each person; whether a title, a noun or a person at the keyboard told it.
        pure: whether a person is nothing but a role (the barman); `roles`: whether found as one.
        generations: of each person.
        share, talk: step of each person's share of all mentions and of all tags, 0 to 5.
        top: who speaks most, three at most.
        tagged: of each turn, the id of the speaker that its tag names, or -1.
        classes: of each turn, the kind of its tag.
        bounds: of each turn, the first turn of its conversation and the one after its last.
        epithets: phrase -> whom it means over the book.
        narrators: of each turn, who tells what stands around it; None in the third person.
        role_nouns, titled: noun -> ids of those who are called by it, or have it as a title.
    """

    phrases: Phrases
    gender: list[Gender | None]
    certain: list[bool]
    pure: list[bool]
    roles: list[bool]
    generations: list[Generation]
    share: list[int]
    talk: list[int]
    top: list[int]
    tagged: list[int]
    classes: list[TagClass]
    bounds: list[tuple[int, int]]
    epithets: Mapping[str, Epithet]
    role_nouns: Mapping[str, list[int]]
    titled: Mapping[str, list[int]]
    narrators: list[int | None]


def facts_of(prose: Prose, people: People, turns: Sequence[Turn], phrases: Phrases) -> Facts:
    """The facts of a book."""
    persons = people.persons
    gender = [p.gender for p in persons]
    pure = [all(a.lower().startswith(phrases.articles) for a in p.aliases) for p in persons]
    named = [_named_by_tag(turn) for turn in turns]
    epithets = find_epithets(prose, people, turns, named, gender, pure, phrases)
    tagged = [
        _tagged_role(turn.tag, pure, epithets, phrases) if at < 0 else at
        for at, turn in zip(named, turns, strict=True)
    ]
    mentions = Counter(w for m in people.mentions for w in m.who)
    tags = Counter(p for p in tagged if p >= 0)
    all_mentions, all_tags = sum(mentions.values()) or 1, sum(tags.values()) or 1
    return Facts(
        phrases,
        gender,
        [_is_certain(p) for p in persons],
        pure,
        [p.kind == "role" for p in persons],
        phrases.generations(people),
        [_step(mentions[p] / all_mentions, _SHARES) for p in range(len(persons))],
        [_step(tags[p] / all_tags, _TALK_SHARES) for p in range(len(persons))],
        [p for p, _ in tags.most_common(3)] or [p for p, _ in mentions.most_common(3)],
        tagged,
        [tag_class(turn) for turn in turns],
        _conversations(turns),
        epithets,
        _role_nouns(people, phrases),
        phrases.title_bearers(people),
        [
            people.narrator if (told := teller_at(people.parts, turn.start)) is None else told
            for turn in turns
        ],
    )


def tag_class(turn: Turn) -> TagClass:
    """What kind of tag the turn has: none, in a paragraph of nothing but speech (bare) or of more; a sure
    one, or a beat."""
    tag = turn.tag
    if tag is None:
        return "bare" if turn.bare else "none"
    return _SURE_CLASS[tag.subject.kind] if tag.sure else _BEAT_CLASS[tag.subject.kind]


_SURE_CLASS: Mapping[str, TagClass] = {
    "name": "name", "noun": "noun", "he": "pron", "she": "pron", "I": "I", "they": "they", "none": "none"
}  # fmt: skip
_BEAT_CLASS: Mapping[str, TagClass] = {
    "name": "beatname", "noun": "beatnoun", "he": "beatpron", "she": "beatpron", "I": "I", "they": "none",
    "none": "none"
}  # fmt: skip


def _named_by_tag(turn: Turn) -> int:
    """Who is fixed as the speaker, or named by a sure tag; -1 where neither."""
    if turn.fixed is not None:
        return turn.fixed
    tag = turn.tag
    sure = tag is not None and tag.sure and tag.subject.kind == "name" and len(tag.subject.who) == 1
    return tag.subject.who[0] if tag is not None and sure else -1


def _tagged_role(
    tag: Tag | None, pure: Sequence[bool], epithets: Mapping[str, Epithet], phrases: Phrases
) -> int:
    """A role that nobody else's name competes for is as good as a name; -1 where there is none."""
    if tag is None or not tag.sure or tag.subject.kind != "noun" or len(tag.subject.who) != 1:
        return -1
    who = tag.subject.who[0]
    if not pure[who] or phrases.is_generic(tag.subject):
        return -1
    found = epithets.get(phrases.epithet(tag.subject))
    return -1 if found and found.is_strong else who


def _role_nouns(people: People, phrases: Phrases) -> dict[str, list[int]]:
    definite = phrases.articles[:1]
    nouns: dict[str, list[int]] = {}
    for person in people.persons:
        if person.kind == "role" or any(
            a.lower().startswith(definite) for a in (person.name, *person.aliases)
        ):
            for alias in person.aliases:
                holders = nouns.setdefault(phrases.head(alias.lower()), [])
                if person.id not in holders:
                    holders.append(person.id)
    return nouns


def _conversations(turns: Sequence[Turn]) -> list[tuple[int, int]]:
    edges = [t for t, turn in enumerate(turns) if turn.chain_break or t == 0] + [len(turns)]
    return [edge for edge in itertools.pairwise(edges) for _ in range(*edge)]


def _is_certain(person: Person) -> bool:
    """A gender told by a title, a noun or a person at the keyboard; names and pronouns may deceive."""
    why = person.gender_evidence
    return why.startswith(("title ", "“")) or why in ("given", "the cast file")


def _step(value: float, edges: Sequence[float]) -> int:
    return next((i for i, edge in enumerate(edges) if value < edge), len(edges))


class Named:
    """Who was named in the narration up to a place, the last one first."""

    def __init__(self, prose: Prose, people: People) -> None:
        self.recent: list[int] = []
        self.paragraph: dict[int, int] = {}
        """Person -> the paragraph in which they were named last."""
        self._mentions = _narrated(prose, people)
        self._places = [start for start, _ in self._mentions]
        self._prose = prose
        self._next = 0
        self._paragraph = 0

    def advance(self, to: int) -> None:
        """Take in what is named before `text[to]`."""
        starts = self._prose.starts
        while self._next < len(self._mentions) and self._places[self._next] < to:
            at, who = self._mentions[self._next]
            while self._paragraph + 1 < len(starts) and starts[self._paragraph + 1] <= at:
                self._paragraph += 1
            for p in who:
                if p in self.paragraph:
                    self.recent.remove(p)
                self.recent.insert(0, p)
                self.paragraph[p] = self._paragraph
            self._next += 1
            if len(self.recent) > RECENT_MOST:
                for p in self.recent[RECENT_KEPT:]:
                    del self.paragraph[p]
                del self.recent[RECENT_KEPT:]

    def first_of(self, paragraph: int) -> set[int]:
        """Those of the first three mentions in the narration of a paragraph."""
        if paragraph >= len(self._prose.starts):
            return set()
        lo = bisect_left(self._places, self._prose.starts[paragraph])
        hi = bisect_left(self._places, self._prose.ends[paragraph])
        return {p for _, who in self._mentions[lo : min(hi, lo + 3)] for p in who}


def _narrated(prose: Prose, people: People) -> list[tuple[int, tuple[int, ...]]]:
    """Place and persons of every mention outside quotes, in order."""
    spans = [(quote_start(prose, i), quote_end(prose, i)) for i in range(len(prose.quotes))]
    found: list[tuple[int, tuple[int, ...]]] = []
    k = 0
    for mention in people.mentions:
        while k < len(spans) and spans[k][1] <= mention.start:
            k += 1
        if k >= len(spans) or mention.start < spans[k][0]:
            found.append((mention.start, mention.who))
    return found


class TagsNear:
    """How often each person is named by the tags around a turn, in its conversation."""

    def __init__(self, facts: Facts) -> None:
        self.count = [0] * len(facts.gender)
        self._facts = facts
        self._low = self._high = 0

    def move(self, t: int) -> None:
        """Count around turn `t`; turns are visited in order."""
        begin, stop = self._facts.bounds[t]
        tagged = self._facts.tagged
        while self._high < min(stop, t + 1 + LOCAL_AHEAD):
            if tagged[self._high] >= 0:
                self.count[tagged[self._high]] += 1
            self._high += 1
        while self._low < max(begin, t - LOCAL_BACK):
            if tagged[self._low] >= 0:
                self.count[tagged[self._low]] -= 1
            self._low += 1


@dataclass(slots=True)
class NounTag:
    """What the noun of a tag tells: whom it means over the book, the best way anybody holds it, and how much
    that is worth."""

    noun: str
    epithet: Epithet | None
    best: str
    generation: Generation
    generic: bool
    contested: bool


def noun_tag(facts: Facts, subject: Subject) -> NounTag:
    """What is known of the noun phrase `subject`."""
    phrases = facts.phrases
    epithet = facts.epithets.get(phrases.epithet(subject))
    if subject.who:
        best = "exact"
    elif facts.role_nouns.get(subject.noun):
        best = "head"
    else:
        best = "title" if facts.titled.get(subject.noun) else "none"
    return NounTag(
        subject.noun,
        epithet,
        best,
        phrases.generation(subject.noun),
        phrases.is_generic(subject),
        epithet is not None and epithet.is_strong,
    )


@dataclass(slots=True)
class View:
    """What is seen from one turn.

    Args:
        number: of the turn; `tagged`: the speaker its tag names, or -1.
        tag_class, coarse: the kind of its tag; a role that is as good as a name counts as one (`named_role`).
        subject: of its tag; `noun`: what that tells, where it is a noun.
        want: the gender the tag tells.
        previous, before_that, following, after_next: the turns around it in the conversation.
        back, ahead: person -> turns to the nearest one before or after whose tag names them.
        called: person -> times called at an odd distance, less at an even one.
        near_by: tags near by, by person; `recent`: who was named last; `seen`: the paragraph each was named in.
        lead: persons named in the narration that leads up to the turn, in order.
        next_named: persons named in the paragraph after it.
        sentence_before: whom the last sentence before the turn that names anybody has for subjects, in order;
            `beside`: whether it stands in the turn's own paragraph.
    """

    number: int
    turn: Turn
    tagged: int
    tag_class: TagClass
    coarse: int
    named_role: bool
    subject: Subject | None
    noun: NounTag | None
    want: Gender | None
    previous: Turn | None
    before_that: Turn | None
    following: Turn | None
    after_next: Turn | None
    back: dict[int, int]
    ahead: dict[int, int]
    called: dict[int, int]
    near_by: list[int]
    recent: list[int]
    seen: dict[int, int]
    lead: list[int]
    next_named: set[int]
    sentence_before: list[int]
    beside: bool


def views(prose: Prose, people: People, turns: Sequence[Turn], facts: Facts) -> Iterator[View]:
    """What is seen from each turn, in order. A view holds until the next one is asked for."""
    named = Named(prose, people)
    near = TagsNear(facts)
    lead: list[Subject] | None = None
    lead_names: list[int] = []
    paragraph, next_named = -1, set[int]()
    for t, turn in enumerate(turns):
        named.advance(turn.start)
        near.move(t)
        if turn.lead is not lead:  # turns of a paragraph share it
            lead = turn.lead
            lead_names = [p for led in lead if led.kind == "name" for p in led.who]
        if turn.paragraph != paragraph:
            paragraph = turn.paragraph
            next_named = named.first_of(paragraph + 1)
        subject = turn.tag.subject if turn.tag is not None else None
        is_noun = subject is not None and subject.kind == "noun"
        named_role = is_noun and facts.tagged[t] >= 0 and turn.fixed is None
        kind: TagClass = "name" if named_role else facts.classes[t]
        begin, stop = facts.bounds[t]
        yield View(
            t,
            turn,
            facts.tagged[t],
            kind,
            COARSE[kind],
            named_role,
            subject,
            noun_tag(facts, subject) if is_noun and subject is not None else None,
            subject.gender if subject is not None and subject.kind in ("he", "she", "noun") else None,
            turns[t - 1] if t > begin else None,
            turns[t - 2] if t > begin + 1 else None,
            turns[t + 1] if t + 1 < stop else None,
            turns[t + 2] if t + 2 < stop else None,
            _nearest(facts.tagged, range(t - 1, max(begin, t - LOOK_BACK) - 1, -1), t),
            _nearest(facts.tagged, range(t + 1, min(stop, t + 1 + LOOK_AHEAD)), t),
            _called(turns, t, begin, stop),
            near.count,
            named.recent,
            named.paragraph,
            lead_names,
            next_named,
            *_sentence_before(prose.text, turn, lead_names),
        )


_SENTENCE_ENDS = ".!?。！？"


def _sentence_before(text: str, turn: Turn, lead_names: Sequence[int]) -> tuple[list[int], bool]:
    """Subjects of the last sentence before a turn tagged by a pronoun, and whether it stands in its own paragraph."""
    tag = turn.tag
    if tag is None or tag.subject.kind not in ("he", "she"):
        return [], False
    own = [s for s in turn.subjects if s.kind == "name" and s.start < min(tag.subject.start, turn.start)]
    named = own or ([s for s in turn.lead if s.kind == "name"] if lead_names else [])
    if not named:
        return [], False
    last = named[-1].start
    begin = max(text.rfind(mark, named[0].start, last) for mark in _SENTENCE_ENDS)
    return list(dict.fromkeys(p for s in named if s.start > begin for p in s.who)), bool(own)


def _nearest(tagged: Sequence[int], turns: range, t: int) -> dict[int, int]:
    """Person -> distance from `t` of the first of `turns` whose tag names them."""
    found: dict[int, int] = {}
    for at in turns:
        if tagged[at] >= 0:
            found.setdefault(tagged[at], abs(t - at))
    return found


def _called(turns: Sequence[Turn], t: int, begin: int, stop: int) -> dict[int, int]:
    """Person -> times called by name some turns off, at an odd distance less at an even one."""
    called: dict[int, int] = {}
    for at in (
        *range(max(begin, t - CALLED_FARTHEST), t - CALLED_NEAREST + 1),
        *range(t + CALLED_NEAREST, min(stop, t + CALLED_FARTHEST + 1)),
    ):
        for p in turns[at].vocatives:
            called[p] = called.get(p, 0) + (1 if (at - t) % 2 else -1)
    return called
