"""The markup of content documents: parsing, and the vocabulary of element names, types and classes.

Types are those of EPUB Structural Semantics 1.1 and DPUB-ARIA 1.1, element names those of HTML and DTBook.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from html.entities import html5

from bs4.dammit import EncodingDetector
from lxml import etree
from lxml.cssselect import CSSSelector

from flows.sources.encoding import Fault, decode, mend
from flows.sources.soup import NO_CHARACTER, local_name, read_soup
from normalizers import DuoyinError

EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
SSML_PH = "{http://www.w3.org/2001/10/synthesis}ph"
SSML_ALPHABET = "{http://www.w3.org/2001/10/synthesis}alphabet"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PREFIXED = {"epub:type": EPUB_TYPE, "ssml:ph": SSML_PH, "ssml:alphabet": SSML_ALPHABET, "xml:lang": XML_LANG}

BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "book",
        "bodymatter",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "docauthor",
        "doctitle",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frontmatter",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "imggroup",
        "legend",
        "level",
        "level1",
        "level2",
        "level3",
        "level4",
        "level5",
        "level6",
        "li",
        "line",
        "linegroup",
        "list",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "poem",
        "pre",
        "rearmatter",
        "section",
        "sidebar",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "html",
        "dtbook",
    ]
)
VOID_TAGS = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
HEADINGS = {f"h{n}": n for n in range(1, 7)} | {"doctitle": 1, "bridgehead": 6}

TITLE_PAGE, COPYRIGHT, CONTENTS, INDEX, NOTES = "title-page", "copyright", "contents", "index", "note"
TYPE_REASONS = (
    dict.fromkeys(
        ["titlepage", "halftitlepage", "cover", "frontcover", "volume-titlepage", "halftitle"], TITLE_PAGE
    )
    | dict.fromkeys(
        ["copyright-page", "imprint", "colophon", "imprimatur", "doc-colophon", "uncopyright"], COPYRIGHT
    )
    | dict.fromkeys(
        ["toc", "toc-brief", "doc-toc", "landmarks", "loi", "lot", "lov", "loa", "page-list", "doc-pagelist"],
        CONTENTS,
    )
    | dict.fromkeys(["index", "doc-index", "index-headnotes"], INDEX)
    | dict.fromkeys(
        [
            "footnote",
            "footnotes",
            "endnote",
            "endnotes",
            "rearnote",
            "rearnotes",
            "note",
            "notes",
            "doc-footnote",
            "doc-footnotes",
            "doc-endnote",
            "doc-endnotes",
            "doc-note",
        ],
        NOTES,
    )
    | dict.fromkeys(["pagebreak", "doc-pagebreak"], "page-number")
    | dict.fromkeys(
        ["noteref", "doc-noteref", "annoref", "backlink", "doc-backlink", "referrer"], "note-mark"
    )
)
READ_TYPES = frozenset(
    ["epigraph", "dedication", "doc-epigraph", "doc-dedication", "foreword", "preface", "prologue"]
)

_CLASS_REASONS: list[tuple[re.Pattern[str], str]] = [
    (
        re.compile(r"^(page-?num(ber)?s?|pageno|pagebreak|page_?no|folio|x-ebookmaker-pageno|pagenumber)$"),
        "page-number",
    ),
    (re.compile(r"^(lnum|line-?num(ber)?s?|linenum|lineno)$"), "line-number"),
    (
        re.compile(
            r"^(note-?ref|footnote-?ref|footnote-?anchor|fnanchor|fn-?ref|endnote-?ref|noteanchor|fnref|"
            r"duokan-footnote|zy-footnote|qqreader-footnote)$"
        ),
        "note-mark",
    ),
    (
        re.compile(
            r"^(foot-?notes?|end-?notes?|rear-?notes?|duokan-footnote-(content|item)|footnote-(text|body)|fn-?text)$"
        ),
        NOTES,
    ),
    (re.compile(r"^(pg-boilerplate|pgheader|pgfooter|pg-header|pg-footer)$"), "gutenberg"),
    (re.compile(r"^(transnote|transcriber-?s?-?notes?)$"), "transcriber-note"),
]


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """`root` has no namespaces on XHTML elements; `body` is where the text begins.

    `mended` tells that it was no XHTML, `faults` what was wrong with its bytes.
    """

    root: etree._Element
    body: etree._Element
    language: str | None
    mended: bool
    faults: tuple[Fault, ...] = ()


_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_CONTROL_REFERENCE = re.compile(rb"&#(?:(1[2-5][0-9])|[xX]([89][0-9a-fA-F]));")
_LATIN_1 = re.compile(rb"(^\s*<\?xml[^>]*encoding\s*=\s*[\"'])(?:iso-?8859-1|latin-?1|us-ascii)([\"'])", re.I)
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,8})|([0-9]{1,9}))[0-9A-Fa-f]*;?")
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf]")
UTF8 = "UTF-8"
_SELF_CLOSED = re.compile(r"<([A-Za-z][\w:-]*)((?:\s+[^<>]*?)?)\s*/>")
_ENCODING = re.compile(r"<\?xml[^>]*\?>")


def parse_xml(data: bytes) -> etree._Element | None:
    """XML without entities, DTDs, comments or network; None where nothing can be made of it.

    What is not well formed is mended: its bytes are decoded before the parser sees them, so that no damage reaches
    the tree, and unknown entities are left out. Names may still be none that lxml would build; ask `local_name`.
    """
    data, _ = _right_way_round(data)
    root = _xml(_characters(data).lstrip(b"\x00\r\n\t "), recover=False)
    if root is None:
        try:
            text = decode(data, declared=_declared(data)).text
        except DuoyinError:
            return None
        text = _REFERENCE.sub(_possible, NO_CHARACTER.sub("", _ENCODING.sub("", text, count=1))).lstrip()
        root = _xml(_characters(text.encode()), recover=True)
    if root is not None:
        etree.strip_elements(root, etree.Entity, with_tail=False)
    return root


def _possible(match: re.Match[str]) -> str:
    """A reference to a character, or nothing where there is no such character: half a surrogate pair, U+110000."""
    code = int(match.group(1), 16) if match.group(1) else int(match.group(2))
    return "" if code > sys.maxunicode or NO_CHARACTER.match(chr(code)) else match.group()


def _xml(data: bytes, *, recover: bool) -> etree._Element | None:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )
    return _checked(data, parser)


def _checked(data: bytes, parser: etree.XMLParser) -> etree._Element | None:
    """The root of what the parser takes for well-formed, and of what holds no half of a surrogate pair.

    libxml2 lets these pass in UTF-8, and nobody can read such a string afterwards.
    """
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError):
        return None
    if _SURROGATE.search(data) and (root.getroottree().docinfo.encoding or UTF8).upper() == UTF8:
        return None
    return root


def parse_document(data: bytes, *, where: str | None = None) -> ParsedDocument:
    """Parse strictly where that works, as tag soup with BeautifulSoup where it does not.

    Entities and DTDs are never loaded; HTML's named entities are characters here.

    Raises:
        DuoyinError: the bytes are no text at all, or no markup (`where` says whose).
    """
    data, faults = _right_way_round(data)
    root = _parse_strict(data)
    mended = root is None
    if root is None:
        root, faults = _parse_soup(data, where)
    _strip_namespaces(root)
    body = next(iter(root.iter("body")), None)
    if body is None:
        body = next(iter(root.iter("book")), root)
    language = root.get(XML_LANG) or root.get("lang") or body.get(XML_LANG) or body.get("lang")
    return ParsedDocument(root, body, language, mended, faults)


def _right_way_round(data: bytes) -> tuple[bytes, tuple[Fault, ...]]:
    """UTF-8 without mojibake; other bytes as they are."""
    try:
        text, faults = ("", []) if data.isascii() else mend(data.decode())
    except UnicodeDecodeError:
        return data, ()
    return (text.encode() if faults else data), tuple(faults)


def _parse_strict(data: bytes) -> etree._Element | None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = _ENCODING.sub("", data.decode("utf-16", "replace"), count=1).encode()

    # What calls itself Latin-1 is Windows-1252, whose quotes stand where Latin-1 has controls (WHATWG Encoding, 4.2).
    data = _LATIN_1.sub(rb"\g<1>windows-1252\g<2>", data, count=1)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    # A document type that only HTML has still parses as XML; without a body there is nothing to gain from it.
    return _checked(_CONTROL_REFERENCE.sub(_windows_character, _characters(data)).lstrip(), parser)


def _characters(data: bytes) -> bytes:
    """Numbers in place of the entities of HTML, which XML does not know."""

    def character(match: re.Match[bytes]) -> bytes:
        name = match.group(1).decode()
        if name in ("amp", "lt", "gt", "quot", "apos") or f"{name};" not in html5:
            return match.group()
        return "".join(f"&#{ord(c)};" for c in html5[f"{name};"]).encode()

    return _ENTITY.sub(character, data)


def _windows_character(match: re.Match[bytes]) -> bytes:
    """`&#151;` is a dash: references to C1 controls mean Windows-1252 (HTML, 13.2.5.80)."""
    code = int(match.group(1)) if match.group(1) else int(match.group(2), 16)
    if not 0x80 <= code <= 0x9F:
        return match.group()
    try:
        return f"&#{ord(bytes([code]).decode('cp1252'))};".encode()
    except UnicodeDecodeError:
        return match.group()


def _parse_soup(data: bytes, where: str | None) -> tuple[etree._Element, tuple[Fault, ...]]:
    decoded = decode(data, declared=_declared(data), where=where)
    text = _ENCODING.sub("", decoded.text, count=1)
    text = re.sub(r"<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>", "", text, count=1, flags=re.S | re.I)
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
    text = re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", text, flags=re.S)

    def open_and_close(match: re.Match[str]) -> str:
        tag = match.group(1)
        return match.group() if tag.lower() in VOID_TAGS else f"<{tag}{match.group(2)}></{tag}>"

    # HTML parsers take `<title/>` and `<a id="x"/>` for open tags and swallow what follows.
    return read_soup(_SELF_CLOSED.sub(open_and_close, text), where=where), decoded.faults


def _declared(data: bytes) -> str | None:
    """The encoding that an XML declaration or a meta element names."""
    found = EncodingDetector.find_declared_encoding(data, is_html=True, search_entire_document=False)
    return str(found) if found else None


def _strip_namespaces(root: etree._Element) -> None:
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        element.tag = local_name(element.tag)
        for name, key in _PREFIXED.items():
            if name in element.attrib:
                element.set(key, element.attrib.pop(name))


def tokens_of(element: etree._Element) -> set[str]:
    """The epub:type and role tokens of an element."""
    return set(f"{element.get(EPUB_TYPE) or ''} {element.get('role') or ''}".lower().split())


def class_reason(element: etree._Element) -> str:
    """Why an element is not read, by its class names; converters use these where the standards have types."""
    for token in (element.get("class") or "").lower().split():
        for pattern, reason in _CLASS_REASONS:
            if pattern.match(token):
                return reason
    return ""


_PAGE_CLASS = re.compile(r"^(pg-?num|pgno|pg|pnum|page|page-?break|newpage)$")
_PAGE_ID = re.compile(r"^(page|pg|p)[-_.]?\d{1,4}$", re.I)
_PAGE_WORDS = re.compile(r"[\[({|]?\s*(?:(?:pg|page|p)\b\.?\s*)?(?:\d{1,4}|[ivxlc]{1,7})\s*[\])}|]?", re.I)


def is_page_number(element: etree._Element) -> bool:
    """Whether an inline element is a printed page's number: its class or its id says page, its words a number."""
    if element.tag not in ("span", "a", "small", "sup", "b", "i", "em") or element.get("href"):
        return False
    says_page = any(
        _PAGE_CLASS.match(token) for token in (element.get("class") or "").lower().split()
    ) or any(_PAGE_ID.match(name) for name in (element.get("id"), element.get("name")) if name)
    return says_page and bool(_PAGE_WORDS.fullmatch("".join(element.itertext()).strip()))


def select(root: etree._Element, selectors: tuple[str, ...]) -> set[etree._Element]:
    """The elements that any of the CSS selectors matches.

    Raises:
        DuoyinError: a selector is not valid CSS.
    """
    found: set[etree._Element] = set()
    for selector in selectors:
        try:
            found.update(CSSSelector(selector, translator="html")(root))
        except (SyntaxError, etree.XPathError, ValueError) as error:
            raise DuoyinError(
                f"{selector!r} is not a CSS selector: {error}",
                hint='write it as in a style sheet, for example ".jiazhu" or "p.translation"',
            ) from None
    return found
