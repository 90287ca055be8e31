"""The `tab` engine: counts -> posterior -> joint samples -> batches (pure) [FLOW]."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from optimization import choose, masks
from optimization.engines.tab import effects
from optimization.engines.tab.beliefs import Drawn, TabBeliefs, believe
from optimization.engines.tab.covariance import shape
from optimization.engines.tab.evidence import fitted
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.paths import sample
from optimization.engines.tab.posterior import Posterior, fit, mean
from optimization.engines.tab.rows import checked, rows
from optimization.problem import Counts, Estimate, Floats, Grid, Learned, Plan, Problem

CONVERSION = "conversion_"  # before the names of the second stack's hyper-parameters
UNIFORM_DRAWS = 2000


class TabEngine:
    """Tables per component and pair, of any size of space."""

    name = "tab"

    def learn(
        self,
        problem: Problem,
        grid: Grid,
        plan: Plan,
        rng: np.random.Generator,
        warm: Mapping[str, float] | None = None,
    ) -> Learned:
        """The next batches; see Engine. Raises ValueError when the problem contradicts itself."""
        seconds: dict[str, float] = {}
        with timed(seconds, "fit"):
            stacks = posteriors(self.checked(problem), warm)
        with timed(seconds, "sample"):
            drawn = [self.drawn(stack, plan.samples, rng) for stack in stacks]
            beliefs = believe(stacks, drawn, worth(problem))
        with timed(seconds, "choose"):
            batches = chosen(beliefs, problem, grid, plan, rng)
        with timed(seconds, "explain"):
            explained = effects.explain(beliefs, problem, grid)
        with timed(seconds, "rates"):
            uniform, best = rates(beliefs, problem, grid, rng)
        return Learned(
            engine=self.name,
            batches=tuple(batch.arms for batch in batches),
            effects=explained[0],
            pairs=explained[1],
            hypers=hypers_of(stacks),
            proposals=sum(batch.proposals for batch in batches),
            uniform_rate=float(np.mean([each.mean for each in uniform])),
            best_rate=best,
            seconds=seconds,
            served=tuple(batch.rate for batch in batches),
            uniform=uniform,
        )

    def checked(self, problem: Problem) -> Problem:
        """The problem. Raises ValueError when it contradicts itself."""
        return checked(problem)

    def drawn(self, stack: Posterior, many: int, rng: np.random.Generator) -> Drawn:
        """``many`` joint samples of a stack, fewer where tables are huge, and their mean."""
        return sample(stack, many, rng), mean(stack)


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Notes how long a step took."""
    start = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - start


def posteriors(problem: Problem, warm: Mapping[str, float] | None) -> tuple[Posterior, ...]:
    """The fit of each stack: clicks, and conversions per click where the goal needs them."""
    clicks = posterior(problem, problem.counts, problem.texts.expected, warm)
    if problem.conversions is None:
        return (clicks,)
    second = {
        key.removeprefix(CONVERSION): value
        for key, value in (warm or {}).items()
        if key.startswith(CONVERSION)
    }
    unknown = (None,) * len(problem.sizes)
    return clicks, posterior(problem, problem.conversions, unknown, second)


def posterior(
    problem: Problem,
    counts: Counts,
    expected: tuple[Floats | None, ...],
    warm: Mapping[str, float] | None,
) -> Posterior:
    """Hyper-parameters and posterior of one stack. Raises NotSolved."""
    tables = shape(problem.sizes, problem.segments, problem.texts.embeddings)
    data = rows(counts, expected)
    hypers = fitted(tables, data, Hypers.of(warm, len(problem.sizes)))
    return fit(tables, hypers, data)


def worth(problem: Problem) -> Floats:
    """The value of a conversion per segment, 1 where none is given: (segments,)."""
    return np.ones(problem.segments) if problem.value is None else problem.value


def chosen(
    beliefs: TabBeliefs, problem: Problem, grid: Grid, plan: Plan, rng: np.random.Generator
) -> list[choose.Batch]:
    """The batch of every segment; space-filling before there is any trial."""
    segments = range(problem.segments)
    if problem.counts.trials.sum():
        return [choose.batch(beliefs, segment, grid, plan, rng) for segment in segments]
    return [
        choose.first(beliefs, segment, grid, plan, expected=problem.texts.expected, rng=rng)
        for segment in segments
    ]


def rates(
    beliefs: TabBeliefs, problem: Problem, grid: Grid, rng: np.random.Generator
) -> tuple[tuple[Estimate, ...], float]:
    """Per segment the mean rate of all allowed combinations; over segments that of the best."""
    small = masks.unruled(grid) <= UNIFORM_DRAWS
    some = masks.listed(grid) if small else masks.draw(grid, UNIFORM_DRAWS, rng)
    uniform: list[Estimate] = []
    best = []
    for segment in range(problem.segments):
        alike = beliefs.rate(beliefs.at(some, segment), segment).mean(axis=0, keepdims=True)
        uniform += choose.estimates(alike)
        top = beliefs.top(segment, grid, 1, rng)
        best.append(beliefs.rate(beliefs.at(top, segment), segment).mean())
    return tuple(uniform), float(np.mean(best))


def hypers_of(stacks: tuple[Posterior, ...]) -> dict[str, float]:
    """By name; those of the second stack have a prefix."""
    result = stacks[0].hypers.named()
    for second in stacks[1:]:
        result |= {CONVERSION + name: each for name, each in second.hypers.named().items()}
    return result
