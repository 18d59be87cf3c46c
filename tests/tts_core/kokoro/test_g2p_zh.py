"""Chinese in the convention that Kokoro v1.0's voices were trained on."""

from __future__ import annotations

from normalizers import Hint
from tts_core.kokoro.g2p_en import EnglishG2P
from tts_core.kokoro.g2p_zh import ChineseG2P
from tts_core.kokoro.vocabulary import VOCABULARY
from tts_core.phonetics.phonemes import tidy
from tts_core.phonetics.pinyin import syllable_symbols

G2P = ChineseG2P(EnglishG2P("american", str).say_plain)


def said(text: str, *hints: Hint) -> str:
    return "".join(sound.symbols for sound in tidy(G2P.sounds(text, hints)))


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
    heard = "".join(sound.symbols for sound in G2P.sounds("他写了丷和亽，又写了卪。"))
    assert heard.startswith(syllable_symbols("ta1")) and syllable_symbols("ba1") in heard
