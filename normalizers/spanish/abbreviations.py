"""Spanish abbreviations: titles, addresses, books and letters."""

from __future__ import annotations

import re

from normalizers.rules import Place, Rulebook, Spoken, words

RULES = Rulebook()

TITLES = {
    "Sr": "señor", "Sra": "señora", "Srta": "señorita", "Sres": "señores", "Sras": "señoras",
    "Srtas": "señoritas", "Dr": "doctor",
    "Dra": "doctora", "Dres": "doctores", "Prof": "profesor", "Profa": "profesora", "Lic": "licenciado",
    "Ing": "ingeniero", "Arq": "arquitecto",
    "Gral": "general", "Cnel": "coronel", "Cap": "capitán", "Tte": "teniente", "Cmdte": "comandante",
    "Sgto": "sargento", "Alm": "almirante",
    "Excmo": "excelentísimo", "Excma": "excelentísima", "Ilmo": "ilustrísimo", "Ilma": "ilustrísima",
    "Rvdo": "reverendo", "Rvda": "reverenda",
    "Mons": "monseñor", "Fr": "fray", "Sto": "santo", "Sta": "santa", "Hno": "hermano", "Hna": "hermana",
    "Vda": "viuda", "Pbro": "presbítero",
    "Mtro": "maestro", "Mtra": "maestra", "Abg": "abogado", "Ntra": "nuestra", "Ntro": "nuestro",
}  # fmt: skip
"""Written before a name or another title; the full stop never ends a sentence."""

GENERAL = {
    "Ud": "usted", "Uds": "ustedes", "Vd": "usted", "Vds": "ustedes", "Avda": "avenida", "Av": "avenida",
    "Pza": "plaza", "Plza": "plaza",
    "Ctra": "carretera", "Apdo": "apartado", "Urb": "urbanización", "Bda": "barriada", "Pº": "paseo",
    "Cía": "compañía", "Cia": "compañía", "Hnos": "hermanos", "Dpto": "departamento", "Depto": "departamento",
    "Admón": "administración",
    "pág": "página", "págs": "páginas", "pag": "página", "pags": "páginas", "vol": "volumen",
    "vols": "volúmenes", "cap": "capítulo", "caps": "capítulos",
    "art": "artículo", "arts": "artículos", "núm": "número", "núms": "números", "num": "número",
    "fig": "figura", "figs": "figuras", "ed": "edición",
    "aprox": "aproximadamente", "tel": "teléfono", "teléf": "teléfono", "tfno": "teléfono", "máx": "máximo",
    "mín": "mínimo", "dcha": "derecha", "izq": "izquierda", "izda": "izquierda",
    "cta": "cuenta", "dto": "descuento", "ej": "ejemplo", "gral": "general", "íd": "ídem",
    "trad": "traducción", "admón": "administración",
    "lun": "lunes", "mié": "miércoles", "jue": "jueves", "vie": "viernes", "sáb": "sábado", "dom": "domingo",
}  # fmt: skip
"""Expanded with their full stop, in small letters or with a capital."""
_PLACES = words("Pza Plza Ctra Avda Av Urb Bda")
"""Before the name of a place, which does not begin a sentence."""
_BEFORE_NUMBER = words("cap caps vol vols art arts fig figs ed num")
"""Words of their own too (cap, art): expanded only before a number."""

MULTIWORD = (
    (r"EE\.\s?UU\.|EEUU(?![A-Za-z])", "Estados Unidos"),
    (r"[Pp]\.\s?ej\.", "por ejemplo"),
    (r"P\.\s?[DS]\.", "posdata"),
    (r"RR\.\s?HH\.", "recursos humanos"),
    (r"S\.\s?A\.(?!\s?R)", "sociedad anónima"),
    (r"SS\.\s?MM\.", "sus majestades"),
    (r"S\.\s?M\.", "su majestad"),
    (r"V\.\s?E\.", "vuestra excelencia"),
    (r"q\.\s?e\.\s?p\.\s?d\.", "que en paz descanse"),
    (r"c/u(?![A-Za-z])", "cada uno"),
    (r"C\.\s?P\.", "código postal"),
    (r"S\.\s?L\.", "sociedad limitada"),
)
"""Abbreviations of several letters → words."""

PATTERN = "|".join(
    [
        *sorted(
            (
                rf"{re.escape(t)}\."
                for t in (*TITLES, *(t.lower() for t in TITLES), *GENERAL, *(g.capitalize() for g in GENERAL))
            ),
            key=len,
            reverse=True,
        ),
        *(p for p, _ in MULTIWORD),
    ]
)
"""What the scanner stops at besides single letters: for the language's record."""

