"""What speaks for each candidate of each English turn, as features of a log-linear model."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flows.casting.book import Book
from flows.casting.english.words import head_noun
from flows.casting.model.epithets import (
    STRONG,
    find_epithets,
    is_generic,
    kin_class,
    marital_classes,
    phrase_of,
    title_bearers,
)
from flows.casting.model.features import Features
from flows.casting.nouns import Gender
from flows.casting.people import People, Person
from flows.casting.turns import Subject, Turn, quote_end, quote_start

MAX_CANDIDATES = 12
NAMED_CANDIDATES = 5
"""Candidates of a turn whose tag names its speaker: it is right 24 times in 25."""
LOOK_BACK, LOOK_AHEAD = 8, 5
LOCAL_BACK, LOCAL_AHEAD = 15, 11
"""Turns in which a named tag makes its speaker a candidate."""
CALLED_NEAREST, CALLED_FARTHEST = 3, 7
"""Turns away at which a name called tells who takes turns: where two talk, who is called three turns off speaks now."""
NEAR_PARAGRAPHS = 8
"""Paragraphs within which others of the same gender compete for a pronoun."""

NOBODY = -1
"""The only candidate of a turn in a text that names nobody."""

F = Features()
_NOBODY = F("nobody")
_TC = ("none", "bare", "pron", "noun", "I", "they", "name", "beatname", "beatpron", "beatnoun")
_COARSE = {
    "none": 0,
    "bare": 0,
    "pron": 1,
    "noun": 2,
    "I": 3,
    "they": 3,
    "name": 3,
    "beatname": 3,
    "beatpron": 1,
    "beatnoun": 2,
}
_FIT = ("agree", "clash", "unknown", "surely agree", "surely clash")


def _by_class(name: str, values: range) -> list[list[int]]:
    """`[coarse class of the tag][value]`: the features `name` of every value."""
    return [[F(f"{name} {value} {tc}") for value in values] for tc in range(4)]


_TAG_NAME = {
    (slot, sure, fit): F(f"tag {slot} {'sure' if sure else 'weak'} {fit}")
    for slot in ("after", "before", "colon", "beat")
    for sure in (True, False)
    for fit in ("is", "may be", "other")
}
_GENDER = {(tc, fit): F(f"gender {tc} {fit}") for tc in _TC for fit in _FIT}
_HOLDS = ("exact", "head", "title", "none")
_NOUN_FIT = {
    (how, best, generic, pure, contested): F(
        f"noun {how} of {best}{' generic' if generic else ''} {'role' if pure else 'name'}{' contested' if contested else ''}"
    )
    for how in _HOLDS
    for best in _HOLDS
    for generic in (False, True)
    for pure in (False, True)
    for contested in (False, True)
}
_EPITHET = {
    (rank, strong, uses): F(f"epithet {rank} {'strong' if strong else 'weak'} of {uses}")
    for rank in (1, 2, 3, "none")
    for strong in (False, True)
    for uses in (1, 2, 3)
}
_KIN = {
    (noun, fit): F(f"kin {noun} {fit}")
    for noun in ("married", "unmarried")
    for fit in ("married", "unmarried", "other")
}
_ALONE = {
    (n, tc): F(f"first of {n} of the gender {tc}")
    for n in (1, 2, 3, 4)
    for tc in ("pron", "noun", "beatpron", "beatnoun")
}
_ROLE = {tc: F(f"role {tc}") for tc in _TC}
_NARRATOR = {tc: F(f"narrator {tc}") for tc in _TC}
_SUBJECT = {(rank, tc): F(f"subject {rank} {tc}") for rank in (1, 2, 3) for tc in _TC}
_ONLY_NAMED = {tc: F(f"only one named {tc}") for tc in _TC}
_NAMED = {tc: F(f"named in paragraph {tc}") for tc in _TC}
_LAST_NAMED = {tc: F(f"last named {tc}") for tc in _TC}
_OLDEST_RANK = 7
"""Rank of recency that stands for all further back."""
_RECENT = _by_class("recency", range(1, _OLDEST_RANK + 1))
_SAME_GENDER = {
    (rank, tc): F(f"recency of gender {rank} {tc}")
    for rank in range(1, 6)
    for tc in ("pron", "noun", "beatpron", "beatnoun")
}
_AWAY = _by_class("paragraphs since named", range(7))
_DISTANCE = (0, 1, 2, 3, 3, 4, 4, 4, 4, 5)
"""Value of `_AWAY` by paragraphs since somebody was named, the last for all beyond."""
_LONG_AGO = 6
_LEAD = {
    (place, tc, colon): F(f"lead {place} {tc} {'colon' if colon else ''}")
    for place in ("first", "last", "only", "other")
    for tc in range(4)
    for colon in (False, True)
}
_BACK = _by_class("tagged back", range(LOOK_BACK + 1))
_AHEAD = _by_class("tagged ahead", range(LOOK_AHEAD + 1))
_VOCATIVE = {
    (k, tc): F(f"vocative {k} {tc}")
    for k in ("this", "previous", "before that", "next", "after next")
    for tc in range(4)
}
_CALLED = {(n, tc): F(f"called at odd less even distance {n} {tc}") for n in range(-2, 3) for tc in range(4)}
_SPOKEN = {(k, tc): F(f"spoken of {k} {tc}") for k in ("this", "previous", "next") for tc in range(4)}
_SIR = {fit: F(f"addressed as sir or madam {fit}") for fit in _FIT}
_SIR_THIS = {fit: F(f"says sir or madam {fit}") for fit in _FIT}
_SHARE = _by_class("share of mentions", range(6))
_TALK = _by_class("share of tags", range(6))
_LOCAL = _by_class("tags near by", range(5))
_LISTENER = {tc: F(f"named in the paragraph before {tc}") for tc in range(4)}
_FOLLOW = {tc: F(f"named in the paragraph after {tc}") for tc in range(4)}
_LABEL = F("label")

_MOVE_TC = ("bare", "none", "pron", "noun", "I", "they", "name", "beat")
_MOVE_CLASS = {tc: _MOVE_TC.index(tc if tc in _MOVE_TC else "beat") for tc in _TC}
_GAPS = ("same paragraph", "0", "1", "2", "3+")
_MOVE = {
    (move, gap, tc): F(f"move {move} gap {gap} {tc}")
    for move in ("same", "back")
    for gap in range(5)
    for tc in range(8)
}
_MOVE_AFTER = {
    (move, before, tc): F(f"move {move} {tc} after {before}")
    for move in ("same", "back")
    for before in range(8)
    for tc in range(8)
}
_MOVE_QUESTION = {move: F(f"move {move} after question") for move in ("same", "back")}
_MOVE_BARE = {move: F(f"move {move} after bare") for move in ("same", "back")}
_MOVE_VOCATIVE = {move: F(f"move {move} after vocative") for move in ("same", "back")}
_MOVE_LONG = {move: F(f"move {move} after a long speech") for move in ("same", "back")}


@dataclass(slots=True)
class TurnEvidence:
    """Candidates of one turn with the features of each, and the features of its moves (SAME, BACK)."""

    candidates: list[int]
    features: list[list[int]]
    same: list[int]
    back: list[int]


def turn_class(turn: Turn) -> str:
    """What kind of tag the turn has: see `_TC`."""
    tag = turn.tag
    if tag is None:
        return "bare" if turn.bare else "none"
    kind = tag.subject.kind
    if tag.sure:
        return "pron" if kind in ("he", "she") else kind
    if kind == "name":
        return "beatname"
    return (
        "beatpron"
        if kind in ("he", "she")
        else "beatnoun"
        if kind == "noun"
        else "I"
        if kind == "I"
        else "none"
    )


def evidence(book: Book, people: People, turns: Sequence[Turn]) -> list[TurnEvidence]:
    """Features of every candidate of every turn, in order."""
    persons = people.persons
    gender: list[Gender | None] = [p.gender for p in persons]
    certain = [_is_certain(p) for p in persons]
    total = Counter(w for m in people.mentions for w in m.who)
    everything = sum(total.values()) or 1
    tagged = [
        t.fixed
        if t.fixed is not None
        else t.tag.subject.who[0]
        if t.tag is not None and t.tag.sure and t.tag.subject.kind == "name" and len(t.tag.subject.who) == 1
        else -1
        for t in turns
    ]
    pure = [all(a[:4].lower() == "the " or a[:2].lower() == "a " for a in p.aliases) for p in persons]
    epithets = find_epithets(book, people, turns, tagged, gender, pure)
    marital = marital_classes(people)
    for t, turn in enumerate(turns):  # a role that nobody else's name competes for is as good as a name
        tag = turn.tag
        if (
            tagged[t] < 0
            and tag is not None
            and tag.sure
            and tag.subject.kind == "noun"
            and len(tag.subject.who) == 1
        ):
            found = epithets.get(phrase_of(tag.subject))
            if pure[tag.subject.who[0]] and not is_generic(tag.subject) and not (found and found.is_strong):
                tagged[t] = tag.subject.who[0]
    tags = Counter(p for p in tagged if p >= 0)
    all_tags = sum(tags.values()) or 1
    share = [_bucket(total[p] / everything, (0.002, 0.01, 0.03, 0.08, 0.2)) for p in range(len(persons))]
    talk = [_bucket(tags[p] / all_tags, (1e-9, 0.01, 0.03, 0.08, 0.2)) for p in range(len(persons))]
    top = [p for p, _ in (tags + Counter()).most_common(3)] or [p for p, _ in total.most_common(3)]
    role_nouns: dict[str, list[int]] = {}
    for person in persons:
        if (
            person.kind == "role"
            or person.name[:4].lower() == "the "
            or any(a[:4].lower() == "the " for a in person.aliases)
        ):
            for alias in person.aliases:
                holders = role_nouns.setdefault(head_noun(alias.lower()), [])
                if person.id not in holders:
                    holders.append(person.id)
    titled = title_bearers(people) if book.lang != "zh" else {}

    # narration mentions in order, quotes masked
    quote_spans = [(quote_start(book, i), quote_end(book, i)) for i in range(len(book.quotes))]
    narration: list[tuple[int, tuple[int, ...]]] = []
    k = 0
    for mention in people.mentions:
        while k < len(quote_spans) and quote_spans[k][1] <= mention.start:
            k += 1
        if k >= len(quote_spans) or mention.start < quote_spans[k][0]:
            narration.append((mention.start, mention.who))
    positions = [s for s, _ in narration]

    result = []
    recent: list[int] = []  # most recent first
    seen_paragraph: dict[int, int] = {}
    pointer = 0
    narrator = people.narrator
    paragraph_of = 0
    starts = book.starts
    n_turns = len(turns)
    bounds = _conversations(turns)
    lead: list[Subject] | None = None
    lead_names: list[int] = []
    lead_set: set[int] = set()
    next_of = -1  # the paragraph whose next one `next_named` tells of
    next_named: set[int] = set()
    window_lo = window_hi = 0
    near_by = [0] * len(persons)  # tags in turns[window_lo:window_hi]
    heard = [turn.vocatives for turn in turns]
    classes = [turn_class(turn) for turn in turns]
    roles = [p.kind == "role" for p in persons]
    everywhere = [
        [(_SHARE[tc][share[p]], _TALK[tc][talk[p]]) for p in range(len(persons))] for tc in range(4)
    ]
    agreement: dict[tuple[str, Gender], list[int]] = {}
    for t, turn in enumerate(turns):
        cutoff = turn.start
        while pointer < len(narration) and narration[pointer][0] < cutoff:
            s, who = narration[pointer]
            while paragraph_of + 1 < len(starts) and starts[paragraph_of + 1] <= s:
                paragraph_of += 1
            for p in who:
                if p in seen_paragraph:
                    recent.remove(p)
                recent.insert(0, p)
                seen_paragraph[p] = paragraph_of
            pointer += 1
            if len(recent) > 24:
                for p in recent[20:]:
                    del seen_paragraph[p]
                del recent[20:]
        tag = turn.tag
        subject = tag.subject if tag is not None else None
        named_role = subject is not None and subject.kind == "noun" and tagged[t] >= 0 and turn.fixed is None
        tc = "name" if named_role else classes[t]
        coarse = _COARSE[tc]
        want = subject.gender if subject is not None and subject.kind in ("he", "she", "noun") else None

        begin, stop = bounds[t]
        reach = min(stop, t + 1 + LOCAL_AHEAD)
        while window_hi < reach:
            if tagged[window_hi] >= 0:
                near_by[tagged[window_hi]] += 1
            window_hi += 1
        while window_lo < max(begin, t - LOCAL_BACK):
            if tagged[window_lo] >= 0:
                near_by[tagged[window_lo]] -= 1
            window_lo += 1
        back: dict[int, int] = {}
        for at in range(t - 1, max(begin, t - LOOK_BACK) - 1, -1):
            if tagged[at] >= 0:
                back.setdefault(tagged[at], t - at)
        ahead: dict[int, int] = {}
        for at in range(t + 1, min(stop, t + 1 + LOOK_AHEAD)):
            if tagged[at] >= 0:
                ahead.setdefault(tagged[at], at - t)
        called: dict[int, int] = {}
        for at in (
            *range(max(begin, t - CALLED_FARTHEST), t - CALLED_NEAREST + 1),
            *range(t + CALLED_NEAREST, min(stop, t + CALLED_FARTHEST + 1)),
        ):
            for p in heard[at]:
                called[p] = called.get(p, 0) + (1 if (at - t) % 2 else -1)
        previous = turns[t - 1] if t and not turn.chain_break else None
        before_that = turns[t - 2] if previous is not None and t > 1 and not previous.chain_break else None
        following = turns[t + 1] if t + 1 < n_turns and not turns[t + 1].chain_break else None
        after_next = (
            turns[t + 2]
            if following is not None and t + 2 < n_turns and not turns[t + 2].chain_break
            else None
        )

        if turn.lead is not lead:
            lead = turn.lead
            lead_names = [p for led in lead if led.kind == "name" for p in led.who]
            lead_set = set(lead_names)
        epithet, held = None, "none"
        if subject is not None and subject.kind == "noun":
            epithet = epithets.get(phrase_of(subject))
            held = (
                "exact"
                if subject.who
                else "head"
                if role_nouns.get(subject.noun)
                else "title"
                if titled.get(subject.noun)
                else "none"
            )
            kin = kin_class(subject.noun)
            generic = is_generic(subject)
            contested = epithet is not None and epithet.is_strong

        # candidates, likeliest first
        named_surely = tc == "name" and tagged[t] >= 0 and not (subject is not None and len(subject.who) > 1)
        most = NAMED_CANDIDATES if named_surely else MAX_CANDIDATES
        order: list[int] = []
        if turn.fixed is not None:
            order.append(turn.fixed)
        elif (
            subject is not None
            and subject.kind == "I"
            and tag is not None
            and tag.sure
            and narrator is not None
        ):
            order.append(narrator)
        else:
            if subject is not None:
                order += subject.who
                if subject.kind == "noun":
                    order += role_nouns.get(subject.noun, ())[:4]
                    order += titled.get(subject.noun, ())[:3]
                    if epithet is not None:
                        order += [p for p, _ in epithet.ranked[:3]]
                if subject.kind == "I" and narrator is not None:
                    order.append(narrator)
            for acting in turn.subjects:
                order += acting.who
            order += turn.named
            for other in (previous, following, before_that, after_next):
                if other is not None:
                    order += other.vocatives
            order += lead_names
            order += recent[:4]
            if len(set(order)) < most:  # else nobody further down would be kept
                if want is not None:
                    order += [p for p in recent if gender[p] == want][:4]
                order += list(back)[:5]
                order += list(ahead)[:4]
                if narrator is not None:
                    order.append(narrator)
                for other in (previous, following):
                    if other is not None:
                        order += other.named
                order += recent[4:8]
                for other in (following, after_next):
                    if other is not None and other.tag is not None:
                        order += other.tag.subject.who
                if len(set(order)) < 4:
                    order += top
        candidates = list(dict.fromkeys(order))[:most]
        if not candidates:
            result.append(TurnEvidence([NOBODY], [[_NOBODY]], [], []))
            continue

        subject_rank: dict[int, int] = {}
        rank = 0
        for acting in turn.subjects:
            if acting.kind == "name":
                rank += 1
                for p in acting.who:
                    subject_rank.setdefault(p, min(rank, 3))
        recency = {p: r for r, p in enumerate(recent[: _OLDEST_RANK - 1])}
        gender_rank: dict[int, int] = {}
        if tc in ("pron", "noun", "beatpron", "beatnoun") and want is not None:
            r = 0
            # names before the tag itself inside the paragraph count as well
            near = [
                p
                for s in turn.subjects
                if s.kind == "name" and subject is not None and s.start < subject.start
                for p in s.who
            ]
            for p in [*reversed(near), *recent]:
                if p not in gender_rank and gender[p] in (want, None):
                    r += 1
                    gender_rank[p] = min(r, 5)
            alone = sum(
                gender[p] == want and turn.paragraph - seen_paragraph.get(p, -99) <= NEAR_PARAGRAPHS
                for p in gender_rank
            )
        named = set(turn.named)
        if turn.paragraph != next_of:
            next_of = turn.paragraph
            next_named = set()
            if next_of + 1 < len(starts):
                lo = bisect_left(positions, starts[next_of + 1])
                hi = bisect_left(positions, book.ends[next_of + 1])
                for x in range(lo, min(hi, lo + 3)):
                    next_named.update(narration[x][1])
        sir = previous.addressed_gender if previous is not None else None

        if want is not None and (tc, want) not in agreement:
            agreement[tc, want] = [
                _GENDER[tc, "unknown"]
                if g is None
                else _GENDER[tc, f"{'surely ' if sure else ''}{'agree' if g == want else 'clash'}"]
                for g, sure in zip(gender, certain, strict=True)
            ]
        # most candidates are in none of these: one look for all of them
        in_narration = named.union(subject_rank)
        in_speech = turn.spoken_names.union(called, turn.vocatives, next_named)
        for other in (previous, following):
            if other is not None:
                in_speech.update(other.vocatives, other.spoken_names)
        for other in (before_that, after_next):
            if other is not None:
                in_speech.update(other.vocatives)
        if previous is not None:
            in_speech.update(previous.named)
        everybody, tags_near = everywhere[coarse], _LOCAL[coarse]
        ranks, away, tagged_back, tagged_ahead = _RECENT[coarse], _AWAY[coarse], _BACK[coarse], _AHEAD[coarse]
        if named_role or (subject is not None and subject.kind == "name"):
            assert tag is not None and subject is not None
            tag_names = True
            is_other = _TAG_NAME[tag.slot, tag.sure, "other"]
            is_meant = _TAG_NAME[tag.slot, tag.sure, "is" if len(subject.who) == 1 else "may be"]
        else:
            tag_names = False
        rows = []
        for p in candidates:
            row = [*everybody[p], tags_near[min(near_by[p] - (tagged[t] == p), 4)]]
            if subject is not None:
                if tag_names:
                    row.append(is_meant if p in subject.who else is_other)
                elif want is not None:
                    row.append(agreement[tc, want][p])
                if subject.kind in ("he", "she") and subject.who:  # the clauses before say who 他 is
                    assert tag is not None
                    row.append(_TAG_NAME[tag.slot, tag.sure, "is" if p in subject.who else "other"])
                if subject.kind == "noun" and not named_role:
                    how = (
                        "exact"
                        if p in subject.who
                        else "head"
                        if p in role_nouns.get(subject.noun, ())
                        else "title"
                        if p in titled.get(subject.noun, ())
                        else "none"
                    )
                    if kin != "other":
                        row.append(_KIN[kin, marital[p]])
                    row.append(_NOUN_FIT[how, held, generic, pure[p], contested])
                    if epithet is not None:
                        uses = min(epithet.uses, 5) // 2 + 1
                        for r, (bearer, mean) in enumerate(epithet.ranked[:3], 1):
                            if bearer == p:
                                row.append(_EPITHET[r, mean >= STRONG, uses])
                                break
                        else:
                            row.append(_EPITHET["none", False, uses])
            if roles[p]:
                row.append(_ROLE[tc])
            if p == narrator:
                row.append(_NARRATOR[tc])
            if p in in_narration:
                if p in subject_rank:
                    row.append(_SUBJECT[subject_rank[p], tc])
                if p in named:
                    row.append(_NAMED[tc])
                    if len(named) == 1:
                        row.append(_ONLY_NAMED[tc])
                    if turn.named[-1] == p:
                        row.append(_LAST_NAMED[tc])
            row.append(ranks[recency.get(p, _OLDEST_RANK - 1)])
            if gender_rank:
                row.append(_SAME_GENDER[gender_rank.get(p, 5), tc])
                if gender_rank.get(p) == 1:
                    row.append(_ALONE[max(1, min(alone, 4)), tc])
            if p in seen_paragraph:
                since = turn.paragraph - seen_paragraph[p]
                row.append(away[_DISTANCE[since] if since < len(_DISTANCE) else _DISTANCE[-1]])
            else:
                row.append(away[_LONG_AGO])
            if p in lead_set:
                place = (
                    "only"
                    if len(lead_set) == 1
                    else "first"
                    if lead_names[0] == p
                    else "last"
                    if lead_names[-1] == p
                    else "other"
                )
                row.append(_LEAD[place, coarse, turn.before_colon])
            row.append(tagged_back[back.get(p, 0)])
            row.append(tagged_ahead[ahead.get(p, 0)])
            if sir is None and p not in in_speech:
                rows.append(row)
                continue
            if p in called:
                row.append(_CALLED[max(-2, min(called[p], 2)), coarse])
            if p in turn.vocatives:
                row.append(_VOCATIVE["this", coarse])
            elif p in turn.spoken_names:
                row.append(_SPOKEN["this", coarse])
            if previous is not None:
                if p in previous.vocatives:
                    row.append(_VOCATIVE["previous", coarse])
                elif p in previous.spoken_names:
                    row.append(_SPOKEN["previous", coarse])
                if p in previous.named:
                    row.append(_LISTENER[coarse])
                if sir is not None:
                    g = gender[p]
                    row.append(_SIR["unknown" if g is None else "agree" if g == sir else "clash"])
            if before_that is not None and p in before_that.vocatives:
                row.append(_VOCATIVE["before that", coarse])
            if following is not None:
                if p in following.vocatives:
                    row.append(_VOCATIVE["next", coarse])
                elif p in following.spoken_names:
                    row.append(_SPOKEN["next", coarse])
            if after_next is not None and p in after_next.vocatives:
                row.append(_VOCATIVE["after next", coarse])
            if p in next_named:
                row.append(_FOLLOW[coarse])
            rows.append(row)
        same, answer = [], []
        if previous is not None:
            gap = 0 if turn.same_paragraph else min(turn.gap, 3) + 1
            mt, bt = _MOVE_CLASS[tc], _MOVE_CLASS[classes[t - 1]]
            same.append(_MOVE_AFTER["same", bt, mt])
            answer.append(_MOVE_AFTER["back", bt, mt])
            same.append(_MOVE["same", gap, mt])
            answer.append(_MOVE["back", gap, mt])
            for on, table in (
                (previous.question, _MOVE_QUESTION),
                (previous.bare, _MOVE_BARE),
                (bool(previous.vocatives), _MOVE_VOCATIVE),
                (previous.length > 600, _MOVE_LONG),
            ):
                if on:
                    same.append(table["same"])
                    answer.append(table["back"])
        result.append(TurnEvidence(candidates, rows, same, answer))
    return result


def _conversations(turns: Sequence[Turn]) -> list[tuple[int, int]]:
    """Per turn, the first turn of its conversation and the one after its last."""
    edges = [t for t, turn in enumerate(turns) if turn.chain_break or t == 0] + [len(turns)]
    return [edge for edge in itertools.pairwise(edges) for _ in range(*edge)]


def _is_certain(person: Person) -> bool:
    """A gender told by a title, a noun or a person at the keyboard; names and pronouns may deceive."""
    why = person.gender_evidence
    return why.startswith(("title ", "“")) or why in ("given", "the cast file")


def _bucket(value: float, edges: Sequence[float]) -> int:
    for i, edge in enumerate(edges):
        if value < edge:
            return i
    return len(edges)
