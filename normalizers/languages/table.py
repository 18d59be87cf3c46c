"""The one table of languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from normalizers.errors import DuoyinError
from normalizers.languages.base import Language
from normalizers.languages.chinese import CHINESE
from normalizers.languages.english import ENGLISH
from normalizers.languages.spanish import SPANISH

LANGUAGES: Mapping[str, Language] = {record.code: record for record in (CHINESE, ENGLISH, SPANISH)}
"""Every language this house reads, by its code. A new one is a module beside these and one name here."""

DEFAULT_LANGUAGE = ENGLISH.code
"""What a text without letters, and Latin letters without other evidence, are taken for."""

HAN_LANGUAGE = CHINESE.code
"""What Han characters in a text of another script are read as."""

_TAGS = {tag: record.code for record in LANGUAGES.values() for tag in record.tags}


@lru_cache(maxsize=1024)
def primary(tag: str | None) -> str:
    """Code of a language tag: `zh-Hans` → zh, `en_GB` → en, `spa` → es; '' for none. Unknown tags stay."""
    code = re.split(r"[-_]", (tag or "").strip().lower())[0]
    return _TAGS.get(code, code)


def language(code: str) -> Language:
    """The record of a code or tag (`zh`, `zh-Hans`).

    Raises:
        DuoyinError: nobody here reads that language; the message lists those known.
    """
    record = LANGUAGES.get(code) or LANGUAGES.get(primary(code))
    if record is None:
        raise DuoyinError(f"no rules for the language {code!r}", hint=f"use one of: {', '.join(LANGUAGES)}")
    return record
