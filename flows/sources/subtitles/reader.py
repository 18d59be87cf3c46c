"""A subtitle file, of whatever format, as cues of one language."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from flows.sources.encoding import composed, decode, decode_as, warnings_of
from flows.sources.languages import (
    JAPANESE,
    LATIN_SCRIPT,
    file_language,
    is_chinese_with_kana,
    script_language,
    script_of,
)
from flows.sources.subtitles.bilingual import choose_half, choose_language
from flows.sources.subtitles.dashes import cut_at_dashes, parts_by_blanks
from flows.sources.subtitles.formats import (
    WANTED,
    CueFormat,
    Cues,
    recognise,
    refuse_other_formats,
    refuse_what_is_no_text,
)
from flows.sources.subtitles.model import Cue, LeftOutText, SubtitleFile, SubtitleOptions
from flows.sources.subtitles.repair import (
    LONGEST_PROGRAMME_MS,
    few_of,
    mend_duration,
    mend_order,
    mend_overlaps,
    share_time,
)
from flows.sources.subtitles.rolling import Draft, as_captions, without_repeats, word_times
from flows.sources.subtitles.speech import (
    SpokenTurn,
    join_lines,
    known_labels,
    spoken_turns,
    strip_markup,
)
from flows.sources.subtitles.unspoken import (
    SENTENCE_END,
    credits_of,
    descriptions_of,
    signs_of,
    silent_styles,
)
from normalizers.errors import DuoyinError
from normalizers.languages import DEFAULT_LANGUAGE, LANGUAGES, latin_language, primary
from normalizers.languages.table import HAN_LANGUAGE
from tts_core.durations import timecode

_GENERIC_ACTORS = frozenset({"", "default", "main", "sign", "ntp", "text", "actor", "name"})


def read_subtitles(path: str | Path, options: SubtitleOptions | None = None) -> SubtitleFile:
    """Read a subtitle file of any of `formats.FORMATS`.

    Args:
        path: the file; its format is told by its content, not by its name.
        options: language choice, encoding, strictness.

    Raises: `DuoyinError` when the file cannot be read, holds no cue, or (`options.strict`) has impossible times.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise DuoyinError("no such file", where=str(path), hint="check the path") from None
    except OSError as error:
        raise DuoyinError(f"cannot be read: {error.strerror}", where=str(path)) from None
    return parse_subtitles(data, name=path.name, options=options)


def parse_subtitles(data: bytes, *, name: str, options: SubtitleOptions | None = None) -> SubtitleFile:
    """`read_subtitles` on bytes; `name` is for messages and for a language suffix (`film.de.srt`)."""
    options = options or SubtitleOptions()
    refuse_what_is_no_text(data, name)
    asked = options.encoding
    decoded = decode_as(data, asked, where=name) if asked else decode(data, where=name)
    text = composed(decoded.text).replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\ufffd", "")  # in a number or a time as in words; the warnings tell where
    form = recognise(text, name)
    found = form.read(text)
    if not found.cues:
        refuse_other_formats(text, name)
        raise DuoyinError("no cue found", where=name, hint=f"{WANTED} with times")
    left_out, warnings = list(found.left_out), list(found.warnings)
    drafts = _drafts(found, form, left_out, warnings)
    drafts = _dialogue_only(drafts, found.track, options, left_out, warnings)
    drafts = choose_language(drafts, options, left_out, warnings)
    drafts = without_repeats(drafts, left_out, warnings)
    if not form.override_codes:
        drafts = as_captions(drafts)
    drafts = choose_half(drafts, options, left_out, warnings)
    language = _language(drafts, found.language, name, options)
    cues = _cues(drafts, language, name, options, left_out, warnings)
    cues = _in_spoken_languages(cues, language, left_out, warnings)
    cues, order_warnings = mend_order(cues, name=name, strict=options.strict)
    spoken, overlap_warnings = mend_overlaps([c for c in cues if c.text], name=name, strict=options.strict)
    mended = {cue.index: cue for cue in spoken}
    return SubtitleFile(
        name=name,
        format=form.name,
        encoding=decoded.encoding,
        language=language,
        cues=tuple(mended.get(cue.index, cue) for cue in cues),
        left_out=tuple(sorted(left_out, key=lambda item: (item.line, item.cue))),
        warnings=(*warnings_of(decoded.faults), *warnings, *order_warnings, *overlap_warnings),
        cues_in_file=sum(1 for raw in found.cues if not raw.comment),
        digest=hashlib.sha256(data).hexdigest(),
    )


