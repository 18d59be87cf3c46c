"""English narration around speech: turns, their tags and the clues of each paragraph."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Sequence

from flows.casting.book import Book
from flows.casting.nouns import Gender
from flows.casting.people import Mention, People
from flows.casting.turns import MAX_GAP, Subject, Tag, TagKind, Turn, is_scene_break, quote_end, quote_start
from flows.casting.words_en import (
    ACTION_VERBS,
    ADVERBS,
    GROUP_WORDS,
    PERSON_NOUNS,
    SPEECH_VERBS,
    noun_gender,
)

LEAD_REACH = 900
"""Letters at the end of a paragraph of narration that may introduce the next speaker."""

_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:[-’'][A-Za-zÀ-ÿ]+)*|[.!?]+|[,;:]|--+|[—–…(]")
_PRONOUNS: dict[str, tuple[str, Gender | None]] = {
    "he": ("he", "M"),
    "she": ("she", "F"),
    "i": ("I", None),
    "they": ("they", None),
    "we": ("we", None),
    "it": ("it", None),
}
_DETERMINERS = frozenset(
    ["the", "a", "an", "his", "her", "my", "their", "our", "your", "another", "this", "that", "one"]
)
_ADJECTIVES = frozenset(
    [
        "old",
        "young",
        "poor",
        "little",
        "dear",
        "good",
        "other",
        "elder",
        "younger",
        "same",
        "unfortunate",
        "worthy",
    ]
)
_STOPPERS = frozenset(
    [
        "of",
        "in",
        "with",
        "at",
        "from",
        "on",
        "who",
        "as",
        "and",
        "or",
        "to",
        "into",
        "upon",
        "by",
        "whose",
        "which",
        "that",
        "when",
        "while",
        "for",
        "but",
        "after",
        "before",
        "without",
        "whom",
        "because",
        "under",
        "over",
        "behind",
        "near",
        "through",
    ]
)


class Tokens:
    """A stretch of narration as tokens: names, pronouns, noun phrases, verbs, stops."""

    __slots__ = ("at", "kinds", "subjects", "words")

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.words: list[str] = []
        self.at: list[int] = []
        self.subjects: list[Subject | None] = []

    def put(self, kind: str, word: str, at: int, subject: Subject | None = None) -> None:
        self.kinds.append(kind)
        self.words.append(word)
        self.at.append(at)
        self.subjects.append(subject)


def tokens_of(text: str, start: int, end: int, mentions: dict[int, Mention]) -> Tokens:
    """Token kinds: S subject (name, pronoun, noun phrase), G somebody's (genitive), V speech verb, A act, W word, `.` stop, `,` comma, `:` colon."""
    out = Tokens()
    found = list(_WORD.finditer(text, start, end))
    i, count = 0, len(found)
    while i < count:
        match = found[i]
        at = match.start()
        word = match.group()
        mention = mentions.get(at)
        if mention is not None:
            if mention.genitive:
                out.put("G", word, at)
                i = _past(found, i, mention.end)
                i = _noun_phrase(found, i, out, at, text) if i < count else i
            else:
                out.put(
                    "S", word, at, Subject("name", at, mention.who, words=text[mention.start : mention.end])
                )
                i = _past(found, i, mention.end)
            continue
        first = word[0]
        if not first.isalpha():
            out.put("." if first in ".!?" else ":" if first == ":" else ",", word, at)
            i += 1
            continue
        low = word.lower()
        if low in _PRONOUNS:
            name, gender = _PRONOUNS[low]
            kind: TagKind = "they" if name in ("they", "we") else "none" if name == "it" else name  # type: ignore[assignment]
            out.put("S" if name != "it" else "W", low, at, Subject(kind, at, (), gender, words=word))
            i += 1
            continue
        if low in _DETERMINERS:
            after = _skip_adjectives(found, i + 1, mentions)
            if after is not None:
                i = after
                continue
            j = _noun_phrase(found, i + 1, out, at, text)
            if j > i + 1:
                i = j
                continue
            out.put("W", low, at)
            i += 1
            continue
        if low in SPEECH_VERBS:
            out.put("V", low, at)
        elif low in ACTION_VERBS:
            out.put("A", low, at)
        elif low in GROUP_WORDS and low not in PERSON_NOUNS:
            out.put("S", low, at, Subject("they", at, words=word))
        else:
            out.put("W", low, at)
        i += 1
    return out


def _past(found: list[re.Match[str]], i: int, end: int) -> int:
    while i < len(found) and found[i].start() < end:
        i += 1
    return i


