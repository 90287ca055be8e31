"""From beliefs to batches: candidates, the best batch by qEI, traffic inside it (pure) [FLOW]."""

from dataclasses import dataclass

import numpy as np

from optimization import acquire, allocate, masks, propose
from optimization.beliefs import Beliefs, Singles
from optimization.problem import Arm, Estimate, Floats, Grid, Ints, Plan

INTERVAL = (0.05, 0.95)
# Hyper-parameters are taken at their mode, as if they were known. What is uncertain of them is
# common to all arms, so that it hardly shows in one arm, but in the rate of the whole batch: there
# 90 % intervals held 78 to 86 % of the truths. Measured in 20 campaigns, docs/benchmarks.md.
WIDER = 1.25


@dataclass(frozen=True, slots=True)
class Batch:
    """What a segment serves next."""

    arms: tuple[Arm, ...]  # largest weight first
    rate: Estimate  # of the whole batch at its weights
    proposals: int  # batches that were scored


def batch(
    beliefs: Beliefs, segment: int, grid: Grid, plan: Plan, rng: np.random.Generator
) -> Batch:
    """The next batch of one segment. Raises NothingAllowed."""
    pool = propose.pool(beliefs, segment, grid, plan, rng)
    pool = _guarded(beliefs, segment, pool, grid, plan)
    utilities, means = beliefs.at(pool.values, segment), beliefs.mean(pool.values, segment)
    q = min(propose.size(plan, grid), len(pool.values))
    incumbent = acquire.incumbents(utilities, means, pool.served, learn=plan.goal == "learn")
    candidates = np.concatenate(
        [
            propose.by_votes(pool, means, q)[None, :],
            acquire.greedy(utilities, means, q, incumbent, pool.pinned)[None, :],
            propose.batches(pool, means, q, rng),
        ]
    )
    rows = acquire.chosen(utilities, means, candidates, incumbent)
    arms, rate = served(beliefs, segment, pool.values[rows], plan)
    return Batch(arms, rate, len(candidates))


def first(
    beliefs: Beliefs,
    segment: int,
    grid: Grid,
    plan: Plan,
    *,
    expected: tuple[Floats | None, ...],
    rng: np.random.Generator,
) -> Batch:
    """The batch before any trial: pinned arms, then values spread evenly, in equal parts."""
    q = propose.size(plan, grid)
    values = propose.first(grid, plan.pinned, q, expected, rng)
    arms, rate = served(beliefs, segment, values, plan, equal=True)
    return Batch(arms, rate, 1)


def served(
    beliefs: Beliefs, segment: int, values: Ints, plan: Plan, *, equal: bool = False
) -> tuple[tuple[Arm, ...], Estimate]:
    """Arms of a chosen batch, values (q, C), with their traffic; ``equal`` splits it evenly."""
    utilities = beliefs.at(values, segment)
    best = allocate.chances(utilities)
    weights = allocate.shares(
        np.full(len(best), 1 / len(best)) if equal else best,
        plan.gamma,
        floor=plan.floor / plan.gamma,
        cap=allocate.cap_at(plan.cap, plan.gamma),
        uniform=plan.uniform,
    )
    rates = beliefs.rate(utilities, segment)
    arms = [
        Arm(tuple(row), float(weight), each.mean, each.low, each.high, float(chance))
        for row, weight, each, chance in zip(
            values.tolist(), weights, estimates(rates), best, strict=True
        )
    ]
    arms.sort(key=lambda arm: -arm.weight)
    return tuple(arms), _widened(estimates((weights @ rates)[None, :])[0])


def estimates(rates: Floats | Singles) -> list[Estimate]:
    """Mean and 90 % interval of each row of sampled rates (m, S)."""
    low, high = np.quantile(rates, INTERVAL, axis=1)
    means = rates.mean(axis=1, dtype=np.float64)
    return [Estimate(*map(float, each)) for each in zip(means, low, high, strict=True)]


def _widened(rate: Estimate) -> Estimate:
    low = rate.mean - WIDER * (rate.mean - rate.low)
    return Estimate(rate.mean, max(low, 0.0), rate.mean + WIDER * (rate.high - rate.mean))


def _guarded(
    beliefs: Beliefs, segment: int, pool: propose.Pool, grid: Grid, plan: Plan
) -> propose.Pool:
    """Without what is clearly worse than the control, where one is known and something is left."""
    known = np.array([plan.control or ()], dtype=np.int64)
    if known.shape[1] != len(grid.sizes) or not masks.inside(grid, known).all():
        return pool
    control = beliefs.at(known, segment)
    rates = beliefs.rate(beliefs.at(pool.values, segment), segment)
    worse = allocate.clearly_worse(rates, beliefs.rate(control, segment)[0])
    return pool if worse.all() else propose.without(pool, np.flatnonzero(worse))
