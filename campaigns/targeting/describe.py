"""Says a rule in one English sentence, for people in the admin."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from campaigns.targeting.dayparts import clock, week_order
from campaigns.targeting.iso import country_name, language_name, region_name
from campaigns.targeting.rules import (
    WEEKDAYS,
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
    Op,
    Rule,
)
from campaigns.targeting.serialize import ordered_dayparts
from campaigns.targeting.vocabulary import BROWSERS, DEVICE_TYPES, OPERATING_SYSTEMS

MAX_NAMED_VALUES = 6


def describe(rule: Rule) -> str:
    """One sentence of plain text (not escaped for HTML)."""
    if isinstance(rule, Everyone):
        return "Matches everyone."
    return f"Matches when {_clause(rule, nested=False)}."


def _clause(rule: Rule, *, nested: bool = True) -> str:
    match rule:
        case Everyone():
            return "anyone visits"
        case All(rules=rules):
            return _joined(rules, ", and ", nested=nested)
        case Any_(rules=rules):
            return _joined(rules, ", or ", nested=nested)
        case Not(rule=Leaf() | KeyValueLeaf() | DaypartLeaf() as leaf):
            return _condition(replace(leaf, op=Op.NOT_IN if leaf.op is Op.IN else Op.IN))
        case Not(rule=inner):
            return f"it is not so that {_clause(inner)}"
        case Leaf() | KeyValueLeaf() | DaypartLeaf():
            return _condition(rule)


def _joined(rules: tuple[Rule, ...], joint: str, *, nested: bool) -> str:
    text = joint.join(_clause(child) for child in rules)
    return f"({text})" if nested and len(rules) > 1 else text


def _condition(leaf: AnyLeaf) -> str:
    is_ = "is" if leaf.op is Op.IN else "is not"
    match leaf:
        case Leaf(dimension=dimension, values=values):
            subject = _SUBJECTS[dimension].format(is_=is_)
            return f"{subject} {_listing(map(_LABELS.get(dimension, str), values))}"
        case KeyValueLeaf(key=key, values=values):
            return f"{key} {is_} {_listing(values)}"
        case DaypartLeaf(values=dayparts):
            windows = [_window(daypart) for daypart in ordered_dayparts(dayparts)]
            return f"the local time {is_} {_or(windows)}"


def _listing(labels: Iterable[str]) -> str:
    return _or(sorted(labels, key=str.casefold))


def _or(labels: list[str]) -> str:
    hidden = len(labels) - MAX_NAMED_VALUES
    if hidden > 1:
        labels = [*labels[:MAX_NAMED_VALUES], f"{hidden} others"]
    return " or ".join(part for part in (", ".join(labels[:-1]), labels[-1]) if part)


def _window(daypart: Daypart) -> str:
    start, end = daypart.start_minute, daypart.end_minute
    overnight = " the next day" if end <= start else ""
    return f"{_days(week_order(daypart.days))} from {clock(start)} to {clock(end)}{overnight}"


def _days(days: list[str]) -> str:
    if len(days) == len(WEEKDAYS):
        return "every day"
    first, last = WEEKDAYS.index(days[0]), WEEKDAYS.index(days[-1])
    names = [day.capitalize() for day in days]
    is_a_run = len(days) > 2 and last - first + 1 == len(days)  # noqa: PLR2004  two days: no dash
    return f"{names[0]}-{names[-1]}" if is_a_run else "/".join(names)


def _country(code: str) -> str:
    return f"{country_name(code) or 'unknown'} ({code})"


def _region(code: str) -> str:
    return f"{region_name(code) or 'unknown'} ({code})"


def _language(tag: str) -> str:
    return f"{language_name(tag.partition('-')[0]) or 'unknown'} ({tag})"


_LABELS: Mapping[Dimension, Callable[[str], str]] = {
    Dimension.COUNTRY: _country,
    Dimension.REGION: _region,
    Dimension.DEVICE_TYPE: lambda word: DEVICE_TYPES.labels.get(word, word),
    Dimension.OS: lambda word: OPERATING_SYSTEMS.labels.get(word, word),
    Dimension.BROWSER: lambda word: BROWSERS.labels.get(word, word),
    Dimension.LANGUAGE: _language,
}

_SUBJECTS: Mapping[Dimension, str] = {
    Dimension.COUNTRY: "the country {is_}",
    Dimension.REGION: "the region {is_}",
    Dimension.DEVICE_TYPE: "the device {is_}",
    Dimension.OS: "the operating system {is_}",
    Dimension.BROWSER: "the browser {is_}",
    Dimension.LANGUAGE: "the language {is_}",
    Dimension.SEGMENT: "the visitor {is_} in segment",
    Dimension.PLACEMENT: "the placement {is_}",
}
