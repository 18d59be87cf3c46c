"""One page that shows a casting: who speaks when, who talks to whom, every voice to hear, and the lines to check.

One self-contained HTML file: no script, no font, no picture from elsewhere; readable on a phone.
"""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Mapping, Sequence

from flows.casting.assign import conversations
from flows.casting.nouns import GENDER_LETTERS, Casting
from flows.casting.readers import reader_for
from flows.casting.review import least_certain

TIMELINE_PEOPLE = 24
MAP_PEOPLE = 14
TIMELINE_BINS = 160
REVIEW_LINES = 40
CONTEXT_LETTERS = 160
_COLOURS = (
    "#4269d0",
    "#c2570c",
    "#2f8f5b",
    "#b3364b",
    "#8a5bb8",
    "#8a6d1f",
    "#1f8a94",
    "#c2418f",
    "#5b6b7b",
    "#6b8f1f",
)

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2430;--soft:#5c6675;--line:#d9dee6;--paper:#fff;--mark:#fff3cd}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#9aa5b4;--line:#333b47;--paper:#14181f;--mark:#4a3d10}}
*{box-sizing:border-box}body{margin:0 auto;padding:1rem;max-width:64rem;font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p.soft,small{color:var(--soft)}
div.wide{overflow-x:auto}div.wide svg{min-width:36rem}svg{display:block;width:100%;height:auto}svg text{fill:var(--ink);font:13px system-ui,sans-serif}.grid{stroke:var(--line)}.axis{fill:var(--soft)}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.4rem .5rem .4rem 0;border-bottom:1px solid var(--line)}
td.n{text-align:right;font-variant-numeric:tabular-nums}audio{width:100%;min-width:9rem;height:2rem}
blockquote{margin:.6rem 0;padding:.5rem .7rem;border-left:3px solid var(--line);overflow-wrap:anywhere}mark{background:var(--mark);color:inherit}
.dot{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.4em}
@media(max-width:40rem){table,tbody,tr,td{display:block}thead{display:none}tr{border-bottom:1px solid var(--line);padding:.5rem 0}td{border:0;padding:.1rem 0}td.n{text-align:left}td[data-label]::before{content:attr(data-label) ": ";color:var(--soft)}}
"""


def cast_html(
    casting: Casting,
    chapters: Sequence[Sequence[str]],
    *,
    voices: Mapping[str, str] | None = None,
    auditions: Mapping[str, str] | None = None,
    title: str = "",
    chapter_titles: Sequence[str] = (),
) -> str:
    """The page, as text.

    Args:
        casting: who speaks.
        chapters: the paragraph texts that were cast; lines to check are shown with what stands around them.
        voices: character -> voice name.
        auditions: character -> source of an audio player (a path relative to the page, or a `data:` URI).
        title: of the book.
        chapter_titles: for the timeline's tool tips; may be shorter than the chapters.
    """
    text = reader_for(casting.language).page
    colours = {c.name: _COLOURS[i % len(_COLOURS)] for i, c in enumerate(casting.characters)}
    doubts = least_certain(casting, REVIEW_LINES)
    tellers = casting.tellers or ((casting.narrator,) if casting.narrator else ())
    told = text["first"].format(name=", ".join(tellers)) if tellers else text["third"]
    summary = text["summary"].format(
        n=len(casting.characters),
        lines=sum(c.lines for c in casting.characters),
        told=told,
        doubt=len(doubts),
    )
    heading = f"{title} · {text['title']}" if title else text["title"]
    parts = [
        f"<!doctype html><html lang='{text['lang']}'><head><meta charset='utf-8'>",
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{_e(heading)}</title><style>{_STYLE}</style></head><body>",
        f'<h1>{_e(heading)}</h1><p class="soft">{_e(summary)}</p>',
        f"<h2>{_e(text['timeline'])}</h2><div class='wide'>"
        f"{_timeline(casting, chapters, colours, chapter_titles)}</div>",
        f"<h2>{_e(text['map'])}</h2>{_map(casting, colours)}",
        f"<h2>{_e(text['cast'])}</h2>{_table(casting, colours, voices or {}, auditions or {}, text)}",
        f"<h2>{_e(text['review'])}</h2>",
    ]
    if not doubts:
        parts.append(f"<p>{_e(text['none'])}</p>")
    for doubt in doubts:
        words = chapters[doubt.chapter][doubt.paragraph]
        span = doubt.span
        before = words[max(0, span.start - CONTEXT_LETTERS) : span.start]
        if len(before) < CONTEXT_LETTERS and doubt.paragraph:
            before = chapters[doubt.chapter][doubt.paragraph - 1][-CONTEXT_LETTERS:] + " ¶ " + before
        after = words[span.end : span.end + CONTEXT_LETTERS]
        chapter = (
            text["chapter"].format(doubt.chapter + 1)
            if "{}" in text["chapter"]
            else f"{text['chapter']} {doubt.chapter + 1}"
        )
        parts.append(
            f"<blockquote>{_e(before)}<mark>{_e(words[span.start : span.end])}</mark>{_e(after)}<br><small>"
            f"<b>{_e(span.speaker or text['unknown'])}</b> · {_e(text['sure'])} {span.confidence:.0%} · {_e(chapter)}"
            + (f" · {_e(text['because'])} {_e(span.evidence)}" if span.evidence else "")
            + "</small></blockquote>"
        )
    parts.append("</body></html>\n")
    return "\n".join(parts)


def _e(text: str) -> str:
    return html.escape(text, quote=True)


def _timeline(
    casting: Casting, chapters: Sequence[Sequence[str]], colours: Mapping[str, str], titles: Sequence[str]
) -> str:
    """A row a character, a tick where it speaks; the taller the more of that stretch is its speech."""
    people = [c.name for c in casting.characters[:TIMELINE_PEOPLE] if c.lines]
    if not people:
        return ""
    starts: list[list[int]] = []
    edges, at = [0], 0
    for paragraphs in chapters:
        row = []
        for paragraph in paragraphs:
            row.append(at)
            at += len(paragraph)
        starts.append(row)
        edges.append(at)
    total = max(1, at)
    bins: Counter[tuple[str, int]] = Counter()
    for chapter, number, span in casting.dialogue():
        if span.speaker in people:
            k = min(TIMELINE_BINS - 1, (starts[chapter][number] + span.start) * TIMELINE_BINS // total)
            bins[str(span.speaker), k] += span.end - span.start
    row_height, left, width = 22, 132, 800
    height = row_height * len(people) + 22
    step = (width - left) / TIMELINE_BINS
    out = [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="timeline">']
    for order, edge in enumerate(edges[:-1]):
        x = left + (width - left) * edge / total
        name = titles[order] if order < len(titles) else str(order + 1)
        out.append(
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - 20}"><title>{_e(name)}</title></line>'
        )
        if len(edges) <= 16 or order % math.ceil(len(edges) / 16) == 0:
            out.append(f'<text class="axis" x="{x + 2:.1f}" y="{height - 6}">{order + 1}</text>')
    full = total / TIMELINE_BINS
    for row_number, name in enumerate(people):
        y = row_height * row_number
        shown = name if len(name) <= 17 else name[:16] + "…"
        out.append(
            f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{_e(shown)}</text><g fill="{colours[name]}">'
        )
        for k in range(TIMELINE_BINS):
            size = bins.get((name, k), 0)
            if size:
                tall = 3 + (row_height - 7) * min(1.0, math.sqrt(size / full))
                out.append(
                    f'<rect x="{left + k * step:.1f}" y="{y + row_height - 3 - tall:.1f}" '
                    f'width="{max(1.5, step - 0.6):.1f}" height="{tall:.1f}"/>'
                )
        out.append("</g>")
    out.append("</svg>")
    return "".join(out)


def _map(casting: Casting, colours: Mapping[str, str]) -> str:
    """The chief characters on a circle; a line between two as thick as they talk to each other."""
    people = [c for c in casting.characters[:MAP_PEOPLE] if c.lines]
    pairs = conversations(casting)
    if len(people) < 2 or not pairs:
        return ""
    size, radius = 640, 220
    place = {
        c.name: (
            size / 2 + radius * math.sin(2 * math.pi * i / len(people)),
            size / 2 - radius * math.cos(2 * math.pi * i / len(people)),
        )
        for i, c in enumerate(people)
    }
    most = max(pairs.values())
    out = [
        f'<svg viewBox="0 0 {size} {size}" role="img" aria-label="conversations" style="max-width:40rem;margin:auto">'
    ]
    for (a, b), n in sorted(pairs.items(), key=lambda item: item[1]):
        if a in place and b in place:
            (x1, y1), (x2, y2) = place[a], place[b]
            out.append(
                f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" stroke="{colours[a]}" '
                f'stroke-opacity=".55" '
                f'stroke-linecap="round" stroke-width="{0.6 + 11 * math.sqrt(n / most):.1f}"><title>{_e(a)} '
                f"– {_e(b)}</title></line>"
            )
    loudest = max(c.lines for c in people)
    for c in people:
        x, y = place[c.name]
        r = 6 + 16 * math.sqrt(c.lines / loudest)
        anchor = "start" if x > size / 2 + 5 else "end" if x < size / 2 - 5 else "middle"
        dx = (r + 4) * (1 if anchor == "start" else -1 if anchor == "end" else 0)
        dy = (r + 14) * (1 if y > size / 2 else -1) if anchor == "middle" else 5
        out.append(
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.1f}" fill="{colours[c.name]}"><title>{_e(c.name)}: '
            f"{c.lines}</title></circle>"
            f'<text x="{x + dx:.0f}" y="{y + dy:.0f}" text-anchor="{anchor}">{_e(c.name)}</text>'
        )
    out.append("</svg>")
    return "".join(out)


def _table(
    casting: Casting,
    colours: Mapping[str, str],
    voices: Mapping[str, str],
    auditions: Mapping[str, str],
    text: Mapping[str, str],
) -> str:
    head = "".join(f"<th>{_e(text[key])}</th>" for key in ("name", "lines", "gender", "voice"))
    out = [f"<table><thead><tr>{head}</tr></thead><tbody>"]
    for c in casting.characters:
        also = f"<br><small>{_e(text['also'])} {_e(', '.join(c.aliases[:8]))}</small>" if c.aliases else ""
        gender = (GENDER_LETTERS[c.gender] if c.gender else "–") + (f", {c.age}" if c.age else "")
        why = f"<br><small>{_e(c.gender_evidence)}</small>" if c.gender_evidence else ""
        voice = _e(voices.get(c.name, "–"))
        if c.name in auditions:
            voice += f'<br><audio controls preload="none" src="{_e(auditions[c.name])}"></audio>'
        out.append(
            f'<tr><td><span class="dot" style="background:{colours[c.name]}"></span><b>{_e(c.name)}</b>{also}</td>'
            f'<td class="n" data-label="{_e(text["lines"])}">{c.lines}</td>'
            f'<td data-label="{_e(text["gender"])}">{_e(gender)}{why}</td>'
            f'<td data-label="{_e(text["voice"])}">{voice}</td></tr>'
        )
    out.append("</tbody></table>")
    return "".join(out)
