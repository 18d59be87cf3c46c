r"""From a cue's markup to what is said, by whom, and what is only shown.

Styling, positions and karaoke marks vanish; music, sound descriptions, credits and drawings are left out
with their reason; labels become speakers. Nothing is dropped without a `(reason, text)` note.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from flows.sources.subtitles.model import LeftOutReason
from flows.sources.words import all_of, any_of
from normalizers.scripts import has_han

_INVISIBLE = re.compile("[\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_OVERRIDE = re.compile(r"\{[^{}]*\}")
_DRAWING = re.compile(r"\{[^{}]*\\p[1-9]\d*[^{}]*\}(?P<shape>.*?)(?=\{[^{}]*\\p0[^{}]*\}|$)", re.DOTALL)
_RUBY_TEXT = re.compile(r"<rt\b[^>]*>(.*?)(?:</rt>|(?=</ruby>)|$)", re.DOTALL | re.IGNORECASE)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>", re.IGNORECASE)
_VOICE_END = re.compile(r"</v>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:i|b|u|s|c|v|lang|ruby|rt|font|span|p|em|strong|center|div|br|sub|sup|small|big|strike|del|ins|tt)"
    r"(?:[\s./][^<>]*)?/?>|<\d{1,4}:[\d:.]+>",
    re.IGNORECASE,
)
_ESCAPED_TAG = re.compile(r"&lt;(/?(?:i|b|u|s|em|strong|font\b[^&<>]*))&gt;", re.I)
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BRACE_FORMAT = re.compile(r"\{/?[bius]\}|\{[yYcCfFsSpP]:[^}]*\}")

_DASH = re.compile(r"^\s*(?:[-–—‐‑−－﹣•]\s*|>{2,3}\s*)(?=\S)")
_MINUS = re.compile(r"^\s*[-−]\d")
_CHEVRON = re.compile(r"^\s*(?:>{2,3}|»|＞＞)\s*(?=\S)")

_MUSIC_MARK = "♪♫♬♩🎵🎶"
_MUSIC_SPAN = re.compile(rf"[{_MUSIC_MARK}][^{_MUSIC_MARK}]*[{_MUSIC_MARK}]?")
_HASH_SONG = re.compile(r"^\s*#\s.*#\s*$", re.DOTALL)

_BRACKETS = re.compile(
    r"\[[^\[\]]*\]|［[^［］]*］|【[^【】]*】|〔[^〔〕]*〕|\([^()]*\)|（[^（）]*）|\*[^*\n]{2,60}\*"
)
_SQUARE = "[［【〔"

_SOUND_WORDS = all_of("sounds")
_SOUND_SIGNS = any_of("sound_signs")
_NEVER_LAST = all_of("never_last") - {"the", "a", "an"}
_NOT_A_NAME = all_of("no_names")
_NOT_A_NAME_SIGNS = any_of("no_name_signs")
_HOW = r"(?:\s*[(\[（【][^()\[\]（）【】]{1,30}[)\]）】])?\s*"
"""What stands behind a name in a label, and is no part of it: `(V.O.)`, `[whispering]`."""
_UPPER = "A-Z0-9ÄÖÜÀ-Þ.'’&#/+-"
_UPPER_LABEL = re.compile(
    rf"^\s*([A-Z0-9ÄÖÜÀ-Þ][{_UPPER}]*(?:,?[ \t]+[{_UPPER}]+){{0,4}}){_HOW}[:：](?!\d|//)\s*"
)
_TITLE_LABEL = re.compile(
    r"^\s*((?:(?:Mr|Mrs|Ms|Dr|Prof|Sgt|Capt|Lt|St)\.?[ \t]+)?[A-ZÄÖÜÀ-Þ][\w'’./-]*(?:[ \t]+(?:[A-ZÄÖÜÀ-Þ0-9][\w'’./-]*"
    rf"|of|the|de|von|van|and|&)){{0,3}})(?P<how>{_HOW}):(?![\d/])\s*"
)
_HAN_LABEL = re.compile(rf"^\s*([\u4e00-\u9fff·•A-Za-z0-9]{{1,8}}){_HOW}[：:](?!\d|//)\s*")
_SPEAKER_WORDS = "|".join(sorted(all_of("speaker_words")))
_PERSON_LABEL = re.compile(
    r"^\s*((?=[A-ZÄÖÜÀ-Þ])(?:[A-ZÄÖÜÀ-Þ][\w’'-]*\s+)?"
    rf"(?i:{_SPEAKER_WORDS})(?:\s+(?:#?\d+|[A-Z]))?(?:\s+(?:on|over|in|at|from|off)(?:\s+\w+){{1,2}})?){_HOW}"
    r":(?![\d/])\s*"
)
"""`Man 1:`, `Old woman:`, `Voice on radio:` need no witness."""
_PERSON_SIGNS = any_of("speaker_signs")
_BRACKET_LABEL = re.compile(r"^\s*[\[(（【［]([^\[\]()（）【】［］]{1,40})[\])）】］]\s*(?P<colon>[:：])?")
_SENTENCE_ENDS = re.compile(
    r"(?:(?<=[.!?…♪])[\"”’]*(?:\s+|(?=[\u3400-\u9fff]))|(?<=[。！？])[”’」』]*\s*)(?:[-–—]\s*)?(?=\S)"
    r"|\s(?=[(\[][^()\[\]]{2,30}[)\]]\s*:)"
)
_TONGUE = any_of("tongues")
_HAN_BRACKET = re.compile(r"^\s*[(（【［\[]([^()（）【】［］\[\]]{1,6})[)）】］\]]\s*[^\s:：]")
_NOTE_LABEL = any_of("viewer_notes", r"(?:^|(?<=[.!?…。！？\n]))\s*[*＊※]?\s*(?:{})\s*[:：]")
_NOTE_BRACKET = any_of("bracket_notes")
_NOTE_IN_BRACKET = any_of("viewer_notes", r"\W*(?:{})\s*(?:[:：\s—-]|$)")
_STARRED = re.compile(r"^\s*(?:※|[*＊](?=[^*＊\n]*[=:：][^*＊\n]*$))")
"""A line with a star before it that explains a word: `* sampan: a boat`."""
_SPEAKER_ID = re.compile(r"^\s*(?:[\[(]?\s*((?:SPEAKER|Speaker|speaker|SPK|spk)[ _-]?\d+)\s*[\])]?)\s*:?\s*")

_CREDIT = any_of("credits")
_WORD = re.compile(r"[^\W_]")
_WIDE = r"\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"

Note = tuple[LeftOutReason, str]


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """One speaker's words within a cue, before times are shared out."""

    text: str
    speaker: str | None


