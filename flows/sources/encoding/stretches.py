"""Bytes that are not all in one encoding, or damaged: read line by line, each as what it is.

UTF-8 has a grammar that other pages hardly ever keep by chance, so lines that keep it are UTF-8, provided they say
something; the others are read in the page that makes the most of them, or as UTF-8 with characters missing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from flows.sources.encoding.faults import Fault, faults_of
from flows.sources.encoding.pages import Reading, read_as, read_page
from flows.sources.encoding.plausible import count_beyond_ascii, odd_lines, plausibility

UTF8 = "utf-8"
IN_PART = " in part"
_USUAL_PAGES = ("gb18030", "big5hkscs", "cp950", "cp1252")
"""What a stretch may be in, beside what its bytes look like: four bytes say little."""
DOUBLE = ("gb18030", "big5hkscs", "cp950", "cp932", "cp949")
"""Pages of two bytes a character, which one missing byte puts out of step to the end of the line."""
MIN_LIKELY = 0.5
"""Plausibility below which a reading is no better than a damaged one."""
MARGIN = 0.1
"""How much more plausible another reading must be."""
SURE_CHARACTERS = 20
"""Characters beyond ASCII in the grammar of UTF-8 that no page has by chance."""
SURE_KINDS = 6
"""Different ones among them: 图 of GBK keeps the grammar as often as it stands alone on a line."""
FEW = 10
"""Lines that keep the grammar by chance, of a film in GBK: one in 40 (哦, 什么); there are at least so many others."""
MIN_PART = 4
"""Bytes of a page that stand for themselves; fewer are the rest of a character that was cut."""
MIN_DETECTED = 8
"""Bytes above 127 that tell a page; fewer are taken for one of the usual pages."""
MAX_STEPS = 20
"""Bytes that a file may have lost or gained; one with more is no text."""
SAMPLE_BYTES = 8192
"""A page is told by this much of its lines."""
LONGEST_LINE = 600
"""Bytes of a line that is tried at every one of them."""

_UTF8_RUN = re.compile(rb"(?:[\xe2-\xe9\xef][\x80-\xbf]{2}[\x00-\x7f]*){2,}|[\x00-\x7f]+")
"""Chinese in UTF-8 within a line of another page, which looks like this once in many thousand bytes."""
_LOST = re.compile("\ufffd+")


def read_stretches(data: bytes) -> tuple[Reading, list[Fault]]:
    """Bytes that are no UTF-8 from end to end.

    Returns: the text with the encoding of most of it, and the lines that are in another one.
    """
    lines = data.splitlines(keepends=True)
    high = [i for i, line in enumerate(lines) if not line.isascii()]
    readings = {i: Reading(text, UTF8) for i in high if (text := _utf8(lines[i])) is not None}
    others = [i for i in high if i not in readings]
    pages = _Pages([lines[i] for i in others])
    if _holds("".join(r.text for r in readings.values()), b"".join(lines[i] for i in readings), pages):
        readings |= {i: pages.read(lines[i]) for i in others}
        weight: dict[str, int] = {}
        for i, reading in readings.items():
            encoding = UTF8 if reading.encoding.endswith(IN_PART) else reading.encoding
            weight[encoding] = weight.get(encoding, 0) + len(lines[i])
        main = max(weight, key=lambda encoding: weight[encoding])
    else:
        whole = read_page(data)
        readings = {i: read_as(lines[i], whole.encoding) for i in high}
        better = _better_lines(readings, lines, whole.encoding)
        if not better:
            return whole, []
        readings |= better
        main = whole.encoding
    text = "".join(
        readings[i].text if i in readings else line.decode("ascii") for i, line in enumerate(lines)
    )
    return Reading(text, main, text.count("\ufffd")), _told(readings, main)


def _utf8(line: bytes) -> str | None:
    try:
        return line.decode(UTF8)
    except UnicodeDecodeError:
        return None


def _holds(text: str, data: bytes, pages: _Pages) -> bool:
    """Whether lines in the grammar of UTF-8 are UTF-8, rather than a few of a page that keep it by chance.

    Args:
        text: these lines, decoded; "" where there are none.
        data: their bytes.
        pages: what the other lines are in.
    """
    if not text:
        return pages.damaged
    likely = plausibility(text)
    if pages.page in DOUBLE and len(data) * FEW < pages.size and not _has_long_forms(text):
        own = read_as(data, pages.page)
        if not own.bad and plausibility(own.text) >= MIN_LIKELY:
            return False
    kinds = len({character for character in text if character > "\x7f"})
    if count_beyond_ascii(text) >= SURE_CHARACTERS and kinds >= SURE_KINDS:
        return likely >= 0
    return likely >= MIN_LIKELY and likely > plausibility(read_as(data, pages.page).text) + MARGIN


def _has_long_forms(text: str) -> bool:
    """Whether a text has characters of three bytes in UTF-8, as Chinese has; pairs of a page hardly ever make one."""
    return sum(character > "\u07ff" for character in text) * 10 >= count_beyond_ascii(text)


def _better_lines(readings: Mapping[int, Reading], lines: Sequence[bytes], page: str) -> dict[int, Reading]:
    """Lines that a file's page makes nonsense of: in another one, or out of step after a byte that is missing."""
    order = list(readings)
    odd = {order[i] for i in odd_lines([readings[i].text for i in order])}
    strange = [
        i
        for i in order
        if readings[i].bad
        or (i in odd and _high_bytes(lines[i]) >= MIN_DETECTED and _is_strange(readings[i].text))
    ]
    if not strange:
        return {}
    pages = _Pages([lines[i] for i in strange])
    better: dict[int, Reading] = {}
    for i in strange:
        choices = [_in_step(lines[i], page)] if len(strange) <= MAX_STEPS else [readings[i]]
        if len(strange) < len(readings):
            choices.append(pages.read(lines[i]))
        best = max(choices, key=lambda reading: plausibility(reading.text))
        likely = plausibility(best.text)
        if likely >= MIN_LIKELY and likely > plausibility(readings[i].text) + MARGIN:
            better[i] = best
    return better


