"""Says whether a request matches a rule, and by which dimension it failed. For explaining.

Serving uses `compile`, which must always agree.
"""

from dataclasses import dataclass

from campaigns.targeting.context import RequestContext
from campaigns.targeting.dayparts import covers
from campaigns.targeting.rules import (
    All,
    Any_,
    AnyLeaf,
    DaypartLeaf,
    Dimension,
    Everyone,
    KeyValueLeaf,
    Leaf,
    Not,
    Op,
    Rule,
    dimension_name,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`failed` names the dimension that failed first ("country", "key_value:room_type")."""

    matched: bool
    failed: str = ""


def evaluate(rule: Rule, context: RequestContext) -> Verdict:
    """Whether `context` matches, and the dimension that failed first when it does not.

    A value that the request does not have fails `in` and passes `not_in`.
    """
    matched, decided_by = _judge(rule, context)
    return Verdict(matched, "" if matched else decided_by)


def _judge(rule: Rule, context: RequestContext) -> tuple[bool, str]:
    """The outcome and the dimension that decided it."""
    match rule:
        case Everyone():
            return True, ""
        case All(rules=rules):
            return _judge_group(rules, context, stops_at=False)
        case Any_(rules=rules):
            return _judge_group(rules, context, stops_at=True)
        case Not(rule=inner):
            matched, decided_by = _judge(inner, context)
            return not matched, decided_by
        case Leaf() | KeyValueLeaf() | DaypartLeaf():
            return _holds(rule, context), dimension_name(rule)


def _judge_group(
    rules: tuple[Rule, ...], context: RequestContext, *, stops_at: bool
) -> tuple[bool, str]:
    """`all` stops at its first miss, `any` at its first match; the first rule decides otherwise."""
    first_by = ""
    for index, rule in enumerate(rules):
        matched, decided_by = _judge(rule, context)
        if matched is stops_at:
            return matched, decided_by
        first_by = first_by if index else decided_by
    return not stops_at, first_by


def _holds(leaf: AnyLeaf, context: RequestContext) -> bool:
    match leaf:
        case Leaf(dimension=dimension, values=values):
            found = not _spellings(dimension, context).isdisjoint(values)
        case KeyValueLeaf(key=key, values=values):
            given = context.key_values.get(key, ())
            found = not values.isdisjoint((given,) if isinstance(given, str) else given)
        case DaypartLeaf(values=dayparts):
            now = context.local_time
            minute = now.hour * 60 + now.minute
            found = any(covers(daypart, now.weekday(), minute) for daypart in dayparts)
    return found is (leaf.op is Op.IN)


def _spellings(dimension: Dimension, context: RequestContext) -> frozenset[str]:
    """Every value by which the request can be named in `dimension`: fr-CA is also fr."""
    match dimension:
        case Dimension.SEGMENT:
            return context.segments
        case Dimension.PLACEMENT:
            return frozenset({context.placement_key})
        case Dimension.LANGUAGE:
            return frozenset({context.language, context.language.partition("-")[0]})
        case _:
            return frozenset({getattr(context, dimension.value)})