@dataclass(frozen=True)
class Plain:
    """A cue without markup: its shown lines, each with the speaker of its voice span."""

    lines: tuple[tuple[str, str | None], ...]
    notes: tuple[Note, ...]

    @cached_property
    def display(self) -> str:
        return "\n".join(text for text, _ in self.lines)


def strip_markup(raw: str, *, override_codes: bool) -> Plain:
    """Remove styling, positions, karaoke and ruby readings; keep voice spans as speakers of lines."""
    notes: list[Note] = []
    text = raw
    if override_codes or "{\\" in text:
        for shape in _DRAWING.finditer(text):
            if shape["shape"].strip():
                notes.append(("drawing", shape["shape"].strip()))
        text = _DRAWING.sub("", text)
        text = _OVERRIDE.sub("", text).replace("\\h", " ").replace("\\N", "\n").replace("\\n", "\n")
    else:
        text = _BRACE_FORMAT.sub("", text)
        text = re.sub(r"\\N|\\n(?![a-z])", "\n", text).replace("\\h", " ")  # left over from a conversion
    for reading in _RUBY_TEXT.findall(text):
        notes.append(("ruby", _TAG.sub("", reading).strip()))
    text = _BREAK_TAG.sub("\n", _RUBY_TEXT.sub("", text))

    lines: list[tuple[str, str | None]] = []
    speaker: str | None = None
    for source_line in text.split("\n"):
        at = 0
        parts: list[tuple[str, str | None]] = []
        marks = sorted(
            [*_VOICE.finditer(source_line), *_VOICE_END.finditer(source_line)], key=lambda m: m.start()
        )
        for mark in marks:
            parts.append((source_line[at : mark.start()], speaker))
            speaker = html.unescape(mark[1]).strip() if mark.re is _VOICE else None
            at = mark.end()
        parts.append((source_line[at:], speaker))
        for part, who in parts:
            clean = _clean(_TAG.sub("", _ESCAPED_TAG.sub(r"<\1>", part)))
            if clean:
                lines.append((clean, who))
    return Plain(tuple(lines), tuple(notes))


def _clean(text: str) -> str:
    text = html.unescape(html.unescape(text)) if "&" in text else text
    text = _INVISIBLE.sub("", text).replace("\u00a0", " ").replace("\u3000", " ")
    return " ".join(text.split())


