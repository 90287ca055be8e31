"""Targeting rules as values: groups, leaves, and the dimensions a rule looks at."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY


class Dimension(StrEnum):
    COUNTRY = "country"
    REGION = "region"
    DEVICE_TYPE = "device_type"
    OS = "os"
    BROWSER = "browser"
    LANGUAGE = "language"
    SEGMENT = "segment"
    PLACEMENT = "placement"
    KEY_VALUE = "key_value"
    DAYPART = "daypart"


class Op(StrEnum):
    IN = "in"
    NOT_IN = "not_in"


@dataclass(frozen=True, slots=True)
class Daypart:
    """A window that starts on each of `days`; one that ends at or before its start runs overnight.

    Minutes are counted from midnight: `start_minute` 0 to 1439, `end_minute` (exclusive) 1 to 1440.
    """

    days: frozenset[str]
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class Everyone:
    """Matches every request."""


@dataclass(frozen=True, slots=True)
class All:
    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801  the trailing underscore keeps typing.Any readable beside it
    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    rule: "Rule"


@dataclass(frozen=True, slots=True)
class Leaf:
    dimension: Dimension
    op: Op
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeyValueLeaf:
    key: str
    op: Op
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class DaypartLeaf:
    op: Op
    values: frozenset[Daypart]


AnyLeaf: TypeAlias = Leaf | KeyValueLeaf | DaypartLeaf
Rule: TypeAlias = Everyone | All | Any_ | Not | AnyLeaf


def dimensions(rule: Rule) -> tuple[str, ...]:
    """What `rule` looks at, each once, in reading order: "country", "key_value:room_type" …."""
    return tuple(dict.fromkeys(dimension_name(leaf) for leaf in leaves(rule)))


def dimension_name(leaf: AnyLeaf) -> str:
    """The dimension's name; a key-value is named with its key, such as "key_value:room_type"."""
    match leaf:
        case Leaf(dimension=dimension):
            return dimension.value
        case KeyValueLeaf(key=key):
            return f"{Dimension.KEY_VALUE.value}:{key}"
        case DaypartLeaf():
            return Dimension.DAYPART.value


def leaves(rule: Rule) -> Iterator[AnyLeaf]:
    match rule:
        case All(rules=rules) | Any_(rules=rules):
            for child in rules:
                yield from leaves(child)
        case Not(rule=inner):
            yield from leaves(inner)
        case Leaf() | KeyValueLeaf() | DaypartLeaf():
            yield rule
