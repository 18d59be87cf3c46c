"""Files of every kind become recordings, with the texts that belong to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch")

from flows.making.training.material import listed, material, recordings, words_of
from normalizers import DuoyinError
from tts_core.gpt_sovits.training.material.cleaning import LeftOut

TONE = (0.3 * np.sin(np.arange(22_050) / 9)).astype(np.float32)
CUES = "1\n00:00:01,000 --> 00:00:02,000\nWho is there?\n\n2\n00:00:03,000 --> 00:00:04,000\nNobody.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "one.wav", TONE, 22_050)
    soundfile.write(tmp_path / "two.flac", np.stack([TONE, np.zeros_like(TONE)], axis=1), 44_100)
    (tmp_path / "one.txt").write_text("It is nine.\n", encoding="utf-8")
    (tmp_path / "two.srt").write_text(CUES, encoding="utf-8")
    (tmp_path / "notes.docx").write_bytes(b"PK")
    (tmp_path / "broken.mp3").write_bytes(b"no sound at all")
    return tmp_path


def test_a_folder_is_read_with_the_texts_beside(folder: Path) -> None:
    found = material([folder])
    assert [file.name for file in found.files] == ["broken.mp3", "one.wav", "two.flac"]
    assert dict(found.texts) == {"one.wav": "It is nine.", "two.flac": "Who is there?\nNobody."}
    assert [(row.recording, row.why) for row in found.left_out] == [
        ("notes.docx", "no recording: its name says another kind of file")
    ]


def test_what_cannot_be_decoded_is_told_and_the_rest_goes_on(folder: Path) -> None:
    left_out: list[LeftOut] = []
    one, two = recordings(material([folder]), left_out)
    assert (one.name, one.rate, one.text) == ("one.wav", 22_050, "It is nine.")
    assert one.seconds == pytest.approx(1.0, abs=0.01)
    assert two.notes == ("1 of 2 channels hold nothing and are left out",)
    assert [row.recording for row in left_out] == ["broken.mp3"]
    assert left_out[0].why.startswith("cannot be read: ")


def test_the_sound_of_a_video_is_taken(in_shared: Callable[[str], Path]) -> None:
    video = in_shared("corpus/video/open-dubbing-english.mp4")
    (made,) = recordings(material([video]), [])
    assert made.seconds == pytest.approx(9.97, abs=0.1)


def test_one_text_may_belong_to_all_recordings(folder: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.md"
    book.write_text("# The Clocks\n\n## Chapter 1. Noon\n\nIt was noon.\n\nNobody spoke.\n", encoding="utf-8")
    found = material([folder / "broken.mp3"], book)
    assert "It was noon.\nNobody spoke." in found.text_of(folder / "broken.mp3")


def test_a_list_names_the_words_of_each_file(tmp_path: Path) -> None:
    path = tmp_path / "clips.list"
    path.write_text(
        "D:\\set\\one.wav|anna|EN|It is nine | o'clock.\n\nx/two.wav|anna|EN|It is ten.\n", encoding="utf-8"
    )
    assert listed(path) == {"one.wav": "It is nine | o'clock.", "two.wav": "It is ten."}
    path.write_text("one.wav|anna|It is nine.\n", encoding="utf-8")
    with pytest.raises(
        DuoyinError, match=r"clips\.list, line 1: a line needs file\|speaker\|language\|words"
    ):
        listed(path)


def test_nothing_to_learn_from_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="there are no recordings here"):
        material([tmp_path])
    with pytest.raises(DuoyinError, match="there is nothing here"):
        material([tmp_path / "nowhere"])
    (tmp_path / "a.wav").write_bytes(b"")
    with pytest.raises(DuoyinError, match="there is no such file"):
        material([tmp_path], tmp_path / "nowhere.txt")
    (tmp_path / "text.pdf").write_bytes(b"%PDF")
    with pytest.raises(DuoyinError, match="this is no text that can be read"):
        words_of(tmp_path / "text.pdf")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.wav").write_bytes(b"")
    with pytest.raises(DuoyinError, match=r"two recordings are called a\.wav"):
        material([tmp_path, tmp_path / "b"])
