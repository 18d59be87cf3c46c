"""Cues to lines: sentences that go on in the next cue are joined for speech and keep their map back."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flows.script.line import NARRATOR
from flows.sources.languages import parts_words
from flows.sources.subtitles.model import Cue, CueSpan, SpokenLine, SubtitleFile, SubtitleOptions, Turn
from flows.sources.subtitles.repair import SIMULTANEOUS_MS
from flows.sources.subtitles.running import ENDS_CLAUSE, lines_of, whole
from flows.sources.subtitles.speech import join_lines
from flows.sources.words import all_of
from normalizers.languages import LANGUAGES

_ENDS_SENTENCE = re.compile(r"(?:[.!?…。！？؟।♪]|\.{2,}|[—–-])[\"'”’»」』）)\]]*\s*$")
_FULL_STOP = re.compile(r"(?<![.\d])\.(?![.\w])|[。．۔।]")

_NEVER_LAST = all_of("never_last")

# Subtitlers of many languages leave the full stop at a cue's end out. Only where a file sets them, at least
# one in this many characters, does a missing one mean that the sentence goes on.
CHARACTERS_PER_FULL_STOP = {"spaced": 220, "unspaced": 70, "ko": 90}
"""By whether a script parts its words by blanks; Korean does and is as dense as those that do not."""
_STYLE_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[\u3400-\u9fff]+")
_STYLES_OF_ANYBODY = frozenset((
    "main", "default", "dialog", "dialogs", "dialogue", "dialogues", "italic", "italics", "top", "bottom", "alt",
    "alternative", "overlap", "flashback", "flashbacks", "thought", "thoughts", "thinking", "internal", "monologue",
    "narration", "narrator", "gen", "general", "sub", "subs", "subtitle", "subtitles", "text", "normal", "standard",
    "regular", "on", "up", "upper", "lower", "off", "screen", "style", "chs", "cht", "eng",
    "默认", "对白", "對白", "对话", "對話", "正文", "中文", "字幕", "主字幕",
))  # fmt: skip
"""Words of ASS style names that tell how a line is shown."""
FEWEST_WHOLE = 10
"""Cues by whose times a file is taken to have whole seconds alone, if they are nine in ten; others were mended."""
RUNNING_SHARE = 0.4
"""Of cues that go on in small letters: 0.57 to 0.87 in the transcripts tried, 0.04 to 0.11 in films and series."""


@dataclass(slots=True)
class _Run:
    """Turns that go on into each other, and their cues."""

    turns: list[Turn]
    cues: list[Cue]
    lane: str


def spoken_lines(file: SubtitleFile, options: SubtitleOptions | None = None) -> tuple[SpokenLine, ...]:
    """The lines to be dubbed, in order of start.

    A cue goes on into the next one when both have one and the same speaker, the first does not end a
    sentence, and the pause between them is short. What goes on for longer than a line may last is cut at its
    sentences (`running.lines_of`). A comma is a good place to breathe: there cues stay apart unless they follow at
    once. In scripts with small letters the next cue has to begin with one (or the first to end with a word that no
    sentence ends with); in the others the file has to set full stops for a missing one to mean anything.
    """
    options = options or SubtitleOptions()
    speaking = [cue for cue in file.cues if cue.text]
    stopped = _sets_full_stops(speaking, file.language)
    through = stopped and _runs_through(speaking)
    options = replace(options, join_gap_ms=options.join_gap_ms + _coarseness_ms(speaking))
    lanes = _lanes(speaking)
    runs: list[_Run] = []
    open_of_lane: dict[str, _Run] = {}
    for cue in speaking:
        for k, turn in enumerate(cue.turns):
            lane = lanes[(cue.index, k)]
            last = open_of_lane.get(lane)
            if (
                last is not None
                and _may_go_on(last.turns[-1].text, turn.text, stopped=stopped, through=through)
                and k == 0
                and len(cue.turns) == 1
                and last.cues[-1].language == cue.language
                and last.cues[-1].style == cue.style
                and runs[-1] is last
                and _goes_on(last, turn, options)
            ):
                last.turns.append(turn)
                last.cues.append(cue)
            else:
                last = _Run([turn], [cue], lane)
                open_of_lane[lane] = last
                runs.append(last)
    seen: Counter[str] = Counter()
    return tuple(line for run in runs for line in _finished(run, options, seen))


def _coarseness_ms(cues: Sequence[Cue]) -> int:
    """By how much a pause may be too long in a file that has whole seconds alone."""
    whole = sum(cue.start_ms % 1000 == 0 and cue.end_ms % 1000 == 0 for cue in cues)
    return 1000 if whole >= max(FEWEST_WHOLE, len(cues) * 9 // 10) else 0


def _runs_through(cues: Sequence[Cue]) -> bool:
    """Whether cues end where a line is full or a word is: a missing full stop before a capital means a name then."""
    if sum(len(cue.text.split()) for cue in cues) < 2 * len(cues):
        return True
    going_on = sum(
        following.text[0].islower() and not _ENDS_SENTENCE.search(cue.text)
        for cue, following in pairwise(cues)
    )
    return going_on >= RUNNING_SHARE * len(cues) > 0


def _may_go_on(text: str, following: str, *, stopped: bool, through: bool) -> bool:
    if following[0].lower() == following[0].upper():  # no small letters in this script, or a digit
        return stopped
    words = text.split()
    return following[0].islower() or through or words[-1].lower() in _NEVER_LAST


def _sets_full_stops(cues: list[Cue], language: str) -> bool:
    characters = sum(len(cue.text) for cue in cues)
    stops = sum(len(_FULL_STOP.findall(cue.text)) for cue in cues)
    kind = (
        language
        if language in CHARACTERS_PER_FULL_STOP
        else "spaced"
        if parts_words(language)
        else "unspaced"
    )
    return stops * CHARACTERS_PER_FULL_STOP[kind] >= characters > 0


def _goes_on(last: _Run, turn: Turn, options: SubtitleOptions) -> bool:
    text = last.turns[-1].text
    if _ENDS_SENTENCE.search(text) or turn.speaker != last.turns[-1].speaker:
        return False
    gap = turn.start_ms - last.turns[-1].end_ms
    return gap <= (options.join_gap_ms // 3 if ENDS_CLAUSE.search(text) else options.join_gap_ms)


def _lanes(cues: list[Cue]) -> dict[tuple[int, int], str]:
    """A lane for each turn: the speaker's; for the unnamed one the style's if it may be somebody's, and a further one
    for whoever speaks at the same time."""
    lanes: dict[tuple[int, int], str] = {}
    busy: dict[str, tuple[Turn, str]] = {}  # lane → its last turn and the style of that
    commonest = Counter(cue.style for cue in cues).most_common(1)
    main = commonest[0][0] if commonest else ""
    for cue in cues:
        alternating = len(cue.turns) > 1 and all(turn.speaker is None for turn in cue.turns)
        for k, turn in enumerate(cue.turns):
            anybody = cue.style == main or _is_anybodys(cue.style)
            base = turn.speaker or (NARRATOR if anybody else f"style:{cue.style}")
            if alternating and k % 2:
                base = f"{base}+1"
            lane = base
            copy = 1
            while lane in busy and _speaks_over(turn, cue.style, *busy[lane]):
                copy += 1
                lane = f"{base}+{copy}"
            busy[lane] = (turn, cue.style)
            lanes[(cue.index, k)] = lane
    return lanes


def _speaks_over(turn: Turn, style: str, last: Turn, last_style: str) -> bool:
    """Whether a turn begins while another is spoken, together with it or shown in another style."""
    together = turn.start_ms - last.start_ms <= SIMULTANEOUS_MS
    return turn.start_ms < last.end_ms and (together or style != last_style)


def _is_anybodys(style: str) -> bool:
    """Whether a style says how or where a line is shown (`Gen_Italics`, `Main Top`), and not who speaks."""
    parts = [part.lower() for part in _STYLE_PARTS.findall(style)]
    return all(part in _STYLES_OF_ANYBODY or part in LANGUAGES for part in parts)


def _finished(run: _Run, options: SubtitleOptions, seen: Counter[str]) -> Iterator[SpokenLine]:
    first = run.cues[0]
    pieces = [whole(turn, cue.index) for turn, cue in zip(run.turns, run.cues)]
    for line in lines_of(pieces, first.language, longest_ms=options.join_max_ms):
        text = ""
        spans: list[CueSpan] = []
        for piece in line:
            text = join_lines([text, piece.text]) if text else piece.text
            begin = len(text) - len(piece.text)
            spans.append(CueSpan(piece.cue, piece.start_ms, piece.end_ms, begin, len(text)))
        stem = f"{run.lane}\n{text}"
        seen[stem] += 1
        yield SpokenLine(
            id=hashlib.sha256(f"{stem}\n{seen[stem]}".encode()).hexdigest()[:12],
            spans=tuple(spans),
            start_ms=spans[0].start_ms,
            end_ms=spans[-1].end_ms,
            speaker=line[0].turn.speaker,
            lane=run.lane,
            style=first.style,
            language=first.language,
            text=text,
        )
