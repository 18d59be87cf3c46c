"""The cast file: who is in the book, under which names, in which voice; and the lines a person corrected.

A YAML file meant to be edited: comments, order and unknown keys survive every re-run. What stands in it
    outweighs what the text
suggests; empty a field to have it decided again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from flows.casting.nouns import (
    GENDER_LETTERS,
    Age,
    Casting,
    Character,
    Corrections,
    Gender,
    LineCorrection,
    as_gender,
)
from normalizers import DuoyinError
from tts_core import yamlfile
from tts_core.files import write_atomically

_HEADER = """\
The cast of this book, by lines spoken. Edit it and run again: what stands here is kept.
  merge two characters   move the names of one under `aliases` of the other and delete the first
  split one              give one of its aliases an entry of its own
  rename                 change `name` (the old one is kept as an alias)
  another voice          change `voice`; empty it to have one chosen again
  a wrong line           add it under `lines`: {chapter: 3, text: "the words", speaker: Name}
"""
AGES: frozenset[str] = frozenset(("child", "young", "adult", "old"))
_LINE_KEYS = ("chapter", "text", "speaker", "occurrence")
_KEYS = ("name", "lines", "aliases", "gender", "age", "voice")


@dataclass(frozen=True, slots=True)
class CastEntry:
    """One character of a cast file; None where the file leaves a field empty."""

    name: str
    aliases: tuple[str, ...] = ()
    gender: Gender | None = None
    age: Age | None = None
    voice: str | None = None
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class CastFile:
    """A cast file as read. `narrator` and `unknown` are voices, or None."""

    entries: tuple[CastEntry, ...] = ()
    lines: tuple[LineCorrection, ...] = ()
    narrator: str | None = None
    unknown: str | None = None

    def voice_places(self, path: Path) -> list[tuple[str, str]]:
        """Every voice the file names, and where: (voice, file with line)."""
        given = [
            (v, f"{path}, `{k}`") for k, v in (("narrator", self.narrator), ("unknown", self.unknown)) if v
        ]
        return given + [
            (entry.voice, f"{entry.where}, {entry.name}") for entry in self.entries if entry.voice
        ]

    def voice_of(self, name: str) -> str | None:
        """The voice that the file gives a character, the narrator or the unknown; None where it gives none."""
        named = {entry.name: entry.voice for entry in self.entries}
        return {"narrator": self.narrator, "unknown": self.unknown, **named}.get(name)

    def corrections(self) -> Corrections:
        """What the file decides, for `cast_book`."""
        names: dict[str, str] = {}
        for entry in self.entries:
            names[entry.name] = entry.name
            for alias in entry.aliases:
                names.setdefault(alias, entry.name)
        return Corrections(
            names=names,
            genders={e.name: e.gender for e in self.entries if e.gender},
            ages={e.name: e.age for e in self.entries if e.age},
            lines=self.lines,
        )

    def voices_for(self, casting: Casting) -> dict[str, str]:
        """Character of `casting` -> voice of this file; names and aliases both count (a series' later volume
        may use others)."""
        known: dict[str, str] = {}
        for entry in self.entries:
            if entry.voice:
                for name in (entry.name, *entry.aliases):
                    known.setdefault(name.casefold(), entry.voice)
        fixed = {}
        for character in casting.characters:
            for name in (character.name, *character.aliases):
                if name.casefold() in known:
                    fixed[character.name] = known[name.casefold()]
                    break
        if self.unknown:
            fixed["unknown"] = self.unknown
        return fixed


def load(path: Path) -> CastFile:
    """Read a cast file; an absent one is an empty cast.

    Raises:
        DuoyinError: with file and line, for what cannot be read.
    """
    return _read(path, _document(path)) if path.is_file() else CastFile()


def save(
    path: Path, casting: Casting, voices: Mapping[str, str], lines: Iterable[LineCorrection] = ()
) -> None:
    """Write or bring up to date the cast file: line counts, new characters, new aliases, and voices where it has none.

    The file is read again for it, so that what a person wrote since `load` survives.

    Args:
        casting: made with this file's corrections.
        voices: character name -> voice, with `narrator` and `unknown`; see `assign_voices`.
        lines: corrected lines to be stored too; a later word on a line replaces an earlier one.
    """
    document = _document(path) if path.is_file() else _new(casting)
    entries = document.setdefault("characters", CommentedSeq())
    if entries is None:
        entries = document["characters"] = CommentedSeq()
    by_name = {str(entry["name"]): entry for entry in entries}
    for character in casting.characters:
        entry = by_name.pop(character.name, None)
        if entry is None:
            entry = CommentedMap({"name": character.name})
            entries.append(entry)
        _update(entry, character, voices.get(character.name))
    for entry in by_name.values():
        entry["lines"] = 0
    for key in ("narrator", "unknown"):
        if not document.get(key) and voices.get(key):
            document[key] = voices[key]
    for correction in lines:
        _store_line(document, correction)
    _write(path, document)


def merge_characters(path: Path, into: str, others: Iterable[str]) -> None:
    """Make `others` the same person as `into`; their names become its aliases."""
    document = _document(path)
    target = _find(path, document, into)
    for other in others:
        entry = _find(path, document, other)
        if entry is target:
            continue
        aliases = _aliases(target)
        for name in (entry["name"], *_aliases(entry)):
            if name not in aliases and name != target["name"]:
                aliases.append(name)
        document["characters"].remove(entry)
    _write(path, document)


def split_character(path: Path, name: str, aliases: Iterable[str], new_name: str | None = None) -> None:
    """Take `aliases` away from `name` and make them a character of their own, called `new_name` or by the
    first of them."""
    document = _document(path)
    entry = _find(path, document, name)
    moved = list(aliases)
    held = list(_aliases(entry))
    missing = [alias for alias in moved if alias not in held]
    if missing or not moved:
        raise DuoyinError(
            f"{entry['name']} has no alias {missing[0]!r}" if missing else "no alias was given to split off",
            where=yamlfile.place(path, entry),
            hint="its aliases: " + (", ".join(held) or "none"),
        )
    entry["aliases"] = _flow(alias for alias in held if alias not in moved)
    fresh = CommentedMap({"name": new_name or moved[0]})
    fresh["aliases"] = _flow(alias for alias in moved if alias != fresh["name"])
    document["characters"].insert(document["characters"].index(entry) + 1, fresh)
    _write(path, document)


def rename_character(path: Path, name: str, new_name: str) -> None:
    """Give a character another name; the old one stays as an alias, so that the text is still understood."""
    document = _document(path)
    entry = _find(path, document, name)
    old = str(entry["name"])
    if new_name != old and any(str(e["name"]) == new_name for e in document["characters"]):
        raise DuoyinError(
            f"there is a character {new_name!r} already", where=str(path), hint="merge the two instead"
        )
    aliases = _aliases(entry)
    if old not in aliases and old != new_name:
        aliases.append(old)
    if new_name in aliases:
        aliases.remove(new_name)
    entry["name"] = new_name
    _write(path, document)


def revoice_character(path: Path, name: str, voice: str | None) -> None:
    """Give a character (or `narrator`, `unknown`) a voice; None has one chosen again."""
    document = _document(path)
    if name in ("narrator", "unknown"):
        document[name] = voice
    else:
        _find(path, document, name)["voice"] = voice
    _write(path, document)


def correct_line(path: Path, correction: LineCorrection) -> None:
    """Store who speaks one line; a later word on the same line replaces an earlier one."""
    document = _document(path)
    _store_line(document, correction)
    _write(path, document)


def _store_line(document: CommentedMap, correction: LineCorrection) -> None:
    lines = document.get("lines")
    if lines is None:
        lines = document["lines"] = CommentedSeq()
    row = CommentedMap()
    if correction.chapter is not None:
        row["chapter"] = correction.chapter
    row["text"] = correction.text
    if correction.occurrence != 1:
        row["occurrence"] = correction.occurrence
    row["speaker"] = correction.speaker
    row.fa.set_flow_style()
    same = [
        i
        for i, old in enumerate(lines)
        if old.get("text") == correction.text
        and old.get("chapter") == correction.chapter
        and old.get("occurrence", 1) == correction.occurrence
    ]
    if not same:
        lines.append(row)
    elif dict(lines[same[0]]) != dict(row):
        lines[same[0]] = row


def _document(path: Path) -> CommentedMap:
    if not path.is_file():
        raise DuoyinError(
            "there is no cast file yet", where=str(path), hint="`duoyin cast PROJECT` writes one"
        )
    return yamlfile.read_mapping(path)


def _read(path: Path, document: CommentedMap) -> CastFile:
    unknown_keys = [
        k for k in document if k not in ("language", "narrator", "unknown", "characters", "lines")
    ]
    if unknown_keys:
        raise DuoyinError(
            f"{unknown_keys[0]!r} means nothing here",
            where=yamlfile.place(path, document, unknown_keys[0]),
            hint="keys: language, narrator, unknown, characters, lines",
        )
    entries: list[CastEntry] = []
    owner: dict[str, str] = {}
    for node in _rows(path, document, "characters"):
        where = yamlfile.place(path, node)
        if not node.get("name"):
            raise DuoyinError("a character has no name", where=where, hint="give it `name: …`")
        _refuse_other_keys(path, node, _KEYS)
        name = str(node["name"])
        if isinstance(node.get("aliases"), CommentedMap):
            raise DuoyinError("aliases are a list of names", where=where, hint="aliases: [Annie, Miss Lee]")
        aliases = tuple(str(alias) for alias in _aliases(node))
        for alias in (name, *aliases):
            if owner.setdefault(alias, name) != name:
                raise DuoyinError(
                    f"{alias!r} belongs to both {owner[alias]} and {name}",
                    where=where,
                    hint="leave it with one of them",
                )
        if any(entry.name == name for entry in entries):
            raise DuoyinError(f"{name} stands here twice", where=where, hint="merge the two entries")
        gender = node.get("gender")
        if gender is not None and as_gender(gender) is None:
            raise DuoyinError(f"{gender!r} is no gender", where=where, hint="F, M, or nothing")
        age = node.get("age")
        if age is not None and str(age) not in AGES:
            raise DuoyinError(f"{age!r} is no age", where=where, hint="child, young, adult, old, or nothing")
        voice = node.get("voice")
        entries.append(
            CastEntry(
                name,
                aliases,
                as_gender(gender),
                cast("Age | None", age),
                str(voice) if voice else None,
                where,
            )
        )
    lines = []
    for node in _rows(path, document, "lines"):
        where = yamlfile.place(path, node)
        _refuse_other_keys(path, node, _LINE_KEYS)
        if not node.get("text") or not node.get("speaker"):
            raise DuoyinError(
                "a corrected line needs `text` and `speaker`",
                where=where,
                hint='{chapter: 3, text: "the words", speaker: Name}',
            )
        for key in ("chapter", "occurrence"):
            if node.get(key) is not None and (not isinstance(node[key], int) or node[key] < 1):
                raise DuoyinError(
                    f"`{key}` counts from 1", where=where, hint=f"{node[key]!r} is no such number"
                )
        lines.append(
            LineCorrection(
                str(node["text"]),
                str(node["speaker"]),
                node.get("chapter"),
                node.get("occurrence") or 1,
                where,
            )
        )
    narrator, unknown = document.get("narrator"), document.get("unknown")
    return CastFile(
        tuple(entries), tuple(lines), str(narrator) if narrator else None, str(unknown) if unknown else None
    )


def _rows(path: Path, document: CommentedMap, key: str) -> list[CommentedMap]:
    rows = document.get(key) or ()
    if not isinstance(rows, (CommentedSeq, tuple)):
        raise DuoyinError(
            f"`{key}` is a list",
            where=yamlfile.place(path, document, key),
            hint="start every entry with a dash",
        )
    for row in rows:
        if not isinstance(row, CommentedMap):
            raise DuoyinError(
                f"an entry of `{key}` is not a mapping: {row!r}",
                where=str(path),
                hint="start it with `- name: …`",
            )
    return list(rows)


def _refuse_other_keys(path: Path, node: CommentedMap, allowed: tuple[str, ...]) -> None:
    """A key that is misspelt would be ignored, and what stands behind it lost."""
    for key in node:
        if key not in allowed:
            raise DuoyinError(
                f"{key!r} means nothing here",
                where=yamlfile.place(path, node, key),
                hint=f"keys: {', '.join(allowed)}",
            )


def _find(path: Path, document: CommentedMap, name: str) -> CommentedMap:
    rows = _rows(path, document, "characters")
    for wanted in (lambda row: row.get("name") == name, lambda row: name in _aliases(row)):
        for row in rows:
            if wanted(row):
                return row
    folded = [row for row in rows if str(row.get("name")).casefold() == name.casefold()]
    if folded:
        return folded[0]
    raise DuoyinError(
        f"nobody in the cast is called {name!r}",
        where=str(path),
        hint="the cast: " + ", ".join(str(r.get("name")) for r in rows[:12]),
    )


def _new(casting: Casting) -> CommentedMap:
    document = CommentedMap({"language": casting.language})
    document.yaml_set_start_comment(_HEADER)
    document["narrator"] = None
    document["unknown"] = None
    document["characters"] = CommentedSeq()
    document["lines"] = CommentedSeq()
    return document


def _flow(values: Iterable[str]) -> CommentedSeq:
    sequence = CommentedSeq(values)
    sequence.fa.set_flow_style()
    return sequence


def _aliases(entry: CommentedMap) -> CommentedSeq:
    """The aliases of an entry, as a list in it: nothing is none, a name alone is a list of one."""
    held = entry.get("aliases")
    if isinstance(held, CommentedSeq):
        return held
    listed = _flow([] if held in (None, "") else [str(held)])
    entry["aliases"] = listed
    return listed


def _update(entry: CommentedMap, character: Character, voice: str | None) -> None:
    entry["lines"] = character.lines
    held = list(_aliases(entry) if "aliases" in entry else ())
    fresh = [alias for alias in character.aliases if alias not in held and alias != entry["name"]]
    if fresh or "aliases" not in entry:
        entry["aliases"] = _flow([*held, *fresh])
    if entry.get("gender") is None and character.gender is not None:
        entry["gender"] = GENDER_LETTERS[character.gender]
        if character.gender_evidence:
            entry.yaml_add_eol_comment(character.gender_evidence.replace("\n", " "), "gender", column=0)
    elif "gender" not in entry:
        entry["gender"] = None
    if not entry.get("age"):
        entry["age"] = character.age
    if not entry.get("voice"):
        entry["voice"] = voice


def _write(path: Path, document: CommentedMap) -> None:
    write_atomically(path, yamlfile.to_text(document).encode())


__all__ = [
    "CastEntry",
    "CastFile",
    "correct_line",
    "load",
    "merge_characters",
    "rename_character",
    "revoice_character",
    "save",
    "split_character",
]
