"""What an engine believes of all combinations: joint samples that everything after shares (pure).

Utilities are on a log scale: log-odds of one stack, the log of the product of rates of two.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optimization.problem import Floats, Grid, Ints

Singles = NDArray[np.float32]


class Beliefs(Protocol):
    """The same S joint samples at whatever is asked, per segment."""

    def at(self, values: Ints, segment: int) -> Singles:
        """Sampled utilities of combinations, values (m, C): (m, S)."""
        ...

    def mean(self, values: Ints, segment: int) -> Floats:
        """Posterior mean utilities, (m,)."""
        ...

    def rate(self, utility: Floats | Singles, segment: int) -> Floats:
        """Utilities as rates of the goal, of the same form."""
        ...

    def argmax(self, segment: int, grid: Grid, rng: np.random.Generator) -> Ints:
        """The best allowed combination of each sample: (S, C). Raises NothingAllowed."""
        ...

    def top(self, segment: int, grid: Grid, many: int, rng: np.random.Generator) -> Ints:
        """The allowed combinations with the largest posterior means: (<= many, C)."""
        ...
