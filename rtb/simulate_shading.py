"""A simulated first-price market, to see what shading saves against bidding the whole worth (pure).

The highest competing bid follows, in each cell, a mixture of a log-normal and a gamma distribution
cut at 300. Three facts of the iPinYou auctions shape it: market prices end at 300, and have a mean
of 64.5 and 68.5 in the public training and test samples of campaign 1458. None of their data is
used. Cells differ in level as exchanges, sizes and countries do; two of three exchanges say which
price would have won.

Every way of bidding meets the same auctions: same competition, same worth, same floors.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Final

import numpy as np
import numpy.typing as npt

from adplatform.money import Micros
from rtb.landscape import Outcome, learn
from rtb.plot import Panel, Series
from rtb.shading import Cell, Landscape, shade

MICROS: Final = 10_000  # a CPM of 66.5 hundredths
MEAN_PRICE: Final = 66.5
HIGHEST: Final = 300.0
WORTH: Final = 1.5  # mean worth by mean market price
FLOOR_SHARE: Final = 0.4  # auctions with a floor
OTHER_LOSSES: Final = 0.05  # bids that lose for another reason than their price
LEARN_EVERY: Final = 5_000  # auctions between two runs of the job
CONSTANTS: Final = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Auctions:
    """Parallel arrays, CPM micros: the price to beat, what it is worth to us, the floor."""

    cells: tuple[Cell, ...]
    cell: Ints
    price: Ints
    worth: Ints
    floor: Ints

    def __len__(self) -> int:
        return len(self.cell)


@dataclass(frozen=True, slots=True)
class Outturn:
    """What one way of bidding got of the auctions after the first, in which all only learn."""

    name: str
    wins: int
    spend: float  # units of currency
    worth: float  # of what was won

    @property
    def cpm(self) -> float:
        return 1000 * self.spend / self.wins if self.wins else 0.0

    @property
    def gain(self) -> float:
        """Worth more than it cost."""
        return self.worth - self.spend


@dataclass(frozen=True, slots=True)
class Comparison:
    """``constants``: the same share of the worth everywhere. Best and equal are by hindsight."""

    auctions: int
    unshaded: Outturn
    shaded: Outturn
    constants: tuple[Outturn, ...]
    as_many_wins: Outturn  # the constant share that wins as often as shading does

    @property
    def saved_per_win(self) -> float:
        """Share of the unshaded cost of a win that shading saves: the same wins, cheaper."""
        return 1 - self.shaded.cpm / self.unshaded.cpm

    @property
    def more_wins(self) -> float:
        """Share of wins more for the same spend, where there are auctions enough."""
        return self.unshaded.cpm / self.shaded.cpm - 1

    @property
    def best_constant(self) -> Outturn:
        return max(self.constants, key=lambda each: each.gain)


Price = Callable[[int], int]  # the bid for the auction of this number


@dataclass(slots=True)
class Shader:
    """Bids as production does, and learns from what it hears."""

    auctions: Auctions
    rng: Random
    landscape: Landscape = field(default_factory=Landscape)
    heard: list[Outcome] = field(default_factory=list)

    def __call__(self, number: int) -> int:
        auctions = self.auctions
        if number % LEARN_EVERY == 0:
            self.landscape = learn(self.heard)
        cell = auctions.cells[auctions.cell[number]]
        worth, floor = Micros(int(auctions.worth[number])), Micros(int(auctions.floor[number]))
        bid, _ = shade(self.landscape, worth, floor, cell, self.rng)
        self._hear(number, cell, bid)
        return bid

    def _hear(self, number: int, cell: Cell, bid: int) -> None:
        least = max(int(self.auctions.price[number]), int(self.auctions.floor[number]))
        other = self.rng.random() < OTHER_LOSSES
        won = bid > least and not other
        code = 0 if won else (1 if other else 102)
        tells = cell.ssp_id % 2 == 1
        self.heard.append(
            Outcome(cell, bid, won, min_to_win=least + 1 if tells else 0, loss_code=code)
        )


def compare(auctions: Auctions, seed: int, learning: float = 0.25) -> Comparison:
    """All ways of bidding on the same auctions, counted after the first quarter of them."""
    first = int(len(auctions) * learning)
    shaded = outturn("shading", auctions, Shader(auctions, Random(seed)), first)  # noqa: S311 - simulated
    return Comparison(
        auctions=len(auctions) - first,
        unshaded=_constant(auctions, 1.0, first),
        shaded=shaded,
        constants=tuple(_constant(auctions, share, first) for share in CONSTANTS),
        as_many_wins=_with_wins(auctions, shaded.wins, first),
    )


def outturn(name: str, auctions: Auctions, price: Price, first: int) -> Outturn:
    """Bid on every auction; count those from number ``first`` on."""
    bids = np.array([price(number) for number in range(len(auctions))], dtype=np.int64)
    return _count(name, auctions, bids, first)


def make_auctions(count: int, seed: int) -> Auctions:
    """Auctions of 36 cells, of which few have most of the traffic."""
    rng = np.random.default_rng(seed)
    cells = tuple(
        Cell(ssp, kind, size, country)
        for ssp, (kind, size), country in product(
            (1, 2, 3),
            (("banner", "300x250"), ("banner", "728x90"), ("video", "640x360")),
            ("CA", "US", "DE", "FR"),
        )
    )
    popularity = 1 / np.arange(1, len(cells) + 1) ** 0.8
    cell = rng.choice(len(cells), count, p=rng.permutation(popularity / popularity.sum()))
    level = rng.lognormal(-0.06, 0.35, len(cells))[cell]
    price = np.minimum(_competition(count, rng) * level, HIGHEST)
    worth = MEAN_PRICE * WORTH * level**0.5 * rng.lognormal(-0.08, 0.4, count)
    has_floor = rng.random(count) < FLOOR_SHARE
    floor = np.where(has_floor, 0.3 * MEAN_PRICE * level * rng.uniform(0.5, 1.5, count), 0)
    floor = np.minimum(floor, worth)  # where it is not worth the floor there is no bid
    return Auctions(cells, cell, *(_micros(each) for each in (price, worth, floor)))


def _competition(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Mean 66.5: a few strong bidders around 45, and a long gamma tail."""
    near = rng.lognormal(np.log(45) - 0.125, 0.5, count)
    far = rng.gamma(2.2, 45.0, count)
    mixed = np.where(rng.random(count) < 0.6, near, far)  # noqa: PLR2004 - the mixture's weight
    return mixed * (MEAN_PRICE / (0.6 * 45 + 0.4 * 99))