def join_lines(lines: Iterable[str]) -> str:
    """Join shown lines to running text: a space between words, none between Chinese or Japanese."""
    joined = ""
    for line in lines:
        if joined and not (_is_wide(joined[-1]) and line and _is_wide(line[0])):
            joined += " "
        joined += line
    return joined.strip()


def _is_wide(char: str) -> bool:
    return bool(re.match(f"[{_WIDE}]", char))


BRACKETED_LINES = 20
"""Where one line in so many begins with Chinese in brackets, brackets name speakers."""
NAMING = 1
"""Speakers whom a file names twice or more, from which on it names others once."""


def known_labels(cues: Iterable[Plain]) -> frozenset[str]:
    """Names that stand before a colon or in brackets often enough to be taken for speakers.

    An upper-case label needs no second witness; `John:` and `张三：` do, since a colon has other uses, and so does
    `（张三）`, by which Chinese subtitlers also add what is missing in a sentence.
    """
    counts: Counter[str] = Counter()
    in_brackets: Counter[str] = Counter()
    shown = [text for cue in cues for text, _ in cue.lines]
    labelled = 0
    for text in shown:
        bracket = _HAN_BRACKET.match(_DASH.sub("", text))
        in_brackets[bracket[1] if bracket and has_han(bracket[1]) else ""] += 1
        for begin in (
            0,
            *(m.end() for m in _SENTENCE_ENDS.finditer(text) if ":" in text or "：" in text),
        ):
            name = _possible_label(_DASH.sub("", text[begin:]))
            counts[name] += bool(name)
            labelled += bool(name) and not begin
    del counts[""], in_brackets[""]
    many = in_brackets.total() * BRACKETED_LINES >= len(shown)
    bracketed = {name for name, count in in_brackets.items() if count >= 2 or many}
    # Where most lines begin so and more than one name is among them, each is a speaker.
    mostly = len(counts) >= 2 and labelled >= 2 and labelled * 3 >= len(shown) * 2
    sure = {name for name, count in counts.items() if count >= 2 or mostly}
    if len(sure) >= NAMING:
        sure |= _named_elsewhere(shown, counts.keys() - sure)
    return frozenset(bracketed | sure)


def _named_elsewhere(shown: Sequence[str], names: Iterable[str]) -> set[str]:
    """Those of the names that other lines speak of, or speak to."""
    text = "\n".join(shown)
    return {name for name in names if re.search(rf"\b{re.escape(name)}\b(?!\s*[:：])", text)}


def _possible_label(body: str) -> str:
    """The name before a colon that a line may begin with, or ""."""
    if ":" not in body and "：" not in body:
        return ""
    for pattern in (_TITLE_LABEL, _HAN_LABEL):
        match = pattern.match(body)
        if match and body[match.end() :].strip() and _may_be_name(match[1]):
            return match[1].strip()
    return ""


def _label_of(text: str, labels: frozenset[str]) -> re.Match[str] | None:
    """The label before a colon that a text begins with; its first group is the name."""
    if ":" not in text and "：" not in text:
        return None
    for pattern in (_UPPER_LABEL, _PERSON_LABEL, _TITLE_LABEL, _HAN_LABEL):
        match = pattern.match(text)
        if match is None:
            continue
        name = match[1].strip()
        if pattern is _UPPER_LABEL:
            sure = _is_upper_label(name)
        elif pattern is _TITLE_LABEL:
            sure = bool(match["how"].strip()) and _may_be_name(name)
        else:
            sure = pattern is _PERSON_LABEL or bool(_PERSON_SIGNS.fullmatch(name))
        if sure or name in labels:
            return match
    return None


def _label_end(text: str, labels: frozenset[str]) -> int:
    """Where the label ends that a text begins with: the dots of `DR. SMITH (V.O.):` end no sentence."""
    match = _label_of(text, labels)
    return match.end() if match else 0


def _opens_turn(text: str, labels: frozenset[str]) -> bool:
    """Whether the rest of a line begins with a label, in brackets or before a colon."""
    if _label_of(text, labels):
        return True
    bracket = _BRACKET_LABEL.match(text)
    if bracket is None or not _WORD.search(text[bracket.end() :]):
        return False
    name = bracket[1].strip()
    return _bracket_is_name(name) and (bool(bracket["colon"]) or name.isupper() or name in labels)


def _cut_at_labels(text: str, labels: frozenset[str]) -> list[str]:
    """A line in which somebody else begins to speak, cut there: `MAN: Run! WOMAN: Where?`"""
    if not re.search(r"[:：\[(（【]", text):
        return [text]
    cuts, floor = [0], _label_end(text, labels)
    for match in _SENTENCE_ENDS.finditer(text):
        rest = text[match.end() :]
        if match.end() > floor and _opens_turn(rest, labels):
            cuts.append(match.end())
            floor = match.end() + _label_end(rest, labels)
    bounds = [*cuts, len(text)]
    return [text[low:high].strip() for low, high in pairwise(bounds)]


