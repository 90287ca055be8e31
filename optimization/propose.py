"""Candidate combinations and the many batches made of them (pure).

Proposals i to v of docs/optimiser.md, and the space-filling first batch.
"""

from dataclasses import dataclass

import numpy as np

from optimization import masks
from optimization.beliefs import Beliefs
from optimization.problem import Combination, Floats, Grid, Ints, Plan

SAMPLED_BATCHES = 5000
EDITED_BATCHES = 2000
UNIFORM_BATCHES = 500
EDITS = 8  # one-component edits of each candidate
TOP_MEANS = 128
UNIFORM_ROWS = 2000
MAX_EDITED = 256  # of the candidates that are edited
SMALL = 2000  # up to so many combinations, all are candidates
FIRST_SPREAD = 0.2  # log-odds: how far chance moves the content prior's order in a first batch


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates of one segment, all allowed and each once."""

    values: Ints  # (m, C)
    votes: Ints  # (m,) samples in which it is the best of all combinations
    sources: Ints  # (e,) candidates that have edits
    edits: Ints  # (e, EDITS) rows of values
    uniform: Ints  # (u,) rows drawn uniformly
    served: Ints  # rows that serve now
    pinned: Ints  # rows that stay in whatever is chosen


def size(plan: Plan, grid: Grid) -> int:
    """q: the plan's, or two for each value of the largest component, 8 to 32."""
    return plan.q or min(max(8, 2 * max(grid.sizes)), 32)


def pool(beliefs: Beliefs, segment: int, grid: Grid, plan: Plan, rng: np.random.Generator) -> Pool:
    """What batches of a segment are made of. Raises NothingAllowed."""
    best, votes = np.unique(beliefs.argmax(segment, grid, rng), axis=0, return_counts=True)
    edited = best[np.argsort(-votes, kind="stable")[:MAX_EDITED]]
    serving = plan.served[segment] if segment < len(plan.served) else ()
    parts = {
        "best": best,
        "edited": edited,
        "edits": edits(edited, grid, rng),
        "uniform": masks.draw(grid, UNIFORM_ROWS, rng),
        "served": _allowed(serving, grid),
        "pinned": _allowed(plan.pinned, grid),
        "top": beliefs.top(segment, grid, TOP_MEANS, rng),
    }
    if masks.unruled(grid) <= SMALL:
        parts["all"] = masks.listed(grid)
    values, places = _unique(np.concatenate(list(parts.values())), grid.sizes)
    ends = np.cumsum([len(each) for each in parts.values()])[:-1]
    rows = dict(zip(parts, np.split(places, ends), strict=True))
    counted = np.zeros(len(values), dtype=np.int64)
    counted[rows["best"]] = votes
    return Pool(
        values,
        counted,
        rows["edited"],
        rows["edits"].reshape(-1, EDITS),
        np.unique(rows["uniform"]),
        np.unique(rows["served"]),
        rows["pinned"][np.sort(np.unique(rows["pinned"], return_index=True)[1])],
    )