def _drafts(found: Cues, form: CueFormat, left_out: list[LeftOutText], warnings: list[str]) -> list[Draft]:
    """The cues that show words, without their markup; comments, empty and impossible ones are left out."""
    drafts: list[Draft] = []
    for raw in found.cues:
        plain = strip_markup(raw.text, override_codes=form.override_codes)
        if raw.comment:
            left_out.append(LeftOutText("comment", plain.display, raw.number, raw.line))
        elif raw.start_ms >= LONGEST_PROGRAMME_MS:
            left_out.append(LeftOutText("time-out-of-range", plain.display, raw.number, raw.line))
            warnings.append(
                f"cue {raw.number} starts at {timecode(raw.start_ms)}, outside of any programme; not spoken"
            )
        elif not plain.lines:
            left_out.extend(LeftOutText(reason, text, raw.number, raw.line) for reason, text in plain.notes)
            left_out.append(LeftOutText("empty", "", raw.number, raw.line))
        else:
            drafts.append(Draft(raw, plain, script_language(plain.display)))
    return drafts


def _dialogue_only(
    drafts: list[Draft],
    declared: str | None,
    options: SubtitleOptions,
    left_out: list[LeftOutText],
    warnings: list[str],
) -> list[Draft]:
    """The drafts; none where they are titles of chapters or data of a program."""
    track = _other_track(drafts, declared, options)
    if track is None:
        return drafts
    left_out.extend(LeftOutText(track, d.plain.display, d.raw.number, d.raw.line) for d in drafts)
    warnings.append(f"this is a {track.replace('-', ' ')}, not dialogue: nothing is spoken")
    return []


def _language(drafts: Sequence[Draft], declared: str | None, name: str, options: SubtitleOptions) -> str:
    """The file's language: the asked one where all cues may be in it, else as they read."""
    asked = primary(options.language)
    if asked and len({d.language for d in drafts if d.language != "und"}) <= 1:
        return asked
    return file_language([d.plain.display for d in drafts], declared=declared, name=name)


def _cues(
    drafts: Sequence[Draft],
    language: str,
    name: str,
    options: SubtitleOptions,
    left_out: list[LeftOutText],
    warnings: list[str],
) -> list[Cue]:
    """What is said in each draft, by whom and when."""
    silent = silent_styles(drafts, options, warnings)
    signs, credited, described = signs_of(drafts, options), credits_of(drafts), descriptions_of(drafts)
    manner = parts_by_blanks(d.plain for d in drafts)
    plains = [cut_at_dashes(d.plain, manner=manner) for d in drafts]
    labels = known_labels(plains)
    spelled: dict[str, str] = {}  # JOHN and John are one
    starts = sorted(d.raw.start_ms for d in drafts)
    cues: list[Cue] = []
    impossible: list[str] = []
    for draft, plain in zip(drafts, plains):
        raw = draft.raw
        turns, notes = spoken_turns(plain, labels)
        if raw.style in silent or raw.number in signs:
            turns, notes = [], [("style", draft.plain.display)] if draft.plain.display else []
        elif raw.number in described:
            turns, notes = [], [("sound", draft.plain.display)]
        elif raw.number in credited:
            turns, notes = [], [("credit", draft.plain.display)]
        left_out.extend(LeftOutText(reason, text, raw.number, raw.line) for reason, text in notes)
        turns = [
            SpokenTurn(turn.text, speaker and spelled.setdefault(speaker.casefold(), speaker))
            for turn, speaker in zip(turns, _speakers(turns, raw.actor))
        ]
        later = bisect_right(starts, raw.start_ms)
        start, end, warning = mend_duration(
            raw,
            len(draft.plain.display),
            starts[later] if later < len(starts) else None,
            name=name,
            strict=options.strict and bool(turns),
        )
        if warning:
            impossible.append(warning)
        shared = share_time([(turn.text, turn.speaker) for turn in turns], start, end)
        if len(shared) == 1:
            shared = (replace(shared[0], word_ms=word_times(raw, shared[0].text)),)
        cues.append(
            Cue(
                index=raw.number,
                start_ms=start,
                end_ms=end,
                text=join_lines(turn.text for turn in turns),
                display=draft.plain.display,
                speaker=turns[0].speaker if turns else None,
                style=raw.style,
                language=_cue_language(draft, language),
                line=raw.line,
                turns=shared,
                label=raw.label,
                layer=raw.layer,
            )
        )
    warnings.extend(few_of(impossible, "have no length or end before they start; mended likewise"))
    return cues


