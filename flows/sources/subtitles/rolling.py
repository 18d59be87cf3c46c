"""Captions that roll up or grow: what a cue shows again of the one above is said once, when it first appears.

Live captions (CEA-608 roll-up), the automatic captions of video sites and what is converted from them show a line
anew in cue after cue: below a new one, word by word, or run into one line with what follows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flows.sources.subtitles.dashes import cut_at_dashes
from flows.sources.subtitles.model import LeftOutText, RawCue
from flows.sources.subtitles.speech import Plain, join_lines, strip_markup
from flows.sources.subtitles.times import clock_ms
from normalizers.scripts import count_han

ROLLING_GAP_MS = 100
"""A caption that rolls up repeats the line above at once."""
TOUCHING_MS = 40
"""A frame: cues no further apart show one thing, cut in two."""
FLASH_MS = 60
"""A cue this short shows nothing new: video sites part the lines of a caption by it."""
CAPTIONS, CAPTION_SHARE = 5, 10
"""Moments that show several cues at once, and one in so many, from which on these are the lines of one caption."""
MIN_WORDS = 3
"""Words that come again by no chance; of a Chinese line one character more."""
_DASH = re.compile(r"^\s*[-–—‐‑－]{1,2}\s*")
AGAIN_WORDS = 5
"""Words that one cue shows after the one it touches and nobody says twice in a row; of Chinese one character more."""
_WORD_TIMES = re.compile(r"<\d{1,4}:[\d:.]+>")
_WORD_TIME = re.compile(r"<(\d{1,4}:[\d:.]+)>")
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Draft:
    """A cue on its way: as found, without its markup, and the language its letters tell."""

    raw: RawCue
    plain: Plain
    language: str


@dataclass(slots=True)
class _Shown:
    """A line on the screen, and where it is said: the cue's place among the drafts and its line there."""

    text: str
    cue: int
    line: int


def as_captions(drafts: Sequence[Draft]) -> list[Draft]:
    """Cues that are shown at the same time as the lines of one, where a file has a cue for each line of a caption.

    People who speak at once are few; a file with many such cues was made so (WebVTT of video services, which places
    each line by itself).
    """
    together: dict[tuple[int, int], list[Draft]] = {}
    for draft in drafts:
        if draft.plain.lines:
            together.setdefault((draft.raw.start_ms, draft.raw.end_ms), []).append(draft)
    several = [group for group in together.values() if len(group) > 1]
    if len(several) < CAPTIONS or len(several) * CAPTION_SHARE < len(together):
        return list(drafts)
    whole: dict[int, Draft] = {}
    for group in several:
        first = group[0]
        lines = tuple(line for draft in group for line in draft.plain.lines)
        notes = tuple(note for draft in group for note in draft.plain.notes)
        text = "\n".join(draft.raw.text for draft in group)
        joined = Draft(replace(first.raw, text=text), Plain(lines, notes), first.language)
        whole |= {draft.raw.number: replace(draft, plain=Plain((), ())) for draft in group[1:]}
        whole[first.raw.number] = joined
    return [whole.get(draft.raw.number, draft) for draft in drafts]


def word_times(raw: RawCue, text: str) -> tuple[int, ...]:
    """When each word of a cue begins, as the automatic captions of video sites tell within it.

    Args:
        text: what is said of the cue; nothing is told where it is not the timed words.
    """
    words: list[str] = []
    starts: list[int] = []
    for line in raw.text.split("\n"):
        if not _WORD_TIMES.search(line):
            continue
        begin = raw.start_ms
        for part in _WORD_TIME.split(line):
            told = clock_ms(part) if _WORD_TIME.fullmatch(f"<{part}>") else None
            if told is not None:
                begin = told
                continue
            new = join_lines(text for text, _ in strip_markup(part, override_codes=False).lines).split()
            words += new
            starts += [begin] * len(new)
    return tuple(starts) if words and words == text.split() else ()


