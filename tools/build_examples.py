"""Build the example books: `projects/example-*/book.md` and `cover.png` become a valid EPUB 3.

    python tools/build_examples.py            # the EPUBs
    python tools/build_examples.py --covers   # draw the cover images anew as well (wants Pillow)

Dates and the order of the files are fixed, so that building twice gives the same bytes.
"""

from __future__ import annotations

import argparse
import datetime
import html
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ebooklib import epub

PROJECTS = Path(__file__).resolve().parent.parent / "projects"
EPUBS = {
    "example-en": "the-keeper-of-light-no-17.epub",
    "example-zh": "man-si-fenzhong.epub",
}
CONTENTS_TITLE = {"en": "Contents", "zh-CN": "目录"}
ZIP_DATE = (2026, 11, 23, 0, 0, 0)
"""Every member's date; part of the reproducible bytes."""
STYLE = b"body { line-height: 1.5; margin: 5%; } h1, h2 { text-align: center; font-weight: normal; }\n"


@dataclass(frozen=True)
class Source:
    metadata: dict[str, str]
    title: str
    chapters: list[tuple[str, list[str]]]


def read_source(path: Path) -> Source:
    """Front matter between `---` lines, one `#` title, `##` chapters, paragraphs parted by blank lines."""
    _, front, body = path.read_text("utf-8").split("---\n", 2)
    metadata = dict(line.split(": ", 1) for line in front.strip().splitlines())
    title = ""
    chapters: list[tuple[str, list[str]]] = []
    for block in re.split(r"\n\s*\n", body.strip()):
        if block.startswith("## "):
            chapters.append((block[3:].strip(), []))
        elif block.startswith("# "):
            title = block[2:].strip()
        else:
            chapters[-1][1].append(" ".join(block.splitlines()))
    return Source(metadata, title, chapters)


def build(folder: Path) -> bytes:
    """The EPUB of one example folder, as bytes."""
    source = read_source(folder / "book.md")
    meta = source.metadata
    language = meta["language"]
    book = epub.EpubBook()
    book.set_identifier(f"urn:duoyin:{folder.name}")
    book.set_title(source.title)
    book.set_language(language)
    book.add_author(meta["author"])
    for name in ("date", "publisher", "description", "rights"):
        book.add_metadata("DC", name, meta[name])
    cover = epub.EpubCover(uid="cover-image", file_name="cover.png")
    cover.content = (folder / "cover.png").read_bytes()
    book.add_item(cover)
    book.add_metadata(None, "meta", "", {"name": "cover", "content": "cover-image"})
    style = epub.EpubItem(uid="style", file_name="style.css", media_type="text/css", content=STYLE)
    book.add_item(style)
    pages = [
        _page(
            "title",
            source.title,
            f"<h1>{html.escape(source.title)}</h1>\n<p>{html.escape(meta['author'])}</p>",
            language,
            "titlepage",
        )
    ]
    for number, (heading, paragraphs) in enumerate(source.chapters, 1):
        text = "\n".join(f"<p>{html.escape(p, quote=False)}</p>" for p in paragraphs)
        body = f"<h2>{html.escape(heading)}</h2>\n{text}"
        pages.append(_page(f"chapter-{number}", heading, body, language, "chapter"))
    for page in pages:
        page.add_item(style)
        book.add_item(page)
    book.toc = [epub.Link(page.file_name, page.title, page.id) for page in pages[1:]]
    nav = epub.EpubNav()
    nav.title = CONTENTS_TITLE[language]
    book.add_item(epub.EpubNcx())
    book.add_item(nav)
    book.spine = list(pages)
    return _reproducible_zip(book)


def _page(name: str, title: str, body: str, language: str, kind: str) -> epub.EpubHtml:
    page = epub.EpubHtml(uid=name, title=title, file_name=f"{name}.xhtml", lang=language)
    page.content = f'<section epub:type="{kind}">\n{body}\n</section>'
    return page


def _reproducible_zip(book: epub.EpubBook) -> bytes:
    """ebooklib stamps members with the clock; pack them again with a fixed date, `mimetype` first and stored."""
    with tempfile.TemporaryDirectory() as folder:
        raw, packed = Path(folder, "raw.epub"), Path(folder, "packed.epub")
        modified = datetime.datetime(*ZIP_DATE, tzinfo=datetime.UTC)
        epub.write_epub(str(raw), book, {"mtime": modified, "raise_exceptions": True})
        with zipfile.ZipFile(raw) as source, zipfile.ZipFile(packed, "w") as target:
            names = sorted(source.namelist(), key=lambda name: (name != "mimetype", name))
            for name in names:
                info = zipfile.ZipInfo(name, ZIP_DATE)
                info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                target.writestr(info, source.read(name))
        return packed.read_bytes()


