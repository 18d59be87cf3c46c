"""English persons under several names, where the text says so: Strider, whose real name was Aragorn; they called him
the Chief; "My name is Bartholomew, but everyone calls me Batty"."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from flows.casting.english.families import ELDEST_APART
from flows.casting.english.spellings import NEAR_CHARS, key
from flows.casting.english.words import PERSON_NOUNS, TITLES
from flows.casting.nouns import Gender
from flows.casting.people import Mention, People, Person
from flows.casting.prose import Prose
from flows.casting.renames import merge, named_by, offices_by_turns, talks_of, told_as_one
from flows.casting.turns import Turn, inside, spoken_stretches

REACH = 240
"""Letters back in which the one is named whom a pronoun means."""
TELLING = 110
"""Letters before a name that may tell of whom it is."""
BREATH = 90
"""Letters between two names that one breath can say are one."""

_KIND_OF_NAME = (
    "(?:real|true|full|proper|own|first|last|Christian|given|birth|maiden|other|old|new|stage|pen|right|"
    "former|whole)"
)
_OFTEN = (
    r"(?:also|better|otherwise|once|commonly|generally|usually|always|sometimes|often|formerly|now|simply|only|just|"
    r"universally|affectionately|locally|then|later|still|really|actually|properly|more|best|in truth|in fact)"
)
_BY = r"(?:\s+(?:to|by|in|among|throughout|around|at)\s+[^.!?;:,]{1,40}?)?"
_CALLED = r"(?:called|named|nicknamed|christened|dubbed|baptized|baptised|styled|surnamed|titled|renamed)"
_KNOWN = rf"(?:known{_BY}\s+(?:simply\s+|only\s+)?(?:as|by(?: the name of)?)|{_CALLED}{_BY}|alias|a\.?k\.?a\.?|née?)"
_PEOPLE = (
    r"(?:they|people|everyone|everybody|all|we|some|others|most|folk|folks|men|the (?:whole )?[a-z]+|"
    r"his [a-z]+|her [a-z]+|"
    r"their [a-z]+)(?:\s+(?:in|at|on|of)\s+(?:the\s+)?\w+)?"
)
_THE = r"(?:the\s+)?[“\"‘']?"
_ONE_BREATH = re.compile(
    rf",?\s+(?:whose|and (?:his|her)|but (?:his|her))\s+(?:{_KIND_OF_NAME}\s+)*name\s+(?:is|was|had been)\s+{_THE}"
    rf"|(?:,\s*|\s*\(|,?\s+(?:(?:who|that)\s+)?(?:is|was|had been)\s+|,?\s+(?=alias|a\.?k|née?))(?:{_OFTEN}\s+)*"
    rf"{_KNOWN}\s+{_THE}"
    rf"|,?\s*\(?(?:who|whom)\s+{_PEOPLE}\s+(?:{_OFTEN}\s+)*(?:called|calls?|named|nicknamed)\s+{_THE}"
    rf"|,?\s+(?:who\s+)?(?:{_OFTEN}\s+)*(?:calls?|called|styled|named|signed)\s+(?:himself|herself)\s+{_THE}"
    rf"|\s+(?:is|was)\s+(?:really|actually|none other than|no other than|in truth|in fact|in reality|another name for|"
    rf"short for|the (?:real|true|full) name of)\s+{_THE}"
    rf"|[’']s\s+(?:{_KIND_OF_NAME}\s+)+name\s+(?:is|was)\s+{_THE}"
    rf"|,\s+or\s+{_THE}(?=[^,.!?;]{{1,30}}(?:,| as )\s*(?:as|to|for|he|she|everyone|everybody|people|they))"
)
"""What stands between two names of one person."""
_OF_A_PRONOUN = re.compile(
    rf"(?:\b(?:called|calls?|named|nicknamed|christened|dubbed|baptized|baptised|knew|addressed)\s+(?P<object>him|her)"
    rf"(?:\s+(?:{_OFTEN}|as|by the name of))*"
    rf"|\b(?P<subject>[Hh]e|[Ss]he)\s+(?:{_OFTEN}\s+)*(?:(?:calls?|called|styled|named|signed)\s+(?:himself|herself)|"
    rf"(?:was|is|had been|has been)\s+(?:{_OFTEN}\s+)*{_KNOWN}|"
    r"(?:went by|goes by|answered to|answers to)(?: the name of)?)"
    rf"|\b(?P<of>[Hh]is|[Hh]er)\s+(?:{_KIND_OF_NAME}\s+)*(?:nick)?name\s+(?:{_BY}\s+)?(?:is|was|had been)"
    rf"|(?:^|[.!?;][\"”]?\s+)To\s+[^.!?;,]{{2,40}},?\s+(?P<to>he|she)\s+(?:was|had been|became)\s+"
    rf"(?:{_OFTEN}\s+)+)"
    rf"\s*{_THE}$"
)
"""What stands before a name that is somebody's whom a pronoun means."""
_TOLD_NAME = re.compile(r"\b(?:his|her) name (?:is|was)\s*[“\"‘']?$", re.IGNORECASE)
_IN_A_LIST = (", and ", ", the ")
SURE_OF_TITLE = 3
"""What Archdeacon Grantly weighs beside the archdeacon in a list of names."""
_ALONE = r"\s*[,.;:)—]|\s(?:of|who|at|in|to|from|was|had|with|whose|and)\b"
"""What follows a noun that is not the half of another."""
_MARRIED = frozenset(
    title for title, (kind, _) in TITLES.items() if kind in ("mrs", "aunt", "mother", "queen")
)
NAMED = 5
"""Times somebody is named before his name is no longer told."""
_HINTS = (
    "call", "name", "known", "knew", "dub", "alias", "aka", "a.k", "né", "christen", "bapti", "styl", "titled",
    "signed", "answer", "went by", "goes by", "To ", " or ", "really", "actually", "other than", "short for",
    "in truth", "in fact", "in reality",
)  # fmt: skip
"""Of these, one stands wherever a name is told of somebody."""
_OF_ME = re.compile(
    r"(?:\b[Mm]y\s+(?:\w+\s+)?name(?:['’]s|\s+is|\s+was)|\b[Tt]he name(?:['’]s|\s+is)|\bcalls?\s+me|\bcalled\s+me|"
    r"\bI(?:['’]m|\s+am|\s+was)\s+(?:called|named|known as)|\bI\s+go\s+by|\bI call myself|\bknown me as|\bname me)"
    r"\s*,?\s*(?:the\s+)?[“\"‘']?$"
)
_NICKNAME = re.compile(r"([A-Z][a-z]+)[^\S\n]+[“\"‘'(]([A-Z][A-Za-z]+)[”\"’')][^\S\n]+(?=[A-Z][a-z]+)")
_CALLS = re.compile(r",\s+(?:called|named)\s+")
_WHERE = re.compile(
    r"\s+(?:to|up|over|in|into|back|out|aside|away|from|on|down|off|after|across|upon|at|for|a|an|and|his|her|their)\b"
)
"""Behind a name that somebody calls out: he called Levin to her side."""
_CALLER = re.compile(r"\s+(?:\w+ly\s+|had\s+|always\s+|never\s+|once\s+|often\s+)*$")


