"""Filters and thresholds in SQL; pure."""

from collections.abc import Callable, Iterator
from itertools import count

from reporting.conditions import Comparison, Condition, Every, Having, Not, Operator, Some, Test
from reporting.conditions import tests_of as _tests_of
from reporting.dimensions import Dimension
from reporting.measures import METRICS, Metric
from reporting.queries.statement import Params, sql_name

SIGNS = {Comparison.GT: ">", Comparison.GTE: ">=", Comparison.LT: "<", Comparison.LTE: "<="}
Column = Callable[[Dimension], str]


def where(condition: Condition, column: Column) -> str:
    """The condition, on what ``column`` names; its values are ``parameters``."""
    return _where(condition, column, count())


def parameters(condition: Condition) -> Params:
    return {_name(number): _value(test) for number, test in enumerate(_tests_of(condition))}


def _value(test: Test) -> object:
    return list(test.values) if test.operator is Operator.CONTAINS else test.values


def _where(condition: Condition, column: Column, numbers: Iterator[int]) -> str:
    match condition:
        case Test():
            return _test(condition, column(condition.dimension), f"%({_name(next(numbers))})s")
        case Not(part):
            return f"NOT ({_where(part, column, numbers)})"
        case Every(parts):
            return _joined(" AND ", parts, column, numbers) or "1"
        case Some(parts):
            return f"({_joined(' OR ', parts, column, numbers)})" if parts else "0"


def _joined(word: str, parts: tuple[Condition, ...], column: Column, numbers: Iterator[int]) -> str:
    texts = [_where(part, column, numbers) for part in parts]
    return word.join(f"({text})" if len(texts) > 1 else text for text in texts)


def _test(test: Test, column: str, value: str) -> str:
    if test.operator is Operator.CONTAINS:
        found = f"positionCaseInsensitiveUTF8(toString({column}), part) > 0"
        return f"arrayExists(part -> {found}, {value})"
    return f"{column} {'NOT IN' if test.operator is Operator.IS_NOT else 'IN'} {value}"


def _name(number: int) -> str:
    return f"test_{number}"


def metric(name: str, min_sample: int) -> str:
    """A metric from the sums; NULL where a report shows none."""
    chosen = METRICS[name]
    above = _sum(chosen.terms)
    if chosen.is_whole:
        return above
    value = f"{above} * {chosen.times} / {chosen.by}"
    if not chosen.is_ratio:
        return value
    return f"if({_shown(chosen, min_sample)}, {value} / nullIf({_sum(chosen.over)}, 0), NULL)"


def _shown(chosen: Metric, min_sample: int) -> str:
    return f"{_sum(chosen.sample)} >= {int(min_sample)}"


def _sum(columns: tuple[str, ...]) -> str:
    names = " + ".join(sql_name(column) for column in columns)
    return f"({names})" if len(columns) > 1 else names


def having(conditions: tuple[Having, ...], min_sample: int) -> list[str]:
    return [
        f"{metric(each.metric, min_sample)} {SIGNS[each.comparison]} %(having_{number})s"
        for number, each in enumerate(conditions)
    ]


def having_parameters(conditions: tuple[Having, ...]) -> Params:
    return {f"having_{number}": each.value for number, each in enumerate(conditions)}
