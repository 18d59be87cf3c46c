"""What a person asked for when a voice is to be trained, kept beside the voice so that it can be gone on with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from normalizers import DuoyinError
from tts_core.consent import Consent, Use, day_of, uses_of
from tts_core.files import write_atomically
from tts_core.gpt_sovits.description import DESCRIPTION as GPT_SOVITS
from tts_core.gpt_sovits.engine import Device
from tts_core.gpt_sovits.training.chain import STAGES, Orders
from tts_core.gpt_sovits.training.fresh import NOTHING
from tts_core.gpt_sovits.voice.denoise import Denoiser
from tts_core.gpt_sovits.voice.voicefile import VOICE_FILE, load_voice, voices_folder
from tts_core.tacotron.description import DESCRIPTION as TACOTRON

ORDER_FILE = "order.json"
LEARNERS = (GPT_SOVITS.name, TACOTRON.name)
"""Engines whose voices are trained here."""
OF_GPT_SOVITS = ("recipe", "preference", "cards")
"""Options that mean nothing to Tacotron 2."""
OF_TACOTRON = ("source",)
"""Options that mean nothing to GPT-SoVITS."""
AUTO = "auto"
MOST_SECONDS = 36_000.0
DEFAULT_BASE = "gpt-sovits-v2proplus"


@dataclass(frozen=True, slots=True)
class Order:
    """A voice to be trained.

    Args:
        name: of the voice.
        recordings: files and folders; text: what is said in them, a file; "" for none.
        consent, licence, gender, age, language: as in voice.yaml.
        covers, until: of the consent, as in voice.yaml; () and "" where its statement says it.
        engine: that learns and speaks the voice; options of recipe and preference are of GPT-SoVITS.
        base: name of an imported model, or `none`; of Tacotron 2, of another of its voices, or "" for nothing.
        size: of a model that begins with nothing; source: of Tacotron 2's vocoder, the sound stage, `none` or `nsf`.
        denoise: by what noise is taken out first; None: it stays.
        stage: `both`, `sound` or `text`.
        recipe: `fixed` or `compatible`.
        sound_updates, text_updates: 0: as the length of the set asks for.
        more: updates beyond those of the last time.
        seed: of everything random.
        preference: the text stage learns from damaged lines, too.
        device: that learns: `cpu`, `cuda` or `auto`.
        cards: CUDA devices that learn together.
        precision: of products, `float32` or `bfloat16`; `auto`: which is faster here is measured when training begins.
            Of Tacotron 2, of its sound stage alone, and `auto` is float32.
    """

    name: str
    recordings: tuple[str, ...] = ()
    text: str = ""
    consent: str = ""
    covers: tuple[str, ...] = ()
    until: str = ""
    licence: str = ""
    gender: str = "neutral"
    age: str = "adult"
    language: str = GPT_SOVITS.languages[0]
    engine: str = GPT_SOVITS.name
    base: str = ""
    size: str = "published"
    source: str = "none"
    denoise: Denoiser | None = None
    stage: str = "both"
    recipe: str = "fixed"
    sound_updates: int = 0
    text_updates: int = 0
    more: int = 0
    seed: int = 0
    preference: bool = False
    device: Device = "cpu"
    cards: int = 1
    precision: str = AUTO

    @property
    def from_nothing(self) -> bool:
        """GPT-SoVITS learns without a base, from the speech of many people: each of `recordings` is one person's."""
        return self.engine == GPT_SOVITS.name and self.base == NOTHING

    @property
    def most(self) -> float | None:
        """Seconds of a person's speech that are learned at most; None: as usual. A model that begins with nothing needs
        hours."""
        return MOST_SECONDS if self.engine == TACOTRON.name or self.from_nothing else None

    @property
    def folder(self) -> Path:
        """Where all of the training lies."""
        return voices_folder() / self.name / "training"

    def agreed(self) -> Consent:
        """What the person agreed to. Raises `DuoyinError` for a use or a day that is none."""
        return Consent(
            self.consent.strip(), uses_of(list(self.covers), "covers"), day_of(self.until, "until")
        )

    def orders(self) -> Orders:
        """What the stages are told; in float32 where it was not measured what is faster."""
        asked = {"sound": self.sound_updates, "text": self.text_updates}
        return Orders(
            stages=tuple(stage for stage in STAGES if self.stage in ("both", stage)),
            recipe="compatible" if self.recipe == "compatible" else "fixed",
            updates=tuple((stage, asked[stage]) for stage in STAGES if asked[stage]),
            more=self.more,
            seed=self.seed,
            preference=self.preference,
            precision="bfloat16" if self.precision == "bfloat16" else "float32",
        )


