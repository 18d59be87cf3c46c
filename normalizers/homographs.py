"""English words spelled alike and said differently: the tag a sentence's neighbours leave no doubt about.

The perceptron learned newspaper English; these rules correct what it would get wrong in a novel.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    "a an the this that these those my your his her its our their no every each any some another either "
    "neither what which whose one"
)
_OBJECT_PRONOUNS = words("me him them us it")
_REFLEXIVES = words("myself yourself yourselves himself herself itself ourselves themselves")
_SUBJECTS = words("i you we they who he she it")
_MODALS = words(
    "will would shall should can could may might must to 'll don't didn't doesn't won't wouldn't can't "
    "cannot couldn't shouldn't do does did let's not never"
)
_MODALS_ONLY = words(
    "will would shall should can could may might must won't wouldn't can't cannot couldn't shouldn't do "
    "does did don't didn't doesn't let's"
)
BE_FORMS = words(
    "am is are was were be been being 's 're 'm isn't wasn't aren't weren't i'm it's he's she's that's "
    "you're we're they're there's what's"
)
_HAVE = words("have has had having 've 'd i've you've we've they've haven't hasn't hadn't")
_PREPOSITIONS = words(
    "of in on at by for with from into upon onto over under through without within between among behind "
    "beside beneath against during after before like as than about around across along toward towards past"
)
_PAST_CUES = words(
    "yesterday ago last then had was were said looked turned went came stood sat took saw heard felt knew "
    "thought asked replied answered smiled laughed nodded shook walked ran opened closed wrote wept began gave made "
    "found told left kept held got spoke cried became brought lost understood slept fell woke"
)
_PAST_CLAUSE = re.compile(r"\b(?:he|she|they|we|i|it|who) [a-z]{2,}[^e\W]ed\b")
"""She listened: a clause that is told in the past."""


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
    special = _SPECIAL.get(word)
    if word not in PAST_OR_PRESENT and special is not None:
        decided = special(tokens, tags, i, tag)
        if decided:
            return decided
        if base not in noun_and_verb():
            return tag
    here = _Homograph(tokens, tags, i, tag, word, base, *around(tokens, i), tags[i - 1] if i else "")
    if word in PAST_OR_PRESENT:
        return next((decided for step in _READ if (decided := step(here))), tag)
    if tag in ("NNP", "NNPS") and i and not tokens[i].isupper():
        return tag
    return next((decided for step in _STEPS if (decided := step(here))), tag)


@dataclass(frozen=True, slots=True)
class _Homograph:
    """A word that could be noun or verb, in its sentence.

    Args:
        tokens: the sentence's words; tags: of those before it; at: its index.
        tag: what the tagger says; word: in small letters; base: without its ending.
        left2, left, right, right2: its neighbours in small letters, '' beyond the ends; previous: the tag of `left`.
    """

    tokens: Sequence[str]
    tags: Sequence[str]
    at: int
    tag: str
    word: str
    base: str
    left2: str
    left: str
    right: str
    right2: str
    previous: str

    @property
    def infinitive(self) -> str:
        third = self.word != self.base or (self.word.endswith("s") and self.base != "address")
        return "VBZ" if third else "VB"

    @property
    def noun(self) -> str:
        return "NNS" if self.word != self.base else "NN"

    @property
    def before(self) -> frozenset[str]:
        """The three words before it, in small letters."""
        return frozenset(w.lower() for w in self.tokens[max(0, self.at - 3) : self.at])

    @property
    def told_in_past(self) -> bool:
        """Whether the sentence has a cue of the past."""
        sentence = {w.lower() for w in self.tokens}
        return (
            bool(sentence & _PAST_CUES)
            or any(t == "VBD" for t in self.tags)
            or _PAST_CLAUSE.search(" ".join(self.tokens).lower()) is not None
        )


_Step = Callable[[_Homograph], str | None]


def _behind_modal(h: _Homograph) -> str | None:
    """would close, I'll close, to close; not due to use."""
    to = h.left == "to" and h.right != "of" and not (h.tag == "NN" and h.left2 in _TO_A_NOUN)
    if not (
        h.left == "please"
        or h.left in _MODALS_ONLY
        or (_contracted(h.left) and not h.left.endswith("'d"))
        or to
    ):
        return None
    return h.infinitive if h.infinitive == "VB" or h.left != "to" else "VB"


_TO_A_NOUN = words(
    "due according close next prior object refer referred way key answer access subject come came brought put"
)