def _skip_adjectives(found: list[re.Match[str]], i: int, mentions: dict[int, Mention]) -> int | None:
    """`the White Rabbit`, `poor little Anne`: the index of the name, past article and adjectives."""
    for j in range(i, min(i + 3, len(found))):
        if found[j].start() in mentions:
            return j
        if not found[j].group()[0].isalpha() or found[j].group().lower() in _STOPPERS:
            return None
        if found[j].group().lower() not in _ADJECTIVES:
            return None
    return None


def _noun_phrase(found: list[re.Match[str]], i: int, out: Tokens, at: int, text: str) -> int:
    """Read up to four words to a head noun that is a person; returns the index after it, or `i` when there is none."""
    head = -1
    for j in range(i, min(i + 4, len(found))):
        word = found[j].group()
        if not word[0].isalpha():
            break
        low = word.lower()
        if low in _STOPPERS or ((low in SPEECH_VERBS and low not in PERSON_NOUNS) and head >= 0):
            break
        if low in PERSON_NOUNS:
            head = j
        elif head >= 0:
            break
    if head < 0:
        return i
    noun = found[head].group().lower()
    if text[found[head].end() : found[head].end() + 2] in ("'s", "’s"):
        out.put("G", noun, at)
        return head + 1
    words = text[at : found[head].end()]
    out.put("S", noun, at, Subject("noun", at, (), noun_gender(noun), noun, words))
    return head + 1


def find_turns(book: Book, people: People) -> list[Turn]:
    """All turns of a book in order, with tags and clues; see `Turn`."""
    text = book.text
    by_paragraph: dict[int, list[int]] = {}
    for i, quote in enumerate(book.quotes):
        if quote.kind == "speech":
            by_paragraph.setdefault(quote.paragraph, []).append(i)
    starts = [m.start for m in people.mentions]
    at_start = {m.start: m for m in people.mentions}
    turns: list[Turn] = []
    last_paragraph = -1
    lead: list[Subject] = []
    for number, indices in by_paragraph.items():
        a, b = book.starts[number], book.ends[number]
        first = book.quotes[indices[0]]
        if first.continues and turns and not text[a : a + first.start].strip():
            turn = turns[-1]
            turn.quotes.append(indices[0])
            _spoken(turn, book, people, indices[0], starts)
            last_paragraph = number
            if len(indices) == 1 and first.end >= b - a - 1:
                continue
        gap = number - last_paragraph - 1 if last_paragraph >= 0 else 0
        lead = []
        broke = last_paragraph < 0 or book.chapter[number] != book.chapter[last_paragraph]
        broke = broke or any(
            is_scene_break(text[book.starts[p] : book.ends[p]])
            for p in range(max(last_paragraph + 1, number - MAX_GAP), number)
        )
        for back in range(number - 1, max(-1, last_paragraph, number - 3), -1):
            if lead or book.chapter[back] != book.chapter[number]:
                break
            lead = _subjects(
                tokens_of(
                    text, max(book.starts[back], book.ends[back] - LEAD_REACH), book.ends[back], at_start
                )
            )
        for turn in _paragraph_turns(book, number, a, b, indices, at_start):
            turn.lead = lead
            if (
                turn.tag is None
                and not turn.same_paragraph
                and number
                and not broke
                and not text[a : quote_start(book, turn.quotes[0])].strip()
            ):
                turn.tag = _tag_above(book, number - 1, by_paragraph.get(number - 1, ()), at_start)
            turn.gap = 0 if turn.same_paragraph else gap
            turn.chain_break = not turn.same_paragraph and (broke or gap > MAX_GAP)
            if gap or turn.same_paragraph:
                tail = (
                    text[book.starts[number - 1] : book.ends[number - 1]].rstrip()
                    if number and not turn.same_paragraph
                    else ""
                )
                turn.before_colon = turn.before_colon or tail.endswith(":")
            for i in turn.quotes:
                _spoken(turn, book, people, i, starts)
            turns.append(turn)
        last_paragraph = number
    # people named in narration, by paragraph
    for turn in turns:
        lo = bisect_left(starts, book.starts[turn.paragraph])
        hi = bisect_left(starts, book.ends[turn.paragraph])
        spans = [(quote_start(book, i), quote_end(book, i)) for i in by_paragraph[turn.paragraph]]
        for k in range(lo, hi):
            s = starts[k]
            if not any(x <= s < y for x, y in spans):
                turn.named.extend(people.mentions[k].who)
    return turns


