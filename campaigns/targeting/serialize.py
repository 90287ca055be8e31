"""Writes a Rule as canonical JSON: the form kept in LineItem.targeting_json and Segment.rule."""

from campaigns.targeting.dayparts import clock, week_order
from campaigns.targeting.rules import (
    All,
    Any_,
    AnyLeaf,
    Daypart,
    DaypartLeaf,
    Dimension,
    Everyone,
    KeyValueLeaf,
    Leaf,
    Not,
    Rule,
)


def to_json(rule: Rule) -> dict[str, object]:
    """Equal rules give equal JSON, values sorted; `parse` reads it back to the same rule."""
    match rule:
        case Everyone():
            return {}
        case All(rules=rules):
            return {"all": [to_json(child) for child in rules]}
        case Any_(rules=rules):
            return {"any": [to_json(child) for child in rules]}
        case Not(rule=inner):
            return {"not": to_json(inner)}
        case Leaf() | KeyValueLeaf() | DaypartLeaf():
            return _leaf_json(rule)


def _leaf_json(leaf: AnyLeaf) -> dict[str, object]:
    match leaf:
        case Leaf(dimension=dimension, op=op, values=values):
            return {"dimension": dimension.value, "op": op.value, "values": sorted(values)}
        case KeyValueLeaf(key=key, op=op, values=values):
            name = {"dimension": Dimension.KEY_VALUE.value, "key": key}
            return {**name, "op": op.value, "values": sorted(values)}
        case DaypartLeaf(op=op, values=dayparts):
            windows = [daypart_json(daypart) for daypart in ordered_dayparts(dayparts)]
            return {"dimension": Dimension.DAYPART.value, "op": op.value, "values": windows}


def ordered_dayparts(dayparts: frozenset[Daypart]) -> list[Daypart]:
    return sorted(dayparts, key=lambda it: (it.start_minute, it.end_minute, sorted(it.days)))


def daypart_json(daypart: Daypart) -> dict[str, object]:
    return {
        "days": week_order(daypart.days),
        "from": clock(daypart.start_minute),
        "to": clock(daypart.end_minute),
    }
