"""Roman numerals in Spanish: kings and popes to ten as ordinals, centuries and chapters as cardinals."""

from __future__ import annotations

import re

from normalizers.roman import parse
from normalizers.rules import Place, Rulebook, Spoken, words
from normalizers.spanish.gender import counted, noun_gender
from normalizers.spanish.numerals import cardinal, ordinal

RULES = Rulebook()

_ROMAN = r"(?P<roman>[IVXLCDM]+)(?![A-Za-z\dÁÉÍÓÚÑáéíóúñ])"
_CENTURY = re.compile(r"(?:\b[Ss]iglos?|\b[Ss]s?\.|\bSIGLOS?)\s+(?:[IVXLCDM]+(?:,\s|\s[yao]\s|\s?-\s?))*$")
_LABEL = re.compile(
    r"\b(?:[Cc]ap[íi]tulos?|CAP[ÍI]TULO|[Cc]ap\.|[Tt]omos?|TOMO|[Ll]ibros?|LIBRO|[Vv]olumen|[Vv]ol\.|"
    r"[Pp]artes?|PARTE|[Cc]antos?|[Tt]ítulo|[Aa]péndice|[Aa]nexo|"
    r"[Ll]ección|[Nn]úmero|[Pp]ágina|[Ee]scenas?|[Aa]ctos?|[Tt]ipo|[Ff]ase|[Gg]rado|[Cc]lase|"
    r"[Nn]ivel)\s+(?:[IVXLCDM]+(?:,\s|\s[ya]\s))*$"
)
_AFTER_ORDINAL = re.compile(r"\b(?:[Aa]ctos?|[Ee]scenas?)\s+$")
_BEFORE_NOUN = re.compile(
    r"\s+(?:Guerra|Congreso|Concilio|Rep[úu]blica|Reich|Internacional|Cruzada|Festival|Premio|Feria|"
    r"Centenario|Bienal|Jornadas?|Cumbre|Simposio|Certamen|"
    r"aniversario|centenario|edición|congreso|Aniversario|Conferencia|Copa|Edición|Encuentro|Plan|Milenio|"
    r"Dinastía|Legislatura|Olimpiada|Juegos|Semana|Concurso|Marqués|Duque|Conde|Fase|Cuerpo|División|Ejército)\b"
)
_NAME = re.compile(r"(?P<name>[A-ZÁÉÍÓÚÑ][a-záéíóúüñ]+)\s+$")
_NOT_A_RULER = words(
    "Y El La Los Las Un Una Don Doña De Del En A O No Que Si Como Para Con Por Hizo Vio Vi Fue"
)
_WOMEN = words(
    "Isabel María Catalina Ana Juana Victoria Cristina Margarita Cleopatra Berenice Urraca Blanca Leonor "
    "Beatriz Sofía Luisa Elena Constanza Petronila Mencía Berenguela Teresa Inés"
)
"""Queens; other names by their ending."""


@RULES.rule("roman", "roman", _ROMAN)
def _roman(m: re.Match[str], place: Place) -> Spoken | None:
    value = parse(m["roman"])
    if value is None or value > 3999:
        return None
    before, following = place.before(), place.after(m.end())
    if _CENTURY.search(before):
        return Spoken("primero" if value == 1 else cardinal(value))
    if _AFTER_ORDINAL.search(before) and value <= 10:
        feminine = re.search(r"[Ee]scenas?\s+$", before)
        return Spoken(ordinal(value, "feminine" if feminine else "masculine"), (cardinal(value),))
    if _LABEL.search(before):
        return Spoken(cardinal(value), (ordinal(value),) if value <= 12 else ())
    if _BEFORE_NOUN.match(following):
        gender, _ = counted(following)
        return Spoken(ordinal(value, gender, noun=True) if value <= 20 else cardinal(value), cls="ordinal")
    name = _NAME.search(before)
    if name and name["name"] not in _NOT_A_RULER and (len(m["roman"]) > 1 or m["roman"] in "IVX"):
        gender = (
            "feminine"
            if name["name"] in _WOMEN
            or (noun_gender(name["name"]) == "feminine" and name["name"].endswith("a"))
            else "masculine"
        )
        return Spoken(ordinal(value, gender) if value <= 10 else cardinal(value), (cardinal(value),))
    if len(m["roman"]) > 1 and re.fullmatch(r"\s*", before) and re.match(r"[.):]?\s*$|[.)]\s", following):
        return Spoken(cardinal(value))  # a heading of its own
    return None
