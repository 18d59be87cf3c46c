"""English words spelled alike and said differently: the tag a sentence's neighbours leave no doubt about.

The perceptron learned newspaper English; these rules correct what it would get wrong in a novel.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files

from normalizers.rules import words


@cache
def noun_and_verb() -> dict[str, tuple[str, str]]:
    """Word → (reading as noun or adjective, reading as verb): `english/heteronyms.tsv`."""
    text = files("normalizers").joinpath("english/heteronyms.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {word: (noun, verb) for word, noun, verb in rows}


PLURALS = {
    "uses": "use",
    "houses": "house",
    "excuses": "excuse",
    "abuses": "abuse",
    "lives": "live",
    "closes": "close",
    "mouths": "mouth",
}


_DETERMINERS = words(
    "a an the this that these those my your his her its our their no every each any some another either neither what which whose one"
)
_OBJECT_PRONOUNS = words("me him them us it")
_SUBJECTS = words("i you we they who he she it")
_MODALS = words(
    "will would shall should can could may might must to 'll don't didn't doesn't won't wouldn't can't cannot couldn't shouldn't do does did let's not never"
)
_MODALS_ONLY = words(
    "will would shall should can could may might must won't wouldn't can't cannot couldn't shouldn't do does did don't didn't doesn't let's"
)
BE_FORMS = words(
    "am is are was were be been being 's 're 'm isn't wasn't aren't weren't i'm it's he's she's that's you're we're they're there's what's"
)
_HAVE = words("have has had having 've 'd i've you've we've they've haven't hasn't hadn't")
_PREPOSITIONS = words(
    "of in on at by for with from into upon onto over under through without within between among behind beside beneath against during after before like as than about around across along toward towards past"
)
_PAST_CUES = words(
    "yesterday ago last then had was were said looked turned went came stood sat took saw heard felt knew thought asked replied answered smiled laughed nodded shook walked ran opened closed wrote"
)


def _contracted(word: str) -> bool:
    return word.endswith(("'ll", "'d", "n't"))


def correct_tag(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str:
    """The tag of heteronym `tokens[i]` by its neighbours, where they leave no doubt; `tag` otherwise.

    Args:
        tokens: the sentence's words, clitics attached; tags: those of the words before `i`.
    """
    word = tokens[i].lower()
    base = PLURALS.get(word, word)
    if base not in noun_and_verb() and word not in _SPECIAL and word not in PAST_OR_PRESENT:
        return tag
    left = tokens[i - 1].lower() if i else ""
    left2 = tokens[i - 2].lower() if i > 1 else ""
    right = tokens[i + 1].lower() if i + 1 < len(tokens) else ""
    right2 = tokens[i + 2].lower() if i + 2 < len(tokens) else ""
    previous = tags[i - 1] if i else ""
    if word in PAST_OR_PRESENT:
        return _past_or_present(tokens, tags, i, tag, left, left2, right, previous)
    special = _SPECIAL.get(word)
    if special is not None:
        decided = special(tokens, tags, i, tag)
        if decided:
            return decided
        if base not in noun_and_verb():
            return tag
    if tag in ("NNP", "NNPS") and i and not tokens[i].isupper():
        return tag
    infinitive = "VBZ" if word != base or (word.endswith("s") and base != "address") else "VB"
    noun = "NNS" if word != base else "NN"
    if (
        left in _MODALS_ONLY
        or (_contracted(left) and not left.endswith("'d"))
        or (
            left == "to"
            and right not in ("of",)
            and not (
                tag == "NN"
                and left2
                in words(
                    "due according close next prior object refer referred way key answer access subject come came brought put"
                )
            )
        )
    ):
        return infinitive if infinitive == "VB" or left not in ("to",) else "VB"
    if left in words("a an the my your his its our their every each no another") or (
        left == "her"
        and tag in ("NN", "JJ", "NNS", "VB", "VBP")
        and left2 not in words("let make made help helped saw see watched heard")
    ):
        if tag in ("JJ", "NN", "NNS"):
            return tag
        adjective = (
            base in _ADJECTIVES
            and bool(re.match(r"[a-z]+$", right))
            and right not in _PREPOSITIONS
            and right not in BE_FORMS
            and right not in words("and or that to but had which")
        )
        return "JJ" if adjective else noun
    if left in ("i", "we", "they", "you") and previous == "PRP" and tag in ("NN", "JJ", "VB", "NNP"):
        if base in _ADJECTIVES and left2 in BE_FORMS:
            return tag
        return "VBP"
    if left in ("he", "she", "it", "who", "that") and word != base and tag in ("NNS", "NN"):
        return "VBZ"
    if (
        previous in ("JJ", "PRP$", "JJR", "JJS", "CD")
        and tag in ("VB", "VBP", "VBD")
        and (not right or right in _PREPOSITIONS or right in BE_FORMS or right in ("and", "or", "that"))
    ):
        return noun
    if (
        left in _PREPOSITIONS
        and tag in ("VB", "VBP")
        and left not in ("than", "as", "like", "before", "after")
        and base not in _ADJECTIVES
    ):
        return noun
    if i == 0 and (right in _OBJECT_PRONOUNS or (base == "close" and right in _DETERMINERS)):
        return infinitive
    if (
        previous in ("NNS", "NNPS")
        and tag in ("NN", "JJ")
        and word == base
        and right in (_PREPOSITIONS | _OBJECT_PRONOUNS | {"the", "a", "his", "her", "their", "when", "if"})
        and not any(t.startswith(("VB", "MD")) for t in tags)
    ):
        return "VBP"
    if (
        i == 0
        and tag in ("NN", "NNP", "JJ")
        and right in (_OBJECT_PRONOUNS | words("the your my his her a this that these those"))
        and base not in ("present", "content", "complex")
    ):
        return "VB"
    if right2 == "" and tag == "VBP" and left in ("and", "or"):
        return tag
    return tag


_ADJECTIVES = words(
    "abstract absent alternate appropriate approximate articulate associate animate august close compact complex compound consummate content convict coordinate degenerate deliberate delegate desert desolate diffuse "
    "duplicate elaborate export frequent import initiate intimate legitimate live moderate perfect precipitate present produce rebel record reverse retail separate subject subordinate upset"
)

PAST_OR_PRESENT = frozenset(("read", "reread", "misread", "proofread"))


def _past_or_present(
    tokens: Sequence[str],
    tags: Sequence[str],
    i: int,
    tag: str,
    left: str,
    left2: str,
    right: str,
    previous: str,
) -> str:
    """read: rēd for the base form, rĕd for past and participle."""
    if (
        left in words("a the good quick great another long")
        and tag != "VBN"
        and (not right or right in _PREPOSITIONS or right in ("and",))
    ):
        return "NN"
    if (
        left in _HAVE
        or left.endswith(("'ve",))
        or (left in words("well widely being been was were is are be") and left not in ("well",))
        or (left == "well" and right not in ("the", "it"))
    ):
        return "VBN"
    window = [w.lower() for w in tokens[max(0, i - 3) : i]]
    if left in words(
        "never ever just already always not often once since also hardly scarcely only even then"
    ):
        if set(window) & _HAVE or any(w.endswith(("'ve", "'d")) for w in window):
            return "VBN"
        if set(window) & _MODALS_ONLY:
            return "VB"
    if (
        left == "to"
        or left in _MODALS_ONLY
        or (_contracted(left) and not left.endswith("'d"))
        or left in ("help", "let", "please", "let's")
    ):
        return "VB"
    if left.endswith("'d"):
        return "VBN" if right not in ("it", "the", "a", "to") or left2 in ("if",) else "VB"
    if (
        set(window) & _MODALS_ONLY
        and previous in ("PRP", "NNP", "NN", "RB", "MD")
        and left not in ("and", "he", "she")
    ):
        return "VB"
    if set(window) & _HAVE and previous in ("PRP", "RB", "NNP", "NN"):
        return "VBN"
    if left in ("him", "her", "me", "them", "us") and set(window) & words(
        "hear heard let make made watch watched saw see help helped"
    ):
        return "VB"
    sentence = {w.lower() for w in tokens}
    if left in ("he", "she", "it", "who") or previous in ("NNP",) or left in ("that", "which"):
        return "VBD"
    past = bool(sentence & _PAST_CUES) or any(t == "VBD" for t in tags)
    if i == 0:
        return (
            "VB"
            if tag not in ("VBN", "VBD") or right in words("the this it that me your my on aloud all a every")
            else tag
        )
    if left in ("i", "we", "they", "you"):
        present = sentence & words(
            "every always usually often sometimes now never daily today if when do can will like love whenever"
        )
        if left == "you" and not past:
            return "VBP"
        return "VBD" if past or not present else "VBP"
    if previous in ("NNS", "NNPS"):
        return "VBD" if past else "VBP"
    if left in ("and", "or", "but", ",", "then"):
        verbs = [t for t in tags if t.startswith("VB")]
        if verbs:
            return {"VBD": "VBD", "VBN": "VBN"}.get(
                verbs[-1], "VB" if verbs[-1] in ("VB", "VBP") else "VBD" if past else verbs[-1]
            )
    if past and tag in ("VB", "VBP", "NN"):
        return "VBD"
    if tag in ("VBP", "VB", "VBD", "VBN"):
        return tag
    return "VBD" if past or previous in ("NN", "RB", "PRP") else "VB"


_SPECIAL: dict[str, Callable[[Sequence[str], Sequence[str], int, str], str | None]] = {}


def _special(
    *names: str,
) -> Callable[
    [Callable[[Sequence[str], Sequence[str], int, str], str | None]],
    Callable[[Sequence[str], Sequence[str], int, str], str | None],
]:
    def register(
        rule: Callable[[Sequence[str], Sequence[str], int, str], str | None],
    ) -> Callable[[Sequence[str], Sequence[str], int, str], str | None]:
        for name in names:
            _SPECIAL[name] = rule
        return rule

    return register


def around(tokens: Sequence[str], i: int) -> tuple[str, str, str, str]:
    lower = [w.lower() for w in tokens[max(0, i - 2) : i + 3]]
    at = min(i, 2)
    return (
        lower[at - 2] if at >= 2 else "",
        lower[at - 1] if at >= 1 else "",
        lower[at + 1] if at + 1 < len(lower) else "",
        lower[at + 2] if at + 2 < len(lower) else "",
    )


@_special("close")
def _close(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    left2, left, right, _ = around(tokens, i)
    if left in ("they", "we", "you") and right in words("at on for early late the our up down in"):
        return "VBP"
    if (
        tags
        and tags[-1] in ("NNS", "NNPS")
        and (right in _PREPOSITIONS or right in ("", "early", "late"))
        and right not in ("to", "by", "behind")
    ):
        return "VBP"
    if (
        right
        in words(
            "to by behind together beside at friend friends enough quarters range attention call look up against upon around"
        )
        and left not in _MODALS_ONLY
        and left != "to"
    ):
        return "RB" if tag.startswith("V") or tag == "RB" else "JJ"
    if left in (
        BE_FORMS
        | words(
            "so too very as how more came come drew kept keep stay stayed stood sat followed held got getting get pretty quite draw"
        )
    ):
        return "JJ" if left in BE_FORMS or left in words("so too very as how pretty quite") else "RB"
    if left in ("a", "the") and right in ("of",):
        return "NN"
    if left in ("drew", "brought", "came", "bring", "draw") or (left == "a" and left2 == "to"):
        return "NN"
    return None


@_special("live")
def _live(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = around(tokens, i)
    if left in words("a the this some of with these those three two") and right not in words(
        "in on at with and by to"
    ):
        return "JJ"
    if left in BE_FORMS and right in ("", "from", "on", "and"):
        return "RB"
    if tag in ("JJ", "NN", "RB") and (
        left in _MODALS
        or left in _SUBJECTS
        or right
        in words("in on with at here there by for long forever again alone together among near without")
    ):
        return "VB" if left in _MODALS else "VBP"
    return None


@_special("lives")
def _lives(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = around(tokens, i)
    if left in words("our their your the of whose many nine two these those human own past other all"):
        return "NNS"
    if left in words("he she it who that still now") or (
        right in words("in here there at with alone on next near")
        and tags
        and tags[-1] in ("NNP", "NN", "PRP")
    ):
        return "VBZ"
    return None


@_special("minute")
def _minute(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = around(tokens, i)
    tiny = words(
        "details detail particles particle quantity quantities inspection examination description attention fragments fragment traces trace grains differences difference amount amounts portion point points dots specks speck crack cracks hole holes flaw flaws scratch scratches insect insects creature creatures letters writing handwriting spider spiders hairs study observation observations crystals scale"
    )
    if right in tiny or (
        left in words("so very most more extremely too as with")
        and right not in words("hand hands of or to gun guns ago past he she i we they later longer more")
    ):
        return "JJ"
    return "NN"


@_special(
    "bow",
    "row",
    "sow",
    "wind",
    "wound",
    "tear",
    "tears",
    "lead",
    "leads",
    "bass",
    "dove",
    "does",
    "bows",
    "rows",
    "sewer",
    "number",
    "polish",
    "winds",
    "sows",
    "invalid",
    "buffet",
    "putting",
    "resume",
)
def _sense(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    left2, left, right, _right2 = around(tokens, i)
    word = tokens[i].lower()
    if word == "wound":
        if (
            tags
            and tags[-1] in ("NN", "NNS", "NNP")
            and right in _PREPOSITIONS
            and not any(t.startswith("VB") for t in tags)
        ):
            return "VBD"
        if left in _HAVE or left in BE_FORMS:
            return "VBN"
        if left in words(
            "a the his her my your this that mortal deep old flesh bullet of head fatal no every open its"
        ):
            return "NN"
        if left in words(
            "he she it they i we which that who and path road river stream trail"
        ) or right in words("up round around its their through down along"):
            return "VBD"
        if left in words("to would could will may might not must shall"):
            return "VB"
    if word in ("wind", "winds"):
        if word == "winds" and (
            left in words("that which who it he she road path river stream trail street valley lane")
            or right in words("through along between past its")
        ):
            return "NNS" if left in _DETERMINERS - words("that which") else "VBZ"
        if (
            left in words("to will would can could must i you we they")
            or _contracted(left)
            or (
                right in ("up", "its", "their", "the", "down", "through")
                and left in ("", "and", "road", "path", "stairs", "roads", "paths")
            )
        ):
            return (
                ("VB" if left in ("to", "will", "would", "can", "could", "must", "", "and") else "VBP")
                if word == "wind"
                else "VBZ"
            )
        if (
            word == "wind"
            and {w.lower() for w in tokens[max(0, i - 4) : i]}
            & words("watch watched watching see saw seen let made make felt")
            and left not in _DETERMINERS
        ):
            return "VB"
        return "NN" if word == "wind" else "NNS"
    if word in ("tear", "tears"):
        if (
            left in words("to will would could can not i they you we must")
            or _contracted(left)
            or (
                right in words("up down off apart away open at it him them her out itself himself")
                and left not in words("a the single of in with her his")
            )
        ):
            return "VB" if word == "tear" else "VBZ"
        return "NN" if word == "tear" else "NNS"
    if word in ("lead", "leads"):
        if (
            left
            in words(
                "to will would can could may might must shall not did does i you we they which that who stairs steps"
            )
            and left2 not in ("due",)
            and not (left == "that" and right in ("pipe", "pencil"))
        ):
            return "VB" if word == "lead" else "VBZ"
        return None
    if word == "does":
        return "VBZ"
    if word == "dove":
        if left in words("he she it they i and who we") or right in words(
            "into in down under for off through behind deep"
        ):
            return "VBD"
        return "NN"
    if word in ("bow", "bows", "row", "rows", "sow", "sows"):
        if left in _MODALS or left in ("i", "we", "they", "you"):
            return "VB"
        if left in ("he", "she", "it") and word.endswith("s"):
            return "VBZ"
        if left in _DETERMINERS or left in words(
            "in deep low slight front back long single little same terrible great stiff polite first second two three"
        ):
            return "NNS" if word.endswith("s") else "NN"
    if word == "polish" and tokens[i][0] == "P" and i:
        return "JJ"
    if word == "invalid" and left in words("an the poor old chronic confirmed of his her"):
        nominal = not right or right in _PREPOSITIONS | BE_FORMS | words(
            "who and had chair lady lay sat slept could would woke smiled said groaned looked coughed sighed died"
        )
        return "NN" if nominal else None
    return None
