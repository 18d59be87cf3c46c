"""What speaks for each candidate of each turn, as features of a log-linear model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flows.casting.model import features as F
from flows.casting.model.candidates import candidates_of
from flows.casting.model.context import Facts, NounTag, View, facts_of, views
from flows.casting.model.epithets import STRONG
from flows.casting.model.features import TagClass
from flows.casting.nouns import Gender
from flows.casting.people import People
from flows.casting.prose import Prose
from flows.casting.reader import Phrases
from flows.casting.turns import Turn

NEAR_PARAGRAPHS = 8
"""Paragraphs within which others of the same gender compete for a pronoun."""
LONG_SPEECH = 600
"""Letters of a turn after which somebody else is likelier to speak."""
NOBODY = -1
"""The only candidate of a turn in a text that names nobody."""

Rows = list[list[int]]
"""Features of each candidate, in the order of the candidates."""
Clue = tuple[Collection[int], int]
"""Persons that a feature speaks of, and the feature."""
Agreement = dict[tuple[TagClass, Gender], list[int]]
"""(tag class, gender wanted) -> the feature of every person's gender."""


@dataclass(slots=True)
class TurnEvidence:
    """Candidates of one turn with the features of each, and the features of its moves (SAME, BACK)."""

    candidates: list[int]
    features: Rows
    same: list[int]
    back: list[int]


def evidence(prose: Prose, people: People, turns: Sequence[Turn], phrases: Phrases) -> list[TurnEvidence]:
    """Features of every candidate of every turn, in order."""
    facts = facts_of(prose, people, turns, phrases)
    everywhere = [
        [
            (F.SHARE[coarse][share], F.TALK[coarse][talk])
            for share, talk in zip(facts.share, facts.talk, strict=True)
        ]
        for coarse in range(4)
    ]
    agreement: Agreement = {}
    result = []
    for view in views(prose, people, turns, facts):
        candidates = candidates_of(view, facts)
        if not candidates:
            result.append(TurnEvidence([NOBODY], [[F.NO_SPEAKER]], [], []))
            continue
        near = F.LOCAL[view.coarse]
        rows = [
            [*everywhere[view.coarse][p], near[min(view.near_by[p] - (view.tagged == p), 4)]]
            for p in candidates
        ]
        add_tag(rows, candidates, view, facts, agreement)
        add_standing(rows, candidates, view, facts)
        add_narration(rows, candidates, view)
        add_antecedent(rows, candidates, view, facts)
        add_told_gender(rows, candidates, view, facts)
        add_recency(rows, candidates, view, facts)
        add_lead(rows, candidates, view)
        add_talk(rows, candidates, view, facts)
        before = facts.classes[view.number - 1]
        result.append(TurnEvidence(candidates, rows, *moves_of(view, before)))
    return result


def add_tag(rows: Rows, candidates: Sequence[int], view: View, facts: Facts, agreement: Agreement) -> None:
    """Does the tag name the candidate, agree with their gender, or use a noun that means them?"""
    subject, tag, kind, want = view.subject, view.turn.tag, view.tag_class, view.want
    if subject is None or tag is None:
        return
    if view.named_role or subject.kind == "name":
        other = F.TAG_NAME[tag.slot, tag.sure, "other"]
        meant = F.TAG_NAME[tag.slot, tag.sure, "is" if len(subject.who) == 1 else "may be"]
        for p, row in zip(candidates, rows, strict=True):
            row.append(meant if p in subject.who else other)
        if tag.plain:
            meant = F.TAG_PLAIN["is" if len(subject.who) == 1 else "may be"]
            for p, row in zip(candidates, rows, strict=True):
                row.append(meant if p in subject.who else F.TAG_PLAIN["other"])
    elif want is not None:
        if (kind, want) not in agreement:
            agreement[kind, want] = genders_against(kind, want, facts)
        fits = agreement[kind, want]
        for p, row in zip(candidates, rows, strict=True):
            row.append(fits[p])
    if subject.kind in ("he", "she") and subject.who:  # the clauses before say who 他 is
        for p, row in zip(candidates, rows, strict=True):
            row.append(F.TAG_NAME[tag.slot, tag.sure, "is" if p in subject.who else "other"])
    if view.noun is not None and not view.named_role:
        for p, row in zip(candidates, rows, strict=True):
            row.extend(noun_evidence(p, subject.who, view.noun, facts))


def genders_against(kind: TagClass, want: Gender, facts: Facts) -> list[int]:
    """The feature of every person's gender against the one a tag wants."""
    found = []
    for gender, sure in zip(facts.gender, facts.certain, strict=True):
        fit = "unknown" if gender is None else "agree" if gender == want else "clash"
        found.append(F.GENDER[kind, f"surely {fit}" if sure and gender is not None else fit])
    return found


