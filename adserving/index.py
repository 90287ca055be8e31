"""An inverted index over a placement's line items: whole sets of them in a few integer operations.

Every line item is one bit. A facet is a dimension that some rules require (a top-level ``in``
condition): for each value it holds the set of line items that accept it, and the set that does not
care. The intersection over all facets is what is left to look at one by one, instead of all
(measured: 1,000 line items of which 31 match, 3.5 ms without and 0.1 ms with the index).
Nothing is decided here: what the index leaves out, its rule would refuse (a property test says so).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

from adserving import bits
from adserving.reasons import Reason
from campaigns.targeting import (
    All,
    Dimension,
    Everyone,
    KeyValueLeaf,
    Leaf,
    Op,
    RequestContext,
    Rule,
)

Item = TypeVar("Item")
Read = Callable[[RequestContext], Iterable[str]]
FacetKey = tuple[Dimension, str]  # the string is the key of a key-value, else empty


@dataclass(frozen=True, slots=True)
class Facet:
    """``free``: line items that require nothing here; ``by_value``: those that accept a value."""

    read: Read
    free: int
    by_value: Mapping[str, int]

    def accepting(self, context: RequestContext) -> int:
        found = self.free
        for value in self.read(context):
            found |= self.by_value.get(value, 0)
        return found


@dataclass(frozen=True, slots=True)
class Index(Generic[Item]):
    """A placement's line items; ``live`` are those that configuration alone does not rule out."""

    items: tuple[Item, ...] = ()
    live: int = 0
    facets: tuple[Facet, ...] = ()
    off: tuple[tuple[Reason, int], ...] = ()

    def candidates(self, context: RequestContext) -> tuple[list[Item], Counter[Reason]]:
        """Line items worth looking at, and how many were left out for which reason."""
        mask = self.live
        for facet in self.facets:
            mask &= facet.accepting(context)
            if not mask:
                break
        left_out: Counter[Reason] = Counter(dict(self.off))
        missed = self.live.bit_count() - mask.bit_count()
        if missed:
            left_out[Reason.TARGETING] += missed
        return [self.items[position] for position in bits.each(mask)], left_out


def build(
    items: Iterable[Item],
    *,
    rule: Callable[[Item], Rule],
    state: Callable[[Item], Reason | None],
) -> Index[Item]:
    """``state`` says why configuration alone rules an item out, or None."""
    ordered = tuple(items)
    states = [state(item) for item in ordered]
    live = bits.of(position for position, state in enumerate(states) if state is None)
    off = Counter(state for state in states if state is not None)
    return Index(
        ordered, live, tuple(_facets([rule(item) for item in ordered])), tuple(off.items())
    )


def decides(rule: Rule) -> bool:
    """Whether the index alone decides the rule: its facets accept exactly what the rule matches."""
    parts = rule.rules if isinstance(rule, All) else (rule,)
    keys = [_facet_of(part) for part in parts if not isinstance(part, Everyone)]
    return None not in keys and len(set(keys)) == len(keys)


def _facets(rules: list[Rule]) -> Iterator[Facet]:
    required = [_required(each) for each in rules]
    keys = sorted({key for requirements in required for key in requirements})
    for key in keys:
        accepting: defaultdict[str, list[int]] = defaultdict(list)
        for position, requirements in enumerate(required):
            for value in requirements.get(key, ()):
                accepting[value].append(position)
        free = bits.of(n for n, requirements in enumerate(required) if key not in requirements)
        by_value = {value: bits.of(positions) for value, positions in accepting.items()}
        yield Facet(_reader(*key), free, by_value)


def _required(rule: Rule) -> dict[FacetKey, frozenset[str]]:
    """Values of which a request must have one, by facet; of two conditions the first counts."""
    required: dict[FacetKey, frozenset[str]] = {}
    for part in rule.rules if isinstance(rule, All) else (rule,):
        key = _facet_of(part)
        if key is not None and isinstance(part, Leaf | KeyValueLeaf) and key not in required:
            required[key] = part.values
    return required


def _facet_of(rule: Rule) -> FacetKey | None:
    if isinstance(rule, Leaf) and rule.op is Op.IN:
        return rule.dimension, ""
    if isinstance(rule, KeyValueLeaf) and rule.op is Op.IN:
        return Dimension.KEY_VALUE, rule.key
    return None


def _reader(dimension: Dimension, key: str) -> Read:
    if dimension is Dimension.KEY_VALUE:
        return lambda context: _several(context.key_values.get(key, ()))
    if dimension is Dimension.SEGMENT:
        return lambda context: context.segments
    if dimension is Dimension.LANGUAGE:
        return lambda context: (context.language, context.language.partition("-")[0])
    name = "placement_key" if dimension is Dimension.PLACEMENT else dimension.value
    read = attrgetter(name)
    return lambda context: (read(context),)


def _several(value: str | tuple[str, ...]) -> Iterable[str]:
    return (value,) if isinstance(value, str) else value
