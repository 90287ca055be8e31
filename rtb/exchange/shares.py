"""Choosing by share (pure)."""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

Option = TypeVar("Option")


def one_of(rng: Random, shares: Mapping[Option, float]) -> Option:
    """An option, as often as its share says; shares need not add up to 1."""
    return rng.choices(list(shares), list(shares.values()))[0]


def some_of(rng: Random, options: Mapping[Option, float]) -> list[Option]:
    """Each option by itself with its probability, in the given order."""
    return [option for option, share in options.items() if rng.random() < share]


def listed(name: str, values: tuple[int, ...]) -> dict[str, object]:
    """A field of a request that is left out when its list is empty."""
    return {name: list(values)} if values else {}
