"""What is fuzzed: one function a family makes an input and says what is done with it."""

# ruff: noqa: E501

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import normalizers
from flows.casting import castfile
from flows.making.dub.wording import read_alternatives
from flows.mastering.captions import formats
from flows.mastering.captions.cut import captions
from flows.mastering.exports.base import TimedLine, TimedWord
from flows.script import file as script
from flows.script.headings import announcement, chapter_number, same_chapter
from flows.script.line import Line
from flows.sources import read
from flows.sources.headings import parse_heading
from flows.sources.subtitles import read_subtitles
from flows.workspace.project import open_project
from normalizers import LANGUAGES, Lexicon, normalize, normalize_spans, split, to_pinyin
from normalizers.explanation import explain
from tests.abuse.mutations import archive, mutated, rewritten, words
from tts_core.engine import Utterance
from tts_core.kokoro import reading

Input = tuple[bytes, Callable[[], object]]
"""What was made, to be kept where it breaks something, and what is done with it."""

SENTENCES = (
    "On 3 May 1887, at 4.30 p.m., Dr. Smith paid £1,250.50 (about $.50 a word) to St. John's on 5th St.; 2/3 were read.",
    "He read the lead at −12.5 °C, 60 km/h: see ch. IV, pp. 12–15, or https://a.b/c?d=1#e and mail x.y@z.org!",
    "“I'll be 21st in the queue,” said Mr. O'Neil—“or 22nd, at 1:05.” He wound the wound, 3×4=12, and left in '99.",
    "1949年10月1日下午3点05分，他花了￥1,250.50元买了3/4斤糖；第12章讲长长的行长得重新长大。GDP涨了7.5%。",
    "“两个人走了25℃的路，”他说，“差不多60km/h！”《红楼梦》第Ⅳ回，电话010-12345678，比分3:2。",
    "El 3 de mayo de 1887, a las 4:30, la Sra. García pagó 1.250,50 € por 2/3; ¿quién leyó el capítulo IV, págs. 12–15?",
    "CHAPTER XIV. THE END OF 1,000 NIGHTS * * * 第十四章　终局（下） Chapter Twenty-One: What? Prologue. 14.",
)
NUMBERS = (
    "1", "2", "0", "00", "007", "12", "24", "2024", "1,234", "1,234,567", "100,105,142", "1,50,000", "1,2,3", "1、2", "1_000", "1.5",
    "1,234.5", ".5", "0.05", "1.234,56", "3/4", "1/2", "½", "⅔", "12345678901234567890", "10:30", "9:5", "25:61", "12:30:45", "1:2:3",
    "3:02.45", "1e6", "10^6", "10⁻⁶", "m²", '1\'30"', "5'", "№", "№3", "#5", "*3", "5*", "3+", "-5", "+3", "±2", "~7", "≈1,000", "1-2",
    "1,000-2,000", "1.5-2.5", "3~4", "2–3", "1—2", "5x6", "4×100", "1990s", "'98", "1st", "3rd", "5th", "50%", "5‰", "$5", "£1,200.50",
    "€3m", "¥100", "100k", "5M", "1.5bn", "2w", "1.2.3", "192.168.1.1", "13800138000", "010-62345678", "2024-01-05", "1/2/2024",
    "30.12.2024", "5°", "5℃", "5°C", "36.6°", "１２", "①", "٣", "XIV", "iv", "Ⅳ",
)  # fmt: skip
BETWEEN = ("", " ", "-", "–", "~", ":", "/", ",", ".", "的", "到", "x", "×", " to ", " and ", ", ", "；", "(", ")", "“", "'", '"', "—", "——", "=", "+")  # fmt: skip
VOICES = {"en": ("af_heart", "bm_george"), "zh": ("zf_xiaoxiao", "zm_yunjian"), "es": ("ef_dora", "em_alex")}
LINES = (
    Line("aaaaaaaaaaa1", 0, 0, 0, 10, "heading", "narrator", "One", "en", 0.5),
    Line("aaaaaaaaaaa2", 0, 1, 0, 10, "narration", "narrator", "It rained.", "en", 0.5),
    Line("aaaaaaaaaaa3", 1, 2, 0, 10, "dialogue", "Ann", "“Yes,” she said.", "en", 0.5),
)
SCRIPT = b"".join(
    json.dumps(row, ensure_ascii=False).encode() + b"\n"
    for row in (
        {"chapter": 1, "title": "One"},
        {"id": LINES[0].id, "kind": "heading", "text": "One", "pause": 0.5, "language": "en"},
        {
            "id": LINES[1].id,
            "text": "It rained.",
            "say": "It poured.",
            "speed": 1.1,
            "pause": 0.5,
            "language": "en",
        },
        {"chapter": 2, "title": "Two"},
        {"id": LINES[2].id, "kind": "dialogue", "speaker": "Ann", "text": "“Yes,” she said.", "voice": "low"},
    )
)
CAST = (
    "# the cast\nnarrator: low\nunknown: high\ncharacters:\n- name: Ann\n  aliases: [Annie, Miss Lee]\n  gender: female\n"
    "  age: adult\n  voice: high\n  lines: 12\n- name: 本\n  voice: low\nlines:\n- {chapter: 1, text: “Yes”, speaker: Ann}\n"
).encode()
PROJECT = (
    b"source: b.md\ntitle: A\nauthors: [B, C]\nlanguage: en\nchapters: 1-3,5\nspeed: 1.1\nreading:\n  notes: skip\n"
    b"engine: kokoro\nengine_options: {a: 1}\nprofile: acx\nformat: mp3\ncaptions: [srt, vtt]\npauses: {head: 0.5}\n"
    b"replace:\n- {pattern: '(a+)b', with: '\\1'}\n- Ebook\nchapters_pattern: ^Chap\nworkers: 2\nready: true\n"
)
DUB = (
    b"video: v.mkv\nlanguage: en\nstrict: true\nsync: dialogue\nsync_styles: {Sign: free}\nlocked: {a1: 3.5}\nsoft: 1.1\n"
    b"hard: 1.4\nvoices: {Ann: low}\nbed: none\nroom_tone: -60\naudio_track: 1\nprofile: podcast\n"
)
SERIES = b"chapters_pattern: ^Part\nreplace:\n- {text: a, with: b}\n- {pattern: 'x*', with: y}\n"
LEXICON = '重庆 = chong2 qing4\nGIF = /dʒɪf/\nread@en = [R EH1 D]\n# note\n行长 = hang2 zhang3 ; lang=zh\nAnn = "anne" ; case ; chapter=2,4-6 ; speaker=Ann\n'.encode()
ALTERNATIVES = b"- id: a1\n  cue: 3\n  text: Long.\n  alternatives: [Short., Shorter.]\n  proposed: [S.]\n- {id: a2, alternatives: []}\n"
SRT = "1\n00:00:01,000 --> 00:00:02,500\n<i>- Yes.</i>\n- No.\n\n2\n00:00:03,000 --> 00:00:04,000\nANN: {\\an8}Two & <b>three</b>…\n".encode()
VTT = "WEBVTT - a\n\nSTYLE\n::cue(b) {}\n\nNOTE x\n\na\n00:01.000 --> 00:02.000 align:start\n<v Ann>Yes <00:01.500>now\n\n01:00:03.000 --> 01:00:04.000\n<c.x>她说。</c>\n".encode()
ASS = (
    b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: Default,Arial,20\n\n[Events]\n"
    b"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    b"Dialogue: 0,0:00:01.00,0:00:02.00,Default,Ann,0,0,0,,{\\an8\\k20}Yes\\Nno\nComment: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,x\n"
)
MARKDOWN = (
    "---\ntitle: A\nauthor: B\nlang: en\n---\n\n# A\n\nby B\n\n## Chapter 1. One\n\n“Yes,” said *Ann*.[^1] See <http://a.b>.\n\n* * *\n\n"
    "> A quote\n\n- a list\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\n[^1]: A note.\n\n## 第二章 二\n\n他说：“好。”\n"
).encode()
TEXT = (
    "A BOOK\n\nby B. Nobody\n\nCONTENTS\n\nI. One ..... 1\nII. Two ..... 9\n\nCHAPTER I.\nOne\n\n  “Yes,” said Ann;\nand it was so. [1]\n\n"
    "CHAPTER II.\n\n第二回　再来\n\n　　他说：“好。”\n\n[1] A note.\n\nTHE END\n"
).encode()
EPUB = {
    "mimetype": b"application/epub+zip",
    "META-INF/container.xml": b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    b'<rootfile full-path="O/c.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
    "O/c.opf": b'<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">u</dc:identifier><dc:title>A</dc:title>'
    b"<dc:creator>B</dc:creator><dc:language>en</dc:language></metadata><manifest>"
    b'<item id="n" href="n.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    b'<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><item id="b" href="b.xhtml" '
    b'media-type="application/xhtml+xml"/><item id="t" href="t.ncx" media-type="application/x-dtbncx+xml"/></manifest>'
    b'<spine toc="t"><itemref idref="a"/><itemref idref="b"/></spine></package>',
    "O/n.xhtml": b'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body><nav epub:type="toc">'
    b'<ol><li><a href="a.xhtml">One</a></li><li><a href="b.xhtml#x">Two</a></li></ol></nav></body></html>',
    "O/a.xhtml": '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="en"><head><title>One'
    "</title></head><body><h1>One</h1><p>“Yes,” said <i>Ann</i>.<a epub:type=\"noteref\" href=\"b.xhtml#f\">1</a></p><hr/>"
    "<p>It <ruby>rained<rt>poured</rt></ruby>.<br/>So.</p><table><tr><td>1</td></tr></table></body></html>".encode(),
    "O/b.xhtml": '<html xmlns="http://www.w3.org/1999/xhtml"><body><h2 id="x">第二章</h2><p>他说：“好。”</p><ul><li>a</li></ul>'
    '<aside id="f"><p>A note.</p></aside></body></html>'.encode(),
    "O/t.ncx": b'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint id="p"><navLabel><text>One</text></navLabel>'
    b'<content src="a.xhtml"/></navPoint></navMap></ncx>',
}  # fmt: skip


