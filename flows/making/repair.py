"""Doubtful takes are taken again, heard, and the best is kept. No Prefect here.

What is chosen follows from the lines and from the verdicts alone: a second run, or one without its ledger, chooses the
same. A take that a person chose is heard, and never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.making.engines import Engines
from flows.making.plan import PlannedLine, choices, other_take
from flows.making.proof import known_verdicts, prove
from flows.making.takes import Speak
from flows.making.voices import Voices
from flows.proof.listener import Listener
from flows.proof.verdict import Fault, Outcome, Proof, Repair, Verdict
from flows.workspace.ledger import Choice, Ledger, Why
from flows.workspace.progress import reporter
from flows.workspace.project import Project
from tts_core.registry import describe
from tts_core.takes import Keys

MOST_RETAKES = 2
"""How often a doubtful take is taken again."""

MANY = 0.10
"""Share of the takes from which, if so many are doubtful, the voice or the listener is at fault and not the takes: one
peer asked for 172 new recordings of one book, all of them needless."""

FEW = 20
"""Doubtful takes that are always taken again: in a short text they are soon a tenth."""

BY_READING = frozenset({Fault.READING})
"""Faults that lie in what an engine is given: where it draws nothing at random, no other take of that mends them."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """The lines with the takes that are kept, and what is thought of those."""

    lines: tuple[PlannedLine, ...]
    proof: Proof


Other = Callable[[PlannedLine, int], PlannedLine | None]
"""A line and a number → that take of it; None where there is none."""

Hear = Callable[[Sequence[PlannedLine]], Mapping[str, Verdict]]
"""Makes the takes of some lines and listens to them: verdicts by take key."""


def repaired(
    project: Project,
    lines: Sequence[PlannedLine],
    engines: Engines,
    voices: Voices,
    listener: Listener,
    ledger: Ledger,
    proof: Proof,
    speak: Speak,
    *,
    other: Other | None = None,
) -> Repaired:
    """Repair what `prove` found doubtful, and write down in the ledger which take each line has and why.

    Args:
        lines: as they were spoken and heard.
        listener: which heard them. proof: what was found.
        speak: makes takes.
        other: how another take of a line comes about; None: as its engine has it.

    Raises:
        CorruptTake: a damaged take; it is set aside, to be made anew.
        DuoyinError: a take cannot be made.
    """

    def hear(candidates: Sequence[PlannedLine]) -> Mapping[str, Verdict]:
        known = known_verdicts(ledger, proof.listener, {line.key for line in candidates})
        if any(line.key not in known for line in candidates):
            speak(project, candidates, engines, voices, ledger)
        return prove(project, candidates, listener, ledger, among=lines).verdicts

    made = repair(lines, proof, other=other or of_engine(engines), hear=hear)
    changed = [now for was, now in zip(lines, made.lines, strict=True) if now.key != was.key]
    asked = {line.key for line in changed}
    if asked - project.takes.present(asked):
        speak(project, changed, engines, voices, ledger)
    ledger.choose(_choices(made))
    return made


def of_engine(engines: Engines) -> Other:
    """Other takes of lines as their engines have them."""
    keys = Keys()
    return lambda line, number: other_take(line, number, engines.engine(line.engine), keys)


def repair(lines: Sequence[PlannedLine], proof: Proof, *, other: Other, hear: Hear) -> Repaired:
    """Take doubtful lines again, at most `MOST_RETAKES` times, all of a round together; keep the best of each.

    A clean take is better than any other; of others that with the higher score; of equals the earlier.
    """
    suspects = {
        line.key: line
        for line in lines
        if not line.line.take and _outcome(proof, line.key) is Outcome.DOUBTFUL
    }
    if not suspects:
        return Repaired(tuple(lines), proof)
    if len(suspects) > max(FEW, MANY * len(proof.verdicts)):
        reason = (
            f"{len(suspects)} of {len(proof.verdicts)} takes are doubtful: that is the voice or the listener, "
            "not the takes, so none is taken again. Hear some of them, then change the voice, or set proof: off."
        )
        reporter().warn(reason)
        return Repaired(tuple(lines), replace(proof, unrepaired=reason))
    kept = _best_takes(suspects, proof, other, hear)
    # lines of one take may be spelled differently: each has its own words in the take that is kept
    now = tuple(
        line
        if line.line.take or line.key not in kept or kept[line.key].line.take == line.take
        else other(line, kept[line.key].line.take) or line
        for line in lines
    )
    used = {line.key for line in now}
    verdicts = {**proof.verdicts, **{found.line.key: found.verdict for found in kept.values()}}
    repairs = tuple(found.told(was) for was, found in kept.items() if found.tried)
    mended = sum(repair.mended for repair in repairs)
    if repairs:
        left = len(suspects) - mended
        reporter().stage(
            "Repaired", f"{mended} of {len(suspects)} takes" + (f"; {left} stay doubtful" if left else "")
        )
    return Repaired(
        now, replace(proof, verdicts={k: v for k, v in verdicts.items() if k in used}, repairs=repairs)
    )


def as_kept(lines: Sequence[PlannedLine], ledger: Ledger, other: Other) -> list[PlannedLine]:
    """The lines with the takes that they had in the last run, which are other than the first where repair chose so."""
    chosen = ledger.choices()

    def kept(line: PlannedLine) -> PlannedLine:
        wanted = chosen.get(line.line.id, line.key)
        if line.line.take or not line.key or wanted == line.key:
            return line
        takes = (other(line, number) for number in range(2, MOST_RETAKES + 2))
        return next((take for take in takes if take is not None and take.key == wanted), line)

    return [kept(line) for line in lines]


@dataclass(slots=True)
class _Kept:
    """The best take of a line so far. `tried`: how many others were heard. `hopeless`: no other will mend it."""

    line: PlannedLine
    verdict: Verdict
    first: Verdict
    tried: int = 0
    hopeless: bool = False

    def hear(self, line: PlannedLine, verdict: Verdict) -> None:
        """One more take of the line."""
        self.tried += 1
        self.hopeless = not describe(line.engine).draws and _same_words_wrong(self.first, verdict)
        if _better(verdict, self.verdict):
            self.line, self.verdict = line, verdict

    def told(self, was: str) -> Repair:
        return Repair(
            was=was,
            now=self.line.key,
            take=self.line.take,
            tried=self.tried,
            mended=self.verdict.outcome is not Outcome.DOUBTFUL,
            findings=self.first.findings,
        )


def _best_takes(
    suspects: Mapping[str, PlannedLine], proof: Proof, other: Other, hear: Hear
) -> dict[str, _Kept]:
    """The best take of each suspect, by the key of its first."""
    kept = {key: _Kept(line, proof.verdicts[key], proof.verdicts[key]) for key, line in suspects.items()}
    for key, line in suspects.items():
        faults = {finding.fault for finding in kept[key].first.findings}
        kept[key].hopeless = bool(faults) and faults <= BY_READING and not describe(line.engine).draws
    for number in range(2, MOST_RETAKES + 2):
        tried: dict[str, PlannedLine] = {}
        for key, best in kept.items():
            if best.verdict.outcome is Outcome.DOUBTFUL and not best.hopeless:
                candidate = other(suspects[key], number)
                if candidate is not None:
                    tried[key] = candidate
        if not tried:
            break
        reporter().stage("Repairing", f"{len(tried)} doubtful: take {number} of each")
        heard = hear(list(tried.values()))
        for key, candidate in tried.items():
            if candidate.key in heard:
                kept[key].hear(candidate, heard[candidate.key])
    return kept


def _better(one: Verdict, other: Verdict) -> bool:
    """Whether a take is better than one that was there before it."""
    return (one.outcome is Outcome.CLEAN, one.score) > (other.outcome is Outcome.CLEAN, other.score)


def _same_words_wrong(first: Verdict, again: Verdict) -> bool:
    """Whether nothing is wrong but words heard as others, and those are the same in both takes: so the model says
    them."""
    wrong = [{(f.fault, f.said, f.heard) for f in verdict.findings} for verdict in (first, again)]
    return wrong[0] == wrong[1] and all(fault is Fault.SWAPPED for fault, _, _ in wrong[0])


def _outcome(proof: Proof, key: str) -> Outcome | None:
    verdict = proof.verdicts.get(key)
    return verdict.outcome if verdict is not None else None


def _choices(made: Repaired) -> list[Choice]:
    """What the ledger gets to know of the takes that lines have."""
    because = {repair.now: repair.because for repair in made.proof.repairs if repair.now != repair.was}
    return [
        replace(choice, why=Why.REPAIRED, reason=because[choice.key])
        if choice.key in because and not line.line.take
        else choice
        for choice, line in zip(choices(made.lines), (line for line in made.lines if line.key), strict=True)
    ]