def _in_spoken_languages(
    cues: list[Cue], language: str, left_out: list[LeftOutText], warnings: list[str]
) -> list[Cue]:
    """The cues without the words of those, in a file that can be spoken, whose letters no engine reads."""
    if language not in LANGUAGES:
        return cues
    foreign = [cue for cue in cues if cue.text and cue.language not in (*LANGUAGES, "und")]
    if not foreign:
        return cues
    left_out.extend(LeftOutText("other-language", cue.text, cue.index, cue.line) for cue in foreign)
    codes = ", ".join(sorted({cue.language for cue in foreign}))
    warnings.append(
        f"{len(foreign)} cues are in another language than the file ({codes}), the first is cue {foreign[0].index}; "
        "they are not spoken"
    )
    silent = {cue.index for cue in foreign}
    return [replace(cue, text="", speaker=None, turns=()) if cue.index in silent else cue for cue in cues]


def _speakers(turns: Sequence[SpokenTurn], actor: str) -> list[str | None]:
    """The speaker of each turn; an only turn that names none is the event's actor's."""
    named = actor if actor.lower() not in _GENERIC_ACTORS and len(turns) == 1 else None
    return [turn.speaker or named for turn in turns]


def _cue_language(draft: Draft, language: str) -> str:
    """The file's language where the cue may be in it; else what its letters say."""
    if draft.language == LATIN_SCRIPT:
        if language != "und" and script_of(language) == LATIN_SCRIPT:
            return language
        return latin_language(draft.plain.display, default=DEFAULT_LANGUAGE)
    if draft.language == HAN_LANGUAGE and language == JAPANESE:
        return language
    if language == HAN_LANGUAGE and is_chinese_with_kana(draft.plain.display):
        return language
    return language if draft.language == "und" else draft.language


def _other_track(
    drafts: Sequence[Draft], declared: str | None, options: SubtitleOptions
) -> Literal["chapter-track", "metadata-track"] | None:
    """`chapter-track` or `metadata-track` when the cues are no dialogue."""
    if not drafts:
        return None
    kind = (declared or "").lower()
    if kind == "metadata" or sum(
        d.plain.display.lstrip()[:1] in "{[" and '":' in d.plain.display for d in drafts
    ) * 2 > len(drafts):
        return "metadata-track"
    if options.speak_chapters:
        return None
    if kind == "chapters":
        return "chapter-track"
    # Titles: several of them, back to back from the very start, none ending a sentence, each on for long and
    # short to read.
    if len(drafts) < 3 or drafts[0].raw.start_ms > 1000:
        return None
    back_to_back = all(abs(b.raw.start_ms - a.raw.end_ms) <= 50 for a, b in pairwise(drafts))
    slow = all((d.raw.end_ms - d.raw.start_ms) / 1000 * 4 > len(d.plain.display) for d in drafts)
    long_on = sorted(d.raw.end_ms - d.raw.start_ms for d in drafts)[len(drafts) // 2] >= 20_000
    titles = not any(SENTENCE_END.search(d.plain.display) for d in drafts)
    return "chapter-track" if back_to_back and slow and long_on and titles else None
