"""How Chinese prints speech: marks, none at all (X道：…), labels (甲：), and what is read from a thing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flows.casting.chinese.written import is_written
from flows.casting.quotes import DASH_START, SPEECH_STOPS, Conventions, Quote, Quoted, QuoteKind

_LABEL = re.compile(
    r"\s*(?:【([^】]{1,8})】[:：]?|([\u4e00-\u9fff]{1,6}(?<![说說道问問答曰喊叫想]))"
    r"(?:（[^）]{1,20}）)?[：:])\s*(?=\S)"
)
_UNMARKED = re.compile(
    r"([^\n。！？：“”「」]{1,24}?)(问道|問道|说道|說道|答道|笑道|喊道|叫道|骂道|罵道|怒道|回答|问|問|道|说|"
    r"說|曰|云|答|喊|叫|想|云)[：:]\s*(?=[^\s“「『\"‘])"
)


_NAME = re.compile(
    r"(?![又对對向连連忙就便却卻然而再还還只也都立接])[\u4e00-\u9fff·]{2,5}|[A-Za-z][A-Za-z.’' -]{0,30}"
)
"""What stands before a verb of speech and may be a name by itself; else the clause is looked at for who acts."""


def is_speech(quoted: Quoted) -> bool:
    """False for titles and signs: no stop inside, in the middle of a sentence, or written on a thing."""
    inner, before = quoted.inner, quoted.before
    if is_written(quoted):
        return False
    if quoted.last in SPEECH_STOPS or (len(inner) > 12 and any(c in "，。！？；" for c in inner)):
        return True
    if before[-1:] in "：:":
        return True
    after = quoted.text[quoted.end : quoted.end + 1]
    return not before and (not quoted.text[quoted.end :].strip() or after in "，。")


def find_unmarked(paragraphs: Sequence[str]) -> list[Quote]:
    """Chinese without marks: `X问：…`, `X道：…` to the end of the paragraph, and lines led by a dash."""
    quotes = []
    for number, text in enumerate(paragraphs):
        end = len(text.rstrip())
        dash = DASH_START.match(text)
        if dash and not _SOURCE.match(text, dash.end(), end):
            quotes.append(Quote(number, dash.end(), end, dash.end(), end))
            continue
        tags = [m for m in _UNMARKED.finditer(text) if m.end() < end]
        for i, tag in enumerate(tags):
            stop = tags[i + 1].start() if i + 1 < len(tags) else end
            last = i + 1 == len(tags)
            stop = _before_action(text, tag.end(), stop) if last else _back_to_clause(text, tag.end(), stop)
            kind: QuoteKind = "thought" if tag.group(2) == "想" else "speech"
            if stop > tag.end():
                name = _NAME.fullmatch(tag.group(1).strip())
                label = name.group() if name else ""
                quotes.append(Quote(number, tag.end(), stop, tag.end(), stop, kind=kind, label=label))
    return quotes


def _back_to_clause(text: str, start: int, stop: int) -> int:
    """The last sentence end before `stop`: what follows it introduces the next speaker."""
    last = max((text.rfind(mark, start, stop) for mark in "。！？"), default=-1)
    return last + 1 if last >= 0 else stop


_SOURCE = re.compile("[^。！？]*《[^》]+》[^。！？]*$")
"""——冯承钧译《多桑蒙古史》: where words above come from."""
_ACTION = re.compile(r"[^。！？…]*[。！？…]+$")
_ACTS = re.compile("[他她]|[说說][着著完罢罷]|大家|众人|眾人")
_SAID = re.compile("[你我您咱]")


def _before_action(text: str, start: int, stop: int) -> int:
    """Where speech ends before what is done behind it: 走罢。他一边说着，一边掀开了案板。"""
    while sentence := _ACTION.search(text, start, stop):
        if sentence.start() == start or not _ACTS.match(sentence.group()) or _SAID.search(sentence.group()):
            break
        stop = sentence.start()
    return stop


CONVENTIONS = Conventions(
    without_marks="unmarked",
    led_by_dashes="unmarked",
    find_unmarked=find_unmarked,
    unmarked=_UNMARKED,
    is_speech=is_speech,
    label=_LABEL,
    label_signs="：:【",
    blank_lines=False,
)
