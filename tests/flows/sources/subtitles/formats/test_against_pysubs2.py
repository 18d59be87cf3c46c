"""What an independent writer of subtitle files writes is read back, cue for cue."""

from __future__ import annotations

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.sources.subtitles.formats import recognise

LINES = st.text(alphabet="abc é 你好？！,.'", min_size=1, max_size=20).map(str.strip).filter(bool)
TEXTS = st.lists(LINES, min_size=1, max_size=3)
# ASS keeps hundredths of a second: times on them are exact in every format
CUES = st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 500), TEXTS), min_size=1, max_size=8)


@pytest.mark.parametrize("kind", ["srt", "vtt", "ass"])
@given(cues=CUES)
def test_times_and_text_are_those_that_were_written(
    kind: str, cues: list[tuple[int, int, list[str]]]
) -> None:
    file = pysubs2.SSAFile()
    for start, length, lines in cues:
        event = pysubs2.SSAEvent(start=start * 10, end=(start + length) * 10, text="\\N".join(lines))
        file.append(event)
    text = file.to_string(kind)
    written = sorted((start * 10, (start + length) * 10, "\n".join(lines)) for start, length, lines in cues)
    read = recognise(text, f"film.{kind}").read(text)
    found = sorted((cue.start_ms, cue.end_ms, cue.text.replace("\\N", "\n")) for cue in read.cues)
    assert found == written
