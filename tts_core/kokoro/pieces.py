"""Cutting a long line of sounds into pieces the model can speak in one breath."""

from __future__ import annotations

from collections.abc import Sequence

from tts_core.phonetics.phonemes import CLAUSE_END, SENTENCE_END, Sound

PIECE_TOKENS = 300
"""Tokens a piece at most: the model takes 510, but gains nothing and needs more memory beyond 300."""

_COST = {"sentence": 0.0, "clause": 0.15, "word": 0.6, "inside": 1.2}
"""What a cut costs by where it falls; a cut at the very edge of its piece costs 1 more than one in the middle."""


def cut_pieces(sounds: Sequence[Sound], limit: int = PIECE_TOKENS) -> list[list[Sound]]:
    """Pieces of at most `limit` tokens, cut in even parts where the speaker would pause: after a sentence, else after a
    clause, else between words; inside a word only where one word alone is longer than a piece."""
    sounds = _stripped([part for sound in sounds for part in _parts(sound, limit)])
    lengths = [len(sound.symbols) for sound in sounds]
    if sum(lengths) <= limit:
        return [sounds]
    ends = [0]
    for length in lengths:
        ends.append(ends[-1] + length)
    best, best_cost = len(sounds) // 2, float("inf")
    for i in range(1, len(sounds)):
        if sounds[i - 1].symbols == " ":  # never right after a space: an empty piece could be left
            continue
        cost = _COST[_place(sounds, i)] + abs(2 * ends[i] / ends[-1] - 1)
        if cost < best_cost:
            best, best_cost = i, cost
    return cut_pieces(sounds[:best], limit) + cut_pieces(sounds[best:], limit)


def _place(sounds: Sequence[Sound], i: int) -> str:
    """Where a cut before sound `i` falls."""
    if sounds[i].symbols != " ":
        return "inside"
    last = sounds[i - 1].symbols
    if last in "”)" and i > 1:
        last = sounds[i - 2].symbols
    if last in SENTENCE_END:
        return "sentence"
    return "clause" if last in CLAUSE_END else "word"


def _parts(sound: Sound, limit: int) -> list[Sound]:
    if len(sound.symbols) <= limit:
        return [sound]
    return [
        Sound(sound.symbols[i : i + limit], sound.start, sound.end, sound.word)
        for i in range(0, len(sound.symbols), limit)
    ]


def _stripped(sounds: Sequence[Sound]) -> list[Sound]:
    found = list(sounds)
    while found and found[0].symbols == " ":
        found.pop(0)
    while found and found[-1].symbols == " ":
        found.pop()
    return found
