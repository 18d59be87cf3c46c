"""What is spoken of a subtitle file, and when."""

from __future__ import annotations

from pathlib import Path

from tests.cases import product
from tests.cases.wording import Case, Wrong, missing_words, same_name, squeeze


def dub(case: Case, files: Path) -> Wrong:
    """What is spoken of a subtitle file, and when."""
    expect = case["expect"]
    try:
        file = product.read_subtitles(files / case["file"])
    except product.DuoyinError as error:
        return [] if expect.get("or_refused") else [f"refused: {' '.join(str(error).split())[:200]}"]
    lines = product.spoken_lines(file)
    got = [(round(line.start_ms / 1000, 1), line.text) for line in lines]
    wrong: Wrong = []
    if "lines" in expect:
        wanted = [(start, text) for start, text in expect["lines"]]
        if len(got) != len(wanted) or not all(same_line(a, b) for a, b in zip(got, wanted, strict=True)):
            wrong.append(f"spoken {got}, not {wanted}")
    for start, text in expect.get("contains", []):
        if not any(same_line(line, (start, text)) for line in got):
            wrong.append(f"no {start} {text!r} in {got[:8]}")
    spoken = [squeeze(text) for _, text in got]
    wrong += [
        f"spoken: {part!r}"
        for part in expect.get("not_contains", [])
        if any(squeeze(part) in text for text in spoken)
    ]
    for part, times in expect.get("times", []):
        if (n := sum(text.count(squeeze(part)) for text in spoken)) != times:
            wrong.append(f"{part!r} is spoken {n} times, not {times}")
    for part, speaker in expect.get("speakers", []):
        said = [line.speaker for line in lines if squeeze(part) in squeeze(line.text)]
        if not said or not any(
            same_name(said[0] or "", one) for one in ([speaker] if isinstance(speaker, str) else speaker)
        ):
            wrong.append(f"{part!r} by {said}, not {speaker}")
    for part, start in expect.get("starts", []):
        places = [
            round(span.start_ms / 1000, 1)
            for line in lines
            if (at := line.text.casefold().find(part.casefold())) >= 0
            for span in line.spans
            if span.start_char <= at < span.end_char
        ]
        if not any(abs(place - start) < 0.11 for place in places):
            wrong.append(f"{part!r} at {places}, not {start}")
    wrong += missing_words(file.warnings, expect.get("warns", []), "warning")
    if "time_or_warns" in expect:  # mended, or a person is told
        start, text = expect["time_or_warns"]["line"]
        if not any(same_line(line, (start, text)) for line in got) and missing_words(
            file.warnings, expect["time_or_warns"]["warns"], "warning"
        ):
            wrong.append(f"neither {start} {text!r} nor a warning: {got[:6]} {file.warnings}")
    if "language" in expect and not file.language.startswith(expect["language"]):
        wrong.append(f"language {file.language} ({file.encoding}), not {expect['language']}")
    return wrong


def same_line(got: tuple[float, str], wanted: tuple[float | None, str]) -> bool:
    return squeeze(got[1]) == squeeze(wanted[1]) and (wanted[0] is None or abs(got[0] - wanted[0]) < 0.11)