def _behind_determiner(h: _Homograph) -> str | None:
    """the use, a present, her record; an absent friend."""
    hers = (
        h.left == "her"
        and h.tag in ("NN", "JJ", "NNS", "VB", "VBP")
        and h.left2 not in words("let make made help helped saw see watched heard")
    )
    if not (h.left in words("a an the my your his its our their every each no another") or hers):
        return None
    if h.tag in ("JJ", "NN", "NNS"):
        return h.tag
    adjective = (
        h.base in _ADJECTIVES
        and bool(re.match(r"[a-z]+$", h.right))
        and h.right not in _PREPOSITIONS
        and h.right not in BE_FORMS
        and h.right not in words("and or that to but had which")
    )
    return "JJ" if adjective else h.noun


def _behind_pronoun(h: _Homograph) -> str | None:
    """they use, who uses."""
    if h.left in ("i", "we", "they", "you") and h.previous == "PRP" and h.tag in ("NN", "JJ", "VB", "NNP"):
        return h.tag if h.base in _ADJECTIVES and h.left2 in BE_FORMS else "VBP"
    if h.left in ("he", "she", "it", "who", "that") and h.word != h.base and h.tag in ("NNS", "NN"):
        return "VBZ"
    return None


def _behind_adjective(h: _Homograph) -> str | None:
    """great use of, at present."""
    ends = not h.right or h.right in _PREPOSITIONS or h.right in BE_FORMS or h.right in ("and", "or", "that")
    if h.previous in ("JJ", "PRP$", "JJR", "JJS", "CD") and h.tag in ("VB", "VBP", "VBD") and ends:
        return h.noun
    if (
        h.left in _PREPOSITIONS
        and h.tag in ("VB", "VBP")
        and h.left not in ("than", "as", "like", "before", "after")
        and h.base not in _ADJECTIVES
    ):
        return h.noun
    return None


def _command(h: _Homograph) -> str | None:
    """Close the door."""
    if h.at == 0 and (h.right in _OBJECT_PRONOUNS or (h.base == "close" and h.right in _DETERMINERS)):
        return h.infinitive
    return None


def _behind_plural(h: _Homograph) -> str | None:
    """the boys use it."""
    if (
        h.previous in ("NNS", "NNPS")
        and h.tag in ("NN", "JJ")
        and h.word == h.base
        and h.right in (_PREPOSITIONS | _OBJECT_PRONOUNS | {"the", "a", "his", "her", "their", "when", "if"})
        and not any(t.startswith(("VB", "MD")) for t in h.tags)
    ):
        return "VBP"
    return None


def _command_of_a_noun(h: _Homograph) -> str | None:
    """Record this."""
    if (
        h.at == 0
        and h.tag in ("NN", "NNP", "JJ", "JJS")
        and h.right in (_OBJECT_PRONOUNS | _REFLEXIVES | words("the your my his her a this that these those"))
        and h.base not in ("present", "content", "complex")
    ):
        return "VB"
    return None


_STEPS: tuple[_Step, ...] = (
    _behind_modal,
    _behind_determiner,
    _behind_pronoun,
    _behind_adjective,
    _command,
    _behind_plural,
    _command_of_a_noun,
)
"""Asked in order; the first that is sure decides."""

_ADJECTIVES = words(
    "abstract absent alternate appropriate approximate articulate associate animate august close compact "
    "complex compound consummate content convict coordinate degenerate deliberate delegate desert desolate diffuse "
    "duplicate elaborate export frequent import initiate intimate legitimate live moderate perfect "
    "precipitate present produce rebel record reverse retail separate subject subordinate upset"
)

PAST_OR_PRESENT = frozenset(("read", "reread", "misread", "proofread"))


def _a_read(h: _Homograph) -> str | None:
    """a good read."""
    if (
        h.left in words("a the good quick great another long")
        and h.tag != "VBN"
        and (not h.right or h.right in _PREPOSITIONS or h.right == "and")
    ):
        return "NN"
    return None


def _have_read(h: _Homograph) -> str | None:
    """had read, was read, well read."""
    if (
        h.left in _HAVE
        or h.left.endswith("'ve")
        or h.left in words("widely being been was were is are be")
        or (h.left == "well" and h.right not in ("the", "it"))
    ):
        return "VBN"
    return None


