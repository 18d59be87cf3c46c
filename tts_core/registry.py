"""The engines there are. A new engine is one package and one row here."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from normalizers import DuoyinError
from tts_core.description import EngineDescription
from tts_core.gpt_sovits.description import DESCRIPTION as GPT_SOVITS
from tts_core.kokoro.description import DESCRIPTION as KOKORO
from tts_core.tacotron.description import DESCRIPTION as TACOTRON

if TYPE_CHECKING:  # this module is asked for names by every command: it loads nothing that loads numpy
    from tts_core.engine import Engine

ENGINES: Mapping[str, EngineDescription] = {row.name: row for row in (KOKORO, GPT_SOVITS, TACOTRON)}
"""Engine name → what its package says of it. The engine itself is imported only when it is loaded."""

DEFAULT_ENGINE = KOKORO.name


def describe(name: str) -> EngineDescription:
    """What is known of an engine without loading it.

    An engine of somebody else's package goes by `package.module:Class`. Its class may hold a `description`;
    else it is a process a core, with the defaults of `EngineDescription`.

    Raises:
        DuoyinError: there is no such engine, or what it needs is not installed.
    """
    if name in ENGINES:
        return ENGINES[name]
    if ":" not in name:
        raise DuoyinError(
            f"there is no engine {name!r}", hint=f"engines: {', '.join(ENGINES)}, or package.module:Class"
        )
    own = getattr(_factory(name, name, "install the package that holds this engine"), "description", None)
    if not isinstance(own, EngineDescription):
        return EngineDescription(name, name)
    return replace(own, name=name, factory=name)  # a subclass may have inherited it


def load_engine(name: str = DEFAULT_ENGINE, **options: Any) -> Engine:
    """Load an engine by name; `options` go to its constructor.

    Raises:
        DuoyinError: as `describe`; an option that the engine does not take.
    """
    row = describe(name)
    hint = row.install if name in ENGINES else "install the package that holds this engine"
    factory = _factory(name, row.factory, hint)
    try:
        inspect.signature(factory).bind(**options)
    except TypeError as error:
        known = ", ".join(inspect.signature(factory).parameters) or "none"
        raise DuoyinError(
            f"the engine {name!r} does not take these options: {error}",
            where="engine_options",
            hint=f"It takes {known}.",
        ) from error
    return factory(**options)


def _factory(name: str, place: str, hint: str) -> Callable[..., Engine]:
    """The class at `module:Class`. Raises `DuoyinError`."""
    module, _, cls = place.partition(":")
    try:
        factory: Callable[..., Engine] = getattr(importlib.import_module(module), cls)
    except ModuleNotFoundError as error:
        raise DuoyinError(
            f"the engine {name!r} needs the package {error.name!r}, which is not installed", hint=hint
        ) from error
    except AttributeError as error:
        raise DuoyinError(f"{module} has no engine {cls!r}", hint="check the name after the colon") from error
    return factory