_VOCATIVE_TAIL = re.compile(r"\s*(?:[,.!?;:—…\"”’'*_)]|--|$)")
_ADDRESS = re.compile(
    r"\b(sir|ma'am|ma’am|madam|miss|mum|mamma|mama|papa|mother|father|aunt|uncle|my lord|my lady|my boy|my girl|old man|old fellow|old chap|my dear fellow|my good man|my lad)\b[,.!?;:]",
    re.IGNORECASE,
)
_ADDRESS_GENDER: dict[str, Gender] = {
    "sir": "M", "papa": "M", "father": "M", "uncle": "M", "my lord": "M", "my boy": "M", "old man": "M", "old fellow": "M", "old chap": "M",
    "my dear fellow": "M", "my good man": "M", "my lad": "M",
}  # fmt: skip


def _spoken(turn: Turn, book: Book, people: People, i: int, starts: list[int]) -> None:
    """Who is named and who is addressed inside one quote."""
    text = book.text
    quote = book.quotes[i]
    base = book.starts[quote.paragraph]
    a, b = base + quote.inner_start, base + quote.inner_end
    turn.length += b - a
    turn.end = max(turn.end, base + quote.end)
    lo, hi = bisect_left(starts, a), bisect_left(starts, b)
    for k in range(lo, hi):
        mention = people.mentions[k]
        turn.spoken_names.update(mention.who)
        if mention.genitive:
            continue
        before = text[a : mention.start].rstrip(" _*\"'“‘")
        opens = (
            not before
            or before[-1] in ",;:.!?—-…"
            or before[-4:].lower() in ("dear", " you")
            or before[-2:].lower() == "oh"
        )
        words = before.split()
        if (
            not opens
            and words
            and words[-1].lower()
            in ("dear", "oh", "o", "poor", "well", "and", "yes", "no", "my", "darling", "ah", "thank")
            and len(words) < 4
        ):
            opens = words[-1].lower() != "and"
        closes = _VOCATIVE_TAIL.match(text, mention.end, max(b, mention.end)) or mention.end >= b
        if opens and closes:
            # "Tom, Dick and Harry came" is a list; so is a name with a verb after it
            turn.vocatives.update(mention.who)
    tail = text[a:b].rstrip(" \"'”’_*")
    turn.question = tail.endswith("?")
    address = _ADDRESS.search(text, a, min(b + 1, len(text)))
    if address:
        turn.addressed_gender = _ADDRESS_GENDER.get(address.group(1).lower(), "F")


def _subjects(tokens: Tokens) -> list[Subject]:
    """Acting people of a stretch of narration: names, pronouns and noun phrases that are not oblique."""
    out = []
    for i, kind in enumerate(tokens.kinds):
        if kind == "S":
            previous = tokens.words[i - 1] if i else ""
            subject = tokens.subjects[i]
            if subject is not None and previous not in _OBLIQUE:
                out.append(subject)
    return out


_OBLIQUE = frozenset(
    [
        "to",
        "at",
        "of",
        "with",
        "by",
        "for",
        "from",
        "upon",
        "on",
        "towards",
        "toward",
        "beside",
        "behind",
        "near",
        "after",
        "against",
        "about",
        "than",
        "like",
        "between",
        "over",
    ]
)


def _paragraph_turns(
    book: Book, number: int, a: int, b: int, indices: list[int], mentions: dict[int, Mention]
) -> list[Turn]:
    """Split one paragraph into turns: usually one, more where two tags name two speakers."""
    text = book.text
    quotes = [book.quotes[i] for i in indices]
    label = next((q.label for q in quotes if q.label), "")
    gaps = [(a, a + quotes[0].start)]
    for left, right in itertools.pairwise(quotes):
        gaps.append((a + left.end, a + right.start))
    gaps.append((a + quotes[-1].end, b))
    segments = [tokens_of(text, s, e, mentions) if e - s > 1 else Tokens() for s, e in gaps]
    tags: list[Tag | None] = []
    used: list[set[int]] = []
    for k, quote in enumerate(quotes):
        tag = _tag_after(
            segments[k + 1],
            text,
            a + quote.end,
            text[a + quote.inner_end - 1 : a + quote.inner_end]
            if quote.inner_end > quote.inner_start
            else "",
            k + 1 < len(quotes),
        )
        if tag is None or not tag.sure:
            before = _tag_before(segments[k], text, gaps[k], after_quote=k > 0)
            if before is not None and (tag is None or before.sure):
                tag = before
        tags.append(tag)
        used.append(set())
    groups: list[list[int]] = [[0]]
    for k in range(1, len(quotes)):
        groups_tag = next((tags[j] for j in groups[-1] if tags[j] is not None), None)
        if _splits(segments[k], groups_tag, tags[k - 1], tags[k], text, gaps[k]):
            groups.append([k])
        else:
            groups[-1].append(k)
    turns = []
    for g, members in enumerate(groups):
        candidates = [tags[k] for k in members]
        best = next((t for t in candidates if t is not None and t.sure), None) or next(
            (t for t in candidates if t is not None), None
        )
        turn = Turn(
            number,
            book.chapter[number],
            a + quotes[members[0]].start,
            a + quotes[members[-1]].end,
            [indices[k] for k in members],
            best,
        )
        turn.same_paragraph = g > 0
        turn.label = label or next((quotes[k].label for k in members if quotes[k].label), "")
        parts = (
            list(range(members[0], members[-1] + 2))
            if len(groups) == 1
            else list(range(members[0], members[-1] + 1))
            + ([members[-1] + 1] if g == len(groups) - 1 else [])
        )
        for k in parts:
            for subject in _subjects(segments[k]):
                turn.subjects.append(subject)
        turn.bare = not any(s.kinds for s in segments)
        lead_text = text[gaps[members[0]][0] : gaps[members[0]][1]].rstrip()
        turn.before_colon = lead_text.endswith(":")
        turns.append(turn)
    return turns