def noun_evidence(p: int, who: Sequence[int], noun: NounTag, facts: Facts) -> list[int]:
    """How well the noun of a tag fits a person: kin, the way they hold it, and their rank among those it means."""
    found = []
    if p in who:
        how = "exact"
    elif p in facts.role_nouns.get(noun.noun, ()):
        how = "head"
    else:
        how = "title" if p in facts.titled.get(noun.noun, ()) else "none"
    if noun.generation != "other":
        found.append(F.KIN[noun.generation, facts.generations[p]])
    found.append(F.NOUN_FIT[how, noun.best, noun.generic, facts.pure[p], noun.contested])
    if noun.epithet is not None:
        uses = min(noun.epithet.uses, 5) // 2 + 1
        ranks = enumerate(noun.epithet.ranked[:3], 1)
        rank, strong = next(
            ((rank, mean >= STRONG) for rank, (bearer, mean) in ranks if bearer == p), ("none", False)
        )
        found.append(F.EPITHET[rank, strong, uses])
    return found


def add_standing(rows: Rows, candidates: Sequence[int], view: View, facts: Facts) -> None:
    """Is the candidate a role, or the narrator?"""
    for p, row in zip(candidates, rows, strict=True):
        if facts.roles[p]:
            row.append(F.ROLE[view.tag_class])
        if p == facts.narrators[view.number]:
            row.append(F.NARRATOR[view.tag_class])


def add_narration(rows: Rows, candidates: Sequence[int], view: View) -> None:
    """Does the candidate act, or is named, in the narration of the paragraph?"""
    turn, kind = view.turn, view.tag_class
    if not turn.named and not turn.subjects:
        return
    acting: dict[int, int] = {}
    names = [subject for subject in turn.subjects if subject.kind == "name"]
    for rank, subject in enumerate(names, 1):
        for p in subject.who:
            acting.setdefault(p, min(rank, 3))
    named = set(turn.named)
    behind = turn.behind if kind in F.BEHIND else set[int]()
    for p, row in zip(candidates, rows, strict=True):
        if p in behind:
            row.append(F.BEHIND[kind])
            continue
        if p in acting:
            row.append(F.SUBJECT[acting[p], kind])
        if p in named:
            row.append(F.NAMED[kind])
            if len(named) == 1:
                row.append(F.ONLY_NAMED[kind])
            if turn.named[-1] == p:
                row.append(F.LAST_NAMED[kind])


def add_antecedent(rows: Rows, candidates: Sequence[int], view: View, facts: Facts) -> None:
    """Is the candidate the subject of the sentence before, of the gender of the tag's pronoun?"""
    if view.tag_class not in ("pron", "beatpron") or view.want is None:
        return
    fits = [p for p in view.sentence_before if facts.gender[p] in (view.want, None)]
    if not fits:
        return
    where = "beside" if view.beside else "above"
    for p, row in zip(candidates, rows, strict=True):
        if p not in fits:
            place = "passed over"
        elif len(fits) == 1:
            place = "only"
        else:
            place = "first" if fits[0] == p else "last" if fits[-1] == p else "other"
        row.append(F.ANTECEDENT[place, where, view.tag_class])


def add_told_gender(rows: Rows, candidates: Sequence[int], view: View, facts: Facts) -> None:
    """Does the candidate's gender agree with how the next line calls whoever speaks, and with the words themselves?"""
    following = view.following
    for told, table in (
        (following.calls if following is not None else None, F.ANSWERED),
        (view.turn.own_gender, F.OF_ONESELF),
    ):
        if told is None:
            continue
        for p, row in zip(candidates, rows, strict=True):
            gender = facts.gender[p]
            row.append(table["unknown" if gender is None else "agree" if gender == told else "clash"])


def add_recency(rows: Rows, candidates: Sequence[int], view: View, facts: Facts) -> None:
    """How lately was the candidate named: among all, among those of the gender wanted, in paragraphs?"""
    seen, paragraph = view.seen, view.turn.paragraph
    ranks, away = F.RECENT[view.coarse], F.AWAY[view.coarse]
    oldest = F.OLDEST_RANK - 1
    recency = {p: rank for rank, p in enumerate(view.recent[:oldest])}
    last = F.DISTANCE[-1]
    for p, row in zip(candidates, rows, strict=True):
        row.append(ranks[recency.get(p, oldest)])
    add_gender_rank(rows, candidates, view, facts)
    for p, row in zip(candidates, rows, strict=True):
        if p in seen:
            since = paragraph - seen[p]
            row.append(away[F.DISTANCE[since] if since < len(F.DISTANCE) else last])
        else:
            row.append(away[F.LONG_AGO])


def add_gender_rank(rows: Rows, candidates: Sequence[int], view: View, facts: Facts) -> None:
    """How lately was the candidate named among those of the gender that the tag wants, and how many are near by?"""
    of_gender = rank_of_gender(view, facts)
    if not of_gender:
        return
    kind, paragraph = view.tag_class, view.turn.paragraph
    alone = sum(
        facts.gender[p] == view.want and paragraph - view.seen.get(p, -99) <= NEAR_PARAGRAPHS
        for p in of_gender
    )
    for p, row in zip(candidates, rows, strict=True):
        row.append(F.SAME_GENDER[of_gender.get(p, 5), kind])
        if of_gender.get(p) == 1:
            row.append(F.ALONE[max(1, min(alone, 4)), kind])


