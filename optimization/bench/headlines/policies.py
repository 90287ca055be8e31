"""How traffic is split between the headlines of every test: docs/optimiser.md, Benchmark (pure)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimization.bench.headlines.ahead import Ahead
from optimization.bench.headlines.arms import DRAWS, State, believe, chance_best, draws, sharpened
from optimization.problem import Floats

EXPLORED = 0.3  # share of batches with equal traffic before test-then-rollout decides
EPSILON = 0.1

Policy = Callable[[State, np.random.Generator], Floats]  # weights (T, A), rows sum to 1


def uniform(state: State, rng: np.random.Generator) -> Floats:
    del rng
    return state.there / state.there.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


def rollout(state: State, rng: np.random.Generator) -> Floats:
    """Equal traffic for 30 % of the batches, then all of it on the best so far."""
    if state.played < EXPLORED * state.horizon:
        return uniform(state, rng)
    return _greedy(state, (state.successes + 1) / (state.trials + 50))


def eps_greedy(state: State, rng: np.random.Generator) -> Floats:
    if not state.played:
        return uniform(state, rng)
    best = _greedy(state, (state.successes + 0.5) / (state.trials + 30))
    return EPSILON * uniform(state, rng) + (1 - EPSILON) * best


def beta_ts(state: State, rng: np.random.Generator) -> Floats:
    """P(best) under Beta(1, 1) priors."""
    sampled = rng.beta(
        1 + state.successes[:, None, :],
        1 + (state.trials - state.successes)[:, None, :],
        size=(len(state.there), DRAWS, state.there.shape[1]),
    )
    return chance_best(np.where(state.there[:, None, :], sampled, -np.inf))


def content_only(state: State, rng: np.random.Generator) -> Floats:
    """The headline that the content prior likes best; nothing is learnt."""
    del rng
    return _greedy(state, state.expected)


def _greedy(state: State, scores: Floats) -> Floats:
    best = np.where(state.there, scores, -np.inf).argmax(axis=1)
    return (best[:, None] == np.arange(state.there.shape[1])).astype(np.float64)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Tab:
    """The engine's model with one component and its traffic rule, P(best)^gamma."""

    first: float = 1.0  # gamma at the start
    last: float = 5.0  # and towards the end
    with_prior: bool = False
    sd: float = 0.22
    tau: float = 0.10

    def __call__(self, state: State, rng: np.random.Generator) -> Floats:
        offset = state.expected * self.with_prior
        samples = draws(believe(state, offset, self.sd, self.tau), state.there, rng)
        gamma = self.first + (self.last - self.first) * state.played / state.horizon
        return sharpened(chance_best(samples), gamma)


WITH_PRIOR = Tab(with_prior=True, sd=0.20)
POLICIES: dict[str, Policy] = {
    "uniform": uniform,
    "rollout": rollout,
    "eps-greedy": eps_greedy,
    "beta-ts": beta_ts,
    "eb-gauss": Tab(last=1.0),
    "content": content_only,
    "tab": WITH_PRIOR,
    "tab+prior": WITH_PRIOR,  # the same: over headlines a content prior is always at hand
    "tab-no-prior": Tab(),
    "tab-ahead": Ahead(with_prior=True, sd=0.20),
    "tab-ahead-no-prior": Ahead(),
}
