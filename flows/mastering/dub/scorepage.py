"""The scorecard as one HTML page that needs nothing else: gates, timeline, and a player for every line."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np

from flows.mastering.dub.render import DUB_RATE
from flows.mastering.ffmpeg import run
from tts_core.durations import clock
from tts_core.sound import Samples

PREVIEW_RATE = 16_000
PREVIEW_BITS = 24_000
LANE_HEIGHT = 46
SECONDS_PER_ROW = 60.0
ROW_WIDTH = 1180
_COLOURS = {"source": "#9aa4b2", "planned": "#4c7bd9", "delivered": "#2e9e6b", "flagged": "#d9534f"}

_STYLE = """
:root{color-scheme:light dark;font:14px/1.45 system-ui,sans-serif}
body{margin:2rem auto;max-width:1240px;padding:0 1rem}
h1{font-size:1.35rem;margin:0 0 .3rem}h2{font-size:1.05rem;margin:1.8rem 0 .5rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #8884;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.ok{color:#2e9e6b}.bad{color:#d9534f;font-weight:600}
.key span{display:inline-block;width:.9em;height:.9em;margin:0 .3em 0 1em;vertical-align:-.1em}
button{font:inherit;padding:0 .5em;cursor:pointer}tr.playing{background:#4c7bd933}
svg{display:block;width:100%;height:auto}svg text{font:10px system-ui,sans-serif;fill:currentColor}
audio{width:100%;margin:.5rem 0}small{opacity:.75}
"""

_SCRIPT = """
const audio=document.getElementById('dub');let stop=null,row=null;
function end(){if(row)row.classList.remove('playing');row=null;stop=null}
audio.addEventListener('timeupdate',()=>{if(stop!==null&&audio.currentTime>=stop){audio.pause();end()}});
document.addEventListener('click',e=>{const b=e.target.closest('[data-from]');if(!b)return;
end();audio.currentTime=Math.max(0,+b.dataset.from-.15);stop=+b.dataset.to+.15;
row=document.getElementById('line-'+b.dataset.id);if(row)row.classList.add('playing');audio.play()});
"""


def score_page(report: Mapping[str, Any], delivered: Path, preview: bytes) -> str:
    """The page for a report (`DubDelivery.to_json`).

    Args:
        delivered: the file. preview: its dub track as MP3, to be listened to from the page.
    """
    lines: Sequence[Mapping[str, Any]] = report["lines"]
    verdict = "passes every gate" if report["passed"] else "misses a gate"
    title = html.escape(delivered.name)
    gates = "".join(
        f"<tr><td>{html.escape(g['name'])}</td><td class=n>{g['value']:g}</td><td>{html.escape(g['limit'])}</td>"
        f"<td class={'ok' if g['passed'] else 'bad'}>{'passed' if g['passed'] else 'missed'}</td></tr>"
        for g in report["gates"]
    )
    metrics = "".join(
        f"<tr><td>{html.escape(name)}</td><td class=n>{value:g}</td></tr>"
        for name, value in report["metrics"].items()
    )
    warned = "".join(f"<li>{html.escape(text)}</li>" for text in report["warnings"])
    key = "".join(f"<span style='background:{colour}'></span>{name}" for name, colour in _COLOURS.items())
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}: dub report</title><style>{_STYLE}</style></head><body>
<h1>{title}</h1><p class={"ok" if report["passed"] else "bad"}>{verdict}</p>
{f"<ul>{warned}</ul>" if warned else ""}
<audio id="dub" controls preload="auto" src="data:audio/mpeg;base64,{base64.b64encode(preview).decode("ascii")}"></audio>
<h2>Gates</h2><table><tr><th>gate<th class=n>measured<th>limit<th></tr>{gates}</table>
<h2>Timeline</h2><p class="key">{key}</p>{_timeline(lines, report["programme_seconds"])}
<h2>Lines</h2><table><tr><th><th class=n>cue<th>speaker<th>text<th class=n>source<th class=n>delivered<th class=n>onset ms<th class=n>rate<th>note</tr>
{"".join(map(_row, lines))}</table>
<h2>Figures</h2><table>{metrics}</table>
<script>{_SCRIPT}</script></body></html>
"""


def _row(line: Mapping[str, Any]) -> str:
    name = html.escape(line["id"])
    button = (
        f"<button data-id='{name}' data-from='{line['start']}' data-to='{line['end']}' aria-label='play "
        f"line'>▶</button>"
    )
    notes = [line["reason"]] if line["reason"] else []
    if line["placed"] and not line["heard"]:
        notes.append("not found in the delivered file")
    return (
        f"<tr id='line-{name}'><td>{button if line['placed'] else ''}</td><td class=n>{line['cue']}</td>"
        f"<td>{html.escape(line['lane'])}</td><td>{html.escape(line['text'])}</td>"
        f"<td class=n>{clock(line['source_start'], decimals=2)}</td><td class=n>{clock(line['start'], decimals=2)}</td>"
        f"<td class='n {'' if line['in_window'] else 'bad'}'>{line['onset_error_ms']:+.0f}</td>"
        f"<td class=n>{line['rate']:.2f}</td><td><small>{html.escape('; '.join(notes))}</small></td></tr>\n"
    )


def _timeline(lines: Sequence[Mapping[str, Any]], seconds: float) -> str:
    """One drawing a minute: for each lane the source cue above, the plan in the middle, the delivered words below."""
    lanes = sorted({line["lane"] for line in lines})
    parts: list[str] = []
    count = int(seconds // SECONDS_PER_ROW) + 1
    for k in range(count):
        first, last = k * SECONDS_PER_ROW, (k + 1) * SECONDS_PER_ROW
        within = [
            x
            for x in lines
            if min(x["source_start"], x["start"]) < last and max(x["source_end"], x["end"]) > first
        ]
        shown = [lane for lane in lanes if any(x["lane"] == lane for x in within)]
        if not shown:
            continue
        height = 16 + LANE_HEIGHT * len(shown)
        body = [f"<text x='2' y='11'>{clock(first, decimals=2)}</text>"]
        for row, lane in enumerate(shown):
            top = 16 + row * LANE_HEIGHT
            body.append(f"<text x='2' y='{top + LANE_HEIGHT - 4}'>{html.escape(lane)}</text>")
            for line in within:
                if line["lane"] == lane:
                    body.extend(_bars(line, first, top))
        parts.append(f"<svg viewBox='0 0 {ROW_WIDTH} {height}' role='img'>{''.join(body)}</svg>")
    return "".join(parts)


def _bars(line: Mapping[str, Any], first: float, top: int) -> list[str]:
    scale = ROW_WIDTH / SECONDS_PER_ROW
    bars = [("source", line["source_start"], line["source_end"])]
    if line["placed"]:
        bars.append(("planned", line["planned_start"], line["planned_end"]))
        bars.append(("flagged" if line["excess_ms"] else "delivered", line["start"], line["end"]))
    tip = html.escape(f"cue {line['cue']}: {line['text'][:120]}")
    return [
        f"<rect x='{(begin - first) * scale:.1f}' y='{top + 10 * k}' "
        f"width='{max(1.0, (end - begin) * scale):.1f}' height='8' rx='2' "
        f"fill='{_COLOURS[kind]}' data-id='{html.escape(line['id'])}' data-from='{line['start']}' "
        f"data-to='{line['end']}'><title>{tip}</title></rect>"
        for k, (kind, begin, end) in enumerate(bars)
    ]


def preview_sound(blocks: Iterable[Samples]) -> bytes:
    """A small MP3 of mono blocks `[T]` at `DUB_RATE`."""
    sound = ffmpeg.input("pipe:", format="f32le", ar=DUB_RATE, ac=1).output(
        "pipe:",
        format="mp3",
        ac=1,
        ar=PREVIEW_RATE,
        audio_bitrate=PREVIEW_BITS,
        compression_level=9,
        threads=1,
    )
    return run(
        sound, stdin=(np.ascontiguousarray(block, "<f4").tobytes() for block in blocks), where="the preview"
    )
