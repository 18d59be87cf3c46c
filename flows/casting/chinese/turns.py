"""Chinese narration around speech: turns, the clauses that tag them, who is named and who is addressed."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

from flows.casting.chinese.introductions import PRESENTED, title_of
from flows.casting.chinese.outright import take_address
from flows.casting.chinese.words import PRONOUNS, ROLE_NOUNS, SPEECH, TITLE_SUFFIXES, alternation, noun_gender
from flows.casting.people import Mention, People
from flows.casting.prose import Prose
from flows.casting.turns import (
    MAX_GAP,
    Slot,
    Subject,
    Tag,
    Turn,
    breaks_off,
    quote_end,
    quote_start,
    speech_by_paragraph,
    take_words,
)

_SPEECH = re.compile(alternation(SPEECH.split("|")))
_NOUN_LIST = sorted((n for n in ROLE_NOUNS if len(n) > 1), key=lambda n: -len(n))
_NOUN_FIRST = frozenset(n[0] for n in _NOUN_LIST)
_NOUN_BY_FIRST = {c: [n for n in _NOUN_LIST if n[0] == c] for c in _NOUN_FIRST}
_OBLIQUE = frozenset("对對向朝跟冲衝给給问問把被让讓叫和与與望看听聽替为為在找请請劝勸扶拉拍的骂告诉诉")
_ACTOR = re.compile(
    alternation(
        [*PRONOUNS, *_NOUN_LIST, *(a + n for a in "大二三四小老" for n in _NOUN_LIST), *"爸妈爹娘哥姐弟妹爷"]
    )
)
_SENTENCE_END = re.compile(r"[。！？!?…]+[”」』]?")
_CLAUSE_END = re.compile("[，,。！？：:；]")
LISTENER_REACH = 120
"""Letters of narration before or after a quote that can hold its tag."""
SHORT_PARAGRAPH = 40
"""A paragraph this short after a line of bare speech is its tag ("少平说。")."""


class Actors:
    """Everybody in the narration of a book, in order; oblique ones (对他) are left out."""

    def __init__(self, prose: Prose, people: People) -> None:
        mentions = people.mentions
        self.persons = people.persons
        self.starts: list[int] = []
        self.subjects: list[Subject] = []
        self.mentions = mentions
        self._starts = [m.start for m in mentions]
        named = {m.start: m for m in mentions}
        at = 0
        for quote in prose.quotes:
            base = prose.starts[quote.paragraph]
            begin = base + (quote.start if quote.kind != "narration" else quote.end)
            if begin > at:
                self._read(prose.text, at, begin, named)
            at = max(at, base + quote.end)
        self._read(prose.text, at, len(prose.text), named)

    def between(self, a: int, b: int) -> list[Subject]:
        """Those who begin in `text[a:b]`."""
        return self.subjects[bisect_left(self.starts, a) : bisect_left(self.starts, b)]

    def meant(self, pronoun: Subject, text: str, begin: int) -> Subject:
        """他 as the only one by name who opens its sentence and stands before it: 曾静惊得呆住了，他喃喃地说."""
        if pronoun.kind not in ("he", "she") or pronoun.who:
            return pronoun
        before = [s for s in self.between(begin, pronoun.start) if s.kind == "name"]
        if not before or text[begin : before[0].start].strip() or len({s.who for s in before}) > 1:
            return pronoun
        who = before[0].who
        fits = len(who) == 1 and self.persons[who[0]].gender in (pronoun.gender, None)
        return replace(pronoun, who=who) if fits else pronoun

    def alone(self, subject: Subject, text: str, a: int, b: int) -> bool:
        """Whether `subject` is one person by name, and `text[a:b]` names nobody else but who is spoken to."""
        if subject.kind != "name" or len(subject.who) != 1 or len(self.between(a, b)) != 1:
            return False
        named = self._starts[bisect_left(self._starts, a) : bisect_left(self._starts, b)]
        return all(at == subject.start or text[at - 1] in _TOLD_TO for at in named)

    def _put(self, subject: Subject) -> None:
        self.starts.append(subject.start)
        self.subjects.append(subject)

    def _read(self, text: str, a: int, b: int, named: dict[int, Mention]) -> None:
        at = a
        lo = bisect_left(self._starts, a)
        places = dict.fromkeys(self._starts[lo : bisect_left(self._starts, b, lo)], "")
        for match in _ACTOR.finditer(text, a, b):
            places[match.start()] = match.group()
        for position in sorted(places):
            if position < at:
                continue
            oblique = position > a and text[position - 1] in _OBLIQUE
            if oblique and text[position - 1] == "的":
                oblique = not _opens_with(text, max(a, at, position - 12), position)
            mention = named.get(position)
            if mention is not None:
                at = mention.end
                noun = _noun_at(text, mention.end, b) if mention.genitive else ""
                if noun:
                    at = mention.end + len(noun)
                    if not oblique:
                        self._put(Subject("noun", position, (), noun_gender(noun), noun, text[position:at]))
                elif not oblique:
                    self._put(Subject("name", position, mention.who, words=text[position : mention.end]))
                continue
            found = places[position]
            end = at = position + len(found)
            if found not in PRONOUNS:
                if not oblique and text[end : end + 1] != "的" and end not in named:  # 保安老魏 is 老魏
                    self._put(Subject("noun", position, (), noun_gender(found), found, found))
                continue
            kind, gender = PRONOUNS[found]
            noun = _noun_at(text, end, b) if len(found) == 1 else ""
            if noun:
                at = end + len(noun)
                if not oblique and at not in named:  # 他妻子王氏 is 王氏
                    self._put(Subject("noun", position, (), noun_gender(noun), noun, text[position:at]))
            elif text[end : end + 1] != "的" and not oblique:
                self._put(Subject(kind, position, (), gender, words=found))


def _opens_with(text: str, a: int, position: int) -> bool:
    """戒指里的老者, 穿红衣的姑娘: whether a clause begins with what describes the one at `position`, from 的 back.

    Args:
        a: where the words before that name nobody begin.
    """
    described = _DESCRIBED.search(text, a, position)
    return described is not None and (described.start() == 0 or text[described.start() - 1] in _CLAUSE_STARTS)


_DESCRIBED = re.compile(r"[\u4e00-\u9fff]{1,10}的$")
_CLAUSE_STARTS = frozenset('，。！？；：\n”」』"　 ')


def _noun_at(text: str, at: int, b: int) -> str:
    if at >= b:
        return ""
    skip = 1 if text[at] in "的大二三四小老" and text[at : at + 2] not in ROLE_NOUNS else 0
    for offset in dict.fromkeys((0, skip)):
        for noun in _NOUN_BY_FIRST.get(text[at + offset : at + offset + 1], ()):
            if text.startswith(noun, at + offset):
                return text[at : at + offset] + noun if offset and text[at] != "的" else noun
    if text[at : at + 1] in ROLE_NOUNS and text[at : at + 1] in "爸妈爹娘哥姐弟妹爷":
        return text[at]
    return ""


@dataclass(frozen=True, slots=True)
class Lead:
    """The paragraph of narration above a paragraph of speech: who acts at its end, whether it ends in a
    colon, and its tag then."""

    subjects: list[Subject]
    colon: bool = False
    tag: Tag | None = None


def find_turns(prose: Prose, people: People) -> list[Turn]:
    """All turns of a Chinese book in order: one for each quote or run of quotes with one tag."""
    text = prose.text
    starts = [m.start for m in people.mentions]
    actors = Actors(prose, people)
    turns: list[Turn] = []
    last = -1
    for number, indices in speech_by_paragraph(prose).items():
        a, b = prose.starts[number], prose.ends[number]
        if prose.quotes[indices[0]].continues and turns:
            turns[-1].quotes.append(indices[0])
            _take(turns[-1], prose, people, indices[0], starts)
            indices = indices[1:]
            last = number
            if not indices:
                continue
        gap = number - last - 1 if last >= 0 else 0
        broke = breaks_off(prose, last, number)
        lead = _lead(prose, number, actors) if gap or last < 0 else Lead([])
        for k, turn in enumerate(_paragraph_turns(prose, number, a, b, indices, actors)):
            turn.lead = lead.subjects
            turn.gap = 0 if turn.same_paragraph else gap
            turn.chain_break = k == 0 and (broke or gap > MAX_GAP)
            if k == 0:
                _tag_by_neighbours(turn, lead, prose, actors)
                if lead.subjects and not turn.before_colon:
                    above = text[prose.starts[number - 1] : prose.ends[number - 1]]
                    _resolve(turn, lead.subjects, prose, people, above)
            for i in turn.quotes:
                _take(turn, prose, people, i, starts)
            turns.append(turn)
        last = number
    _mark_named(turns, prose, people, starts)
    return turns


def _lead(prose: Prose, number: int, actors: Actors) -> Lead:
    """What leads up to paragraph `number`."""
    above = number - 1
    if above < 0 or prose.chapter[above] != prose.chapter[number]:
        return Lead([])
    begin, end = prose.starts[above], prose.ends[above]
    subjects = actors.between(max(begin, end - LISTENER_REACH), end)
    if prose.text[begin:end].rstrip()[-1:] not in ("：", ":"):
        return Lead(subjects)
    return Lead(subjects, True, _tag_before(prose.text, begin, end, actors))


def _tag_by_neighbours(turn: Turn, lead: Lead, prose: Prose, actors: Actors) -> None:
    """The tag of a turn that opens its paragraph, from the paragraph above (up to a colon) or below (少平说。)."""
    opening = prose.text[prose.starts[turn.paragraph] : quote_start(prose, turn.quotes[0])]
    if lead.colon and opening.strip() == "":
        turn.before_colon = True
        if lead.tag is not None:
            turn.tag = lead.tag
    elif turn.tag is None and turn.bare:
        turn.tag = _tag_next_paragraph(prose, turn.paragraph, actors)


def _mark_named(turns: list[Turn], prose: Prose, people: People, starts: list[int]) -> None:
    """Who is named in the narration around each turn, up to its neighbours."""
    for t, turn in enumerate(turns):
        begin, end = prose.starts[turn.paragraph], prose.ends[turn.paragraph]
        if t and turns[t - 1].paragraph == turn.paragraph:
            begin = max(begin, turns[t - 1].end)
        if t + 1 < len(turns) and turns[t + 1].paragraph == turn.paragraph:
            end = min(end, turns[t + 1].start)
        spans = [(quote_start(prose, i), quote_end(prose, i)) for i in turn.quotes]
        for k in range(bisect_left(starts, begin), bisect_left(starts, end)):
            if not any(x <= starts[k] < y for x, y in spans):
                turn.named.extend(people.mentions[k].who)


def _resolve(turn: Turn, lead: list[Subject], prose: Prose, people: People, before: str) -> None:
    """他说 after a paragraph about one man, or after “陈师傅才开口。”: the pronoun is that name."""
    names = [s for s in lead if s.kind == "name" and len(s.who) == 1]
    tag = turn.tag
    if tag is None or not tag.sure or tag.subject.kind not in ("he", "she"):
        return
    opens = _OPENS_MOUTH.search(before) is not None
    fits = [s for s in names if people.persons[s.who[0]].gender in (tag.subject.gender, None)]
    told = {s.who for s in fits}
    presented = [s for s in fits if PRESENTED.search(prose.text[max(0, s.start - 12) : s.start])]
    if presented:
        tag.subject = replace(tag.subject, who=presented[-1].who)
    elif len(told) == 1 or (opens and fits):
        tag.subject = replace(tag.subject, who=fits[-1].who)


_OPENS_MOUTH = re.compile(
    r"(?<!没有)(?<!没)(?<!不)(?:开口|开了口|開口|发话|说话|說話|接口|插嘴|打破了?沉默)了?[。：:]$"
)


def _paragraph_turns(
    prose: Prose, number: int, a: int, b: int, indices: list[int], actors: Actors
) -> list[Turn]:
    text = prose.text
    quotes = [prose.quotes[i] for i in indices]
    edges = [a] + [x for q in quotes for x in (a + q.start, a + q.end)] + [b]
    gaps = [(edges[2 * k], edges[2 * k + 1]) for k in range(len(quotes) + 1)]
    turns: list[Turn] = []
    for k, quote in enumerate(quotes):
        before, after = gaps[k], gaps[k + 1]
        tag: Tag | None = None
        if quote.label:
            tag = _tag_label(
                text, a + quote.start - len(quote.label) - 12, a + quote.start, quote.label, actors
            )
        lead_text = text[before[0] : before[1]].rstrip()
        closed = lead_text[-1:] in ("：", ":", "，", ",") if lead_text else False
        if tag is None and closed:
            tag = _tag_before(text, before[0], before[1], actors)
        if tag is None or not tag.sure:
            last = text[a + quote.inner_end - 1 : a + quote.inner_end]
            after_tag = _tag_after(text, after[0], after[1], actors, last, k + 1 < len(quotes))
            if after_tag is not None and (tag is None or after_tag.sure):
                tag = after_tag
        if tag is None and lead_text and k == 0:
            tag = _tag_before(text, before[0], before[1], actors)
            if tag is not None:
                tag.sure = tag.certain = False
        joins = k > 0 and turns and _continues(text, before, turns[-1], tag, closed)
        if joins:
            turns[-1].quotes.append(indices[k])
            turns[-1].end = a + quote.end
        else:
            turn = Turn(number, prose.chapter[number], a + quote.start, a + quote.end, [indices[k]], tag)
            turn.same_paragraph = k > 0
            turn.before_colon = lead_text[-1:] in ("：", ":")
            turn.bare = (
                len(quotes) == 1
                and not text[a : a + quotes[0].start].strip()
                and not text[a + quotes[-1].end : b].strip()
            )
            turn.label = quote.label
            turns.append(turn)
        turns[-1].subjects.extend(actors.between(*before) if k == 0 or not joins else [])
        if k == len(quotes) - 1 or not turns[-1].subjects:
            turns[-1].subjects.extend(actors.between(after[0], min(after[1], after[0] + LISTENER_REACH)))
    return turns


_ENDS_SPEECH = frozenset("。！？!?")


def _continues(text: str, gap: tuple[int, int], turn: Turn, tag: Tag | None, closed: bool) -> bool:
    """“…，”X说，“…”: the tag between two quotes belongs to both; so does “…”她顿了顿，又道：“…” of one subject.

    “谁？”“是我。”: what ends a sentence is answered right behind it.
    """
    between = text[gap[0] : gap[1]].strip()
    if not between:
        return text[turn.end - 2 : turn.end - 1] not in _ENDS_SPEECH
    if all(c in "，,、…—" for c in between):
        return True
    if turn.tag is None:
        return False
    if gap[0] <= turn.tag.subject.start < gap[1] and (
        tag is None or tag.subject.start == turn.tag.subject.start
    ):
        return between[-1:] in "，,：:" or "。" not in between.rstrip("。")
    if tag is None:
        return "。" not in between
    one, two = turn.tag.subject, tag.subject
    if one.kind == "name" and two.kind == "name":
        return bool(set(one.who) & set(two.who))
    return bool(two.kind in ("he", "she") and two.kind == one.kind)


def _tag_before(text: str, a: int, b: int, actors: Actors) -> Tag | None:
    """The last clause chain before a colon: who opens the last of its clauses that anybody opens, else the first
    subject of the sentence."""
    a = max(a, b - LISTENER_REACH)
    stretch = text[a:b].rstrip()
    colon = stretch[-1:] in ("：", ":")
    begin, end = a, a + len(stretch)
    for match in _SENTENCE_END.finditer(text, a, end):
        if match.end() < end:
            begin = match.end()
    subjects = actors.between(begin, end)
    if not subjects:
        return None
    chosen = subjects[0]
    for subject in subjects[1:]:
        clause = max(text.rfind(mark, begin, subject.start) for mark in "，,；;") + 1 or begin
        if _OPENS_CLAUSE.fullmatch(text, clause, subject.start):
            chosen = subject
    chosen = actors.meant(chosen, text, begin)
    slot: Slot = "colon" if colon else "before"
    sure = colon and _SPEECH.search(text, max(begin, end - 10), end) is not None
    words = text[chosen.start : end]
    plain = sure and _PLAIN.search(words[len(chosen.words) :]) is not None
    opens = not text[begin : chosen.start].strip()
    return Tag(
        chosen, slot, sure, words, plain, certain=sure and opens and actors.alone(chosen, text, begin, end)
    )


_TOLD_TO = frozenset("对對向朝跟冲衝问問")


_PLAIN = re.compile("^[\u4e00-\u9fff]{1,4}[：:]$")
"""What a plain tag has behind its subject: 的道：, 笑着说："""
_OPENS_CLAUSE = re.compile(
    r"(?:但是?|而|可是?|却|卻|这时候?|這時候?|此时|此時|忽然|突然|忽见|忽見|于是|於是|然后|然後|接着|接著|后来|後來|倒是?|还是|還是|不过|不過|"
    r"只见|只見|[只就忽却便]?听[见得]?|[只就忽卻便]?聽[見得]?)?"
    r"(?:[他她]的?(?:[儿兒]子|女[儿兒]|妻子|丈夫|父亲|父親|母亲|母親|[哥姐弟妹][哥姐弟妹]?|旁边的|旁邊的))?\s*"
)
"""What may stand between a comma and the subject of the clause behind it."""


def _tag_label(text: str, a: int, b: int, label: str, actors: Actors) -> Tag | None:
    at = text.find(label, max(0, a), b + 1)
    if at < 0:
        return None
    subjects = actors.between(at, at + len(label))
    return Tag(subjects[0], "before", True, label) if subjects else None


def _tag_after(text: str, a: int, b: int, actors: Actors, last: str, more: bool) -> Tag | None:
    """The clause after a quote: 润叶说。/ 田晓霞大方地问他。/ a beat."""
    if a >= b:
        return None
    stop = _SENTENCE_END.search(text, a, b)
    end = min(stop.end() if stop else b, a + LISTENER_REACH)
    subjects = actors.between(a, end)
    if not subjects:
        return None
    first = subjects[0]
    clause_end = _CLAUSE_END.search(text, first.start, end)
    comma = clause_end.start() if clause_end else end
    ending = text[end - 1 : end]
    verb = _SPEECH.search(text, first.start, min(end, comma if last not in "，," else end))
    if text[b - 1 : b] in ("：", ":") and more and not stop:
        return None  # it introduces the next quote
    near = first.start - a <= 12
    if verb is not None and (_HEARD.match(text, verb.start() - 1) or _LAUGHED.match(text, verb.start())):
        verb = _SPEECH.search(text, verb.end(), min(end, comma if last not in "，," else end))
        if verb is None:
            return None
    sure = (
        near
        and verb is not None
        and verb.group() not in ("想", "哭", "应", "念", "道" if ending == "：" else "想")
        and (comma - first.start) <= 24
    )
    if more and kept_open(text, a, b, first) and first.kind == "name":
        says = _SPEECH.search(text, first.start, b) is not None
        return Tag(
            first, "after", True, text[first.start : b], certain=says and actors.alone(first, text, a, b)
        )
    if sure and last not in "，," and text[comma : comma + 1] in "，,":
        rest = text[comma:end]
        sure = not rest.rstrip().endswith(("：", ":"))
    return Tag(
        first,
        "after" if sure else "beat",
        sure,
        text[first.start : min(end, first.start + 24)],
        certain=sure and first.start == a and actors.alone(first, text, a, end),
    )


_HEARD = re.compile("[听聽][说說]")
_LAUGHED = re.compile("笑(?:了|得|着[\u4e00-\u9fff]{0,2}[摇搖点點][摇搖点點]?头)")
"""What a listener does as often as whoever spoke: 少安不好意思地笑了。"""


def kept_open(text: str, a: int, b: int, first: Subject) -> bool:
    """“…”林医生有些不好意思，“…”: one clause from the name to a comma, and the words go on."""
    return first.start == a and text[b - 1] in "，," and not _SENTENCE_END.search(text, a, b)


def _tag_next_paragraph(prose: Prose, number: int, actors: Actors) -> Tag | None:
    """A short paragraph after a line of bare speech, where a text has one sentence a line."""
    if number + 1 >= len(prose.starts) or prose.chapter[number + 1] != prose.chapter[number]:
        return None
    a, b = prose.starts[number + 1], prose.ends[number + 1]
    stretch = prose.text[a:b].strip()
    if not stretch or stretch[0] == "‘" or stretch[-1] in "：:" or any(mark in stretch for mark in '“「『"'):
        return None
    tag = _tag_after(prose.text, a, b, actors, "", False)
    if len(stretch) > SHORT_PARAGRAPH and not _SPEECH.search(prose.text, a, a + SHORT_PARAGRAPH):
        return None  # 林医生低下头，…: a listener as often as a speaker
    if tag is not None and (len(stretch) > SHORT_PARAGRAPH or tag.subject.start - a > 4):
        tag.sure = tag.certain = False
        tag.slot = "beat"
    return tag


_BARE_TITLE = re.compile("(" + "|".join(t for t in TITLE_SUFFIXES if len(t) > 1) + ")(?=[，！、…—,!])")


def _take(turn: Turn, prose: Prose, people: People, i: int, starts: list[int]) -> None:
    """Take quote `i` into its turn, with who is named and addressed in it."""
    begin, end = take_words(turn, prose, people, i, starts, _is_called)
    bare = _BARE_TITLE.match(prose.text, begin, end)
    if bare:
        bearers = [p.id for p in people.persons if title_of(p.name) == bare.group(1)]
        if len(bearers) == 1:
            turn.vocatives.update(bearers)  # “大夫，…” to 孟大夫
    take_address(turn, prose.text, begin, end)
    turn.question = prose.text[begin:end].rstrip('”」』"').endswith(("？", "?"))


def _is_called(text: str, begin: int, end: int, mention: Mention) -> bool:
    """“别走，少平！”: a name between stops is called; 老 and 小 may stand before, 哥 and 叔 after."""
    before = text[mention.start - 1] if mention.start > begin else ""
    after = text[mention.end] if mention.end < end else ""
    return (not before or before in "，。！？、…—") and (not after or after in "，。！？…—～啊呀哪")
