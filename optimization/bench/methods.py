"""The methods by name: reference creative-optimiser.md, section 5.1."""

from optimization.bench.policies.by_engine import Seed
from optimization.bench.policies.counting import BetaThompson, EpsilonGreedy, Uniform
from optimization.bench.policy import Method

LISTED = 2_000_000  # combinations of which a number each can be held

METHODS = {
    each.name: each
    for each in (
        Method("uniform", "q distinct random ads, equal split", Uniform),
        Method("beta-ts", "independent Beta-Thompson, equal split", BetaThompson, limit=LISTED),
        Method("eps-greedy", "epsilon .2, equal split", EpsilonGreedy),
        Method("seed", "the seed's method as written", Seed, literal=True),
    )
}


class UnknownMethod(Exception):
    """No method of that name."""


def find(name: str) -> Method:
    """Raises UnknownMethod, which lists the names."""
    try:
        return METHODS[name]
    except KeyError:
        known = ", ".join(METHODS)
        raise UnknownMethod(f"no method is called {name!r}: choose from {known}") from None
