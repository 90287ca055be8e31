"""The part of the language that the admin's typed form can show, and the way there and back.

The form is a conjunction: one include and one exclude list for each dimension, key-values and
dayparts. Included regions narrow their own country and add to the others, as people expect of
"Canada, only Ontario, and the United States".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeGuard

from campaigns.targeting.dayparts import clock, week_order
from campaigns.targeting.leaves import LeafReader
from campaigns.targeting.problems import shown
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
)
from campaigns.targeting.serialize import ordered_dayparts


@dataclass(frozen=True, slots=True)
class Choice:
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyValueChoice:
    key: str
    op: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DaypartChoice:
    days: tuple[str, ...]
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class TargetingForm:
    """What a person typed, not yet checked; the first eight fields are named as the dimensions."""

    country: Choice = Choice()
    region: Choice = Choice()
    device_type: Choice = Choice()
    os: Choice = Choice()
    browser: Choice = Choice()
    language: Choice = Choice()
    segment: Choice = Choice()
    placement: Choice = Choice()
    key_values: tuple[KeyValueChoice, ...] = ()
    dayparts: tuple[DaypartChoice, ...] = ()
    excluded_dayparts: tuple[DaypartChoice, ...] = ()


_LISTED = tuple(Dimension(it.name) for it in fields(TargetingForm) if it.type is Choice)
_PLACES = (Dimension.COUNTRY, Dimension.REGION)


def rule_from_form(form: TargetingForm) -> Rule:
    """The rule that `form` states.

    Raises TargetingRejected; each problem's path starts with the form's field, such as
    "country.include[0]".
    """
    reader = LeafReader()
    leaves = [leaf for leaf in _read_leaves(form, reader) if leaf is not None]
    if reader.problems.found:
        raise reader.problems.rejection()
    rules = _with_places_merged(leaves)
    if len(rules) > 1:
        return All(rules)
    return rules[0] if rules else Everyone()


def _read_leaves(form: TargetingForm, reader: LeafReader) -> Iterator[AnyLeaf | None]:
    for dimension in _LISTED:
        choice: Choice = getattr(form, dimension.value)
        if choice.include:
            yield reader.leaf(dimension, Op.IN, choice.include, f"{dimension}.include")
        if choice.exclude:
            yield reader.leaf(dimension, Op.NOT_IN, choice.exclude, f"{dimension}.exclude")
    for index, key_value in enumerate(form.key_values):
        yield _read_key_value(key_value, f"key_values[{index}]", reader)
    for op, name in ((Op.IN, "dayparts"), (Op.NOT_IN, "excluded_dayparts")):
        windows = [_daypart_data(choice) for choice in getattr(form, name)]
        if windows:
            yield reader.leaf(Dimension.DAYPART, op, windows, name)


def _read_key_value(choice: KeyValueChoice, path: str, reader: LeafReader) -> AnyLeaf | None:
    if choice.op not in Op.__members__.values():
        message = f"{shown(choice.op)} is not an operator; op is 'in' or 'not_in'"
        reader.problems.add(f"{path}.op", message)
        return None
    return reader.key_value(choice.key, Op(choice.op), choice.values, path)


def _daypart_data(choice: DaypartChoice) -> dict[str, object]:
    return {"days": list(choice.days), "from": choice.start, "to": choice.end}


def _with_places_merged(leaves: list[AnyLeaf]) -> tuple[Rule, ...]:
    """The same leaves, the included countries and regions made into one place condition."""
    included = [leaf for leaf in leaves if _is_included_place(leaf)]
    if len(included) < len(_PLACES):
        return tuple(leaves)
    countries, regions = included
    whole = countries.values - _countries_of(regions.values)
    place = Any_((replace(countries, values=whole), regions)) if whole else regions
    return (place, *(leaf for leaf in leaves if leaf not in included))


def _is_included_place(rule: Rule) -> TypeGuard[Leaf]:
    return isinstance(rule, Leaf) and rule.dimension in _PLACES and rule.op is Op.IN


def _countries_of(regions: frozenset[str]) -> frozenset[str]:
    return frozenset(region.partition("-")[0] for region in regions)


def form_from_rule(rule: Rule) -> TargetingForm | None:
    """The form that states `rule`, or None when only JSON can: nested, or a field needed twice.

    `rule_from_form` of it matches the same requests, though its conditions may be in another order.
    """
    parts = _parts(rule)
    if parts is None:
        return None
    listed = {
        (it.dimension, it.op): tuple(sorted(it.values)) for it in parts if isinstance(it, Leaf)
    }
    windows = {it.op: _daypart_choices(it) for it in parts if isinstance(it, DaypartLeaf)}
    key_values = tuple(_key_value_choice(it) for it in parts if isinstance(it, KeyValueLeaf))
    if len(listed) + len(windows) + len(key_values) < len(parts):
        return None
    return _filled(listed, key_values, windows)


def _filled(
    listed: Mapping[tuple[Dimension, Op], tuple[str, ...]],
    key_values: tuple[KeyValueChoice, ...],
    windows: Mapping[Op, tuple[DaypartChoice, ...]],
) -> TargetingForm:
    def choice(dimension: Dimension) -> Choice:
        return Choice(listed.get((dimension, Op.IN), ()), listed.get((dimension, Op.NOT_IN), ()))

    return TargetingForm(
        country=choice(Dimension.COUNTRY),
        region=choice(Dimension.REGION),
        device_type=choice(Dimension.DEVICE_TYPE),
        os=choice(Dimension.OS),
        browser=choice(Dimension.BROWSER),
        language=choice(Dimension.LANGUAGE),
        segment=choice(Dimension.SEGMENT),
        placement=choice(Dimension.PLACEMENT),
        key_values=key_values,
        dayparts=windows.get(Op.IN, ()),
        excluded_dayparts=windows.get(Op.NOT_IN, ()),
    )


def _key_value_choice(leaf: KeyValueLeaf) -> KeyValueChoice:
    return KeyValueChoice(leaf.key, leaf.op.value, tuple(sorted(leaf.values)))


def _daypart_choices(leaf: DaypartLeaf) -> tuple[DaypartChoice, ...]:
    return tuple(
        DaypartChoice(tuple(week_order(it.days)), clock(it.start_minute), clock(it.end_minute))
        for it in ordered_dayparts(leaf.values)
    )


def _parts(rule: Rule) -> list[AnyLeaf] | None:
    """The leaves that must all hold, a place condition taken apart; None when too nested."""
    parts: list[AnyLeaf] = []
    for child in rule.rules if isinstance(rule, All) else (rule,):
        match child:
            case Everyone():
                continue
            case Any_(rules=(Leaf() as countries, Leaf() as regions)) if _is_merged_place(child):
                parts += [countries, regions]
            case Leaf() | KeyValueLeaf() | DaypartLeaf():
                parts.append(child)
            case All() | Any_() | Not():
                return None
    return None if _places_would_merge_differently(rule) else parts


def _is_merged_place(group: Any_) -> bool:
    """Whether the group is what `_with_places_merged` makes."""
    match group.rules:
        case (
            Leaf(Dimension.COUNTRY, Op.IN, countries),
            Leaf(Dimension.REGION, Op.IN, regions),
        ):
            return countries.isdisjoint(_countries_of(regions))
        case _:
            return False


def _places_would_merge_differently(rule: Rule) -> bool:
    """Unless the included regions are of exactly the included countries, AND is not the form's."""
    if not isinstance(rule, All):
        return False
    values = {it.dimension: it.values for it in rule.rules if _is_included_place(it)}
    if len(values) < len(_PLACES):
        return False
    return _countries_of(values[Dimension.REGION]) != values[Dimension.COUNTRY]
