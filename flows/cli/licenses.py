"""`duoyin licenses`: what the models and voices in use may be used for."""

from __future__ import annotations

import typer

from tts_core.models import ModelStore


def licenses() -> None:
    """Print the licences."""
    typer.echo(ModelStore().licenses())