def without_repeats(drafts: Sequence[Draft], left_out: list[LeftOutText], warnings: list[str]) -> list[Draft]:
    """Say a caption once that rolls up, grows, or stands twice at the same time.

    Args:
        left_out: gets what is not said again, by its cue.
        warnings: gets how many cues that concerns.
    """
    rolling, run_in = _rolls(drafts), _run_into_one_line(drafts)
    kept: list[Draft] = []
    shown: list[_Shown] = []
    repeats = 0
    for position, draft in enumerate(drafts):
        lines = draft.plain.lines
        texts = [text for text, _ in lines]
        count, grown, said = 0, False, ""
        if position and _same(drafts[position - 1], draft):
            count = len(lines)
        elif position and rolling and _at_once(drafts[position - 1], draft):
            if run_in:
                said, lines = _without_words([item.text for item in shown], draft.plain)
            else:
                count, grown = _overlap([item.text for item in shown], texts)
        if position and not count and not said:
            said, lines = _still_shown(drafts[position - 1], draft)
            if said and not lines:
                _lengthen(kept, draft)
        if count:
            shown = shown[-count:]
            if grown:
                _grow(kept, shown[-1], texts[count - 1], draft)
            said, lines = "\n".join(texts[:count]), lines[count:]
        elif not (run_in and said):
            shown = []
        if said:
            repeats += 1
            left_out.append(LeftOutText("repeat", said, draft.raw.number, draft.raw.line))
        same = lines is draft.plain.lines
        kept.append(draft if same else Draft(draft.raw, Plain(lines, draft.plain.notes), draft.language))
        if run_in:
            shown = [_Shown(join_lines(texts), position, 0)]
        else:
            shown += [_Shown(text, position, number) for number, (text, _) in enumerate(lines)]
    if repeats:
        warnings.append(f"{repeats} cues repeat text of the cue above; it is spoken once")
    return kept


def _same(above: Draft, cue: Draft) -> bool:
    one, two = above.raw, cue.raw
    return (one.start_ms, one.end_ms) == (two.start_ms, two.end_ms) and (
        above.plain.display == cue.plain.display
    )


def _still_shown(above: Draft, cue: Draft) -> tuple[str, tuple[tuple[str, str | None], ...]]:
    """Words of a cue that the one it touches showed as well, and its other lines.

    An editor cuts a cue in two around a title; a converter of two cues that overlap shows the first again beside the
    second, each with a dash. Few words come again because somebody says them again.
    """
    lines = cue.plain.lines
    if not lines or abs(cue.raw.start_ms - above.raw.end_ms) > TOUCHING_MS:
        return "", lines
    before = {key for key, _ in _by_dash(above.plain)}
    turns = _by_dash(cue.plain)
    again = [(key, mine) for key, mine in turns if key in before]
    with_dashes = all(_DASH.match(mine[0][0]) for _, mine in turns)
    if not again or (len(again) < len(turns) and not with_dashes):
        return "", lines
    shown = Plain(tuple((join_lines(text for text, _ in mine), None) for _, mine in again), ())
    parts = [part for part, _ in cut_at_dashes(shown, manner=False).lines]
    if not all(_is_long(_words(_DASH.sub("", part)), AGAIN_WORDS) for part in parts):
        return "", lines
    said = "\n".join(text for _, mine in again for text, _ in mine)
    return said, tuple(line for key, mine in turns if key not in before for line in mine)


def _by_dash(cue: Plain) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """The lines of each turn, by the turn's words without its dash and in small letters."""
    turns: list[list[tuple[str, str | None]]] = []
    for line in cue.lines:
        if turns and not _DASH.match(line[0]):
            turns[-1].append(line)
        else:
            turns.append([line])
    return [(_DASH.sub("", join_lines(text for text, _ in mine)).casefold(), mine) for mine in turns]


def _lengthen(kept: list[Draft], cue: Draft) -> None:
    """Let the cue that is shown on last until a later one ends."""
    owner = next(place for place in range(len(kept) - 1, -1, -1) if kept[place].plain.lines)
    raw = replace(kept[owner].raw, end_ms=max(kept[owner].raw.end_ms, cue.raw.end_ms))
    kept[owner] = replace(kept[owner], raw=raw)


def _at_once(above: Draft, cue: Draft) -> bool:
    return cue.raw.start_ms - above.raw.end_ms <= ROLLING_GAP_MS


