"""One simulated campaign: rounds of choosing, serving and counting against a known truth."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit

from optimization.bench.encode import Encoder
from optimization.bench.policy import Policy, Seen, Share
from optimization.bench.worlds import World, drifted, simulated_prior
from optimization.problem import Counts, Floats, Ints, Texts
from optimization.rounds import merged

LAST = 5  # rounds of the figure ``last5``


@dataclass(frozen=True, slots=True)
class Truth:
    """Rates of all combinations in one round, overdispersion left out."""

    rates: tuple[Floats, ...]  # (combinations,) per segment
    best: float  # over segments, weighted by traffic
    mean: float


@dataclass(slots=True)
class Coverage:
    """How many 90 % intervals held the truth."""

    covered: int = 0
    intervals: int = 0

    def count(self, held: list[bool]) -> None:
        self.covered += sum(held)
        self.intervals += len(held)


@dataclass(slots=True)
class Campaign:
    """What a policy earned in one world; figures of docs/optimiser.md, Benchmark."""

    captured: float = 0.0
    last5: float = 0.0
    rec: float = 0.0  # of the combination recommended at the end
    lift: float = 0.0
    seconds: float = 0.0  # of the policy alone
    whole: Coverage = field(default_factory=Coverage)  # of each segment's served CTR
    arms: Coverage = field(default_factory=Coverage)  # of the CTR of every ad served
    rounds: list[float] = field(default_factory=list)  # captured, round by round


def play(world: World, policy: Policy, seed: int, encoder: Encoder) -> Campaign:
    """World, serving noise and policy each have a generator of their own."""
    serving, choosing, path = (np.random.default_rng([seed, i]) for i in (2, 3, 5))
    campaign, lifts = Campaign(), []
    past: list[Counts] = []
    for _ in range(world.scenario.rounds):
        truth = _truth(world)
        started = time.perf_counter()
        shares = policy.choose(_seen(world, past, seed, encoder), choosing)
        campaign.seconds += time.perf_counter() - started
        counts = _serve(world, truth, shares, serving)
        past.append(counts)
        served = _served_rate(world, truth, counts)
        campaign.rounds.append(_share_of_best(truth, served))
        lifts.append(served / truth.mean - 1)
        _check_intervals(world, truth, shares, campaign)
        world = drifted(world, path)
    scored = world.scenario.scored_from
    campaign.captured = float(np.mean(campaign.rounds[scored:]))
    campaign.last5 = float(np.mean(campaign.rounds[-LAST:]))
    campaign.lift = float(np.mean(lifts[scored:]))
    final = policy.recommend(_seen(world, past, seed, encoder), choosing)
    campaign.rec = _recommended(world, _truth(world), final)
    return campaign


def _seen(world: World, past: list[Counts], seed: int, encoder: Encoder) -> Seen:
    scenario = world.scenario
    nothing = (None,) * len(scenario.sizes)
    return Seen(
        sizes=scenario.sizes,
        segments=len(scenario.traffic),
        q=scenario.q,
        played=len(past),
        horizon=scenario.rounds,
        past=tuple(past),
        texts=Texts(world.embeddings, nothing),
        prior=simulated_prior(world, seed),
        literal=(lambda: encoder.vectors(world.literal_texts())) if world.texts else None,
    )


def _truth(world: World) -> Truth:
    traffic = world.scenario.traffic
    rates = tuple(expit(world.log_odds(segment)) for segment in range(len(traffic)))
    best = sum(w * float(each.max()) for w, each in zip(traffic, rates, strict=True))
    mean = sum(w * float(each.mean()) for w, each in zip(traffic, rates, strict=True))
    return Truth(rates, best, mean)


def _serve(
    world: World, truth: Truth, shares: tuple[Share, ...], rng: np.random.Generator
) -> Counts:
    scenario = world.scenario
    parts = []
    for segment, share in enumerate(shares):
        visitors = round(scenario.impressions * scenario.traffic[segment])
        trials = rng.multinomial(visitors, share.weights / share.weights.sum())
        rates = truth.rates[segment][world.positions(share.values)]
        noise = rng.normal(0, scenario.overdispersion, len(rates))
        clicks = rng.binomial(trials, expit(np.log(rates / (1 - rates)) + noise))
        parts += list(_rows(share.values, segment, trials, clicks))
    return merged(parts, len(scenario.sizes))


def _rows(values: Ints, segment: int, trials: Ints, clicks: Ints) -> Iterator[Counts]:
    had = trials > 0
    size = int(had.sum())
    if size:
        yield Counts(
            values[had],
            np.full(size, segment),
            trials[had].astype(np.float64),
            clicks[had].astype(np.float64),
            np.ones(size),
        )


def _served_rate(world: World, truth: Truth, counts: Counts) -> float:
    positions = world.positions(counts.values)
    rates = np.array([truth.rates[s][at] for s, at in zip(counts.segment, positions, strict=True)])
    return float(counts.trials @ rates / counts.trials.sum())


def _share_of_best(truth: Truth, rate: float) -> float:
    return (rate - truth.mean) / (truth.best - truth.mean)


def _recommended(world: World, truth: Truth, final: tuple[Ints, ...]) -> float:
    rates = [
        truth.rates[segment][world.positions(combination[None, :])[0]]
        for segment, combination in enumerate(final)
    ]
    return _share_of_best(truth, float(np.dot(world.scenario.traffic, rates)))


def _check_intervals(
    world: World, truth: Truth, shares: tuple[Share, ...], campaign: Campaign
) -> None:
    for segment, share in enumerate(shares):
        rates = truth.rates[segment][world.positions(share.values)]
        if share.arms is not None:
            low, high = share.arms
            campaign.arms.count(((low <= rates) & (rates <= high)).tolist())
        if share.whole is not None:
            low_rate, high_rate = share.whole
            served = float(share.weights @ rates)
            campaign.whole.count([low_rate <= served <= high_rate])
