"""Encodings of text files: told without a mark, even for one short line, and never with mojibake."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.sources import read
from flows.sources.encoding import decode, decode_as
from normalizers import DuoyinError

SIMPLIFIED = [
    "第一章 你好",
    "今天晚上，很好的月光。",
    "我不见他，已是三十多年；今天见了，精神分外爽快。",
    "“你来了？”他问。",
    "陈师傅把怀表放在母女俩面前，表针正嗒嗒地走着。",
    "2024年3月12日，晚上8点45分",
]
TRADITIONAL = [
    "第一回 靈根育孕源流出",
    "老殘遊記",
    "話說山東登州府東門外有一座大山，名叫蓬萊山。",
    "「你來了？」他問。",
    "三國演義",
    "今天晚上，很好的月光。",
    "小說",
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
@pytest.mark.parametrize("text", SIMPLIFIED)
def test_simplified(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "big5", "gbk", "gb18030"])
@pytest.mark.parametrize("text", TRADITIONAL)
def test_traditional(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "Call me Ishmael. Some years ago, never mind how long.\n",
        "我不见他，已是三十多年；今天见了，精神分外爽快。\n我在这里。",
    ],
)
def test_utf16_without_its_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


def test_western_text() -> None:
    text = "“Café,” she said — and left.\n" * 20
    assert decode(text.encode("cp1252")).text == text


def test_one_bad_byte_does_not_spoil_a_book() -> None:
    good = ("今天晚上，很好的月光。我不见他，已是三十多年。" * 50).encode("gbk")
    decoded = decode(good[:1000] + b"\xff" + good[1000:])
    assert decoded.encoding == "gb18030"
    assert 0 < decoded.bad < 4 and decoded.text.startswith("今天晚上")
    utf8 = ("今天晚上，很好的月光。" * 50).encode()
    assert decode(utf8[:-1]).text.startswith("今天晚上，很好的月光。" * 49)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    import random

    path = tmp_path / "x.txt"
    path.write_bytes(random.Random(4).randbytes(20_000))
    with pytest.raises(DuoyinError) as caught:
        read(path)
    assert "UTF-8" in (caught.value.hint or "")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(SIMPLIFIED), min_size=1, max_size=5),
    st.sampled_from(["utf-8", "utf-16", "gb18030"]),
)
def test_any_mixture_of_simplified_lines(lines: list[str], encoding: str) -> None:
    text = "\n".join(lines)
    assert decode(text.encode(encoding)).text == text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(TRADITIONAL), min_size=1, max_size=5),
    st.sampled_from(["utf-8", "utf-16", "big5"]),
)
def test_any_mixture_of_traditional_lines(lines: list[str], encoding: str) -> None:
    text = "\n".join(lines)
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-8"])
def test_slices_of_real_novels(shared: Path, encoding: str) -> None:
    name = "laocan-youji.txt" if encoding == "big5" else "laocan-youji-gbk.txt"
    text = decode((shared / "corpus" / "txt" / name).read_bytes()).text
    wrong = 0
    for start in range(1000, 60_000, 997):
        piece = text[start : start + 40]
        try:
            data = piece.encode(encoding)
        except UnicodeEncodeError:
            continue
        wrong += decode(data).text != piece
    assert wrong == 0


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Il était déjà minuit à l’hôtel; où êtes-vous? — Ça va, dit-elle. “Naïve” café.", "cp1252"),
        ("Er ging über die Straße. „Schön“, sagte sie.", "cp1252"),
        ("¿Qué pasó? ¡Mañana, señor!", "cp1252"),
        ("It’s late — “so”…", "cp1252"),
        ("Chapter 1\r\r“It’s late,” he said — and left the café.\r", "mac-roman"),
        ("Привет, как дела? Хорошо, спасибо.", "cp1251"),
        ("Καλημέρα κόσμε, τι κάνεις;", "cp1253"),
    ],
)
def test_western_text_is_windows_1252_and_not_its_neighbours(text: str, encoding: str) -> None:
    assert decode((text + "\r" * (encoding == "mac-roman")).encode(encoding)).text.rstrip(
        "\r"
    ) == text.rstrip("\r")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("こんにちは、お元気ですか。今日は良い天気ですね。", "cp932"),
        ("안녕하세요, 오늘 날씨가 좋네요. 어디에 가세요?", "cp949"),
        ("Zażółć gęślą jaźń. Wszystko w porządku, dziękuję.", "cp1250"),
        ("Где ты был вчера вечером? Я ждала.", "koi8_r"),
        ("שלום, מה שלומך היום?", "cp1255"),
        ("สวัสดีครับ วันนี้เป็นอย่างไร", "cp874"),
        ("Où?\nOui.\n", "cp1252"),
    ],
)
def test_pages_of_other_languages(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


def test_a_damaged_file_of_utf8_is_utf8() -> None:
    text = "He said: “Naïve café”, and left. " * 30
    decoded = decode(text.encode()[:-40] + b"\xff and more")
    assert (decoded.encoding, decoded.bad) == ("utf-8", 1)


def test_utf16_of_chinese_between_times_in_digits() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n我们走吧\n\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert decode(text.encode(encoding)).text == text


def test_an_encoding_by_name_is_believed_or_refused() -> None:
    assert decode_as("Grüße".encode("cp1250"), "cp1250").text == "Grüße"
    with pytest.raises(DuoyinError, match="unknown encoding"):
        decode_as(b"x", "klingon")
    with pytest.raises(DuoyinError, match="byte 1 is not utf-8"):
        decode_as(b"x\xff", "utf-8", where="film.srt")
