"""English names as they are spelled: capitalised words, and what the text shows of who bears each spelling."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flows.casting.english.words import (
    ABBREVIATED_TITLES,
    NOT_NAMES,
    SPEECH_VERBS,
    TITLES,
    given_names,
)
from flows.casting.nouns import Gender
from flows.casting.prose import Prose

_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:[-’'](?![sS]\b)[^\W\d_]+)*")
_LOWER = re.compile(r"(?<![\w’'])[a-zß-öø-ÿ]{2,}")
_GAP = r"[^\S\n]"
"""Between the words of a name, which ends with its line (Mr. Candy / Frizinghall, Wednesday)."""
JOIN = re.compile(
    rf"{_GAP}+|\.{_GAP}*|"
    rf"\.?{_GAP}+(?:of|de|du|von|van|der|la|le|da|di|the|of the|de la|van der|van den|von der){_GAP}+"
)
_PLACE_BEFORE = re.compile(
    r"\b(?:in|at|near|through|across|into|towards|toward|around|outside|inside|beyond|leave|left|reach|reached)\s+$"
)
_OBLIQUE_BEFORE = re.compile(r"\b(?:to|of|from|the)\s+$")
_ACTS = re.compile(
    r"\s+(?:was|had|did|could|would|is|has|who|came|went|took|saw|felt|knew|sat|stood|ran|made|gave|got|"
    r"thought|[a-z]+ed|[a-z]+ly [a-z]+ed)\b"
)
_PRONOUN = re.compile(r"\b(?:[Hh]e|[Hh]is|[Hh]im|[Hh]imself|[Ss]he|[Hh]er|[Hh]erself)\b|[\n“]")
PRONOUN_REACH = 60
LONGEST_ABBREVIATION = 6
"""Letters of a title that is printed with a stop, and one before."""
_LAST_WORD = re.compile(r"[^\W\d_]*$")
LONGEST_JOIN = len(". van der ")
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


@dataclass(slots=True, eq=False)
class Run:
    """One spelling of a name and what the text shows of its bearer.

    Args:
        words: as compared; `surface`: as first printed.
        lower: times its first word stands in small letters.
        narrated, quoted: times in narration and in speech.
        inside: times not at the start of a sentence.
        verb: times beside a verb of speech; `acts`: before another verb; `vocative`: times called in speech.
        place: times where a place stands; `oblique`: after to, of, from or the; `the`: after the article.
        he, she: times in narration that such a pronoun is the first word of its kind behind it.
        near: how often another spelling stands close by in narration; `beside`: in how many speeches it stands, too.
    """

    words: tuple[str, ...]
    surface: str
    lower: int
    narrated: int = 0
    quoted: int = 0
    inside: int = 0
    verb: int = 0
    acts: int = 0
    vocative: int = 0
    place: int = 0
    oblique: int = 0
    the: int = 0
    he: int = 0
    she: int = 0
    near: Counter[tuple[str, ...]] = field(default_factory=Counter)
    beside: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def seen(self) -> int:
        """Times in all."""
        return self.narrated + self.quoted

    @property
    def titled(self) -> bool:
        """Whether it begins with a title."""
        return self.words[0] in TITLES and TITLES[self.words[0]][0] != ""

    @property
    def core(self) -> list[str]:
        """Its words without titles."""
        return [w for w in self.words if w not in TITLES]


Runs = dict[tuple[str, ...], Run]
"""Spellings by their words."""


def spelled_runs(prose: Prose, quoted: list[tuple[int, int]], capitals: Capitals) -> Runs:
    """Every spelling that may be a name, with what the text shows of it.

    Args:
        quoted: stretches of dialogue, in order.
    """
    text = prose.text
    lower = Counter(_LOWER.findall(text))
    quote_starts = [a for a, _ in quoted]
    runs: Runs = {}
    last: Run | None = None
    last_end = -NEAR_CHARS
    speech, spoken = -1, list[Run]()
    for a, b, begins in _names_in(text, capitals, lower):
        start, end = capitals.starts[a], capitals.ends[b - 1]
        words = tuple(capitals.words[a:b])
        run = runs.get(words)
        if run is None:
            surface = re.sub(r"\s+", " ", text[start:end]).strip()
            run = runs[words] = Run(words, surface, lower.get(words[0], 0))
        q = bisect_right(quote_starts, start) - 1
        in_quote = q >= 0 and start < quoted[q][1]
        _count(run, text, start, end, quoted[q][0] if in_quote else None)
        if in_quote:
            if q != speech:
                speech, spoken = q, []
            if run not in spoken:
                for other in spoken:
                    run.beside[other.words] += 1
                    other.beside[run.words] += 1
                spoken.append(run)
        if not begins:
            run.inside += 1
        if start - last_end < NEAR_CHARS and last is not None and last is not run and not in_quote:
            run.near[last.words] += 1
            last.near[run.words] += 1
        last, last_end = (None if in_quote else run), end
    return runs


def _names_in(text: str, capitals: Capitals, lower: Counter[str]) -> Iterator[tuple[int, int, bool]]:
    """Runs of capitalised words that may be a name: first word, the one after the last, whether it begins a
    sentence."""
    i = 0
    while i < len(capitals.words):
        a, b = i, _run_end(text, capitals, i)
        i = b
        first = capitals.words[a]
        if "'" in first and first.split("'")[1] in _CONTRACTED:
            continue
        trimmed = _trimmed(text, capitals, a, b, lower)
        if trimmed is not None:
            yield trimmed


def _run_end(text: str, capitals: Capitals, a: int) -> int:
    """Where the run of capitalised words that begins with word `a` ends, after four at most."""
    words, starts, ends = capitals.words, capitals.starts, capitals.ends
    j = a + 1
    while (
        j < min(len(words), a + 4)
        and starts[j] - ends[j - 1] <= LONGEST_JOIN
        and JOIN.fullmatch(text, ends[j - 1], starts[j])
    ):
        gap = text[ends[j - 1] : starts[j]]
        after_title = words[j - 1] in TITLES
        if "." in gap and words[j - 1] not in ABBREVIATED_TITLES and ends[j - 1] - starts[j - 1] > 1:
            break
        if not after_title and (words[j] in TITLES or "of" in gap):
            return j + 1 if j == a + 1 and _is_office(text, capitals, a) else j
        if "'" in words[j] and words[j].split("'")[1] in _CONTRACTED:
            break
        j += 1
    return j


def _is_office(text: str, capitals: Capitals, a: int) -> bool:
    """Whether word `a` and the next are what somebody is: the Station Master, not the Bishop's Lady Anne."""
    words, starts, ends = capitals.words, capitals.starts, capitals.ends
    if words[a + 1] not in TITLES or words[a] in TITLES or words[a] in given_names():
        return False
    if not text[max(0, starts[a] - 4) : starts[a]].lower().endswith("the ") or "'" in words[a]:
        return False
    named = a + 2 < len(words) and JOIN.fullmatch(text, ends[a + 1], starts[a + 2])
    return text[ends[a] : starts[a + 1]] == " " and not named