def _tag_after(tokens: Tokens, text: str, at: int, last: str, more: bool) -> Tag | None:
    """The clause right after a quote: `said Anna`, `Anna said`, `she cried`, `he smiled` after a comma."""
    kinds, words, subjects = tokens.kinds, tokens.words, tokens.subjects
    i = 0
    while i < len(kinds) and kinds[i] == ",":
        i += 1
    if i >= len(kinds) or kinds[i] in (".", ":"):
        return None
    first = text[tokens.at[i]]
    if more and first.isupper() and last in ".!?" and kinds[-1] in ",:" and "." not in kinds[:-1]:
        return None  # "…" Then Edwin said, "…": it introduces the next quote
    flows = first.islower() or last in ",—-" or (last in "!?")
    if (
        kinds[i] == "W"
        and words[i] in ("and", "then", "thus", "so", "at", "here")
        and i + 1 < len(kinds)
        and kinds[i + 1] in "VS"
    ):
        i += 1
    if kinds[i] == "V" and (first.islower()):
        j = i + 1
        while j < len(kinds) and j < i + 4 and kinds[j] in "W,AV" and words[j] not in _STOPPERS:
            j += 1
        if j < len(kinds) and kinds[j] == "W" and words[j] == "to" and j + 2 < len(kinds):
            j += 2
        if j < len(kinds) and kinds[j] == "G":
            j += 1
        if j < len(kinds) and kinds[j] == "S":
            subject = subjects[j]
            if subject is not None and j - i <= 4:
                return Tag(subject, "after", True, text[tokens.at[i] : tokens.at[j]] + subject.words)
        noun = _unknown_noun(tokens, i + 1, text)
        return Tag(noun, "after", True, "") if noun else None
    if kinds[i] == "G" and i + 1 < len(kinds):
        i += 1
    if kinds[i] == "S":
        subject = subjects[i]
        assert subject is not None
        last_word = last
        for j in range(i + 1, min(i + 7, len(kinds))):
            if kinds[j] == "V":
                between = words[i + 1 : j]
                plain = all(w in ADVERBS or w.endswith("ly") or w in "," for w in between)
                sure = plain and (last_word != "." or j - i <= 2)
                if plain or last_word in ",!?—-…":
                    return Tag(
                        subject,
                        "after",
                        sure or last_word == ",",
                        text[subject.start : tokens.at[j]] + words[j],
                    )
                break
            if kinds[j] in ".:S":
                break
        if last_word in ",":
            return Tag(subject, "after", True, subject.words)
        return Tag(subject, "beat", False, subject.words)
    if kinds[i] == "W" and words[i] in ("the", "a", "an", "his", "her", "my", "another") and flows:
        for j in range(i + 2, min(i + 6, len(kinds))):
            if kinds[j] == "V":
                noun = _unknown_noun(tokens, i + 1, text)
                return Tag(noun, "after", True, "") if noun else None
            if kinds[j] not in "W":
                break
    return None


