"""Cues that are shown and not said: signs, songs, descriptions of sounds, and the subtitlers' names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from flows.sources.subtitles.model import SubtitleOptions
from flows.sources.subtitles.rolling import Draft
from flows.sources.subtitles.speech import is_credit, names_sound
from flows.sources.words import any_of

SENTENCE_END = re.compile(r"[.!?…。！？]['\"”’»)\]]*\s*$")
_UNSPOKEN_STYLE = re.compile(
    r"(?:^|[\s_.-])(?:signs?|songs?|(?:op|ed)?lyrics?|karaoke|kara|opening|ending|insert|title|eyecatch\d*|"
    r"(?:op|ed)\d*(?:jpn?|cn|ch[st]?|zh|eng?|es|rom(?:aji)?|kanji|tl)?[a-z]?|"
    r"credits?|typeset\w*|ts|romaji|roma|kanji|staff[a-z]?|logo|(?:tl[\s_-]?)?notes?|tn)(?:[\s_.-]|\d*$)"
    "|注释|注解|注釋|屏幕?字|画面字|标题|標題|歌词|歌詞|片头|片頭|片尾|职员|職員",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Within `EpisodeTitle`."""
_MADE_BY_PROGRAM = frozenset({"fx", "karaoke"})
"""Effects of events that a karaoke script made."""
_PLACED = re.compile(r"\\(?:pos|move|org)\(")
_DRAWN = re.compile(r"\\(?:fr[xyz]?-?\d|fs(?:c[xy])?\d|i?clip\(|fa[xy]-?[\d.]|blur\d|be\d|fn\w)")
_CREDIT_LINE = any_of("credit_roles", r"\s*(?:{})(?:\s*[:：·/&]\s*|(?<=[\u3400-\u9fff])\s+)\S.{{0,40}}")
_ITALICS = re.compile(r"<i>[^<>()\[\].!?…]{3,60}</i>")
DESCRIPTIONS = 3
"""Descriptions of sounds without brackets, from which on a file has them."""


def silent_styles(drafts: Sequence[Draft], options: SubtitleOptions, warnings: list[str]) -> frozenset[str]:
    """ASS styles whose name says that they are signs or songs, none when nothing else would be left; and those that a
    person silenced."""
    styles = {d.raw.style for d in drafts if d.raw.style}
    unknown = [style for style in (*options.spoken_styles, *options.silent_styles) if style not in styles]
    if unknown:
        warnings.append(f"no cue has the style {', '.join(unknown)}; there are {', '.join(sorted(styles))}")
    silent = {s for s in styles if _UNSPOKEN_STYLE.search(_HUMP.sub(" ", s))} - set(options.spoken_styles)
    if silent and silent == {d.raw.style for d in drafts}:
        warnings.append(
            f"every cue has a style of signs or songs ({', '.join(sorted(silent))}); they are spoken"
        )
        silent = set()
    return frozenset(silent | set(options.silent_styles))


def signs_of(drafts: Sequence[Draft], options: SubtitleOptions) -> frozenset[int]:
    """ASS events that are put at a place of the picture in letters of their own, or that a karaoke script made: what
    is written there.

    None where most of what the file says is so: then it is the converter's manner. Letters that fly in one by one
    count for little.
    """
    signs = {
        d.raw.number: d
        for d in drafts
        if d.raw.style not in options.spoken_styles
        and (
            (_PLACED.search(d.raw.text) and _DRAWN.search(d.raw.text))
            or d.raw.effect.lower() in _MADE_BY_PROGRAM
        )
    }
    said = {d.plain.display for d in drafts if len(d.plain.display) > 3}
    drawn = {d.plain.display for d in signs.values() if len(d.plain.display) > 3}
    return frozenset(signs if 2 * len(drawn) < len(said) else ())


def descriptions_of(drafts: Sequence[Draft]) -> frozenset[int]:
    """Cues in italics that tell in small letters what is heard, without brackets (`tense music`), in a file that has
    several."""
    found = [
        d.raw.number
        for d in drafts
        if _ITALICS.fullmatch(d.raw.text.strip())
        and d.plain.display[:1].islower()
        and not SENTENCE_END.search(d.plain.display)
        and names_sound(d.plain.display)
    ]
    return frozenset(found if len(found) >= DESCRIPTIONS else ())


def credits_of(drafts: Sequence[Draft]) -> frozenset[int]:
    """Cues in which the subtitlers name themselves by their trades, one after the other; one alone may be said."""

    def names_subtitlers(draft: Draft) -> bool:
        lines = draft.plain.lines
        return bool(lines) and all(_CREDIT_LINE.fullmatch(text) for text, _ in lines)

    shown = [d for d in drafts if d.plain.lines]
    pairs = [
        (one, other)
        for one, other in pairwise(shown)
        if (names_subtitlers(one) or is_credit(one.plain))
        and (names_subtitlers(other) or is_credit(other.plain))
    ]
    return frozenset(draft.raw.number for pair in pairs for draft in pair if names_subtitlers(draft))