def _said(text: str, code: str) -> None:
    said = normalize(text, code)
    if any(c in "0123456789" for c in said):
        raise AssertionError(f"a digit was left: {said[:80]!r}")


@cache
def _looked_for(code: str) -> tuple[str, ...]:
    """The words that the rules of a language look for: what stands in their sources."""
    sources = Path(normalizers.__file__).parent / {"zh": "chinese", "en": "english", "es": "spanish"}[code]
    word = r"[\u4e00-\u9fff]{1,4}" if code == "zh" else r"(?<![^\W\d_])[^\W\d_]{1,9}\.?(?![^\W\d_])"
    return tuple(
        sorted({w for file in sources.glob("*.py") for w in re.findall(word, file.read_text("utf-8"))})
    )


def of_numbers(chance: random.Random, folder: Path) -> Input:
    """Numbers in every form beside the words that some rule looks for."""
    code = chance.choice(tuple(LANGUAGES))
    parts: list[str] = []
    for _ in range(chance.randint(2, 5)):
        parts.append(chance.choice(_looked_for(code) if chance.random() < 0.5 else NUMBERS))
        parts.append(chance.choice(BETWEEN) if chance.random() < 0.7 else "")
    text = "".join(parts)
    return text.encode(), lambda: _said(text, code)


def of_words(chance: random.Random, folder: Path) -> Input:
    """Normalizing, sentences, pinyin, and why."""
    text, code = words(chance, SENTENCES), chance.choice(("auto", *LANGUAGES))

    def do() -> None:
        _said(text, code)
        split(text, code)
        to_pinyin(text, code)
        if len(text) < 100:
            explain(text, code)

    return text.encode("utf-8", "surrogatepass"), do


