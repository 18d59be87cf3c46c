"""Bytes to text: byte order marks first, then UTF-8, then the legacy code page whose text looks most like language."""

from __future__ import annotations

import codecs
import re

from normalizers.errors import DuoyinError

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# The characters that make up a quarter to a half of any text of their language: frequency lists of
# Jun Da (2004) for simplified, of the Academia Sinica corpus for traditional Chinese.
_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡"
)

_MULTI_BYTE = {
    "gb18030": re.compile(f"[{_SIMPLIFIED}，。？！]"),
    "big5": re.compile(f"[{_TRADITIONAL}，。？！]"),
    "cp932": re.compile(r"[\u3041-\u30fe、。！？]"),
    "cp949": re.compile(r"[\uac00-\ud7a3]"),
}
_MULTI_BYTE_FLOOR = {"gb18030": 0.12, "big5": 0.12, "cp932": 0.35, "cp949": 0.7}
# Single-byte pages: the share of the high bytes that are everyday letters of the page's languages.
_SINGLE_BYTE = {
    "cp1252": re.compile(r"[àâäáãåæçéèêëíìîïñóòôöõøœùûüúßÀÂÄÁÅÆÇÉÈÊÖÓØÜÚ¿¡«»’‘“”–—…]"),
    "cp1250": re.compile(r"[ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňóřšťúůýžÁČĎÉÍŇŘŠŤÚŮÝŽőűŐŰäöüßăîâșț„”–…]"),
    "cp1251": re.compile(r"[а-яё]"),
    "koi8_r": re.compile(r"[а-яё]"),
    "cp1253": re.compile(r"[α-ωάέήίόύώς]"),
    "cp1254": re.compile(r"[ığşçöüİĞŞÇÖÜâîû’“”]"),
    "cp1255": re.compile(r"[א-ת]"),
    "cp1256": re.compile(r"[ء-يپچژگی؟،]"),
    "cp874": re.compile(r"[านรกอเงมยลวดทสตะคบปแไใหขพจชำ่้ัิีูุึืา็์]"),
}


def decode_subtitles(data: bytes, *, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Decode a subtitle file.

    Args:
        data: the file's bytes.
        name: for messages.
        encoding: a codec to use without guessing.

    Returns: text with line feeds only, and the codec's name.

    Raises: `DuoyinError` for an unknown codec, for bytes the codec refuses, and for data that is no text.
    """
    if encoding is not None:
        try:
            return _unify(data.decode(encoding)), encoding
        except LookupError:
            raise DuoyinError(
                f"unknown encoding {encoding!r}", where=name, hint="use a name such as utf-8 or gb18030"
            ) from None
        except UnicodeDecodeError as error:
            raise DuoyinError(
                f"byte {error.start} is not {encoding}",
                where=name,
                hint="leave the encoding out to have it guessed",
            ) from None
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _unify(data.decode(codec, errors="replace")), codec
    if data.count(0) > len(data) // 5:
        codec = "utf-16-le" if data[1::2].count(0) >= data[::2].count(0) else "utf-16-be"
        return _unify(data.decode(codec, errors="replace")), codec
    if b"\0" in data:
        raise DuoyinError("this is not a text file", where=name, hint="give an SRT, VTT, ASS or SSA file")
    try:
        return _unify(data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError:
        codec = guess_legacy(data)
        return _unify(data.decode(codec, errors="replace")), codec


def guess_legacy(data: bytes) -> str:
    """The legacy codec of `data`, judged on its lines with bytes of 0x80 and above; cp1252 when nothing fits."""
    sample = b"\n".join(line for line in data.splitlines() if any(byte > 0x7F for byte in line))[:60_000]
    best, best_score = "cp1252", 0.0
    for codec, familiar in _MULTI_BYTE.items():
        text = _decode_or_none(sample, codec)
        if text is None:
            continue
        foreign = [c for c in text if ord(c) > 0x7F]
        share = len(familiar.findall(text)) / max(1, len(foreign))
        if share >= _MULTI_BYTE_FLOOR[codec]:
            score = 1.0 + share / _MULTI_BYTE_FLOOR[codec] / 10
            if score > best_score:
                best, best_score = codec, score
    if best_score > 0:
        return best
    for codec, familiar in _SINGLE_BYTE.items():
        text = _decode_or_none(sample, codec)
        if text is None:
            continue
        foreign = [c for c in text if ord(c) > 0x7F]
        score = len(familiar.findall(text)) / max(1, len(foreign))
        if score > best_score + 1e-9:
            best, best_score = codec, score
    return best


def _decode_or_none(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _unify(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
