"""Spanish words that casting knows: verbs of saying, titles, kin and trades."""

from __future__ import annotations

from flows.casting.nouns import Age, Gender

SAID = (
    "dijo|decía|dice|preguntó|preguntaba|pregunta|respondió|respondía|responde|contestó|contestaba|contesta|"
    "replicó|exclamó|gritó|gritaba|susurró|murmuró|añadió|agregó|"
    "repuso|continuó|prosiguió|siguió|observó|comentó|explicó|insistió|repitió|ordenó|mandó|suplicó|rogó|"
    "pidió|suspiró|rió|sonrió|masculló|farfulló|balbuceó|balbució|gimió|"
    "gruñó|interrumpió|intervino|admitió|reconoció|aseguró|afirmó|declaró|anunció|advirtió|confesó|concluyó|"
    "terció|apuntó|musitó|chilló|sollozó|bramó|rugió|propuso|sugirió|"
    "quiso saber|inquirió|indagó|objetó|protestó|saludó|llamó|juró|prometió|mintió|bromeó|rezongó|refunfuñó|"
    "tartamudeó|vociferó|aclaró|precisó|asintió|negó|corrigió|recordó"
)
"""Verbs that tag speech, in the third person."""
TITLES = {
    "don": "male", "señor": "male", "sr.": "male", "doctor": "male", "dr.": "male", "padre": "male",
    "fray": "male", "capitán": "male", "coronel": "male",
    "general": "male", "tío": "male", "conde": "male", "duque": "male", "marqués": "male", "rey": "male",
    "san": "male", "abuelo": "male", "maestro": "male",
    "comisario": "male", "inspector": "male", "sargento": "male", "alcalde": "male", "hermano": "male",
    "príncipe": "male", "lord": "male", "sir": "male",
    "doña": "female", "señora": "female", "sra.": "female", "señorita": "female", "srta.": "female",
    "doctora": "female", "dra.": "female", "madre": "female",
    "sor": "female", "tía": "female", "condesa": "female", "duquesa": "female", "marquesa": "female",
    "reina": "female", "santa": "female", "abuela": "female",
    "maestra": "female", "hermana": "female", "princesa": "female", "lady": "female", "miss": "female",
}  # fmt: skip
"""Words before a name → the gender they tell."""
NOT_NAMES = frozenset(
    ("Dios", "El", "La", "Los", "Las", "Un", "Una", "Y", "Pero", "Entonces", "Cuando", "Si", "No", "Sí",
    "Que", "Qué", "Ya", "Usted", "Ustedes", "Él", "Ella", "Yo", "Se", "Me")
)  # fmt: skip
"""Capitals that name nobody."""
OLD = frozenset(("viejo", "vieja", "anciano", "anciana", "abuelo", "abuela"))
YOUNG = frozenset(
    ("niño", "niña", "muchacho", "muchacha", "chico", "chica", "joven", "chiquillo", "chiquilla")
)
_LABEL_MEN = """hombre chico niño muchacho señor caballero padre papá abuelo hijo hermano tío esposo marido novio rey
príncipe masculina masculino varón anciano locutor narrador presentador reportero camarero doctor profesor"""
_LABEL_WOMEN = """mujer chica niña muchacha señora señorita dama madre mamá abuela hija hermana tía esposa novia reina
princesa femenina femenino anciana locutora narradora presentadora reportera camarera doctora profesora enfermera"""
_LABEL_GENDERS: dict[str, Gender] = {
    **dict.fromkeys(_LABEL_MEN.split(), "male"),
    **dict.fromkeys(_LABEL_WOMEN.split(), "female"),
}
_LABEL_NOUNS = frozenset(
    ("voz", "voces", "todos", "ambos", "multitud", "periodista", "agente", "soldado", "taxista", "policía", "joven")
)  # fmt: skip
_CHILDREN = frozenset(("niño", "niña"))


def label_noun(word: str) -> tuple[Gender | None, Age | None] | None:
    """See `Reader.label_noun`."""
    gender = _LABEL_GENDERS.get(word)
    if gender is None and word not in _LABEL_NOUNS:
        return None
    return gender, "child" if word in _CHILDREN else "old" if word in OLD else None
