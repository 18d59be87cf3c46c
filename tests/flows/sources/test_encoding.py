"""Encodings of text files: told without a mark, even for one short line, and never with mojibake."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.sources import read
from flows.sources.encoding import decode, decode_as, warnings_of
from flows.sources.encoding.plausible import plausibility
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
    noise = random.Random(4).randbytes(20_000)
    for content in (noise, noise.replace(b"\0", b"")):
        path.write_bytes(content)
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


HAN = "清晨的雾还没有散，码头上只有一个卖鱼的老人。"
MORE_HAN = "两个人沿着河堤走了很久，谁也没有开口。到了桥边，他们看见对岸有一盏灯。"
FENG = "清晨的霧還沒有散，碼頭上只有一個賣魚的老人。\n兩個人沿著河堤走了很久，誰也沒有開口。\n"
ENGLISH = "“You’re early,” said the boy — he’d been at the café since five.\n"


def cp1252(data: bytes) -> str:
    """As Windows reads bytes in its Western page, those without a character as controls."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in data)


@pytest.mark.parametrize(
    ("parts", "encoding"),
    [
        ([(HAN, "utf-8"), (MORE_HAN, "gbk")], "utf-8"),
        ([(HAN, "gbk"), (MORE_HAN, "utf-8")], "utf-8"),
        ([(FENG, "big5"), ("我回來了。", "utf-8")], "big5hkscs"),
        ([(ENGLISH, "utf-8"), ("A café, a naïve façade.", "cp1252"), (ENGLISH, "utf-8")], "utf-8"),
        ([("¿Qué pasó? ¡Mañana, señor!", "cp1252"), ("El río creció — dijo él.", "utf-8")], "utf-8"),
    ],
)
def test_each_line_is_read_in_its_own_encoding(parts: list[tuple[str, str]], encoding: str) -> None:
    decoded = decode(b"\n".join(text.encode(own) for text, own in parts))
    assert decoded.text == "\n".join(text for text, _ in parts)
    assert decoded.encoding == encoding and not decoded.bad
    assert any("unlike the rest" in warning for warning in warnings_of(decoded.faults))


def test_two_encodings_in_one_line() -> None:
    decoded = decode(HAN.encode() + MORE_HAN.encode("gbk") + b"\n" + HAN.encode())
    assert decoded.text == f"{HAN}{MORE_HAN}\n{HAN}"


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (HAN.encode()[:-2], HAN[:-1]),
        (
            HAN.encode()[:13] + HAN.encode()[14:] + b"\n" + MORE_HAN.encode(),
            f"清晨的雾\ufffd没有散{HAN[8:]}\n{MORE_HAN}",
        ),
        (b"\xff3\n" + HAN.encode(), f"\ufffd3\n{HAN}"),
        (b"\xef\xbb\xbf" + HAN.encode() + b"\xff", HAN),
        (f"{HAN}\n".encode("gbk") * 9 + HAN.encode("gbk")[1:], HAN[1:]),
    ],
)
def test_a_damaged_byte_costs_its_character_and_is_told(data: bytes, kept: str) -> None:
    decoded = decode(data)
    assert kept in decoded.text
    assert 0 < decoded.bad <= 3
    assert any("damaged" in warning for warning in warnings_of(decoded.faults))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "damage", [lambda data, at: data[:at] + data[at + 1 :], lambda data, at: data[:at] + b"\x91" + data[at:]]
)
def test_utf16_that_lost_or_gained_a_byte_is_read_on(
    encoding: str, damage: Callable[[bytes, int], bytes]
) -> None:
    lines = [
        "1",
        "00:00:01,000 --> 00:00:02,000",
        HAN,
        "",
        "2",
        "00:00:03,000 --> 00:00:04,000",
        MORE_HAN,
        "",
    ]
    data = "\n".join(lines).encode(encoding)
    decoded = decode(damage(data, len("\n".join(lines[:2]).encode(encoding)) + 17))
    assert [line for line in decoded.text.split("\n") if line not in lines] == [decoded.text.split("\n")[2]]
    assert 0 < decoded.bad <= 2 and decoded.faults[0].first == 3


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (HAN, lambda text: cp1252(text.encode())),
        (HAN, lambda text: cp1252(text.encode("gbk"))),
        (FENG, lambda text: text.encode("big5").decode("latin-1")),
        (FENG, lambda text: text.encode("big5").decode("gb18030")),
        ("桥边有一盏灯，在风里晃来晃去", lambda text: text.encode().decode("gb18030")),
        (ENGLISH, lambda text: cp1252(text.encode())),
        (ENGLISH, lambda text: cp1252(cp1252(text.encode()).encode())),
        (ENGLISH, lambda text: text.encode().decode("cp1252", "replace")),
        (ENGLISH, lambda text: text.encode().decode("mac-roman")),
        (ENGLISH, lambda text: text.encode().decode("cp437")),
        ("—¿Qué pasó con el barco? ¡Mañana tampoco vendrá!", lambda text: cp1252(text.encode())),
        ("La niña llegó al muelle", lambda text: text.encode().decode("gbk")),
        ("¿Qué pasó? Mañana será otro día, señor.", lambda text: text.encode("cp1252").decode("cp1251")),
    ],
)
def test_mojibake_is_turned_back_and_told(text: str, wrong: Callable[[str], str]) -> None:
    decoded = decode(wrong(text).encode())
    assert decoded.text == text
    assert any("mojibake" in warning for warning in warnings_of(decoded.faults))


