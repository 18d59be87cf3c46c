"""Listening to the takes of a production: what is doubtful, by take and by line. No Prefect here."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from flows.making.engines import default_workers
from flows.making.plan import PlannedLine
from flows.making.takes import stored_take
from flows.proof.heard import Asked, asked_words
from flows.proof.listener import Listener, missing_package
from flows.proof.verdict import Outcome, Proof, Verdict
from flows.workspace import stopping
from flows.workspace.ledger import Ledger
from flows.workspace.progress import reporter, share_told
from flows.workspace.project import Project
from normalizers import DuoyinError
from tts_core.durations import clock
from tts_core.kokoro import reading
from tts_core.kokoro.description import DESCRIPTION as KOKORO
from tts_core.kokoro.voice_bank import presets
from tts_core.models import ModelStore
from tts_core.registry import describe

READERS = {voice.language: voice.name for voice in reversed(presets()) if voice.recommended}
"""Language → the embedded voice by whose accent lines of other engines are read for the listener."""
KEEP_SECONDS = 5.0
"""How often verdicts are written, so that a run that is killed goes on from there."""


def listener_of(project: Project) -> Listener:
    """The listener of a run: it loads its models with the first take that it hears, and keeps them."""
    return Listener(threads=project.settings.workers or default_workers())


def listens(project: Project) -> bool:
    """Whether somebody listens to the takes of a run: the setting wants it, and what it needs is installed."""
    return project.settings.proof != "off" and not missing_package()


def prove(
    project: Project,
    lines: Sequence[PlannedLine],
    listener: Listener,
    ledger: Ledger,
    *,
    among: Sequence[PlannedLine] = (),
) -> Proof:
    """Hear every take of these lines that was not heard yet; its verdict is kept in the ledger.

    The setting `proof` decides: `off` hears nothing; `auto` does without where the extra is not installed, and says so.

    Args:
        lines: whose takes are there.
        among: the other lines of the production whose takes are there: what a voice is compared with.

    Raises:
        DuoyinError: the setting is `on` and what it needs is not installed.
        CorruptTake: a damaged take; it is set aside, to be made anew.
        KeyboardInterrupt: the run is to stop.
    """
    wanted = project.settings.proof
    if wanted == "off":
        return Proof(reason="proof is off in project.yaml")
    spoken = _speech(lines)
    if not spoken:
        return Proof(reason="there is no speech to listen to")
    missing = missing_package()
    if missing:
        if wanted == "on":
            raise DuoyinError(
                f"proof needs the package {missing}, which is not installed",
                where=f"{project.settings_file}, proof: on",
                hint="pip install 'duoyin[proof]', or proof: off.",
            )
        reporter().stage("Not proofed", "nobody listens to the takes without pip install 'duoyin[proof]'")
        return Proof(reason=f"the package {missing} is not installed (pip install 'duoyin[proof]')")
    known = known_verdicts(ledger, listener.version, set(spoken))
    heard = _hear(project, _speech(among) | spoken, spoken.keys() - known.keys(), listener, ledger)
    return Proof(listener.version, {**known, **heard})


def _speech(lines: Sequence[PlannedLine]) -> dict[str, PlannedLine]:
    """The lines in which words are said, by the key of their take."""
    return {line.key: line for line in lines if line.key and describe(line.engine).speech}


def known_verdicts(ledger: Ledger, listener: str, keys: set[str]) -> dict[str, Verdict]:
    """The verdicts of this listener on these takes that the ledger has."""
    read = {key: Verdict.read(text) for key, text in ledger.verdicts(listener).items() if key in keys}
    return {key: verdict for key, verdict in read.items() if verdict is not None}


def _hear(
    project: Project,
    lines: Mapping[str, PlannedLine],
    new: Collection[str],
    listener: Listener,
    ledger: Ledger,
) -> dict[str, Verdict]:
    """Hear the new ones of these takes, with progress told; verdicts are kept soon after they are given."""
    if not new:
        return {}
    embedded = embedded_here()
    takes = [_asked(project, line, embedded=embedded) for line in lines.values()]
    seconds = {take.key: take.seconds for take in takes if take.key in new}
    total = sum(seconds.values())
    reporter().stage("Listening", f"{len(seconds)} takes, {clock(total)}")
    tell, began, kept_at = share_told(), time.monotonic(), time.monotonic()
    heard: dict[str, Verdict] = {}
    unkept: dict[str, str] = {}
    done = 0.0
    try:
        for verdicts in listener.listen(takes, lines.keys() - new, stopping.check):
            for verdict in verdicts:
                heard[verdict.key] = verdict
                unkept[verdict.key] = json.dumps(verdict.to_json(), ensure_ascii=False)
                done += seconds[verdict.key]
            left = (time.monotonic() - began) * (total - done) / max(done, 1e-9)
            tell(done / total, f"{len(heard)}/{len(seconds)} takes · {clock(left)} to go")
            if time.monotonic() - kept_at > KEEP_SECONDS:
                ledger.record_verdicts(listener.version, unkept)
                unkept, kept_at = {}, time.monotonic()
    finally:
        ledger.record_verdicts(listener.version, unkept)
    return heard


def embedded_here() -> bool:
    """Whether the embedded engine is on this machine, to speak controls of takes of other engines."""
    store = ModelStore()
    return all(store.here(name) for name in KOKORO.models)


def _asked(project: Project, line: PlannedLine, *, embedded: bool) -> Asked:
    """`embedded`: whether the embedded engine can speak the control of another engine's take."""
    assert line.prepared is not None and line.utterance is not None
    store, key, asked = project.takes, line.key, line.utterance
    own = line.engine == KOKORO.name
    reader = asked.voice if own else READERS.get(asked.language, next(iter(READERS.values())))
    prepared = line.prepared if own else reading.read(replace(asked, voice=reader))
    return Asked(
        key=key,
        text=asked.text,
        language=asked.language,
        voice=line.voice,
        words=asked_words(prepared),
        reader=reader,
        load=lambda: stored_take(store, key),
        seconds=store.info(key).seconds,
        control=prepared if own or embedded else None,
    )


