"""Whose voice is in a finished file: consents are heeded, and the file says who made it under which."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from flows.workspace.ledger import Ledger
from flows.workspace.logs import logs_below
from flows.workspace.project import provenance_file
from flows.workspace.provenance import KEY_VARIABLE, read_provenance
from normalizers import DuoyinError
from tests.flows.making.test_delivery import make, project_of

RIVER = "# The River\n\n## One\n\nA boat went by.\n\n## Two\n\nIt came back.\n"
CONSENT = {"statement": "By letter of Anna Li, 2026-03-01", "covers": ["read-aloud", "publish"]}


@pytest.fixture
def river(tmp_path: Path) -> Path:
    return project_of(tmp_path, RIVER, "river")


def with_consent(**limits: Any) -> Mapping[str, Any]:
    return {"voice": "low", "engine_options": {"consents": {"low": {**CONSENT, **limits}}}}


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key as `openssl genpkey -algorithm ed25519` writes it: PEM of PKCS #8, not encrypted."""
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key.pem"))


def test_a_finished_file_has_a_record_of_who_made_it_in_which_voice_under_which_consent(river: Path) -> None:
    made = make(river, **with_consent())
    record = read_provenance(made.path)
    assert record.problems == () and record.signed_by == ""
    assert record.content["title"] == "The River" and record.content["by"]
    assert record.content["files"] == {made.path.name: made.digests[0]}
    (voice,) = record.assertion("duoyin.voices")["voices"]
    assert voice["voice"] == "low" and "By letter of Anna Li" in voice["licence"] and voice["lines"] > 2
    (log,) = logs_below(river)
    (delivered,) = log.deliveries()
    assert delivered["voices"] == {"low": f"{CONSENT['statement']} (covers read-aloud, publish)"}
    assert delivered["sha256"] == made.digests[0] and log.problems() == []


def test_each_file_of_a_folder_is_found_in_the_folders_record(river: Path) -> None:
    made = make(river, format="mp3")
    files = sorted(made.path.glob("*.mp3"))
    assert len(files) > 1 and all(read_provenance(file).problems == () for file in files)


@pytest.mark.usefixtures("signed")
def test_a_record_is_signed_with_ones_own_key_and_shows_what_is_changed(river: Path) -> None:
    made = make(river)
    assert read_provenance(made.path).signed_by
    place = provenance_file(made.path)
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace("The River", "The Rivers"), encoding="utf-8")
    changed = read_provenance(made.path)
    assert changed.signed_by == "" and "signature is not right" in changed.problems[0]
    place.write_text(text, encoding="utf-8")
    made.path.write_bytes(made.path.read_bytes() + b"\0")
    assert "changed since" in read_provenance(made.path).problems[0]


def test_a_key_that_is_none_is_told_before_the_work(
    river: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key.pem").write_text("no key", encoding="utf-8")
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key.pem"))
    with pytest.raises(DuoyinError, match="signing key cannot be read"):
        make(river)
    assert not list(river.rglob("*.m4b"))


def test_a_log_that_was_written_anew_does_not_fit_the_records_beside_the_files(river: Path) -> None:
    make(river)
    (river / "ledger.sqlite").unlink()
    with Ledger(river / "ledger.sqlite") as ledger:
        ledger.record_delivery("d" * 64, "audiobook", "The River.m4b", {"high": "Nobody's"})
    (log,) = logs_below(river)
    assert any("was another one" in problem for problem in log.problems())


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"until": "2020-01-01"}, "ended on 2020-01-01"),
        ({"withdrawn": "2020-01-01"}, "withdrawn on 2020-01-01"),
    ],
)
def test_a_consent_that_is_over_stops_new_synthesis_and_names_what_was_made(
    river: Path, limits: dict[str, str], why: str
) -> None:
    made = make(river, **with_consent())
    with pytest.raises(DuoyinError, match=why) as caught:
        make(river, **with_consent(**limits))
    assert made.path.name in caught.value.message


def test_a_voice_whose_consent_is_over_is_not_chosen(river: Path) -> None:
    wanted = {"engine_options": {"consents": {"low": {**CONSENT, "until": "2020-01-01"}}}}
    made = make(river, **wanted)
    assert made.speakers["narrator"][0] != "low"


def test_a_file_that_may_not_be_published_says_so(river: Path) -> None:
    made = make(river, **with_consent(covers=["read-aloud"]))
    assert read_provenance(made.path).assertion("duoyin.voices")["may_be_published"] is False
    report = json.loads(made.report_file.read_text(encoding="utf-8"))
    assert any("may not be published" in warning for warning in report["warnings"])


def test_a_file_without_a_record_says_where_it_would_be(tmp_path: Path) -> None:
    (tmp_path / "a.m4b").write_bytes(b"")
    with pytest.raises(DuoyinError, match="no provenance record") as caught:
        read_provenance(tmp_path / "a.m4b")
    assert "a.m4b.provenance.json" in str(caught.value.where)