def _may_be_name(label: str) -> bool:
    if has_han(label):
        return not _NOT_A_NAME_SIGNS.search(label)
    words = re.findall(r"[^\W\d_]+", label.lower())
    return bool(words) and words[0] not in _NOT_A_NAME and not any(word in _SOUND_WORDS for word in words)


def is_credit(cue: Plain) -> bool:
    """Whether subtitlers or their sites name themselves in a cue."""
    return bool(cue.display and _CREDIT.search(cue.display))


def spoken_turns(cue: Plain, labels: frozenset[str]) -> tuple[list[SpokenTurn], list[Note]]:
    """What is said in a cue, turn by turn, and what is left out of it."""
    notes: list[Note] = list(cue.notes)
    if is_credit(cue):
        return [], [*notes, ("credit", cue.display)]
    cue = _without_notes(cue, notes)
    turns: list[SpokenTurn] = []
    for lines, voice, fresh in _split_turns(cue, labels):
        text = join_lines(lines)
        before = len(notes)
        speaker, spoken = _speaker_and_text(text, voice, labels, notes)
        if not _WORD.search(spoken):
            if len(notes) == before and not speaker:
                notes.append(("no-words", text))
            # `MAN:` alone on its line labels the line below.
            if speaker and not spoken.strip():
                turns.append(SpokenTurn("", speaker))
            continue
        if turns and not turns[-1].text:
            label_only = turns.pop()
            speaker = speaker or label_only.speaker
        elif turns and not fresh and speaker == turns[-1].speaker:
            turns[-1] = SpokenTurn(join_lines([turns[-1].text, spoken]), speaker)
            continue
        turns.append(SpokenTurn(spoken, speaker))
    return [turn for turn in turns if turn.text], notes


def _without_notes(cue: Plain, notes: list[Note]) -> Plain:
    """A cue without what a translator tells the viewers; a note goes on to the cue's end."""
    for k, (text, who) in enumerate(cue.lines):
        told = ":" in text or "：" in text
        match = (_NOTE_LABEL.search(text) if told else None) or _STARRED.match(text)
        if match:
            note = [text[match.start() :].strip(), *(line for line, _ in cue.lines[k + 1 :])]
            notes.append(("note", "\n".join(note)))
            before = text[: match.start()].strip()
            return Plain((*cue.lines[:k], *([(before, who)] if before else [])), cue.notes)
    return cue


def _split_turns(cue: Plain, labels: frozenset[str]) -> list[tuple[list[str], str | None, bool]]:
    """Lines grouped by speaker: a dash, `>>`, a new voice span or a label on its line opens a turn."""
    lines = [(part, who) for text, who in cue.lines for part in _cut_at_labels(text, labels)]
    dashes = [bool(_DASH.match(text)) for text, _ in lines]
    if sum(dashes) == 1:  # one line that begins -10 is a number, two are two speakers
        dashes = [dash and not _MINUS.match(text) for dash, (text, _) in zip(dashes, lines)]
    groups: list[tuple[list[str], str | None, bool]] = []
    for k, (text, voice) in enumerate(lines):
        opens = dashes[k] or bool(_CHEVRON.match(text))
        body = _DASH.sub("", text) if opens else text
        labelled = _opens_turn(body, labels)
        if groups and not opens and not labelled and groups[-1][1] == voice:
            groups[-1][0].append(body)
        else:
            groups.append(([body], voice, opens or labelled or not groups or groups[-1][1] != voice))
    return groups


def _is_upper_label(label: str) -> bool:
    letters = [c for c in label if c.isalpha()]
    return len(letters) >= 2 and _may_be_name(label)


def _speaker_and_text(
    text: str, voice: str | None, labels: frozenset[str], notes: list[Note]
) -> tuple[str | None, str]:
    speaker = voice
    text = _CHEVRON.sub("", text)
    if _HASH_SONG.match(text) or text[:1] in _MUSIC_MARK or text[-1:] in _MUSIC_MARK:
        notes.append(("music", text))
        return speaker, ""
    for song in _MUSIC_SPAN.findall(text):
        notes.append(("music", song))
    text = _MUSIC_SPAN.sub(" ", text)

    identified = _SPEAKER_ID.match(text)
    if identified:
        speaker, text = identified[1], text[identified.end() :]
    leading_label: list[str] = []
    text = _without_brackets(text, notes, leading_label, labels)
    if leading_label:
        speaker = leading_label[0]
    match = _label_of(text, labels)
    if match:
        speaker = match[1].strip()
        text = _without_brackets(text[match.end() :], notes, [], labels)
    return speaker, _tidy(text)


