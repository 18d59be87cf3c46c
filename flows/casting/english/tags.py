"""The clause that tags a quote in English: after it, before it, or at the end of the paragraph above."""

from __future__ import annotations

from collections.abc import Sequence

from flows.casting.english.tokens import (
    ACT,
    COLON,
    COMMA,
    DETERMINERS,
    GENITIVE,
    SPEECH,
    STOP,
    STOPPERS,
    SUBJECT,
    WORD,
    Kind,
    Tokens,
    acts,
    tokens_of,
)
from flows.casting.english.words import (
    ADVERBS,
    SPEECH_NOUNS,
    SPEECH_VERBS,
    WORDLESS_VERBS,
    noun_gender,
)
from flows.casting.nouns import Gender
from flows.casting.people import Mention, People
from flows.casting.prose import Prose
from flows.casting.turns import Subject, Tag, TagKind, quote_end

LONG_BETWEEN = 14
"""Tokens between two quotes above which a new subject after the tag is a new speaker even within one sentence."""


def tag_after(tokens: Tokens, text: str, last: str, more: bool) -> Tag | None:
    """The clause right after a quote: `said Anna`, `Anna said`, `she cried`, `he smiled` after a comma.

    Args:
        last: the last letter or stop of the quote.
        more: whether another quote follows in the paragraph.
    """
    kinds, words = tokens.kinds, tokens.words
    i = next((j for j, kind in enumerate(kinds) if kind is not COMMA), len(kinds))
    if i >= len(kinds) or kinds[i] in (STOP, COLON):
        return None
    first = text[tokens.at[i]]
    if more and first.isupper() and last in ".!?" and kinds[-1] in (COMMA, COLON) and STOP not in kinds[:-1]:
        return None  # "…" Then Edwin said, "…": it introduces the next quote
    if words[i] in _LINKS and kinds[i] is WORD and i + 1 < len(kinds) and kinds[i + 1] in (SPEECH, SUBJECT):
        i += 1
    if first.islower() and words[i] in ("was", "were", "is", "came"):
        return _tag_by_noun(tokens, i + 1, text)
    if first.islower() and kinds[i] is SPEECH:
        return _verb_first(tokens, i, text)
    if kinds[i] is GENITIVE and i + 1 < len(kinds):
        i += 1
    if kinds[i] is SUBJECT:
        return _subject_first(tokens, i, text, last)
    if first.islower() or last in ",—-!?" or last == "":
        return _noun_first(tokens, i, text)
    return None


_LINKS = frozenset(("and", "then", "thus", "so", "at", "here"))


def _verb_first(tokens: Tokens, i: int, text: str) -> Tag | None:
    """`said Anna`, `said to him Anna's brother`: the verb of speech is token `i`."""
    kinds, words = tokens.kinds, tokens.words
    j = i + 1
    while j < min(len(kinds), i + 4) and kinds[j] in (WORD, COMMA, ACT, SPEECH) and words[j] not in STOPPERS:
        j += 1
    if j + 2 < len(kinds) and kinds[j] is WORD and words[j] == "to":
        j += 2
    if j < len(kinds) and kinds[j] is GENITIVE:
        j += 1
    subject = tokens.subjects[j] if j < len(kinds) and kinds[j] is SUBJECT else None
    if subject is not None and j - i <= 4:
        return Tag(subject, "after", True, text[tokens.at[i] : tokens.at[j]] + subject.words)
    noun = _unknown_noun(tokens, i + 1, text)
    return Tag(noun, "after", True, "") if noun else None


def _subject_first(tokens: Tokens, i: int, text: str, last: str) -> Tag | None:
    """`Anna said`, `Anna, smiling, said`, and `Anna smiled` (a beat): the subject is token `i`."""
    kinds, words, subject = tokens.kinds, tokens.words, tokens.subjects[i]
    assert subject is not None
    if words[i + 1 : i + 4] == ["wanted", "to", "know"]:
        return Tag(subject, "after", True, f"{subject.words} wanted to know")
    near = range(i + 1, min(i + 7, len(kinds)))
    verb = next((j for j in near if kinds[j] in (SPEECH, STOP, COLON, SUBJECT)), -1)
    if verb >= 0 and kinds[verb] is SPEECH:
        if words[verb + 1 : verb + 2] and words[verb + 1] in _SAYS_NOT:
            return None
        acts_only = last == "." and words[verb] in WORDLESS_VERBS
        plain = all(w in ADVERBS or w.endswith("ly") or w == "," for w in words[i + 1 : verb])
        if not acts_only and (plain or last in ",!?—-…"):
            sure = last == "," or (plain and (last != "." or verb - i <= 2))
            told = text[subject.start : tokens.at[verb]] + words[verb]
            return Tag(subject, "after", sure, told)
    if last in ",":
        return Tag(subject, "after", True, subject.words)
    return Tag(subject, "beat", False, subject.words)