def test_one_paragraph_of_mojibake_among_others() -> None:
    decoded = decode(f"{HAN}\n{cp1252(MORE_HAN.encode('gbk'))}\n{ENGLISH}{cp1252(ENGLISH.encode())}".encode())
    assert decoded.text == f"{HAN}\n{MORE_HAN}\n{ENGLISH}{ENGLISH}"
    assert {fault.first for fault in decoded.faults} == {2, 4}


@pytest.mark.parametrize(
    "text",
    [
        "« OLÉ », cria Ângela. LA SOIRÉE” disait l’affiche, à Nîmes… CAFÉ — fermé.",
        "䶮王名曰嫪瓛，字㐱之，好弄魑魅魍魉。骉、焱、淼、垚四臣侍侧，皆龘龘然。",
        "ÅÄÖ, said the teacher, and wrote ÆØÅ under it; Þórr, Škoda, Dvořák.",
        "注釈一覧",
        "①②③④⑤⑥⑦⑧",
        "საქართველო მშვენიერია",
        "Где ты был вчера вечером? «СССР», Рёв.",
        "こんにちは、お元気ですか。編集部の皆様へ、図書館で読む。",
        "联通 不及格",
        '<title>注釈一覧</title><p class="note">注釈一覧</p>',
        '<span ssml:ph="ˈθɜrti dɪˈgriz">30°</span> <span ssml:ph="ˌdɛməˈkrætɪk">Dem.</span> ɹɪˈpʌblɪkən',
        "用x轴y轴z轴，a股b股c轮，wifi密码app名",
        "烫烫烫！他叫道。锟斤",
        "😀😀 👍 ★★★★ ♪～",
    ],
)
def test_text_that_is_as_it_should_be_is_left_alone(text: str) -> None:
    decoded = decode(text.encode())
    assert decoded.text == text.replace("锟斤", "\ufffd")
    assert [fault.kind for fault in decoded.faults] == ["lost"] * ("锟" in text)


@pytest.mark.parametrize(
    "text",
    ["".join("?" if c > "\x7f" else c for c in f"{HAN}\n{MORE_HAN}"), "锟斤拷锟斤拷锟斤拷锟斤拷锟斤拷，" * 9],
)
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(DuoyinError, match="lost"):
        decode(text.encode())


def test_what_stands_for_lost_words_is_no_text() -> None:
    decoded = decode(f"{HAN}\n他说锟斤拷锟斤拷，{MORE_HAN}".encode())
    assert decoded.text == f"{HAN}\n他说\ufffd\ufffd\ufffd\ufffd，{MORE_HAN}"
    assert ["line 2" in warning and "mojibake" in warning for warning in warnings_of(decoded.faults)] == [
        True
    ]


def test_warnings_are_not_a_flood() -> None:
    lines = (f"{HAN}\n{HAN}\n{HAN}\n{HAN}\n{HAN}\n".encode() + HAN.encode()[:-1] + b"\n") * 40
    warnings = warnings_of(decode(lines).faults, "a.xhtml")
    assert len(warnings) == 9 and "32 more" in warnings[-1]
    assert all(warning.startswith("a.xhtml, ") for warning in warnings)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        (HAN, 0.8, 1.0),
        ("Il était déjà minuit à l’hôtel", 0.8, 1.0),
        ("ÄÇÌìÏÂÎçÓê", -1.0, 0.2),
        ("浣犲ソ锛屼笘鐣", -1.0, 0.3),
        ("plain", 0.0, 0.0),
    ],
)
def test_plausibility(text: str, low: float, high: float) -> None:
    assert low <= plausibility(text) <= high


