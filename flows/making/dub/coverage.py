"""Coverage of a dub: from every character of its cues to the place in the delivered track where it is heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from flows.making.coverage import (
    DELETED,
    Coverage,
    Found,
    Gap,
    GapKind,
    Wording,
    line_gap,
    line_gaps,
    sentence,
)
from flows.making.dub.programme import Programme
from flows.making.plan import PlannedLine
from flows.mastering.dub.score import MUX_TOLERANCE_MS, LineScore
from flows.script.manuscript import count_characters
from flows.sources.subtitles import SpokenLine
from flows.workspace.project import Project


def cover_dub(
    project: Project,
    programme: Programme,
    takes: Sequence[PlannedLine],
    heard: Sequence[LineScore],
    files: Mapping[str, str],
) -> Coverage:
    """Follow every character of the cues to the delivered track.

    Args:
        takes: the lines as they were spoken.
        heard: the lines as the scorecard found them in the delivered file, decoded again.
        files: SHA-256 of that file by its name.
    """
    wordings = {item.line.id: _wording(item, spoken) for item, spoken in _pairs(programme, takes)}
    characters, gaps = _follow_characters(project, programme, wordings)
    left_out: Counter[str] = Counter()
    for item in programme.file.left_out:
        left_out[item.reason] += count_characters(item.text)
    characters["left-out"] = left_out.total()
    cues = {line.id: line.cue for line in programme.spoken}
    gaps += [replace(gap, chapter=0, cue=cues.get(gap.line, 0)) for gap in line_gaps(takes, project, "dub")]
    gaps += list(_heard_gaps(project, takes, heard))
    sounding = [line for line in heard if line.placed]
    found = Found(
        files=files,
        lines=len(heard),
        found=sum(line.heard for line in sounding),
        silent=0,
        farthest_ms=max((abs(line.mux_delay_ms) for line in sounding if line.heard), default=0.0),
        missing=tuple(line.id for line in heard if not (line.placed and line.heard)),
    )
    return Coverage(
        characters.total(),
        {name: count for name, count in characters.items() if count},
        dict(left_out),
        Counter(str(kind) for kind in wordings.values()),
        sum(bool(item.key) for item in takes),
        len(sounding),
        tuple(sorted(gaps, key=lambda gap: gap.cue)),
        found,
    )


def _pairs(
    programme: Programme, takes: Sequence[PlannedLine]
) -> Iterator[tuple[PlannedLine, SpokenLine | None]]:
    spoken = {line.id: line for line in programme.spoken}
    return ((item, spoken.get(item.line.id)) for item in takes)


def _wording(item: PlannedLine, cue: SpokenLine | None) -> Wording:
    if item.utterance is None:
        return Wording.PAUSE
    if item.line.say:
        return Wording.SAID
    return Wording.PRINTED if cue is None or item.line.text == cue.text else Wording.EDITED


def _follow_characters(
    project: Project, programme: Programme, wordings: Mapping[str, Wording]
) -> tuple[Counter[str], list[Gap]]:
    """Characters of the cues by what becomes of them, and turns of cues that are in no line or in two."""
    said: dict[int, list[tuple[str, str]]] = {}
    for line, become in _lines(programme, wordings):
        for span in line.spans:
            said.setdefault(span.index, []).append((line.text[span.start_char : span.end_char], become))
    mend = f"duoyin dub {project.typed()}; if it stays, please report this file"
    characters: Counter[str] = Counter()
    gaps: list[Gap] = []
    for cue in programme.file.cues:
        pieces = said.get(cue.index, [])
        for turn in cue.turns:
            rest = turn.text
            while rest:
                fitting = [piece for piece in pieces if piece[0] in rest]
                piece = min(fitting, key=lambda p: (rest.find(p[0]), -len(p[0])), default=(rest, "lost"))
                lost, said_there, rest = rest.partition(piece[0])
                if fitting:
                    pieces.remove(piece)
                    characters[piece[1]] += count_characters(said_there)
                else:
                    lost = said_there
                if lost.strip():
                    what = "it is in no line"
                    characters["lost"] += count_characters(lost)
                    text = sentence(lost.strip())
                    gaps.append(Gap(GapKind.UNSCRIPTED, True, 0, "", text, what, mend, cue.index))
        for text, _ in pieces:
            gaps.append(
                Gap(GapKind.READ_TWICE, True, 0, "", sentence(text), "it is in two lines", mend, cue.index)
            )
    return characters, gaps


def _lines(programme: Programme, wordings: Mapping[str, Wording]) -> Iterator[tuple[SpokenLine, str]]:
    """Every line that the cues gave, with what becomes of it."""
    yield from ((line, str(wordings.get(line.id, "lost"))) for line in programme.spoken)
    yield from ((line, DELETED) for line in programme.removed)


def _heard_gaps(project: Project, takes: Iterable[PlannedLine], heard: Sequence[LineScore]) -> Iterator[Gap]:
    """Lines that have no place in the programme, or are not heard where they were put."""
    lines = {item.line.id: item.line for item in takes}
    again = f"duoyin dub {project.typed()}"
    for score in heard:
        line = lines[score.id]
        if not score.placed:
            gap = line_gap(
                GapKind.UNPLACED,
                line,
                f"there is no room for it ({score.reason})",
                f"give it fewer words in {project.typed(project.alternatives_file)}, then {again}",
            )
        elif not score.heard:
            what = f"it is not heard in the track at {score.planned_start:.2f} s"
            gap = line_gap(GapKind.NOT_FOUND, line, what, again)
        elif abs(score.mux_delay_ms) > MUX_TOLERANCE_MS:
            what = f"it is heard {score.mux_delay_ms / 1000:+.3f} s from where it was put"
            gap = line_gap(GapKind.MOVED, line, what, again)
        else:
            continue
        yield replace(gap, chapter=0, cue=score.cue)