def _noun_first(tokens: Tokens, i: int, text: str) -> Tag | None:
    """`the hatter said`: a noun that no list knows, from its article at token `i`."""
    kinds, words = tokens.kinds, tokens.words
    if kinds[i] is not WORD or words[i] not in ("the", "a", "an", "his", "her", "my", "another"):
        return None
    after = next((kinds[j] for j in range(i + 2, min(i + 6, len(kinds))) if kinds[j] is not WORD), WORD)
    noun = _unknown_noun(tokens, i + 1, text) if after is SPEECH else None
    return Tag(noun, "after", True, "") if noun else None


_SAYS_NOT = frozenset(["nothing", "no", "little", "not"])


def _tag_by_noun(tokens: Tokens, i: int, text: str) -> Tag | None:
    """`was Henry's answer`, `was the view of Mr. Wadgers`, `was her reply`."""
    kinds, words = tokens.kinds, tokens.words
    end = min(i + 4, len(kinds))
    noun = next((j for j in range(i, end) if words[j] in SPEECH_NOUNS), -1)
    if noun < 0:
        return None
    owner = tokens.subjects[i] if kinds[i] is GENITIVE else None
    if owner is None and kinds[i] is WORD and words[i] in _POSSESSIVES:
        owner = _possessor(words[i], tokens.at[i])
    if owner is None and noun + 2 < len(kinds) and words[noun + 1] == "of":
        owner = tokens.subjects[noun + 2]
    return Tag(owner, "after", True, text[tokens.at[i] : tokens.at[noun]] + words[noun]) if owner else None


_POSSESSIVES: dict[str, tuple[TagKind, Gender | None]] = {
    "his": ("he", "male"), "her": ("she", "female"), "my": ("I", None)
}  # fmt: skip


def _possessor(word: str, at: int) -> Subject:
    kind, gender = _POSSESSIVES[word]
    return Subject(kind, at, (), gender, words=word)


def _unknown_noun(tokens: Tokens, i: int, text: str) -> Subject | None:
    """`said the hatter`: a noun after an article that no list knows; the last word before a preposition or stop."""
    kinds, words = tokens.kinds, tokens.words
    if i < len(kinds) and kinds[i] is WORD and words[i] in DETERMINERS:
        i += 1
    elif not (i and words[i - 1] in DETERMINERS):
        return None
    head = -1
    for j in range(i, min(i + 3, len(kinds))):
        if kinds[j] is not WORD or words[j] in STOPPERS or words[j].endswith("ly"):
            break
        head = j
    if head < 0:
        return None
    noun = words[head]
    return Subject("noun", tokens.at[head], (), noun_gender(noun), noun, "the " + noun)


def tag_before(tokens: Tokens, text: str, gap: tuple[int, int]) -> Tag | None:
    """The clause right before a quote: `Anna said:`, `he turned and asked,`, `and cried`, `His answer was:`."""
    kinds, words, subjects = tokens.kinds, tokens.words, tokens.subjects
    n = len(kinds)
    if not n:
        return None
    tail = text[gap[0] : gap[1]].rstrip()
    ends = tail[-1:] if tail else ""
    announced = kinds[-1] is STOP and n > 1 and kinds[-2] is SPEECH
    if ends in ".!?" and not announced:
        begin = _last_sentence(kinds[:-1] if kinds[-1] is STOP else kinds)
        subject = next((subjects[j] for j in range(begin, n) if acts(tokens, j)), None)
        return Tag(subject, "beat", False, subject.words) if subject else None
    if announced:
        n -= 1
    begin = _last_sentence(kinds[:n])
    verb = next((j for j in range(n - 1, begin - 1, -1) if kinds[j] is SPEECH), -1)
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
        chosen = next((subjects[j] for j in range(begin, n) if acts(tokens, j)), None)
    if chosen is None:
        return None
    return Tag(
        chosen,
        "colon" if ends == ":" else "before",
        verb >= 0 and (ends in ",:—-" or verb >= n - 2),
        chosen.words + (" " + words[verb] if verb >= 0 else ""),
    )


