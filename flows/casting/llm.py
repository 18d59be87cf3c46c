"""An optional language model for the doubtful lines: it labels spans, it never writes book text.

Any endpoint that speaks the OpenAI chat protocol (`POST <url>/chat/completions`). It is shown a few pages
with the doubtful quotes numbered and the cast, and answers with JSON `{"1": "Name"}`. An answer counts only
where the number was asked and the name is in the cast; everything else is dropped and the rules' answer
stays. Answers are cached by content.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flows.casting.nouns import Casting
from flows.workspace.settings import LanguageModel
from normalizers import DuoyinError
from tts_core.files import write_atomically

WINDOW_LETTERS = 6000
"""Letters of the book in one question."""
MAX_ASKED = 40
"""Quotes in one question."""
MAX_ANSWER_BYTES = 200_000
MAX_NAMES = 60
FAILURES_TO_GIVE_UP = 2
"""Questions in a row that failed, after which the endpoint is left alone."""

Place = tuple[int, int, int]
"""(chapter, paragraph, start of the span), counted from 0."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask.

    Args:
        url: base of the API, such as `http://localhost:11434/v1`.
        model: the model's name there.
        key: sent as a bearer token; never shown, logged or cached.
        timeout_seconds: for one question.
        margin: lines with a confidence below it are asked about.
    """

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout_seconds: float = 120.0
    margin: float = 0.75

    @classmethod
    def of(cls, settings: LanguageModel) -> Endpoint:
        """The endpoint that a project names, with the key that its environment variable holds."""
        key = os.environ.get(settings.key_variable) or None
        return cls(settings.url, settings.model, key, settings.timeout_seconds, settings.margin)

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise DuoyinError(
                "the language model's address must begin with http:// or https://",
                where="language_model.url",
                hint="such as http://localhost:11434/v1",
            )


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of the questions: labels for `cast_book(answers=…)`, counts, and what went wrong in words."""

    labels: dict[Place, str]
    asked: int = 0
    dropped: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Question:
    places: tuple[Place, ...]
    prompt: str


def ask(
    chapters: Sequence[Sequence[str]], casting: Casting, endpoint: Endpoint, cache: Path | None = None
) -> Answers:
    """Ask about every line of `casting` under the margin.

    Args:
        chapters: the texts that were cast.
        cache: folder of earlier answers; None keeps none.
    """
    names: dict[str, str] = {}
    for character in casting.characters:
        for name in (character.name, *character.aliases):
            names.setdefault(name.casefold().removeprefix("the "), character.name)
    labels: dict[Place, str] = {}
    asked = dropped = 0
    questions = _questions(chapters, casting, endpoint.margin)
    replies = ask_all(endpoint, _SYSTEM, [question.prompt for question in questions], cache)
    for question, reply in zip(questions, replies.texts, strict=True):
        asked += len(question.places)
        if reply is None:
            dropped += len(question.places)
            continue
        found = _parse(reply, len(question.places))
        for number, place in enumerate(question.places, 1):
            known = names.get(found.get(number, "").strip().casefold().removeprefix("the "))
            if known is None:
                dropped += 1
            else:
                labels[place] = known
    return Answers(labels, asked, dropped, replies.notes)


@dataclass(frozen=True, slots=True)
class Replies:
    """A reply a question, None where there was none, and what went wrong in words."""

    texts: tuple[str | None, ...]
    notes: tuple[str, ...] = ()


def ask_all(endpoint: Endpoint, system: str, prompts: Sequence[str], cache: Path | None) -> Replies:
    """Ask every question once; an endpoint that fails `FAILURES_TO_GIVE_UP` times in a row is left alone.

    Args:
        system: what the model is told before each question.
        cache: folder of earlier replies, by the content of the question; None keeps none.
    """
    texts: list[str | None] = []
    notes: list[str] = []
    failures = 0
    for prompt in prompts:
        key = hashlib.sha256(json.dumps([endpoint.model, system, prompt]).encode()).hexdigest()
        reply = _cached(cache, key)
        if reply is None and failures < FAILURES_TO_GIVE_UP:
            try:
                reply = complete(endpoint, system, prompt)
            except (OSError, ValueError) as error:
                failures += 1
                notes.append(scrub(f"{endpoint.model}: {type(error).__name__}: {error}", endpoint))
            else:
                failures = 0
                _keep(cache, key, reply)
        texts.append(reply)
    return Replies(tuple(texts), tuple(dict.fromkeys(notes)))


