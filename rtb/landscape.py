"""Learning how likely a price wins, from what became of earlier bids (pure).

For each cell (SSP, format, size, country): twenty log-price bins with Beta posteriors. The prior of
a cell is the cell without its country, that one's the one without size, and so on; then the curve
is made rising. A bid that won or lost counts in the bin of its price; where the exchange said which
price would have won, in every bin. docs/shading.md shows what it is good for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from rtb.shading import MAX_DISCOUNT, Cell, Landscape, Node

BINS: Final = 20
VALUES: Final = 32  # for so many worths the best bid is kept
GRID: Final = 96  # prices tried for each
LEAST_OUTCOMES: Final = 200.0  # below it a node is not trusted to shade by itself
PRIOR: Final = 20.0  # outcomes a bin that the wider cell stands for
ROOT_PRIOR: Final = 2.0
HALF_LIFE_DAYS: Final = 2.0
TAILS: Final = (0.005, 0.995)
LEAST_SPAN: Final = 4.0  # highest by lowest price
LOST_BY_PRICE: Final = frozenset({100, 101, 102, 103})  # below floor or deal floor, or outbid

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``count`` bids at one price; ``min_to_win`` where the exchange says it (0: it does not)."""

    cell: Cell
    price: int
    won: bool
    count: float = 1.0
    min_to_win: int = 0
    loss_code: int = 0
    age_days: float = 0.0

    @property
    def says_something(self) -> bool:
        """A loss for another reason than the price says nothing about prices."""
        return self.price > 0 and (self.won or self.loss_code in LOST_BY_PRICE)

    @property
    def weight(self) -> float:
        return self.count * float(0.5 ** (max(self.age_days, 0.0) / HALF_LIFE_DAYS))


@dataclass(slots=True)
class _Counts:
    """Of one node: wins and losses by price, and the prices that would have won."""

    won: Floats = field(default_factory=lambda: np.zeros(BINS))
    lost: Floats = field(default_factory=lambda: np.zeros(BINS))
    outcomes: float = 0.0

    def add(self, other: "_Counts") -> None:
        self.won += other.won
        self.lost += other.lost
        self.outcomes += other.outcomes


def learn(outcomes: Iterable[Outcome]) -> Landscape:
    """The best bids of every node with enough outcomes; an empty landscape shades nothing."""
    told = [each for each in outcomes if each.says_something]
    if sum(each.weight for each in told) < LEAST_OUTCOMES:
        return Landscape()
    edges = _edges(told)
    nodes = _count(told, edges)
    curves = _curves(nodes)
    values = np.geomspace(edges[0], edges[-1] * 2, VALUES)
    return Landscape(
        values=tuple(round(value) for value in values),
        prices={
            node: _best_bids(curves[node], edges, values)
            for node, counts in nodes.items()
            if counts.outcomes >= LEAST_OUTCOMES
        },
    )


def win_curves(outcomes: Iterable[Outcome]) -> tuple[Floats, Mapping[Node, Floats]]:
    """The middle price of each bin, and each node's probability of winning with it."""
    told = [each for each in outcomes if each.says_something]
    edges = _edges(told)
    return _middles(edges), _curves(_count(told, edges))


def _edges(told: list[Outcome]) -> Floats:
    prices = np.array([p for each in told for p in (each.price, each.min_to_win) if p > 0])
    low, high = np.quantile(prices, TAILS)
    return np.geomspace(low * 0.95, max(high * 1.05, low * LEAST_SPAN), BINS + 1)


def _middles(edges: Floats) -> Floats:
    return np.sqrt(edges[:-1] * edges[1:])


def _count(told: list[Outcome], edges: Floats) -> dict[Node, _Counts]:
    """By node, parents before their children."""
    cells: defaultdict[Cell, _Counts] = defaultdict(_Counts)
    inner = edges[1:-1]
    bins = np.searchsorted(inner, [each.price for each in told], side="right")
    wanted = np.searchsorted(_middles(edges), [each.min_to_win for each in told], side="left")
    for each, place, least in zip(told, bins.tolist(), wanted.tolist(), strict=True):
        counts, weight = cells[each.cell], each.weight
        counts.outcomes += weight
        if each.min_to_win:
            counts.won[least:] += weight
            counts.lost[:least] += weight
        else:
            (counts.won if each.won else counts.lost)[place] += weight
    return _with_parents(cells)


def _with_parents(cells: Mapping[Cell, _Counts]) -> dict[Node, _Counts]:
    nodes: dict[Node, _Counts] = {}
    for depth in range(len(Cell._fields) + 1):
        for cell, counts in cells.items():
            nodes.setdefault(tuple(cell[:depth]), _Counts()).add(counts)
    return nodes


def _curves(nodes: Mapping[Node, _Counts]) -> dict[Node, Floats]:
    curves: dict[Node, Floats] = {}
    start = (np.arange(BINS) + 0.5) / BINS
    for node, counts in nodes.items():
        prior, strength = (curves[node[:-1]], PRIOR) if node else (start, ROOT_PRIOR)
        trials = counts.won + counts.lost + strength
        curves[node] = _rising((counts.won + strength * prior) / trials, trials)
    return curves


def _rising(rates: Floats, weights: Floats) -> Floats:
    """The nearest curve that never falls: neighbours that do are pooled (isotonic regression).

    For bids that won or lost without more being said, this is the maximum-likelihood curve.
    """
    blocks: list[tuple[float, float, int]] = []
    for rate, weight in zip(rates.tolist(), weights.tolist(), strict=True):
        block = (rate, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            before = blocks.pop()
            both = before[1] + block[1]
            mean = (before[0] * before[1] + block[0] * block[1]) / both
            block = (mean, both, before[2] + block[2])
        blocks.append(block)
    return np.repeat([each[0] for each in blocks], [each[2] for each in blocks])


def _best_bids(curve: Floats, edges: Floats, values: Floats) -> tuple[int, ...]:
    """For each value the bid b with the largest (value - b) x P(win with b); nothing below edges.

    Bids rise with the value, so that a lower worth never bids more.
    """
    points = np.concatenate(([edges[0]], _middles(edges), [edges[-1]]))
    chances = np.concatenate(([0.0], curve, [curve[-1]]))
    shares = np.linspace(1 - MAX_DISCOUNT, 1.0, GRID)
    bids = values[:, None] * shares[None, :]
    wins = np.interp(np.log(bids), np.log(points), chances)
    gains = (values[:, None] - bids) * wins
    best = np.where(gains.max(axis=1) > 0, bids[np.arange(VALUES), gains.argmax(axis=1)], values)
    return tuple(round(bid) for bid in np.minimum(np.maximum.accumulate(best), values))
