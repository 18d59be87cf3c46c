"""Shorter wordings for lines that do not fit their place in a dub: a file for people, and an optional language model's proposals.

The model proposes; a person decides. A proposal goes to `alternatives.yaml` under `proposed` and is spoken only after it was moved to
`alternatives`, or where `shorten: {accept: true}` says so beforehand. Each is checked first: the same language, really shorter, and
every number and every name of the line still in it. Questions are answered once: replies are kept by content.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from flows.casting.llm import FAILURES_TO_GIVE_UP, Endpoint, complete, scrub
from flows.mastering.dub.plan import Plan
from flows.mastering.dub.sync import count_syllables
from normalizers import DuoyinError, spoken_language
from tts_core.engine import Language
from tts_core.files import write_atomically

LINES_A_QUESTION = 12
MOST_PROPOSALS = 3
"""Wordings kept for a line."""
_SYSTEM = (
    "You shorten subtitle lines for a dub, in the language they are in. Keep the meaning, the register, every number and every name. "
    "For each line you are given the most syllables that fit. Answer with one JSON object that maps each line's number to a list of up "
    'to three wordings, the longest first, for example {"1": ["Shorter text.", "Short text."]}. Write nothing else.'
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


def read_alternatives(
    file: Path, kind: Literal["alternatives", "proposed"] = "alternatives"
) -> dict[str, list[str]]:
    """Wordings by line id that a person filled in, or that a language model proposed. Raises `DuoyinError` for a file that
    cannot be understood."""
    if not file.is_file():
        return {}
    try:
        data = YAML(typ="safe").load(file.read_text("utf-8")) or []
        return {str(item["id"]): [str(text) for text in item.get(kind) or []] for item in data}
    except (YAMLError, KeyError, TypeError, AttributeError) as error:
        raise DuoyinError(
            "this list of alternatives cannot be understood",
            where=str(file),
            hint="Each entry needs `id` and `alternatives: [shorter text]`; delete the file to have it written anew.",
        ) from error


def write_alternatives(
    file: Path,
    plan: Plan,
    texts: Mapping[str, str],
    proposals: Mapping[str, Sequence[str]] | None = None,
) -> Path | None:
    """List the lines that do not fit, with how much is too long, for a person to fill in; what is there stays.

    Args:
        proposals: of a language model, by line id; listed apart, since nobody has accepted them yet.
    """
    if not plan.flagged:
        return None
    filled = read_alternatives(file)
    proposed = {**read_alternatives(file, "proposed"), **(proposals or {})}
    entries = [
        {
            "id": line.id,
            "cue": line.cue,
            "text": texts[line.id],
            "too_long_ms": line.excess_ms,
            "words_to_cut": line.excess_words,
            "why": line.reason,
            "alternatives": filled.pop(line.id, []),
            **({"proposed": list(proposed[line.id])} if proposed.get(line.id) else {}),
        }
        for line in plan.flagged
    ]
    entries += [
        {"id": line_id, "text": texts.get(line_id, ""), "alternatives": kept}
        for line_id, kept in filled.items()
        if kept
    ]
    yaml = YAML()
    yaml.width = 1000
    file.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    text.write(
        "# Lines that do not fit. Fill in shorter wordings, longest first; the longest that fits is spoken.\n"
        "# What stands under `proposed` is a language model's; it is spoken once it is moved to `alternatives`.\n"
    )
    yaml.dump(entries, text)
    write_atomically(file, text.getvalue().encode())
    return file


def propose(
    lines: Sequence[TooLong], endpoint: Endpoint, cache: Path, *, ask: Callable[..., str] = complete
) -> Proposals:
    """Ask for shorter wordings. A line without an acceptable one is absent from the answer.

    Args:
        cache: folder of earlier replies.
        ask: how to ask; `flows.casting.llm.complete`.
    """
    found: dict[str, tuple[str, ...]] = {}
    refused = failures = 0
    notes: list[str] = []
    for first in range(0, len(lines), LINES_A_QUESTION):
        some = lines[first : first + LINES_A_QUESTION]
        prompt = "\n".join(
            f"{k}. (at most {line.syllables} syllables) {line.text}" for k, line in enumerate(some, 1)
        )
        kept = cache / (
            hashlib.sha256(json.dumps([endpoint.model, _SYSTEM, prompt]).encode()).hexdigest() + ".json"
        )
        try:
            reply = str(json.loads(kept.read_text("utf-8"))["reply"])
        except (OSError, ValueError, KeyError, TypeError):  # not asked yet, or cut short by a crash
            if failures >= FAILURES_TO_GIVE_UP:
                continue
            try:
                reply = ask(endpoint, _SYSTEM, prompt)
                failures = 0
            except (OSError, ValueError) as error:
                failures += 1
                notes.append(scrub(f"{endpoint.model}: {type(error).__name__}: {error}", endpoint))
                continue
            cache.mkdir(parents=True, exist_ok=True)
            write_atomically(kept, json.dumps({"reply": reply}, ensure_ascii=False).encode())
        for number, wordings in _parse(reply).items():
            if not 1 <= number <= len(some):
                refused += len(wordings)
                continue
            line = some[number - 1]
            good = [text for text in dict.fromkeys(wordings) if acceptable(text, line)]
            refused += len(wordings) - len(good)
            good.sort(key=count_syllables, reverse=True)
            if good:
                found[line.id] = tuple(good[:MOST_PROPOSALS])
    return Proposals(found, refused, tuple(dict.fromkeys(notes)))


def acceptable(text: str, line: TooLong) -> bool:
    """Whether a wording may stand for a line: same language, short enough, numbers and names kept."""
    if not text.strip() or "\n" in text or spoken_language(text, line.language) != line.language:
        return False
    if not 0 < count_syllables(text) <= min(line.syllables, count_syllables(line.text) - 1):
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