_ENDS = re.compile(r"\s*[\"”’»')\]]*(?:$|\s+[\"“«'(¿¡—]*[A-ZÁÉÍÓÚÑ])")


def stop_after(place: Place, end: int) -> str:
    """The full stop an abbreviation shares with its sentence: '.' where the sentence ends here, else nothing."""
    return "." if _ENDS.match(place.after(end)) else ""


@RULES.rule("abbreviation", "et-cetera", r"[Ee]tc\.?(?![A-Za-zé])")
def _et_cetera(m: re.Match[str], place: Place) -> str:
    return "etcétera" + (stop_after(place, m.end()) if m[0].endswith(".") else "")


for _pattern, _said in MULTIWORD:

    @RULES.rule("abbreviation", "several-letters", _pattern)
    def _several(m: re.Match[str], place: Place, said: str = _said) -> str:
        follows = (
            stop_after(place, m.end())
            if m[0].endswith(".") and not place.after(m.end()).lstrip().startswith((":", ","))
            else ""
        )
        return said + (follows if not re.match(r"\s+[A-ZÁÉÍÓÚÑ]", place.after(m.end())) else "")


@RULES.rule("title", "don", r"D(?:\.\s?(?P<feminine>ª|a\.)|ª|ña\.|\.)(?=\s+[A-ZÁÉÍÓÚÑ])")
def _don(m: re.Match[str], place: Place) -> str | None:
    """D. Juan, D.ª Inés; initials of a name (J. D. Salinger) stay letters."""
    if re.search(r"[A-ZÁÉÍÓÚÑ]\.?\s$", place.before(3)) and m[0] == "D.":
        return None
    return "don" if m[0] == "D." else "doña"


@RULES.rule("title", "saint", r"S\.(?=\s+(?P<name>[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+))")
def _saint(m: re.Match[str], place: Place) -> str | None:
    names = words(
        "Juan Pedro Pablo José Antonio Francisco Ignacio Agustín Miguel Martín Lorenzo Jerónimo Marcos Mateo "
        "Lucas Jorge Isidro Vicente Sebastián Andrés Fernando Luis Bernardo Benito"
    )
    return "san" if m["name"] in names and not re.search(r"[A-Z]\.?\s$", place.before(3)) else None


@RULES.rule("abbreviation", "number-sign", r"(?:[Nn](?:\.\s?[ºo°]|[º°])|[Nn][úu]m\.|№)(?P<many>s)?\s?(?=\d)")
def _number_sign(m: re.Match[str], place: Place) -> str:
    return "números " if m["many"] else "número "


@RULES.rule("abbreviation", "street", r"[Cc]/\s?(?=[A-ZÁÉÍÓÚÑ])")
def _street(m: re.Match[str], place: Place) -> str:
    return "calle "


@RULES.rule("abbreviation", "and-or", r"[Yy]/o(?![a-z])")
def _and_or(m: re.Match[str], place: Place) -> str:
    return "y o"


@RULES.rule("abbreviation", "century", r"[Ss]{1,2}\.(?=\s+[IVXL]+(?![a-z]))")
def _century(m: re.Match[str], place: Place) -> str:
    return "siglos" if len(m[0]) > 2 else "siglo"


@RULES.rule("abbreviation", "word", r"(?P<word>[A-Za-zºÁÉÍÓÚÑáéíóúñ]{2,6})\.")
def _word(m: re.Match[str], place: Place) -> Spoken | None:
    written = m["word"]
    title = TITLES.get(written) or TITLES.get(written.capitalize(), "")
    if title and not (written in ("Cap", "cap") and re.match(r"\s+[\dIVXL]", place.after(m.end()))):
        return Spoken(title, cls="title")
    full = GENERAL.get(written) or GENERAL.get(written[:1].lower() + written[1:])
    if full is None:
        return None
    if written.lower() in _BEFORE_NUMBER and not re.match(r"\s*(?:\d|[IVXL]+\b)", place.after(m.end())):
        return None
    said = full if written[0].islower() or written in GENERAL else full.capitalize()
    named = written in _PLACES and re.match(r"\s+[A-ZÁÉÍÓÚÑ]", place.after(m.end()))
    return Spoken(said if named else said + stop_after(place, m.end()))


@RULES.rule("abbreviation", "television", r"TV(?![A-Za-z\d])")
def _television(m: re.Match[str], place: Place) -> str:
    return "televisión"
