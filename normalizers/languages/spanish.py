"""Spanish: the record."""

from __future__ import annotations

from normalizers.languages.base import Language
from normalizers.rules import words
from normalizers.scripts import LATIN
from normalizers.spanish import NUMBER_RULES, ROMAN_RULES, SCANNED_WORDS, WORD_RULES, headings, numerals
from normalizers.spanish.sentences import SENTENCES
from normalizers.spanish.signs import SIGNS
from normalizers.spanish.units import CURRENCY_SIGN

SPANISH = Language(
    code="es",
    tags=("spa",),
    name="Spanish",
    own_name="español",
    letters=LATIN,
    latin=True,
    spaced=True,
    common_words=words(
        "el la los las que de y en un una por con no su sus para es lo le se me te mi como más pero era había "
        "cuando del al ya si porque muy todo esta este ella él yo dijo fue ser hay nada sobre también hasta "
        "donde desde sin qué sí eso esto está estaba años tenía tiene usted aquí así hoy ahora entonces nunca "
        "siempre después aquel aquella"
    ),
    own_letters="ñ¿¡",
    short_line=24,
    long_line=320,
    longest_sentence=400,
    characters_per_second=15.0,
    # Pellegrino, Coupé & Marsico, "A cross-language perspective on speech information rate", Language 87
    # (2011), table 1
    syllables_per_second=7.82,
    probe="La tarde era fría, y nadie en la casa se había acordado de la carta.",
    auditions=(
        "El viejo farero contó los barcos hasta que se hizo de noche.",
        "—¿Dónde dejaste la llave? —preguntó ella, y nadie contestó.",
        "Seis mil personas cruzaron el puente aquel jueves por la mañana.",
        "Se rió, sacudió la lluvia del abrigo y se sentó junto al fuego.",
        "¿Por qué iba a saber un niño de nueve años el precio del trigo?",
        "¡Alto! El hielo es demasiado delgado allí.",
        "Mide dos veces, corta una y no tengas prisa con la madera.",
        "Su voz era baja y, sin embargo, llegaba hasta la última fila del teatro.",
        "El reloj dio las once; nadie se había dado cuenta de lo tarde que era.",
    ),
    number_rules=NUMBER_RULES,
    word_rules=WORD_RULES,
    roman_rules=ROMAN_RULES,
    scanned_words=SCANNED_WORDS,
    number_leads="",
    currency=CURRENCY_SIGN,
    signs=SIGNS,
    cardinal=numerals.cardinal,
    digits=numerals.digits,
    fraction=numerals.fraction,
    minus="menos ",
    sentences=SENTENCES,
    number_words=headings.NUMBER_WORDS,
    heading_units=headings.UNITS,
    heading_number=headings.NUMERAL,
    read_number=headings.read,
    read_heading=headings.read_heading,
    announce=headings.announce,
    articles=words("el la los las lo un una unos unas"),
    some_chapters=headings.some_chapters,
)