_SYSTEM = (
    "You tell who speaks in a novel. Quotes to be labelled are marked «1»…«/1». Answer with one JSON object "
    "that maps each number to "
    'a name of the cast, exactly as written there, for example {"1": "Anna", "2": "Tom"}. Leave out a '
    "number you are not sure "
    "of. Write nothing else."
)


def _questions(chapters: Sequence[Sequence[str]], casting: Casting, margin: float) -> list[_Question]:
    """Windows of pages around the doubtful lines."""
    cast = [c for c in casting.characters if c.lines][:MAX_NAMES]
    if not cast:
        return []
    people = "\n".join(
        "- " + c.name + (f" (also: {', '.join(c.aliases[:6])})" if c.aliases else "") for c in cast
    )
    questions = []
    for chapter, paragraphs in enumerate(chapters):
        places: list[Place] = []
        lines: list[str] = []
        size = 0

        def ready(places: list[Place], lines: list[str]) -> None:
            if places:
                questions.append(
                    _Question(tuple(places), f"The cast:\n{people}\n\nThe pages:\n" + "\n".join(lines))
                )

        for paragraph, text in enumerate(paragraphs):
            spans = casting.spans[chapter][paragraph]
            pieces = []
            for span in spans:
                words = text[span.start : span.end]
                if span.kind == "dialogue" and span.confidence < margin:
                    places.append((chapter, paragraph, span.start))
                    words = f"«{len(places)}»{words}«/{len(places)}»"
                pieces.append(words)
            lines.append("".join(pieces))
            size += len(text)
            if size > WINDOW_LETTERS or len(places) >= MAX_ASKED:
                ready(places, lines)
                # the last paragraphs again, so that the next question knows who was speaking
                lines = [re.sub(r"«/?\d+»", "", line) for line in lines[-6:]]
                size, places = sum(map(len, lines)), []
        ready(places, lines)
    return questions


def complete(endpoint: Endpoint, system: str, prompt: str) -> str:
    """One question and its answer. Raises `OSError` or `ValueError` where there is none."""
    body = {
        "model": endpoint.model,
        "temperature": 0,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": prompt}],
    }
    request = urllib.request.Request(
        endpoint.url.rstrip("/") + "/chat/completions",
        json.dumps(body).encode(),
        {
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}),
        },
    )
    with urllib.request.urlopen(request, timeout=endpoint.timeout_seconds) as response:
        raw = response.read(MAX_ANSWER_BYTES + 1)
    if len(raw) > MAX_ANSWER_BYTES:
        raise ValueError("the answer is too long")
    try:
        content = json.loads(raw)["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("the answer is no chat completion") from error
    if not isinstance(content, str):
        raise ValueError("the answer holds no text")
    return content


def _parse(reply: str, count: int) -> dict[int, str]:
    """Numbers and names of an answer; nothing where it is not one JSON object, or names a number twice."""
    start, end = reply.find("{"), reply.rfind("}")
    if start < 0 or end <= start:
        return {}

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = [k for k, _ in pairs]
        return {k: v for k, v in pairs if keys.count(k) == 1}

    try:
        table = json.loads(reply[start : end + 1], object_pairs_hook=once)
    except ValueError:
        return {}
    if not isinstance(table, dict):
        return {}
    return {
        int(k): v
        for k, v in table.items()
        if k.isascii() and k.isdigit() and 1 <= int(k) <= count and isinstance(v, str)
    }


def _cached(cache: Path | None, key: str) -> str | None:
    if cache is None:
        return None
    path = cache / f"{key}.json"
    try:
        return str(json.loads(path.read_text("utf-8"))["reply"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # absent, or cut short by a crash: ask again


def _keep(cache: Path | None, key: str, reply: str) -> None:
    if cache is None:
        return
    write_atomically(cache / f"{key}.json", json.dumps({"reply": reply}, ensure_ascii=False).encode())


def scrub(text: str, endpoint: Endpoint) -> str:
    """`text` without the endpoint's key and without the user part of addresses, to be shown."""
    if endpoint.key:
        text = text.replace(endpoint.key, "…")
    return re.sub(r"//[^/@\s]+@", "//…@", text)
