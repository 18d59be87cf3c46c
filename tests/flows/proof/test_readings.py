"""Words of several readings: which is heard."""

from __future__ import annotations

from flows.proof.heard import Asked, AskedWord
from flows.proof.pairs import PairCosts
from flows.proof.readings import OtherReading, better_reading, other_readings
from tts_core.engine import Take

SAME = PairCosts({}, {}, {})


def line(text: str, language: str, *sounds: str) -> Asked:
    words: list[AskedWord] = []
    at = 0
    for word, symbols in zip(text.split(), sounds, strict=True):
        words.append(AskedWord(at, at + len(word), symbols))
        at += len(word) + 1

    def load() -> Take:
        raise AssertionError("no sound is needed")

    return Asked("key", text, language, "v", tuple(words), "af_heart", load, 1.0)


def test_another_reading_that_is_heard_is_found_and_one_that_is_not_is_not() -> None:
    asked = line("the lead pipe", "en", "ðə", "lɛd", "pIp")
    other = OtherReading(1, "lid", "L IY1 D")
    assert better_reading(asked, list("ðəlidpIp"), SAME, [other]) == (other, 6.0)
    assert better_reading(asked, list("ðəlɛdpIp"), SAME, [other]) is None
    assert better_reading(asked, list("ðəmupIp"), SAME, [other]) is None


def test_heteronyms_and_characters_have_other_readings_and_plain_words_none() -> None:
    (lead,) = other_readings(line("the lead pipe", "en", "ðə", "lɛd", "pIp"))
    assert (lead.number, lead.symbols) == (1, "lid")
    values = {each.value for each in other_readings(line("长", "zh", "ʈʂʰaŋ"))}
    assert {"zhang3"} <= values