def proof_facts(
    proof: Proof, lines: Sequence[PlannedLine], seconds: Callable[[str], float] = lambda _: 0.0
) -> dict[str, Any]:
    """What listening found, as a report has it: how many lines are clean, and which are doubtful, the worst first.

    Args:
        seconds: length of a take, by its key.
    """
    spoken = [line for line in lines if line.key]
    outcomes = [proof.verdicts[line.key].outcome for line in spoken if line.key in proof.verdicts]
    return {
        "listener": proof.listener,
        "reason": proof.reason,
        "lines": len(spoken),
        "heard": len(outcomes),
        **{outcome.value: sum(1 for each in outcomes if each is outcome) for outcome in Outcome},
        "unrepaired": proof.unrepaired,
        "repaired": [
            {"id": line.line.id, "text": line.line.text, **asdict(repair), "because": repair.because}
            for repair in proof.repairs
            for line in spoken
            if line.key == repair.now and not line.line.take
        ],
        "doubtful_lines": [
            _line_facts(line, verdict) | {"seconds": round(seconds(line.key), 3)}
            for line, verdict in by_line(proof, spoken, Outcome.DOUBTFUL)
        ],
    }


def by_line(
    proof: Proof, lines: Sequence[PlannedLine], *outcomes: Outcome
) -> list[tuple[PlannedLine, Verdict]]:
    """The lines whose takes were heard, with what was found, the worst first; only those with these outcomes where
    some are named."""
    found = [(line, proof.verdicts[line.key]) for line in lines if line.key in proof.verdicts]
    wanted = [pair for pair in found if not outcomes or pair[1].outcome in outcomes]
    return sorted(wanted, key=lambda pair: pair[1].score)


def _line_facts(line: PlannedLine, verdict: Verdict) -> dict[str, Any]:
    said = line.utterance.text if line.utterance is not None else ""
    return {
        "id": line.line.id,
        "chapter": line.line.chapter + 1,
        "speaker": line.line.speaker,
        "voice": line.voice,
        "text": line.line.text,
        "said": said,
        **verdict.to_json(),
    }


def told(facts: Mapping[str, Any]) -> str:
    """One line for people about what listening found."""
    if not facts.get("listener"):
        return f"nobody listened: {facts['reason']}" if facts.get("reason") else ""
    doubtful = len(facts["doubtful_lines"])
    mended = sum(repair["mended"] for repair in facts.get("repaired", ()))
    found = [f"{mended} taken again and mended"] if mended else []
    found.append(f"{doubtful} doubtful, listed in the report" if doubtful else "nothing is doubtful")
    return f"listened to {facts['heard']} of {facts['lines']} lines: {', '.join(found)}"
