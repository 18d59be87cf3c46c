"""One language of subtitles that show two."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flows.sources.languages import LATIN_SCRIPT, bilingual_scripts, script_language, script_of
from flows.sources.subtitles.model import LeftOutText, SubtitleOptions
from flows.sources.subtitles.rolling import Draft
from flows.sources.subtitles.speech import Plain
from normalizers.languages import DEFAULT_LANGUAGE, LANGUAGES, latin_language, primary
from normalizers.languages.table import HAN_LANGUAGE

Lines = tuple[tuple[str, str | None], ...]
FEW_LATIN_WORDS = 2
"""In a cue without the chosen language of a bilingual file, which are spoken all the same."""
FEWEST_HALVES = 4
"""Cues of two halves by which two languages of one script are told apart, if they are two thirds of all."""
_WIDE_MARK = re.compile("[，。！？：；、]")


def choose_language(
    drafts: list[Draft], options: SubtitleOptions, left_out: list[LeftOutText], warnings: list[str]
) -> list[Draft]:
    """Of a bilingual file keep one language: the asked one, else one that is spoken, the one in Latin script last."""
    together: dict[tuple[int, int], list[Draft]] = {}
    for draft in drafts:
        together.setdefault((draft.raw.start_ms, draft.raw.end_ms), []).append(draft)
    pair = bilingual_scripts(
        [[text for d in group for text, _ in d.plain.lines] for group in together.values()]
    )
    if pair is None:
        return drafts
    wanted = primary(options.language)
    chosen = script_of(wanted) if wanted else None
    if chosen not in pair:
        chosen = next((script for script in pair if script in LANGUAGES), None)
        if chosen is None:
            chosen = LATIN_SCRIPT if LATIN_SCRIPT in pair else pair[0]
        names = ["Latin script" if script == LATIN_SCRIPT else script for script in pair]
        warnings.append(_chosen_unasked(names, chosen))
    kept: list[Draft] = []
    for group in together.values():
        has_choice = any(_script_shown(text, chosen) == chosen for d in group for text, _ in d.plain.lines)
        for draft in group:
            if not has_choice:
                if _is_other_language(draft, chosen):
                    text = draft.plain.display
                    left_out.append(LeftOutText("other-language", text, draft.raw.number, draft.raw.line))
                else:
                    kept.append(draft)
                continue
            by_line = [(line, _script_shown(line[0], chosen)) for line in draft.plain.lines]
            mine = tuple(line for line, script in by_line if script in (chosen, "und"))
            others = [line[0] for line, script in by_line if script not in (chosen, "und")]
            if others:
                left_out.append(
                    LeftOutText("other-language", "\n".join(others), draft.raw.number, draft.raw.line)
                )
            if any(script == chosen for _, script in by_line):
                kept.append(Draft(draft.raw, Plain(mine, draft.plain.notes), chosen))
    return sorted(kept, key=lambda d: d.raw.number)


def _chosen_unasked(shown: Iterable[str], chosen: str) -> str:
    return (
        f"two languages are shown together ({' and '.join(shown)}); {chosen} is dubbed, choose the other one "
        "with --language"
    )


def _script_shown(text: str, chosen: str) -> str:
    """The script of a line; Chinese where Latin letters stand before a full-width mark and Chinese is chosen."""
    script = script_language(text)
    return chosen if chosen == HAN_LANGUAGE and script == LATIN_SCRIPT and _WIDE_MARK.search(text) else script


def _is_other_language(draft: Draft, chosen: str) -> bool:
    """Whether a cue of a bilingual file is in the other language alone; a word or two of Latin letters are said in
    any (OK, a name)."""
    if draft.language in ("und", chosen):
        return False
    return draft.language != LATIN_SCRIPT or len(draft.plain.display.split()) > FEW_LATIN_WORDS


def choose_half(
    drafts: list[Draft], options: SubtitleOptions, left_out: list[LeftOutText], warnings: list[str]
) -> list[Draft]:
    """Of a file whose cues say everything in two languages of Latin letters, one above the other, keep one of them:
    the asked one, else one that is spoken, English last."""
    halves = {d.raw.number: _halves(d.plain) for d in drafts}
    both = [half for half in halves.values() if half is not None]
    shown = sum(1 for d in drafts if d.plain.lines)
    if len(both) < FEWEST_HALVES or len(both) * 3 < shown * 2:
        return drafts
    above, below = (
        latin_language(" ".join(text for half in both for text, _ in half[side])) for side in (0, 1)
    )
    if above == below or "und" in (above, below):
        return drafts
    wanted = primary(options.language)
    chosen = wanted if wanted in (above, below) else None
    if chosen is None:
        ranked = sorted((above, below), key=lambda code: (code not in LANGUAGES, code == DEFAULT_LANGUAGE))
        chosen = ranked[0]
        warnings.append(_chosen_unasked((above, below), chosen))
    kept: list[Draft] = []
    for draft in drafts:
        half = halves[draft.raw.number]
        if half is None:
            kept.append(draft)
            continue
        mine, others = half if chosen == above else half[::-1]
        kept.append(Draft(draft.raw, Plain(mine, draft.plain.notes), draft.language))
        text = "\n".join(text for text, _ in others)
        left_out.append(LeftOutText("other-language", text, draft.raw.number, draft.raw.line))
    return kept


def _halves(plain: Plain) -> tuple[Lines, Lines] | None:
    """The upper and the lower half of a cue's lines; None where they cannot say the same."""
    lines, middle = plain.lines, len(plain.lines) // 2
    if len(lines) < 2 or len(lines) % 2 or script_language(plain.display) != LATIN_SCRIPT:
        return None
    return lines[:middle], lines[middle:]
