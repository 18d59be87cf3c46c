"""What the words of an English line are, before a dictionary is asked how they sound: parts of speech, the reading of
words spelled alike, letters that are named, stammers. Both engines read English by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from normalizers import Heteronym, heteronyms_among, tag_english
from normalizers.rules import words
from tts_core.phonetics.lexicon_en import english_lexicon

HYPHENS = r"\-‐‑"
"""Class body of what parts a fragment from its word."""


@dataclass(frozen=True, slots=True)
class EnglishLine:
    """A line's words by where they start.

    Args:
        tags: Penn Treebank tags.
        readings: the sound of words that are spelled alike and said differently.
        letters: words whose letters are named: US, the A of A.D.
        articles: capital A's that are the article.
        stammers: fragments (the B of B-but) → where their word starts and ends; an empty stretch where it never comes.
    """

    tags: Mapping[int, str]
    readings: Mapping[int, Heteronym]
    letters: frozenset[int]
    articles: frozenset[int]
    stammers: Mapping[int, tuple[int, int]]


def read_line(text: str) -> EnglishLine:
    """What is known of the words of `text`, a line or a stretch of English in one."""
    tagged = tag_english(text)
    tags = {word.start: word.tag for word in tagged}
    readings = {word.start: word for word in heteronyms_among(tagged)}
    letters, articles = _single_a(text)
    for m in _CAPITALS.finditer(text):
        if _named(text, m, tags):
            letters.add(m.start())
        else:
            tags[m.start()] = "UH"  # the dictionary would name its letters as a noun's
    letters |= {m.start() for m in _FORMULA.finditer(text)}
    return EnglishLine(tags, readings, frozenset(letters), frozenset(articles), stammers(text))


# -- letters -------------------------------------------------------------------------------------------

_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)*")
_BEFORE = re.compile(r"([A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)*)([^A-Za-zÀ-ɏ]*)$")
_AFTER = re.compile(r"([^A-Za-zÀ-ɏ]*)([A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)*)")
_NEAR = 48
"""Characters on either side that are looked at."""
_CAPITALS = re.compile(
    r"(?<![\w.'’])(?:US|IT|WHO|AI|PSI|PI|ER|OR|PA|MA|LA|ID|GI|ET|TA)(?![^\W_]|['’](?!s\b))"
)
"""Initials that are words too: in capitals both a name by its letters and a word that is shouted."""
_FORMULA = re.compile(r"(?<![\w'’\-])[HBCNOFPSK]{2,3}(?=\s?(?:two|three|four|five|six|seven|eight|nine)\b)")
"""CO two, NO two: what a chemist writes with a number is letters."""
_NEVER_BEFORE_A_PRONOUN = words(
    "the a an this that our their his her its your my non anti pro ex pre mid every each any another no"
)
_PLACED = words("in from across into outside inside throughout within")
_LEADS_TO_US = words(
    "to for of with at by about against on upon like between among toward towards behind before after around over "
    "near without than and trust help join leave let give tell show take save kill follow believe watch see hear find "
    "hate love need want know forgive free feed send bring call ask meet stop"
)
_IT_WORK = words(
    "department departments support guy guys girl team teams staff consultant consultants specialist specialists "
    "manager managers director job jobs company companies industry system systems security help desk helpdesk "
    "professional professionals worker workers infrastructure people person expert experts budget project projects "
    "office room skills services technician technicians man woman world sector tech crew admin equipment"
)
_HEALTH = words(
    "officials guidelines guideline report reports experts director directors data figures scientists spokesman "
    "spokeswoman spokesperson headquarters"
)
_PLAIN_TAGS = ("IN", "TO", "RB", "DT", "PRP", "CC", "MD", "WP", "WRB", "RP", "VB", "VBD", "VBP", "VBZ", "EX")


@dataclass(frozen=True, slots=True)
class _Beside:
    """A word in capitals with its neighbours: `left` and `right` as written, '' beyond a pause or the ends."""

    left: str
    right: str
    left_tag: str
    right_tag: str
    shouted: bool


def _beside(text: str, start: int, end: int, tags: Mapping[int, str]) -> _Beside:
    before, after = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
    left, right = _BEFORE.search(before), _AFTER.match(after)
    near = (
        _WORD.findall(re.split(r"[.!?…]", before)[-1])[-2:] + _WORD.findall(re.split(r"[.!?…]", after)[0])[:2]
    )
    close = left is not None and not re.search(r"[^\s\-‐‑]", left[2])
    goes_on = right is not None and not re.search(r"[^\s\-‐‑]", right[1])
    return _Beside(
        left[1].lower() if left and close else "",
        right[2] if right and goes_on else "",
        tags.get(start - len(before) + left.start(1), "") if left and close else "",
        tags.get(end + right.start(2), "") if right and goes_on else "",
        any(_is_shouted(word) for word in near),
    )


def _is_shouted(word: str) -> bool:
    """Whether a neighbour is an everyday word in capitals."""
    return word.isupper() and len(word) > 1 and english_lexicon("american").everyday(word.lower())


def _named(text: str, m: re.Match[str], tags: Mapping[int, str]) -> bool:
    """Whether such capitals are letters here and no word."""
    word = m[0]
    here = _beside(text, m.start(), m.end(), tags)
    right = here.right.lower()
    if word == "IT":
        return not here.shouted and (
            right in _IT_WORK
            or here.left in ("the", "an", "our")
            or (here.left in ("in", "from") and not (right and here.right_tag in ("VBZ", "VBD")))
        )
    if word == "WHO":
        return right in _HEALTH or (here.left == "the" and not right.startswith("'"))
    if word == "US":
        if here.left in _NEVER_BEFORE_A_PRONOUN:
            return True
        if here.shouted:
            return False
        led = here.left in _LEADS_TO_US or here.left_tag.startswith("VB")
        goes_on = bool(right) and here.right_tag not in _PLAIN_TAGS
        return goes_on or not led or here.left in _PLACED
    if here.shouted:
        return False
    if word == "OR":
        return here.left in ("the", "an") or right in ("nurse", "nurses", "staff", "table")
    return True


_HEADED = re.compile(r"(?<![\w'’.])A(?![\w'’]|\.\w)")
_INITIALS = re.compile(r"\.?((?:\s[A-Z]\b\.?)+)(?P<rest>\s*\S*)")
_ACRONYMS = re.compile(
    "U S|U K|U N|E U|P H D|F B I|C I A|B B C|N B C|C B S|T V|D N A|L A|D C|V I P|M D|P I|M P|B A|U F O|S O S|G P|J P|"
    "C E O|D J|P R|Q C|K C|U S S R|U S A|R A F|G I|D A|N Y P D"
)
_BEHIND_THE_LETTER = re.compile(
    r"\s(?:is|was|are|were|has|had|does|for|and|or|to|stands|comes|means|equals|plus|minus|vs|versus)\b(?!-)"
)
_TITLE_SMALL = words(
    "of in on at by for with from to upon into and or but as like is was not such what quite than once has had have "
    "be being been about after before under over through without"
)


def _single_a(text: str) -> tuple[set[int], set[int]]:
    """Where a capital A is a letter though a sentence begins with it, and where it is the article."""
    letters: set[int] = set()
    articles: set[int] = set()
    for m in _HEADED.finditer(text):
        before, after = text[max(0, m.start() - _NEAR) : m.start()], text[m.end() : m.end() + _NEAR]
        if re.search(r"[^\W_]\s*$", before):  # in A minor, but Once Upon A Time, and IN A HOUSE
            left = _BEFORE.search(before)
            in_title = (
                left is not None and left[1].lower() in _TITLE_SMALL and re.match(r"\s[A-Z][A-Za-z]", after)
            )
            if in_title or (left is not None and _is_shouted(left[1]) and re.match(r"\s[A-Z]{2}", after)):
                articles.add(m.start())
        elif _is_initial(after) or _BEHIND_THE_LETTER.match(after):
            letters.add(m.start())
        else:
            articles.add(m.start())
    return letters, articles


def _is_initial(after: str) -> bool:
    """A D, A A Milne, A K A; not `A U S ship`, `A T-shirt`."""
    if re.match(rf"[{HYPHENS}][A-Za-z](?!\b)|(?:[{HYPHENS}][A-Z])+\b", after) and not re.match(
        "[^A-Za-z]a", after
    ):
        return True  # A-level, A-B-C; not the stammer A-a
    m = _INITIALS.match(after)
    if m is None or m["rest"].startswith(("-", "‐", "‑", "'", "’")):
        return False
    others = " ".join(re.findall("[A-Z]", m[1]))
    return others in ("D", "M") or _ACRONYMS.fullmatch(others) is None


# -- stammers ------------------------------------------------------------------------------------------

_STAMMERED = re.compile(
    rf"(?<![\w'’{HYPHENS}])(?P<fragments>(?:[A-Za-z]{{1,2}}\s?(?:[—–]|--|\.{{2,4}}|…)\s?)+(?:[A-Za-z]{{1,3}}[{HYPHENS}])*"
    rf"|(?:[A-Za-z]{{1,3}}[{HYPHENS}])+)(?P<word>[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]+)*)?"
)
_FRAGMENT = re.compile(rf"(?P<said>[A-Za-z]+)(?P<hyphen>[{HYPHENS}])?")
_PREFIXES = words("co re de pre un in pro bi be ex en sub dis non mis tri by no so go")
"""Parts of real compounds: co-conspirator, re-read."""
_LETTER_SHAPES = words("h-hour t-test t-tests c-clamp c-clamps t-tail b-ball v-vent s-shape u-unit e-exam")
_LABELLED = words("plan point section option part grade class letter vitamin type group team side block")


def stammers(text: str) -> dict[int, tuple[int, int]]:
    """Fragments of stammered words: where each starts → the stretch of its word; that of W-w-w— is empty."""
    found: dict[int, tuple[int, int]] = {}
    if not any(hyphen in text for hyphen in "-‐‑—–…") and ".." not in text:
        return found
    at = 0
    while m := _STAMMERED.search(text, at):
        fragments = [
            (f.start() + m.start(), f["said"], f["hyphen"]) for f in _FRAGMENT.finditer(m["fragments"])
        ]
        if m["word"] and _is_stammer(text, m, [(said, bool(hyphen)) for _, said, hyphen in fragments]):
            at = m.end()
            found.update(
                (low, m.span("word")) for low, said, _ in fragments if said.lower() != m["word"].lower()
            )
        elif _breaks_off(alone := _all_alone(m, fragments)):
            at = end = m.end("fragments")
            found.update((low, (end, end)) for low, _ in alone)
        else:
            at = fragments[1][0] if len(fragments) > 1 else m.end("fragments")
    return found


def _is_stammer(text: str, m: re.Match[str], fragments: Sequence[tuple[str, bool]]) -> bool:
    """Whether every fragment begins the word, and the whole is no compound: not X-ray, D-Day, re-read."""
    word = m["word"].lower()
    if not all(word.startswith(_once(said)) for said, _ in fragments) or (
        len(word) < 2 and (len(fragments) > 1 or word not in "aio")
    ):
        return False
    first, hyphened = fragments[0]
    before = text[: m.start()].rstrip(" ")
    inside = before[-1:].isalnum() or before[-1:] == ","
    if first[0].isupper() and m["word"][0].islower() and inside:
        return False  # an S-shaped scar; plan B—but
    if hyphened and len(fragments) == 1:
        whole = f"{first}-{m['word']}"
        shaped = word.startswith("shape") or whole.lower() in _LETTER_SHAPES
        return not (shaped or first.lower() in _PREFIXES or english_lexicon("american").has_compound(whole))
    if not hyphened:
        last = _BEFORE.search(before[-_NEAR:])
        labelled = last is not None and last[1].lower() in _LABELLED
        return not labelled and not any(re.search("[aeiouAEIOU]", said) for said, _ in fragments)
    return True


def _once(fragment: str) -> str:
    """Nnn → n."""
    lower = fragment.lower()
    return lower[0] if len(set(lower)) == 1 else lower


def _all_alone(m: re.Match[str], fragments: Sequence[tuple[int, str, str | None]]) -> list[tuple[int, str]]:
    """The fragments, and the last of them where it stands in a word's place."""
    alone = [(at, said) for at, said, _ in fragments]
    last = m["word"] and fragments[-1][2] and m["word"].lower() == fragments[-1][1].lower()
    return [*alone, (m.start("word"), m["word"])] if last else alone