def _high_bytes(data: bytes) -> int:
    return sum(byte > 0x7F for byte in data)


def _is_strange(text: str) -> bool:
    """Whether a line, or half of it, reads like nothing: bytes out of step may go wrong only from there on."""
    middle = len(text) // 2
    return any(
        plausibility(half) < MIN_LIKELY for half in (text[:middle], text[middle:]) if not half.isascii()
    )


def _in_step(line: bytes, page: str) -> Reading:
    """A line of double bytes that lost one of them, read on with the next character."""
    whole = read_as(line, page)
    if page not in DOUBLE or len(line) > LONGEST_LINE:
        return whole
    texts = [
        f"{line[:at].decode(page, 'replace')}\ufffd{line[at + 1 :].decode(page, 'replace')}"
        for at, byte in enumerate(line)
        if byte > 0x7F
    ]
    text = _LOST.sub("\ufffd", max([whole.text, *texts], key=plausibility))
    return Reading(text, page, text.count("\ufffd"))


def in_step(data: bytes, reading: Reading) -> Reading:
    """UTF-16 that lost or gained a byte, read on from there: line ends that stand between two characters show it.

    Args:
        reading: the bytes as UTF-16, as they stand.
    """
    marks = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
    encoding = marks.get(data[:2], reading.encoding)
    if encoding not in marks.values():
        return reading
    data = data[2:] if data[:2] in marks else data
    newline, lost = "\n".encode(encoding), "\ufffd".encode(encoding)
    steps = 0
    while steps < MAX_STEPS and (end := _newline_between(data, newline)) >= 0:
        begin = max(0, end - LONGEST_LINE, data.rfind(newline, 0, end))
        begin += begin % 2
        tries = {at: data[begin:at] + lost + data[at + 1 : end] for at in range(begin, end, 2)}
        best = max(tries, key=lambda at: plausibility(tries[at].decode(encoding, "replace")))
        data = data[:best] + lost + data[best + 1 :]
        steps += 1
    if not steps:
        return reading
    text = _LOST.sub("\ufffd", data.decode(encoding, "replace"))
    return Reading(text, reading.encoding, text.count("\ufffd"))


def _newline_between(data: bytes, newline: bytes) -> int:
    """Where the first line end stands at an odd offset; -1 where none does."""
    at = data.find(newline)
    while at >= 0 and at % 2 == 0:
        at = data.find(newline, at + 1)
    return at


def _told(readings: Mapping[int, Reading], main: str) -> list[Fault]:
    lines = [""] * (max(readings, default=-1) + 1)
    for i, reading in readings.items():
        lines[i] = reading.text
    faults: list[Fault] = []
    for encoding in sorted({reading.encoding for reading in readings.values()} - {main}):
        own = [i for i, reading in readings.items() if reading.encoding == encoding]
        faults += faults_of(lines, own, "other-encoding", encoding)
    return faults


class _Pages:
    """Lines that are not UTF-8, and the page that most of them are in together.

    `size` counts their bytes; `damaged` tells that most are UTF-8 all the same, but for some bytes.
    """

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._whole = b"".join(line for line in lines if not _is_torn(line))
        self.size = sum(map(len, lines))
        self.damaged = 2 * len(self._whole) < self.size

    @cached_property
    def page(self) -> str:
        sample = self._whole[:SAMPLE_BYTES]
        many = _high_bytes(sample) >= MIN_DETECTED
        candidates = dict.fromkeys([read_page(sample).encoding, *_USUAL_PAGES] if many else _USUAL_PAGES)
        return max(candidates, key=lambda page: plausibility(read_as(sample, page).text))

    def read(self, line: bytes) -> Reading:
        """One line: in parts of UTF-8 and of the page, or all in the page."""
        parts, own = self._in_parts(line), read_as(line, self.page)
        likely = plausibility(own.text)
        return own if likely >= MIN_LIKELY and likely > plausibility(parts.text) else parts

    def _in_parts(self, line: bytes) -> Reading:
        parts: list[Reading] = []
        at = 0
        for run in _UTF8_RUN.finditer(line):
            parts += [self._part(line[at : run.start()]), Reading(run.group().decode(UTF8), UTF8)]
            at = run.end()
        parts.append(self._part(line[at:]))
        text = "".join(part.text for part in parts)
        mixed = any(part.encoding != UTF8 for part in parts)
        return Reading(text, f"{self.page}{IN_PART}" if mixed else UTF8, text.count("\ufffd"))

    def _part(self, data: bytes) -> Reading:
        """Bytes between stretches of UTF-8: in the page, or what is left of damaged characters."""
        torn = read_as(data, UTF8)
        if len(data) < MIN_PART or not torn.bad:
            return torn
        own = read_as(data, self.page)
        return own if not own.bad and plausibility(own.text) >= MIN_LIKELY else torn


def _is_torn(line: bytes) -> bool:
    """Whether a line is UTF-8 but for a few bytes of it."""
    text = line.decode(UTF8, "replace")
    return count_beyond_ascii(text) >= 4 * text.count("\ufffd")
