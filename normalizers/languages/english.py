"""English: the record."""

from __future__ import annotations

from normalizers.english import NUMBER_RULES, ROMAN_RULES, SCANNED_WORDS, WORD_RULES, headings, numerals
from normalizers.english.sentences import SENTENCES
from normalizers.english.signs import SIGNS
from normalizers.english.spelling import one_spelling
from normalizers.english.units import CURRENCY_SIGN
from normalizers.languages.base import Language
from normalizers.rules import words
from normalizers.scripts import LATIN

ENGLISH = Language(
    code="en",
    tags=("eng",),
    name="English",
    own_name="English",
    letters=LATIN,
    latin=True,
    spaced=True,
    common_words=words(
        "the and you that was for are with his they have this from what were when your said there would him "
        "she it's don't i'm is it to of"
    ),
    own_letters="",
    short_line=24,
    long_line=320,
    longest_sentence=400,
    # measured over Pride and Prejudice, chapter 1
    characters_per_second=14.5,
    # Pellegrino, Coupé & Marsico, "A cross-language perspective on speech information rate", Language 87
    # (2011), table 1
    syllables_per_second=6.19,
    silent_endings="[^aeiouyl]e$|[^aeiouytd]es$|[^aeiouytd]ed$",
    probe="The evening was cold, and nobody in the house had thought of the letter.",
    auditions=(
        "The old lighthouse keeper counted the ships until it was dark.",
        "“Where did you leave the key?” she asked, and nobody answered.",
        "Six thousand people crossed the bridge that Thursday morning.",
        "He laughed, shook the rain from his coat, and sat down by the fire.",
        "Why should a boy of nine know the price of wheat?",
        "Stop! The ice is far too thin out there.",
        "Measure twice, cut once, and never hurry a joint of oak.",
        "Her voice was low, and yet it carried to the last row of the theatre.",
        "The clock struck eleven; nobody had noticed how late it was.",
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
    minus="minus ",
    sentences=SENTENCES,
    number_words=headings.NUMBER_WORDS,
    heading_units=headings.UNITS,
    heading_number=headings.NUMERAL,
    read_number=headings.read,
    read_heading=headings.read_heading,
    announce=headings.announce,
    articles=words("the a an"),
    some_chapters=headings.some_chapters,
    one_spelling=one_spelling,
    has_heteronyms=True,
)
