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
    SPEECH_NOUNS,
    SPEECH_VERBS,
    VERB_PARTICLES,
    WORDLESS_VERBS,
    head_noun,
    noun_gender,
)

LEAD_REACH = 900
"""Letters at the end of a paragraph of narration that may introduce the next speaker."""

LONG_BETWEEN = 14
"""Tokens between two quotes above which a new subject after the tag is a new speaker even within one sentence."""

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
    phrase = -1
    while i < count:
        match = found[i]
        at = match.start()
        word = match.group()
        mention = mentions.get(at)
        begun, phrase = phrase, -1
        if mention is not None:
            if mention.genitive:
                owner = Subject("name", at, mention.who, words=text[mention.start : mention.end])
                out.put("G", word, at, owner)
                i = _past(found, i, mention.end)
                if i < count and found[i].group() == "voice":
                    out.kinds[-1] = "S"  # Kemp's voice cried: Kemp
                    i += 1
                    continue
                i = _noun_phrase(found, i, out, at, text, mentions) if i < count else i
            elif mention.common:
                noun = head_noun(text[mention.start : mention.end].lower())
                at = begun if begun >= 0 else at
                words = text[at : mention.end]
                out.put("S", word, at, Subject("noun", at, mention.who, noun_gender(noun), noun, words))
                i = _past(found, i, mention.end)
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
                phrase, i = at, after
                continue
            j = _noun_phrase(found, i + 1, out, at, text, mentions)
            if j > i + 1:
                i = j
                continue
            out.put("W", low, at)
            i += 1
            continue
        if low in SPEECH_VERBS:
            following = found[i + 1].group().lower() if i + 1 < count else ""
            spoken = low not in VERB_PARTICLES or following in VERB_PARTICLES[low]
            out.put("V" if spoken else "A", low, at)
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


def _noun_phrase(
    found: list[re.Match[str]], i: int, out: Tokens, at: int, text: str, mentions: dict[int, Mention]
) -> int:
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
    if noun == "voice" and head + 1 < len(found) and found[head + 1].group() == "of":
        return head + 2 if head + 2 < len(found) and found[head + 2].start() in mentions else i
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
        for turn in _paragraph_turns(book, number, a, b, indices, at_start, people):
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
    book: Book, number: int, a: int, b: int, indices: list[int], mentions: dict[int, Mention], people: People
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
        lead = text[gaps[k][0] : gaps[k][1]].rstrip()
        opens = text[gaps[k + 1][0] : gaps[k + 1][1]].lstrip()[:1].isupper() and lead[-1:] in (",", ":")
        if tag is None or not tag.sure or opens:
            before = _tag_before(segments[k], text, gaps[k])
            if before is not None and (tag is None or before.sure):
                tag = before
        tags.append(tag)
        used.append(set())
    groups: list[list[int]] = [[0]]
    for k in range(1, len(quotes)):
        groups_tag = next((tags[j] for j in groups[-1] if tags[j] is not None), None)
        if _splits(segments[k], groups_tag, tags[k], gaps[k], people):
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
    if words[i] in ("was", "were", "is", "came") and first.islower():
        return _tag_by_noun(tokens, i + 1, text)
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
        if words[i + 1 : i + 4] == ["wanted", "to", "know"]:
            return Tag(subject, "after", True, f"{subject.words} wanted to know")
        for j in range(i + 1, min(i + 7, len(kinds))):
            if kinds[j] == "V":
                if words[j + 1 : j + 2] and words[j + 1] in _SAYS_NOT:
                    return None
                if last_word == "." and words[j] in WORDLESS_VERBS:
                    break
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


_SAYS_NOT = frozenset(["nothing", "no", "little", "not"])


def _tag_by_noun(tokens: Tokens, i: int, text: str) -> Tag | None:
    """`was Henry's answer`, `was the view of Mr. Wadgers`, `was her reply`."""
    kinds, words = tokens.kinds, tokens.words
    end = min(i + 4, len(kinds))
    noun = next((j for j in range(i, end) if words[j] in SPEECH_NOUNS), -1)
    if noun < 0:
        return None
    owner = tokens.subjects[i] if kinds[i] == "G" else None
    if owner is None and kinds[i] == "W" and words[i] in _POSSESSIVES:
        owner = _possessor(words[i], tokens.at[i])
    if owner is None and noun + 2 < len(kinds) and words[noun + 1] == "of":
        owner = tokens.subjects[noun + 2]
    return Tag(owner, "after", True, text[tokens.at[i] : tokens.at[noun]] + words[noun]) if owner else None


_POSSESSIVES: dict[str, TagKind] = {"his": "he", "her": "she", "my": "I"}


def _possessor(word: str, at: int) -> Subject:
    kind = _POSSESSIVES[word]
    return Subject(kind, at, (), {"he": "M", "she": "F"}.get(kind), words=word)  # type: ignore[arg-type]


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