def of_headings(chance: random.Random, folder: Path) -> Input:
    """Whether a line is a heading, of which chapter, and how it is announced."""
    text, code = words(chance, SENTENCES[-1:])[:120], chance.choice(list(LANGUAGES))

    def do() -> None:
        for line in (text, " ".join(text.split())):
            parse_heading(line)
            chapter_number(line)
            announcement(line, code)
            same_chapter(line, text)

    return text.encode("utf-8", "surrogatepass"), do


def of_phonemes(chance: random.Random, folder: Path) -> Input:
    """What the embedded engine reads, of written and of spoken text."""
    text, code = words(chance, SENTENCES), chance.choice(list(VOICES))
    voice = chance.choice(VOICES[code])

    def do() -> None:
        spoken = normalize_spans(text, code)
        for utterance in (
            Utterance(text, code, voice),
            Utterance(spoken.text, code, voice, hints=spoken.hints),
        ):
            reading.read(utterance)

    return text.encode("utf-8", "surrogatepass"), do


def of_captions(chance: random.Random, folder: Path) -> Input:
    """Cutting and writing captions of any words at any times."""
    texts = [words(chance, SENTENCES) for _ in range(chance.choice((0, 1, 3)))]
    lines, at = [], 0.0
    for number, text in enumerate(texts):
        length = chance.choice((0.0, 0.01, 2.0, 400_000.0))
        timed = tuple(
            TimedWord(part, at + length * i / 9, at + length * (i + 1) / 9)
            for i, part in enumerate(text.split()[:9])
        )
        end = at + length
        lines.append(
            TimedLine(
                str(number), text, words(chance, SENTENCES)[:20], at, end, timed[: chance.randrange(10)], "en"
            )
        )
        at = end + chance.choice((0.0, 0.2, 5.0))

    def do() -> None:
        cut = captions(lines, offset=chance.choice((0.0, 12.5)))
        if any(b.start < a.end - 0.002 for a, b in itertools.pairwise(cut)):
            raise AssertionError("captions overlap")
        chapter = formats.CaptionedChapter(words(chance, SENTENCES)[:40], 0.0, at, tuple(cut))
        book = formats.Captioned("A\n-->", "", "en", (chapter,))
        for write in (formats.srt, formats.vtt, formats.lrc, formats.ass, formats.as_json):
            write(book)

    return "\n".join(texts).encode("utf-8", "surrogatepass"), do


