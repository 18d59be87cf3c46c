"""What a book says of itself, and how an EPUB says it: Dublin Core, the refinements of EPUB 3, calibre's own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from flows.sources.soup import local_name

OPF = "{http://www.idpf.org/2007/opf}"
_DUBLIN_CORE = ("dc/elements/1.0", "dc/elements/1.1")
_WRAPPERS = ("dc-metadata", "x-metadata")
"""Elements around the metadata in OEB 1.x."""
_YEAR = re.compile(r"(?<!\d)([1-9]\d{3})(?!\d)")
"""calibre writes 0101-01-01 for an unknown date."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says of its book; "" or None where it says nothing."""

    title: str = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    identifier: str | None = None
    publisher: str | None = None
    description: str | None = None
    year: str | None = None
    series: str | None = None
    series_index: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """One element of the metadata. `name` is a name of Dublin Core, or "" for any other element."""

    name: str
    text: str
    attributes: dict[str, str]

    def get(self, name: str) -> str:
        return self.attributes.get(name) or ""


def read_metadata(package: etree._Element) -> Metadata:
    """The metadata of a package document, whatever its version and its namespaces."""
    entries = _entries(package)
    refinements = _refinements(entries)
    series, index = _series(entries, refinements)
    return Metadata(
        title=_title(entries, refinements),
        authors=_authors(entries, refinements),
        language=_first(entries, "language") or "",
        identifier=_identifier(entries, package.get("unique-identifier")),
        publisher=_first(entries, "publisher"),
        description=_plain(_first(entries, "description")),
        year=_year(entries),
        series=series,
        series_index=index,
    )


def named_covers(package: etree._Element) -> list[str]:
    """Ids of the manifest's items that EPUB 2 names as the cover."""
    return [e.get("content") for e in _entries(package) if e.get("name") == "cover" and e.get("content")]


def _entries(package: etree._Element) -> list[_Entry]:
    metadata = package.find("{*}metadata")
    if metadata is None:
        return []
    elements = [e for e in metadata if local_name(e.tag) not in _WRAPPERS]
    elements += [e for name in _WRAPPERS for wrapper in metadata.iterfind(f"{{*}}{name}") for e in wrapper]
    entries = []
    for element in elements:
        space = element.tag[1:].rpartition("}")[0].lower().rstrip("/")
        core = space.endswith(_DUBLIN_CORE) or element.tag.startswith("dc:")  # a prefix that nothing declares
        entries.append(
            _Entry(local_name(element.tag) if core else "", element.text or "", dict(element.attrib))
        )
    return entries


def _refinements(entries: list[_Entry]) -> dict[str, dict[str, str]]:
    """`#id` -> property -> value (EPUB 3.3, 5.5.6)."""
    table: dict[str, dict[str, str]] = {}
    for entry in entries:
        if entry.get("refines") and entry.get("property") and entry.text:
            table.setdefault(entry.get("refines").lstrip("#"), {})[entry.get("property")] = entry.text.strip()
    return table


def _named(entries: list[_Entry], name: str) -> list[_Entry]:
    """The entries of a name of Dublin Core that have words."""
    return [entry for entry in entries if entry.name == name and entry.text.strip()]


def _first(entries: list[_Entry], name: str) -> str | None:
    return next((_fold(entry.text) for entry in _named(entries, name)), None)


def _fold(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str | None) -> str | None:
    """Descriptions often carry escaped HTML."""
    return _fold(re.sub(r"<[^>]*>", " ", text)) if text else None


def _title(entries: list[_Entry], refinements: dict[str, dict[str, str]]) -> str:
    """The main title; where none is called so, the first that is called nothing else."""
    titles = [
        (_fold(entry.text), refinements.get(entry.get("id"), {}).get("title-type", ""))
        for entry in _named(entries, "title")
    ]
    wanted = [text for kind in ("main", "") for text, own in titles if own == kind]
    return next(iter([*wanted, *(text for text, _ in titles)]), "")


def _authors(entries: list[_Entry], refinements: dict[str, dict[str, str]]) -> tuple[str, ...]:
    """Creators whose role is author or is not told; whoever made it where there is none."""
    creators = _named(entries, "creator")
    authors = [e for e in creators if _role(e, refinements) in ("", "aut", "author")]
    return tuple(dict.fromkeys(_fold(entry.text) for entry in authors or creators))


def _role(entry: _Entry, refinements: dict[str, dict[str, str]]) -> str:
    role = entry.get(f"{OPF}role") or refinements.get(entry.get("id"), {}).get("role", "")
    return role.strip().lower()


def _identifier(entries: list[_Entry], unique: str | None) -> str | None:
    """The identifier that the package calls unique; where it calls none, the last that has an id."""
    known = [entry for entry in _named(entries, "identifier") if entry.get("id")]
    chosen = [entry for entry in known if entry.get("id") == unique] or known
    return _fold(chosen[-1].text) if chosen else None


def _year(entries: list[_Entry]) -> str | None:
    """The year of the publication, never that of the file's modification."""
    event = f"{OPF}event"
    dates = [e for e in _named(entries, "date") if e.get(event) not in ("modification", "creation")]
    dates.sort(key=lambda e: e.get(event) not in ("original-publication", "publication"))
    years = (_YEAR.search(entry.text) for entry in dates)
    return next((match.group(1) for match in years if match), None)


def _series(entries: list[_Entry], refinements: dict[str, dict[str, str]]) -> tuple[str | None, str | None]:
    """Name and number: of an EPUB 3 collection that is a series, or as calibre writes them."""
    for entry in entries:
        if entry.get("property") == "belongs-to-collection" and entry.text and not entry.get("refines"):
            refined = refinements.get(entry.get("id"), {})
            if refined.get("collection-type", "series") == "series":
                return _fold(entry.text), refined.get("group-position")
    named = {entry.get("name"): entry.get("content") for entry in entries}
    name = named.get("calibre:series")
    return (name, named.get("calibre:series_index")) if name else (None, None)
