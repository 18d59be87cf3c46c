"""Shorter wordings for lines that do not fit their place in a dub: a person's, and a language model's proposals.

The model proposes; a person decides. A proposal goes to `alternatives.yaml` under `proposed` and is spoken
only after it was
moved to `alternatives`, or where `shorten: accept` says so beforehand. Each is checked first: the same language, really
shorter, and every number and every name of the line still in it. Questions are answered once: replies are
kept by content.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.casting.llm import Endpoint, ask_all
from flows.making.dub.timing import Draft, ask_takes, predict
from flows.making.dub.timing import draft as make_draft
from flows.making.engines import Engines
from flows.mastering.dub.plan import PlacedLine
from flows.mastering.dub.sync import count_syllables
from flows.script.line import Line
from flows.workspace.progress import reporter
from flows.workspace.project import Project
from normalizers import DuoyinError, spoken_language
from tts_core import yamlfile
from tts_core.engine import Language
from tts_core.files import write_atomically

LINES_A_QUESTION = 12
MOST_PROPOSALS = 3
"""Wordings kept for a line."""
_SYSTEM = (
    "You shorten subtitle lines for a dub, in the language they are in. Keep the meaning, the register, "
    "every number and "
    "every name. For each line you are given the most syllables that fit. Answer with one JSON object that "
    "maps each line's "
    'number to a list of up to three wordings, the longest first, for example {"1": ["Shorter text.", '
    '"Short text."]}. Write nothing else.'
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME = re.compile(r"(?<![.!?…\"“‘'\s])\s+([A-Z][a-zà-ÿ'’]+)")


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line that does not fit: its text, and the most syllables that would."""

    id: str
    text: str
    language: Language
    syllables: int