def _breaks_off(alone: Sequence[tuple[int, str]]) -> bool:
    """W-w-w—: one sound again and again, and no word."""
    fragments = [said for _, said in alone]
    return (
        len(fragments) > 1
        and len({said.lower() for said in fragments}) == 1
        and any(said[0].islower() for said in fragments)
        and re.fullmatch("[^aeiouAEIOU]{1,2}", fragments[0]) is not None
    )


_TWO_LETTERS = words("th sh ch wh ph kn wr gn rh gh ps")
_ALONE = dict(zip("bcdfghjklmnpqrstvwxyz", "bkdfɡhʤklmnpkɹstvwzjz", strict=True)) | {
    "th": "ð", "sh": "ʃ", "ch": "ʧ", "wh": "w", "ph": "f",
}  # fmt: skip


def sound_alone(fragment: str) -> str:
    """The symbol of consonants whose word never comes."""
    return _ALONE.get(fragment.lower(), _ALONE.get(fragment[:1].lower(), ""))


def first_sound(
    sounds: Sequence[str], fragment: str, is_vowel: Callable[[str], bool]
) -> tuple[list[str], bool]:
    """What of a word a stammering speaker says before it.

    Args:
        sounds: of the word, without marks of stress. fragment: as it is written.

    Returns: those sounds, and whether a murmured vowel follows them, as behind a consonant.
    """
    onset = 0
    while onset < len(sounds) and not is_vowel(sounds[onset]):
        onset += 1
    if re.search("[aeiou]", fragment.lower()) or not onset:
        return list(sounds[: onset + 1]), False
    lower = fragment.lower()
    return list(sounds[: 1 if len(lower) == 1 or lower in _TWO_LETTERS else min(onset, len(lower))]), True
