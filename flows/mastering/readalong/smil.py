"""Media Overlay documents (EPUB 3.3, 9.2): a par for each marked stretch, with its text and its clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from flows.mastering.readalong.clips import Clip
from tts_core.durations import clock


@dataclass(frozen=True, slots=True)
class Par:
    """A stretch of text and its sound.

    Args:
        text: the id of the marked element.
        audio: address of the sound file, relative to the overlay.
        note: a footnote, which players can skip (EPUB 3.3, 9.4.2).
    """

    text: str
    audio: str
    clip: Clip
    note: bool = False


def smil(document: str, start: str, pars: Sequence[Par]) -> bytes:
    """The overlay of a content document.

    Args:
        document: its address, relative to the overlay. start: the id of the element that holds all of the pars' texts.
    """
    rows = []
    for number, par in enumerate(pars, 1):
        kind = ' epub:type="footnote"' if par.note else ""
        rows.append(
            f'<par id="p{number}"{kind}><text src={quoteattr(f"{document}#{par.text}")}/>'
            f"<audio src={quoteattr(par.audio)} clipBegin={quoteattr(clock_value(par.clip.begin))}"
            f" clipEnd={quoteattr(clock_value(par.clip.end))}/></par>"
        )
    body = "\n".join(rows)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<smil xmlns="http://www.w3.org/ns/SMIL" xmlns:epub="http://www.idpf.org/2007/ops" version="3.0">\n'
        f'<body>\n<seq id="s1" epub:textref={quoteattr(f"{document}#{start}")}>\n{body}\n</seq>\n</body>\n</smil>\n'
    ).encode()


def clock_value(milliseconds: int) -> str:
    """A clock value (EPUB 3.3, 9.2.3): `0:01:02.500`."""
    return clock(milliseconds / 1000, decimals=3)
