"""English words as dialect speakers clip them: th', goin', 'ead, ev'ry. Symbols are those of the dictionaries,
American."""

from __future__ import annotations

from collections.abc import Callable

TABLE = {
    "t'was": "twˈʌz", "t'is": "tˈɪz", "t'were": "twˈɜɹ", "t'would": "twˈʊd", "c'mere": "kəmˈɪɹ",
    "m'lud": "məlˈʌd", "m'lady": "məlˈAdi", "m'lord": "məlˈɔɹd",
    "th'": "ðə", "t'": "tə", "o'": "ə", "an'": "ən", "n'": "ən", "'n'": "ən", "'n": "ən", "i'": "ɪ",
    "wi'": "wɪ", "ha'": "hæ", "gi'": "ɡɪ", "fro'": "fɹə", "y'": "jə", "d'": "də", "d'ye": "djə",
    "d'ya": "djə", "d'you": "djə", "d'yer": "djəɹ", "d'ee": "di", "t'ye": "tjə", "w'y": "wˈI",
    "o'er": "ˈOəɹ", "ol'": "ˈOl", "owd": "ˈWd", "mo'": "mˈɔɹ", "fo'": "fɔɹ", "do'": "dˈO", "yo'": "jO",
    "sho'": "ʃˈʊɹ", "befo'": "bəfˈɔɹ", "thro'": "θɹu", "tho'": "ðˈO", "altho'": "ˌɔlðˈO", "don'": "dˈOn",
    "won'": "wˈOn", "min'": "mˈIn", "fin'": "fˈIn", "kin'": "kˈIn", "col'": "kˈOl", "tol'": "tˈOl",
    "hol'": "hˈOl", "las'": "lˈæs", "bes'": "bˈɛs", "pas'": "pˈæs", "mos'": "mˈOs", "jes'": "ʤˈɛs",
    "jus'": "ʤˈʌs", "wan'": "wˈɑn", "an'all": "ənˈɔl", "mus'": "mˈʌs", "cos'": "kəz", "coz'": "kəz",
    "hisself": "hɪzsˈɛlf", "g'night": "ɡənˈIt", "g'day": "ɡədˈA", "g'bye": "ɡəbˈI",
    "g'morning": "ɡəmˈɔɹnɪŋ", "g'wan": "ɡwˈɑn", "g'on": "ɡˈɑn", "s'long": "səlˈɔŋ", "s'all": "sˈɔl",
    "s'right": "sɹˈIt", "c'n": "kən", "f'r": "fəɹ", "w'd": "wəd", "p'r'aps": "pɹˈæps", "p'haps": "pɹˈæps",
    "p'raps": "pɹˈæps", "mebbe": "mˈɛbi", "summat": "sˈʌmət", "nowt": "nˈWt", "owt": "ˈWt", "'er": "ɜɹ",
    "'im": "ɪm", "'em": "əm", "'e": "i", "'is": "ɪz", "'isself": "ɪzsˈɛlf", "'imself": "ɪmsˈɛlf",
    "'erself": "ɜɹsˈɛlf", "'ers": "ˈɜɹz", "'ave": "æv", "'ad": "æd", "'as": "æz", "'ere": "ˈɪɹ",
    "'ole": "ˈOl", "'ome": "ˈOm", "'ow": "ˈW", "'avin'": "ˈævɪn", "'ope": "ˈOp", "'ot": "ˈɑt",
    "'aven't": "ˈævᵊnt", "'adn't": "ˈædᵊnt", "'asn't": "ˈæzᵊnt", "'ello": "əlˈO", "'allo": "əlˈO",
    "'ullo": "əlˈO", "'un": "ən", "'uns": "ənz", "'cos": "kəz", "'coz": "kəz", "'cause": "kəz",
    "'bout": "bˈWt", "'fraid": "fɹˈAd", "'spect": "spˈɛkt", "'specially": "spˈɛʃəli", "'stead": "stˈɛd",
    "'fore": "fˈɔɹ", "'twon't": "twˈOnt", "'twasn't": "twˈʌzᵊnt", "'tisn't": "tˈɪzᵊnt", "'tain't": "tˈAnt",
    "'taint": "tˈAnt", "'scuse": "skjˈuz", "'xcuse": "skjˈuz", "'nuff": "nˈʌf", "'kay": "kˈA",
    "'nother": "nˈʌðəɹ", "'ware": "wˈɛɹ", "'most": "mˈOst", "'way": "wˈA", "'round": "ɹˈWnd",
    "'long": "lˈɔŋ", "'less": "lˈɛs", "'til": "tɪl", "'til'": "tɪl", "'gainst": "ɡˈɛnst", "'neath": "nˈiθ",
    "'pon": "pˈɑn", "'tween": "twˈin", "'mongst": "mˈʌŋst", "'cept": "sˈɛpt", "'member": "mˈɛmbəɹ",
    "'spose": "spˈOz", "'twere": "twˈɜɹ", "'twould": "twˈʊd", "'gin": "ɡˈɪn", "'ee": "i",
}  # fmt: skip
"""Clipped word → its sound, where no rule finds it."""
_CLITICS = ("'s", "'d", "'ll", "'ve", "'re", "'m", "n't")
_DROPPED = "eouia"
"""Vowels that an apostrophe inside a word may stand for, the likeliest first (ev'ry, mem'ry, nat'ral, d'rectly)."""


