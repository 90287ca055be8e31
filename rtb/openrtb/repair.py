"""Makes plain data fit the request's types (pure): what does not fit an optional field is absent.

Exchanges send whole numbers as text, as 1.0 and as booleans, and identifiers as numbers; those keep
their meaning. Every other wrong type is dropped: the field, or the element of its list.
"""

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Final

import msgspec
from msgspec import inspect

Fit = Callable[[object], object]

NUMBER: Final = re.compile(r"\s*[+-]?\d{1,20}(\.\d{1,20})?\s*", re.ASCII)


class _Absent:
    """The type of ABSENT: None would be a value."""


ABSENT: Final = _Absent()


class Unrepairable(ValueError):
    """An object lacks a field that it must have; the message says which."""


def repaired(value: object, struct: type[msgspec.Struct]) -> object:
    """Plain data that converts to ``struct``, or ABSENT; raises Unrepairable."""
    return _struct(struct)(value)


@cache
def _struct(struct: type[msgspec.Struct]) -> Fit:
    """Fields that are not of a type that fits are left out."""
    kind = inspect.type_info(struct)
    assert isinstance(kind, inspect.StructType)  # noqa: S101  # what type_info makes of a Struct
    fits = {field.encode_name: _fit(field.type) for field in kind.fields}
    required = [field.encode_name for field in kind.fields if field.required]

    def fit(value: object) -> object:
        if not isinstance(value, dict):
            return ABSENT
        found = {name: fits[name](item) for name, item in value.items() if name in fits}
        kept = {name: item for name, item in found.items() if item is not ABSENT}
        for name in required:
            if name not in kept:
                raise Unrepairable(f"{struct.__name__} without {name}")
        return kept

    return fit


def _fit(kind: inspect.Type) -> Fit:
    fit: Fit = _nothing  # None as a value: the same as absent
    match kind:
        case inspect.StructType():
            fit = _struct(kind.cls)
        case inspect.VarTupleType():
            fit = _list(_fit(kind.item_type))
        case inspect.UnionType():
            fit = _first_of([_fit(each) for each in kind.types])
        case inspect.IntType():
            fit = _whole(kind.ge or 0, kind.le or 0)
        case inspect.FloatType():
            fit = _finite if kind.le is None else _clamped(kind.ge or 0.0, kind.le)
        case inspect.StrType():
            fit = _text
        case inspect.DictType():
            fit = _object
    return fit


def _list(fit: Fit) -> Fit:
    def fit_all(value: object) -> object:
        if not isinstance(value, list):
            return ABSENT
        return [found for found in map(fit, value) if found is not ABSENT]

    return fit_all


def _first_of(fits: list[Fit]) -> Fit:
    def first(value: object) -> object:
        return next((found for fit in fits if (found := fit(value)) is not ABSENT), ABSENT)

    return first


def _number(value: object) -> float | None:
    """Also of text and booleans; never NaN, maybe infinite."""
    if isinstance(value, str):
        return float(value) if NUMBER.fullmatch(value) else None
    if not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return math.inf if value > 0 else -math.inf


def _whole(least: float, most: float) -> Fit:
    def whole(value: object) -> object:
        number = _number(value)
        if number is None or not least <= number <= most or number != int(number):
            return ABSENT
        return int(number)

    return whole


def _finite(value: object) -> object:
    number = _number(value)
    return ABSENT if number is None or math.isinf(number) else number


def _clamped(least: float, most: float) -> Fit:
    """Below the least is nonsense; above the most is the most, so that a floor stays a floor."""

    def clamped(value: object) -> object:
        number = _number(value)
        return ABSENT if number is None or number < least else min(number, most)

    return clamped


def _text(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 2**64 else ABSENT  # an id, no more
    return value if isinstance(value, str) else ABSENT


def _object(value: object) -> object:
    return value if isinstance(value, dict) else ABSENT


def _nothing(_value: object) -> object:
    return ABSENT