def merge_renamed(prose: Prose, people: People, turns: Sequence[Turn]) -> People:
    """See `Reader.merge_renamed`."""
    merged = told_as_one(people, turns, _pairs(prose, people, turns))
    return merge(people, turns, merged) if merged else people


def _pairs(prose: Prose, people: People, turns: Sequence[Turn]) -> list[tuple[int, int, bool]]:
    """Persons whose names the text gives to one, and whether in one breath."""
    text, mentions = prose.text, people.mentions
    starts = [mention.start for mention in mentions]
    found = [(a, b, True) for a, b in _in_one_breath(text, mentions)]
    found += [(a, b, True) for a, b in _nicknames_between(text, mentions, starts)]
    found += _of_pronouns(prose, people)
    found += _of_themselves(prose, people, turns, starts)
    found += [(name, office, False) for office, name in _offices(text, people, turns).items()]
    found += [(one, miss, False) for one, miss in _misses(prose, people)]
    return found


def is_office(person: Person) -> bool:
    """The barman, the Vicar: somebody with no name but what he is."""
    if person.kind == "role":
        return person.name.startswith("the ")
    return (
        person.kind == "name"
        and {alias.lower().removeprefix("the ") for alias in person.aliases} <= PERSON_NOUNS
    )


def _offices(text: str, people: People, turns: Sequence[Turn]) -> dict[int, int]:
    """Offices that speak, and whose each is: as the text says, or by turns; nobody's where the two differ."""
    talks = talks_of(turns)
    by_turns = offices_by_turns(people, turns, talks, is_office)
    found = dict(by_turns)
    for name, office, times in _in_office(text, people):
        if office in by_turns:
            if by_turns[office] != name:
                del found[office]
        elif times > 1 or any({name, office} <= those for those in talks):
            found[office] = name
    return found


