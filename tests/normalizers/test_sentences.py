"""Sentences: dialogue, titles, abbreviations, lists; long ones cut by meaning."""

from __future__ import annotations

import pytest

from normalizers import split, split_spans

SPLITS = [
    ["“Stop!” cried Mr. Darcy.", "“You must not go.”"],
    ['"I see."', "Elizabeth turned away."],
    ['"What is it?" Holmes asked.', "Watson shrugged."],
    ["He lives on Main St.", "It is nice."],
    ["She earned her Ph.D. in 1990.", "It rained at 6 a.m. on Monday."],
    ["At 5 a.m. Mr. Smith went to the bank.", "He left the bank at 6 P.M.", "Mr. Smith then went home."],
    ["We make a good team, you and I.", "Did you see Albert I. Jones yesterday?"],
    ["1. The first item", "2. The second item"],
    ["I thought... I would go.", "He was gone."],
    ["M. Danglars met MM. Morrel and Debray at Rte. 66.", "It is 2 mi. NE of p. 7 n. 2, lat. 51° N."],
    ["He read Gen. i. 1 and Rev. xxi. 4.", "He was ill.", "5 men waited long.", "6 men came."],
    ["See Fig. 3 and p. 55.", "They explain it."],
]
CHINESE = [
    ["「你是谁？」他喊道。", "「我是你哥哥。」"],
    ["我们看了《你好，李焕英！》。", "很感人。"],
    ["他看着我，说：“你打算怎么办？我不想等了。”", "我说：“再等等吧。”"],
    ["她说（其实是骗人的！）自己病了。", "我信了。"],
    ["他走了……再也没有回来。", "夜深了。"],
    ["1. 第一条。", "2. 第二条。"],
    ["版本v2.0.1发布了！", "快更新。"],
    ["“好。”", "“走吧！”"],
]


@pytest.mark.parametrize("sentences", SPLITS)
def test_english(sentences: list[str]) -> None:
    assert split(" ".join(sentences), "en") == sentences


@pytest.mark.parametrize("sentences", CHINESE)
def test_chinese(sentences: list[str]) -> None:
    assert split("".join(sentences), "zh") == sentences


def test_a_line_break_ends_a_sentence_and_an_empty_line_pauses_longer() -> None:
    verse, stanza, last = split_spans("床前明月光，\n疑是地上霜。\n\n举头望明月", "zh")
    assert verse.pause_seconds < stanza.pause_seconds
    assert last.end == len("床前明月光，\n疑是地上霜。\n\n举头望明月")


def test_a_quote_that_never_closes_is_split_all_the_same() -> None:
    assert len(split("“First. Second. Third.", "en")) == 3


LONG_EN = (
    "When the clerk, who had served the house of Barton and Sons for 1,234,567 hours by his own reckoning, "
    "opened the ledger, "
    "he found that the entries had been altered; and because nobody but Mr. Barton held the key, he said nothing, "
    "but went home, where his wife, who knew him well, asked at once what had happened, and whether it "
    "could still be mended."
)
LONG_ZH = (
    "那年冬天的雪下得特别大，山路全被封住了，村里的人只好躲在屋里烤火，谁也不愿意出门；可是老张还是披上了棉袄，"
    "背起药箱，踩着没过膝盖的积雪，一步一步地往山那边走去，因为他知道，那里有一个生病的孩子正在等他。"
)


@pytest.mark.parametrize(("text", "lang", "limit"), [(LONG_EN, "en", 120), (LONG_ZH, "zh", 40)])
def test_over_long_sentences_are_cut_behind_clauses(text: str, lang: str, limit: int) -> None:
    pieces = split_spans(text, lang, max_chars=limit)
    assert len(pieces) > 2
    for piece in pieces:
        assert piece.end - piece.start <= limit
        assert piece.pause_seconds > 0
    for piece in pieces[:-1]:
        assert text[piece.end - 1] in ",;，；、—：:", text[piece.start : piece.end]
    assert pieces[-1].pause_seconds >= max(p.pause_seconds for p in pieces[:-1])


def test_a_number_or_a_word_is_never_cut() -> None:
    text = "x" * 30 + " 1234567890 " + "y" * 30
    cuts = [text[p.start : p.end] for p in split_spans(text, "en", max_chars=34)]
    assert "1234567890" in " ".join(cuts) and any("1234567890" in c for c in cuts)
