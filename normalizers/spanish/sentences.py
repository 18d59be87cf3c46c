"""Where Spanish sentences end."""

from __future__ import annotations

import re

from normalizers.rules import words
from normalizers.spanish.abbreviations import GENERAL, TITLES
from normalizers.stops import WORD_BEFORE, SentenceRules, Stop

_TITLES = frozenset(title.lower() for title in TITLES) | words("d ud uds vd vds fr sto sta")
_GENERAL = frozenset(word.lower() for word in GENERAL) | words(
    "etc p ej ee uu a c s n pág cap vol art fig núm"
)
_NEEDS_MORE = words(
    "pág págs pag pags vol vols cap caps art arts núm núms num fig figs n avda av pza ctra c tel aprox ej p"
)
"""Abbreviations that always lead on to something: a number, a name."""
_ATTRIBUTION = re.compile(
    r"(?:dijo|decía|dice|preguntó|preguntaba|pregunta|respondió|respondía|contestó|replicó|exclamó|gritó|"
    r"susurró|murmuró|añadió|agregó|repuso|continuó|"
    r"prosiguió|siguió|observó|comentó|explicó|insistió|repitió|ordenó|suplicó|rogó|pensó|suspiró|rió|"
    r"sonrió|masculló|farfulló|balbuceó|gimió|gruñó|"
    r"interrumpió|intervino|admitió|reconoció|aseguró|afirmó|declaró|anunció|advirtió|confesó|concluyó|"
    r"terció|apuntó|musitó|chilló|sollozó)(?!\w)"
)


def ends(stop: Stop) -> bool:
    """Whether a lone full stop before something that may begin a sentence ends one."""
    word_match = WORD_BEFORE.search(stop.before)
    word = word_match[1] if word_match else ""
    bare = word.rstrip(".").lower()
    following = stop.following.lstrip("\"“«'(¿¡—- ")
    if following[:1].islower():
        return False
    if bare in _TITLES or bare in _NEEDS_MORE:
        return bare in ("ud", "uds", "vd", "vds") or (
            bare in _NEEDS_MORE and bare not in ("n", "p", "c") and not following[:1].isdigit()
        )
    if re.fullmatch(r"(?:[A-Za-zÁÉÍÓÚÑ]{1,2}\.\s?)+[A-Za-zÁÉÍÓÚÑ]{1,2}", word) or re.search(
        r"[A-ZÁÉÍÓÚÑ]\.\s?[A-ZÁÉÍÓÚÑ]$", stop.before
    ):
        return following[:1].isupper() and not re.match(r"[A-ZÁÉÍÓÚÑ]\.", following)  # EE. UU. Entonces …
    if re.fullmatch(r"[A-ZÁÉÍÓÚÑ]", word):
        return not following[:1].isupper()  # an initial before a name
    return True


SENTENCES = SentenceRules(
    ends=ends,
    attribution=_ATTRIBUTION,
    abbreviations=_TITLES | _GENERAL,
    conjunctions="y|e|o|u|pero|porque|que|cuando|mientras|aunque|donde",
    after_comma="y|e|o|u|pero|porque|que|quien|cuando|mientras|aunque|donde|si|como|pues|ni|sino",
)
