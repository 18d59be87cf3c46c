"""The words of the cast page in English; see `flows.casting.report`."""

PAGE = {
    "lang": "en",
    "title": "Cast",
    "timeline": "Who speaks when",
    "map": "Who talks to whom",
    "cast": "The cast",
    "review": "Lines to check",
    "name": "Name",
    "lines": "Lines",
    "gender": "Gender",
    "voice": "Voice",
    "also": "also",
    "none": "Nothing is in doubt.",
    "chapter": "chapter",
    "sure": "sure",
    "because": "because of",
    "summary": "{n} characters, {lines} lines; {told}. {doubt} passages in doubt.",
    "first": "told by {name}",
    "third": "told in the third person",
    "unknown": "nobody named",
}
