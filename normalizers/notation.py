"""How people write a reading down: pinyin, /IPA/, [ARPAbet], "respelling"; in lexicon files and inline in a script."""

from __future__ import annotations

import re

from normalizers.errors import DuoyinError
from normalizers.hints import Alphabet, Hint
from normalizers.rules import words
from normalizers.scripts import is_han

_SYLLABLE = re.compile(
    r"(?:[bpmfdtnlgkhjqxryw]|[zcs]h?)?"
    r"(?:a|o|e|ai|ei|ao|ou|an|en|ang|eng|ong|er|i|ia|ie|iao|iu|ian|in|iang|ing|iong|io|u|ua|uo|uai|ui|uan|"
    r"un|uang|ue|v|ve|van|vn|ê|m|n|ng|hm|hng)r?[1-5]"
)
ARPABET = words(
    "AA AE AH AO AW AX AXR AY B CH D DH DX EH ER EY F G HH IH IX IY JH K L M N NG NX OW OY P Q R S SH T TH "
    "UH UW UX V W WH Y Z ZH"
)
"""Phones of the CMU Pronouncing Dictionary and TIMIT; vowels take a stress digit 0, 1 or 2."""
_VOWELS = words("AA AE AH AO AW AX AXR AY EH ER EY IH IX IY OW OY UH UW UX")
_NOT_IPA = re.compile(r"[0-9A-Z\u4e00-\u9fff]")
_MARKUP = re.compile(r"\{(?P<written>[^{}|\n]{1,80})\|(?P<reading>[^{}|\n]{1,200})\}")


def parse_reading(written: str, notation: str) -> tuple[Alphabet, str]:
    """The alphabet and value of a reading as written down.

    Args:
        written: the text that is read so; decides how many pinyin syllables are wanted.
        notation: `chong2 qing4`, `/hɚˈmaɪəni/`, `[HH ER0 M AY1 AH0 N IY0]` or `"her-my-oh-nee"`.

    Raises: `DuoyinError` without `where`; the caller knows file and line.
    """
    notation = notation.strip()
    if len(notation) > 2 and notation[0] == notation[-1] == "/":
        value = notation[1:-1].strip()
        if not value or _NOT_IPA.search(value):
            raise DuoyinError(
                f"{notation} is not IPA",
                hint="write IPA between slashes without digits or capitals: /hɚˈmaɪəni/",
            )
        return "ipa", value
    if len(notation) > 2 and notation[0] == "[" and notation[-1] == "]":
        phones = notation[1:-1].upper().split()
        wrong = [
            p for p in phones if p.rstrip("012") not in ARPABET or (p[-1].isdigit() and p[:-1] not in _VOWELS)
        ]
        if wrong or not phones:
            raise DuoyinError(
                f"{' '.join(wrong) or notation} is not ARPAbet",
                hint="write CMU phones between brackets: [HH ER0 M AY1 AH0 N IY0]",
            )
        return "arpabet", " ".join(phones)
    if len(notation) > 2 and notation[0] in '"“' and notation[-1] in '"”':
        return "respell", notation[1:-1].strip()
    syllables = notation.lower().replace("u:", "v").replace("ü", "v").split()
    wrong = [s for s in syllables if not _SYLLABLE.fullmatch(s)]
    if wrong or not syllables:
        raise DuoyinError(
            f"{notation!r} is no reading",
            hint="write pinyin with tone digits (chong2 qing4), /IPA/, [ARPAbet] or a respelling in quotes "
            '("chung king")',
        )
    han = sum(map(is_han, written))
    rhotic = "儿" in written and syllables[-1][-2:-1] == "r"
    if han != len(written.replace(" ", "")) or len(syllables) not in ((han, han - 1) if rhotic else (han,)):
        raise DuoyinError(
            f"{written!r} has {han} Han characters, the reading {len(syllables)} syllables",
            hint="give one syllable for every character, with its tone digit (5 = neutral)",
        )
    return "pinyin", " ".join(syllables)


def find_markup(text: str) -> tuple[list[tuple[int, int, str, Hint]], list[str]]:
    """Every `{written|reading}` of `text`.

    Returns: rows (start, end, written, hint with offsets 0 to len(written)) in order, and a note for each
    `{…|…}` whose reading is not understood; such text is left as it stands, it may be the author's.
    """
    rows: list[tuple[int, int, str, Hint]] = []
    notes: list[str] = []
    if "{" not in text:
        return rows, notes
    for m in _MARKUP.finditer(text):
        written = m["written"]
        try:
            alphabet, value = parse_reading(written.strip(), m["reading"])
        except DuoyinError as error:
            notes.append(f"markup {m[0]} is read as plain text: {error.message}")
            continue
        rows.append((m.start(), m.end(), written, Hint(0, len(written), alphabet, value, "markup")))
    return rows, notes
