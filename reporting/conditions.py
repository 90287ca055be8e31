"""Filters as values: tests of dimensions joined by and, or, not; thresholds of metrics; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from reporting.dimensions import Dimension


class Operator(StrEnum):
    """How a dimension is compared with values; ``contains`` is for text, without its case."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    CONTAINS = "contains"


class Comparison(StrEnum):
    """How a metric is compared with a number."""

    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"


@dataclass(frozen=True, slots=True)
class Test:
    """``is`` and ``in``: one of the values; ``is_not``: none; ``contains``: one is a part."""

    __test__ = False  # it is not pytest's

    dimension: Dimension
    operator: Operator
    values: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All of them; without parts: always."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of them; without parts: never."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Test | Every | Some | Not


@dataclass(frozen=True, slots=True)
class Having:
    """Only rows whose metric lies so; a ratio that is not shown meets nothing."""

    metric: str
    comparison: Comparison
    value: float


def tests_of(condition: Condition) -> Iterator[Test]:
    """Every test in the condition."""
    match condition:
        case Test():
            yield condition
        case Not(part):
            yield from tests_of(part)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from tests_of(part)
