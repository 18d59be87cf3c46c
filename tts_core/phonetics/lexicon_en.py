"""How English words are said: two dictionaries, inflection, prefixes, compounds, letter names, letter-to-sound rules.

The dictionaries are data files of the package misaki 0.9.4 (Apache-2.0), read as JSON; none of its code runs. "gold" is
proof-read, "silver" is not. An entry is a string of symbols, or a map from a part of speech (NOUN, VERB, ADJ, ADV, or a
Penn tag) to one; key "None" is the form before a pause, value null means that letters are named.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from normalizers import DuoyinError
from tts_core.phonetics.clipped_en import TABLE, clipped
from tts_core.phonetics.exclamations import hushed, undrawn
from tts_core.phonetics.letter_to_sound import LetterToSound
from tts_core.phonetics.phonemes import STRESS, VOWELS
from tts_core.phonetics.pinyin_names import pinyin_name
from tts_core.phonetics.reading_hints import arpabet_symbols

Accent = Literal["american", "british"]
Entry = str | dict[str, str | None]

_VOICELESS = frozenset("ptkfθ")
_SIBILANT = frozenset("szʃʒʧʤ")
_FLAPPING = frozenset("AIOWYiuæɑəɛɪɹʊʌ")
"""American t is a tap (written ɾ in the dictionaries) between one of these and a vowel."""


@functools.lru_cache(maxsize=2)
def english_lexicon(accent: Accent) -> EnglishLexicon:
    return EnglishLexicon(accent)


class EnglishLexicon:
    """Pronunciation of single words in one accent, in the symbols of the dictionaries (ɾ for the American tap)."""

    def __init__(self, accent: Accent) -> None:
        self.accent: Accent = accent
        self._prefix = "us" if accent == "american" else "gb"
        self._gold: dict[str, Entry] = _read(f"{self._prefix}_gold.json")
        self._names: dict[str, str] = _names(accent)
        self._schwi = "ᵻ" if accent == "american" else "ɪ"

    @functools.cached_property
    def _silver(self) -> dict[str, Entry]:
        """Loaded when the first word comes that the other does not have: a short line has none."""
        return _read(f"{self._prefix}_silver.json")

    @functools.cached_property
    def _letters(self) -> LetterToSound:
        return LetterToSound.load(self.accent)

    # -- entries ---------------------------------------------------------------------------------

    def entry(self, word: str, *, silver: bool = True) -> Entry | None:
        """The dictionary's entry for a word, as written or with the other case of its first letter."""
        spellings = [word]
        if len(word) > 1:
            lower = word.lower()
            if word == lower:
                spellings.append(word.capitalize())
            elif word == word.capitalize():
                spellings.append(lower)
            elif word == word.upper():
                spellings += [lower, word.capitalize()]
        if word in self._gold:
            return self._gold[word]
        if (word[:1].isupper() or word.lower() not in self._gold) and word.lower() in self._names:
            return self._names[word.lower()]
        for spelling in spellings:
            if spelling in self._gold:
                return self._gold[spelling]
        for spelling in spellings if silver else ():
            if spelling in self._silver:
                return self._silver[spelling]
        if silver and self.accent == "british":
            return self._from_american(spellings)
        return None

    def _from_american(self, spellings: list[str]) -> Entry | None:
        """Words that only the American dictionary has (Elizabeth, Walter), as a British speaker has them."""
        american = english_lexicon("american")._gold  # loaded when the first such word comes
        found = next((american[spelling] for spelling in spellings if spelling in american), None)
        if isinstance(found, dict):
            return {tag: symbols and anglicized(symbols) for tag, symbols in found.items()}
        return found and anglicized(found)

    def known(self, word: str) -> bool:
        return len(word) > 1 and self.entry(word) is not None

    def say(self, word: str, tag: str = "", *, before_pause: bool = False) -> str:
        """Symbols for one word (letters, apostrophes); never empty for a word with at least one letter."""
        written, word = word, _plain(word)
        if not word:
            return ""
        if ("'" in word or word.lower() in TABLE) and (short := self.clipped(word)):
            return short
        if word[0] == "'" and not self.known(word):
            word = word.lstrip("'")
        if len(word) == 1:
            return self.spell(word)
        if not written.isascii() and (foreign := self._accented(written.lower())):
            return foreign
        entry = self.entry(word)
        if entry is not None and not (word.isupper() and "'" not in word):
            return self._choose(entry, tag, before_pause) or self.spell(word)
        if entry is None and (cried := self._cried(word, tag, before_pause)) is not None:
            return cried
        if word.isupper() and len(word) > 1 and "'" not in word:
            return self._capitals(word, tag, before_pause)
        found = self._find(word, tag, before_pause)
        if found is None and (name := pinyin_name(word)):
            return name if self.accent == "american" else anglicized(name.replace("ɑ", "ɑː"))
        if found is None and len(parts := re.findall("[A-Z]?[a-z']+|[A-Z]+(?![a-z])", word)) > 1:
            return "".join(self.say(part) for part in parts)  # iPhone, YouTube
        return found or self._guess(word)

    def _cried(self, word: str, tag: str, before_pause: bool) -> str | None:
        """Symbols of Shhh, Brrr, Nooooo; None for an ordinary word, or an acronym in capitals."""
        lower = word.lower()
        if word.isupper() and (len(word) < 4 or len(set(word)) == 1):
            return None
        symbols = hushed(lower)
        if symbols is not None:
            return symbols
        plain = undrawn(lower, lambda guess: self.entry(guess, silver=False) is not None)
        return None if plain is None else self._find(plain, tag, before_pause)

    def everyday(self, word: str) -> bool:
        """Whether the proof-read dictionary has a word in small letters."""
        return word in self._gold

    def has_compound(self, written: str) -> bool:
        """Whether a word with a hyphen (D-Day) is in the proof-read dictionary, or its singular."""
        return any(form in self._gold for form in (written, written.removesuffix("s"), written.capitalize()))

    def read(self, word: str, phones: str) -> str:
        """Symbols of a word whose sentence has decided between its sounds: the dictionary's form that sounds so, or
        the sound itself where the dictionary has no such form.

        Args:
            phones: the sound, ARPAbet.
        """
        return _read_as(self, _plain(word).lower(), phones)

    def letters(self, word: str) -> str:
        """The names of the letters of `US` or `US's`."""
        bare = word.replace("’", "'").removesuffix("'s")
        spelled = self.spell(bare)
        return spelled if len(bare) == len(word) else self._plural(spelled)

    def clipped(self, word: str) -> str | None:
        """Symbols of th', goin', 'ead; None for a word that is whole."""

        def known(whole: str) -> str | None:
            entry = self._gold.get(whole)
            return self._choose(entry, "", False) if entry is not None else None

        short = clipped(word.lower().replace("’", "'"), known, self._guess)
        return short if short is None or self.accent == "american" else anglicized(short)

    def _accented(self, word: str) -> str | None:
        """Symbols of a word whose accents tell more than its bare letters do; None where those do as well.

        Args:
            word: small letters.
        """
        word = unicodedata.normalize("NFC", word.replace("’", "'"))
        if word in self._names:
            return self._names[word]
        for ending in ("'s", "s"):
            stem = word.removesuffix(ending)
            if stem != word and stem.endswith(("é", "ë", "ñ", "ée")):
                return self._plural(self._accented(stem) or self.say(stem))
        entry = self.entry(_plain(word))
        forms = [entry] if isinstance(entry, str) else list(filter(None, entry.values())) if entry else []
        for form in forms:
            if all(heard.search(form) for letters, heard in _HEARD if letters.search(word)):
                return form
        for ending, sound in (("ée", "ˈA"), ("é", "ˈA"), ("ë", "i")):
            if word.endswith(ending) and len(word) > len(ending) + 1:
                stem = word.removesuffix(ending)
                if ending != "ë":  # é keeps c soft, and the u of qué and gué is not heard
                    stem = re.sub("c$", "ss", re.sub("([qg])u$", r"\1", stem))
                symbols = self._accented(stem) or self._guess(_plain(stem))
                symbols = symbols[:-1] + "O" if stem.endswith("o") else symbols  # Chloé
                return (_restress(symbols, "ˌ") if "ˈ" in sound else symbols) + sound
        respelled = word
        for letters, english in _ENGLISH_SPELLING:
            respelled = letters.sub(english, respelled)
        return self._guess(_plain(respelled)) if respelled != word else None

    def spell(self, letters: str) -> str:
        """The names of the letters, the last one stressed."""
        names = [str(self._gold[letter.upper()]) for letter in letters if letter.upper() in self._gold]
        if len(names) < 2:
            return "".join(names)
        return "".join(_restress(name, "ˌ") for name in names[:-1]) + names[-1]

    def _capitals(self, word: str, tag: str, before_pause: bool) -> str:
        """An acronym is spelled or read; a shouted word is read."""
        exact = self._gold.get(word)
        if isinstance(exact, str):
            return exact
        if isinstance(exact, dict) and tag.startswith("NN") and exact.get("NOUN", "") is None:
            return self.spell(word)
        lower = word.lower()
        found = self._find(lower, tag, before_pause)
        if found and (len(word) > 3 or self.entry(lower, silver=False) is not None):
            return found
        if len(word) <= 5 or not re.search("[AEIOUY]", word):
            return self.spell(word)
        return found or self._guess(lower)

    # -- from entry to symbols -------------------------------------------------------------------

    def _find(self, word: str, tag: str, before_pause: bool, depth: int = 0) -> str | None:
        entry = self.entry(word)
        if entry is not None:
            return self._choose(entry, tag, before_pause) or self.spell(word)
        word = word.lower()
        if depth > 2:
            return None
        return (
            self._possessive(word, tag, before_pause, depth)
            or self._inflected(word, tag, depth)
            or self._name(word, depth)
            or self._affixed(word, tag, depth)
            or self._compound(word)
        )

    @staticmethod
    def _choose(entry: Entry, tag: str, before_pause: bool) -> str | None:
        if isinstance(entry, str):
            return entry
        if before_pause and entry.get("None"):
            return entry["None"]
        for key in (tag, _PARTS.get(tag[:2], "")):
            if key in entry:
                return entry[key]
        return entry["DEFAULT"]

    # -- inflection: en.wiktionary.org/wiki/-s, -ed, -ing ------------------------------------------

    def _possessive(self, word: str, tag: str, before_pause: bool, depth: int) -> str | None:
        for ending in ("n't", "'s", "'d", "'ll", "'ve", "'re", "'m", "'"):
            if not word.endswith(ending) or len(word) <= len(ending):
                continue
            stem = word[: -len(ending)]
            base = self._find(stem, "", False, depth + 1) or (
                self._guess(stem) if len(stem) > 1 else self.spell(stem)
            )
            if ending == "'":
                return base
            if ending == "'s":
                return self._plural(base)
            sounds = {"n't": "ᵊnt", "'d": "d", "'ll": "əl", "'ve": "v", "'re": "əɹ", "'m": "m"}[ending]
            if ending == "'d":
                return self._past(base)
            if ending == "'ve" and base[-1] not in VOWELS:
                sounds = "əv"
            if self.accent == "british":
                sounds = sounds.replace("əɹ", "ə")
            return base + sounds
        return None

    def _plural(self, stem: str) -> str:
        if stem[-1] in _VOICELESS or stem[-1] in "ɾʔ":
            return stem + "s"
        return stem + (self._schwi + "z" if stem[-1] in _SIBILANT else "z")

    def _past(self, stem: str) -> str:
        if stem[-1] in "td":
            return self._tapped(stem) + self._schwi + "d"
        return stem + ("t" if stem[-1] in "pkfθsʃʧ" else "d")

    def _tapped(self, stem: str) -> str:
        if self.accent == "american" and len(stem) > 1 and stem[-1] == "t" and stem[-2] in _FLAPPING:
            return stem[:-1] + "ɾ"
        return stem

    def _linked(self, stem: str) -> str:
        """British stems get their r back before a vowel (star, starring)."""
        if self.accent == "british" and stem[-1] in "əː" and stem[-2:] not in ("iː", "uː"):
            return stem + "ɹ"
        return self._tapped(stem)

    def _inflected(self, word: str, tag: str, depth: int) -> str | None:
        """A known word with an ending of its inflection: its plural or third person, its past, its -ing and the
        like."""
        verbal = word.endswith(("ed", "ing", "eth"))  # bowed, lived: of the verb, whatever the tag
        stem_tag = "VB" if verbal else _STEM_TAG.get(tag, tag)

        def stem(spellings: Sequence[str]) -> str | None:
            for spelling in spellings:
                if len(spelling) > 1 and self.known(spelling):
                    return self._find(spelling, stem_tag, False, depth + 1)
            return None

        for spelling in _plural_stems(word):
            if base := stem([spelling]):
                return self._plural(base)
        if base := stem(_past_stems(word)):
            return self._past(base)
        for ending, sounds in _VOWEL_SUFFIXES[self.accent]:
            if base := stem(_suffixed_stems(word, ending)):
                return self._linked(base) + sounds
        return None

    # -- names, prefixes, suffixes, compounds ------------------------------------------------------

    def _name(self, word: str, depth: int) -> str | None:
        for prefix, symbols in (("mc", "mək"), ("mac", "mək"), ("o'", "O" if self.accent == "american" else "Q"),
                                ("d'", "d"), ("l'", "l"), ("fitz", "fɪts")):  # fmt: skip
            rest = word[len(prefix) :]
            if word.startswith(prefix) and len(rest) > 2:
                base = self._find(rest, "NNP", False, depth + 1)
                if base is None and prefix in ("mc", "o'", "d'", "l'"):
                    base = self._guess(rest)
                if base:
                    if symbols[-1] == base.lstrip(STRESS)[0] == "k":
                        symbols = symbols[:-1]
                    return symbols + _with_primary(base)
        return None

    def _affixed(self, word: str, tag: str, depth: int) -> str | None:
        for prefix, symbols in _PREFIXES[self.accent]:
            rest = word[len(prefix) :].lstrip("-")
            if word.startswith(prefix) and len(rest) > 3 and (base := self._prefixed_stem(rest, tag, depth)):
                return symbols + _with_primary(base)
        for suffix, symbols in _CONSONANT_SUFFIXES[self.accent]:
            body = word[: -len(suffix)]
            if word.endswith(suffix) and len(body) > 2:
                for spelling in (body, body + "e", body[:-1] + "y" if body[-1] == "i" else body):
                    if self.known(spelling):
                        base = self._find(spelling, "", False, depth + 1)
                        if base:
                            if suffix == "ly" and base.endswith("l"):
                                return base + "i"
                            return base + symbols
        return None

    def _prefixed_stem(self, rest: str, tag: str, depth: int) -> str | None:
        if self.entry(rest, silver=False) is not None and len(rest) > 2:
            return self._find(rest, tag, False, depth + 1)
        return self._inflected(rest, tag, depth + 1)

    def _compound(self, word: str) -> str | None:
        """Two gold words written as one, the first stressed: the most even split."""
        if "'" in word or len(word) < 7:
            return None
        splits = sorted(range(3, len(word) - 2), key=lambda i: abs(2 * i - len(word)))
        for i in splits:
            first, second = self.entry(word[:i], silver=False), self.entry(word[i:], silver=False)
            if first is None or second is None:
                second_found = (
                    self._inflected(word[i:], "", 2) if first is not None and len(word) - i > 4 else None
                )
                if first is None or second_found is None:
                    continue
                return _with_primary(self._choose(first, "", False) or "") + _restress(second_found, "ˌ")
            one, two = self._choose(first, "", False), self._choose(second, "", False)
            if one and two:
                return _with_primary(one) + _restress(two, "ˌ")
        return None

    def _guess(self, word: str) -> str:
        """Letter-to-sound for what no rule knows; apostrophes are not heard."""
        letters = word.replace("'", "").lower()
        if not letters:
            return ""
        if len(letters) < 2 or not re.search("[aeiouy]", letters):
            return self.spell(letters)
        return self._letters.say(letters) or self.spell(letters)