def _micros(units: npt.NDArray[np.float64]) -> Ints:
    return np.round(units * MICROS).astype(np.int64)


def _constant(auctions: Auctions, share: float, first: int) -> Outturn:
    bids = np.maximum(np.round(auctions.worth * share).astype(np.int64), auctions.floor)
    return _count(f"{share:.2f} of the worth", auctions, bids, first)


def _with_wins(auctions: Auctions, wins: int, first: int) -> Outturn:
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        enough = _constant(auctions, middle, first).wins >= wins
        low, high = (low, middle) if enough else (middle, high)
    return _constant(auctions, high, first)


def _count(name: str, auctions: Auctions, bids: Ints, first: int) -> Outturn:
    least = np.maximum(auctions.price, auctions.floor)
    won = (bids > least)[first:]
    paid, worth = bids[first:][won], auctions.worth[first:][won]
    return Outturn(name, int(won.sum()), float(paid.sum()) / 1e9, float(worth.sum()) / 1e9)


def rows(comparison: Comparison) -> Iterable[Outturn]:
    """For a table."""
    found: Sequence[Outturn] = (
        comparison.unshaded,
        *comparison.constants,
        comparison.as_many_wins,
        comparison.shaded,
    )
    return found


HEADING: Final = f"{'bid':<20}{'wins':>9}{'of all':>8}{'CPM':>9}{'spend':>10}{'gain':>9}"


def as_row(each: Outturn, auctions: int) -> str:
    """One line of the table; ``gain``: the worth of what was won, less what it cost."""
    return (
        f"{each.name:<20}{each.wins:>9}{each.wins / auctions:>8.1%}{each.cpm:>9.4f}"
        f"{each.spend:>10.2f}{each.gain:>9.2f}"
    )


def panels(comparison: Comparison) -> list[Panel]:
    """Cost and gain by how often a way of bidding wins."""
    fixed = sorted((comparison.unshaded, *comparison.constants), key=lambda each: each.wins)
    ours = comparison.shaded

    def curve(measure: Callable[[Outturn], float]) -> tuple[Series, Series]:
        known = [(100 * each.wins / comparison.auctions, measure(each)) for each in fixed]
        x, y = 100 * ours.wins / comparison.auctions, measure(ours)
        return Series("the same share everywhere", known, dashed=True), Series(
            "shading", [(x - 0.4, y), (x, y * 1.02), (x + 0.4, y), (x, y * 0.98), (x - 0.4, y)]
        )

    wins = "auctions won, of 100"
    return [
        Panel("Cost of a win", curve(lambda each: each.cpm), wins, "CPM"),
        Panel("Worth less cost", curve(lambda each: each.gain), wins, "units of currency"),
    ]