def _in_office(text: str, people: People) -> Iterator[tuple[int, int, int]]:
    """Somebody, an office, and how often it is said to be theirs: Mr. McBryde, the District Superintendent, …;
    he was appointed warden; Archdeacon Grantly. Nobody's where several are said to have it."""
    offices = {
        person.name.removeprefix("the ").lower(): person.id
        for person in people.persons
        if is_office(person) and not person.name.endswith("s")
    }
    if not offices:
        return
    noun = "|".join(sorted(map(re.escape, offices), key=len, reverse=True))
    holders: dict[str, Counter[int]] = {}
    for word, holder in _titled(text, people, noun):
        holders.setdefault(word, Counter())[holder] += SURE_OF_TITLE
    for word, holder, weight in _apposed(text, people, noun):
        holders.setdefault(word, Counter())[holder] += weight
    for word, persons in holders.items():
        ((holder, times), *others) = persons.most_common(2)
        if not others or times > 3 * others[0][1]:
            yield holder, offices[word], times


def _titled(text: str, people: People, noun: str) -> Iterator[tuple[str, int]]:
    """Archdeacon Grantly: an office of `noun`, and the man of that surname who is named most."""
    names: dict[str, list[int]] = {}
    for person in people.persons:
        if person.kind == "name" and person.gender != "female":
            for surname in {words[-1] for words in map(key, person.aliases) if len(words) > 1}:
                names.setdefault(surname, []).append(person.id)
    told = Counter(m.who[0] for m in people.mentions if len(m.who) == 1)
    titles = "|".join(map(str.title, noun.split("|")))
    for match in re.finditer(rf"\b(?P<noun>{titles})\s(?:[A-Z][a-z]+\s)?(?P<surname>[A-Z][a-z]+)\b", text):
        if bearers := names.get(match["surname"].lower()):
            yield match["noun"].lower(), max(bearers, key=told.__getitem__)


def _apposed(text: str, people: People, noun: str) -> Iterator[tuple[str, int, int]]:
    """An office of `noun` and who is said to have it, with a weight: Mr. McBryde, the District Superintendent, …;
    the elder, Zossima; the elder Zossima; he was appointed warden."""
    behind = re.compile(
        rf"(?:\s?[,—–]\s?(?:the|our|then|now)\s(?:(?!assistant|deputy|former)[\w-]+\s){{0,2}}?|"
        rf"\s(?:was (?:appointed|made|elected)|had become|became|as)\s(?:the\s)?)(?P<noun>{noun})(?={_ALONE})",
        re.I,
    )
    before = re.compile(rf"\b[Tt]he\s(?:(?:[a-z-]+\s){{0,2}}?(?P<noun>{noun}),|(?P<title>{noun}))\s$", re.I)
    for mention in people.mentions:
        if len(mention.who) != 1 or mention.genitive or is_office(people.persons[mention.who[0]]):
            continue
        if after := behind.match(text, mention.end):
            if text[after.end() : after.end() + 6] not in _IN_A_LIST:
                yield after["noun"].lower(), mention.who[0], 1
        elif ahead := before.search(text, max(0, mention.start - BREATH), mention.start):
            if ahead["title"]:
                yield ahead["title"].lower(), mention.who[0], SURE_OF_TITLE
            elif text[mention.end : mention.end + 1] in (",", ";", ")", ":", "."):
                yield ahead["noun"].lower(), mention.who[0], 1


def _misses(prose: Prose, people: People) -> Iterator[tuple[int, int]]:
    """Miss Bart, who is the only Lily Bart there is; not a Miss Barry who keeps standing beside Diana Barry."""
    spelled = {person.id: [key(alias) for alias in person.aliases] for person in people.persons}
    spoken = spoken_stretches(prose)
    told = [m for m in people.mentions if len(m.who) == 1 and not inside(spoken, m.start)]
    seen = Counter(m.who[0] for m in told)
    beside: Counter[tuple[int, int]] = Counter()
    for left, right in itertools.pairwise(told):
        if left.who != right.who and right.start - left.end < NEAR_CHARS:
            beside[min(left.who[0], right.who[0]), max(left.who[0], right.who[0])] += 1
    for person in people.persons:
        names = spelled[person.id]
        if not names or any(len(words) != 2 or words[0] != "miss" for words in names):
            continue
        women = [
            other.id
            for other in people.persons
            if other.id != person.id
            and other.gender == "female"
            and any(len(words) > 1 and words[-1] == names[0][1] for words in spelled[other.id])
            and not any(words[0] in _MARRIED for words in spelled[other.id] if words)
        ]
        if len(women) == 1:
            near = beside[min(women[0], person.id), max(women[0], person.id)]
            if near < 2 or near <= ELDEST_APART * min(seen[women[0]], seen[person.id]):
                yield women[0], person.id