def _plural_stems(word: str) -> list[str]:
    """What an -s or -es may stand after, the likeliest first: cities → city, citie, citi."""
    if not word.endswith("s") or word.endswith(("ss", "us", "is")) or len(word) < 4:
        return []
    stems = [word[:-3] + "y"] if word.endswith("ies") else []
    stems.append(word[:-1])
    return [*stems, word[:-2]] if word.endswith("es") else stems


def _past_stems(word: str) -> list[str]:
    """What an -ed may stand after: hoped → hope, hop; tried → try, trie, tri; stopped → stoppe, stopp, stop."""
    if not word.endswith("ed") or len(word) < 5:
        return []
    stems = [word[:-1], word[:-2]]
    if word.endswith("ied"):
        stems.insert(0, word[:-3] + "y")
    return [*stems, word[:-3]] if word[-3] == word[-4] else stems


def _suffixed_stems(word: str, ending: str) -> list[str]:
    """What an ending with a vowel may stand after: making → mak, make; happier → happy, happi, happie; bigger → bigg,
    bigge, big."""
    if not word.endswith(ending) or len(word) <= len(ending) + 2:
        return []
    body = word[: -len(ending)]
    stems = [body, body + "e"]
    if body[-1] == body[-2]:
        stems.append(body[:-1])
    if ending != "ing" and body[-1] == "i":
        stems.insert(0, body[:-1] + "y")
    return stems


