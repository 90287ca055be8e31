"""All policies on all recorded tests, in batches: clicks expected against the best headline's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import expit

from optimization.bench.headlines.arms import State
from optimization.bench.headlines.policies import Policy
from optimization.bench.headlines.recorded import Recorded
from optimization.problem import Floats

BATCHES = 10
HEADLINE_SD = 0.22  # true, between the headlines of a test, log-odds: docs/optimiser.md
OVERDISPERSION = 0.11


class Audience(Protocol):
    """What clicks are drawn from."""

    @property
    def rates(self) -> Floats:
        """Expected, ``(T, A)``."""
        ...

    def clicks(self, trials: Floats, rng: np.random.Generator) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Fresh:
    """Truth drawn from what the recorded counts leave possible; new clicks, overdispersed."""

    log_odds: Floats

    @property
    def rates(self) -> Floats:
        return expit(self.log_odds)  # type: ignore[no-any-return]

    def clicks(self, trials: Floats, rng: np.random.Generator) -> Floats:
        noise = rng.normal(0, OVERDISPERSION, trials.shape)
        return rng.binomial(trials.astype(np.int64), expit(self.log_odds + noise)).astype(
            np.float64
        )


def fresh(recorded: Recorded, rng: np.random.Generator) -> Fresh:
    """An empirical-Bayes posterior draw: docs/optimiser.md, Benchmark."""
    clicks, shown = recorded.clicks, recorded.impressions
    base = _log_odds(clicks.sum(axis=1, keepdims=True), shown.sum(axis=1, keepdims=True))
    error = 1 / (clicks + 0.5)
    kept = HEADLINE_SD**2 / (HEADLINE_SD**2 + error)
    noise = np.sqrt(kept * error) * rng.normal(size=clicks.shape)
    return Fresh(base + kept * (_log_odds(clicks, shown) - base) + noise)


def _log_odds(clicks: Floats, shown: Floats) -> Floats:
    return np.log((clicks + 0.5) / (shown - clicks + 0.5))


@dataclass(slots=True)
class Deck:
    """The recorded impressions themselves, without replacement; shuffled anew when used up."""

    recorded: Recorded
    good: Floats
    bad: Floats

    @property
    def rates(self) -> Floats:
        return self.recorded.clicks / np.maximum(self.recorded.impressions, 1)

    def clicks(self, trials: Floats, rng: np.random.Generator) -> Floats:
        found, left = np.zeros_like(trials), trials.copy()
        while left.any():
            now = np.minimum(left, self.good + self.bad)
            drawn = rng.hypergeometric(
                self.good.astype(np.int64), self.bad.astype(np.int64), now.astype(np.int64)
            )
            self.good, self.bad = self.good - drawn, self.bad - (now - drawn)
            found, left = found + drawn, left - now
            self._shuffle(self.good + self.bad == 0)
        return found

    def _shuffle(self, empty: Floats) -> None:
        full = deck(self.recorded)
        self.good = np.where(empty, full.good, self.good)
        self.bad = np.where(empty, full.bad, self.bad)


def deck(recorded: Recorded) -> Deck:
    return Deck(recorded, recorded.clicks.copy(), recorded.impressions - recorded.clicks)


@dataclass(frozen=True, slots=True)
class Earned:
    """Expected clicks beyond uniform traffic, ``(T,)`` each."""

    gains: Floats
    best: Floats  # what the best headline alone would have gained
    uniform: Floats  # clicks of uniform traffic


@dataclass(frozen=True, slots=True)
class Setting:
    """What every policy meets alike."""

    recorded: Recorded
    audience: Callable[[np.random.Generator], Audience]
    per_arm: int  # impressions per headline, in BATCHES
    expected: Floats  # (T, A) of the content prior


def replay(setting: Setting, policy: Policy, seed: int) -> Earned:
    """One pass over all tests; truth, traffic and policy each have a generator of their own."""
    drawing, serving, choosing = (np.random.default_rng([seed, i]) for i in (1, 2, 3))
    audience, there = setting.audience(drawing), setting.recorded.there
    visitors = np.round(setting.per_arm * there.sum(axis=1) / BATCHES).astype(np.int64)
    trials, successes, rounds = (np.zeros(there.shape) for _ in range(3))
    earned = np.zeros(len(there))
    for played in range(BATCHES):
        state = State(there, trials, successes, rounds, played, BATCHES, setting.expected, visitors)
        shown = serving.multinomial(visitors, policy(state, choosing)).astype(np.float64)
        successes = successes + audience.clicks(shown, serving)
        trials, rounds = trials + shown, rounds + (shown > 0)
        earned += (shown * audience.rates).sum(axis=1)
    rates = np.where(there, audience.rates, np.nan)
    total = visitors * BATCHES
    uniform = total * np.nanmean(rates, axis=1)
    return Earned(earned - uniform, total * np.nanmax(rates, axis=1) - uniform, uniform)
