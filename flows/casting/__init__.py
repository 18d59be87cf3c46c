"""Who speaks each line, and in which voice."""

from flows.casting.assign import assign_voices, conversations, similarity
from flows.casting.attribution import attribute, cast_book, genders
from flows.casting.nouns import UNNAMED_NARRATOR, Casting, Character, Corrections, LineCorrection, Span

__all__ = [
    "UNNAMED_NARRATOR",
    "Casting",
    "Character",
    "Corrections",
    "LineCorrection",
    "Span",
    "assign_voices",
    "attribute",
    "cast_book",
    "conversations",
    "genders",
    "similarity",
]