_PARTS = {"NN": "NOUN", "VB": "VERB", "JJ": "ADJ", "RB": "ADV", "MD": "VERB"}
_STEM_TAG = {
    "NNS": "NN",
    "NNPS": "NNP",
    "VBZ": "VB",
    "VBD": "VB",
    "VBN": "VB",
    "VBG": "VB",
    "JJR": "JJ",
    "JJS": "JJ",
}

_VOWEL_SUFFIXES = {
    "american": (("ing", "ɪŋ"), ("est", "əst"), ("ers", "əɹz"), ("er", "əɹ"), ("ish", "ɪʃ"), ("able", "əbᵊl"),
                 ("ably", "əbli"), ("in'", "ɪn"), ("ist", "ɪst"), ("ism", "ˌɪzᵊm"), ("eth", "əθ"), ("y", "i")),
    "british": (("ing", "ɪŋ"), ("est", "ɪst"), ("ers", "əz"), ("er", "ə"), ("ish", "ɪʃ"), ("able", "əbᵊl"),
                ("ably", "əbli"), ("in'", "ɪn"), ("ist", "ɪst"), ("ism", "ˌɪzᵊm"), ("eth", "ɪθ"), ("y", "i")),
}  # fmt: skip
_CONSONANT_SUFFIXES = {
    "american": (("ly", "li"), ("ness", "nəs"), ("less", "ləs"), ("ful", "fᵊl"), ("fully", "fəli"), ("ment", "mənt"),
                 ("ments", "mənts"), ("like", "lˌIk"), ("ship", "ʃˌɪp"), ("hood", "hˌʊd"), ("wise", "wˌIz"),
                 ("ward", "wəɹd"), ("wards", "wəɹdz"), ("some", "səm"), ("man", "mən"), ("men", "mən"), ("dom", "dəm"),
                 ("shire", "ʃəɹ"), ("ville", "vˌɪl"), ("town", "tˌWn"), ("field", "fˌild"), ("bury", "bˌɛɹi"),
                 ("th", "θ"),
                 ("ham", "əm"), ("ton", "tən"), ("ford", "fəɹd"), ("worth", "wəɹθ"), ("wick", "wɪk"), ("ley", "li")),
    "british": (("ly", "li"), ("ness", "nəs"), ("less", "ləs"), ("ful", "fᵊl"), ("fully", "fəli"), ("ment", "mənt"),
                ("ments", "mənts"), ("like", "lˌIk"), ("ship", "ʃɪp"), ("hood", "hˌʊd"), ("wise", "wˌIz"),
                ("ward", "wəd"), ("wards", "wədz"), ("some", "səm"), ("man", "mən"), ("men", "mən"), ("dom", "dəm"),
                ("shire", "ʃə"), ("ville", "vˌɪl"), ("town", "tˌWn"), ("field", "fˌiːld"), ("bury", "bəɹi"),
                ("th", "θ"),
                ("ham", "əm"), ("ton", "tən"), ("ford", "fəd"), ("worth", "wəθ"), ("wick", "wɪk"), ("ley", "li")),
}  # fmt: skip
_PREFIXES = {
    "american": (("un", "ˌʌn"), ("re", "ɹˌi"), ("non", "nˌɑn"), ("dis", "dˌɪs"), ("mis", "mˌɪs"), ("pre", "pɹˌi"),
                 ("over", "ˌOvəɹ"), ("under", "ˌʌndəɹ"), ("out", "ˌWt"), ("inter", "ˌɪntəɹ"), ("anti", "ˌænti"),
                 ("semi", "sˌɛmi"), ("super", "sˌupəɹ"), ("sub", "sˌʌb"), ("counter", "kˌWntəɹ"), ("fore", "fˌɔɹ"),
                 ("be", "bə"), ("with", "wɪð")),
    "british": (("un", "ˌʌn"), ("re", "ɹˌiː"), ("non", "nˌɒn"), ("dis", "dˌɪs"), ("mis", "mˌɪs"), ("pre", "pɹˌiː"),
                ("over", "ˌQvə"), ("under", "ˌʌndə"), ("out", "ˌWt"), ("inter", "ˌɪntə"), ("anti", "ˌanti"),
                ("semi", "sˌɛmi"), ("super", "sˌuːpə"), ("sub", "sˌʌb"), ("counter", "kˌWntə"), ("fore", "fˌɔː"),
                ("be", "bɪ"), ("with", "wɪð")),
}  # fmt: skip


