"""Speakers printed in subtitles: `NAME:`, `[NAME]`, `(NAME)`, `>> NAME:`, `NAME (laughing):`, and two-dash cues."""

from __future__ import annotations

import re

from flows.casting.english.words import NOT_NAMES

_DASH = re.compile(r"^\s*(?:-|–|—|‐|‑|－)\s*(?=\S)")
_CHANGE = re.compile(r"^\s*(?:>>|＞＞|»)\s*")
_NAME_WORD = r"[A-ZÀ-ÖØ-Þ][\w.'’\-]*"
_CAPITALS = re.compile(
    r"^([A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ0-9 .'’&#\-]{0,30})\s*(?:[(\[][^)\]]{1,60}[)\]])?\s*[:：]\s*(?=\S|$)"
)
_MIXED = re.compile(
    rf"^({_NAME_WORD}(?: {_NAME_WORD}){{0,2}})\s*(?:[(\[][^)\]]{{1,60}}[)\]])?\s*[:：]\s+(?=\S)"
)
_CHINESE = re.compile(
    r"^([\u4e00-\u9fff·]{1,6}|[\u4e00-\u9fff]{1,4}[甲乙丙丁A-Z0-9])\s*(?:[（(][^）)]{1,20}[）)])?\s*[：:]\s*(?=\S)"
)
_BRACKETED = re.compile(r"^[\[【(（]\s*([^\]】)）]{1,40}?)\s*[\]】)）]\s*[:：]?\s*(?=\S)")
_SOUND = re.compile(
    r"\b(?:music|laugh\w*|laughter|applause|sigh\w*|door|phone|ring\w*|bark\w*|cough\w*|sob\w*|cry\w*|scream\w*|gasp\w*|chuckl\w*|groan\w*|"
    r"grunt\w*|whisper\w*|shout\w*|sing\w*|speak\w*|continues?|playing|chatter\w*|silence|inaudible|indistinct|beep\w*|thunder|wind|rain|"
    r"gunshots?|footsteps|knock\w*|clears|sniff\w*|cheer\w*|clatter\w*|in [A-Z][a-z]+)\b|音乐|笑声|掌声|叹气|哭声|门声|铃声|枪声|雷声|尖叫|低语|歌声",
    re.IGNORECASE,
)
_NO_NAME = frozenset(
    [
        "note",
        "warning",
        "ps",
        "p.s",
        "chapter",
        "part",
        "scene",
        "act",
        "title",
        "time",
        "date",
        "place",
        "example",
        "question",
        "answer",
        "http",
        "https",
        "subtitles",
        "subtitle",
        "translation",
        "translated",
        "sync",
        "synced",
        "corrected",
        "correction",
        "remember",
        "look",
        "listen",
        "注",
        "注意",
        "提示",
        "译者",
        "字幕",
        "翻译",
        "校对",
        "时间",
        "地点",
    ]
)


def speaker_labels(cue_text: str) -> list[tuple[str | None, str]]:
    """The parts of one cue, each with the speaker it prints.

    Args:
        cue_text: text of a cue, lines parted by `\\n`, markup already removed.

    Returns: `(speaker or None, text)` in order. Two lines that each begin with a dash are two speakers, so two parts, even where
    neither is named; sounds in brackets (`[door slams]`) name nobody and stay in the text; a clock (12:30) is no label.
    """
    lines = [line for line in cue_text.split("\n") if line.strip()]
    dashed = sum(bool(_DASH.match(line)) for line in lines) > 1
    parts: list[tuple[str | None, str]] = []
    for line in lines:
        dash = _DASH.match(line)
        rest = line[dash.end() :] if dash and dashed else line
        change = _CHANGE.match(rest)
        if change:
            rest = rest[change.end() :]
        speaker, text = _label(rest.strip())
        if speaker is None and not (dash and dashed) and change is None and parts:
            held, before = parts[-1]
            parts[-1] = (held, f"{before}\n{text}" if before else text)
        else:
            parts.append((speaker, text))
    return parts or [(None, cue_text)]


def _label(line: str) -> tuple[str | None, str]:
    for pattern in (_CAPITALS, _MIXED, _CHINESE):
        match = pattern.match(line)
        if match and _is_name(match.group(1)):
            return _tidy(match.group(1)), line[match.end() :].strip()
    match = _BRACKETED.match(line)
    if match and _is_name(match.group(1)) and not _SOUND.search(match.group(1)):
        name = match.group(1)
        # [JOE] and [Joe Smith] name somebody, [quietly] does not
        if name[0].isupper() or ("\u4e00" <= name[0] <= "\u9fff" and len(name) <= 4):
            return _tidy(name), line[match.end() :].strip()
    return None, line


def _is_name(name: str) -> bool:
    words = name.replace(".", " ").split()
    if (
        not words
        or len(words) > 3
        or name.strip(" .").casefold() in _NO_NAME
        or words[0].casefold() in _NO_NAME
    ):
        return False
    if len(words) == 1 and not name.isupper() and words[0].casefold() in NOT_NAMES:
        return False
    return any(c.isalpha() for c in name)


def _tidy(name: str) -> str:
    """ANNA -> Anna, so that capitals in one cue and small letters in the next are one speaker."""
    name = " ".join(name.split()).rstrip(" .") if not name.rstrip().endswith(("Mr.", "Dr.")) else name.strip()
    if name.isupper() and len(name) > 1:
        return " ".join(
            "-".join(p.capitalize() for p in w.split("-")) if len(w) > 2 or "." not in w else w
            for w in name.split()
        )
    return name