@dataclass(frozen=True, slots=True)
class Proposals:
    """Wordings by line id, longest first; how many were thrown away; what went wrong, in words."""

    wordings: Mapping[str, tuple[str, ...]]
    refused: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Shorter wordings by line id: `filled` in by a person, and `proposed` by a language model."""

    filled: Mapping[str, tuple[str, ...]]
    proposed: Mapping[str, tuple[str, ...]]


def read_alternatives(file: Path) -> Alternatives:
    """The list of alternatives; empty where there is none. Raises `DuoyinError` with file and line for a
    mistake in it."""
    if not file.is_file():
        return Alternatives({}, {})
    entries = yamlfile.read_list(file)
    found: dict[str, dict[str, tuple[str, ...]]] = {"alternatives": {}, "proposed": {}}
    for number, entry in enumerate(entries):
        for kind, wordings in found.items():
            try:
                wordings[str(entry["id"])] = _wordings(entry.get(kind))
            except (KeyError, TypeError, AttributeError) as error:
                raise DuoyinError(
                    "this entry of the list of alternatives cannot be understood",
                    where=yamlfile.place(file, entries, number),
                    hint="Each entry needs `id` and `alternatives: [shorter text]`; without the file it is "
                    "written anew.",
                ) from error
    return Alternatives(found["alternatives"], found["proposed"])


def _wordings(listed: Any) -> tuple[str, ...]:
    """A list of texts as read; empty for nothing. Raises `TypeError` for anything else."""
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise TypeError("no list")
    return tuple(str(text) for text in listed)


def write_alternatives(
    file: Path,
    known: Alternatives,
    draft: Draft,
    proposals: Mapping[str, Sequence[str]],
) -> None:
    """List the lines that do not fit, with how much is too long, for a person to fill in; what is there stays.

    Args:
        known: what stands in the file.
        proposals: of a language model, by line id; listed apart, since nobody has accepted them yet.
    """
    texts = {take.line.id: take.line.text for take in draft.takes}
    filled = dict(known.filled)
    proposed = {**known.proposed, **proposals}
    entries = [
        {
            "id": line.id,
            "cue": line.cue,
            "text": texts[line.id],
            "too_long_ms": line.excess_ms,
            "words_to_cut": line.excess_words,
            "why": line.reason,
            "alternatives": list(filled.pop(line.id, ())),
            **({"proposed": list(proposed[line.id])} if proposed.get(line.id) else {}),
        }
        for line in draft.plan.flagged
    ]
    entries += [
        {"id": line_id, "text": texts.get(line_id, ""), "alternatives": list(kept)}
        for line_id, kept in filled.items()
        if kept
    ]
    write_atomically(file, (_HEADER + yamlfile.to_text(entries)).encode())


_HEADER = """\
# Lines that do not fit. Fill in shorter wordings, longest first; the longest that fits is spoken.
# What stands under `proposed` is a language model's; it is spoken once it is moved to `alternatives`.
"""


def shortened(project: Project, draft: Draft, engines: Engines) -> Draft:
    """Give lines that do not fit a shorter wording where there is one that somebody accepted, and plan again.

    Lines that do not fit are listed for a person to fill in, with a language model's proposals where those
    are asked for.

    Raises:
        DuoyinError: the list cannot be understood, or there is no language model to ask.
    """
    if not draft.plan.flagged:
        return draft
    known = read_alternatives(project.alternatives_file)
    proposals = propose_shorter(project, draft, known)
    for note in proposals.notes:
        reporter().warn(note)
    write_alternatives(project.alternatives_file, known, draft, proposals.wordings)
    accepted = dict(known.filled)
    if project.dub.shorten == "accept":
        for line_id, texts in {**known.proposed, **proposals.wordings}.items():
            accepted[line_id] = accepted.get(line_id) or texts
    lines = use_wordings(project, draft, accepted, engines)
    if lines != draft.programme.lines:
        draft = make_draft(project, replace(draft.programme, lines=lines), engines)
    if draft.plan.flagged:
        reporter().warn(
            f"{len(draft.plan.flagged)} lines are too long for their place; shorter wordings can be given in "
            f"{project.alternatives_file}"
        )
    return draft


def propose_shorter(project: Project, draft: Draft, known: Alternatives) -> Proposals:
    """What a language model proposes for lines that do not fit and have no wording yet, where `shorten` asks for it."""
    shorten, model = project.dub.shorten, project.settings.language_model
    if shorten == "none":
        return Proposals({})
    if model is None:
        raise DuoyinError(
            f"shorten: {shorten} needs a language model",
            where=str(project.dub_file),
            hint="Set language_model: {url: …, model: …} in project.yaml, or shorten: none.",
        )
    of_line = {take.line.id: take for take in draft.takes}
    lines = []
    for place in draft.plan.flagged:
        line, utterance = of_line[place.id].line, of_line[place.id].utterance
        text = line.say or line.text
        share = _allowed_seconds(place, draft.predicted) / draft.predicted[place.id]
        syllables = math.floor(count_syllables(text) * share)
        if syllables > 0 and utterance is not None and not known.filled.get(place.id):
            lines.append(TooLong(place.id, text, utterance.language, syllables))
    return propose(lines, Endpoint.of(model), project.replies_folder)


def use_wordings(
    project: Project, draft: Draft, wordings: Mapping[str, Sequence[str]], engines: Engines
) -> tuple[Line, ...]:
    """The programme's lines, those that do not fit with the longest wording that does.

    Where none does, with the shortest, if it is really shorter.
    """
    flagged = {line.id: line for line in draft.plan.flagged if wordings.get(line.id)}
    programme = draft.programme
    lines: list[Line] = []
    for line in programme.lines:
        place = flagged.get(line.id)
        if place is None:
            lines.append(line)
            continue
        candidates = [replace(line, say=text) for text in wordings[line.id]]
        numbered = [replace(candidate, id=f"{k}") for k, candidate in enumerate(candidates)]
        predicted = predict(ask_takes(project, programme, numbered, engines), engines)
        # a wording of marks alone is none: it has no length
        lengths = [predicted.get(f"{k}", math.inf) for k in range(len(candidates))]
        allowed = _allowed_seconds(place, draft.predicted)
        fitting = [k for k, length in enumerate(lengths) if length <= allowed]
        best = max(fitting, key=lengths.__getitem__) if fitting else lengths.index(min(lengths))
        lines.append(candidates[best] if lengths[best] < draft.predicted[line.id] else line)
    return tuple(lines)


def _allowed_seconds(place: PlacedLine, predicted: Mapping[str, float]) -> float:
    """How long a line may be at its own tempo to fit its place."""
    return max(0.0, predicted[place.id] - place.excess_ms / 1000 * place.rate)


def propose(lines: Sequence[TooLong], endpoint: Endpoint, cache: Path) -> Proposals:
    """Ask for shorter wordings. A line without an acceptable one is absent from the answer.

    Args:
        cache: folder of earlier replies.
    """
    groups = [lines[first : first + LINES_A_QUESTION] for first in range(0, len(lines), LINES_A_QUESTION)]
    prompts = [
        "\n".join(f"{k}. (at most {line.syllables} syllables) {line.text}" for k, line in enumerate(some, 1))
        for some in groups
    ]
    replies = ask_all(endpoint, _SYSTEM, prompts, cache)
    found: dict[str, tuple[str, ...]] = {}
    refused = 0
    for some, reply in zip(groups, replies.texts, strict=True):
        for number, wordings in _parse(reply or "").items():
            if not 1 <= number <= len(some):
                refused += len(wordings)
                continue
            line = some[number - 1]
            good = [text for text in dict.fromkeys(wordings) if acceptable(text, line)]
            refused += len(wordings) - len(good)
            good.sort(key=lambda text: count_syllables(text, line.language), reverse=True)
            if good:
                found[line.id] = tuple(good[:MOST_PROPOSALS])
    return Proposals(found, refused, replies.notes)


def acceptable(text: str, line: TooLong) -> bool:
    """Whether a wording may stand for a line: same language, short enough, numbers and names kept."""
    if not text.strip() or "\n" in text or spoken_language(text, line.language) != line.language:
        return False
    own, now = count_syllables(line.text, line.language), count_syllables(text, line.language)
    if not 0 < now <= min(line.syllables, own - 1):
        return False
    numbers = set(_NUMBER.findall(line.text))
    if set(_NUMBER.findall(text)) != numbers:
        return False
    return all(re.search(rf"\b{re.escape(name)}\b", text) for name in _NAME.findall(line.text))


def _parse(reply: str) -> dict[int, list[str]]:
    """Numbers and wordings of a reply; nothing where it holds no JSON object of lists of text."""
    start, end = reply.find("{"), reply.rfind("}")
    try:
        table = json.loads(reply[start : end + 1]) if 0 <= start < end else {}
    except ValueError:
        return {}
    return {
        int(key): [" ".join(text.split()) for text in texts if isinstance(text, str)]
        for key, texts in (table.items() if isinstance(table, dict) else ())
        if key.isascii() and key.isdigit() and isinstance(texts, list)
    }
