"""The `botorch` engine: counts -> tab's pseudo-targets -> BoTorch's posterior -> batches (pure)."""

import numpy as np

from optimization.engines.botorch import anchors, gp
from optimization.engines.tab import TabEngine
from optimization.engines.tab.beliefs import Drawn
from optimization.engines.tab.covariance import Shape, shape
from optimization.engines.tab.posterior import Posterior
from optimization.problem import Problem, TooLarge

MAX_POINTS = 5_000  # whose joint covariance is factored: 10 s and 2 GB


class BotorchEngine(TabEngine):
    """The kernel of `tab` in a SingleTaskGP per stack; everything else is `tab`'s."""

    name = "botorch"

    def checked(self, problem: Problem) -> Problem:
        """Also refuses more values than BoTorch can take: TooLarge."""
        usable = super().checked(problem)
        _check_size(shape(usable.sizes, usable.segments))
        return usable

    def drawn(self, stack: Posterior, many: int, rng: np.random.Generator) -> Drawn:
        """From BoTorch's posterior. Raises NotSolved."""
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
