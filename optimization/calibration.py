"""Whether predicted intervals hold what they promise (pure)."""

from collections.abc import Sequence

import numpy as np

from optimization.problem import Arm, Bools, Floats


def inside(arms: Sequence[Arm], rates: Floats) -> Bools:
    """Of each arm whether its true or realised rate, (q,), lies in its 90 % interval: (q,).

    Over many campaigns the mean should be between .85 and .95.
    """
    low = np.array([arm.low for arm in arms])
    high = np.array([arm.high for arm in arms])
    return np.logical_and(low <= rates, rates <= high)