_CLAUSE_OPENERS = frozenset(
    ["and", "but", "then", "or", "so", "for", "yet", "nor", "that", "when", "while", "whilst", "as", "before",
    "after", "until", "till", "if",
     "because", "though", "although", "since", "where", "whereupon", "which", "upon"]
)  # fmt: skip
_SUBORDINATE = frozenset(
    ["that", "when", "while", "whilst", "as", "before", "after", "until", "till", "if", "because", "though",
    "although", "since", "where"]
)  # fmt: skip
_BE = frozenset(["was", "were", "been", "being", "is", "when", "thus"])


def _speaker_of(tokens: Tokens, begin: int, verb: int, end: int) -> Subject | None:
    """The subject of a verb of speech in the sentence `tokens[begin:end]`: the nearest clause that can own it."""
    kinds, words, subjects = tokens.kinds, tokens.words, tokens.subjects
    if verb + 1 < end and words[verb + 1] == "by":  # accosted by Miss Bingley
        return next((subjects[j] for j in range(verb + 2, min(verb + 4, end)) if kinds[j] is SUBJECT), None)
    if verb + 1 < end and words[verb + 1] == "with" and verb > begin and words[verb - 1] in _BE | ADVERBS:
        passive = any(w in ("was", "were", "been") for w in words[max(begin, verb - 3) : verb])
        if passive:  # Catherine was greeted with: whoever it was, not Catherine
            return None
    if (
        verb + 1 < end
        and kinds[verb + 1] is SUBJECT
        and (verb == begin or words[verb - 1] in ("then", "and", "thus", "so"))
    ):
        return subjects[verb + 1]  # Then said the King
    after_comma = verb > begin and (kinds[verb - 1] in (COMMA, COLON) or words[verb].endswith("ing"))
    fallback: Subject | None = None
    for j in range(verb - 1, begin - 1, -1):
        if words[j] == "who" and kinds[j] is WORD:  # Lydia, who, flying to her, cried
            antecedent = next((x for x in range(j - 1, max(begin, j - 4) - 1, -1) if kinds[x] is SUBJECT), -1)
            return subjects[antecedent] if antecedent >= 0 else fallback
        subject = subjects[j]
        if kinds[j] is not SUBJECT or subject is None:
            continue
        if (
            words[j - 1] in ("for", "after")
            and j > begin
            and all(kinds[x] is SPEECH for x in range(j + 1, verb))
        ):
            return subject  # for the White Rabbit cried out
        if not acts(tokens, j):
            continue
        left = words[j - 1] if j > begin else ","
        if j > begin and kinds[j - 1] is WORD and (left.endswith("ly") or left in ADVERBS) and j > begin + 1:
            left = words[j - 2]
        opens = j == begin or left in _CLAUSE_OPENERS or not left[0].isalpha()
        opens = opens or subject.kind in ("he", "she", "I", "they")
        if all(kinds[x] in (WORD, ACT, SPEECH) for x in range(j + 1, verb)) and verb - j <= 3:
            return subject
        if not opens:
            fallback = fallback or subject
            continue
        inserted = after_comma and left in _SUBORDINATE and kinds[j + 1 : j + 2] != [COMMA]
        if not inserted:
            return subject
        fallback = fallback or subject
    return fallback


def tag_above(prose: Prose, number: int, quotes: Sequence[int], mentions: dict[int, Mention]) -> Tag | None:
    """A tag that ends the paragraph above: `Anna turned and said:` before a paragraph of speech."""
    text = prose.text
    a, b = prose.starts[number], prose.ends[number]
    if quotes:
        a = quote_end(prose, quotes[-1])
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
    tag = tag_before(tokens_of(text, a, b, mentions), text, (a, b))
    if tag is not None and tail[-1] not in ":,—-":
        tag.sure = True
        tag.slot = "colon"
    return tag


def _last_sentence(kinds: list[Kind]) -> int:
    """Where the last sentence of the tokens begins."""
    for j in range(len(kinds) - 1, -1, -1):
        if kinds[j] is STOP:
            return j + 1
    return 0


def splits(
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
    if STOP not in segment.kinds and COLON not in segment.kinds and len(segment.kinds) <= LONG_BETWEEN:
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
        and (STOP in segment.kinds or len(segment.kinds) > LONG_BETWEEN)
    )