def _trimmed(
    text: str, capitals: Capitals, a: int, b: int, lower: Counter[str]
) -> tuple[int, int, bool] | None:
    """A run without the words at its ends that belong to no name; None where nothing is left."""
    words, starts, ends, names = capitals.words, capitals.starts, capitals.ends, given_names()
    begins = _sentence_start(text, starts[a])
    # a word at the start of a sentence is a name only if the book does not use it as a word
    while a < b and (_names_nobody(words[a]) or (begins and _common(words[a], lower, names))):
        a += 1
        begins = False
    titled = b - a > 1 and words[a] in _HONORIFICS
    if b - a == 2 and _is_office(text, capitals, a):
        return a, b, begins
    while b > a and ((words[b - 1] in NOT_NAMES and not titled) or words[b - 1] in TITLES):
        b -= 1
    while titled and b - a > 2 and words[b - 1] in NOT_NAMES:
        b -= 1
    if b - a > 2 and lower.get(words[b - 1], 0) > 3 and words[b - 1] not in names:
        b -= 1  # Mr. Bounderby the Banker, the house of Lucas Lodge
    if a >= b or (not titled and any(_names_nobody(w) for w in words[a:b])):
        return None
    if text[starts[a] : ends[b - 1]].isupper() and ends[b - 1] - starts[a] > 3:
        return None
    return a, b, begins


def _names_nobody(word: str) -> bool:
    return word in NOT_NAMES and word not in TITLES


def _count(run: Run, text: str, start: int, end: int, quote: int | None) -> None:
    """Take in one use of a spelling at `text[start:end]`; `quote` is where the speech it stands in begins."""
    before, after = text[max(0, start - 14) : start], text[end : end + 24]
    if quote is not None:
        run.quoted += 1
        # "Yus; there was five" calls nobody
        between_stops = before.rstrip()[-1:] in ",\"“‘'—-" and after[:1] in (
            ",.!?;" if start - quote > 2 else ",.!?"
        )
        run.vocative += between_stops or (start - quote < 3 and after[:1] in ",!?.")
    else:
        run.narrated += 1
        pronoun = _PRONOUN.search(text, end, end + PRONOUN_REACH)
        if pronoun:
            run.she += pronoun[0].lower() in ("she", "her", "herself")
            run.he += pronoun[0].lower() in ("he", "his", "him", "himself")
        heads, tails = after.split(None, 3)[:3], before.split()
        run.verb += bool(tails and tails[-1].strip(',"”').lower() in SPEECH_VERBS) or (
            after[:1] == " " and any(w.strip(",.;:") in SPEECH_VERBS for w in heads[:2])
        )
    run.acts += _ACTS.match(after) is not None
    run.oblique += _OBLIQUE_BEFORE.search(before) is not None
    run.the += before.endswith(("the ", "The "))
    run.place += _PLACE_BEFORE.search(before) is not None


def _last_word(text: str, end: int) -> str:
    """The letters before `text[end]`, in small letters."""
    match = _LAST_WORD.search(text, max(0, end - LONGEST_ABBREVIATION), end)
    return match[0].lower() if match else ""


def _sentence_start(text: str, at: int) -> bool:
    i = at - 1
    while i >= 0 and text[i] in " \t_*(":
        i -= 1
    if i < 0 or text[i] in "\n\r.!?:“\"‘'—-;”’":
        # "Mr. Pell" and initials end in a dot without ending a sentence
        return not (
            i > 0
            and text[i] == "."
            and (_last_word(text, i) in ABBREVIATED_TITLES or text[i - 2 : i - 1] == " ")
        )
    return False


def _common(word: str, lower: Counter[str], names: Mapping[str, Gender | None]) -> bool:
    seen = lower.get(word, 0)
    return word not in TITLES and (
        seen > (3 if word in names else 0) or (word.endswith("ly") and word not in names)
    )