def _read(name: str) -> dict[str, Entry]:
    try:
        file = (
            importlib.resources.files("misaki") / "data" / name
        )  # finds the package, runs only its empty __init__
        entries: dict[str, Entry] = json.loads(file.read_text(encoding="utf-8"))
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise DuoyinError(
            f"the English dictionary {name} is missing",
            hint="reinstall Duoyin: the package misaki 0.9.4 holds it",
        ) from error
    return entries


def _names(accent: Accent) -> dict[str, str]:
    """Names that the dictionaries lack."""
    lines = Path(__file__).with_name("names_en.tsv").read_text(encoding="utf-8").splitlines()
    rows = dict(line.split("\t") for line in lines if not line.startswith("#"))
    return rows if accent == "american" else {word: anglicized(symbols) for word, symbols in rows.items()}


def anglicized(symbols: str) -> str:
    """American symbols as a southern British speaker has them: no r but before a vowel, the vowels of lot, goat,
    thought, fleece and goose, no tap."""
    for american, british in (
        ("ɾ", "t"), ("O", "Q"), ("æ", "a"), ("ᵻ", "ɪ"), ("ɑɹ", "ɑː"), ("ɜɹ", "ɜː"), ("ɔɹ", "ɔːɹ"), ("ɔ",
        "ɔː"), ("ːː", "ː"),
    ):  # fmt: skip
        symbols = symbols.replace(american, british)
    symbols = re.sub("ɑ(?!ː)", "ɒ", symbols)
    symbols = re.sub("([ˈˌ])([iu])(?!ː)", r"\1\2ː", symbols)
    return re.sub(rf"ɹ(?![{''.join(VOWELS)}{STRESS}])", "", symbols)


