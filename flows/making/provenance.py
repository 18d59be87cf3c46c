"""The provenance record of what a run delivered."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.making.voices import Voices
from flows.workspace.delivered import Shelf
from flows.workspace.ledger import Ledger, user_name
from flows.workspace.provenance import Origin, write_provenance

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def record_provenance(
    finished: Path,
    facts: Mapping[str, Any],
    voices: Voices,
    shelf: Shelf,
    ledger: Ledger,
    key: Ed25519PrivateKey | None,
) -> Path:
    """Write the provenance record beside a finished file and return its place.

    Args:
        facts: of the report. shelf: knows the digests of the files that took their names. key: signs it.

    Raises:
        CannotWrite: no room for it.
    """
    return write_provenance(
        finished,
        Origin(
            title=facts["title"],
            by=user_name(),
            at=facts["made_at"],
            version=facts["duoyin"],
            files={
                Path(os.path.relpath(path, finished.parent)).as_posix(): digest
                for path, digest in shelf.claimed.items()
            },
            voices=facts["voices"],
            published=not voices.unpublished,
            log=ledger.log_end(),
        ),
        key,
    )
