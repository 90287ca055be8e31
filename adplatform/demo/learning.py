"""The demo's visitors against the optimiser's own engine, without servers: how fast it learns.

The same hidden taste (truth.py), components and rules as the demo, and its visitors' mix of
segments; the engine that retrainings use, once a round. Rates are the true ones of what is shown,
so that the curve is free of the luck of single clicks.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from adplatform.demo import catalogue
from adplatform.demo.people import DEVICES, PHONE, REGULAR_SHARE, ROOMS
from adplatform.demo.truth import Truth
from optimization.engines import engine
from optimization.problem import (
    Arm,
    Combination,
    Counts,
    Engine,
    Floats,
    Grid,
    Ints,
    Plan,
    Problem,
    Texts,
)
from rtb.plot import Panel, Series

SOFA_ROOMS: Final = ("living_room", "bedroom", "office")


@dataclass(frozen=True, slots=True)
class World:
    """Every allowed combination with its true click rate in each segment."""

    grid: Grid
    combinations: Ints  # (n, C)
    rates: Floats  # (segments, n)
    traffic: Floats  # (segments,) sums to 1

    @property
    def uniform(self) -> float:
        """The click rate of all combinations alike."""
        return float(self.traffic @ self.rates.mean(axis=1))

    @property
    def best(self) -> float:
        """The click rate of each segment's best combination."""
        return float(self.traffic @ self.rates.max(axis=1))


@dataclass(frozen=True, slots=True)
class Curve:
    """Click rates by round, of each repetition: served (repetitions, rounds)."""

    served: Floats
    uniform: float
    best: float
    impressions: int

    @property
    def captured(self) -> Floats:
        """Share of the way from chance to the best, by round, over repetitions."""
        share: Floats = (self.served.mean(axis=0) - self.uniform) / (self.best - self.uniform)
        return share


@dataclass(slots=True)
class Tally:
    """What was shown and clicked so far, by segment and combination."""

    shown: Floats  # (segments, n)
    clicks: Floats
    rounds: Floats

    def counts(self, world: World) -> Counts:
        segment, row = np.nonzero(self.shown)
        seen = (segment, row)
        return Counts(
            world.combinations[row], segment, self.shown[seen], self.clicks[seen], self.rounds[seen]
        )


def world(truth: Truth | None = None) -> World:
    """The demo's template, in the mix of segments that its visitors come in."""
    taste = truth or Truth()
    columns = [
        [f"{part.name}/{asset.label}" for asset in part.assets] for part in catalogue.COMPONENTS
    ]
    grid = _grid(columns)
    allowed = list(_allowed(grid))
    segments = _segments()
    rates = [
        [taste.ctr([columns[c][v] for c, v in enumerate(each)], key) for each in allowed]
        for key in segments
    ]
    return World(
        grid, np.array(allowed), np.array(rates), np.array(list(segments.values()), dtype=float)
    )


def simulate(
    world: World, *, rounds: int = 25, impressions: int = 1000, repetitions: int = 5
) -> Curve:
    """Round 0 shows everything alike; after each round the engine chooses anew."""
    learner = engine("tab")
    served = [
        list(_campaign(world, learner, rounds, impressions, np.random.default_rng(seed)))
        for seed in range(repetitions)
    ]
    return Curve(np.array(served), world.uniform, world.best, impressions)


def panels(curve: Curve) -> list[Panel]:
    """For rtb.plot: the mean over repetitions, and each of them, beside chance and the best."""
    ends = (0, curve.served.shape[1] - 1)
    mean = list(enumerate(100 * curve.served.mean(axis=0)))
    low, high = (list(enumerate(100 * np.quantile(curve.served, q, axis=0))) for q in (0, 1))
    levels = {"the best": curve.best, "all combinations alike": curve.uniform}
    return [
        Panel(
            "Click rate of what is shown, %",
            [
                Series("shown", mean),
                Series("luckiest", high, dashed=True),
                Series("unluckiest", low, dashed=True),
                *(
                    Series(name, [(end, 100 * rate) for end in ends], dashed=True)
                    for name, rate in levels.items()
                ),
            ],
            f"rounds of {curve.impressions:,} impressions",
            f"{len(curve.served)} repetitions",
        )
    ]


def _grid(columns: Sequence[Sequence[str]]) -> Grid:
    """All values usable; of the demo's rules each says that one value requires another."""
    sizes = tuple(len(column) for column in columns)
    places = {
        name.partition("/")[2]: (c, v)
        for c, column in enumerate(columns)
        for v, name in enumerate(column)
    }
    forbidden = {}
    for rule in catalogue.RULES:
        (c, v), (d, other) = places[rule.asset], places[rule.other]
        table = np.zeros((sizes[c], sizes[d]), dtype=bool)
        table[v] = np.arange(sizes[d]) != other
        forbidden[c, d] = table
    return Grid(sizes, tuple(np.ones(size, dtype=bool) for size in sizes), forbidden)


def _allowed(grid: Grid) -> Iterator[Combination]:
    for each in itertools.product(*(range(size) for size in grid.sizes)):
        if not any(table[each[c], each[d]] for (c, d), table in grid.forbidden.items()):
            yield each


def _segments() -> dict[str, float]:
    """Share of the sofas' visitors by segment key; the first rule that holds decides."""
    rooms = {room: ROOMS[room] / sum(ROOMS[each] for each in SOFA_ROOMS) for room in SOFA_ROOMS}
    mobile = DEVICES[PHONE] / sum(DEVICES.values())
    office = rooms["office"]
    return {
        "": office * (1 - mobile) * (1 - REGULAR_SHARE),
        catalogue.LIVING_ROOM.key: rooms["living_room"],
        catalogue.BEDROOM.key: rooms["bedroom"],
        catalogue.MOBILE.key: office * mobile,
        catalogue.RETURNING.key: office * (1 - mobile) * REGULAR_SHARE,
    }


def _campaign(
    world: World, learner: Engine, rounds: int, impressions: int, rng: np.random.Generator
) -> Iterator[float]:
    """The true click rate of what each round shows."""
    empty = np.zeros(world.rates.shape)
    tally = Tally(empty.copy(), empty.copy(), empty.copy())
    shares = np.full(world.rates.shape, 1 / len(world.combinations))
    warm = None
    for _ in range(rounds):
        yield float(world.traffic @ (shares * world.rates).sum(axis=1))
        _show(world, shares, impressions, tally, rng)
        texts = Texts((None,) * len(world.grid.sizes), (None,) * len(world.grid.sizes))
        problem = Problem(world.grid.sizes, len(world.traffic), tally.counts(world), texts)
        learned = learner.learn(problem, world.grid, Plan(), rng, warm)
        warm, shares = learned.hypers, _shares(world, learned.batches)


def _show(
    world: World, shares: Floats, impressions: int, tally: Tally, rng: np.random.Generator
) -> None:
    mix = (world.traffic[:, None] * shares).ravel()
    shown = rng.multinomial(impressions, mix / mix.sum()).reshape(shares.shape)
    tally.shown += shown
    tally.clicks += rng.binomial(shown, world.rates)
    tally.rounds += shown > 0


def _shares(world: World, batches: Sequence[Sequence[Arm]]) -> Floats:
    place = {tuple(row): n for n, row in enumerate(world.combinations.tolist())}
    shares = np.zeros(world.rates.shape)
    for segment, arms in enumerate(batches):
        for arm in arms:
            shares[segment, place[arm.combination]] = arm.weight
    return shares
