"""A damaged take is made anew, and not for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.making.takes import CORRUPT_ROUNDS, until_whole
from tts_core.takes import CorruptTake


def test_what_works_is_done_once() -> None:
    done: list[str] = []
    assert until_whole(lambda: done.append("speak"), lambda: len(done)) == 1
    assert done == ["speak"]


@pytest.mark.parametrize("damaged", [1, CORRUPT_ROUNDS - 1, CORRUPT_ROUNDS])
def test_a_damaged_take_is_spoken_again_a_few_times(damaged: int, tmp_path: Path) -> None:
    spoken: list[int] = []

    def use() -> str:
        if len(spoken) <= damaged:
            raise CorruptTake("the take is damaged", where=str(tmp_path))
        return "whole"

    if damaged < CORRUPT_ROUNDS:
        assert until_whole(lambda: spoken.append(1), use) == "whole"
    else:
        with pytest.raises(CorruptTake):
            until_whole(lambda: spoken.append(1), use)
    assert len(spoken) == min(damaged + 1, CORRUPT_ROUNDS)
