"""Damaged words and files, by chance of a seed."""

# ruff: noqa: E501

from __future__ import annotations

import io
import random
import zipfile

TOKENS: tuple[bytes, ...] = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"<", b"&", b"&#x110000;", b"&#xd800;", b"&#0;", b"</p>", b"<p>" * 80, b"<!--",
    b"]]>", b"<![CDATA[", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<?xml version='9'?>", b"99:99:99,999 --> ", b"-->",
    b"00:00:01,000 --> 00:00:00,000", b"{\\an8}", b"{\\p1}m 0 0{\\p0}", b"{\\t(", b"\r", b"\r\n\r\n", b"\x1a", b"\x0b",
    b"A" * 2000, b"1" * 300, b"[" * 300, b"(" * 100, b"../../x", b"%00", b"\xe3\x80", b"NaN", b".inf", b"-0", b"1e999",
    b"0x7f", b"2001-99-99", b"12:61:61", b"!!python/object:os.system x", b"!!binary x", b"!!int x", b"*a", b"&a [*a]",
    b"<<: *a", b"? {", b"{", b"}", b'"', b"'", b"\t", b"\\ud800", b"\\u2028", b'{"id": []}', b"null", b"~", b"[]", b"{}",
    b": ", b"- ", b"|\n ", b"%YAML 9.9\n---\n", b"---\n", b"...\n", b"#", b"```", b"~~~", b"| a | b |\n|---|", b"[^1]: ", b"* * *",
    b"xml:lang=''", b"epub:type='footnote'", b"<ruby><rt>", b"\x85", b"\x0c", "\u2028".encode(), "“".encode(), "第".encode(),
    "１２".encode(), "\u202e".encode(), "\ud7ff".encode(), "\u0301".encode() * 20, "𝟙".encode(), "½".encode(), "Ⅻ".encode(),
    "第一章".encode(), b"Chapter ", "« ".encode(), "¿".encode(), b"[only: ", b" = ", b"/",
)  # fmt: skip
"""What readers stumble over."""

POOL = (
    "0123456789.,:;-–—/%$€£¥°′″+=×÷~#@&*()[]{}<>|\\_^`'\"“”‘’「」『』《》，。！？；：、…·ⅠⅣ①½²℃№第章回年月日点分两二〇零百千万亿"
    "个人行长重了得地AaIVXLCMDBQOoΩЖשع가あアｱ¿¡ñáüº\u200b\u202e\ufeff\u0301\n\t "
)
"""Characters that rules look at."""


def mutated(data: bytes, chance: random.Random, changes: int = 0) -> bytes:
    """Bytes with one to eight changes: a bit, a token, something gone, doubled, cut, another byte, a piece from elsewhere."""
    made = bytearray(data)
    for _ in range(changes or chance.choice((1, 1, 2, 3, 8))):
        at = chance.randrange(len(made) + 1)
        kind = chance.randrange(7)
        if kind == 0 and made:
            made[at - 1] ^= 1 << chance.randrange(8)
        elif kind == 1:
            made[at:at] = chance.choice(TOKENS)
        elif kind == 2:
            del made[at : at + chance.choice((1, 3, 40))]
        elif kind == 3:
            made[at:at] = made[max(0, at - chance.choice((5, 50, 500))) : at]
        elif kind == 4 and chance.random() < 0.3:
            del made[at:]
        elif kind == 5 and made:
            made[at - 1] = chance.randrange(256)
        else:
            other = chance.randrange(len(made) + 1)
            made[at:at] = made[other : other + chance.choice((3, 30, 300))]
    return bytes(made)


VALUES = (
    "", "0", "-1", "1.5", "1e999", ".nan", "-.inf", "true", "null", "~", "[]", "[1]", "{}", "{a: 1}", "''", '""', "99999999999999999999", "0o9",
    "2001-99-99", "12:61:61", "!!int x", "!!set {a}", "&a x", "*a", "|", "> x", "'", '"\\ud800"', '"\\u2028"', "../..", "/", "~/x", "auto", "en", "zh",
    "xx", "(a+)+$", "(", "[", "a{99999999999}", "(?P<a>.)(?P<a>.)", "\\1", "第一", "“", "A" * 3000, "1-", "1-3,,5", "3-1", "0-0", "all", "a b", "\u202e",
    "[narrator]", "narrator", "unknown", "low", "kokoro", "tests.engines:ToneEngine", "os:system", ":", "a:b:c", "[[1, [2]]]", "- x", "? x", "%",
)  # fmt: skip
"""What may stand where something else was."""


def rewritten(data: bytes, chance: random.Random) -> bytes:
    """A file of lines with one or two of them otherwise: another value, gone, doubled, moved, indented."""
    lines = data.decode().split("\n")
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(lines))
        kind = chance.randrange(6)
        if kind <= 2:
            marks = [i for i, c in enumerate(lines[at]) if c in ":=,[{|"]
            if marks:
                mark = chance.choice(marks) + 1
                ends = [i for i in range(mark, len(lines[at])) if lines[at][i] in ",]}"] or [len(lines[at])]
                lines[at] = (
                    f"{lines[at][:mark]} {chance.choice(VALUES)}{lines[at][chance.choice((ends[0], len(lines[at]))) :]}"
                )
        elif kind == 3 and len(lines) > 1:
            del lines[at]
        elif kind == 4:
            lines.insert(chance.randrange(len(lines)), lines[at])
        else:
            lines[at] = chance.choice(("  ", "- ", "\t", "# ", "\ufeff")) + lines[at]
    return "\n".join(lines).encode("utf-8", "ignore")


def words(chance: random.Random, sentences: tuple[str, ...]) -> str:
    """A sentence with changes, or characters in a heap."""
    if chance.random() < 0.5:
        return mutated(chance.choice(sentences).encode(), chance).decode("utf-8", "ignore")
    return "".join(
        chance.choice(POOL)
        if chance.random() < 0.93
        else chr(chance.choice((chance.randrange(0x20, 0xD7FF), chance.randrange(0xE000, 0x10FFFF))))
        for _ in range(chance.choice((1, 3, 20, 80, 200)))
    )


def archive(members: dict[str, bytes], chance: random.Random) -> bytes:
    """A ZIP of members, some of them changed, one perhaps gone or misplaced; or its bytes changed."""
    victims = set(chance.sample(sorted(members), chance.choice((0, 1, 1, 2))))
    gone = chance.choice(sorted(members)) if chance.random() < 0.1 else None
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as file:
        for name, data in members.items():
            if name != gone:
                where = name if chance.random() > 0.02 else "../" + name
                file.writestr(where, mutated(data, chance) if name in victims else data)
    return mutated(made.getvalue(), chance) if not victims or chance.random() < 0.15 else made.getvalue()