def _without_brackets(text: str, notes: list[Note], label: list[str], labels: frozenset[str]) -> str:
    """Take bracketed asides out of `text`; a leading bracket with a name goes to `label` instead."""
    out: list[str] = []
    at = 0
    for match in _BRACKETS.finditer(text):
        inner, rest = match[0][1:-1].strip(), text[match.end() :]
        before, after = text[at : match.start()], rest.lstrip(" :：")
        colon = rest.lstrip()[:1] in (":", "：")
        leading = not "".join(out).strip() and not before.strip()
        note = bool(_NOTE_BRACKET.match(inner) or _NOTE_IN_BRACKET.match(inner))
        named = colon or not has_han(inner) or inner in labels or bool(_PERSON_SIGNS.fullmatch(inner))
        is_label = named and not label and bool(_WORD.search(after)) and _bracket_is_name(inner)
        if leading and not note and (is_label or colon):  # (both): is nobody's name, and not said either
            if is_label:
                label.append(inner)
            else:
                notes.append(("sound", match[0]))
            out.append(before)
            at = match.end() + len(rest) - len(after)
            continue
        if note:
            notes.append(("note", match[0]))
            out += [before, " "]
            at = match.end()
            continue
        whole = leading and not _WORD.search(after)
        if _bracket_is_sound(match[0], inner, whole=whole, edge=leading or not _WORD.search(after)):
            notes.append(("sound", match[0]))
            out.append(before)
            out.append(" ")
            at = match.end()
        else:
            out.append(before + match[0])
            at = match.end()
    out.append(text[at:])
    return "".join(out)


def _bracket_is_name(inner: str) -> bool:
    if _TONGUE.fullmatch(inner):
        return False
    if has_han(inner):
        return len(inner) <= 6 and not _SOUND_SIGNS.search(inner) and not _NOT_A_NAME_SIGNS.search(inner)
    words = inner.split()
    if not 1 <= len(words) <= 4 or not all(word[0].isupper() or word[0].isdigit() for word in words):
        return False
    lower = [re.sub(r"\W", "", word).lower() for word in words]
    if lower[0] in _NEVER_LAST:  # [To Mary] is no name
        return False
    if any(word in _SOUND_WORDS for word in lower) or not any(c.isalpha() for c in inner):
        return False
    # A lone verb in -s or -ing ("Scoffs", "PANTING") tells what is heard, a noun phrase who speaks.
    return not (len(words) == 1 and re.search(r"(?:ing|ghs|cks|lls|nts|ms|ts)$", lower[0]))


def _bracket_is_sound(bracket: str, inner: str, *, whole: bool, edge: bool) -> bool:
    if bracket[0] in _SQUARE or bracket[0] == "*" or (edge and _TONGUE.fullmatch(inner)):
        return True
    words = [word.lower() for word in re.findall(r"[^\W\d_]+", inner)]
    if not words or any(word in _SOUND_WORDS for word in words):
        return True
    if has_han(inner):
        return bool(_SOUND_SIGNS.search(inner)) and len(inner) <= 10
    if inner.upper() == inner:
        return True
    if whole:  # "(He's lying.)" is a thought, "(door creaks)" a sound
        return not (len(words) >= 3 and inner[0].isupper() and inner[-1] in ".!?…")
    return edge and len(words) <= 3 and inner[0].islower() and bool(re.search(r"(?:ing|ly|s)$", words[-1]))


def names_sound(text: str) -> bool:
    """Whether a text ends with a word for what is heard (`tense music`), or with one and an adverb."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    while len(words) > 1 and words[-1].endswith("ly"):
        words.pop()
    return bool(words) and words[-1] in _SOUND_WORDS


def _tidy(text: str) -> str:
    """Spoken text: no leading continuation dots or dashes, single spaces, none before punctuation."""
    text = re.sub(r"^\s*[:：]\s*", "", text)
    text = re.sub(r"^[\s.…·⋯]*(?:\.{2,}|…|⋯)+\s*", "", text)
    text = re.sub(r"(?:\.{3,}|…+)\s*(?:\.{3,}|…+)", "... ", text)
    text = re.sub(r"^\s*(?![-−]\d)[-–—]+\s*", "", text)
    text = re.sub(r"\s+([,.;:!?…，。！？、；：])", r"\1", text)
    return " ".join(text.split())
