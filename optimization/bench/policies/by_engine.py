"""Policies that ask an engine of the platform."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import numpy as np

from optimization import drift
from optimization.allocate import gamma_at
from optimization.bench.policy import Seen, Share
from optimization.engines.seed import SeedEngine
from optimization.problem import Arm, Engine, Floats, Ints, Learned, Plan, Texts

Schedule = Callable[[int, int], float]  # rounds played, rounds in all -> gamma


def open_ended(played: int, horizon: int) -> float:
    del played, horizon
    return 1.0


def annealed(played: int, horizon: int) -> float:
    """As on the platform until an end date."""
    return gamma_at(played / horizon)


@dataclass(slots=True)
class ByEngine:
    """``plan``: what does not change from round to round; without a q the engine chooses it."""

    engine: Engine
    plan: Plan = field(default_factory=Plan)
    gamma: Schedule = open_ended
    with_prior: bool = False
    warm: dict[str, float] = field(default_factory=dict)
    served: tuple[tuple[tuple[int, ...], ...], ...] = ()

    def choose(self, seen: Seen, rng: np.random.Generator) -> tuple[Share, ...]:
        learned = self._learn(seen, rng)
        self.served = tuple(tuple(a.combination for a in arms) for arms in learned.batches)
        return _shares(learned, known=seen.played > 0)

    def recommend(self, seen: Seen, rng: np.random.Generator) -> tuple[Ints, ...]:
        learned = self._learn(seen, rng)
        return tuple(
            np.array(max(arms, key=lambda arm: arm.rate).combination) for arms in learned.batches
        )

    def _learn(self, seen: Seen, rng: np.random.Generator) -> Learned:
        factor = drift.discount(seen.past, seen.sizes, seen.segments, seen.texts)
        problem = seen.problem(factor)
        if self.with_prior:
            problem = replace(problem, texts=Texts(seen.texts.embeddings, seen.prior))
        gamma = self.gamma(seen.played, seen.horizon)
        plan = replace(self.plan, gamma=gamma, served=self.served)
        learned = self.engine.learn(problem, seen.grid, plan, rng, self.warm or None)
        self.warm = dict(learned.hypers)
        return learned


def _shares(learned: Learned, *, known: bool) -> tuple[Share, ...]:
    """``known``: there were counts to predict from."""
    wholes = [(each.low, each.high) for each in learned.served] if known else []
    return tuple(
        _share(arms, whole, known=known)
        for arms, whole in zip_longest(learned.batches, wholes[: len(learned.batches)])
    )


def _share(arms: tuple[Arm, ...], whole: tuple[float, float] | None, *, known: bool) -> Share:
    low, high = (np.array([getattr(arm, name) for arm in arms]) for name in ("low", "high"))
    return Share(
        values=np.array([arm.combination for arm in arms], np.int64),
        weights=np.array([arm.weight for arm in arms]),
        arms=(low, high) if known else None,
        whole=whole,
    )


class Seed:
    """The seed as written: L0 of the reference."""

    def choose(self, seen: Seen, rng: np.random.Generator) -> tuple[Share, ...]:
        engine = SeedEngine(literal_features(seen))
        learned = engine.learn(seen.problem(), seen.grid, Plan(q=seen.q), rng)
        return _shares(learned, known=False)

    def recommend(self, seen: Seen, rng: np.random.Generator) -> tuple[Ints, ...]:
        engine = SeedEngine(literal_features(seen))
        return engine.top(seen.problem(), seen.grid, rng)


def literal_features(seen: Seen) -> Callable[[Ints], Floats] | None:
    if seen.literal is None:
        return None
    table = seen.literal()
    return lambda values: table[np.ravel_multi_index(tuple(values.T), seen.sizes)]
