"""Learn the weights of `flows/casting/LANGUAGE/weights.json` from annotated novels, and cross-validate them by author.

    python tools/train_casting.py --lang en --data ../shared/cases/quotes --scorer ../shared/cases/score_quotes.py
    python tools/train_casting.py --lang en ... --write flows/casting/english/weights.json

The data is read where it lies; only weights (one number a named feature) are written. The model is the
conditional chain of `flows/casting/model/chain.py`: log-likelihood of the annotated speakers, unannotated
turns summed out, an L2 penalty, L-BFGS.
Each novel is seen twice: with its cast given, and with the cast the program finds.
Folds are authors: no fold is scored with weights that saw its author.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse

from flows.casting import attribution
from flows.casting.model.chain import Chain, posteriors
from flows.casting.model.features import FEATURES
from flows.casting.readers import READERS

ANTECEDENT_PRIOR = {"only": 0.45, "first": 0.25, "last": 0.25, "passed": -0.45}
"""Before any data: a pronoun means a subject of the sentence before, of its gender."""
PENALTY = 2.5
"""Strength of the L2 penalty (one over the variance of a Gaussian prior on each weight)."""


@dataclass
class Problem:
    """One novel in one mode: evidence as a sparse matrix, chains as slices of it."""

    record: dict[str, Any]
    mode: str
    chains: list[list[int]]
    rows: list[tuple[int, int]]
    ids: list[np.ndarray]
    gold: list[np.ndarray | None]
    x: Any
    same: Any
    back: Any
    cast: Any


def load_scorer(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score_quotes", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build(record: dict[str, Any], mode: str, scorer: Any) -> Problem:
    spans = [(q["start"], q["end"]) for q in record["quotes"]]
    given = [
        {"name": c["name"], "aliases": c.get("aliases", []), "gender": None} for c in record["characters"]
    ]
    work = attribution.prepare(
        record["text"], record["lang"], spans if mode == "gold" else None, given if mode == "gold" else None
    )
    fold = scorer.Folder(record["characters"])
    owner = []
    for person in work.people.persons:
        found = fold(attribution.display_name(person, work.reader))
        if len(found) != 1 and not person.given:
            votes: Counter[str] = Counter()
            for alias, n in person.aliases.items():
                for name in fold(alias):
                    votes[name] += n + 1
            found = {votes.most_common(1)[0][0]} if votes else set()
        owner.append(found)
    if work.people.narrator is not None and record.get("narrator") and not owner[work.people.narrator]:
        owner[work.people.narrator] = {record["narrator"]}
    starts = sorted(((q["start"], q["end"], q["speaker"]) for q in record["quotes"]), key=lambda q: q[0])
    at = np.array([s for s, _, _ in starts])
    ids, gold, rows, n = [], [], [], 0
    row_index, columns = [], []
    same_r, same_c, back_r, back_c = [], [], [], []
    chains: list[list[int]] = []
    for t, (turn, seen) in enumerate(zip(work.turns, work.evidence, strict=True)):
        if turn.chain_break or not chains:
            chains.append([])
        chains[-1].append(t)
        ids.append(np.array(seen.candidates))
        rows.append((n, n + len(seen.candidates)))
        for features in seen.features:
            row_index.extend([n] * len(features))
            columns.extend(features)
            n += 1
        same_r.extend([t] * len(seen.same))
        same_c.extend(seen.same)
        back_r.extend([t] * len(seen.back))
        back_c.extend(seen.back)
        votes = Counter()
        for i in turn.quotes:
            quote = work.prose.quotes[i]
            a = work.prose.starts[quote.paragraph] + quote.inner_start
            b = work.prose.starts[quote.paragraph] + quote.inner_end
            k = max(0, int(np.searchsorted(at, a, "right")) - 1)
            while k < len(starts) and starts[k][0] < b:
                overlap = min(b, starts[k][1]) - max(a, starts[k][0])
                if overlap > 0 and starts[k][2] and not str(starts[k][2]).startswith("_"):
                    votes[starts[k][2]] += overlap
                k += 1
        mask = None
        if votes:
            speaker = votes.most_common(1)[0][0]
            mask = np.array([p >= 0 and speaker in owner[p] for p in seen.candidates])
            if not mask.any():
                mask = None
        gold.append(mask)
    size = len(FEATURES)
    return Problem(
        record, mode, chains, rows, ids, gold,
        scipy.sparse.csr_matrix((np.ones(len(columns)), (row_index, columns)), (n, size)),
        scipy.sparse.csr_matrix((np.ones(len(same_c)), (same_r, same_c)), (len(ids), size)),
        scipy.sparse.csr_matrix((np.ones(len(back_c)), (back_r, back_c)), (len(ids), size)),
        work,
    )  # fmt: skip


def parted(record: dict[str, Any], parts: int) -> list[dict[str, Any]]:
    """One long record of stitched passages as `parts` records, each a fold of its own."""
    text = record["text"]
    breaks = [i for i in range(len(text)) if text.startswith("\n＊＊＊\n", i)]
    if len(breaks) < parts:
        return [record]
    edges = (
        [0]
        + [min(breaks, key=lambda b: abs(b - len(text) * k // parts)) for k in range(1, parts)]
        + [len(text)]
    )
    out = []
    for k, (a, b) in enumerate(itertools.pairwise(edges)):
        quotes = [
            {**q, "start": q["start"] - a, "end": q["end"] - a}
            for q in record["quotes"]
            if a <= q["start"] and q["end"] <= b
        ]
        out.append(
            {
                **record,
                "id": f"{record['id']}-{k}",
                "author": f"{record['author']} part{k}",
                "text": text[a:b],
                "quotes": quotes,
            }
        )
    return out


def objective(
    weights: np.ndarray, problems: list[Problem], penalty: float, prior: np.ndarray
) -> tuple[float, np.ndarray]:
    """Negative penalized log-likelihood and its gradient."""
    away = weights - prior
    value, gradient = 0.5 * penalty * float(away @ away), penalty * away
    for p in problems:
        scores = p.x @ weights
        same, back = p.same @ weights, p.back @ weights
        free, clamped = [], []
        for chain in p.chains:
            moves = np.zeros((len(chain), 3))
            moves[:, 1], moves[:, 2] = same[chain], back[chain]
            ids = [p.ids[t] for t in chain]
            values = [scores[p.rows[t][0] : p.rows[t][1]] for t in chain]
            free.append(Chain(ids, values, moves))
            kept_ids, kept = [], []
            for t, i, v in zip(chain, ids, values, strict=True):
                mask = p.gold[t]
                kept_ids.append(i if mask is None else i[mask])
                kept.append(v if mask is None else v[mask])
            clamped.append(Chain(kept_ids, kept, moves))
        difference = np.zeros(len(scores))
        moved_same, moved_back = np.zeros(len(same)), np.zeros(len(back))
        for chain, a, b in zip(p.chains, posteriors(free), posteriors(clamped), strict=True):
            value += a.log_sum - b.log_sum
            for k, t in enumerate(chain):
                lo, hi = p.rows[t]
                difference[lo:hi] += a.speakers[k]
                mask = p.gold[t]
                if mask is None:
                    difference[lo:hi] -= b.speakers[k]
                else:
                    difference[lo:hi][mask] -= b.speakers[k]
            moved_same[chain] += a.moves[:, 1] - b.moves[:, 1]
            moved_back[chain] += a.moves[:, 2] - b.moves[:, 2]
        gradient = gradient + p.x.T @ difference + p.same.T @ moved_same + p.back.T @ moved_back
    return value, gradient


def prior_mean(names: Sequence[str], beats: float) -> np.ndarray:
    """What is expected before any data: a sure tag all but decides. Weights are pulled to this, not to zero.

    Args:
        beats: of whoever acts beside the words, to have spoken them.
    """
    mean = np.zeros(len(names))
    for i, name in enumerate(names):
        if name.startswith("tag ") and " sure " in name and " beat " not in name:
            mean[i] = 2.5 if name.endswith(" is") else 1.0 if name.endswith("may be") else -2.5
        elif name.startswith("tag beat "):
            mean[i] = beats if name.endswith(" is") else beats / 3 if name.endswith("may be") else -beats
        elif name == "narrator I":
            mean[i] = 4.0
        elif name.startswith("antecedent ") and name.endswith(" pron"):
            mean[i] = ANTECEDENT_PRIOR.get(name.split()[1], 0.0)
        elif name.startswith("called sir or madam in the next line"):
            mean[i] = 0.3 if name.endswith(" agree") else -0.5 if name.endswith(" clash") else 0.0
    return mean


def fit(problems: list[Problem], penalty: float, prior: np.ndarray, rounds: int) -> np.ndarray:
    found = scipy.optimize.minimize(
        objective,
        prior,
        (problems, penalty, prior),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": rounds},
    )
    return np.asarray(found.x)


def predict(problem: Problem, weights: np.ndarray) -> list[tuple[int, int, str | None]]:
    """Spans with speakers, from evidence already gathered."""
    return attribution.speakers(problem.cast, weights)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lang", default="en", choices=tuple(READERS))
    parser.add_argument("--data", type=Path, default=Path("../shared/cases/quotes"))
    parser.add_argument("--scorer", type=Path, default=Path("../shared/cases/score_quotes.py"))
    parser.add_argument("--write", type=Path)
    parser.add_argument("--folds", type=int, default=0, help="0: one fold an author; 1: no cross-validation")
    parser.add_argument(
        "--parts", type=int, default=1, help="cut records of stitched passages into so many, each a fold"
    )
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--penalty", type=float, default=PENALTY)
    parser.add_argument(
        "--beats", type=float, default=0.0, help="what is expected of whoever acts beside the words"
    )
    parser.add_argument("--only", default="", help="records whose id holds this")
    options = parser.parse_args()
    scorer = load_scorer(options.scorer)
    records = [
        r
        for r in scorer.load([str(options.data)])
        if r["lang"] == options.lang and r["quotes"] and options.only in r["id"]
    ]
    records = [part for r in records for part in (parted(r, options.parts) if options.parts > 1 else [r])]
    begun = time.time()
    problems = [build(r, mode, scorer) for r in records for mode in ("gold", "auto")]
    for mode in ("gold", "auto"):
        turns = sum(len(p.gold) for p in problems if p.mode == mode)
        held = sum(g is not None for p in problems if p.mode == mode for g in p.gold)
        print(f"{mode}: {turns} turns, {held} with the annotated speaker among the candidates", flush=True)
    authors = sorted({r["author"].split(",")[0].split()[-1] for r in records})
    folds = authors if not options.folds else [authors[i :: options.folds] for i in range(options.folds)]
    folds = [[f] if isinstance(f, str) else f for f in folds]
    if options.folds == 1:
        folds = []
    sums: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)

    def tally(protocol: str, chosen: list[Problem], weights: np.ndarray) -> None:
        for p in chosen:
            o = scorer.score_record(p.record, predict(p, weights))
            if p.record.get("complete", True):
                o["gold_spans_c"], o["found_spans_c"] = o["gold_spans"], o["found_spans"]
            sums[protocol, p.mode, p.record["id"].split("-")[0]].update(o)
            if p.record["id"].startswith("pdnc"):
                sums[protocol, p.mode, p.record["id"]].update(o)

    prior = prior_mean(FEATURES, options.beats)
    whole = fit(problems, options.penalty, prior, options.rounds)
    print(
        f"all: {time.time() - begun:.0f} s, objective {objective(whole, problems, options.penalty, prior)[0]:.0f}",
        flush=True,
    )
    if options.write:
        table = {name: round(float(w), 3) for name, w in zip(FEATURES, whole, strict=True) if abs(w) >= 0.005}
        options.write.write_text(
            json.dumps(
                {
                    "recipe": "tools/train_casting.py",
                    "penalty": options.penalty,
                    "beats": options.beats,
                    "weights": table,
                },
                ensure_ascii=False,
                indent=0,
            )
            + "\n",
            "utf-8",
        )
        print(f"{len(table)} weights in {options.write}", file=sys.stderr)
    tally("in-sample", problems, whole)
    for fold in folds:

        def here(p: Problem, fold: list[str] = fold) -> bool:
            return any(a in p.record["author"] for a in fold)

        held_out = [p for p in problems if here(p)]
        # from the prior, never from weights that saw the fold
        kept = [p for p in problems if not here(p)]
        tally("cross-validated", held_out, fit(kept, options.penalty, prior, options.rounds))
    for (protocol, mode, name), o in sorted(sums.items()):
        print(f"{protocol:16s}{mode:5s}", end="")
        scorer.line(name, scorer.report(o))
    print(f"{time.time() - begun:.0f} s")


if __name__ == "__main__":
    main()
