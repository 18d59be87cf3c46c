"""The words of the cast page in Spanish; see `flows.casting.report`."""

PAGE = {
    "lang": "es",
    "title": "Reparto",
    "timeline": "Quién habla y cuándo",
    "map": "Quién habla con quién",
    "cast": "El reparto",
    "review": "Líneas por revisar",
    "name": "Nombre",
    "lines": "Líneas",
    "gender": "Género",
    "voice": "Voz",
    "also": "también",
    "none": "No hay dudas.",
    "chapter": "capítulo",
    "sure": "seguro",
    "because": "por",
    "summary": "{n} personajes, {lines} líneas; {told}. {doubt} pasajes dudosos.",
    "first": "narrado por {name}",
    "third": "narrado en tercera persona",
    "unknown": "nadie nombrado",
}