def _in_one_breath(text: str, mentions: Sequence[Mention]) -> Iterator[tuple[int, int]]:
    for left, right in itertools.pairwise(mentions):
        if not 3 < right.start - left.end < BREATH or len(left.who) != 1 or len(right.who) != 1:
            continue
        if (
            left.who != right.who
            and not right.genitive
            and any(hint in text[left.end : right.start] for hint in _HINTS)
            and _ONE_BREATH.fullmatch(text, left.end, right.start)
            and not (_CALLS.fullmatch(text, left.end, right.start) and _WHERE.match(text, right.end))
        ):
            yield left.who[0], right.who[0]


def _nicknames_between(
    text: str, mentions: Sequence[Mention], starts: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """William "Red" Keller."""
    at = {mention.start: mention for mention in mentions}
    for match in _NICKNAME.finditer(text):
        owners = [at[place] for place in (match.start(1), match.start(2), match.end()) if place in at]
        for one, other in itertools.pairwise(owners):
            if len(one.who) == len(other.who) == 1 and one.who != other.who:
                yield one.who[0], other.who[0]


def _of_pronouns(prose: Prose, people: People) -> list[tuple[int, int, bool]]:
    """Everybody called him the Chief: him is whoever acts in the sentence before."""
    spoken = spoken_stretches(prose)
    narrated = [
        m for m in people.mentions if len(m.who) == 1 and not m.genitive and not inside(spoken, m.start)
    ]
    found: list[tuple[int, int, bool]] = []
    last: tuple[int, int, Gender] | None = (
        None  # who was told of before, where, and the gender of the pronoun
    )
    for k, mention in enumerate(narrated):
        window = prose.text[max(0, mention.start - TELLING) : mention.start]
        if not any(hint in window for hint in _HINTS):
            continue
        told = _OF_A_PRONOUN.search(prose.text, max(0, mention.start - TELLING), mention.start)
        if told is None:
            continue
        who = mention.who[0]
        pronoun = next(word for word in told.groups() if word).lower()
        gender: Gender = "male" if pronoun in ("he", "him", "his") else "female"
        if last is not None and mention.start - last[1] < BREATH and last[2] == gender and last[0] != who:
            found.append((last[0], who, True))  # he called himself X, but his mother had christened him Y
        else:
            caller = told.start() if told["object"] else -1
            before = [m for m in narrated[max(0, k - 8) : k] if m.who != mention.who]
            meant = _meant(prose.text, people, before, told.start(), caller, gender)
            if meant is not None and not (
                _TOLD_NAME.search(told.group()) and _is_new(narrated, k, meant, people)
            ):
                found.append((meant, who, False))
        last = (who, mention.end, gender)
    return found


def _is_new(narrated: Sequence[Mention], k: int, meant: int, people: People) -> bool:
    """Whether the name of mention `k` is told for the first time, and who is meant had one all along: nobody is asked
    for that again."""
    before = [m.who[0] for m in narrated[:k]]
    return (
        people.persons[meant].kind == "name"
        and narrated[k].who[0] not in before
        and before.count(meant) >= NAMED
    )


def _meant(
    text: str, people: People, before: Sequence[Mention], begin: int, caller: int, gender: Gender
) -> int | None:
    """Whom the pronoun at `text[begin]` means: the last one named before who may be meant.

    Args:
        caller: where the verb of calling stands, if the pronoun is its object: Tom called him, but not Tom.
    """
    for other in reversed(before):
        if other.start < begin - REACH:
            return None
        if caller >= 0 and _CALLER.fullmatch(text, other.end, caller):
            continue
        if people.persons[other.who[0]].gender in (gender, None):
            return other.who[0]
    return None


def _of_themselves(
    prose: Prose, people: People, turns: Sequence[Turn], starts: Sequence[int]
) -> list[tuple[int, int, bool]]:
    """ "My name is Bartholomew," said the new boy, "but everyone calls me Batty.\""""
    found = []
    for turn in turns:
        own: list[int] = []
        for i in turn.quotes:
            quote = prose.quotes[i]
            base = prose.starts[quote.paragraph]
            begin, end = base + quote.inner_start, base + quote.inner_end
            for mention in people.mentions[bisect_left(starts, begin) : bisect_left(starts, end)]:
                told = len(mention.who) == 1 and not mention.genitive and mention.who[0] not in own
                if told and _OF_ME.search(prose.text, max(begin, mention.start - 40), mention.start):
                    own.append(mention.who[0])
        speaker = named_by(turn)
        if own and speaker >= 0:
            own.append(speaker)
        found += [(a, b, True) for a, b in itertools.pairwise(own) if a != b]
    return found
