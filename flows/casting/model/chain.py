"""One chain per conversation: who speaks depends on who spoke before and before that.

A second-order chain over turns. Its states are the candidates of each turn; a turn's score is its evidence plus a
weight for speaking again (`SAME`), for answering (`BACK`: the speaker before the last one) or for somebody new
(`NEW`). Probabilities come from the forward-backward algorithm (Rabiner 1989, "A tutorial on hidden Markov models",
section III, for the first order; a pair of speakers is the state here), all chains of a book at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEW, SAME, BACK = 0, 1, 2
_PAD = -9
_BEFORE = -5


@dataclass(frozen=True, slots=True)
class Chain:
    """One conversation.

    Args:
        ids: candidate person ids per turn, each `[K_t]`.
        scores: evidence (log) per turn and candidate, each `[K_t]`.
        moves: log weights `[T, 3]` of NEW, SAME, BACK for each turn (the first turn's are not used).
    """

    ids: Sequence[Ints]
    scores: Sequence[Floats]
    moves: Floats


@dataclass(frozen=True, slots=True)
class Posterior:
    """Per chain: probability of each candidate `[T][K_t]`, of each move `[T, 3]`, and the log of the chain's sum."""

    speakers: list[Floats]
    moves: Floats
    log_sum: float


def posteriors(chains: Sequence[Chain], with_moves: bool = True) -> list[Posterior]:
    """Forward-backward over every chain; chains are independent of one another.

    Args:
        with_moves: whether `Posterior.moves` is wanted (learning needs it); zeros otherwise, in a fifth less time.
    """
    order = sorted(range(len(chains)), key=lambda c: -len(chains[c].ids))
    result: list[Posterior | None] = [None] * len(chains)
    at = 0
    while at < len(order):  # batches of chains of like length
        longest = len(chains[order[at]].ids)
        stop = at + 1
        while stop < len(order) and stop - at < 256 and len(chains[order[stop]].ids) * 2 >= longest:
            stop += 1
        batch = order[at:stop]
        for c, posterior in zip(batch, _batch([chains[c] for c in batch], with_moves), strict=True):
            result[c] = posterior
        at = stop
    return [r for r in result if r is not None]


@dataclass(frozen=True, slots=True)
class _Padded:
    """Chains of like length side by side: `T` turns, `C` chains, `K` candidates.

    Args:
        ids: `[T + 2, C, K]`, two turns of nobody before the first; `_PAD` where a turn has fewer candidates.
        emission: `[T, C, K]`, a turn's scores over its best, as factors; 0 where padded.
        moves: `[T, C, 3]` factors.
        live: how many chains have a turn `t`; those are the first ones, for the chains stand longest first.
        log_tops: `[C]`, the logs of the best scores, summed.
    """

    ids: Ints
    emission: Floats
    moves: Floats
    live: list[int]
    log_tops: Floats


@dataclass(frozen=True, slots=True)
class _Forward:
    """What the forward pass leaves, by turn: `alphas [C, K, K]` of (speaker before, speaker), normed; who is
    the `same` as before or the one `back` before that; how much of alpha are `answers`; and `log_norm [C]`."""

    alphas: list[Floats]
    same: list[npt.NDArray[np.bool_]]
    back: list[Floats]
    answers: list[Floats]
    log_norm: Floats


def _batch(chains: Sequence[Chain], with_moves: bool) -> list[Posterior]:
    padded = _pad(chains)
    forward = _go_forward(padded, with_moves)
    marginals, moved = _go_backward(padded, forward, with_moves)
    log_sum = padded.log_tops + forward.log_norm
    result = []
    for b, chain in enumerate(chains):
        n = len(chain.ids)
        speakers = [marginals[t, b, : len(chain.ids[t])] for t in range(n)]
        result.append(Posterior(speakers, moved[:n, b], float(log_sum[b])))
    return result


def _pad(chains: Sequence[Chain]) -> _Padded:
    count, length = len(chains), len(chains[0].ids)
    width = max(len(ids) for chain in chains for ids in chain.ids)
    ids = np.full((length + 2, count, width), _PAD, np.int64)
    ids[:2, :, 0] = [[_BEFORE], [_BEFORE - 1]]
    emission = np.zeros((length, count, width))
    moves = np.ones((length, count, 3))
    lengths = [len(chain.ids) for chain in chains]
    sizes = np.array([len(names) for chain in chains for names in chain.ids])
    firsts = np.cumsum(sizes) - sizes
    scores = np.concatenate([s for chain in chains for s in chain.scores])
    tops = np.maximum.reduceat(scores, firsts)
    owner = np.repeat(np.arange(count), lengths)  # per turn: its chain, and its place in it
    place = np.arange(len(sizes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    where = (
        np.repeat(place, sizes),
        np.repeat(owner, sizes),
        np.arange(len(scores)) - np.repeat(firsts, sizes),
    )
    ids[2:][where] = np.concatenate([names for chain in chains for names in chain.ids])
    emission[where] = np.exp(scores - np.repeat(tops, sizes))
    moves[place, owner] = np.exp(np.concatenate([chain.moves for chain in chains]))
    live = np.bincount(place, minlength=length).tolist()
    log_tops = np.asarray(np.bincount(owner, tops, count), np.float64)
    return _Padded(ids, emission, moves, live, log_tops)


def _go_forward(padded: _Padded, with_moves: bool) -> _Forward:
    ids = padded.ids
    length, count, width = padded.emission.shape
    done = _Forward([], [], [], [], np.zeros(count))
    alpha = np.zeros((count, width, width))
    alpha[:, 0, 0] = 1.0
    for t in range(length):
        n = padded.live[t]
        now, before, earlier = ids[t + 2, :n], ids[t + 1, :n], ids[t, :n]
        is_same = before[:, :, None] == now[:, None, :]
        is_back = (earlier[:, :, None] == now[:, None, :]).astype(np.float64)
        alpha = alpha[:n]
        total = alpha.sum(1)
        answered = np.matmul(alpha.transpose(0, 2, 1), is_back)
        w = padded.moves[t, :n, :, None, None] if t else np.ones((n, 3, 1, 1))
        e = padded.emission[t, :n, None, :]
        other = np.where(is_same, 0.0, w[:, NEW] * (total[:, :, None] - answered))
        answer = np.where(is_same, 0.0, w[:, BACK] * answered)
        alpha = (np.where(is_same, w[:, SAME] * total[:, :, None], 0.0) + np.maximum(other, 0.0) + answer) * e
        norm = alpha.sum((1, 2))
        alpha = alpha / norm[:, None, None]
        done.log_norm[:n] += np.log(norm)
        done.alphas.append(alpha)
        done.same.append(is_same)
        done.back.append(is_back)
        if with_moves:
            done.answers.append(answer * e / norm[:, None, None])
    return done


def _go_backward(padded: _Padded, forward: _Forward, with_moves: bool) -> tuple[Floats, Floats]:
    """Probabilities of the speakers `[T, C, K]` and of the moves `[T, C, 3]`."""
    length, count, width = padded.emission.shape
    marginals = np.zeros((length, count, width))
    moved = np.zeros((length, count, 3))
    beta = np.ones((count, width, width))
    for t in range(length - 1, -1, -1):
        n = padded.live[t]
        later = padded.live[t + 1] if t + 1 < length else 0
        fresh = np.ones((n, width, width))
        if later:
            fresh[:later] = _beta(padded, forward, beta[:later], t + 1)
        beta = fresh
        pair = forward.alphas[t] * beta
        z = np.maximum(pair.sum((1, 2)), 1e-300)
        marginals[t, :n] = pair.sum(1) / z[:, None]
        if with_moves:
            moved[t, :n, SAME] = np.where(forward.same[t], pair, 0.0).sum((1, 2)) / z
            moved[t, :n, BACK] = (forward.answers[t] * beta).sum((1, 2)) / z
            moved[t, :n, NEW] = 1.0 - moved[t, :n, SAME] - moved[t, :n, BACK]
    return marginals, moved


def _beta(padded: _Padded, forward: _Forward, beta: Floats, t: int) -> Floats:
    """Beta `[C, K, K]` of the turn before `t` from that of turn `t`, normed to a greatest value of 1."""
    m = len(beta)
    g = padded.emission[t, :m, None, :] * beta
    w = padded.moves[t, :m]
    kept = np.where(forward.same[t], g, 0.0)
    others = g - kept
    base = w[:, SAME, None] * kept.sum(2) + w[:, NEW, None] * others.sum(2)
    extra = np.matmul(forward.back[t], others.transpose(0, 2, 1)) * (w[:, BACK] - w[:, NEW])[:, None, None]
    fresh: Floats = base[:, None, :] + extra
    fresh /= np.maximum(fresh.max((1, 2)), 1e-300)[:, None, None]
    return fresh
