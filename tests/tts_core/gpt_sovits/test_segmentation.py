"""Cutting a text as the reference does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers import DuoyinError
from tts_core.gpt_sovits.segmentation import LONGEST_PIECE, CutMethod, cut_text, prepared_pieces


@pytest.fixture(scope="module")
def rows(shared: Path) -> dict[str, Any]:
    file = shared / "parity" / "text_frontend.json"
    if not file.is_file():
        pytest.skip("parity fixture text_frontend not found in the shared data")
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def test_every_method_cuts_where_the_reference_does(rows: dict[str, Any]) -> None:
    for row in rows["cuts"]:
        assert cut_text(row["input"], row["method"]) == row["output"], row["method"]


def test_whole_preparation(rows: dict[str, Any]) -> None:
    for row in rows["pre_seg"]:
        if isinstance(row["output"], dict):
            with pytest.raises(DuoyinError, match="nothing to say"):
                prepared_pieces(row["input"], row["method"], english=row["lang"] == "en")
        else:
            assert prepared_pieces(row["input"], row["method"], english=row["lang"] == "en") == row["output"]


@given(st.text(alphabet="长短。，,.!?1 a\n…—", max_size=700), st.sampled_from(get_args(CutMethod)))
def test_no_piece_is_empty_unspeakable_or_too_long(text: str, method: CutMethod) -> None:
    try:
        pieces = prepared_pieces(text, method)
    except DuoyinError:
        return
    assert all(any(character.isalnum() for character in piece) for piece in pieces)
    run = max((len(part) for part in "".join(pieces).replace("。", "，").split("，")), default=0)
    assert all(len(piece) <= max(LONGEST_PIECE, run) + 1 for piece in pieces)


def test_a_long_sentence_is_cut_at_marks() -> None:
    pieces = prepared_pieces("很长的一句话，" * 200, "cut0")
    assert len(pieces) == 3 and "".join(pieces) == "很长的一句话，" * 200
    assert all(len(piece) <= LONGEST_PIECE for piece in pieces)
