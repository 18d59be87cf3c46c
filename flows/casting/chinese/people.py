"""Chinese names: who opens the clauses of speech, who has a surname, who is called 老X or X先生; and every mention."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flows.casting.chinese.counts import Clauses, Letters
from flows.casting.chinese.found import Voices, whole_names, without_things
from flows.casting.chinese.introductions import (
    WORDLIKE_SURNAMES,
    add_roles,
    find_titles,
    link_names,
    looks_like_name,
    roles_in,
    same_office,
    title_insides,
    title_of,
    titled_names,
)
from flows.casting.chinese.tagged import add_tagged, false_names
from flows.casting.chinese.tags import is_kin, is_no_name, word_count
from flows.casting.chinese.words import (
    COMPOUND_SURNAMES,
    NOT_NAMES,
    NOT_SUBJECTS,
    PRONOUNS,
    ROLE_NOUNS,
    SPEECH,
    SUBJECT_ENDERS,
    SURNAMES,
    TITLE_SUFFIXES,
    alternation,
    noun_age,
    noun_gender,
)
from flows.casting.nouns import Gender
from flows.casting.people import Mention, People, Person, without
from flows.casting.prose import Prose

_SPEECH_SEARCH = re.compile(alternation(SPEECH.split("|")))
_INSCRIPTION = re.compile(r"[刻写寫印绣繡贴貼题題标標](?:着|著|有|满|滿|了|的是)|上面?[写寫刻印]")
"""背面刻着一行小字：what follows is read, not said."""
_NOT_AFTER_NAMES = frozenset("着著的们們得")
MIN_SEEN = 2
MIN_VARIETY = 2
"""Different letters that must follow a name: what is always followed by one letter is a piece of a longer word."""
SMALL_TEXT = 6000
"""Letters below which a name may be known from a single sentence."""


def mark_mentions(prose: Prose, people: People) -> None:
    """Fill `people.mentions` from every alias of two letters and more (a name of one letter only where it is
    all there is)."""
    owners: dict[str, set[int]] = defaultdict(set)
    for person in people.persons:
        for alias in person.aliases:
            if len(alias) > 1 or len(person.aliases) == 1:
                owners[alias].add(person.id)
    bearers = {alias: tuple(sorted(who)) for alias, who in owners.items()}
    mentions = people.mentions
    mentions.clear()
    text, end = prose.text, 0
    for at, alias in _standing(text, bearers):
        if alias[0].isascii() and _inside_latin(text, at, at + len(alias)):
            continue  # the AI of SAID
        if at >= end:
            end = at + len(alias)
            mentions.append(Mention(at, end, bearers[alias], text.startswith(_POSSESSED, end)))


def _inside_latin(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return (before.isascii() and before.isalnum()) or (
        after.isascii() and after.isalnum() and text[end - 1].isascii()
    )


def _standing(text: str, words: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Every place of every one of `words` in order, at one place the longest first; one pass for all of them."""
    by_start: dict[str, list[str]] = defaultdict(list)
    for word in sorted(set(words), key=lambda w: (-len(w), w)):
        by_start[word[:2]].append(word)
    if not by_start:
        return
    firsts, seconds = ("".join(sorted({start[i : i + 1] for start in by_start})) for i in (0, 1))
    single = "".join(sorted(s for s in by_start if len(s) == 1))
    alone = f"|(?<=[{re.escape(single)}])" if single else ""
    second = f"(?=[{re.escape(seconds)}])" if seconds else "(?!)"
    for match in re.finditer(f"[{re.escape(firsts)}](?:{second}{alone})", text):
        at = match.start()
        for start in (text[at : at + 2], text[at]):
            for word in by_start.get(start, ()):
                if text.startswith(word, at):
                    yield at, word


_POSSESSED = (
    "的",
    "他",
    "她",
    "家的",
    "一家",
    "爸",
    "妈",
    "爹",
    "娘",
    "哥",
    "姐",
    "弟",
    "妹",
    "媳妇",
    "老婆",
    "父亲",
    "母亲",
    "儿子",
    "女儿",
    "丈夫",
    "妻子",
    "家里",
)