def _changed(data: bytes, chance: random.Random) -> bytes:
    """A file that people edit: as a slip of theirs leaves it, or as a disk does."""
    return rewritten(data, chance) if chance.random() < 0.7 else mutated(data, chance)


def _edited(name: str, data: bytes, do: Callable[[Path], object]) -> Callable[[random.Random, Path], Input]:
    def make(chance: random.Random, folder: Path) -> Input:
        changed, path = _changed(data, chance), folder / name
        path.write_bytes(changed)
        return changed, lambda: do(path)

    return make


def _file(name: str, data: bytes, do: Callable[[Path], object]) -> Callable[[random.Random, Path], Input]:
    def make(chance: random.Random, folder: Path) -> Input:
        changed, path = mutated(data, chance), folder / name
        path.write_bytes(changed)
        return changed, lambda: do(path)

    return make


def of_epub(chance: random.Random, folder: Path) -> Input:
    """A small EPUB, its members or its bytes changed."""
    data, path = archive(EPUB, chance), folder / "x.epub"
    path.write_bytes(data)
    return data, lambda: read(path)


def _cast(path: Path) -> None:
    found = castfile.load(path)
    found.voice_places(path)
    found.corrections()
    castfile.revoice_character(path, "Ann", "low")
    castfile.rename_character(path, "Ann", "Anna")


def _script(path: Path) -> None:
    base = path.with_name("base.jsonl")
    script.merge(LINES, ("One", "Two"), path, base)
    script.speaker_edits(path, base)
    script.merge(LINES, ("One", "Two"), path, base)


def of_script(chance: random.Random, folder: Path) -> Input:
    """The script as a person left it, or its copy as a disk did."""
    changed = _changed(SCRIPT, chance)
    path, base = folder / "script.jsonl", folder / "base.jsonl"
    (folder / "script.orphans.jsonl").unlink(missing_ok=True)
    own = chance.random() < 0.7
    path.write_bytes(changed if own else SCRIPT)
    base.write_bytes(SCRIPT if own else changed)
    return changed, lambda: _script(path)


def _lexicon(path: Path) -> None:
    lexicon = Lexicon.load(path).scoped(chapter=2, speaker="Ann")
    for text in ("Ann read a GIF.", "行长在重庆银行。"):
        normalize_spans(text, lexicon=lexicon)


def _project(name: str, data: bytes) -> Callable[[random.Random, Path], Input]:
    def make(chance: random.Random, folder: Path) -> Input:
        changed = _changed(data, chance)
        place = folder / "project"
        place.mkdir(exist_ok=True)
        (place / "project.yaml").write_bytes(b"source: b.md\nseries: .\n")
        (place / "dub.yaml").unlink(missing_ok=True)
        (place / "series.yaml").unlink(missing_ok=True)
        (place / name).write_bytes(changed)
        return changed, lambda: open_project(place, {"chapters": "1-2"})

    return make


@cache
def families() -> Mapping[str, tuple[int, Callable[[random.Random, Path], Input]]]:
    """Family → (inputs for each of the others' one, what makes one): quick ones are done more often."""
    return {
        "normalizers, sentences, pinyin, explanations": (6, of_words),
        "numbers beside the words of the rules": (30, of_numbers),
        "headings": (6, of_headings),
        "phonemes of the embedded engine": (3, of_phonemes),
        "caption writers": (2, of_captions),
        "EPUB": (1, of_epub),
        "SRT": (2, _file("x.srt", SRT, read_subtitles)),
        "VTT": (2, _file("x.vtt", VTT, read_subtitles)),
        "ASS": (2, _file("x.ass", ASS, read_subtitles)),
        "Markdown": (2, _file("x.md", MARKDOWN, read)),
        "TXT": (2, _file("x.txt", TEXT, read)),
        "project.yaml": (1, _project("project.yaml", PROJECT)),
        "dub.yaml": (1, _project("dub.yaml", DUB)),
        "series.yaml": (1, _project("series.yaml", SERIES)),
        "cast.yaml": (1, _edited("cast.yaml", CAST, _cast)),
        "script.jsonl and its copy": (4, of_script),
        "lexicon.txt": (3, _edited("lexicon.txt", LEXICON, _lexicon)),
        "alternatives.yaml": (1, _edited("alternatives.yaml", ALTERNATIVES, read_alternatives)),
    }
