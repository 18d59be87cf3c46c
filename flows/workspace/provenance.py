"""The provenance record beside a finished file: who made it, when, in which voices, under which consent.

It says in JSON what a C2PA manifest says (C2PA Technical Specification 2.1, §18: actions, hash of the content; the
source type is IPTC's for media that a trained model made), so that it can be read without our code. It is not embedded,
and it is signed only with a key of one's own (`DUOYIN_SIGNING_KEY`, Ed25519, RFC 8032).
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.workspace.log import LogEnd
from flows.workspace.project import provenance_file
from normalizers import DuoyinError
from tts_core.files import file_digest, write_atomically

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_VARIABLE = "DUOYIN_SIGNING_KEY"
FORMAT = "duoyin-provenance/1"
SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's digital source type of media that a trained model made."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a record tells of a finished file.

    Args:
        title: of the book or programme. by: the user who made it. at: ISO 8601 with its zone. version: of Duoyin.
        files: hex SHA-256 by name, relative to the record. voices: as the report lists them: `voice`, `engine`,
            `speakers`, `seconds`, `licence`.
        published: False where a voice's consent does not cover publishing. log: the last entry when it was written.
    """

    title: str
    by: str
    at: str
    version: str
    files: Mapping[str, str]
    voices: Sequence[Mapping[str, Any]]
    published: bool
    log: LogEnd


@dataclass(frozen=True, slots=True)
class Provenance:
    """A record that was read, and what was found of it.

    Args:
        content: the record. problems: why it is not to be trusted for this file; none where it is.
        signed_by: the public key (base64) whose signature is right; "" for a record without one.
    """

    content: Mapping[str, Any]
    problems: tuple[str, ...]
    signed_by: str

    def assertion(self, label: str) -> Mapping[str, Any]:
        """What the record asserts under a label; nothing where it asserts nothing."""
        found = self.content.get("assertions", ())
        return next((each["data"] for each in found if each.get("label") == label), {})


def signing_key() -> Ed25519PrivateKey | None:
    """The user's key, where `DUOYIN_SIGNING_KEY` names one. Raises `DuoyinError` for a file that is none."""
    named = os.environ.get(KEY_VARIABLE)
    if not named:
        return None
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(Path(named).expanduser().read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise DuoyinError(f"the signing key cannot be read ({error})", where=named, hint=_KEY_HINT) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise DuoyinError("the signing key is not of Ed25519", where=named, hint=_KEY_HINT)
    return key


_KEY_HINT = f"Make one with `openssl genpkey -algorithm ed25519 -out FILE`, and name it in {KEY_VARIABLE}."


def write_provenance(finished: Path, made: Origin, key: Ed25519PrivateKey | None) -> Path:
    """Write the record beside a finished file and return its place. Raises `CannotWrite`."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "claim_generator": f"Duoyin/{made.version}",
        "title": made.title,
        "created": made.at,
        "by": made.by,
        "files": dict(made.files),
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": SYNTHETIC}]},
            },
            {
                "label": "duoyin.voices",
                "data": {"voices": list(made.voices), "may_be_published": made.published},
            },
            {"label": "duoyin.log", "data": {"entries": made.log.number, "digest": made.log.digest}},
        ],
    }
    if key is not None:
        content["signature"] = {
            "alg": "Ed25519",
            "over": "the record without this field, as JSON with sorted keys and without spaces, in UTF-8",
            "public_key": _base64(key.public_key().public_bytes_raw()),
            "value": _base64(key.sign(_signed(content))),
        }
    place = provenance_file(finished)
    write_atomically(place, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())
    return place


def read_provenance(file: Path) -> Provenance:
    """The record of a finished file, which lies beside it or beside the folder it is in, compared with the file.

    Raises:
        DuoyinError: there is none, or it cannot be read.
    """
    places = [provenance_file(file), provenance_file(file.parent)]
    place = next((place for place in places if place.is_file()), None)
    if place is None:
        raise DuoyinError(
            "this file has no provenance record",
            where=str(places[0]),
            hint="The record is written with the file; copy both together.",
        )
    content = read_record(place)
    problems = []
    if file_digest(file) not in content["files"].values():
        problems.append("the file is not the one the record was written for, or was changed since")
    signed_by, problem = _signer(content)
    return Provenance(content, (*problems, *problem), signed_by)


def read_record(place: Path) -> dict[str, Any]:
    """A record as it lies there. Raises `DuoyinError` where it is none."""
    try:
        content: Any = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DuoyinError(f"the provenance record cannot be read ({error})", where=str(place)) from error
    if not isinstance(content, dict) or not isinstance(content.get("files"), dict):
        raise DuoyinError("this is no provenance record", where=str(place))
    return content


def _signer(content: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Whose signature a record has, and what is wrong with it."""
    signature = content.get("signature")
    if signature is None:
        return "", ()
    from cryptography.exceptions import InvalidSignature  # ten megabytes, and most runs sign nothing
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = base64.b64decode(signature["public_key"], validate=True)
        value = base64.b64decode(signature["value"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(value, _signed(content))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return "", ("its signature is not right: the record was changed",)
    return str(signature["public_key"]), ()


def _signed(content: Mapping[str, Any]) -> bytes:
    told = {name: value for name, value in content.items() if name != "signature"}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
