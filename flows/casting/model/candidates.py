"""Who may speak a turn, likeliest first."""

from __future__ import annotations

from flows.casting.model.context import Facts, View

MAX_CANDIDATES = 12
NAMED_CANDIDATES = 5
"""Candidates of a turn whose tag names its speaker: it is right 24 times in 25."""
FEW_CANDIDATES = 4
"""Fewer than these, and those who speak most in the book are candidates, too."""


def candidates_of(view: View, facts: Facts) -> list[int]:
    """Ids of those who may speak a turn; none where the text names nobody."""
    turn, subject, narrator = view.turn, view.subject, facts.narrators[view.number]
    if turn.fixed is not None:
        return [turn.fixed]
    if turn.tag is not None and turn.tag.certain and subject is not None:
        return [subject.who[0]]
    if subject is not None and subject.kind == "I" and narrator is not None and turn.tag and turn.tag.sure:
        return [narrator]
    one_named = (
        view.tag_class == "name" and view.tagged >= 0 and not (subject is not None and len(subject.who) > 1)
    )
    most = NAMED_CANDIDATES if one_named else MAX_CANDIDATES
    order = [*_of_the_tag(view, facts), *_beside_the_words(view)]
    if len(set(order)) < most:  # else nobody further down would be kept
        order += _further_off(view, facts)
        if len(set(order)) < FEW_CANDIDATES:
            order += facts.top
    return list(dict.fromkeys(order))[:most]


def _of_the_tag(view: View, facts: Facts) -> list[int]:
    """Whom the tag names, or its noun may mean."""
    subject = view.subject
    if subject is None:
        return []
    order = list(subject.who)
    if view.noun is not None:
        order += facts.role_nouns.get(subject.noun, ())[:4]
        order += facts.titled.get(subject.noun, ())[:3]
        if view.noun.epithet is not None:
            order += [p for p, _ in view.noun.epithet.ranked[:3]]
    narrator = facts.narrators[view.number]
    if subject.kind == "I" and narrator is not None:
        order.append(narrator)
    return order


def _beside_the_words(view: View) -> list[int]:
    """Who acts or is named in the paragraph, is called by name in the turns around, or was named last."""
    turn = view.turn
    order = [p for acting in turn.subjects for p in acting.who]
    order += turn.named
    for other in (view.previous, view.following, view.before_that, view.after_next):
        if other is not None:
            order += other.vocatives
    order += view.lead
    order += view.recent[:4]
    return order


def _further_off(view: View, facts: Facts) -> list[int]:
    """Who fits the tag's gender, is tagged near by, narrates, or is named in the turns around."""
    order: list[int] = []
    if view.want is not None:
        order += [p for p in view.recent if facts.gender[p] == view.want][:4]
    order += list(view.back)[:5]
    order += list(view.ahead)[:4]
    narrator = facts.narrators[view.number]
    if narrator is not None:
        order.append(narrator)
    for other in (view.previous, view.following):
        if other is not None:
            order += other.named
    order += view.recent[4:8]
    for other in (view.following, view.after_next):
        if other is not None and other.tag is not None:
            order += other.tag.subject.who
    return order
