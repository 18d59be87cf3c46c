"""Chinese in the convention that Kokoro v1.0's voices were trained on."""

from __future__ import annotations

import pytest

from normalizers import DuoyinError, Hint
from tts_core.kokoro.g2p_zh import ChineseG2P, syllable_symbols
from tts_core.phonetics.phonemes import VOCABULARY, tidy

G2P = ChineseG2P()


def said(text: str, *hints: Hint) -> str:
    return "".join(sound.symbols for sound in tidy(G2P.sounds(text, hints)))


@pytest.mark.parametrize(
    ("pinyin", "symbols"),
    [
        ("ma1", "ma→"), ("ma2", "ma↗"), ("ma3", "ma↓"), ("ma4", "ma↘"), ("ma5", "ma"),
        ("zhi1", "ꭧɨ→"), ("ri4", "ɻɨ↘"), ("si4", "sɨ↘"), ("ji1", "ʨi→"), ("qu4", "ʨʰy↘"), ("xun2", "ɕy↗n"),
        ("lv4", "ly↘"), ("lü4", "ly↘"), ("lve4", "lɥe↘"), ("nue4", "nɥe↘"), ("yuan2", "ɥɛ↗n"), ("weng1", "wə→ŋ"),
        ("liu2", "ljou↗"), ("gui4", "kwei↘"), ("dun4", "twə↘n"), ("bo1", "pwo→"), ("er2", "ɚ↗"), ("xiong2", "ɕjʊ↗ŋ"),
        ("zher4", "ꭧɤ↘ɚ"),
    ],
)  # fmt: skip
def test_syllables(pinyin: str, symbols: str) -> None:
    assert syllable_symbols(pinyin) == symbols


def test_what_is_no_syllable_is_an_error_for_people() -> None:
    for text in ("xyz1", "bq3", ""):
        with pytest.raises(DuoyinError, match="not a pinyin syllable"):
            syllable_symbols(text)


def test_words_are_parted_and_marks_are_western() -> None:
    assert said("我们，走吧！") == "wo↓mən, ʦou↓ pa!"
    assert set(said("“这个……”（他）《书》——、；：？")) <= set(VOCABULARY)


def test_every_character_keeps_its_place() -> None:
    text = "他说：“走！”"
    assert [(text[s.start], s.end - s.start) for s in G2P.sounds(text) if s.word] == [
        ("他", 1),
        ("说", 1),
        ("走", 1),
    ]


def test_a_suffix_er_colours_the_syllable_and_a_child_is_one() -> None:
    assert said("一会儿").endswith("xwei↘ɚ")
    assert said("女儿").endswith("ɚ↗")
    assert said("儿子").startswith("ɚ↗")


def test_hints_replace_readings() -> None:
    text = "重了"
    assert said(text, Hint(0, 1, "pinyin", "chong2", "markup")).startswith("ꭧʰʊ↗ŋ")
    assert said(text, Hint(0, 1, "pinyin", "zhong4", "markup")).startswith("ꭧʊ↘ŋ")
    assert said(text, Hint(0, 1, "respell", "虫", "markup")).startswith("ꭧʰʊ↗ŋ")
    assert said(text, Hint(0, 2, "pinyin", "zher4", "markup")) == "ꭧɤ↘ɚ"
    assert said(text, Hint(0, 2, "ipa", "ʈʂʊŋ", "markup")) == "ʈʂʊŋ"


def test_digits_that_slipped_through_are_said() -> None:
    assert said("第7天") == said("第七天")


def test_a_character_without_a_known_reading_ends_no_run() -> None:
    """CC-CEDICT writes xx5 for it, which is no syllable."""
    heard = "".join(sound.symbols for sound in ChineseG2P().sounds("他写了丷和亽，又写了卪。"))
    assert heard.startswith(syllable_symbols("ta1")) and syllable_symbols("ba1") in heard
