"""How sure a proportion is: Wilson's score interval; pure."""

from math import sqrt
from typing import Final

Z95: Final = 1.959963984540054  # the 97.5 % point of the normal distribution
DIGITS: Final = 6


def wilson(successes: int, trials: int, z: float = Z95) -> tuple[float, float] | None:
    """The interval that covers the true proportion at 95 %; None where there is no proportion.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    More successes than trials (clicks on impressions of before the period) are no proportion.
    """
    if trials <= 0 or not 0 <= successes <= trials:
        return None
    share, weight = successes / trials, z * z / trials
    middle = share + weight / 2
    reach = z * sqrt(share * (1 - share) / trials + weight / (4 * trials))
    low, high = (middle - reach) / (1 + weight), (middle + reach) / (1 + weight)
    return round(max(0.0, low), DIGITS), round(min(1.0, high), DIGITS)