def _tag_before(tokens: Tokens, text: str, gap: tuple[int, int]) -> Tag | None:
    """The clause right before a quote: `Anna said:`, `he turned and asked,`, `and cried`, `His answer was:`."""
    kinds, words, subjects = tokens.kinds, tokens.words, tokens.subjects
    n = len(kinds)
    if not n:
        return None
    tail = text[gap[0] : gap[1]].rstrip()
    ends = tail[-1:] if tail else ""
    announced = kinds[-1] == "." and n > 1 and kinds[-2] == "V"
    if ends in ".!?" and not announced:
        begin = _last_sentence(kinds[:-1] if kinds[-1] == "." else kinds)
        subject = next((subjects[j] for j in range(begin, n) if _acts(tokens, j)), None)
        return Tag(subject, "beat", False, subject.words) if subject else None
    if announced:
        n -= 1
    begin = _last_sentence(kinds[:n])
    verb = next((j for j in range(n - 1, begin - 1, -1) if kinds[j] == "V"), -1)
    chosen = _speaker_of(tokens, begin, verb, n) if verb >= 0 else None
    if chosen is None and verb >= 0:
        return None
    if chosen is None:
        noun = next((j for j in range(begin + 1, n) if words[j] in SPEECH_NOUNS), -1)
        before = noun - 1 if noun >= 0 and words[noun - 1] in _POSSESSIVES else noun - 2
        if noun >= 0 and before >= begin and words[before] in _POSSESSIVES:
            owner = _possessor(words[before], tokens.at[before])
            return Tag(
                owner, "colon" if ends == ":" else "before", ends in ",:", f"{words[before]} {words[noun]}"
            )
        chosen = next((subjects[j] for j in range(begin, n) if _acts(tokens, j)), None)
    if chosen is None:
        return None
    return Tag(
        chosen,
        "colon" if ends == ":" else "before",
        verb >= 0 and (ends in ",:—-" or verb >= n - 2),
        chosen.words + (" " + words[verb] if verb >= 0 else ""),
    )


def _acts(tokens: Tokens, j: int) -> bool:
    """Whether token `j` is somebody who may act: no object of a preposition."""
    return tokens.kinds[j] == "S" and not (j and tokens.words[j - 1] in _OBLIQUE)


_CLAUSE_OPENERS = frozenset(
    ["and", "but", "then", "or", "so", "for", "yet", "nor", "that", "when", "while", "whilst", "as", "before", "after", "until", "till", "if",
     "because", "though", "although", "since", "where", "whereupon", "which", "upon"]
)  # fmt: skip
_SUBORDINATE = frozenset(
    ["that", "when", "while", "whilst", "as", "before", "after", "until", "till", "if", "because", "though", "although", "since", "where"]
)  # fmt: skip
_BE = frozenset(["was", "were", "been", "being", "is", "when", "thus"])


def _speaker_of(tokens: Tokens, begin: int, verb: int, end: int) -> Subject | None:
    """The subject of a verb of speech in the sentence `tokens[begin:end]`: the nearest clause that can own it."""
    kinds, words, subjects = tokens.kinds, tokens.words, tokens.subjects
    if verb + 1 < end and words[verb + 1] == "by":  # accosted by Miss Bingley
        return next((subjects[j] for j in range(verb + 2, min(verb + 4, end)) if kinds[j] == "S"), None)
    if verb + 1 < end and words[verb + 1] == "with" and verb > begin and words[verb - 1] in _BE | ADVERBS:
        passive = any(w in ("was", "were", "been") for w in words[max(begin, verb - 3) : verb])
        if passive:  # Catherine was greeted with: whoever it was, not Catherine
            return None
    if (
        verb + 1 < end
        and kinds[verb + 1] == "S"
        and (verb == begin or words[verb - 1] in ("then", "and", "thus", "so"))
    ):
        return subjects[verb + 1]  # Then said the King
    after_comma = verb > begin and (kinds[verb - 1] in ",:" or words[verb].endswith("ing"))
    fallback: Subject | None = None
    for j in range(verb - 1, begin - 1, -1):
        if words[j] == "who" and kinds[j] == "W":  # Lydia, who, flying to her, cried
            antecedent = next((x for x in range(j - 1, max(begin, j - 4) - 1, -1) if kinds[x] == "S"), -1)
            return subjects[antecedent] if antecedent >= 0 else fallback
        subject = subjects[j]
        if kinds[j] != "S" or subject is None:
            continue
        if (
            words[j - 1] in ("for", "after")
            and j > begin
            and all(kinds[x] == "V" for x in range(j + 1, verb))
        ):
            return subject  # for the White Rabbit cried out
        if not _acts(tokens, j):
            continue
        left = words[j - 1] if j > begin else ","
        if j > begin and kinds[j - 1] == "W" and (left.endswith("ly") or left in ADVERBS) and j > begin + 1:
            left = words[j - 2]
        opens = j == begin or left in _CLAUSE_OPENERS or not left[0].isalpha()
        opens = opens or subject.kind in ("he", "she", "I", "they")
        if all(kinds[x] in "WAV" for x in range(j + 1, verb)) and verb - j <= 3:
            return subject
        if not opens:
            fallback = fallback or subject
            continue
        inserted = after_comma and left in _SUBORDINATE and kinds[j + 1 : j + 2] != [","]
        if not inserted:
            return subject
        fallback = fallback or subject
    return fallback


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
    tag = _tag_before(tokens_of(text, a, b, mentions), text, (a, b))
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
    segment: Tokens, held: Tag | None, right: Tag | None, gap: tuple[int, int], people: People
) -> bool:
    """Whether the narration between two quotes of one paragraph hands over to another speaker."""
    if right is None or held is None or right.subject.start == held.subject.start:
        return False
    if not right.sure or not held.sure:
        return False
    a, b = held.subject, right.subject
    if a.kind == "name" and b.kind == "name":
        return not set(a.who) & set(b.who)
    if "." not in segment.kinds and ":" not in segment.kinds and len(segment.kinds) <= LONG_BETWEEN:
        return False
    if {a.kind, b.kind} == {"he", "she"}:
        return True
    if "I" in (a.kind, b.kind) and a.kind != b.kind:
        return True
    if a.kind == "name" and b.kind in ("he", "she") and len(a.who) == 1:
        gender = people.persons[a.who[0]].gender
        if gender is not None and gender != b.gender:
            return True
    return (
        b.kind == "name"
        and a.kind in ("he", "she")
        and b.start != a.start
        and b.start > gap[0]
        and ("." in segment.kinds or len(segment.kinds) > LONG_BETWEEN)
    )