def _never_read(h: _Homograph) -> str | None:
    """had never read, would never read: the auxiliary stands further left."""
    adverbs = words("never ever just already always not often once since also hardly scarcely only even then")
    if h.left not in adverbs:
        return None
    before = h.before
    if before & _HAVE or any(w.endswith(("'ve", "'d")) for w in before):
        return "VBN"
    return "VB" if before & _MODALS_ONLY else None


def _to_read(h: _Homograph) -> str | None:
    """to read, let read, I'd read."""
    if (
        h.left == "to"
        or h.left in _MODALS_ONLY
        or (_contracted(h.left) and not h.left.endswith("'d"))
        or h.left in ("help", "let", "please", "let's")
    ):
        return "VB"
    if h.left.endswith("'d"):
        return "VBN" if h.right not in ("it", "the", "a", "to") or h.left2 == "if" else "VB"
    return None


def _would_he_read(h: _Homograph) -> str | None:
    """would he ever read, had she read, heard him read, had him read."""
    before = h.before
    if h.left in ("him", "her", "me", "them", "us") and before & words("had have has having"):
        return "VB"
    if (
        before & _MODALS_ONLY
        and h.previous in ("PRP", "NNP", "NN", "RB", "MD")
        and h.left not in ("and", "he", "she")
    ):
        return "VB"
    if before & _HAVE and h.previous in ("PRP", "RB", "NNP", "NN"):
        return "VBN"
    if h.left in ("him", "her", "me", "them", "us") and before & words(
        "hear heard let make made watch watched saw see help helped"
    ):
        return "VB"
    return None


def _he_read(h: _Homograph) -> str | None:
    """he read: without -s it is past."""
    if h.left in ("he", "she", "it", "who", "that", "which") or h.previous == "NNP":
        return "VBD"
    return None


def _read_first(h: _Homograph) -> str | None:
    """Read this."""
    if h.at:
        return None
    command = h.right in words("this the it that me your my on aloud all a every")
    return "VB" if h.tag not in ("VBN", "VBD") or command else h.tag


def _they_read(h: _Homograph) -> str | None:
    """they read every day, they read it yesterday."""
    subject = (
        h.left2
        if h.left in words("never always often usually sometimes just only also still seldom rarely")
        else h.left
    )
    if subject in ("i", "we", "they", "you"):
        habit = {w.lower() for w in h.tokens} & words(
            "every always usually often sometimes now never daily weekly monthly yearly nightly today nowadays each "
            "rarely seldom if when do can will like love whenever whatever regularly generally mostly"
        )
        if subject == "you" and not h.told_in_past:
            return "VBP"
        these_days = {"these", "days"} <= {w.lower() for w in h.tokens}
        return "VBD" if h.told_in_past or not (habit or these_days) else "VBP"
    if h.previous in ("NNS", "NNPS"):
        return "VBD" if h.told_in_past else "VBP"
    return None


def _and_read(h: _Homograph) -> str | None:
    """sat down and read: as the verb before."""
    verbs = [t for t in h.tags if t.startswith("VB")]
    if h.left not in ("and", "or", "but", ",", "then") or not verbs:
        return None
    last = verbs[-1]
    if last in ("VBD", "VBN"):
        return last
    return "VB" if last in ("VB", "VBP") else "VBD" if h.told_in_past else last


def _read_as_told(h: _Homograph) -> str | None:
    """By the tense of the sentence."""
    if h.told_in_past and h.tag in ("VB", "VBP", "NN"):
        return "VBD"
    if h.tag in ("VBP", "VB", "VBD", "VBN"):
        return h.tag
    return "VBD" if h.told_in_past or h.previous in ("NN", "RB", "PRP") else "VB"