def order_of(name: str, options: Mapping[str, Any]) -> Order:
    """What is asked for now, and where that says nothing, what was asked for the last time; written down.

    Raises:
        DuoyinError: no name for a voice, no consent or one that does not cover training, no recordings, or a voice of
            that name that was not trained.
    """
    if not name or name != Path(name).name or name.startswith("."):
        raise DuoyinError(f"“{name}” cannot be a voice's name", hint="Use letters, digits, - and _.")
    known = {field.name for field in fields(Order)}
    strange = set(options) - known
    if strange:
        raise DuoyinError(f"training knows no option {', '.join(sorted(strange))}")
    before = _before(Order(name).folder / ORDER_FILE)
    before.pop("more", None)
    given = {key: value for key, value in options.items() if value not in (None, "", (), [])}
    if before.get("engine", GPT_SOVITS.name) != given.get("engine", before.get("engine", GPT_SOVITS.name)):
        before.pop("base", None)
    content = {**before, **given, "name": name}
    made = Order(**{**content, **{key: tuple(content.get(key, ())) for key in ("recordings", "covers")}})
    if made.engine == GPT_SOVITS.name and not made.base:
        made = replace(made, base=DEFAULT_BASE)
    _check_learner(made, given)
    if not made.consent.strip():
        raise DuoyinError(
            f"the voice {name!r} needs a consent statement",
            hint="Say who agreed to what: --consent “Recorded by Anna Li for this book, 2026-03-01”",
        )
    if why := made.agreed().refusal(Use.TRAIN, date.today()):
        raise DuoyinError(why, hint="Ask again, and say what was agreed to: --covers train,read-aloud …")
    if not made.recordings:
        raise DuoyinError(
            "which recordings shall it learn from?", hint=f"duoyin voice train {name} --from FOLDER …"
        )
    voice = made.folder.parent / VOICE_FILE
    there = load_voice(voice) if voice.is_file() else None
    if there is not None and (why := there.consent.refusal(Use.TRAIN, date.today())):
        raise DuoyinError(why, where=str(voice), hint="Ask again, and write down what was agreed to.")
    if there is not None and there.engine != made.engine:
        raise DuoyinError(
            f"there is a voice {name!r} already, spoken by {there.engine}",
            where=str(voice.parent),
            hint="Choose another name, or remove that folder first.",
        )
    if there is not None and not there.trained:
        raise DuoyinError(
            f"there is a voice {name!r} already, made without training",
            where=str(voice.parent),
            hint="Choose another name, or remove that folder first.",
        )
    keep(made)
    return made


def _check_learner(made: Order, given: Mapping[str, Any]) -> None:
    """Raises `DuoyinError` where what is given means nothing to what learns."""
    if made.engine == TACOTRON.name and (stray := [name for name in OF_GPT_SOVITS if name in given]):
        raise DuoyinError(f"Tacotron 2 has one way of learning, without {', '.join(stray)}")
    if made.engine != TACOTRON.name and (stray := [name for name in OF_TACOTRON if name in given]):
        raise DuoyinError(f"only Tacotron 2 is trained with {', '.join(stray)}", hint="--engine tacotron2")
    if made.engine != TACOTRON.name and "size" in given and not made.from_nothing:
        raise DuoyinError(
            "a base has its own size", hint="Leave --size out, or begin with nothing: --base none."
        )
    if made.from_nothing and made.stage != "both":
        raise DuoyinError(
            "without a base both stages have everything to learn",
            hint="Leave --stage out, or say --stage both.",
        )
    if made.from_nothing and made.cards > 1:
        raise DuoyinError(
            "without a base one device learns: the codes of a batch hang together", hint="--cards 1"
        )
    if made.cards > 1 and made.device == "cpu":
        raise DuoyinError(
            f"{made.cards} cards are asked for, and the CPU shall learn", hint="Add --device cuda."
        )


def keep(order: Order) -> None:
    """Write it down: what nothing is said of the next time is as it is here."""
    write_atomically(
        order.folder / ORDER_FILE, (json.dumps(asdict(order), ensure_ascii=False, indent=1) + "\n").encode()
    )


def _before(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content.get("denoise"), bool):  # an order from before there was a choice
            content["denoise"] = "rnnoise" if content["denoise"] else None
        content.setdefault("precision", "float32")  # the same
        Order(**content)
    except (ValueError, TypeError) as error:
        raise DuoyinError(
            f"the last order cannot be read ({error})",
            where=str(path),
            hint="Delete it and say all anew.",
        ) from error
    return dict(content)