def without(candidates: Pool, dropped: Ints) -> Pool:
    """The pool without some rows; the pinned stay."""
    kept = np.setdiff1d(np.arange(len(candidates.values)), np.setdiff1d(dropped, candidates.pinned))
    place = np.full(len(candidates.values), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    sources = place[candidates.sources]
    edited = place[candidates.edits][sources >= 0]
    sources = sources[sources >= 0]
    uniform, served = place[candidates.uniform], place[candidates.served]
    return Pool(
        candidates.values[kept],
        candidates.votes[kept],
        sources,
        np.where(edited < 0, sources[:, None], edited),
        uniform[uniform >= 0],
        served[served >= 0],
        place[candidates.pinned],
    )


def edits(rows: Ints, grid: Grid, rng: np.random.Generator) -> Ints:
    """EDITS neighbours of each row that differ in one component; itself where none is allowed."""
    result = np.repeat(rows, EDITS, axis=0)
    values = masks.usable_values(grid)
    component = rng.integers(len(values), size=len(result))
    for c, usable in enumerate(values):
        changed = component == c
        result[changed, c] = usable[rng.integers(len(usable), size=int(changed.sum()))]
    refused = ~masks.allows(grid, result)
    result[refused] = np.repeat(rows, EDITS, axis=0)[refused]
    return result


def by_votes(candidates: Pool, means: Floats, q: int) -> Ints:
    """Proposal i: the q that are most often the best, pinned first; ties by mean: (q,)."""
    order = np.lexsort([-means, -candidates.votes])
    others = order[~np.isin(order, candidates.pinned)]
    return np.concatenate([candidates.pinned, others])[: max(q, len(candidates.pinned))]


def batches(candidates: Pool, means: Floats, q: int, rng: np.random.Generator) -> Ints:
    """Proposals iii to v, each a set of q rows with all that is pinned: (B, q)."""
    weights = candidates.votes.astype(np.float64)
    if (weights > 0).sum() < q:
        best = np.argsort(-means, kind="stable")[: 2 * q]
        weights[best] = np.maximum(weights[best], 1e-3)
    sampled = _drawn(weights, candidates.pinned, (SAMPLED_BATCHES, q), rng)
    everyone = np.zeros(len(weights))
    everyone[candidates.uniform] = 1
    uniform = _drawn(everyone, candidates.pinned, (UNIFORM_BATCHES, q), rng)
    edited = _edited(sampled[:EDITED_BATCHES], candidates, rng)
    return np.concatenate([sampled, edited, uniform])


def first(
    grid: Grid,
    pinned: tuple[Combination, ...],
    q: int,
    expected: tuple[Floats | None, ...],
    rng: np.random.Generator,
) -> Ints:
    """The first batch: values spread evenly, per component a permutation of them: (<= q, C).

    What is pinned and allowed comes first.

    Where a content prior is known, of its best max(4, q) values only. Rows that a rule forbids
    are replaced by uniform draws. Raises NothingAllowed.
    """
    more = masks.draw(grid, 4 * q, rng)
    columns = [
        _spread(values, q, expected[c] if c < len(expected) else None, rng)
        for c, values in enumerate(masks.usable_values(grid))
    ]
    rows = np.stack(columns, axis=1)
    rows = rows[masks.allows(grid, rows)]
    kept = _allowed(pinned, grid)
    return _in_order(np.concatenate([kept, rows, more]))[: max(q, len(kept))]


def _spread(values: Ints, q: int, expected: Floats | None, rng: np.random.Generator) -> Ints:
    if expected is not None:
        noisy = expected[values] + rng.normal(0, FIRST_SPREAD, size=len(values))
        values = values[np.argsort(-noisy, kind="stable")[: max(4, q)]]
    return np.resize(rng.permutation(values), q)


def _drawn(weights: Floats, pinned: Ints, shape: tuple[int, int], rng: np.random.Generator) -> Ints:
    """Sets of distinct rows drawn by weight without replacement, pinned first."""
    many, q = shape
    free = max(0, q - len(pinned))
    rows = np.flatnonzero(weights)
    rows = rows[~np.isin(rows, pinned)]
    if len(rows) < free:
        return np.empty((0, max(q, len(pinned))), dtype=np.int64)
    always = np.repeat(pinned[None, :], many, axis=0)
    if not free:
        return always
    waits = rng.standard_exponential((many, len(rows)), dtype=np.float32)
    waits /= weights[rows].astype(np.float32)
    places = np.argpartition(waits, free - 1, axis=1)[:, :free]
    return np.concatenate([always, rows[places]], axis=1)


def _edited(sampled: Ints, candidates: Pool, rng: np.random.Generator) -> Ints:
    """Proposal iv: sampled batches with one arm, not a pinned one, changed in one component."""
    many, q = sampled.shape
    if not many or not len(candidates.sources) or q <= len(candidates.pinned):
        return sampled[:0]
    place = np.full(len(candidates.values), -1, dtype=np.int64)
    place[candidates.sources] = np.arange(len(candidates.sources))
    result, every = sampled.copy(), np.arange(many)
    column = rng.integers(len(candidates.pinned), q, size=many)
    source = place[sampled[every, column]]
    changed = candidates.edits[source, rng.integers(EDITS, size=many)]
    result[every, column] = np.where(source >= 0, changed, sampled[every, column])
    ordered = np.sort(result, axis=1)
    distinct: Ints = result[(ordered[:, 1:] != ordered[:, :-1]).all(axis=1)]
    return distinct


def _allowed(combinations: tuple[Combination, ...], grid: Grid) -> Ints:
    rows = [each for each in combinations if len(each) == len(grid.sizes)]
    values = np.array(rows, dtype=np.int64).reshape(-1, len(grid.sizes))
    return values[masks.allows(grid, values)]


def _unique(rows: Ints, sizes: tuple[int, ...]) -> tuple[Ints, Ints]:
    """Distinct rows and the place of each row among them; by one number a row where it fits."""
    if np.prod(np.array(sizes, dtype=np.float64)) < 2**62:
        codes = np.ravel_multi_index(tuple(rows.T), sizes)
        _, index, places = np.unique(codes, return_index=True, return_inverse=True)
        return rows[index], places.ravel()
    values, places = np.unique(rows, axis=0, return_inverse=True)
    return values, places.ravel()


def _in_order(rows: Ints) -> Ints:
    """Distinct rows, each where it stood first."""
    return rows[np.sort(np.unique(rows, axis=0, return_index=True)[1])]
