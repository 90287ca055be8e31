"""Tries an account's policy over the sample documents; a policy that fails its tests is refused."""

from dataclasses import dataclass
from typing import Final

from rtb.rego.child import Checked, Result
from rtb.rego.sample import at_request, document
from rtb.rego.trial import try_out
from rtb.rego.vet import CONFIGURATION, REQUEST

__all__ = ["Checked", "Tried", "checked"]
NOTHING: Final = (
    f"A policy needs a rule called {CONFIGURATION} or {REQUEST}, such as: "
    f'{CONFIGURATION} contains "too dear" if input.line_item.cpm > 20'
)


@dataclass(frozen=True, slots=True)
class Tried:
    """``problem`` is what the author is told; empty where the policy may run."""

    problem: str
    tests: tuple[Checked, ...] = ()


def checked(source: str) -> Tried:
    result = try_out(source, (CONFIGURATION, REQUEST), (document(), at_request()))
    return Tried(_problem(result), result.tests)


def _problem(result: Result) -> str:
    if result.problem:
        return f"Line {result.line}: {result.problem}" if result.line else result.problem
    if not {CONFIGURATION, REQUEST} & set(result.rules):
        return NOTHING
    failed = [test for test in result.tests if not test.passed]
    return "; ".join(f"The test {test.name} fails{_why(test)}" for test in failed)


def _why(test: Checked) -> str:
    return f": {test.error}" if test.error else ": it is not true"
