"""A page on which recording, base and checkpoints are heard side by side, the same lines of each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tts_core.files import write_atomically
from tts_core.gpt_sovits.training.choosing import Audition
from tts_core.gpt_sovits.training.material.cleaning import CleanSet
from tts_core.gpt_sovits.voice.voicefile import ClonedVoice

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #8884;padding:.4rem;text-align:left;"
    "vertical-align:top}audio{width:13rem;height:2rem}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self' file:"


def write_page(
    path: Path,
    voice: ClonedVoice,
    clean: CleanSet,
    heard: Sequence[Audition[Any]],
    best: Audition[Any],
    lines: Sequence[str],
) -> Path:
    """Write the page; the sounds lie beside it and are linked."""
    heads = "".join(f"<th>{escape(_head(each, each is best))}</th>" for each in heard)
    rows = []
    for number, line in enumerate(lines):
        players = "".join(
            f"<td>{_player(each.takes[number], path.parent) if number < len(each.takes) else ''}</td>"
            for each in heard
        )
        rows.append(f"<tr><td>{escape(line)}</td>{players}</tr>")
    used = "".join(
        f"<tr><td>{escape(clip.recording)}</td><td>{clip.start:.1f}–{clip.end:.1f} s</td><td>{escape(clip.label)}</td>"
        f"<td>{escape('; '.join(clip.notes))}</td></tr>"
        for clip in clean.clips
    )
    left = "".join(
        f"<tr><td>{escape(row.recording)}</td><td>{row.start:.1f}–{row.end:.1f} s</td>"
        f"<td colspan=2>{escape(row.why)}</td>"
        "</tr>"
        for row in clean.left_out
    )
    page = (
        f'<!doctype html><html lang="{escape(voice.language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{escape(voice.name)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(voice.name)}</h1><p>Recording: {_player(voice.folder / voice.prompt.file, path.parent)} "
        f"{escape(voice.prompt.text)}</p>"
        f"<table><thead><tr><th>line</th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"<h2>Used: {clean.seconds:.0f} s</h2><table><tbody>{used}</tbody></table>"
        f"<h2>Left out</h2><table><tbody>{left}</tbody></table></body></html>"
    )
    write_atomically(path, page.encode())
    return path


def _head(made: Audition[Any], best: bool) -> str:
    error = "" if made.error is None else f", {100 * made.error:.0f} % heard otherwise"
    likeness = "" if made.likeness is None else f", likeness {made.likeness:.2f}"
    return f"{made.candidate.title}{error}{likeness}{' (chosen)' if best else ''}"


def _player(sound: Path, beside: Path) -> str:
    link = quote(Path(os.path.relpath(sound, beside)).as_posix())
    return f'<audio controls preload="none" src="{link}"></audio>'
