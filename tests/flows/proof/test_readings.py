"""Words of several readings: which is heard."""

from __future__ import annotations

from flows.proof.heard import Asked, AskedWord
from flows.proof.readings import other_readings
from tts_core.engine import Take


def line(text: str, language: str, *sounds: str) -> Asked:
    words: list[AskedWord] = []
    at = 0
    for word, symbols in zip(text.split(), sounds, strict=True):
        words.append(AskedWord(at, at + len(word), symbols))
        at += len(word) + 1

    def load() -> Take:
        raise AssertionError("no sound is needed")

    return Asked("key", text, language, "v", tuple(words), "af_heart", load, 1.0)


def test_heteronyms_and_characters_have_other_readings_and_plain_words_none() -> None:
    (lead,) = other_readings(line("the lead pipe", "en", "ðə", "lɛd", "pIp"))
    assert (lead.number, lead.symbols) == (1, "lid")
    values = {each.value for each in other_readings(line("长", "zh", "ʈʂʰaŋ"))}
    assert {"zhang3"} <= values