def find_people(prose: Prose, quoted: Sequence[tuple[int, int]]) -> People:
    """Everybody with a name, or a role that speaks.

    Args:
        quoted: spans of dialogue in `prose.text`, in order.
    """
    text = prose.text
    small = len(text) < SMALL_TEXT
    narration = _outside(text, quoted)
    letters = Letters(text, narration)
    titles = find_titles(text)
    cuts = title_insides(text, titles)
    least = 1 if small else MIN_SEEN
    starts, follows = letters.at_starts(cuts, least)
    inside = letters.after(SURNAMES, cuts, least)
    spoken, says = _openers(text, narration, letters.clauses)
    for label, times in Counter(q.label for q in prose.quotes if q.label).items():
        spoken[_opening(label) or label] += 2
        says[label] += times
    people = People()
    names: dict[str, Person] = {}
    for name in dict.fromkeys(_surnamed(Openings(text, starts, follows, inside, spoken))):
        person = people.add(name)
        person.aliases[name] += inside[name] or starts[name]
        names[name] = person
    _given_names(people, names, starts, text)
    _titled(people, starts, spoken, text, titles)
    if small:
        merged = link_names(prose, people, add_roles(people, roles_in(text, narration)))
        people = without(people, merged)
    _add_openers(people, names, spoken, text)
    add_tagged(people, text, quoted, least)
    people = _one_name(without(people, false_names(people, text)) if small else people)
    return people if small else without_things(whole_names(people, text), Voices(text, says))


def _add_openers(people: People, names: Collection[str], spoken: Counter[str], text: str) -> None:
    """Whoever opens tags of speech and is nobody yet: a role, or what often enough stands where a name does.

    Args:
        names: of those with a surname. spoken: see `_openers`.
    """
    small = len(text) < SMALL_TEXT
    taken = {alias for p in people.persons for alias in p.aliases}
    doubtful = [] if small else [_bare(opener) for opener, n in spoken.items() if n >= MIN_SEEN]
    places = _places(text, [w for w in doubtful if not {w, w[:2], w[:3]} & taken and w not in NOT_NAMES])
    for opener, count in spoken.most_common():
        opening = _bare(opener)
        if len(opening) == 1 and opening not in _ONE_LETTER:
            continue
        if opening in names or (opening in NOT_NAMES and not _is_role(opening)) or opening in taken:
            continue
        if opening in COMPOUND_SURNAMES:
            continue
        if small and any(n.startswith(opening) and text.count(n) == text.count(opening) for n in names):
            continue  # 林小 of 林小满
        noun = next((opening[-n:] for n in range(len(opening), 0, -1) if opening[-n:] in ROLE_NOUNS), "")
        if (
            noun
            or count >= MIN_SEEN
            or (small and len(opening) > 1 and (looks_like_name(opening) or word_count(opening)))
        ):
            name = opening if not noun or len(opening) - len(noun) <= 2 else noun
            if _SPEECH_SEARCH.fullmatch(name) or name in NOT_SUBJECTS or _PREDICATE.search(name):
                continue
            if not noun and (name[:2] in taken or name[:3] in taken):
                continue  # 润叶突然 begins with her name
            if not (noun or small) and (_follows_names(text, places[name], taken) or is_no_name(name, count)):
                continue
            if (
                (name in NOT_NAMES and not noun)
                or (name[0] in "这那其有此一两几" and not noun)
                or name in taken
            ):
                continue
            if (len(name) == 1 and count < 4) or name in PRONOUNS or name[0] in "他她我你":
                continue
            person = people.add(
                name,
                "role" if noun else "name",
                noun_gender(noun) if noun else None,
                f"“{noun}”" if noun and noun_gender(noun) else "",
            )
            person.age = noun_age(noun) if noun else None
            person.aliases[name] += count
            taken.add(name)


