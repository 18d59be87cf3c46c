"""English words spelled alike and said differently: which of their readings a sentence means.

Readings are CMU phones (ARPAbet with stress digits) in American pronunciation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Stress shifts with the part of speech: noun or adjective first, verb second.
_NOUN_VERB = {
    "abuse": ("AH0 B Y UW1 S", "AH0 B Y UW1 Z"), "addict": ("AE1 D IH0 K T", "AH0 D IH1 K T"), "advocate": ("AE1 D V AH0 K AH0 T", "AE1 D V AH0 K EY2 T"),
    "affect": ("AE1 F EH0 K T", "AH0 F EH1 K T"), "affiliate": ("AH0 F IH1 L IY0 AH0 T", "AH0 F IH1 L IY0 EY2 T"), "aggregate": ("AE1 G R AH0 G AH0 T", "AE1 G R AH0 G EY2 T"),
    "alternate": ("AO1 L T ER0 N AH0 T", "AO1 L T ER0 N EY2 T"), "appropriate": ("AH0 P R OW1 P R IY0 AH0 T", "AH0 P R OW1 P R IY0 EY2 T"), "approximate": ("AH0 P R AA1 K S AH0 M AH0 T", "AH0 P R AA1 K S AH0 M EY2 T"),
    "articulate": ("AA0 R T IH1 K Y AH0 L AH0 T", "AA0 R T IH1 K Y AH0 L EY2 T"), "associate": ("AH0 S OW1 SH IY0 AH0 T", "AH0 S OW1 SH IY0 EY2 T"), "attribute": ("AE1 T R AH0 B Y UW2 T", "AH0 T R IH1 B Y UW0 T"),
    "august": ("AO1 G AH0 S T", "AO1 G AH0 S T"), "combat": ("K AA1 M B AE0 T", "K AH0 M B AE1 T"), "compact": ("K AA1 M P AE0 K T", "K AH0 M P AE1 K T"), "complex": ("K AA1 M P L EH0 K S", "K AH0 M P L EH1 K S"),
    "compound": ("K AA1 M P AW0 N D", "K AH0 M P AW1 N D"), "compress": ("K AA1 M P R EH0 S", "K AH0 M P R EH1 S"), "conduct": ("K AA1 N D AH0 K T", "K AH0 N D AH1 K T"), "confines": ("K AA1 N F AY2 N Z", "K AH0 N F AY1 N Z"),
    "conflict": ("K AA1 N F L IH0 K T", "K AH0 N F L IH1 K T"), "console": ("K AA1 N S OW0 L", "K AH0 N S OW1 L"), "consort": ("K AA1 N S AO0 R T", "K AH0 N S AO1 R T"), "construct": ("K AA1 N S T R AH0 K T", "K AH0 N S T R AH1 K T"),
    "content": ("K AA1 N T EH0 N T", "K AH0 N T EH1 N T"), "contest": ("K AA1 N T EH0 S T", "K AH0 N T EH1 S T"), "contract": ("K AA1 N T R AE2 K T", "K AH0 N T R AE1 K T"), "contrast": ("K AA1 N T R AE0 S T", "K AH0 N T R AE1 S T"),
    "converse": ("K AA1 N V ER0 S", "K AH0 N V ER1 S"), "convert": ("K AA1 N V ER0 T", "K AH0 N V ER1 T"), "convict": ("K AA1 N V IH0 K T", "K AH0 N V IH1 K T"), "coordinate": ("K OW0 AO1 R D AH0 N AH0 T", "K OW0 AO1 R D AH0 N EY2 T"),
    "decrease": ("D IY1 K R IY2 S", "D IH0 K R IY1 S"), "defect": ("D IY1 F EH0 K T", "D IH0 F EH1 K T"), "degenerate": ("D IH0 JH EH1 N ER0 AH0 T", "D IH0 JH EH1 N ER0 EY2 T"), "delegate": ("D EH1 L AH0 G AH0 T", "D EH1 L AH0 G EY2 T"),
    "deliberate": ("D IH0 L IH1 B ER0 AH0 T", "D IH0 L IH1 B ER0 EY2 T"), "desert": ("D EH1 Z ER0 T", "D IH0 Z ER1 T"), "desolate": ("D EH1 S AH0 L AH0 T", "D EH1 S AH0 L EY2 T"), "digest": ("D AY1 JH EH0 S T", "D AY0 JH EH1 S T"),
    "discharge": ("D IH1 S CH AA2 R JH", "D IH0 S CH AA1 R JH"), "discount": ("D IH1 S K AW0 N T", "D IH0 S K AW1 N T"), "duplicate": ("D UW1 P L AH0 K AH0 T", "D UW1 P L AH0 K EY2 T"), "elaborate": ("IH0 L AE1 B R AH0 T", "IH0 L AE1 B ER0 EY2 T"),
    "entrance": ("EH1 N T R AH0 N S", "EH0 N T R AE1 N S"), "envelop": ("EH1 N V AH0 L OW2 P", "IH0 N V EH1 L AH0 P"), "escort": ("EH1 S K AO0 R T", "EH0 S K AO1 R T"), "estimate": ("EH1 S T AH0 M AH0 T", "EH1 S T AH0 M EY2 T"),
    "excuse": ("IH0 K S K Y UW1 S", "IH0 K S K Y UW1 Z"), "exploit": ("EH1 K S P L OY2 T", "EH2 K S P L OY1 T"), "export": ("EH1 K S P AO0 R T", "IH0 K S P AO1 R T"), "extract": ("EH1 K S T R AE2 K T", "IH0 K S T R AE1 K T"),
    "ferment": ("F ER1 M EH0 N T", "F ER0 M EH1 N T"), "frequent": ("F R IY1 K W AH0 N T", "F R IY0 K W EH1 N T"), "graduate": ("G R AE1 JH AH0 W AH0 T", "G R AE1 JH AH0 W EY2 T"), "grease": ("G R IY1 S", "G R IY1 S"),
    "house": ("HH AW1 S", "HH AW1 Z"), "impact": ("IH1 M P AE0 K T", "IH0 M P AE1 K T"), "implant": ("IH1 M P L AE2 N T", "IH0 M P L AE1 N T"), "import": ("IH1 M P AO2 R T", "IH0 M P AO1 R T"), "impress": ("IH1 M P R EH0 S", "IH0 M P R EH1 S"),
    "imprint": ("IH1 M P R IH0 N T", "IH0 M P R IH1 N T"), "incense": ("IH1 N S EH2 N S", "IH0 N S EH1 N S"), "incline": ("IH1 N K L AY0 N", "IH0 N K L AY1 N"), "increase": ("IH1 N K R IY2 S", "IH0 N K R IY1 S"), "initiate": ("IH0 N IH1 SH IY0 AH0 T", "IH0 N IH1 SH IY0 EY2 T"),
    "insert": ("IH1 N S ER2 T", "IH0 N S ER1 T"), "insult": ("IH1 N S AH2 L T", "IH0 N S AH1 L T"), "intern": ("IH1 N T ER0 N", "IH0 N T ER1 N"), "intimate": ("IH1 N T AH0 M AH0 T", "IH1 N T AH0 M EY2 T"), "invite": ("IH1 N V AY0 T", "IH0 N V AY1 T"),
    "legitimate": ("L AH0 JH IH1 T AH0 M AH0 T", "L AH0 JH IH1 T AH0 M EY2 T"), "misuse": ("M IH0 S Y UW1 S", "M IH0 S Y UW1 Z"), "moderate": ("M AA1 D ER0 AH0 T", "M AA1 D ER0 EY2 T"), "mouth": ("M AW1 TH", "M AW1 DH"), "object": ("AA1 B JH EH0 K T", "AH0 B JH EH1 K T"),
    "permit": ("P ER1 M IH2 T", "P ER0 M IH1 T"), "pervert": ("P ER1 V ER0 T", "P ER0 V ER1 T"), "precipitate": ("P R IH0 S IH1 P IH0 T AH0 T", "P R IH0 S IH1 P IH0 T EY2 T"), "predicate": ("P R EH1 D IH0 K AH0 T", "P R EH1 D AH0 K EY2 T"), "present": ("P R EH1 Z AH0 N T", "P R IY0 Z EH1 N T"),
    "proceeds": ("P R OW1 S IY2 D Z", "P R AH0 S IY1 D Z"), "produce": ("P R OW1 D UW0 S", "P R AH0 D UW1 S"), "progress": ("P R AA1 G R EH2 S", "P R AH0 G R EH1 S"), "project": ("P R AA1 JH EH0 K T", "P R AH0 JH EH1 K T"), "prospect": ("P R AA1 S P EH0 K T", "P R AH0 S P EH1 K T"),
    "protest": ("P R OW1 T EH2 S T", "P R AH0 T EH1 S T"), "rebel": ("R EH1 B AH0 L", "R IH0 B EH1 L"), "recall": ("R IY1 K AO2 L", "R IH0 K AO1 L"), "record": ("R EH1 K ER0 D", "R IH0 K AO1 R D"), "recount": ("R IY1 K AW2 N T", "R IH0 K AW1 N T"), "refund": ("R IY1 F AH2 N D", "R IH0 F AH1 N D"),
    "refuse": ("R EH1 F Y UW2 S", "R AH0 F Y UW1 Z"), "reject": ("R IY1 JH EH0 K T", "R IH0 JH EH1 K T"), "relay": ("R IY1 L EY2", "R IY0 L EY1"), "replay": ("R IY1 P L EY0", "R IY0 P L EY1"), "reprint": ("R IY1 P R IH0 N T", "R IY0 P R IH1 N T"), "research": ("R IY1 S ER0 CH", "R IH0 S ER1 CH"),
    "retail": ("R IY1 T EY2 L", "R IY1 T EY2 L"), "reverse": ("R IH0 V ER1 S", "R IH0 V ER1 S"), "segment": ("S EH1 G M AH0 N T", "S EH2 G M EH1 N T"), "separate": ("S EH1 P ER0 AH0 T", "S EH1 P ER0 EY2 T"), "subject": ("S AH1 B JH IH0 K T", "S AH0 B JH EH1 K T"),
    "subordinate": ("S AH0 B AO1 R D AH0 N AH0 T", "S AH0 B AO1 R D AH0 N EY2 T"), "survey": ("S ER1 V EY2", "S ER0 V EY1"), "suspect": ("S AH1 S P EH2 K T", "S AH0 S P EH1 K T"), "syndicate": ("S IH1 N D IH0 K AH0 T", "S IH1 N D IH0 K EY2 T"), "torment": ("T AO1 R M EH2 N T", "T AO0 R M EH1 N T"),
    "transfer": ("T R AE1 N S F ER0", "T R AE0 N S F ER1"), "transplant": ("T R AE1 N S P L AE2 N T", "T R AE0 N S P L AE1 N T"), "transport": ("T R AE1 N S P AO0 R T", "T R AE0 N S P AO1 R T"), "update": ("AH1 P D EY2 T", "AH0 P D EY1 T"), "upset": ("AH1 P S EH2 T", "AH0 P S EH1 T"),
    "use": ("Y UW1 S", "Y UW1 Z"), "perfect": ("P ER1 F IH2 K T", "P ER0 F EH1 K T"), "absent": ("AE1 B S AH0 N T", "AE0 B S EH1 N T"), "abstract": ("AE1 B S T R AE2 K T", "AE0 B S T R AE1 K T"), "animate": ("AE1 N AH0 M AH0 T", "AE1 N AH0 M EY2 T"), "consummate": ("K AA1 N S AH0 M AH0 T", "K AA1 N S AH0 M EY2 T"),
    "contemplate": ("K AA1 N T AH0 M P L EY2 T", "K AA1 N T AH0 M P L EY2 T"), "decoy": ("D IY1 K OY0", "D IH0 K OY1"), "diffuse": ("D IH0 F Y UW1 S", "D IH0 F Y UW1 Z"), "advance": ("AH0 D V AE1 N S", "AH0 D V AE1 N S"), "close": ("K L OW1 S", "K L OW1 Z"), "live": ("L AY1 V", "L IH1 V"),
}  # fmt: skip
_PLURALS = {"uses": "use", "houses": "house", "excuses": "excuse", "abuses": "abuse", "lives": "live", "closes": "close", "mouths": "mouth"}


_QUARREL = frozenset(
    "neighbours neighbors quarrel kicking shouting awful terrible dreadful fearful noise blazing frightful devil infernal deuce kick".split()
)
"""Words near a row that is a quarrel."""
_METAL = frozenset(
    "pipe pipes pencil pencils bullet bullets paint poisoning roof coffin shot weight weights molten melted zinc iron copper tin silver ingot mine mines sheet sounding".split()
)
"""Words near lead the metal."""


@dataclass(frozen=True, slots=True)
class Heteronym:
    """A word at `start:end` that could be said otherwise: its tag, its reading here and the other one (ARPAbet)."""

    start: int
    end: int
    text: str
    tag: str
    arpabet: str
    alternatives: tuple[str, ...]


_DETERMINERS = frozenset("a an the this that these those my your his her its our their no every each any some another either neither what which whose one".split())
_OBJECT_PRONOUNS = frozenset("me him them us it".split())
_SUBJECTS = frozenset("i you we they who he she it".split())
_MODALS = frozenset("will would shall should can could may might must to 'll don't didn't doesn't won't wouldn't can't cannot couldn't shouldn't do does did let's not never".split())
_MODALS_ONLY = frozenset("will would shall should can could may might must won't wouldn't can't cannot couldn't shouldn't do does did don't didn't doesn't let's".split())
_BE = frozenset("am is are was were be been being 's 're 'm isn't wasn't aren't weren't i'm it's he's she's that's you're we're they're there's what's".split())
_HAVE = frozenset("have has had having 've 'd i've you've we've they've haven't hasn't hadn't".split())
_PREPOSITIONS = frozenset("of in on at by for with from into upon onto over under through without within between among behind beside beneath against during after before like as than about around across along toward towards past".split())
_PAST_CUES = frozenset("yesterday ago last then had was were said looked turned went came stood sat took saw heard felt knew thought asked replied answered smiled laughed nodded shook walked ran opened closed wrote".split())


def _contracted(word: str) -> bool:
    return word.endswith(("'ll", "'d", "n't"))


def correct_tag(words: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str:
    """The tag of heteronym `words[i]` by its neighbours, where they leave no doubt; `tag` otherwise.

    Args:
        words: the sentence's words, clitics attached; tags: those of the words before `i`.
    """
    word = words[i].lower()
    base = _PLURALS.get(word, word)
    if base not in _NOUN_VERB and word not in _SPECIAL and word not in _PAST_OR_PRESENT:
        return tag
    left = words[i - 1].lower() if i else ""
    left2 = words[i - 2].lower() if i > 1 else ""
    right = words[i + 1].lower() if i + 1 < len(words) else ""
    right2 = words[i + 2].lower() if i + 2 < len(words) else ""
    previous = tags[i - 1] if i else ""
    if word in _PAST_OR_PRESENT:
        return _past_or_present(words, tags, i, tag, left, left2, right, previous)
    special = _SPECIAL.get(word)
    if special is not None:
        decided = special(words, tags, i, tag)
        if decided:
            return decided
        if base not in _NOUN_VERB:
            return tag
    if tag in ("NNP", "NNPS") and i and not words[i].isupper():
        return tag
    infinitive = "VBZ" if word != base or word.endswith("s") and base != "address" else "VB"
    noun = "NNS" if word != base else "NN"
    if left in _MODALS_ONLY or _contracted(left) and not left.endswith("'d") or left == "to" and right not in ("of",) and not (tag == "NN" and left2 in ("due", "according", "close", "next", "prior", "object", "refer", "referred", "way", "key", "answer", "access", "subject", "come", "came", "brought", "put")):
        return infinitive if infinitive == "VB" or left not in ("to",) else "VB"
    if left in ("a", "an", "the", "my", "your", "his", "its", "our", "their", "every", "each", "no", "another") or left == "her" and tag in ("NN", "JJ", "NNS", "VB", "VBP") and left2 not in ("let", "make", "made", "help", "helped", "saw", "see", "watched", "heard"):
        if tag in ("JJ", "NN", "NNS"):
            return tag
        adjective = base in _ADJECTIVES and bool(re.match(r"[a-z]+$", right)) and right not in _PREPOSITIONS and right not in _BE and right not in ("and", "or", "that", "to", "but", "had", "which")
        return "JJ" if adjective else noun
    if left in ("i", "we", "they", "you") and previous == "PRP" and tag in ("NN", "JJ", "VB", "NNP"):
        if base in _ADJECTIVES and left2 in _BE:
            return tag
        return "VBP"
    if left in ("he", "she", "it", "who", "that") and word != base and tag in ("NNS", "NN"):
        return "VBZ"
    if previous in ("JJ", "PRP$", "JJR", "JJS", "CD") and tag in ("VB", "VBP", "VBD") and (not right or right in _PREPOSITIONS or right in _BE or right in ("and", "or", "that")):
        return noun
    if left in _PREPOSITIONS and tag in ("VB", "VBP") and left not in ("than", "as", "like", "before", "after") and base not in _ADJECTIVES:
        return noun
    if i == 0 and right in _OBJECT_PRONOUNS:
        return infinitive
    if previous in ("NNS", "NNPS") and tag in ("NN", "JJ") and word == base and right in (_PREPOSITIONS | _OBJECT_PRONOUNS | {"the", "a", "his", "her", "their", "when", "if"}) and not any(t.startswith(("VB", "MD")) for t in tags):
        return "VBP"
    if i == 0 and tag in ("NN", "NNP", "JJ") and right in (_OBJECT_PRONOUNS | {"the", "your", "my", "his", "her", "a", "this", "that", "these", "those"}) and base not in ("present", "content", "complex"):
        return "VB"
    if right2 == "" and tag == "VBP" and left in ("and", "or"):
        return tag
    return tag


_ADJECTIVES = frozenset(
    "abstract absent alternate appropriate approximate articulate associate animate august close compact complex compound consummate content convict coordinate degenerate deliberate delegate desert desolate diffuse "
    "duplicate elaborate export frequent import initiate intimate legitimate live moderate perfect precipitate present produce rebel record reverse retail separate subject subordinate upset".split()
)

_PAST_OR_PRESENT = frozenset(("read", "reread", "misread", "proofread"))


def _past_or_present(words: Sequence[str], tags: Sequence[str], i: int, tag: str, left: str, left2: str, right: str, previous: str) -> str:
    """read: rēd for the base form, rĕd for past and participle."""
    if left in ("a", "the", "good", "quick", "great", "another", "long") and tag != "VBN" and (not right or right in _PREPOSITIONS or right in ("and",)):
        return "NN"
    if left in _HAVE or left.endswith(("'ve",)) or left in ("well", "widely", "being", "been", "was", "were", "is", "are", "be") and left not in ("well",) or left == "well" and right not in ("the", "it"):
        return "VBN"
    window = [w.lower() for w in words[max(0, i - 3) : i]]
    if left in ("never", "ever", "just", "already", "always", "not", "often", "once", "since", "also", "hardly", "scarcely", "only", "even", "then"):
        if set(window) & _HAVE or any(w.endswith(("'ve", "'d")) for w in window):
            return "VBN"
        if set(window) & _MODALS_ONLY:
            return "VB"
    if left == "to" or left in _MODALS_ONLY or _contracted(left) and not left.endswith("'d") or left in ("help", "let", "please", "let's"):
        return "VB"
    if left.endswith("'d"):
        return "VBN" if right not in ("it", "the", "a", "to") or left2 in ("if",) else "VB"
    if set(window) & _MODALS_ONLY and previous in ("PRP", "NNP", "NN", "RB", "MD") and left not in ("and", "he", "she"):
        return "VB"
    if set(window) & _HAVE and previous in ("PRP", "RB", "NNP", "NN"):
        return "VBN"
    if left in ("him", "her", "me", "them", "us") and set(window) & {"hear", "heard", "let", "make", "made", "watch", "watched", "saw", "see", "help", "helped"}:
        return "VB"
    sentence = {w.lower() for w in words}
    if left in ("he", "she", "it", "who") or previous in ("NNP",) or left in ("that", "which"):
        return "VBD"
    past = bool(sentence & _PAST_CUES) or any(t == "VBD" for t in tags)
    if i == 0:
        return "VB" if tag not in ("VBN", "VBD") or right in ("the", "this", "it", "that", "me", "your", "my", "on", "aloud", "all", "a", "every") else tag
    if left in ("i", "we", "they", "you"):
        present = sentence & {"every", "always", "usually", "often", "sometimes", "now", "never", "daily", "today", "if", "when", "do", "can", "will", "like", "love", "whenever"}
        if left == "you" and not past:
            return "VBP"
        return "VBD" if past or not present else "VBP"
    if previous in ("NNS", "NNPS"):
        return "VBD" if past else "VBP"
    if left in ("and", "or", "but", ",", "then"):
        verbs = [t for t in tags if t.startswith("VB")]
        if verbs:
            return {"VBD": "VBD", "VBN": "VBN"}.get(verbs[-1], "VB" if verbs[-1] in ("VB", "VBP") else "VBD" if past else verbs[-1])
    if past and tag in ("VB", "VBP", "NN"):
        return "VBD"
    if tag in ("VBP", "VB", "VBD", "VBN"):
        return tag
    return "VBD" if past or previous in ("NN", "RB", "PRP") else "VB"


_SPECIAL: dict[str, Callable[[Sequence[str], Sequence[str], int, str], str | None]] = {}


def _special(*names: str) -> Callable[[Callable[[Sequence[str], Sequence[str], int, str], str | None]], Callable[[Sequence[str], Sequence[str], int, str], str | None]]:
    def register(rule: Callable[[Sequence[str], Sequence[str], int, str], str | None]) -> Callable[[Sequence[str], Sequence[str], int, str], str | None]:
        for name in names:
            _SPECIAL[name] = rule
        return rule

    return register


def _around(words: Sequence[str], i: int) -> tuple[str, str, str, str]:
    lower = [w.lower() for w in words[max(0, i - 2) : i + 3]]
    at = min(i, 2)
    return (lower[at - 2] if at >= 2 else "", lower[at - 1] if at >= 1 else "", lower[at + 1] if at + 1 < len(lower) else "", lower[at + 2] if at + 2 < len(lower) else "")


@_special("close")
def _close(words: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    left2, left, right, _ = _around(words, i)
    if tags and tags[-1] in ("NNS", "NNPS") and (right in _PREPOSITIONS or right in ("", "early", "late")) and right not in ("to", "by", "behind"):
        return "VBP"
    if right in ("to", "by", "behind", "together", "beside", "at", "friend", "friends", "enough", "quarters", "range", "attention", "call", "look", "up", "against", "upon", "around") and left not in _MODALS_ONLY and left != "to":
        return "RB" if tag.startswith("V") or tag == "RB" else "JJ"
    if left in (_BE | {"so", "too", "very", "as", "how", "more", "came", "come", "drew", "kept", "keep", "stay", "stayed", "stood", "sat", "followed", "held", "got", "getting", "get", "pretty", "quite", "draw"}):
        return "JJ" if left in _BE or left in ("so", "too", "very", "as", "how", "pretty", "quite") else "RB"
    if left in ("a", "the") and right in ("of",):
        return "NN"
    if left in ("drew", "brought", "came", "bring", "draw") or left == "a" and left2 == "to":
        return "NN"
    return None


@_special("live")
def _live(words: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = _around(words, i)
    if left in ("a", "the", "this", "some", "of", "with", "these", "those", "three", "two") and right not in ("in", "on", "at", "with", "and", "by", "to"):
        return "JJ"
    if left in _BE and right in ("", "from", "on", "and"):
        return "RB"
    if tag in ("JJ", "NN", "RB") and (left in _MODALS or left in _SUBJECTS or right in ("in", "on", "with", "at", "here", "there", "by", "for", "long", "forever", "again", "alone", "together", "among", "near", "without")):
        return "VB" if left in _MODALS else "VBP"
    return None


@_special("lives")
def _lives(words: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = _around(words, i)
    if left in ("our", "their", "your", "the", "of", "whose", "many", "nine", "two", "these", "those", "human", "own", "past", "other", "all"):
        return "NNS"
    if left in ("he", "she", "it", "who", "that", "still", "now") or right in ("in", "here", "there", "at", "with", "alone", "on", "next", "near") and tags and tags[-1] in ("NNP", "NN", "PRP"):
        return "VBZ"
    return None


@_special("minute")
def _minute(words: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    _, left, right, _ = _around(words, i)
    tiny = frozenset("details detail particles particle quantity quantities inspection examination description attention fragments fragment traces trace grains differences difference amount amounts portion point points dots specks study observation observations crystals scale".split())
    if right in tiny or left in ("so", "very", "most", "more", "extremely", "too", "as", "with") and right not in ("hand", "hands", "of", "or", "to", "gun", "guns", "ago", "past", "he", "she", "i", "we", "they", "later", "longer", "more"):
        return "JJ"
    return "NN"


@_special("bow", "row", "sow", "wind", "wound", "tear", "tears", "lead", "leads", "bass", "dove", "does", "bows", "rows", "sewer", "number", "polish", "winds", "sows", "invalid", "buffet", "putting", "resume")
def _sense(words: Sequence[str], tags: Sequence[str], i: int, tag: str) -> str | None:
    left2, left, right, right2 = _around(words, i)
    word = words[i].lower()
    if word == "wound":
        if left in _HAVE or left in _BE:
            return "VBN"
        if left in ("a", "the", "his", "her", "my", "your", "this", "that", "mortal", "deep", "old", "flesh", "bullet", "of", "head", "fatal", "no", "every", "open", "its"):
            return "NN"
        if left in ("he", "she", "it", "they", "i", "we", "which", "that", "who", "and", "path", "road", "river", "stream", "trail") or right in ("up", "round", "around", "its", "their", "through", "down", "along"):
            return "VBD"
        if left in ("to", "would", "could", "will", "may", "might", "not", "must", "shall"):
            return "VB"
    if word in ("wind", "winds"):
        if left in ("to", "will", "would", "can", "could", "must", "i", "you", "we", "they") or right in ("up", "its", "their", "the", "down", "through") and left in ("", "and", "road", "path", "stairs", "roads", "paths"):
            return ("VB" if left in ("to", "will", "would", "can", "could", "must", "", "and") else "VBP") if word == "wind" else "VBZ"
        return "NN" if word == "wind" else "NNS"
    if word in ("tear", "tears"):
        if left in ("to", "will", "would", "could", "can", "not", "i", "they", "you", "we", "must") or right in ("up", "down", "off", "apart", "away", "open", "at", "it", "him", "them", "her", "out", "itself", "himself") and left not in ("a", "the", "single", "of", "in", "with", "her", "his"):
            return "VB" if word == "tear" else "VBZ"
        return "NN" if word == "tear" else "NNS"
    if word in ("lead", "leads"):
        if left in ("to", "will", "would", "can", "could", "may", "might", "must", "shall", "not", "did", "does", "i", "you", "we", "they", "which", "that", "who", "stairs", "steps") and left2 not in ("due",):
            if not (left == "that" and right in ("pipe", "pencil")):
                return "VB" if word == "lead" else "VBZ"
        return None
    if word == "does":
        return "VBZ"
    if word == "dove":
        if left in ("he", "she", "it", "they", "i", "and", "who", "we") or right in ("into", "in", "down", "under", "for", "off", "through", "behind", "deep"):
            return "VBD"
        return "NN"
    if word in ("bow", "bows", "row", "rows", "sow", "sows"):
        if left in _MODALS or left in ("i", "we", "they", "you"):
            return "VB"
        if left in ("he", "she", "it") and word.endswith("s"):
            return "VBZ"
        if left in _DETERMINERS or left in ("in", "deep", "low", "slight", "front", "back", "long", "single", "little", "same", "terrible", "great", "stiff", "polite", "first", "second", "two", "three"):
            return "NNS" if word.endswith("s") else "NN"
    if word == "polish" and words[i][0] == "P" and i:
        return "JJ"
    if word == "invalid":
        if left in ("an", "the", "poor", "old", "chronic", "confirmed", "of", "his", "her") and (not right or right in _PREPOSITIONS or right in _BE or right in ("who", "and", "had", "chair", "lady")):
            return "NN"
    return None


def _inflected(phones: str) -> str:
    """With the ending -s: a syllable after sibilants, else voiced or voiceless like the phone before."""
    last = phones.split()[-1]
    if last in ("S", "Z", "SH", "ZH", "CH", "JH"):
        return f"{phones} AH0 Z"
    return f"{phones} {'S' if last in ('P', 'T', 'K', 'F', 'TH') else 'Z'}"


def reading_of(words: Sequence[str], tags: Sequence[str], i: int) -> tuple[str, tuple[str, ...]] | None:
    """The ARPAbet reading of word `i` in its tagged sentence and the other readings; None where there is no choice."""
    word = words[i].lower()
    tag = tags[i]
    left2, left, right, right2 = _around(words, i)
    near = {w.lower() for w in words[max(0, i - 6) : i + 7]}
    verb = tag.startswith("VB")
    choice: tuple[str, str] | None = None
    second = verb
    if word in _PAST_OR_PRESENT:
        choice, second = ("R IY1 D", "R EH1 D"), tag in ("VBD", "VBN", "JJ")
    elif word in ("lead", "leads"):
        heavy = right in _METAL or left in ("of", "molten", "melted", "like", "as", "with", "heavy") or bool(near & {"zinc", "molten", "bullets", "copper", "pencil", "pipe"})
        plates = word == "leads" and left == "the" and right in ("of", "")
        choice, second = ("L IY1 D", "L EH1 D") if word == "lead" else ("L IY1 D Z", "L EH1 D Z"), not verb and (heavy or plates)
    elif word in ("wind", "winds"):
        choice = ("W IH1 N D", "W AY1 N D") if word == "wind" else ("W IH1 N D Z", "W AY1 N D Z")
    elif word == "wound":
        choice, second = ("W UW1 N D", "W AW1 N D"), tag == "VBD" or tag == "VBN" and (right in ("up", "round", "around", "about", "with", "in", "down", "through", "tightly") or bool(near & {"clock", "watch", "thread", "scarf", "bandage", "rope", "cloth"}))
    elif word in ("tear", "tears"):
        rip = verb and not (word == "tear" and right in ("up",) and left in ("eyes", "eye"))
        choice, second = ("T IH1 R", "T EH1 R") if word == "tear" else ("T IH1 R Z", "T EH1 R Z"), rip or right in ("in", "along") and left in ("a", "the", "long", "small", "big") and right2 in ("the", "his", "her", "my") and bool(near & {"sleeve", "coat", "dress", "shirt", "cloth", "fabric", "skirt", "paper", "sail", "curtain", "jacket", "trousers"})
    elif word in ("bow", "bows"):
        weapon = {"arrow", "arrows", "violin", "fiddle", "string", "strings", "quiver", "archer", "ribbon", "hair", "tied", "tie", "shot", "yew", "cello", "ribbons", "pink", "satin", "crossbow", "hunter"}
        bend = verb or left in ("a", "low", "deep", "slight", "stiff", "polite", "with", "his", "graceful", "formal", "the") and not near & weapon
        choice, second = ("B OW1", "B AW1") if word == "bow" else ("B OW1 Z", "B AW1 Z"), bend and not near & {"arrow", "arrows", "quiver", "violin", "fiddle"}
    elif word in ("row", "rows"):
        loud = bool(near & _QUARREL) and right not in ("of", "boat", "upon") and left not in ("front", "back", "first", "second", "last")
        choice, second = ("R OW1", "R AW1") if word == "row" else ("R OW1 Z", "R AW1 Z"), not verb and (loud or right == "with")
    elif word in ("sow", "sows"):
        choice, second = ("S AW1", "S OW1") if word == "sow" else ("S AW1 Z", "S OW1 Z"), verb
    elif word == "bass":
        choice, second = ("B EY1 S", "B AE1 S"), bool(near & {"fish", "fishing", "caught", "lake", "river", "sea", "trout", "perch", "striped", "pond", "grilled"})
    elif word == "dove":
        choice = ("D AH1 V", "D OW1 V")
    elif word == "minute":
        choice, second = ("M IH1 N AH0 T", "M AY0 N UW1 T"), tag == "JJ"
    elif word == "polish":
        choice, second = ("P AA1 L IH0 SH", "P OW1 L IH0 SH"), words[i][0] == "P" and (i > 0 or right in ("army", "people", "language", "government", "border", "jews", "count", "woman", "officer"))
    elif word == "invalid":
        choice, second = ("IH2 N V AE1 L AH0 D", "IH1 N V AH0 L AH0 D"), tag.startswith("NN")
    elif word == "sewer":
        choice, second = ("S UW1 ER0", "S OW1 ER0"), False
    elif word == "buffet":
        choice = ("B AH0 F EY1", "B AH1 F AH0 T")
    elif word == "resume":
        choice, second = ("R EH1 Z AH0 M EY2", "R IH0 Z UW1 M"), verb or left in ("to", "and")
    elif word == "used":
        choice, second = ("Y UW1 Z D", "Y UW1 S T"), right == "to" and (tag == "VBD" or left in _BE or left in ("get", "got", "getting", "grown", "become", "became", "not", "so", "quite", "he", "she", "they", "i", "we", "it", "you")) and not (left in ("is", "are", "was", "were", "be", "been", "being") and tags[i + 2 : i + 3] == ["VB"])
    elif word == "learned":
        choice, second = ("L ER1 N D", "L ER1 N AH0 D"), tag == "JJ" or left in ("the", "a", "very", "most", "his", "my") and right in ("man", "men", "gentleman", "friend", "judge", "doctor", "professor", "counsel", "society", "scholar")
    elif word == "blessed":
        choice, second = ("B L EH1 S T", "B L EH1 S AH0 D"), tag == "JJ" or left in ("the", "a", "that", "this", "every", "whole")
    elif word == "aged":
        choice, second = ("EY1 JH D", "EY1 JH AH0 D"), left in ("an", "the", "his", "her") and right not in ("", "and") or left == "the" and right in ("", "and")
    elif word == "beloved":
        choice, second = ("B IH0 L AH1 V D", "B IH0 L AH1 V AH0 D"), right != "by"
    elif word in _PLURALS:
        noun, acts = _NOUN_VERB[_PLURALS[word]]
        plural = {"lives": "L AY1 V Z", "houses": "HH AW1 Z AH0 Z", "mouths": "M AW1 DH Z", "closes": "K L OW1 Z AH0 Z"}.get(word, noun + " AH0 Z")
        choice = (plural, acts + (" Z" if word in ("lives", "mouths") else " AH0 Z"))
        if choice[0] == choice[1]:
            return None
    elif word == "live":
        choice = ("L AY1 V", "L IH1 V")
    elif word == "content":
        choice, second = _NOUN_VERB["content"], verb or tag == "JJ" or left in (_BE | {"well", "quite", "perfectly", "so", "heart's", "not", "am", "felt", "be"})
    elif word == "entrance":
        choice = _NOUN_VERB["entrance"]
    elif word == "close":
        choice, second = _NOUN_VERB["close"], verb or tag == "NN" and (right == "of" or left in ("a", "to") or left in ("drew", "came"))
    elif word in _NOUN_VERB:
        choice = _NOUN_VERB[word]
        second = verb or word == "upset" and tag == "JJ"
    elif word[:-1] in _NOUN_VERB and word.endswith("s"):
        noun, acts = _NOUN_VERB[word[:-1]]
        choice = (_inflected(noun), _inflected(acts))
    if choice is None or choice[0] == choice[1]:
        return None
    return choice[second], (choice[not second],)
