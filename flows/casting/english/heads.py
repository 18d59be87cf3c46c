"""English heads that say whose words follow: Dr. Seward's Diary; Letter, Lucy Westenra to Mina Murray; a name alone."""

from __future__ import annotations

import re

from flows.casting.people import Head

_WORD = r"(?:[A-Z][^\W\d_]*(?:[-’'](?!s\b)[^\W\d_]+)*\.?)"
_NAME = rf"(?P<name>{_WORD}(?:\s+(?:(?:de|du|von|van|la|le|di)\s+)?{_WORD}){{0,4}})"
_DOCUMENTS = (
    r"journals?|diar(?:y|ies)|note-?books?|logs?|log-?books?|statements?|testimony|depositions?|memorandum|memoirs?|"
    r"memoranda|confessions?|manuscripts?|narratives?|recollections|reminiscences|affidavit"
)
_WRITTEN = rf"(?:{_DOCUMENTS})"
_TOLD = (
    rf"(?:{_DOCUMENTS}|story|tale|account|version|report|relation|chapters?|part|book|history|evidence|"
    r"events|letters?)"
)
_MAIL = (
    r"(?:letters?|notes?|telegrams?|cables?|post-?cards?|e-?mails?|messages?|memorandum|dispatch|despatch)"
)
_BEFORE = r"(?:(?:from|in|extract(?:s|ed)?\s+from|leaves\s+from|pages\s+from)\s+)?(?:the\s+)?"
_POSSESSIVE = re.compile(
    rf"{_BEFORE}{_NAME}[’']s?\s+(?:\w+\s+){{0,2}}(?i:{_WRITTEN})\b[^!?]{{0,40}}", re.DOTALL
)
_OF = re.compile(
    rf"{_BEFORE}(?i:(?:the\s+)?(?:\w+\s+){{0,2}}{_WRITTEN})\s+(?:of|by)\s+{_NAME}(?:\s*[,.—(:;].{{0,60}})?",
    re.DOTALL,
)
_TELLS = r"(?:contributed|narrated|recounted|related|told)"
_BY = re.compile(
    rf"(?:(?=.*\b(?i:{_TOLD})\b).*|(?=(?i:{_TELLS})\b))"
    rf"\b(?i:{_TELLS}|begun|continued|concluded|resumed|written|kept|spoken|dictated|recorded|left|taken\s+up)"
    rf"\s+(?i:by)\s+(?P<article>the\s+)?{_NAME}(?:\s*[,.—(:;].*|\s+(?:of|at|in)\s.*)?",
    re.DOTALL,
)
_LETTER = re.compile(
    rf"(?:(?i:{_MAIL})(?:\s*\([^)]*\))?[,:.]?\s*(?:(?i:from)\s+)?){_NAME}(?:,.{{1,70}}?)?\s*,?\s+(?i:to)\s+.+",
    re.DOTALL,
)
_LETTER_FROM = re.compile(rf"(?:(?i:in)\s+)?(?:(?i:an?|the)\s+)?(?i:{_MAIL})\s+(?i:from)\s+{_NAME}")
_NUMBER = re.compile(
    r"(?i:(?:chapter|part|book)\s+)?(?:\d+|[IVXLC]+|(?i:one|two|three|four|five|six|seven|eight|nine|ten|eleven|"
    r"twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty)(?:-\w+)?)\s*[.:—–-]*\s+"
)
_NAME_ALONE = re.compile(rf"{_NAME}")


def head(text: str) -> Head | None:
    """What a line says of the words below it; None where it is no head.

    >>> [head(line).name for line in ("Jonathan Harker’s Journal—continued", "Letter, Lucy Westenra to Mina Murray.")]
    ['Jonathan Harker', 'Lucy Westenra']
    >>> head("The Story continued by Vincent Gilmore (of Chancery Lane, Solicitor)").name
    'Vincent Gilmore'
    """
    line = " ".join(text.split()).strip(" *_()[]")
    letter = _LETTER.fullmatch(line) or _LETTER_FROM.fullmatch(line)
    if letter is not None:
        return _head(letter["name"], letter=True)
    for pattern in (_BY, _POSSESSIVE, _OF):
        match = pattern.fullmatch(line)
        if match is not None and not match["name"].startswith("The "):  # The Captain’s Papers
            return _head(match["name"], match.groupdict().get("article") or "")
    rest = _NUMBER.sub("", line, count=1) if _NUMBER.match(line) else line
    named = rest.title() if rest.isupper() and len(rest) > 1 else rest
    if _NAME_ALONE.fullmatch(named):
        return Head(_plain(named), alone=True)
    return None


def _head(name: str, article: str = "", *, letter: bool = False) -> Head:
    plain = _plain(name)
    return Head(article + plain, letter, full=not article and " " in plain)


def _plain(name: str) -> str:
    """A name in capitals as it is written elsewhere; without the stop of its line."""
    name = name.title() if name.isupper() and len(name) > 3 else name
    return name[:-1] if name.endswith(".") and len(name.split()[-1]) > 3 else name