def rank_of_gender(view: View, facts: Facts) -> dict[int, int]:
    """Person -> rank among those whom a pronoun or noun of the tag's gender may mean, the last named first;
    at most 5."""
    if view.want is None or view.tag_class not in ("pron", "noun", "beatpron", "beatnoun"):
        return {}
    # names before the tag itself inside the paragraph count as well
    near = [
        p
        for s in view.turn.subjects
        if s.kind == "name" and view.subject is not None and s.start < view.subject.start
        for p in s.who
    ]
    ranks: dict[int, int] = {}
    for p in [*reversed(near), *view.recent]:
        if p not in ranks and facts.gender[p] in (view.want, None):
            ranks[p] = min(len(ranks) + 1, 5)
    return ranks


def add_lead(rows: Rows, candidates: Sequence[int], view: View) -> None:
    """Does the narration lead up to the candidate, or a tag near by name them?"""
    lead, back, ahead = view.lead, F.BACK[view.coarse], F.AHEAD[view.coarse]
    for p, row in zip(candidates, rows, strict=True):
        if p in lead:
            place = (
                "only"
                if len(set(lead)) == 1
                else "first"
                if lead[0] == p
                else "last"
                if lead[-1] == p
                else "other"
            )
            row.append(F.LEAD[place, view.coarse, view.turn.before_colon])
        row.append(back[view.back.get(p, 0)])
        row.append(ahead[view.ahead.get(p, 0)])


def add_talk(rows: Rows, candidates: Sequence[int], view: View, facts: Facts) -> None:
    """Who is called or spoken of, here and in the turns around? Nobody calls himself; who is called answers."""
    told: dict[int, list[int]] = {}
    for persons, feature in (
        *_called(view),
        *_words("this", view.turn, view.coarse),
        *_before(view, candidates, facts),
        *_after(view),
    ):
        for p in persons:
            told.setdefault(p, []).append(feature)
    if told:
        for p, row in zip(candidates, rows, strict=True):
            if p in told:
                row += told[p]


def _called(view: View) -> list[Clue]:
    return [((p,), F.CALLED[max(-2, min(count, 2)), view.coarse]) for p, count in view.called.items()]


def _words(place: str, turn: Turn, coarse: int) -> list[Clue]:
    """Who is called by name in the words of a turn, and who is spoken of in them."""
    return [
        (turn.vocatives, F.VOCATIVE[place, coarse]),
        (turn.spoken_names - turn.vocatives, F.SPOKEN[place, coarse]),
    ]


def _before(view: View, candidates: Sequence[int], facts: Facts) -> list[Clue]:
    """Clues of the two turns before: whom they call, who is named beside them, whether a man or a woman is
    addressed."""
    previous = view.previous
    if previous is None:
        return []
    clues: list[Clue] = [
        *_words("previous", previous, view.coarse),
        (set(previous.named), F.LISTENER[view.coarse]),
    ]
    sir = previous.addressed_gender
    if sir is not None:
        genders = {p: facts.gender[p] for p in candidates}
        clues += [
            ({p for p, g in genders.items() if g is None}, F.SIR["unknown"]),
            ({p for p, g in genders.items() if g == sir}, F.SIR["agree"]),
            ({p for p, g in genders.items() if g not in (None, sir)}, F.SIR["clash"]),
        ]
    if view.before_that is not None:
        clues.append((view.before_that.vocatives, F.VOCATIVE["before that", view.coarse]))
    return clues


def _after(view: View) -> list[Clue]:
    """Clues of the two turns after, and of the paragraph after."""
    clues: list[Clue] = []
    if view.following is not None:
        clues += _words("next", view.following, view.coarse)
    if view.after_next is not None:
        clues.append((view.after_next.vocatives, F.VOCATIVE["after next", view.coarse]))
    return [*clues, (view.next_named, F.FOLLOW[view.coarse])]


def moves_of(view: View, before: TagClass) -> tuple[list[int], list[int]]:
    """Features of speaking again and of answering, after a turn whose tag is of class `before`."""
    previous, turn = view.previous, view.turn
    if previous is None:
        return [], []
    gap = 0 if turn.same_paragraph else min(turn.gap, 3) + 1
    here, there = F.MOVE_CLASS[view.tag_class], F.MOVE_CLASS[before]
    moves = []
    for move in ("same", "back"):
        found = [F.MOVE_AFTER[move, there, here], F.MOVE[move, gap, here]]
        found += [table[move] for table in _kind_of(previous)]
        moves.append(found)
    return moves[0], moves[1]


def _kind_of(previous: Turn) -> list[Mapping[str, int]]:
    """What the turn before was like."""
    return [
        table
        for holds, table in (
            (previous.question, F.MOVE_QUESTION),
            (previous.bare, F.MOVE_BARE),
            (bool(previous.vocatives), F.MOVE_VOCATIVE),
            (previous.length > LONG_SPEECH, F.MOVE_LONG),
        )
        if holds
    ]
