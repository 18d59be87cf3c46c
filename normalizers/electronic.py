"""E-mail and web addresses, file names, hashtags and mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from normalizers.languages import Language
from normalizers.rules import words

_DOMAINS = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|me|tv|cc|co|cn|uk|us|de|fr|jp|kr|it|es|ru|ca|au|nl|"
    "se|no|ch|at|be|br|in|mx|tw|hk|sg|eu|pl|pt|gr|"
    "xyz|top|site|online|club|shop|tech|wiki|news|blog|so|to|fm|ly|gl|gg|sm|abc"
)
_FILES = (
    "pdf|html?|php|jpe?g|png|gif|mp[34]|txt|docx?|xlsx?|pptx?|zip|exe|epub|py|js|css|json|xml|csv|wav|m4[ab]"
)
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})"
_PATH = r"(?:[:/?#][A-Za-z0-9_./?%&=#~:@!$+,;'()*\[\]-]*[A-Za-z0-9_/=#])?/?"
_ADDRESS = re.compile(
    rf"(?P<email>(?<![A-Za-z0-9_.+@-])[A-Za-z0-9_][A-Za-z0-9_.+-]{{0,63}}@{_LABEL}(?:\.{_LABEL}){{1,5}}(?:/[A-Za-z0-9_./-]*[A-Za-z0-9_])?)"
    rf"|(?P<url>(?<![A-Za-z0-9])(?:https?|ftp|file)://(?:[A-Za-z0-9_./?%&=#~:@!$+,;'()*\[\]-]*[A-Za-z0-9_/=#])?)"
    rf"|(?P<host>(?<![A-Za-z0-9.@-])localhost:\d{{2,5}}{_PATH})"
    rf"|(?P<path>(?<![A-Za-z0-9])[A-Za-z]:\\(?:[A-Za-z0-9_.$~() -]*[A-Za-z0-9_]\\)*[A-Za-z0-9_.-]*[A-Za-z0-9_]|"
    rf"(?<![A-Za-z0-9_./<~\\])(?:~|\.{{1,2}})/[A-Za-z0-9_./-]*[A-Za-z0-9_]|"
    rf"(?<![A-Za-z0-9_./<~\\)’'])/(?:[A-Za-z0-9_.-]+/)+[A-Za-z0-9_.-]*[A-Za-z0-9_])"
    rf"|(?P<www>(?<![A-Za-z0-9.@])www\.{_LABEL}(?:\.{_LABEL}){{0,5}}{_PATH})"
    rf"|(?P<domain>(?<![A-Za-z0-9_.@/-])(?:{_LABEL}\.){{1,4}}(?:{_DOMAINS}|"
    rf"{_FILES})(?![A-Za-z0-9_])(?!\.[A-Za-z]){_PATH})"
)
_BARE = re.compile(rf"\s*(?P<domain>{_LABEL}(?:\.[A-Za-z]{{2,}}){{1,4}})\s*")
_TRIGGER = re.compile(r"@|://|[A-Za-z0-9]\.[A-Za-z]{2}|localhost:|:\\|(?<![A-Za-z0-9<])/[A-Za-z.]")
_AMBIGUOUS = words("no so to in it at be me us co am is as ch tv")
"""Country codes that are words: `end.So he` is a sentence without its blank, not a domain."""
_PIECE = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]")


def find_addresses(text: str) -> Iterator[tuple[int, int, str]]:
    """Every address in `text` as (start, end, kind); kinds are email, url, domain and path."""
    if not _TRIGGER.search(text):
        return
    bare = _BARE.fullmatch(text) if len(text) < 80 else None
    if (
        bare
        and not re.search(r"[A-Z]\.[A-Z]|^\s*\d+\.[a-z]", text)
        and len(bare["domain"].split(".")[0]) > 2
        and bare["domain"].islower()
    ):
        yield bare.start("domain"), bare.end("domain"), "domain"
        return
    for m in _ADDRESS.finditer(text):
        if m["domain"]:
            labels = re.split(r"[/:?#]", m[0])[0].split(".")
            last = labels[-1]
            if (
                (not last.islower() and not m[0].isupper())
                or (len(labels[0]) < 2 and len(labels) == 2)
                or (labels[0].isdigit() and len(labels) == 2)
            ):
                continue
            if last in _AMBIGUOUS and len(labels) == 2 and "/" not in m[0]:
                continue
        kind = "email" if m["email"] else "path" if m["path"] else "domain" if m["domain"] else "url"
        yield m.start(), m.end(), kind


_KAOMOJI = re.compile(
    r"(?<![A-Za-z0-9])[:;=]['’]?-?[)(DPp*3|](?![A-Za-z0-9(])|(?<![A-Za-z0-9])(?:\^[_o.\-]?\^|[TtQq]_[TtQq]|>"
    r"[_.]<|-_-[#b|]{0,3}|=_=|[oO0]_[oO0]|\^_\^)(?![A-Za-z0-9])"
    r"|[(（][^()（）\w\n]{0,6}[＾^≧≦╥ಠωДд▽∀´｀˘・･｡￣╯╰⊙☉◕✿°□﹏⌒︶][^()（）\u4e00-\u9fffA-Za-z0-9\n]{0,"
    r"10}[)）][ノﾉ/~]*|¯\\_\(ツ\)_/¯|┻━┻"
)


def find_kaomoji(text: str) -> Iterator[tuple[int, int]]:
    """Faces made of signs: (＾▽＾), ^_^, T_T, :-)."""
    for m in _KAOMOJI.finditer(text):
        before = text[m.start() - 1 : m.start()]
        if m[0][0] in ":;=" and ((before.isascii() and before.isalnum()) or (before in ")(" and before)):
            continue
        yield m.start(), m.end()


def say_address(address: str, language: Language) -> str:
    """`a1@abc.com` → a one at abc dot com; in Chinese a一艾特abc点com. Digits are read one by one."""
    said = (_say_piece(piece, language) for piece in _PIECE.findall(address))
    return (" " if language.spaced else "").join(part for part in said if part)


def _say_piece(piece: str, language: Language) -> str:
    if piece.isdigit():
        return language.digits(piece)
    if piece.isalpha():
        return "jpeg" if piece == "jpg" else piece
    return language.signs.in_addresses.get(piece, "")
