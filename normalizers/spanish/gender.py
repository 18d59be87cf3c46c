"""Which gender the noun behind a number has: un libro, una rosa, doscientas personas, veintiún años."""

from __future__ import annotations

import re

from normalizers.rules import words
from normalizers.spanish.numerals import Gender

_FEMININE = words(
    "mano manos foto fotos moto motos radio radios noche noches mujer mujeres flor flores vez veces calle "
    "calles torre torres nube nubes "
    "llave llaves madre madres clase clases parte partes tarde tardes muerte muertes nave naves serie "
    "series carne fiebre sangre luz luces "
    "cruz cruces voz voces nariz narices raíz raíces sal miel piel pieles cárcel cárceles señal señales "
    "catedral catedrales imagen imágenes "
    "virgen vírgenes sartén sartenes razón razones gente gentes fuente fuentes frase frases base bases fase "
    "fases clave claves nieve nieves "
    "hambre sede sedes ave aves tesis crisis dosis hélice índole lámpara especie especies red redes pared "
    "paredes sed tribu tribus ley leyes "
    "miss col coles perdiz codorniz lombriz actriz actrices emperatriz institutriz cicatriz cicatrices "
    "matriz matrices veces legumbre ubre "
    "mente mentes corriente corrientes pendiente serpiente serpientes simiente leche leches suerte suertes "
    "muchedumbre cumbre cumbres labor "
    "labores orden órdenes aguas armas almas águilas hachas aulas áreas alas áncoras"
)
_MASCULINE = words(
    "día días mapa mapas problema problemas sistema sistemas tema temas poema poemas clima climas idioma "
    "idiomas planeta planetas cometa "
    "tranvía tranvías sofá sofás papá papás programa programas drama dramas fantasma fantasmas telegrama "
    "telegramas kilogramo diploma "
    "diplomas dilema dilemas esquema esquemas síntoma síntomas teorema teoremas enigma enigmas panorama "
    "crucigrama aroma aromas axioma "
    "guardia guardias cura curas poeta poetas profeta profetas atleta artista dentista policía policías "
    "soldado agua alma arma águila hacha "
    "aula área ala hada ancla atlas paraguas gas gases jinete corazón corazones buzón buzones tazón almacén "
    "avión aviones camión camiones "
    "guion gorrión gorriones ratón escuadrón millón millones monarca patriarca pirata piratas turista "
    "turistas periodista periodistas "
    "centinela colega vigía cabeza-de-turco camarada camaradas idiota suicida indígena belga hombres niños caballeros"
)
"""Nouns that their ending would put wrong; those with a stressed a- (agua, arma) take un in the singular."""
_MASCULINE_LIKELY = re.compile(r"(?:ista|istas|ema|emas|grama|gramas)$")
_FEMININE_LIKELY = re.compile(
    r"(?:a|as|ción|ciones|sión|siones|gión|giones|nión|niones|dad|dades|tad|tades|tud|tudes|umbre|umbres|"
    r"itis|triz|trices)$"
)
_VERB = re.compile(r"(?:[aei]ron|aban|ían|arán|erán|irán|[^aeiou]ó)$")
"""Endings of verbs in the plural, and of the past: 81 aprobaron."""
_NEXT = re.compile(r"[\s\u00a0-]+(?P<word>[A-Za-zÁÉÍÓÚÜÑáéíóúüñ]+)(?:\s(?P<second>[a-záéíóúüñ]+s)(?!\w))?")
_TELLS_NO_GENDER = re.compile(r"(?:ntes|bles|ales|iles|ores|ces|les)$")
"""Adjectives of both genders: 21 valientes muchachas."""
_NOT_A_NOUN = words(
    "a al ante bajo con contra de del desde durante e el ella ellas ellos en entre era eran es esa ese eso "
    "esta está están este esto fue fueron "
    "ha había habían han hasta hay la las le les lo los me mi más menos muy ni no nos o otra otras otro "
    "otros para pero por porque pues que "
    "quien se según ser si sin sino solo sólo sobre son su sus también te toda todas todo todos tras tu u "
    "un una unas uno unos y ya cuando como donde aunque"
)


def noun_gender(word: str) -> Gender:
    """The gender of a noun (or of an adjective before it) by list and ending."""
    folded = word.lower()
    if folded in _FEMININE:
        return "feminine"
    if folded in _MASCULINE or _MASCULINE_LIKELY.search(folded):
        return "masculine"
    return "feminine" if _FEMININE_LIKELY.search(folded) else "masculine"


def counted(after: str) -> tuple[Gender, bool]:
    """Gender of what stands behind a number, and whether it is a noun at all.

    Args:
        after: the text behind the number, from the character that follows it.
    """
    found = _NEXT.match(after)
    if found is None or found["word"].lower() in _NOT_A_NOUN or _VERB.search(found["word"]):
        return "masculine", False
    word, second = found["word"].lower(), found["second"]
    if second and second not in _NOT_A_NOUN and word not in _FEMININE and _TELLS_NO_GENDER.search(word):
        return noun_gender(second), True
    return noun_gender(word), True
