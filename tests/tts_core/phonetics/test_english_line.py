"""What the words of a line are before a dictionary is asked: letters, articles, stammers."""

from __future__ import annotations

import pytest

from tts_core.phonetics.english_line import first_sound, read_line, stammers


def _fragments(text: str) -> list[str]:
    return [text[at:].split("-")[0].split("…")[0].split("—")[0] for at in sorted(stammers(text))]


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        ("B-but why?", ["B"]),
        ("It's c-c-cold, s-sir.", ["c", "c", "s"]),
        ("Th-that’s not true.", ["Th"]),
        ("W… what? N—no!", ["W", "N"]),
        ("I… th-thought so.", ["th"]),
        ("W-w-w— He broke off.", ["W", "w", "w"]),
    ],
)
def test_a_stammer_is_the_head_of_its_word(text: str, fragments: list[str]) -> None:
    assert _fragments(text) == fragments


@pytest.mark.parametrize(
    "text",
    [
        "An X-ray on D-Day.", "a T-shirt, an e-mail, A-levels", "re-read it, co-conspirator", "as easy as A-B-C",
        "an S-shaped scar", "Plan B—but faster.", "I… I do.", "No-no.", "So… sometimes.", "a well-worn walk-way",
    ],
)  # fmt: skip
def test_what_is_no_stammer(text: str) -> None:
    assert not stammers(text)


@pytest.mark.parametrize(
    ("sounds", "fragment", "said"),
    [
        ("bʌt", "B", ("b", True)), ("wʌt", "Wh", ("w", True)), ("stɑp", "st", ("st", True)), ("stɑp", "s", ("s", True)),
        ("ɪts", "I", ("ɪ", False)), ("kænt", "ca", ("kæ", False)), ("nɑk", "kn", ("n", True)),
    ],
)  # fmt: skip
def test_its_first_sound_is_said_again(sounds: str, fragment: str, said: tuple[str, bool]) -> None:
    again, murmured = first_sound(sounds, fragment, "ʌɑɪæ".__contains__)
    assert ("".join(again), murmured) == said


@pytest.mark.parametrize(
    ("text", "word", "named"),
    [
        ("US troops crossed.", "US", True), ("He was in the US.", "US", True), ("THEY SEE US!", "US", False),
        ("Leave US out of it.", "US", False), ("The IT department", "IT", True), ("You know IT.", "IT", False),
        ("The WHO said so.", "WHO", True), ("WHO IS THERE?", "WHO", False), ("CO two levels", "CO", True),
        ("A D seventy nine", "A", True), ("A A Milne", "A", True), ("A is for apple.", "A", True),
        ("A U S ship", "A", False), ("A T-shirt", "A", False), ("A man", "A", False),
    ],
)  # fmt: skip
def test_letters_and_words_in_capitals(text: str, word: str, named: bool) -> None:
    line = read_line(text)
    assert (text.index(word) in line.letters) == named


def test_a_capital_article_in_a_title() -> None:
    assert read_line("Once Upon A Time").articles and not read_line("It is in A minor.").articles
