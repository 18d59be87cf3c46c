"""The engines there are. A new engine is one module and one row here."""

from __future__ import annotations

import importlib
from typing import Any

from normalizers import DuoyinError
from tts_core.engine import Engine

ENGINES: dict[str, tuple[str, str]] = {
    "kokoro": ("tts_core.kokoro.engine", "KokoroEngine"),
    "gpt-sovits": ("tts_core.gpt_sovits.engine", "GptSovitsEngine"),
}
"""Engine name → (module, class); imported only when asked for, so that an engine costs nothing until it is used."""

DEFAULT_ENGINE = "kokoro"


def load_engine(name: str = DEFAULT_ENGINE, **options: Any) -> Engine:
    """Load an engine by name; `options` go to its constructor.

    An engine of somebody else's package goes by `package.module:Class`.

    Raises:
        DuoyinError: there is no such engine, or what it needs is not installed.
    """
    foreign = name.partition(":")
    if name not in ENGINES and not foreign[2]:
        raise DuoyinError(
            f"there is no engine {name!r}", hint=f"engines: {', '.join(ENGINES)}, or package.module:Class"
        )
    module, cls = ENGINES[name] if name in ENGINES else (foreign[0], foreign[2])
    try:
        factory = getattr(importlib.import_module(module), cls)
    except ModuleNotFoundError as error:
        raise DuoyinError(
            f"the engine {name!r} needs the package {error.name!r}, which is not installed",
            hint="pip install 'duoyin[clone]'"
            if name in ENGINES
            else "install the package that holds this engine",
        ) from error
    except AttributeError as error:
        raise DuoyinError(f"{module} has no engine {cls!r}", hint="check the name after the colon") from error
    engine: Engine = factory(**options)
    return engine
