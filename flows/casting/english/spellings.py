"""English names as they are spelled: capitalised words, and what the text shows of who bears each spelling."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping

from flows.casting.english.words import (
    NOT_NAMES,
    SPEECH_VERBS,
    TITLES,
    given_names,
)
from flows.casting.nouns import Gender
from flows.casting.prose import Prose

_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:[-’'](?![sS]\b)[^\W\d_]+)*")
_LOWER = re.compile(r"(?<![\w’'])[a-zß-öø-ÿ]{2,}")
JOIN = re.compile(r"\s+|\.\s*|\s+(?:of|de|du|von|van|der|la|le|da|di|the|of the|de la)\s+")
_PLACE_BEFORE = re.compile(
    r"\b(?:in|at|near|through|across|into|towards|toward|around|outside|inside|beyond|leave|left|reach|reached)\s+$"
)
_OBLIQUE_BEFORE = re.compile(r"\b(?:to|of|from|the)\s+$")
_ACTS = re.compile(
    r"\s+(?:was|had|did|could|would|is|has|who|came|went|took|saw|felt|knew|sat|stood|ran|made|gave|got|thought|[a-z]+ed|[a-z]+ly [a-z]+ed)\b"
)
NEAR_CHARS = 120
"""Names this near one another mostly name different people: the second mention of one person is a pronoun."""
_HONORIFICS = frozenset(["mr", "mrs", "miss", "ms", "dr", "mme", "mlle", "monsieur", "madame"])
_CONTRACTED = frozenset(["m", "ll", "ve", "d", "re", "t", "s", "em", "ee"])
_SMALL = frozenset(["of", "de", "du", "von", "van", "der", "la", "le", "da", "di", "the"])


def key(name: str) -> tuple[str, ...]:
    """A name as compared: lower-case words without dots, articles, small words and genitives."""
    words = re.findall(
        r"[^\W_]+(?:[-'][^\W_]+)*", name.lower().replace("’", "'").replace("'s ", " ").replace("_", " ")
    )
    return tuple(w[:-2] if w.endswith("'s") else w for w in words if w not in _SMALL and w not in ("a", "an"))


class Capitals:
    """The capitalised words of a text with their places."""

    def __init__(self, text: str) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.words: list[str] = []
        for match in _CAPITAL.finditer(text):
            self.starts.append(match.start())
            self.ends.append(match.end())
            self.words.append(match.group().lower().replace("’", "'"))


class Run:
    """One spelling of a name and what the text shows of its bearer."""

    __slots__ = (
        "acts",
        "inside",
        "lower",
        "narrated",
        "near",
        "oblique",
        "place",
        "quoted",
        "surface",
        "the",
        "titled",
        "verb",
        "vocative",
        "words",
    )

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self.narrated = self.quoted = self.inside = self.verb = self.vocative = self.place = self.the = (
            self.acts
        ) = self.oblique = 0
        self.lower = 0
        self.surface = ""
        self.near: Counter[tuple[str, ...]] = Counter()
        self.titled = words[0] in TITLES and TITLES[words[0]][0] != ""


def spelled_runs(
    prose: Prose, quoted: list[tuple[int, int]], capitals: Capitals
) -> dict[tuple[str, ...], Run]:
    text = prose.text
    lower = Counter(_LOWER.findall(text))
    names = given_names()
    quote_starts = [a for a, _ in quoted]
    runs: dict[tuple[str, ...], Run] = {}
    words, starts, ends = capitals.words, capitals.starts, capitals.ends
    i, count = 0, len(words)
    last: Run | None = None
    last_end = -NEAR_CHARS
    while i < count:
        j = i + 1
        while (
            j < count
            and j - i < 4
            and starts[j] - ends[j - 1] <= 6
            and JOIN.fullmatch(text, ends[j - 1], starts[j])
        ):
            gap = text[ends[j - 1] : starts[j]]
            if "." in gap and words[j - 1] not in TITLES and ends[j - 1] - starts[j - 1] > 1:
                break
            if (words[j] in TITLES and words[j - 1] not in TITLES) or (
                "of" in gap and words[j - 1] not in TITLES
            ):
                break
            if "'" in words[j] and words[j].split("'")[1] in _CONTRACTED:
                break
            j += 1
        a, b = i, j
        i = j
        begin = _sentence_start(text, starts[a])
        if "'" in words[a] and words[a].split("'")[1] in _CONTRACTED:
            continue
        # a word at the start of a sentence is a name only if the book does not use it as a word
        while a < b and (
            (words[a] in NOT_NAMES and words[a] not in TITLES) or (begin and _common(words[a], lower, names))
        ):
            a += 1
            begin = False
        titled = b - a > 1 and words[a] in _HONORIFICS
        while b > a and ((words[b - 1] in NOT_NAMES and not titled) or words[b - 1] in TITLES):
            b -= 1
        while titled and b - a > 2 and words[b - 1] in NOT_NAMES:
            b -= 1
        if b - a > 2 and lower.get(words[b - 1], 0) > 3 and words[b - 1] not in names:
            b -= 1  # Mr. Bounderby the Banker, the house of Lucas Lodge
        if a >= b:
            continue
        part = tuple(words[a:b])
        if not titled and any(w in NOT_NAMES and w not in TITLES for w in part):
            continue
        if text[starts[a] : ends[b - 1]].isupper() and ends[b - 1] - starts[a] > 3:
            continue
        run = runs.get(part)
        if run is None:
            run = runs[part] = Run(part)
            run.lower = lower.get(part[0], 0)
            run.surface = re.sub(r"\s+", " ", text[starts[a] : ends[b - 1]]).strip()
        q = bisect_right(quote_starts, starts[a]) - 1
        in_quote = q >= 0 and starts[a] < quoted[q][1]
        before = text[max(0, starts[a] - 14) : starts[a]]
        after = text[ends[b - 1] : ends[b - 1] + 24]
        if in_quote:
            run.quoted += 1
            if (before.rstrip()[-1:] in ",\"“‘'—-" and after[:1] in ",.!?;") or (
                starts[a] - quoted[q][0] < 3 and after[:1] in ",!?."
            ):
                run.vocative += 1
        else:
            run.narrated += 1
            heads = after.split(None, 3)[:3]
            tails = before.split()
            if (tails and tails[-1].strip(',"”').lower() in SPEECH_VERBS) or (
                any(w.strip(",.;:") in SPEECH_VERBS for w in heads[:2]) and after[:1] == " "
            ):
                run.verb += 1
        if not begin:
            run.inside += 1
        if _ACTS.match(after):
            run.acts += 1
        if _OBLIQUE_BEFORE.search(before):
            run.oblique += 1
        if starts[a] - last_end < NEAR_CHARS and last is not None and last is not run and not in_quote:
            run.near[last.words] += 1
            last.near[run.words] += 1
        last, last_end = (None if in_quote else run), ends[b - 1]
        if before.endswith(("the ", "The ")):
            run.the += 1
        if _PLACE_BEFORE.search(before):
            run.place += 1
    return runs


def _sentence_start(text: str, at: int) -> bool:
    i = at - 1
    while i >= 0 and text[i] in " \t_*(":
        i -= 1
    if i < 0 or text[i] in "\n\r.!?:“\"‘'—-;”’":
        # "Mr. Pell" and initials end in a dot without ending a sentence
        return not (
            i > 0
            and text[i] == "."
            and (
                text[max(0, i - 3) : i].strip().lower().split(" ")[-1] in TITLES or text[i - 2 : i - 1] == " "
            )
        )
    return False


def _common(word: str, lower: Counter[str], names: Mapping[str, Gender | None]) -> bool:
    seen = lower.get(word, 0)
    return word not in TITLES and (
        seen > (3 if word in names else 0) or (word.endswith("ly") and word not in names)
    )