@pytest.mark.parametrize(
    "text",
    [
        "A set is isomorphic to another, $A ≅ B$, if every $a ∈ A$ has its $b ∈ B$.\n" * 12,
        "<th>A ∧ B</th><th>p ∨ q</th><th>¬p</th><td>a ≤ b, Dih₃, Sₙ, f: ℝ → ℂ</td>\n" * 12,
        "src\n├── main.rs\n│   └── lib.rs\n└── Cargo.lock\n┌────┐\n│ ab │\n└────┘\n" * 6,
        "　　××××：\n　　××市××路×号，一九××年×月×日。\n　　他笑了。\n" * 8,
        "Grossen Dank, ÷ ÷ ÷, he wrote; Schwän-ke ÷ ÷ ÷ ÷ ÷\nThe other lines are plain.\n" * 8,
        "The force is λ times x, and 5 ± 2 of them were −3.\n" * 12,
    ],
)
def test_signs_alone_are_as_they_were_written(text: str) -> None:
    decoded = decode(text.encode())

    assert (decoded.text, decoded.faults) == (text, ())


def test_a_western_page_with_a_sign_in_some_lines_is_one_page() -> None:
    text = 'He called it "Grossen Dank, ÷ ÷ ÷," when he came home to Döbling.\n' + "Ludwig\n" * 20

    decoded = decode((text + "Schwän-ke ÷ ÷ ÷ ÷ ÷\n").encode("cp1252"))

    assert decoded.text == text + "Schwän-ke ÷ ÷ ÷ ÷ ÷\n"
    assert decoded.faults == ()


@pytest.mark.parametrize("filling", [b"\0\0\0\0", b"\0" * 300])
def test_zero_bytes_at_the_end_are_no_reason_to_refuse_a_book(filling: bytes) -> None:
    text = "".join(f"{line}\r\n" for line in SIMPLIFIED)

    assert decode(text.encode("gb18030") + filling).text == text


def test_one_character_that_keeps_the_grammar_of_utf8_is_no_utf8() -> None:
    text = "".join(f"    图2.{n}\r\n{SIMPLIFIED[2]}\r\n" for n in range(1, 30))

    decoded = decode(text.encode("gbk"))

    assert (decoded.text, decoded.faults) == (text, ())


def test_many_short_lines_that_keep_the_grammar_of_utf8_are_no_utf8_in_a_film_of_another_page() -> None:
    alone = ["哦", "什么", "没么", "小么", "呀", "十么", "嘟嘟嘟", "学", "同学", "停", "色", "时"]
    assert all(line.encode("gbk").decode("utf-8") for line in ["哦", "什么", "停", "学"])
    lines = [
        "我们走吧，他们都在外面等着呢",
        "你说的是真的吗？我一点也不相信",
        "今天的雨下得真大，路上都是水",
    ] * 120
    for k, short in enumerate(alone * 3):
        lines.insert(k * 9, short)
    text = "\n".join(f"{k}\n00:00:01,000 --> 00:00:02,000\n{line}\n" for k, line in enumerate(lines, 1))
    decoded = decode(text.encode("gbk"))
    assert (decoded.text, decoded.encoding, decoded.faults) == (text, "gb18030", ())


def test_a_rare_sign_alone_on_its_line_is_left_as_it_is() -> None:
    text = "\n".join(["我们走吧，他们都在外面等着呢"] * 30 + ["诶", "嘟嘟嘟"])
    decoded = decode(text.encode("gb18030"))
    assert decoded.text == text and not decoded.faults


def test_accents_that_stand_alone_are_put_upon_their_letters(tmp_path: Path) -> None:
    text = "CAPÍTULO 1: El señor Núñez\n\nÉl vivía allí.\n\nCAPÍTULO 2: La condición\n\n¿Y el café?\n"
    book = tmp_path / "book.txt"
    book.write_text(unicodedata.normalize("NFD", text), encoding="utf-8")

    manuscript = read(book)

    assert [chapter.title for chapter in manuscript.chapters] == [
        "CAPÍTULO 1: El señor Núñez",
        "CAPÍTULO 2: La condición",
    ]
    assert manuscript.chapters[0].paragraphs[-1].text == "Él vivía allí."
    assert manuscript.warnings == ()