def _openers(
    text: str, narration: Sequence[tuple[int, int]], clauses: Clauses
) -> tuple[Counter[str], Counter[str]]:
    """Who opens the sentences that tag speech (林小满推开门，笑道：“…” and “…”林小满说。), and who the very clause that
    says so has before its verb."""
    spoken: Counter[str] = Counter()
    says: Counter[str] = Counter()
    begins, ends, stretch = clauses.starts, clauses.ends, clauses.stretch

    @cache  # a book has 行者道 a thousand times
    def who_acts(clause: str) -> tuple[str, ...]:
        return (_opening(clause), *_apposed(clause))

    within = -1
    for k, (a, b, number) in enumerate(zip(begins, ends, stretch, strict=True)):
        opens, within = number != within, number
        colon = text[b : b + 1] in _COLONS
        if not opens and not colon:
            continue
        start, stop = narration[number]
        word = text[a:b]
        colon = colon and not _INSCRIPTION.search(word)
        if not (colon and (b + 1 >= stop or _SPEECH_SEARCH.search(word))) and not (
            opens and start and text[start - 1] in '”」』"’' and _SPEECH_SEARCH.search(word)
        ):
            continue
        names = list(who_acts(word))
        verb = _SPEECH_SEARCH.search(word, 1)
        if verb:
            says[word[: verb.start()]] += 1
        first = k
        while first and stretch[first - 1] == number:
            first -= 1
            if text[begins[first] - 1] in _SENTENCE_ENDS:
                break
        for earlier in range(first, k):
            acting = who_acts(text[begins[earlier] : ends[earlier]])
            names += acting
            if acting[0]:
                break
        for name in dict.fromkeys(names):  # in order: ids must not hang on the hashes of a process
            if name:
                spoken[name] += 1
    return spoken, says


_COLONS = frozenset("：:")
_SENTENCE_ENDS = frozenset("。！？!?\n：:")


_PREDICATE = re.compile(
    r"[曰怒惊驚詫诧]|心[裡里裏中下]|[連连]{2}|磕頭|磕头|[口嘴手眼肚腹脑腦耳腰怀懷袖脚腳][裡里裏中內内]|[内內]中|[银銀]子|.[他她我你]|似$"
)
"""Letters of what somebody does or feels, of where and with what (口裡, 向他); no name has them."""
FOLLOWING = 0.25
"""Share of its uses at which a word right after known names is what they do (玄德商議), and not a name."""
FOLLOWING_SAMPLE = 200


def _bare(opener: str) -> str:
    """An opener without the verb of speech that closes it."""
    return opener.rstrip("曰道云言問问說说") or opener


def _places(text: str, words: Sequence[str]) -> dict[str, list[int]]:
    """Where each of `words` stands, the first `FOLLOWING_SAMPLE` times; one pass over the text for all of them."""
    places: dict[str, list[int]] = {word: [] for word in words}
    for at, word in _standing(text, places):
        found = places[word]
        if len(found) < FOLLOWING_SAMPLE and (not found or at >= found[-1] + len(word)):
            found.append(at)
    return places


def _follows_names(text: str, places: Sequence[int], names: Container[str]) -> bool:
    after = sum(text[max(0, at - 2) : at] in names or text[max(0, at - 3) : at] in names for at in places)
    return len(places) >= 4 and after > FOLLOWING * len(places)


def _is_role(word: str) -> bool:
    return word in ROLE_NOUNS and word not in ("左右", "来人", "對方", "对方") and not is_kin(word)


def _one_name(people: People) -> People:
    """黄人瑞 and 人瑞 found apart are one, where only one surname goes with the given name."""
    by_name = {p.name: p for p in people.persons if p.kind == "name"}
    bare = {name for name in by_name if len(name) == 2} | {
        n[1:] for n in by_name if n[0] in WORDLIKE_SURNAMES
    }
    full: dict[str, list[Person]] = defaultdict(list)
    for name, person in by_name.items():
        surname = name[:2] if name[:2] in COMPOUND_SURNAMES else name[:1]
        given = name[len(surname) :]
        if len(given) == 2 and (surname in (*COMPOUND_SURNAMES, *SURNAMES) or _is_rare(person, given, bare)):
            full[given].append(person)
    gone = set()
    for given, owners in full.items():
        alone = by_name.get(given)
        uses = alone.aliases[given] if alone else 0
        # 和拖雷, 向拖雷, 都晓得: what stands before the name is a word that is also a surname
        false = [
            owner
            for owner in owners
            if owner.name[0] in WORDLIKE_SURNAMES
            and max(uses, owner.aliases[given]) > 3 * owner.aliases[owner.name]
        ]
        whole = [owner for owner in owners if owner not in false]
        if alone is not None and len(whole) == 1:
            whole[0].aliases.update(alone.aliases)
            gone.add(alone.id)
        kept = whole[0] if len(whole) == 1 else alone
        for owner in false:
            if kept is None and not whole and not is_no_name(given, 0):
                kept = owner
                del owner.aliases[owner.name]
                owner.name = given
                continue
            if kept is not None:
                kept.aliases[given] = max(kept.aliases[given], owner.aliases[given])
            gone.add(owner.id)
    return without(people, gone) if gone else people


