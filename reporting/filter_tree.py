"""From the filters of a request to a condition; every refusal names its place; pure."""

from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from reporting.body import convert
from reporting.conditions import Condition, Every, Not, Operator, Some, Test
from reporting.dimensions import Dimension
from reporting.params import AD_ID_CHARS, ID_MAX, BadParameters

Choice = TypeVar("Choice", bound=StrEnum)

MAX_DEPTH: Final = 8
MAX_NODES: Final = 100
MAX_VALUES: Final = 500
LARGEST: Final = {Dimension.HOUR_OF_DAY: (0, 23), Dimension.DAY_OF_WEEK: (1, 7)}
SHAPES: Final = (
    'give one of {"and": [...]}, {"or": [...]}, {"not": {...}} or '
    '{"dimension": ..., "operator": ..., "values": [...]}'
)


class Node(
    msgspec.Struct,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"every": "and", "some": "or", "negated": "not"},
):
    """One of: and, or, not, or a test of a dimension."""

    every: list[object] | None = None
    some: list[object] | None = None
    negated: object = None
    dimension: str | None = None
    operator: str = "is"
    values: list[int | str] | None = None


class _Counter:
    """How many nodes have been read."""

    def __init__(self) -> None:
        self.nodes = 0

    def one_more(self) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise BadParameters({"filters": f"at most {MAX_NODES} conditions in all"})


def condition(tree: object, path: str = "filters") -> Condition:
    """The condition that the tree of a body describes.

    Raises:
        BadParameters: names the place that is wrong, such as ``filters.and[1].values``.
    """
    return _condition(tree, path, 1, _Counter())


def _condition(tree: object, path: str, depth: int, counter: _Counter) -> Condition:
    counter.one_more()
    if depth > MAX_DEPTH:
        raise BadParameters({path: f"nested too deeply: at most {MAX_DEPTH} levels"})
    node = convert(tree, Node, path)
    given = [node.every, node.some, node.negated, node.dimension]
    if sum(each is not None for each in given) != 1:
        raise BadParameters({path: SHAPES})
    if node.every is not None:
        return Every(_parts(node.every, f"{path}.and", depth, counter))
    if node.some is not None:
        return Some(_parts(node.some, f"{path}.or", depth, counter))
    if node.negated is not None:
        return Not(_condition(node.negated, f"{path}.not", depth + 1, counter))
    return _test(node, path)


def _parts(trees: list[object], path: str, depth: int, counter: _Counter) -> tuple[Condition, ...]:
    if not trees:
        raise BadParameters({path: "name at least one condition"})
    return tuple(
        _condition(tree, f"{path}[{number}]", depth + 1, counter)
        for number, tree in enumerate(trees)
    )


def _test(node: Node, path: str) -> Test:
    dimension = member(node.dimension or "", Dimension, f"{path}.dimension")
    operator = member(node.operator, Operator, f"{path}.operator")
    if operator is Operator.CONTAINS and not dimension.is_text:
        raise BadParameters({f"{path}.operator": f"{dimension} is no text: take is, is_not or in"})
    if not node.values:
        raise BadParameters({f"{path}.values": "give at least one value"})
    if len(node.values) > MAX_VALUES:
        raise BadParameters({f"{path}.values": f"at most {MAX_VALUES} values"})
    values = (
        _value(value, dimension, f"{path}.values[{number}]")
        for number, value in enumerate(node.values)
    )
    return Test(dimension, operator, tuple(dict.fromkeys(values)))


def _value(value: int | str, dimension: Dimension, path: str) -> int | str:
    if dimension.is_text:
        if not isinstance(value, str) or len(value) > AD_ID_CHARS or "\0" in value:
            raise BadParameters({path: f"must be text of at most {AD_ID_CHARS} characters"})
        return value
    low, high = LARGEST.get(dimension, (0, ID_MAX))
    if not isinstance(value, int) or not low <= value <= high:
        raise BadParameters({path: f"must be a whole number from {low} to {high}"})
    return value


def member(word: str, enum: type[Choice], path: str) -> Choice:
    """The member with that value.

    Raises:
        BadParameters: there is none.
    """
    try:
        return enum(word)
    except ValueError as exc:
        allowed = ", ".join(each.value for each in enum)
        raise BadParameters({path: f"{word[:64]!r} is none of {allowed}"}) from exc
