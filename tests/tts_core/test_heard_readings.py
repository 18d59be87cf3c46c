"""What is explained is what is heard: words spelled alike, from the case files, through the engines' own phonemes."""

from __future__ import annotations

from pathlib import Path

import pytest

from normalizers import heteronyms
from tests.cases.heard import arpabet_symbols, loose
from tts_core.gpt_sovits.text.english import english_phones
from tts_core.kokoro.g2p_en import EnglishG2P

FILES = ("heteronyms_en.tsv", "novels_heteronyms_en.tsv")
FOLDER = Path(__file__).parents[1] / "normalizers"
KOKORO = EnglishG2P("american", str)


def _cases(name: str) -> list[tuple[str, int, str]]:
    """Sentence, where its word starts, and the reading that `explain` prints."""
    cases = []
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            marked = line.split("\t")[0]
            text, at = marked.replace("*", ""), marked.index("*")
            cases += [(text, at, h.arpabet) for h in heteronyms(text) if h.start == at]
    return cases


@pytest.mark.parametrize("name", FILES)
def test_the_embedded_engine_is_given_what_is_explained(name: str) -> None:
    wrong = []
    for text, at, phones in _cases(name):
        heard = next(sound.symbols for sound in KOKORO.sounds(text) if sound.word and sound.start == at)
        if not loose(heard) & loose(arpabet_symbols(phones)):
            wrong.append((text, phones, heard))
    assert not wrong


@pytest.mark.parametrize("name", FILES)
def test_gpt_sovits_is_given_what_is_explained(name: str) -> None:
    wrong = []
    for text, at, phones in _cases(name):
        piece = english_phones(text)
        before = sum(count for start, _, count in piece.spans if start < at)
        count = next(count for start, end, count in piece.spans if start == at != end)
        heard = " ".join(piece.phones[before : before + count])
        if heard != phones:
            wrong.append((text, phones, heard))
    assert not wrong
