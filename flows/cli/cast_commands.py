"""`duoyin cast` and `duoyin audition`: see, hear and correct who speaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.casting import Casting, LineCorrection, castfile
from flows.casting.nouns import GENDER_LETTERS
from flows.casting.review import Doubt, least_certain
from flows.cli.results import Result, table
from flows.making import production
from flows.making.engines import Engines
from flows.making.production import Book, Voices
from flows.mastering.audition import data_uri, write_audition
from flows.script.line import NARRATOR, UNKNOWN
from flows.workspace.project import Project, open_locked
from normalizers import DuoyinError
from tts_core.engine import Engine, Utterance, read_and_speak, utterance_of

AUDITION_LINES = 3
"""Longest lines of a character that its audition speaks."""

Ask = Callable[[str], str]
Show = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Cast:
    project: Project
    book: Book
    casting: Casting
    voices: Voices
    engines: Engines


def cast_table(folder: Path) -> Result:
    """The cast: lines, gender, age, voice, other names."""
    with open_locked(folder) as project:
        cast = _cast(project)
    total = sum(character.lines for character in cast.casting.characters) or 1
    data = [
        {
            "name": c.name,
            "lines": c.lines,
            "gender": GENDER_LETTERS[c.gender] if c.gender else None,
            "gender_evidence": c.gender_evidence,
            "age": c.age,
            "aliases": list(c.aliases),
            "voice": cast.voices.by_speaker.get(c.name, ""),
        }
        for c in cast.casting.characters
    ]
    rows = [
        [c.name, c.lines, f"{100 * c.lines / total:.0f} %", GENDER_LETTERS[c.gender] if c.gender else "", c.age or "", cast.voices.by_speaker.get(c.name, ""), ", ".join(c.aliases[:4])]
        for c in cast.casting.characters
    ]  # fmt: skip
    doubts = len(least_certain(cast.casting, 10_000))
    text = (
        f"{cast.project.cast_file}\nnarrator {cast.voices.by_speaker[NARRATOR]}, "
        f"unknown {cast.voices.by_speaker.get(UNKNOWN, '')}\n\n"
        + table("", ["character", "lines", "", "gender", "age", "voice", "also"], rows, right=[1, 2])
        + f"\n\n{doubts} places are worth a look: duoyin cast {folder} --review"
    )
    return Result(data, text)


def cast_review(folder: Path, ask: Ask, show: Show, *, limit: int = 50) -> Result:
    """Walk through the least certain lines, those that are heard most first; each answer teaches the rest."""
    answered = 0
    with open_locked(folder) as project:
        cast = _cast(project)
        seen: set[tuple[int, int, int]] = set()
        while len(seen) < limit:
            open_ = (
                d
                for d in least_certain(cast.casting, limit)
                if (d.chapter, d.paragraph, d.span.start) not in seen
            )
            doubt = next(open_, None)
            if doubt is None:
                break
            seen.add((doubt.chapter, doubt.paragraph, doubt.span.start))
            names = _candidates(cast, doubt)
            show(_question(cast, doubt, names))
            answer = ask(
                "who speaks? number, name, Enter = right as it is, n = nobody (narration), q = stop"
            ).strip()
            if answer == "q":
                break
            speaker = _speaker(answer, doubt, names)
            if speaker is None:
                continue
            text = cast.book.manuscript.chapters[doubt.chapter].paragraphs[doubt.paragraph].text
            words = text[doubt.span.start : doubt.span.end]
            castfile.correct_line(cast.project.cast_file, LineCorrection(words, speaker, doubt.chapter + 1))
            answered += 1
            cast = _cast(cast.project)  # decoded anew with the answer fixed
    return Result({"answered": answered}, f"{answered} lines corrected in {cast.project.cast_file}")


def cast_html(folder: Path, out: Path | None) -> Result:
    """The cast as one self-contained page, with auditions where they have been made."""
    from flows.casting.report import cast_html as page

    with open_locked(folder) as project:
        cast = _cast(project)
    file = out or cast.project.cast_page
    file.parent.mkdir(parents=True, exist_ok=True)
    chapters = cast.book.manuscript.chapters
    sounds = {c.name: cast.project.audition_file(c.name) for c in cast.casting.characters}
    html = page(
        cast.casting,
        [[p.text for p in c.paragraphs] for c in chapters],
        voices=cast.voices.by_speaker,
        auditions={name: data_uri(sound) for name, sound in sounds.items() if sound.is_file()},
        title=cast.book.manuscript.title,
        chapter_titles=[c.title for c in chapters],
    )
    file.write_text(html, encoding="utf-8")
    return Result({"page": str(file)}, str(file))


def audition_cast(folder: Path, only: str | None) -> Result:
    """One short file a character, from its own lines, in its voice."""
    with open_locked(folder) as project:
        cast = _cast(project)
        names = [c.name for c in cast.casting.characters if c.lines]
        if only is not None:
            if only not in names:
                raise DuoyinError(
                    f"“{only}” speaks no line of this book", hint=f"There are {', '.join(names[:12])} …"
                )
            names = [only]
        files: list[str] = []
        for name in names:
            engine, lines = _best_lines(cast, name)
            takes = list(read_and_speak(engine, lines))
            if not takes:
                continue
            sound = ((take.samples, take.sample_rate) for take in takes)
            file = write_audition(sound, cast.project.audition_file(name))
            files.append(str(file))
    return Result({"files": files}, "\n".join(files))


def _cast(project: Project) -> _Cast:
    book = production.write_script(project, production.read_manuscript(project))
    if book.casting is None:
        raise DuoyinError(
            "this project has a single voice",
            where=str(project.folder),
            hint="Set `single_voice: false` in project.yaml.",
        )
    engines = Engines(project)
    return _Cast(project, book, book.casting, production.choose_voices(project, book, engines), engines)


def _best_lines(cast: _Cast, name: str) -> tuple[Engine, list[Utterance]]:
    _, engine, voice = cast.engines.of_voice(cast.voices.by_speaker[name])
    lines = [line for line in cast.book.script.lines if line.speaker == name]
    chosen = sorted(lines, key=lambda line: -len(line.text))[:AUDITION_LINES]
    lexicon = production.load_lexicon(cast.project)
    made = []
    for line in lines:
        if line not in chosen:
            continue
        made.append(
            utterance_of(line.say or line.text, line.language, voice, hints=line.hints, lexicon=lexicon)
        )
    return engine, made


def _candidates(cast: _Cast, doubt: Doubt) -> list[str]:
    """Who is near: the present guess, those who speak around it, then those who speak most."""
    near: list[str] = [doubt.span.speaker] if doubt.span.speaker else []
    for chapter, paragraph, span in cast.casting.dialogue():
        if chapter == doubt.chapter and abs(paragraph - doubt.paragraph) <= 12 and span.speaker:
            near.append(span.speaker)
    near += [character.name for character in cast.casting.characters]
    return list(dict.fromkeys(near))[:9]


def _question(cast: _Cast, doubt: Doubt, names: Sequence[str]) -> str:
    paragraphs = cast.book.manuscript.chapters[doubt.chapter].paragraphs
    low, high = max(0, doubt.paragraph - 2), min(len(paragraphs), doubt.paragraph + 3)
    shown = []
    for index in range(low, high):
        text = paragraphs[index].text
        if index == doubt.paragraph:
            start, end = doubt.span.start, doubt.span.end
            text = f"{text[:start]}▶{text[start:end]}◀{text[end:]}"
        shown.append(f"    {text}")
    options = "  ".join(f"{number} {name}" for number, name in enumerate(names, 1))
    sure = f"{100 * doubt.span.confidence:.0f} %"
    return (
        f"\nchapter {doubt.chapter + 1}, now {doubt.span.speaker or UNKNOWN} ({sure}: {doubt.span.evidence})\n"
        + "\n".join(shown)
        + f"\n  {options}"
    )


def _speaker(answer: str, doubt: Doubt, names: Sequence[str]) -> str | None:
    """The speaker an answer means; None for "right as it is" of a line that has one."""
    if not answer:
        return doubt.span.speaker
    if answer == "n":
        return NARRATOR
    if answer.isdecimal() and 1 <= int(answer) <= len(names):
        return names[int(answer) - 1]
    return answer