def _unknown_noun(tokens: Tokens, i: int, text: str) -> Subject | None:
    """`said the hatter`: a noun after an article that no list knows; the last word before a preposition or stop."""
    kinds, words = tokens.kinds, tokens.words
    if i < len(kinds) and kinds[i] == "W" and words[i] in _DETERMINERS:
        i += 1
    elif not (i and words[i - 1] in _DETERMINERS):
        return None
    head = -1
    for j in range(i, min(i + 3, len(kinds))):
        if kinds[j] != "W" or words[j] in _STOPPERS or words[j].endswith("ly"):
            break
        head = j
    if head < 0:
        return None
    noun = words[head]
    return Subject("noun", tokens.at[head], (), noun_gender(noun), noun, "the " + noun)


def _tag_before(tokens: Tokens, text: str, gap: tuple[int, int], after_quote: bool) -> Tag | None:
    """The clause right before a quote: `Anna said:`, `he turned and asked,`, `and cried`."""
    kinds, words, subjects = tokens.kinds, tokens.words, tokens.subjects
    n = len(kinds)
    if not n:
        return None
    tail = text[gap[0] : gap[1]].rstrip()
    ends = tail[-1:] if tail else ""
    if ends in ".!?" and tail:
        begin = _last_sentence(kinds[:-1] if kinds[-1] == "." else kinds)
        subject = next(
            (
                subjects[j]
                for j in range(begin, n)
                if kinds[j] == "S" and not (j and words[j - 1] in _OBLIQUE)
            ),
            None,
        )
        return Tag(subject, "beat", False, subject.words) if subject else None
    begin = _last_sentence(kinds)
    verb = next((j for j in range(n - 1, begin - 1, -1) if kinds[j] == "V"), -1)
    chosen: Subject | None = None
    if verb >= 0:
        # subject right after an inverted verb ("Then said the King,") or the first acting one before it
        if (
            verb + 1 < n
            and kinds[verb + 1] == "S"
            and (verb == begin or words[verb - 1] in ("then", "and", "thus", "so"))
        ):
            chosen = subjects[verb + 1]
        else:
            names = [
                j for j in range(begin, verb) if kinds[j] == "S" and not (j and words[j - 1] in _OBLIQUE)
            ]
            near = [j for j in names if verb - j <= 3 and all(kinds[x] in "WAV" for x in range(j + 1, verb))]
            chosen = subjects[near[-1]] if near else subjects[names[0]] if names else None
    else:
        names = [j for j in range(begin, n) if kinds[j] == "S" and not (j and words[j - 1] in _OBLIQUE)]
        chosen = subjects[names[0]] if names else None
    if chosen is None:
        return None
    return Tag(
        chosen,
        "colon" if ends == ":" else "before",
        verb >= 0 and (ends in ",:—-" or verb >= n - 2),
        chosen.words + (" " + words[verb] if verb >= 0 else ""),
    )


def _tag_above(book: Book, number: int, quotes: Sequence[int], mentions: dict[int, Mention]) -> Tag | None:
    """A tag that ends the paragraph above: `Anna turned and said:` before a paragraph of speech."""
    text = book.text
    a, b = book.starts[number], book.ends[number]
    if quotes:
        a = quote_end(book, quotes[-1])
    tail = text[a:b].rstrip()
    if not tail:
        return None
    tail_words = tail[-40:].split()
    last = tail_words[-1].strip(".").lower() if tail_words else ""
    announced = tail[-1] in ":,—-" or (
        not quotes and (last in SPEECH_VERBS or tail.endswith(("went on.", "broke out.")))
    )
    if not announced:
        return None
    a = max(a, b - 400)
    tag = _tag_before(tokens_of(text, a, b, mentions), text, (a, b), after_quote=bool(quotes))
    if tag is not None and tail[-1] not in ":,—-":
        tag.sure = True
        tag.slot = "colon"
    return tag


def _last_sentence(kinds: list[str]) -> int:
    for j in range(len(kinds) - 1, -1, -1):
        if kinds[j] == ".":
            return j + 1
    return 0


def _splits(
    segment: Tokens, held: Tag | None, left: Tag | None, right: Tag | None, text: str, gap: tuple[int, int]
) -> bool:
    """Whether the narration between two quotes of one paragraph hands over to another speaker."""
    if right is None or held is None or right.subject.start == held.subject.start:
        return False
    if not right.sure or not held.sure:
        return False
    a, b = held.subject, right.subject
    if a.kind == "name" and b.kind == "name":
        return not set(a.who) & set(b.who)
    if "." not in segment.kinds and ":" not in segment.kinds:
        return False
    if {a.kind, b.kind} == {"he", "she"}:
        return True
    if "I" in (a.kind, b.kind) and a.kind != b.kind:
        return True
    return (
        b.kind == "name"
        and a.kind in ("he", "she")
        and b.start != a.start
        and b.start > gap[0]
        and "." in segment.kinds
    )
