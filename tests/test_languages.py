"""A language is a record: every record is whole, one detector tells them, and nobody else asks for a code by name."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from normalizers import DuoyinError
from normalizers.languages import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    Language,
    language,
    language_of,
    primary,
    spoken_language,
)

REPOSITORY = Path(__file__).resolve().parents[1]

OWN_MODULES = (
    "normalizers/languages/",
    "normalizers/chinese/",
    "normalizers/english/",
    "normalizers/spanish/",
    "flows/casting/chinese/",
    "flows/casting/english/",
    "flows/casting/spanish/",
    "flows/sources/words/",
    "tts_core/phonetics/",
    "tts_core/kokoro/g2p_en.py",
    "tts_core/kokoro/g2p_es.py",
    "tts_core/kokoro/g2p_zh.py",
    "tts_core/gpt_sovits/description.py",  # which codes an engine speaks
    "tts_core/gpt_sovits/text/",
    "tts_core/kokoro/reading.py",
    "tts_core/kokoro/voice_bank.py",
    "tts_core/kokoro/description.py",
)
"""Where a language is at home: these may call it by its code (`zh` and `en` are syllables of pinyin there, too)."""

_CODE = re.compile(r"""(?<!lang=)(["'])(?:zh|en|es)\1""")


def _product() -> list[Path]:
    return [
        path for room in ("normalizers", "tts_core", "flows") for path in (REPOSITORY / room).rglob("*.py")
    ]


def test_nothing_outside_a_languages_own_module_calls_it_by_its_code() -> None:
    found = {
        name
        for path in _product()
        if not (name := path.relative_to(REPOSITORY).as_posix()).startswith(OWN_MODULES)
        and _CODE.search(path.read_text(encoding="utf-8"))
    }
    assert found == set(), "ask the record (normalizers/languages) instead"


MAY_BE_EMPTY = {
    "articles",
    "common_words",
    "own_letters",
    "scanned_words",
    "number_leads",
    "silent_endings",
    "transcript_prompt",
}


@pytest.mark.parametrize("record", LANGUAGES.values(), ids=list(LANGUAGES))
def test_every_record_is_whole(record: Language) -> None:
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        assert value or field.name in MAY_BE_EMPTY or value is False, field.name
    assert LANGUAGES[record.code] is record
    assert record.short_line < record.long_line <= record.longest_sentence
    assert record.count(record.probe) > 5
    assert language_of(record.probe) == record.code
    assert len({record.probe, *record.auditions}) == 10
    assert all(language_of(sentence) == record.code for sentence in record.auditions)
    assert all(
        primary(tag) == record.code for tag in (*record.tags, record.code.upper(), f"{record.code}-XX")
    )
    assert not record.latin or record.common_words, "letters alone do not tell it from its neighbours"


def test_an_unknown_language_is_refused_with_those_known() -> None:
    with pytest.raises(DuoyinError, match="tlh") as caught:
        language("tlh")
    assert all(code in (caught.value.hint or "") for code in LANGUAGES)


FRENCH = (
    "Il était déjà minuit dans la ville, et le vieil homme comptait les voitures qui passaient sur "
    "le pont avec lui. "
)


@pytest.mark.parametrize(
    ("text", "default", "told"),
    [
        ("版本 3.5 Ultimate Edition", None, "zh"),
        ("版本 3.5 Ultimate Edition", "en", "zh"),
        ("他在GitHub上工作。", "en", "zh"),
        ("He said 你好 to all of us.", "zh", "en"),
        ("为什么 RSA 这个缩写", None, "zh"),
        ("如果a≠b，则a>b。", None, "zh"),
        ("A1-A5区", None, "zh"),
        ("", None, DEFAULT_LANGUAGE),
        ("1984", "zh", "zh"),
        ("……", "en", "en"),
        ("OK", None, "en"),
        ("OK", "zh", "en"),
        ("La la la!", None, "en"),
        ("吾輩は猫である。名前はまだ無い。", None, "ja"),
        ("吾輩は猫である。名前はまだ無い。", "zh", "ja"),
        ("ひらがな", None, "ja"),
        ("超人の力，哈哈哈哈哈哈哈哈哈哈", None, "zh"),
        ("日本語", "ja", "ja"),
        ("Он вошёл в комнату", "en", "ru"),
        ("안녕하세요 여러분", "zh", "ko"),
        (FRENCH, None, "en"),  # a line proves nothing, a page does
        (FRENCH * 4, None, "fr"),
        (FRENCH * 4, "en", "en"),  # the letters of the language around it
    ],
)
def test_the_language_of_a_text(text: str, default: str | None, told: str) -> None:
    assert language_of(text, default) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [("吾輩は猫である", "zh"), ("ひらがな", "en"), ("Он вошёл", "en"), ("你好", "zh"), ("Hello", "en")],
)
def test_what_nobody_speaks_is_read_by_the_rules_nearest_to_it(text: str, told: str) -> None:
    assert spoken_language(text, "en") == told


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("zh-Hans-CN", "zh"),
        ("en_GB", "en"),
        ("eng", "en"),
        ("chi", "zh"),
        ("fr-CA", "fr"),
        (None, ""),
        (" ", ""),
    ],
)
def test_tags_come_down_to_their_language(tag: str | None, code: str) -> None:
    assert primary(tag) == code
