"""The methods by name: docs/optimiser.md, Benchmark."""

from dataclasses import dataclass

from optimization.bench.policies.by_engine import ByEngine, Schedule, Seed, annealed, open_ended
from optimization.bench.policies.counting import BetaThompson, EpsilonGreedy, Uniform
from optimization.bench.policies.smooth import How, Library, Smooth
from optimization.bench.policies.tables import Prior, Thompson, Voted
from optimization.bench.policy import Method, Policy
from optimization.engines import engine
from optimization.problem import Plan

LISTED = 2_000_000  # combinations of which a number each can be held
JOINT = 2_000  # combinations whose joint covariance can be held
USUAL = Plan()
FREE = Plan(floor=0.0, cap=1.0, uniform=0.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """An engine as the platform asks it, or with another plan."""

    engine: str = "tab"
    gamma: Schedule = open_ended
    with_prior: bool = False
    plan: Plan = USUAL

    def __call__(self) -> Policy:
        return ByEngine(engine(self.engine), self.plan, self.gamma, self.with_prior)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Thompson draws of the component tables."""

    prior: Prior

    def __call__(self) -> Policy:
        return Thompson(self.prior)


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step between the seed and the component tables."""

    how: How
    library: Library = "sklearn"

    def __call__(self) -> Policy:
        return Smooth(self.how, self.library)


_ALL = (
    Method("uniform", "q distinct random ads, equal split", Uniform),
    Method("beta-ts", "independent Beta-Thompson, equal split", BetaThompson, limit=LISTED),
    Method("eps-greedy", "epsilon .2, equal split", EpsilonGreedy),
    Method("hill", "main and pair weights of sd 1, Thompson", Drawn(Prior(1.0, 1.0, 1e-3))),
    Method("hill-calibrated", "the same, calibrated sds", Drawn(Prior())),
    Method("seed", "the seed's method as written: L0", Seed),
    Method("seed-noise", "L1: log-odds with the noise of counts", Stepped("random"), JOINT),
    Method("seed-greedy", "L2: L1, greedy NEI over all", Stepped("greedy"), JOINT),
    Method("seed-best", "L3: L1, batch and traffic by P(best)", Stepped("best"), JOINT),
    Method(
        "botorch-nei", "SingleTaskGP on PCA-24, greedy NEI", Stepped("greedy", "botorch"), JOINT
    ),
    Method("botorch-best", "SingleTaskGP on PCA-24, P(best)", Stepped("best", "botorch"), JOINT),
    Method("botorch", "engine botorch: the tables' kernel", Asked("botorch"), JOINT * 5),
    Method("tab-equal", "tables, Thompson, equal split", Drawn(Prior(embeddings=True))),
    Method("tab-voted", "L5: tables, 8 ads by votes, traffic by P(best)", Voted),
    Method("tab", "engine tab as the platform asks it until an end date", Asked(gamma=annealed)),
    Method("tab-q8", "tab with 8 ads at a time", Asked(gamma=annealed, plan=Plan(q=8))),
    Method("tab-open", "tab without an end date: gamma 1", Asked()),
    Method("tab-free", "tab without floor, cap, uniform slice", Asked(gamma=annealed, plan=FREE)),
    Method("tab+prior", "tab with a content prior", Asked(gamma=annealed, with_prior=True)),
)
METHODS = {each.name: each for each in _ALL}


class UnknownMethod(Exception):
    """No method of that name."""


def find(name: str) -> Method:
    """Raises UnknownMethod, which lists the names."""
    try:
        return METHODS[name]
    except KeyError:
        known = ", ".join(METHODS)
        raise UnknownMethod(f"no method is called {name!r}: choose from {known}") from None
