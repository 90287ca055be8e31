"""Truths that the benchmark's policies have to find: docs/optimiser.md, Benchmark."""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np

from optimization.bench.encode import Encoder
from optimization.bench.scenarios import Scenario
from optimization.bench.texts import Wording, draw_texts
from optimization.problem import Floats, Ints

LITERAL_LENGTH = 0.6  # of the GP on the concatenated embedding
RANDOM_DIM = 32


@dataclass(frozen=True, slots=True)
class World:
    """The hidden truth of one campaign, log-odds."""

    scenario: Scenario
    texts: tuple[tuple[str, ...], ...]  # per component; empty where embeddings are random
    embeddings: tuple[Floats, ...]  # (K_c, dim) each, unit norm
    mains: tuple[Floats, ...]  # (segments, K_c) each
    pairs: dict[tuple[int, int], Floats]  # c < d: (K_c, K_d)
    rest: Floats | None  # (combinations,) what no table explains
    intercepts: Floats  # (segments,)

    def log_odds(self, segment: int) -> Floats:
        """Of every combination, ``(combinations,)`` in mixed-radix order, the last fastest."""
        sizes = self.scenario.sizes
        base = math.log(self.scenario.base_rate / (1 - self.scenario.base_rate))
        found = np.full(sizes, base + self.intercepts[segment])
        for c, table in enumerate(self.mains):
            found += _along(table[segment], (c,), len(sizes))
        for pair, table in self.pairs.items():
            found += _along(table, pair, len(sizes))
        return found.ravel() if self.rest is None else found.ravel() + self.rest

    def positions(self, values: Ints) -> Ints:
        """Mixed-radix numbers of rows of value indices ``(n, C)``."""
        found: Ints = np.ravel_multi_index(tuple(values.T), self.scenario.sizes).astype(np.int64)
        return found

    def literal_texts(self) -> list[str]:
        """Every combination's concatenated text, in mixed-radix order."""
        return [" | ".join(parts) for parts in itertools.product(*self.texts)]


def _along(table: Floats, axes: tuple[int, ...], dimensions: int) -> Floats:
    shape = [1] * dimensions
    for axis, length in zip(axes, table.shape, strict=True):
        shape[axis] = length
    return table.reshape(shape)


def make_world(scenario: Scenario, seed: int, wording: Wording, encoder: Encoder) -> World:
    """One world per seed, the same for every policy."""
    rng = np.random.default_rng([seed, 1])
    texts, embeddings = _components(scenario, wording, encoder, rng)
    tables = not scenario.literal_sd
    world = World(
        scenario=scenario,
        texts=texts,
        embeddings=embeddings,
        mains=tuple(
            _mains(scenario, c, embeddings[c], rng) * tables for c in range(len(scenario.sizes))
        ),
        pairs=_pairs(scenario, rng) if tables else {},
        rest=None,
        intercepts=rng.normal(0, scenario.intercept_sd, len(scenario.traffic)),
    )
    return replace(world, rest=_rest(world, encoder, rng))


def _components(
    scenario: Scenario, wording: Wording, encoder: Encoder, rng: np.random.Generator
) -> tuple[tuple[tuple[str, ...], ...], tuple[Floats, ...]]:
    if scenario.with_texts:
        texts = draw_texts(wording, scenario.sizes, rng)
        return texts, tuple(encoder.vectors(each) for each in texts)
    drawn = [rng.normal(size=(size, RANDOM_DIM)) for size in scenario.sizes]
    return (), tuple(each / np.linalg.norm(each, axis=1, keepdims=True) for each in drawn)


def _mains(scenario: Scenario, c: int, embedding: Floats, rng: np.random.Generator) -> Floats:
    """``(segments, K_c)``: what all segments share, and each segment's own."""
    size, sd = scenario.sizes[c], scenario.main_sd[c]
    projected = (embedding - embedding.mean(axis=0)) @ rng.normal(size=embedding.shape[1])
    by_text = math.sqrt(scenario.text_share) * standardised(projected)
    free = math.sqrt(1 - scenario.text_share) * rng.normal(size=size)
    own = rng.normal(size=(len(scenario.traffic), size)) * scenario.segment_sd * sd
    return sd * (by_text + free) + own


def _pairs(scenario: Scenario, rng: np.random.Generator) -> dict[tuple[int, int], Floats]:
    sizes = scenario.sizes
    return {
        (c, d): rng.normal(0, scenario.pair_sd, (sizes[c], sizes[d]))
        for c, d in itertools.combinations(range(len(sizes)), 2)
    }


def _rest(world: World, encoder: Encoder, rng: np.random.Generator) -> Floats | None:
    scenario = world.scenario
    if scenario.literal_sd:
        vectors = encoder.vectors(world.literal_texts())
        return scenario.literal_sd * standardised(_smooth(vectors, rng))
    if scenario.cell_sd:
        return rng.normal(0, scenario.cell_sd, math.prod(scenario.sizes))
    return None


def _smooth(vectors: Floats, rng: np.random.Generator) -> Floats:
    """A draw of a GP with a squared-exponential kernel on unit vectors."""
    squared = 2 - 2 * vectors @ vectors.T
    covariance = np.exp(-np.maximum(squared, 0) / (2 * LITERAL_LENGTH**2))
    root = np.linalg.cholesky(covariance + 1e-8 * np.eye(len(vectors)))
    return root @ rng.normal(size=len(vectors))


def standardised(numbers: Floats) -> Floats:
    """Mean 0, sd 1; all zero where there is nothing to scale."""
    centred: Floats = numbers - numbers.mean()
    sd = float(centred.std())
    return centred / sd if sd > 0 else centred


def drifted(world: World, rng: np.random.Generator) -> World:
    """The world a round later: main effects follow an AR(1) of unchanged variance."""
    phi = world.scenario.phi
    if phi >= 1:
        return world
    moved = tuple(
        phi * table + math.sqrt(1 - phi**2) * sd * rng.normal(size=table.shape[1])
        for table, sd in zip(world.mains, world.scenario.main_sd, strict=False)
    )
    return replace(world, mains=moved)


def simulated_prior(world: World, seed: int, r2: float = 0.18) -> tuple[Floats, ...]:
    """What a content model that explains ``r2`` of every component's effects would expect.

    Reference section 5.2: a noisy oracle, ``m = r2 T + sqrt(r2 (1 - r2)) sd(T) z`` with noise z
    that is orthogonal to the true effects T.
    """
    rng = np.random.default_rng([seed, 4])
    return tuple(_noisy(effects, r2, rng) for effects in _true_mains(world))


def _noisy(effects: Floats, r2: float, rng: np.random.Generator) -> Floats:
    noise = rng.normal(size=len(effects))
    noise -= noise.mean()
    length = float(effects @ effects)
    if length > 0:
        noise -= (noise @ effects) / length * effects
    noise = standardised(noise)
    return r2 * effects + math.sqrt(r2 * (1 - r2)) * effects.std() * noise  # type: ignore[no-any-return]


def _true_mains(world: World) -> list[Floats]:
    """Centred effects of each component's values, over segments and all that goes with them."""
    traffic = np.asarray(world.scenario.traffic)
    rest = None if world.rest is None else world.rest.reshape(world.scenario.sizes)
    found = []
    for c, table in enumerate(world.mains):
        effects = traffic @ table
        if rest is not None:
            effects = effects + rest.mean(axis=tuple(i for i in range(rest.ndim) if i != c))
        found.append(effects - effects.mean())
    return found
