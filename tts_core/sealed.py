"""Records that prove themselves: JSON text with a digest of its own content.

What lies on a disk for years can come back with a flipped bit, and a number that is still a number is believed. A
sealed record is either what was written or none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

SEAL = "seal"
"""The field that holds the digest: 32 hex digits of SHA-256 over the other fields."""


def seal(record: Mapping[str, Any]) -> str:
    """A record, ASCII JSON with its seal in it. Its fields must be plain data and none may be called `seal`."""
    return json.dumps({**record, SEAL: _digest(record)}, separators=(",", ":"))


def unseal(text: str | bytes) -> dict[str, Any]:
    """The record that `seal` was given, after JSON (tuples are lists).

    Raises:
        ValueError: it is not what was written.
    """
    try:
        record = json.loads(text)
        if record.pop(SEAL) == _digest(record):
            return dict(record)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("this is no sealed record") from error
    raise ValueError("this record is not what was written")


def _digest(record: Mapping[str, Any]) -> str:
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
