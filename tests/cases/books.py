"""Books as they are read: chapters, text, what is left out, warnings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cases import product
from tests.cases.wording import Case, Wrong, contains, missing_words, squeeze


def inspect(case: Case, files: Path) -> Wrong:
    """A book as it is read: chapters, text, what is left out, warnings."""
    expect = case["expect"]
    try:
        book = product.read(files / case["file"])
    except product.DuoyinError as error:
        if expect.get("refused"):
            return missing_words([str(error)], expect.get("warns", []), "refusal")
        if (
            "repaired_or_warns" in expect
            and not missing_words([str(error)], expect["repaired_or_warns"]["warns"], "")
            and expect.get("may_refuse")
        ):
            return []
        return [] if expect.get("or_refused") else [f"refused: {' '.join(str(error).split())[:200]}"]
    if expect.get("refused"):
        return ["not refused"]
    titles = [chapter.title for chapter in book.chapters]
    heard = "\n".join(
        text for chapter in book.chapters for text in [chapter.title, *(p.text for p in chapter.paragraphs)]
    )
    hints = "\n".join(
        h.value for c in book.chapters for p in c.paragraphs for h in p.hints if h.alphabet == "respell"
    )
    left = "\n".join(item.text for item in book.left_out)
    wrong = titles_wrong(titles, expect["chapters"]) if "chapters" in expect else []
    wrong += contains(heard, expect.get("read_contains", []), "not read")
    wrong += [
        f"not read: any of {parts}"
        for parts in expect.get("read_contains_any", [])
        if not any(squeeze(part) in squeeze(heard + hints) for part in parts)
    ]
    wrong += [
        f"read: {part!r}" for part in expect.get("read_not_contains", []) if squeeze(part) in squeeze(heard)
    ]
    wrong += contains(left, expect.get("left_out_contains", []), "not listed as left out")
    wrong += missing_words(book.warnings, expect.get("warns", []), "warning")
    if "repaired_or_warns" in expect:  # either the true words are read, or a person is told
        repaired = all(squeeze(part) in squeeze(heard) for part in expect["repaired_or_warns"]["repaired"])
        if not repaired and missing_words(book.warnings, expect["repaired_or_warns"]["warns"], "warning"):
            wrong.append("neither repaired nor a warning")
    if "language" in expect and not book.language.lower().startswith(expect["language"]):
        wrong.append(f"language {book.language}, not {expect['language']}")
    if "book_title_not" in expect and squeeze(book.title) == squeeze(expect["book_title_not"]):
        wrong.append(f"book title {book.title!r}")
    return wrong


def titles_wrong(titles: list[str], expect: list[Any] | dict[str, Any]) -> Wrong:
    if isinstance(expect, list):
        good = len(titles) == len(expect) and all(
            squeeze(title) in [squeeze(one) for one in ([wanted] if isinstance(wanted, str) else wanted)]
            for title, wanted in zip(titles, expect, strict=True)
        )
        return [] if good else [f"chapters {titles[:8]}, not {expect}"]
    wrong = []
    if "count" in expect and len(titles) != expect["count"]:
        wrong.append(f"{len(titles)} chapters {titles[:8]}, not {expect['count']}")
    folded = [squeeze(title) for title in titles]
    wrong += [
        f"no chapter {one!r} in {titles[:8]}"
        for one in expect.get("contains", [])
        if squeeze(one) not in folded
    ]
    wrong += [f"chapter {one!r}" for one in expect.get("not_contains", []) if squeeze(one) in folded]
    if expect.get("distinct") and len(set(folded)) != len(folded):
        wrong.append(f"chapters of one name: {titles[:8]}")
    for part in expect.get("some_contains", []):
        if not any(squeeze(part).casefold() in title.casefold() for title in folded):
            wrong.append(f"{part!r} in no chapter title: {titles[:8]}")
    return wrong
