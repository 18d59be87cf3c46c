"""The report page: what it says, that it needs nothing else, and that everybody can read it."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import html as parser

from flows.making.report import page as page_module
from flows.making.report.page import report_page
from flows.making.report.pagewords import WORDS, page_words
from tests.flows.making.report.facts_of_books import book_facts, check, doubt, heard

CLIP = "data:audio/mpeg;base64,AAAA"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7 * 7 }} </style> javascript:"
LANGUAGES = sorted(file.stem for file in WORDS.glob("*.json"))


def page(facts: dict[str, Any] | None = None, **media: Any) -> str:
    given: dict[str, Any] = {"clips": {}, "samples": {}, **media}
    return report_page(facts or book_facts(), **given)


def text_of(html: str, where: str) -> str:
    """What a reader sees of a section."""
    (element,) = parser.fromstring(html).xpath(f"//*[@id='{where}']")
    return " ".join(element.text_content().split())


def test_the_verdict_comes_first_and_says_what_to_do() -> None:
    assert text_of(page(), "verdict").startswith("Ready to listen")
    doubtful = text_of(page(book_facts(proof=heard(doubt(1)))), "verdict")
    assert "Doubtful: 1 line, about 1 minute to listen to" in doubtful
    missed = text_of(page(book_facts(passed=False, checks=[check(passed=False)])), "verdict")
    assert missed.startswith("Not right yet") and "Loudness of the whole file: −14.20 LUFS" in missed
    assert "Run the same command again" in missed


def test_where_nobody_listened_the_page_says_so_and_how_to_change_it() -> None:
    assert "Nobody has listened: the proof extra is not installed" in text_of(page(), "doubts")
    assert "pip install 'duoyin[proof]'" in text_of(page(), "verdict")
    assert "pip install" not in page(book_facts(proof=heard()))


def test_lines_that_were_taken_again_are_listed() -> None:
    again = {**doubt(1), "take": 2, "tried": 1, "mended": True, "because": "dropped “nine”"}
    told = text_of(page(book_facts(proof={**heard(), "repaired": [again]})), "doubts")
    assert "Doubtful at first: 1 line. Taken again and mended: 1." in told
    assert "“nine” is not heard (at 0.4 s) → mended, take 2" in told


def test_a_doubtful_line_has_a_player_what_was_heard_and_the_command_that_mends_it() -> None:
    made = page(book_facts(proof=heard(doubt(1), doubt(2))), clips={"line1": CLIP})
    told = text_of(made, "doubt-1")
    for part in (
        "Ann",
        "One, at 0:12",
        "It is nine, said the clock.",
        "It is, said the clock.",
        "“nine” is not heard",
    ):
        assert part in told
    assert "duoyin retake book.duoyin --line line1" in told
    assert "20 lines heard by whisper-base; not judged" in text_of(made, "doubts")
    assert made.count("<audio") == 1 and "Lines with a player: 1;" in made
    assert "<mark>nine</mark>" in made


def test_a_voice_of_a_person_comes_with_what_its_listeners_must_know() -> None:
    assert "with their consent" not in text_of(page(), "voices")
    first, second = book_facts()["voices"]
    told = text_of(
        page(book_facts(voices=[{**first, "licence": "By letter", "cloned": True}, second])), "voices"
    )
    assert "By letter" in told and "A voice of a person is used here with their consent" in told


def test_coverage_is_shown_where_it_is_known() -> None:
    assert 'id="coverage"' not in page()
    gap = {
        "kind": "no-take", "fails": True, "chapter": 1, "line": "a", "text": "It is nine.", "what": "it has no take",
        "mend": "duoyin audiobook book.duoyin", "cue": 0,
    }  # fmt: skip
    told = {
        "passed": False, "source_characters": 1003, "characters": {"as-printed": 1000, "left-out": 3}, "left_out": {},
        "lines": {}, "takes": 20, "placed": 19, "gaps": [gap], "gaps_not_listed": 0,
        "found": {"files": {}, "lines": 20, "found": 19, "silent": 0, "farthest_ms": 0.4, "missing": ["a"]},
    }  # fmt: skip
    made = page(book_facts(passed=False, coverage=told))
    shown = text_of(made, "coverage")
    assert "finished file19" in shown and "from its place0.4 ms" in shown
    assert "it has no take → duoyin audiobook book.duoyin" in shown and "1,003" in shown and "1,000" in shown
    assert "What is missing" in text_of(made, "verdict")


def test_a_chapter_far_from_what_its_text_foretells_is_marked() -> None:
    facts = book_facts()
    facts["chapters"][1] |= {"seconds": 40.0}
    assert "far from foretold" not in page(facts), "a minute foretells nothing"
    facts["chapters"][1] |= {"seconds": 600.0, "foretold_seconds": 900.0}
    assert page(facts).count("far from foretold") == 1


def test_the_page_of_a_chinese_book_speaks_chinese() -> None:
    made = parser.fromstring(page(book_facts(language="zh", title="两座钟")))
    assert made.get("lang") == page_words("zh").lang
    assert made.xpath("//h1/@lang") == ["zh"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_says_everything(code: str) -> None:
    def fields(text: str) -> set[str]:
        return set(re.findall(r"{(\w*)}", text))

    english, other = (json.loads((WORDS / f"{name}.json").read_text("utf-8")) for name in ("en", code))
    assert list(other) == list(english)
    assert [key for key in english if fields(english[key]) != fields(other[key])] == []


BUILT = (
    "reason.",
    "limit.",
    "fault.",
    "gate.",
    "metric.",
    "cue.",
    "n.",
    "verdict.",
    "timeline.",
    "unit.",
    "check.",
    "repair.",
)
"""Beginnings of words whose names are put together where they are said."""


def test_no_word_of_the_page_is_missing_and_none_is_left_over() -> None:
    folder = Path(page_module.__file__).parent
    sources = "".join(
        file.read_text("utf-8") for file in (*folder.glob("templates/*.html"), *folder.glob("*.py"))
    )
    asked = set(re.findall(r"""\b(?:t|coded|say)\(["']([\w. -]+)["'][,)]""", sources))
    asked |= {f"n.{name}" for name in re.findall(r"""\bn\("([\w. -]+)",""", sources)}
    listed = set(re.findall(r'"(\w+)"', sources))
    known = set(page_words("en").texts)
    assert asked - known == set()
    assert {key for key in known - asked - listed if not key.startswith(BUILT)} == set()


def hostile(value: Any) -> Any:
    """Facts in which every text is an attack."""
    if isinstance(value, dict):
        return {key: hostile(one) for key, one in value.items()}
    if isinstance(value, list):
        return [hostile(one) for one in value]
    return HOSTILE if isinstance(value, str) and value not in KEPT else value


KEPT = {
    "audiobook", "dub", "loudness", "LUFS", "en", "2026-11-29T06:00:00+00:00", "dropped", "integrated loudness",
    "passed", "doubtful",
}  # fmt: skip


def test_texts_of_a_book_stay_texts() -> None:
    facts = hostile(book_facts(proof=heard(doubt(1)), warnings=["w"], captions=["c"]))
    facts["speakers"] = {HOSTILE: facts["speakers"]["narrator"]}
    made = page(facts, clips={HOSTILE: CLIP})
    tree = parser.fromstring(made)
    assert len(tree.xpath("//script")) == 1 and len(tree.xpath("//style")) == 1
    assert tree.xpath("//img") == []
    assert [name for element in tree.iter() for name in element.attrib if name.startswith("on")] == []
    assert "{{ 7 * 7 }}" in tree.text_content(), "no text is a template"


def test_the_page_asks_nothing_of_anybody() -> None:
    made = page(book_facts(proof=heard(doubt(1))), clips={"line1": CLIP}, cover="data:image/jpeg;base64,AAAA")
    addresses = re.findall(r"(?:src|href)=[\"']([^\"']*)", made)
    assert addresses and [a for a in addresses if not a.startswith(("data:", "#"))] == []
    assert not re.search(r"url\(|@import|https?://", made)
    tree = parser.fromstring(made)
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; img-src data:; media-src data:;") and "unsafe" not in policy
    assert tree.xpath("//@style") == [], "the policy would refuse it"


def test_headings_tables_and_controls_are_labelled() -> None:
    made = page(book_facts(proof=heard(doubt(1))), clips={"line1": CLIP}, samples={"low": CLIP})
    tree = parser.fromstring(made)
    levels = [int(element.tag[1]) for element in tree.iter("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1 and all(b - a <= 1 for a, b in pairwise(levels))
    assert len(tree.xpath("//main")) == 1 and tree.xpath("//nav/@aria-label")
    assert all(element.get("aria-label") for element in tree.iter("audio"))
    assert tree.xpath("//thead//th[not(@scope)]") == [] == tree.xpath("//tbody//th[not(@scope)]")
    assert all(s.get("aria-hidden") or s.get("aria-label") for s in tree.xpath("//svg[not(ancestor::svg)]"))
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(tree.xpath("//nav//a/@href")) <= {f"#{name}" for name in ids}


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_text_stands_out_from_what_it_stands_on_in_both_themes() -> None:
    style = (page_module.TEMPLATES / "page.css").read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root {(.*?)}", style, re.S)
    )
    assert len(light) == len(dark) > 10
    for theme in (light, dark):
        for ground in ("paper", "card", "good-card", "warn-card", "bad-card"):
            assert contrast(theme["ink"], theme[ground]) >= 7
        pairs = [
            (ink, ground) for ink in ("soft", "accent", "good", "warn", "bad") for ground in ("paper", "card")
        ]
        pairs += [("good", "good-card"), ("warn", "warn-card"), ("bad", "bad-card"), ("soft", "warn-card")]
        pairs += [("accent", ground) for ground in ("good-card", "warn-card", "bad-card")]
        pairs += [("soft", "band"), ("soft", "fill")]
        for ink, ground in pairs:
            assert contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)
        for shape in ("bed", "accent", "good", "bad"):
            assert contrast(theme[shape], theme["card"]) >= 3, shape


def test_a_book_of_twenty_thousand_lines_has_a_small_page() -> None:
    facts = book_facts(proof=heard(*(doubt(k) for k in range(2_000))))
    facts["chapters"] = [
        {**facts["chapters"][0], "title": f"Chapter {k}", "start": 60.0 * k} for k in range(1_500)
    ]
    facts["seconds"] = 90_000.0
    facts["speakers"] = {f"Speaker {k}": facts["speakers"]["Ann"] for k in range(800)}
    facts["levels"] |= {"level": [-19.3] * 2_000, "peaks": [-3.7] * 2_000}
    facts["left_out_texts"] = [{"reason": "note", "characters": 10_000_000, "texts": ["x" * 5_000] * 2_000}]
    facts["warnings"] = ["something"] * 100
    made = page(facts)
    assert len(made) < 1_500_000
    assert "500 more: see Book.m4b.report.json" in made


def test_a_second_start_compiles_no_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "cache_folder", lambda: tmp_path)
    template = tmp_path / "pages" / "greeting.html"
    template.parent.mkdir()
    template.write_text("Hello {{ name }}")

    def greeted() -> str:
        return page_module.page_templates(template.parent).get_template(template.name).render(name="<you>")

    assert greeted() == "Hello &lt;you&gt;"
    (kept,) = (tmp_path / "templates").iterdir()
    with monkeypatch.context() as patched:
        patched.setattr("jinja2.Environment.compile", None)  # whoever compiles fails
        assert greeted() == "Hello &lt;you&gt;"
    kept.write_bytes(kept.read_bytes()[:-1])
    assert greeted() == "Hello &lt;you&gt;"
    template.write_text("Good night {{ name }}")
    assert greeted() == "Good night &lt;you&gt;"