@functools.lru_cache(maxsize=65_536)
def _plain(word: str) -> str:
    """ASCII letters and straight apostrophes only: café → cafe, Brontë → Bronte, Æ → AE."""
    word = word.replace("’", "'").replace("‘", "'").replace("ʼ", "'")
    for letter, plain in _LETTERS.items():
        word = word.replace(letter, plain)
    word = unicodedata.normalize("NFKD", word)
    return re.sub("[^A-Za-z']", "", word)


_HEARD = (
    (re.compile("ée?$"), re.compile("A$")),
    (re.compile("ë$"), re.compile("[iAO]$")),
    (re.compile("ñ"), re.compile("nj|nˈ?[ij]")),
    (re.compile("ü"), re.compile("[uʊ]")),
    (re.compile("ç"), re.compile("s")),
)
"""What an accented letter asks of a dictionary's form of the bare word: résumé is not resume."""
_ENGLISH_SPELLING = (
    (re.compile("[èê]([^aeiouy]{1,2})e$"), r"e\1"),
    (re.compile("ñ"), "ny"),
    (re.compile("ç"), "s"),
    (re.compile("ü"), "oo"),
)
"""How English would write such words."""

_LETTERS = {"Æ": "Ae", "æ": "ae", "Œ": "Oe", "œ": "oe", "ß": "ss", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "đ": "d",
            "Đ": "D", "Þ": "Th", "þ": "th", "ð": "th", "Ð": "Th", "ı": "i"}  # fmt: skip


