"""A verdict comes back from JSON as it was; doubtful takes are listed worst first."""

from __future__ import annotations

import json
from pathlib import Path

from flows.proof.verdict import Fault, Finding, Outcome, Proof, Verdict
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


def test_the_worst_doubtful_take_comes_first() -> None:
    verdicts = [
        Verdict("a", Outcome.DOUBTFUL, (DROPPED,), score=-1.0),
        Verdict("b", Outcome.CLEAN, score=2.0),
        Verdict("c", Outcome.DOUBTFUL, (DROPPED,), score=-4.0),
        Verdict("d", Outcome.INCONCLUSIVE, score=-9.0),
    ]
    assert [v.key for v in Proof("x", {v.key: v for v in verdicts}).doubtful] == ["c", "a"]
