"""A verdict comes back from JSON as it was, and the ledger keeps it."""

from __future__ import annotations

import json
from pathlib import Path

from flows.proof.verdict import Fault, Finding, Outcome, Verdict
from flows.workspace.ledger import Ledger

DROPPED = Finding(Fault.DROPPED, 0.9, 1.2, 1.5, said="not", heard="")


def test_a_verdict_is_plain_data_and_back() -> None:
    verdict = Verdict("ab" * 32, Outcome.DOUBTFUL, (DROPPED,), "He did go.", -3.5)
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_the_ledger_keeps_verdicts_apart_by_listener(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.record_verdicts("whisper-base/1", {"a": "old", "b": "kept"})
        ledger.record_verdicts("whisper-base/1", {"a": "new"})
        ledger.record_verdicts("whisper-base/2", {"a": "other"})
        assert ledger.verdicts("whisper-base/1") == {"a": "new", "b": "kept"}
        assert ledger.verdicts("whisper-base/3") == {}
