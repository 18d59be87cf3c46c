"""Who speaks each line, and in which voice."""

from flows.casting.assign import assign_voices, conversations, similarity
from flows.casting.attribution import Gathered, attribute, cast_book, decide, gather, genders
from flows.casting.labels import told_by_label
from flows.casting.nouns import UNNAMED_NARRATOR, Casting, Character, Corrections, LineCorrection, Span

__all__ = [
    "UNNAMED_NARRATOR",
    "Casting",
    "Character",
    "Corrections",
    "Gathered",
    "LineCorrection",
    "Span",
    "assign_voices",
    "attribute",
    "cast_book",
    "conversations",
    "decide",
    "gather",
    "genders",
    "similarity",
    "told_by_label",
]
