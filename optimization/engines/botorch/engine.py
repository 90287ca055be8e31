"""The `botorch` engine: counts -> tab's pseudo-targets -> BoTorch's posterior -> batches (pure)."""

from collections.abc import Mapping

import numpy as np

from optimization.engines.botorch import anchors, gp
from optimization.engines.tab import effects
from optimization.engines.tab.beliefs import TabBeliefs
from optimization.engines.tab.covariance import Shape, shape
from optimization.engines.tab.engine import chosen, hypers_of, posteriors, rates, timed, worth
from optimization.engines.tab.laplace import sigmoid
from optimization.engines.tab.posterior import Posterior
from optimization.engines.tab.rows import checked
from optimization.engines.tab.tables import Tables
from optimization.problem import Floats, Grid, Learned, Plan, Problem, TooLarge

MAX_POINTS = 5_000  # whose joint covariance is factored: 10 s and 2 GB


class BotorchEngine:
    """The kernel of `tab` in a SingleTaskGP per stack; everything after is `tab`'s."""

    name = "botorch"

    def learn(
        self,
        problem: Problem,
        grid: Grid,
        plan: Plan,
        rng: np.random.Generator,
        warm: Mapping[str, float] | None = None,
    ) -> Learned:
        """The next batches; see Engine.

        Raises ValueError when the problem contradicts itself or has too many values.
        """
        seconds: dict[str, float] = {}
        _check_size(shape(checked(problem).sizes, problem.segments))
        with timed(seconds, "fit"):
            stacks = posteriors(problem, warm)
        with timed(seconds, "sample"):
            beliefs = believe(stacks, worth(problem), plan.samples, rng)
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


def believe(
    stacks: tuple[Posterior, ...], value: Floats, many: int, rng: np.random.Generator
) -> TabBeliefs:
    """``many`` joint samples of each stack, from BoTorch. Raises NotSolved."""
    found = [sampled(stack, many, rng) for stack in stacks]
    return TabBeliefs(
        tuple(samples for samples, _ in found),
        tuple(mean for _, mean in found),
        tuple(1 - float(sigmoid(np.array(stack.rows.level))) for stack in stacks),
        value,
    )


def sampled(stack: Posterior, many: int, rng: np.random.Generator) -> tuple[Tables, Tables]:
    """Joint samples and the mean (S = 1) of all combinations, as tables. Raises NotSolved."""
    points = anchors.points(stack.shape)
    mean, samples = gp.samples(gp.model(stack), points, many, int(rng.integers(2**31)))
    return anchors.tables(stack.shape, samples), anchors.tables(stack.shape, mean[:, None])


def _check_size(tables: Shape) -> None:
    many = anchors.count(tables)
    if many > MAX_POINTS:
        raise TooLarge(
            f"values, pairs and segments make {many:,} unknowns; the engine botorch takes up to"
            f" {MAX_POINTS:,}: use tab"
        )