def _sound(symbols: str) -> str:
    """Symbols as they are compared: both accents and weak vowels as one, main stress kept."""
    for old, new in (
        ("ɹ", ""), ("ː", ""), ("ˌ", ""), ("ɾ", "t"), ("Q", "O"), ("a", "æ"), ("ɒ", "ɑ"), ("ᵻ", "ə"), ("ɪ", "ə"),
        ("ʌ", "ə"), ("ɐ", "ə"), ("ɜ", "ə"), ("ᵊ", "ə"),
    ):  # fmt: skip
        symbols = symbols.replace(old, new)
    return symbols


@functools.lru_cache(maxsize=4096)
def _read_as(lexicon: EnglishLexicon, word: str, phones: str) -> str:
    symbols = arpabet_symbols(phones)
    wanted = symbols if lexicon.accent == "american" else anglicized(symbols)
    forms = {lexicon.say(word, tag) for tag in ("", "NN", "VB", "VBD", "VBN", "JJ", "NNS", "VBZ")}
    same = [form for form in sorted(forms) if _sound(form) == _sound(wanted)]
    return same[0] if same else wanted


def _restress(symbols: str, mark: str) -> str:
    """The same word with `mark` in place of its main stress and no other stress."""
    main = symbols.find("ˈ")
    if main < 0:
        return symbols
    return symbols[:main].replace("ˌ", "") + mark + symbols[main + 1 :].replace("ˌ", "")


def _with_primary(symbols: str) -> str:
    """The same word with a main stress: a secondary one raised, or one before the first vowel."""
    if "ˈ" in symbols:
        return symbols
    if "ˌ" in symbols:
        return symbols.replace("ˌ", "ˈ", 1)
    for i, symbol in enumerate(symbols):
        if symbol in VOWELS:
            return symbols[:i] + "ˈ" + symbols[i:]
    return symbols