def clipped(word: str, known: Callable[[str], str | None], say: Callable[[str], str]) -> str | None:
    """Symbols of a clipped word; None for any other.

    Args:
        word: small letters and straight apostrophes; one in front belongs to it only where no quotation opens there.
        known: the symbols of a word that the proof-read dictionary has, else None.
        say: the symbols of any word.
    """
    if word in TABLE:
        return TABLE[word]
    if "'" not in word:
        return None
    if word[0] == "'":
        return _headless(word[1:], known, say)
    if known(word):
        return None
    if word.endswith("'"):
        return _tailless(word[:-1], known)
    if word[:2] in ("y'", "t'", "d'") and len(word) > 3 and (rest := known(word[2:])):
        return {"y": "jə", "t": "tə", "d": "d"}[word[0]] + rest
    if word.endswith(_CLITICS):
        return None
    for vowel in _DROPPED:
        if found := known(word.replace("'", vowel)):
            return found
    return None


def _headless(rest: str, known: Callable[[str], str | None], say: Callable[[str], str]) -> str | None:
    """'ead is head without its h; a word that stands by itself ('over) only has a quote before it."""
    if len(rest) < 2 or known(rest):
        return None
    body = rest.rstrip("'")
    whole = known("h" + body) or (known("h" + body + "g") if body.endswith("in") else None)
    if whole is None:
        longer = say("h" + body) if body[0] in "aeiouy" and len(body) > 3 else ""
        return longer[1:] if longer.startswith("h") and body.endswith(("s", "ed", "ing", "er")) else None
    if not whole.startswith("h"):
        return None
    return whole[1:].removesuffix("ŋ") + "n" if rest.endswith("in'") else whole[1:]


def _tailless(body: str, known: Callable[[str], str | None]) -> str | None:
    """goin', jus', didn', chil': with what was cut off the word is known, and it is not known without."""
    if body.endswith("in") and (whole := known(body + "g")) and whole.endswith("ŋ"):
        return whole[:-1] + "n"
    if known(body) or (body.endswith("s") and (known(body[:-1]) or known(body[:-2]))):
        return None
    if body.endswith("n") and (whole := known(body + "'t")):
        return whole.removesuffix("t")
    for lost, sound in (("d", "d"), ("t", "t")):
        whole = known(body + lost)
        if whole and whole.endswith(sound) and len(whole) > 2:
            return whole.removesuffix(sound)
    return None
