"""Supporting models are found where they lie."""

from __future__ import annotations

from pathlib import Path

from tts_core.gpt_sovits.files.support import SPEAKER_FILE, Support, find_support


def test_nothing_is_found_in_an_empty_folder(tmp_path: Path) -> None:
    assert find_support(tmp_path) == Support()


def test_support_is_found_by_its_files(tmp_path: Path) -> None:
    for folder in ("chinese-hubert-base", "chinese-roberta-wwm-ext-large"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "config.json").write_text("{}")
    (tmp_path / "speaker").mkdir()
    (tmp_path / "speaker" / SPEAKER_FILE).write_bytes(b"x")
    found = find_support(tmp_path)
    assert found.hubert and found.bert and found.speaker