def draw_lighthouse(path: Path) -> None:
    """A lighthouse at night, 600 x 900, flat colours so that the PNG stays small."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (600, 900), "#14213d")
    draw = ImageDraw.Draw(image)
    for x, y in [
        (60, 90),
        (130, 210),
        (90, 330),
        (200, 120),
        (470, 90),
        (530, 190),
        (410, 60),
        (560, 360),
        (40, 470),
    ]:
        draw.ellipse((x, y, x + 5, y + 5), fill="#e5e5e5")
    draw.polygon([(300, 270), (600, 150), (600, 330)], fill="#fca311")
    draw.polygon([(300, 270), (0, 180), (0, 320)], fill="#b9791c")
    draw.rectangle((0, 740, 600, 900), fill="#0b132b")
    for row in range(4):
        for x in range(-40 + 30 * (row % 2), 640, 60):
            draw.arc((x, 745 + row * 36, x + 60, 775 + row * 36), 200, 340, fill="#3d5a80", width=3)
    draw.polygon([(110, 770), (170, 690), (300, 665), (430, 700), (500, 770)], fill="#1d1f27")
    draw.polygon([(262, 330), (338, 330), (368, 700), (232, 700)], fill="#f1ede4")
    for top in (400, 520, 640):
        spread = (top - 330) * 30 // 370
        draw.polygon(
            [(262 - spread, top), (338 + spread, top), (343 + spread, top + 55), (257 - spread, top + 55)],
            fill="#b23a48",
        )
    draw.rectangle((245, 312, 355, 330), fill="#1d1f27")
    draw.rectangle((268, 236, 332, 312), fill="#fff3b0")
    for x in (268, 300, 330):
        draw.line((x, 236, x, 312), fill="#1d1f27", width=4)
    draw.polygon([(254, 236), (346, 236), (300, 186)], fill="#b23a48")
    draw.rectangle((287, 655, 313, 700), fill="#1d1f27")
    image.quantize(16).save(path, optimize=True)


def draw_watch(path: Path) -> None:
    """A pocket watch four minutes before six, with rain, 600 x 900."""
    import math

    from PIL import Image, ImageDraw

    image = Image.new("RGB", (600, 900), "#23395b")
    draw = ImageDraw.Draw(image)
    for x in range(-100, 640, 46):
        for y in range(-20, 900, 120):
            top = y + (x * 37) % 90
            draw.line((x, top, x - 12, top + 40), fill="#3f5f8a", width=2)
    for step in range(26):
        y = 60 + step * 10
        x = 300 + round(90 * math.sin(step / 6))
        draw.ellipse((x - 9, y - 6, x + 9, y + 6), outline="#d9b44a", width=4)
    draw.ellipse((262, 300, 338, 380), outline="#d9b44a", width=12)
    draw.rectangle((278, 360, 322, 400), fill="#b8923a")
    draw.ellipse((90, 390, 510, 810), fill="#d9b44a")
    draw.ellipse((116, 416, 484, 784), fill="#f7f2e4")
    middle = (300, 600)
    for minute in range(60):
        angle = math.radians(minute * 6)
        inner = 150 if minute % 5 == 0 else 164
        draw.line(
            (
                middle[0] + inner * math.sin(angle),
                middle[1] - inner * math.cos(angle),
                middle[0] + 172 * math.sin(angle),
                middle[1] - 172 * math.cos(angle),
            ),
            fill="#2b2b2b",
            width=6 if minute % 5 == 0 else 2,
        )
    for angle, length, width in [(math.radians(56 * 6), 138, 8), (math.radians((5 + 56 / 60) * 30), 92, 12)]:
        draw.line(
            (*middle, middle[0] + length * math.sin(angle), middle[1] - length * math.cos(angle)),
            fill="#2b2b2b",
            width=width,
        )
    draw.ellipse((286, 586, 314, 614), fill="#b23a48")
    image.quantize(16).save(path, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--covers", action="store_true", help="draw the cover images anew")
    if parser.parse_args().covers:
        draw_lighthouse(PROJECTS / "example-en" / "cover.png")
        draw_watch(PROJECTS / "example-zh" / "cover.png")
    for name, file in EPUBS.items():
        target = PROJECTS / name / file
        target.write_bytes(build(PROJECTS / name))
        print(f"{target.relative_to(PROJECTS.parent)}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
