"""`duoyin log` and `duoyin check --provenance`: what a person reads of a finished file, and exit codes."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest
import typer

from flows.cli.check import check
from flows.cli.log import log
from normalizers import DuoyinError
from tests.flows.making.test_delivery import make, project_of

RIVER = "# The River\n\n## One\n\nA boat went by.\n"
CONSENT = "By letter of Anna Li"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = project_of(tmp_path, RIVER, "river")
    return make(folder, voice="low", engine_options={"consents": {"low": CONSENT}}).path


def test_the_log_tells_each_file_with_its_voices_and_consents(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(tmp_path, out=tmp_path / "log.csv")
    told = capsys.readouterr().out
    assert file.name in told and CONSENT in told
    with (tmp_path / "log.csv").open(encoding="utf-8", newline="") as written:
        (row,) = csv.DictReader(written)
    assert (row["what"], row["voice"], row["consent"], row["file"]) == (
        "delivered",
        "low",
        CONSENT,
        file.name,
    )
    log(tmp_path / "river")  # a project itself is called by its name
    assert "\nriver " in capsys.readouterr().out
    log(tmp_path, voice="high", as_json=True)
    assert json.loads(capsys.readouterr().out) == []


def test_verifying_passes_until_somebody_touches_the_log(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(tmp_path, verify=True)
    assert "whole" in capsys.readouterr().out
    with sqlite3.connect(tmp_path / "river" / "ledger.sqlite") as by_hand:
        by_hand.execute("UPDATE log SET text = replace(text, 'Anna', 'Berta')")
    with pytest.raises(typer.Exit) as left:
        log(tmp_path, verify=True)
    assert left.value.exit_code == 1 and "entry 1 is not the one that was written" in capsys.readouterr().out


def test_a_folder_without_projects_is_told(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="no project was made here yet"):
        log(tmp_path)


def test_the_record_of_a_file_is_told_in_words(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(file, provenance=True)
    told = capsys.readouterr().out
    assert "“The River”, synthetic speech, made by" in told and CONSENT in told and "not signed" in told
    file.write_bytes(b"another file")
    with pytest.raises(typer.Exit) as left:
        check(file, provenance=True)
    assert left.value.exit_code == 1 and "changed since" in capsys.readouterr().out