def _grow(kept: list[Draft], line: _Shown, text: str, draft: Draft) -> None:
    """A line that has got longer, where it was said first."""
    owner = kept[line.cue]
    lines = list(owner.plain.lines)
    lines[line.line] = (text, lines[line.line][1])
    raw = replace(owner.raw, end_ms=max(owner.raw.end_ms, draft.raw.end_ms))
    kept[line.cue] = replace(owner, raw=raw, plain=Plain(tuple(lines), owner.plain.notes))
    line.text = text


def _overlap(above: Sequence[str], cue: Sequence[str]) -> tuple[int, bool]:
    """How many first lines of a cue are the last ones above it, and whether the last of these has got longer."""
    one, two = [text.casefold() for text in above], [text.casefold() for text in cue]
    for count in range(min(len(one), len(two)), 0, -1):
        if one[-count:] == two[:count]:
            return count, False
    for count in range(min(len(one), len(two)), 0, -1):
        if one[-count:-1] == two[: count - 1] and two[count - 1].startswith(one[-1]):
            return count, True
    return 0, False


def _words(text: str) -> list[str]:
    return _TOKEN.findall(text.casefold())


def _is_long(words: Sequence[str], least: int = MIN_WORDS) -> bool:
    return len(words) >= least + bool(count_han("".join(words)))


def _common_words(above: str, cue: str) -> int:
    """How many first words of a cue are the last ones above it; 0 where they are few."""
    one, two = _words(above), _words(cue)
    for count in range(min(len(one), len(two)), 0, -1):
        if one[-count:] == two[:count]:
            return count if _is_long(two[:count]) or count == len(two) else 0
    return 0


def _without_words(above: Sequence[str], plain: Plain) -> tuple[str, tuple[tuple[str, str | None], ...]]:
    """The words of a cue that were shown above, and the rest of it as one line."""
    text = join_lines(line for line, _ in plain.lines)
    count = _common_words(join_lines(above), text)
    if not count:
        return "", plain.lines
    end = list(_TOKEN.finditer(text))[count - 1].end()
    rest = text[end:].strip()
    return text[:end], ((rest, plain.lines[0][1]),) if rest else ()


def _run_into_one_line(drafts: Sequence[Draft]) -> bool:
    """Whether a converter ran the lines of a rolling caption into one: a cue begins in the middle of the one above."""
    hits = 0
    for above, cue in pairwise(drafts):
        one, two = above.plain.display, cue.plain.display
        if _at_once(above, cue) and "\n" not in one + two:
            count = _common_words(one, two)
            hits += bool(count and _is_long(_words(two)[:count]) and count < len(_words(one)))
    return hits >= 2 or 0 < len(drafts) <= 4 * hits + 1


def _rolls(drafts: Sequence[Draft]) -> bool:
    """Whether repeated lines are the captioner's doing. People say a thing twice too, but not that often.

    One of these tells: times of words within a cue, a repeating cue too short to be read, a line that grows twice in
    a row, or long lines that come again above a new one, not once in a whole film.
    """
    pairs = list(pairwise(drafts))
    rolls = above_new = growing = 0
    for above, cue in pairs:
        one, two = [t for t, _ in above.plain.lines], [t for t, _ in cue.plain.lines]
        count, grown = _overlap(one, two) if _at_once(above, cue) else (0, False)
        if grown:
            growing += 1
            if growing == 2:
                return True
            continue
        growing = 0
        if not count and _at_once(above, cue) and len(two) == 1:
            common = _common_words(join_lines(one), two[0])
            count = 1 if common and _is_long(_words(two[0])[:common]) else 0
            above_new += count
        if not count:
            continue
        rolls += 1
        above_new += count < len(two) and _is_long(_words(" ".join(two[:count])))
        if cue.raw.end_ms - cue.raw.start_ms <= FLASH_MS and count == len(two):
            return True
    if rolls and any(_WORD_TIMES.search(draft.raw.text) for draft in drafts):
        return True
    if above_new * 2 >= len(pairs) > 0 or (above_new >= 2 and above_new * 20 >= len(pairs)):
        return True
    return rolls >= 3 and rolls * 4 >= len(pairs)