_READ: tuple[_Step, ...] = (
    _a_read,
    _have_read,
    _never_read,
    _to_read,
    _would_he_read,
    _he_read,
    _read_first,
    _they_read,
    _and_read,
    _read_as_told,
)
"""read: rēd for the base form, rĕd for past and participle. Asked in order; the last always answers."""


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
            "to by behind together beside at friend friends enough quarters range attention call look up "
            "against upon around shave escape race contest relative relatives resemblance companion inspection "
            "scrutiny proximity combat confinement"
        )
        and left not in _MODALS_ONLY
        and left != "to"
    ):
        return "RB" if tag.startswith("V") or tag == "RB" else "JJ"
    if left in (
        BE_FORMS
        | words(
            "so too very as how more came come drew kept keep stay stayed stood sat followed held got "
            "getting get pretty quite draw"
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
    shown = words(
        "caught saw seen watch watched show shown air aired heard broadcast recorded went go going streamed"
    )
    if right in ("", "on", "from") and shown & {w.lower() for w in tokens[max(0, i - 3) : i]}:
        return "RB"
    if i == 0 and right in words(
        "and in by with for long up like your well as and together free simply quietly"
    ):
        return "VB"
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
        "details detail particles particle quantity quantities inspection examination description attention "
        "fragments fragment traces trace grains differences difference amount amounts portion point points "
        "dots specks speck crack cracks hole holes flaw flaws scratch scratches insect insects creature "
        "creatures letters writing handwriting spider spiders hairs study observation observations crystals scale"
    )
    if right in tiny or (
        left in words("so very most more extremely too as with")
        and right not in words("hand hands of or to gun guns ago past he she i we they later longer more")
    ):
        return "JJ"
    return "NN"


@_special("bass", "buffet", "number", "putting", "resume", "sewer")
def _undecided(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    """Told by their readings alone, not by the tag."""
    return None


@_special("wound")
def _wound(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = around(tokens, i)
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
    if left in words("he she it they i we which that who and path road river stream trail") or right in words(
        "up round around its their through down along"
    ):
        return "VBD"
    return "VB" if left in words("to would could will may might not must shall") else None


@_special("wind")
def _wind(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, _, _ = around(tokens, i)
    if _turns(tokens, i):
        return "VB" if left in ("to", "will", "would", "can", "could", "must", "", "and") else "VBP"
    watched = {w.lower() for w in tokens[max(0, i - 4) : i]} & words(
        "watch watched watching see saw seen let made make felt"
    )
    return "VB" if watched and left not in _DETERMINERS else "NN"


@_special("winds")
def _winds(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = around(tokens, i)
    if left in words(
        "that which who it he she road path river stream trail street valley lane"
    ) or right in words("through along between past its"):
        return "NNS" if left in _DETERMINERS - words("that which") else "VBZ"
    return "VBZ" if _turns(tokens, i) else "NNS"


def _turns(tokens: Sequence[str], i: int) -> bool:
    """Whether wind stands where a verb does."""
    _, left, right, _ = around(tokens, i)
    return (
        left in words("to will would can could must i you we they")
        or _contracted(left)
        or (
            right in words("up its their the down through it them your round around upward upwards away")
            and left in ("", "and", "road", "path", "stairs", "roads", "paths")
        )
    )


@_special("tear", "tears")
def _tear(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = around(tokens, i)
    one = tokens[i].lower() == "tear"
    if (
        left in words("to will would could can not i they you we must")
        or _contracted(left)
        or (
            right in words("up down off apart away open at it him them her out itself himself")
            and left not in words("a the single of in with her his")
        )
    ):
        return "VB" if one else "VBZ"
    return "NN" if one else "NNS"


@_special("lead", "leads")
def _lead(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    left2, left, right, _ = around(tokens, i)
    subject = words(
        "to will would can could may might must shall not did does i you we they which that who stairs steps"
    )
    if left in subject and left2 != "due" and not (left == "that" and right in ("pipe", "pencil")):
        return "VB" if tokens[i].lower() == "lead" else "VBZ"
    return None


@_special("does")
def _does(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    return "VBZ"


@_special("dove")
def _dove(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = around(tokens, i)
    dived = left in words("he she it they i and who we") or right in words(
        "into in down under for off through behind deep"
    )
    return "VBD" if dived else "NN"


@_special("bow", "bows", "row", "rows", "sow", "sows")
def _bow(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, _, _ = around(tokens, i)
    many = tokens[i].lower().endswith("s")
    if left in _MODALS or left in ("i", "we", "they", "you"):
        return "VB"
    if left in ("he", "she", "it") and many:
        return "VBZ"
    if left in _DETERMINERS or left in words(
        "in deep low slight front back long single little same terrible great stiff polite first second two three"
    ):
        return "NNS" if many else "NN"
    return None


@_special("polish")
def _polish(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    return "JJ" if tokens[i][0] == "P" and i else None


@_special("invalid")
def _invalid(tokens: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = around(tokens, i)
    nominal = not right or right in _PREPOSITIONS | BE_FORMS | words(
        "who and had chair lady aunt uncle mother father "
        "wife husband sister brother daughter son lay sat slept could would woke smiled said groaned looked "
        "coughed sighed died"
    )
    return (
        "NN"
        if nominal and left in words("an the poor old chronic confirmed of his her my our their your")
        else None
    )