RARE_USES = 5
"""Times a name must stand with a first letter that is no known surname, for it to be one (冠晓荷)."""


def _is_rare(person: Person, given: str, bare: Container[str]) -> bool:
    """Whether a name has a rare surname: the rest of it stands alone, too."""
    return given in bare and person.name[0] not in "小老阿大" and person.aliases[person.name] >= RARE_USES


def _apposed(clause: str) -> list[str]:
    """老魏 of 这时保安老魏跑过来: a nickname right after the noun it goes with."""
    return [
        match.group()
        for match in _CALLED.finditer(clause)
        if match.group()[1] in SURNAMES and clause[: match.start()].endswith(_ROLE_ENDINGS)
    ]


_ONE_LETTER = frozenset("公王帝后僧妃娘爹妈爷")
_ROLE_ENDINGS = tuple(noun for noun in ROLE_NOUNS if len(noun) > 1)
_NOUNS = sorted(ROLE_NOUNS, key=lambda n: -len(n))


def _outside(text: str, quoted: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    out, at = [], 0
    for a, b in quoted:
        if a > at:
            out.append((at, a))
        at = max(at, b)
    out.append((at, len(text)))
    return out


_PLAIN_VERBS = frozenset("说說道问問笑曰云对對把向答喊叫将將在")


def _opening(clause: str) -> str:
    """The one who acts at the start of a clause: up to four letters before the first verb, adverb or preposition."""
    clause = clause.lstrip("但那而这")
    surname = 2 if clause.startswith(COMPOUND_SURNAMES) else int(clause[:1] in SURNAMES)
    if not clause or (clause[0] in SUBJECT_ENDERS and not surname):
        return ""
    for length in (4, 3, 2):
        if clause[:length] in ROLE_NOUNS:
            return clause[:length]
    for i, letter in enumerate(clause[:6]):
        if letter in SUBJECT_ENDERS and i > 0:
            if i < surname or (i == surname and letter not in _PLAIN_VERBS):
                continue  # 司马, 林小满, 令狐冲: after a surname almost any letter may be a name's
            if i == 1 and not surname:
                return ""
            return clause[:i] if i <= 4 else ""
    return clause if len(clause) <= 4 else ""


@dataclass(frozen=True, slots=True)
class Openings:
    """How the short strings of a text stand in it.

    Args:
        starts: how often each opens a clause; `follows`: the letters seen after it there.
        inside: how often each that begins with a surname stands anywhere.
        spoken: how often each opens a sentence that tags speech.
    """

    text: str
    starts: Counter[str]
    follows: Mapping[str, set[str]]
    inside: Counter[str]
    spoken: Counter[str]

    @property
    def small(self) -> bool:
        """Whether the text is so short that a name may be known from a single sentence."""
        return len(self.text) < SMALL_TEXT


def _surnamed(openings: Openings) -> list[str]:
    """Surname and one or two letters, seen often enough with different letters after them."""
    inside, spoken = openings.inside, openings.spoken
    least = 1 if openings.small else MIN_SEEN
    often = [
        (name, count)
        for name, count in inside.items()
        if count >= least and (name in openings.starts or name in spoken)
    ]
    chosen: list[str] = []
    for name, count in sorted(often, key=lambda x: (-len(x[0]), -x[1])):
        if _may_be_surnamed(name, count, openings):
            fits = _is_short_name if len(name) == 2 else _is_long_name
            if fits(name, count, openings, chosen):
                chosen.append(name)
    return list(dict.fromkeys([*_without_false_surnames(chosen, inside), *_compound(openings)]))


def _may_be_surnamed(name: str, count: int, openings: Openings) -> bool:
    """Whether a string is no known word, and is seen as a name is."""
    spoken, follows = openings.spoken.get(name), openings.follows.get(name, set())
    if name in NOT_NAMES or name[:2] in NOT_NAMES or name in NOT_SUBJECTS or name[1:] in NOT_SUBJECTS:
        return False
    if _PREDICATE.search(name) or (len(name) == 2 and name[1] in "之於于"):
        return False
    if any(letter in _NEVER_IN_NAMES for letter in name[1:]):
        return False
    if not openings.small and is_no_name(name, spoken or 0):
        return False
    if spoken:
        return True
    often = openings.starts.get(name, 0) >= MIN_SEEN and len(follows) >= MIN_VARIETY
    if not often and not _is_known_from_little(name, count, openings):
        return False
    return not openings.small or _is_followed_as_a_name(name, follows)


def _is_followed_as_a_name(name: str, follows: set[str]) -> bool:
    """Whether more than 的 and the like follows it, and it is no word of the language."""
    return bool(follows - _NOT_AFTER_NAMES) and not word_count(name)


def _is_known_from_little(name: str, count: int, openings: Openings) -> bool:
    """Whether a short text shows enough: it opens a clause, and stands twice (小满 without 林 counts, too)."""
    if not openings.small or not openings.starts.get(name):
        return False
    return count > 1 or (len(name) == 3 and openings.text.count(name[1:]) > count)


def _is_short_name(name: str, count: int, openings: Openings, chosen: Sequence[str]) -> bool:
    """Two letters: not the beginning of longer names, and opening clauses often."""
    longer = sum(openings.inside[n] for n in chosen if n.startswith(name))
    if longer * 2 > count or name in ROLE_NOUNS:
        return False
    tags = openings.spoken.get(name, 0)
    return openings.starts.get(name, 0) >= 3 or tags >= (1 if openings.small else 2)


def _is_long_name(name: str, count: int, openings: Openings, chosen: Sequence[str]) -> bool:
    """Three letters: not a surname with a title, and not a name of two with the word after it (孙少平说 is
    孙少平, 金波说 is 金波)."""
    inside, spoken, opens = openings.inside, openings.spoken, openings.starts.get(name, 0)
    if name[1:] in ROLE_NOUNS or name[1:] in TITLE_SUFFIXES:
        return False
    short = name[:2]
    if (
        inside[name] < 0.75 * inside[short]
        and openings.starts[short] - opens >= 3
        and spoken.get(short, 0) > spoken.get(name, 0)
    ):
        return False
    once = opens and inside[name] < 2 and not spoken.get(name)
    return not once or _is_known_from_little(name, count, openings)


def _without_false_surnames(names: Sequence[str], inside: Counter[str]) -> list[str]:
    """Less 和少安, 章田福: a surname that is really the word before another name; and less 少平 beside 孙少平."""
    given = {n[1:] for n in names if len(n) == 3}
    chosen = [
        n
        for n in names
        if not (
            len(n) == 3
            and (n[1:] in given or n[1:] in names)
            and any(m != n and (m[1:] == n[1:] or m == n[1:]) and inside[m] > 3 * inside[n] for m in names)
        )
    ]
    chosen = [
        n
        for n in chosen
        if not (
            len(n) == 3 and any(m.startswith(n[1:]) and inside[m] > 3 * inside[n] for m in chosen if m != n)
        )
    ]
    given = {m[1:] for m in chosen if len(m) == 3}
    return [n for n in chosen if not (len(n) == 2 and n in given)]


def _compound(openings: Openings) -> list[str]:
    """欧阳修: names with a surname of two letters, by surname."""
    opening = [(n, count) for n, count in openings.starts.items() if n.startswith(COMPOUND_SURNAMES)]
    return [
        name
        for surname in COMPOUND_SURNAMES
        for name, count in opening
        if name.startswith(surname)
        and len(name) in (3, 4)
        and count >= MIN_SEEN
        and len(openings.follows[name]) > 1
        and not any(c in _NEVER_IN_NAMES for c in name[2:])
        and not (len(name) == 4 and openings.starts.get(name[:3], 0) > 3 * count)  # 令狐冲大 of 令狐冲大喜
    ]


_NEVER_IN_NAMES = frozenset(
    "的了着著是在不没沒说說道问問他她我你们們这這那也就都和对對向把被又还還到去来來上下里裏个個一二三四五六七八九十什么麼怎吗嗎呢吧啊呀很太才却卻要会會能可以为為从從给給让讓听聽看见見想走跑笑哭叫喊拿坐站家人们手头頭脸臉眼心爸妈媽爷爺奶哥姐弟叔婶嬸嫂姨舅姑"
)


def _given_names(people: People, names: dict[str, Person], starts: Counter[str], text: str) -> None:
    """少平 for 孙少平, where the two letters open clauses without the surname."""
    given: dict[str, list[Person]] = defaultdict(list)
    for name, person in names.items():
        if len(name) == 3:
            given[name[1:]].append(person)
        elif len(name) == 4:
            given[name[2:]].append(person)
    for alias, owners in given.items():
        if alias in NOT_NAMES or alias in ROLE_NOUNS or alias in NOT_SUBJECTS:
            continue
        bare = starts.get(alias, 0)
        alone = len(text) < SMALL_TEXT and text.count(alias) > sum(text.count(p.name) for p in owners)
        if bare >= 1 or alone:
            for person in owners:
                person.aliases[alias] += bare


_CALLED = re.compile(r"(?:老|小|阿)[\u4e00-\u9fff]")


def _titled(
    people: People,
    starts: Counter[str],
    spoken: Counter[str],
    text: str,
    titles: Sequence[tuple[int, int]],
) -> None:
    """老陈, 小林, 阿衡, 田主任, 福堂叔: aliases of the one person they can mean, or people of their own."""
    suffixes = sorted(TITLE_SUFFIXES, key=lambda s: -len(s))
    taken = {alias for p in people.persons for alias in p.aliases}
    endings = tuple(suffixes)
    small = len(text) < SMALL_TEXT
    seen = {word: n for word, n in starts.items() if (n >= MIN_SEEN or word in spoken) and word not in taken}
    seen |= {word: n for word, n in spoken.items() if small and _CALLED.fullmatch(word) and word not in taken}
    for word, n in titled_names(text, titles).items():
        opens = starts.get(word, 0)
        if word in taken or not (opens >= MIN_SEEN or n >= MIN_SEEN or (small and opens)):
            continue
        if word[0] not in WORDLIKE_SURNAMES or opens >= MIN_SEEN or spoken.get(word, 0) >= MIN_SEEN:
            seen[word] = max(n if small else opens, seen.get(word, 0))
    for word, count in sorted(seen.items(), key=lambda x: (-x[1], x[0])):
        if word in NOT_NAMES or word in taken or word in ROLE_NOUNS:
            continue
        stem, gender = "", None
        suffix = ""
        if word.endswith(endings):
            suffix = next((s for s in suffixes if word.endswith(s) and len(word) > len(s)), "")
        if suffix:
            stem, gender = word[: -len(suffix)], TITLE_SUFFIXES[suffix]
            if not (stem in SURNAMES or stem in COMPOUND_SURNAMES or (stem in taken and suffix != "老")):
                continue
            if len(suffix) == 1 and len(stem) == 1 and not spoken.get(word):
                continue
        elif _CALLED.fullmatch(word) and (word[1] in SURNAMES or spoken.get(word)):
            stem = word[1]
        else:
            continue
        owners = [p for p in people.persons if stem in p.aliases or (len(stem) == 1 and p.name[0] == stem)]
        owners = [p for p in owners if gender is None or p.gender in (None, gender)]
        if suffix:
            owners = [p for p in owners if not title_of(p.name) or same_office(title_of(p.name), suffix)]
        if len(owners) == 1:
            owners[0].aliases[word] += count
            taken.add(word)
            if gender and owners[0].gender is None:
                owners[0].gender, owners[0].gender_evidence = gender, f"“{word}”"
        elif len(owners) != 1 and (spoken.get(word) or count >= (1 if small and len(suffix) > 1 else 3)):
            person = people.add(word, gender=gender, evidence=f"“{word}”" if gender else "")
            person.aliases[word] += count
            taken.add(word)


def add_short_forms(people: People) -> None:
    """Given names of a cast list (少平 of 孙少平), where they belong to one person."""
    forms: dict[str, list[Person]] = defaultdict(list)
    taken = {alias for person in people.persons for alias in person.aliases}
    for person in people.persons:
        for alias in list(person.aliases):
            if (
                len(alias) == 3
                and alias[0] in SURNAMES
                and alias[1:] not in ROLE_NOUNS
                and alias[1:] not in TITLE_SUFFIXES
            ):
                forms[alias[1:]].append(person)
    for form, owners in forms.items():
        if form not in taken and len({p.id for p in owners}) == 1:
            owners[0].aliases[form] += 0


def name_gender(name: str, table: dict[str, int]) -> tuple[float, Gender | None]:
    """Log odds of a female bearer from the letters of a full or given name."""
    given = (
        name[2:]
        if name[:2] in COMPOUND_SURNAMES and len(name) > 2
        else name[1:]
        if len(name) in (2, 3) and name[0] in SURNAMES
        else name
    )
    if len(name) == 2 and len(given) == 2:
        given = name
    score = sum(table.get(letter, 0) for letter in given) / 1.5
    return score, "female" if score > 0.6 else "male" if score < -0.6 else None
