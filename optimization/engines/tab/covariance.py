"""The prior over combinations as a covariance function (pure).

    k(x, x') = 1 + sum_c s_c^2 [(1 - rho) 1{x_c = x'_c} + rho K_c[x_c, x'_c]]
                 + s_p^2 (pairs of components in which both agree)
                 + 1{same segment} (s_seg^2 + sum_c (r s_c)^2 1{x_c = x'_c})

docs/optimiser.md. A row is a combination and its segment, X: (n, C + 1).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from optimization.engines.tab.hypers import Hypers
from optimization.problem import Floats, Ints

PAIR_CELLS = 400_000  # of all pair tables together; beyond, the largest components have none
Main = tuple[Floats, Floats | None]  # of one component: whether two rows agree, their K_c


@dataclass(frozen=True, slots=True)
class Shape:
    """What the tables are of."""

    sizes: tuple[int, ...]
    segments: int
    features: tuple[Floats | None, ...]  # (K_c, dim) each: K_c = features @ features.T
    paired: tuple[int, ...]  # components whose pairs have a table

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return [(c, d) for c in self.paired for d in self.paired if c < d]

    @property
    def cells(self) -> int:
        """Numbers in one set of tables."""
        pairs = sum(self.sizes[c] * self.sizes[d] for c, d in self.pairs)
        return 1 + pairs + sum(self.sizes) * (max(1, self.segments))


def shape(
    sizes: tuple[int, ...], segments: int, embeddings: tuple[Floats | None, ...] = ()
) -> Shape:
    """The shape for a template. ``embeddings``: (K_c, dim) each, None where there are none."""
    given = embeddings or (None,) * len(sizes)
    return Shape(sizes, segments, tuple(map(features, given)), _paired(sizes))


def features(embeddings: Floats | None) -> Floats | None:
    """Centred rows, scaled so that their Gram matrix has a mean diagonal of 1: (K, dim).

    None where there is nothing to tell values apart by.
    """
    if embeddings is None or len(embeddings) < 2:  # noqa: PLR2004
        return None
    centred = embeddings - embeddings.mean(axis=0)
    variance = float((centred**2).sum(axis=1).mean())
    if variance < 1e-12:  # noqa: PLR2004
        return None
    scaled: Floats = centred / np.sqrt(variance)
    return scaled


def covariance(shape: Shape, hypers: Hypers, a: Ints, b: Ints) -> Floats:
    """Prior covariance of rows a: (n, C + 1) and b: (m, C + 1), without overdispersion: (n, m)."""
    mains = (main(shape, c, a, b) for c in range(len(shape.sizes)))
    return combine(shape, hypers, mains, together(shape, a, b))


def main(shape: Shape, c: int, a: Ints, b: Ints) -> Main:
    """Of component c: whether rows agree, (n, m), and their K_c where there are embeddings."""
    equal = (a[:, c, None] == b[None, :, c]).astype(np.float64)
    known = shape.features[c]
    if known is None:
        return equal, None
    values, places = np.unique(np.concatenate([a[:, c], b[:, c]]), return_inverse=True)
    gram: Floats = known[values] @ known[values].T
    gram = gram[np.ix_(places[: len(a)], places[len(a) :])]
    return equal, gram


def together(shape: Shape, a: Ints, b: Ints) -> Floats | None:
    """Whether rows are of one segment, (n, m); None where there is one segment only."""
    if shape.segments == 1:
        return None
    same: Floats = (a[:, -1, None] == b[None, :, -1]).astype(np.float64)
    return same


def combine(shape: Shape, hypers: Hypers, mains: Iterable[Main], same: Floats | None) -> Floats:
    """The covariance from its parts: (n, m)."""
    total: Floats = np.ones(1)
    agreeing: Floats = np.zeros(1)
    within: Floats = np.full(1, hypers.segment**2)
    for c, (equal, gram) in enumerate(mains):
        variance = hypers.mains[c] ** 2
        mix = equal if gram is None else (1 - hypers.rho) * equal + hypers.rho * gram
        total = total + variance * mix
        if c in shape.paired:
            agreeing = agreeing + equal
        if same is not None:
            within = within + hypers.ratio**2 * variance * equal
    total = total + hypers.pair**2 * pairs_agreeing(agreeing)
    if same is not None:
        total = total + same * within
    return total


def pairs_agreeing(agreeing: Floats) -> Floats:
    """Pairs of components in which rows agree, from the components in which they agree."""
    return agreeing * (agreeing - 1) / 2


def _paired(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The components that have pair tables: the smallest, while all tables fit PAIR_CELLS."""
    chosen: list[int] = []
    cells = 0
    for c in sorted(range(len(sizes)), key=lambda c: (sizes[c], c)):
        cells += sizes[c] * sum(sizes[d] for d in chosen)
        if cells > PAIR_CELLS:
            break
        chosen.append(c)
    return tuple(sorted(chosen))
