"""The SQL that credits conversions, bound to one tenant (pure): raw events in, rows of credits out.

Events of the visitors who have a conversion, numbered, laid on pages, met by their conversions,
shared out by every model: each step selects from the one before it. Every value is a parameter;
times are Unix milliseconds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from campaigns.attribution import (
    BETWEEN_SHARE,
    FIRST_SHARE,
    HALF_LIFE_DAYS,
    LAST_SHARE,
    TOUCHES,
    Model,
    ViewEvent,
)
from events.ttl import EVER
from reporting.attribution.credits import MICROS_PER_CENT, PPM, TABLE, TOUCH_COLUMNS

HALF_LIFE_MS: Final = HALF_LIFE_DAYS * 86_400_000
WEIGHT_ONE: Final = 2**30  # of time decay: weights are whole numbers, so that sums are exact
MAX_CENTS: Final = (2**63 - 1) // MICROS_PER_CENT  # beyond, a value counts as this much
HOUR_MS: Final = 3_600_000
DAY: Final = 86_400
VIEW_TYPES: Final = {ViewEvent.VIEWABLE: "VIEW", ViewEvent.IMPRESSION: "IMPRESSION"}
ROWS_AT_ONCE: Final = 2048  # each may carry two pages of touches
SETTINGS: Final = {
    "max_block_size": ROWS_AT_ONCE,
    "max_bytes_before_external_group_by": 2_000_000_000,
    "max_bytes_before_external_sort": 2_000_000_000,
    "max_partitions_per_insert_block": 0,
}

Params = dict[str, object]

# A conversion without any id is a visitor of its own.
VISITOR: Final = (
    "multiIf(user_id != '', concat('user ', user_id), session_id != '', "
    "concat('session ', session_id), concat('event ', toString(event_id)))"
)
COUNTED: Final = "tenant_id = %(tenant_id)s AND invalid_reason = '' AND is_test = 0"
MOMENT: Final = "fromUnixTimestamp64Milli(toInt64(%({})s), 'UTC')"


@dataclass(frozen=True, slots=True)
class Rule:
    """A tenant's windows before a conversion, 0 for none, and what is a view."""

    click_hours: int
    view_hours: int
    view_event: ViewEvent = ViewEvent.VIEWABLE


@dataclass(frozen=True, slots=True)
class Scope:
    """The conversions of one tenant that are asked for; ``end`` is not included.

    With ``stored_after``: only those of visitors of whom an event was stored since then. Events
    from before ``covered_since`` may have expired: what was credited to them stays.
    """

    tenant_id: int
    rule: Rule
    start: datetime
    end: datetime
    stored_after: datetime | None = None
    covered_since: datetime = EVER

    @property
    def window(self) -> timedelta:
        """How long before a conversion its oldest touch may be."""
        return timedelta(hours=max(self.rule.click_hours, self.rule.view_hours))

    def params(self) -> Params:
        rule = self.rule
        return {
            "tenant_id": self.tenant_id,
            "start": _ms(self.start),
            "end": _ms(self.end),
            "stored_after": _ms(self.stored_after) if self.stored_after else 0,
            "covered_since": _ms(self.covered_since),
            "click_hours": rule.click_hours,
            "view_hours": rule.view_hours,
            "click_ms": rule.click_hours * HOUR_MS,
            "view_ms": rule.view_hours * HOUR_MS,
            "view_type": VIEW_TYPES[rule.view_event],
        }


def news() -> str:
    """How many clicks, views and conversions were stored since, and the time of the earliest."""
    return (
        "SELECT count(), toUnixTimestamp64Milli(min(event_time)) FROM ad_events_raw "
        f"WHERE {COUNTED} AND event_type IN ('CONVERSION', 'CLICK', %(view_type)s) "
        f"AND inserted_at >= {_moment('stored_after')}"
    )


def conversions_by_hour(scope: Scope) -> str:
    """The hours that hold conversions asked for (Unix seconds), and how many, in order."""
    return (
        "SELECT toUnixTimestamp(toStartOfHour(event_time)) AS hour, count() "
        f"FROM ad_events_raw FINAL WHERE {_conversions(scope)} GROUP BY hour ORDER BY hour"
    )


def earliest(scope: Scope) -> str:
    """How many conversions are asked for, and the time of the earliest."""
    return (
        "SELECT count(), toUnixTimestamp64Milli(min(event_time)) FROM ad_events_raw "
        f"WHERE {_conversions(scope)}"
    )


def insert(scope: Scope) -> str:
    """Writes the rows that are new or differ from those that count; needs ``version`` too."""
    return f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) {_changed(scope)}"


def tally() -> str:
    """Conversions that a version wrote, and how many of them have touches."""
    return (
        "SELECT uniqExact(conversion_id), uniqExactIf(conversion_id, kind != 'none') "
        f"FROM {TABLE} WHERE tenant_id = %(tenant_id)s AND version = %(version)s "
        f"AND conversion_time >= {_moment('start')} AND conversion_time < {_moment('end')}"
    )


def orphans() -> str:
    """Conversions that a version from ``version`` on credited and that are gone from the events."""
    credited = (
        f"SELECT conversion_id FROM {TABLE} WHERE tenant_id = %(tenant_id)s "
        f"AND version >= %(version)s AND conversion_time >= {_moment('start')}"
    )
    there = (
        f"SELECT event_id FROM ad_events_raw WHERE {COUNTED} AND event_type = 'CONVERSION' "
        f"AND {_between('start', 'end')} AND event_id IN ({credited})"
    )
    return f"SELECT DISTINCT conversion_id FROM ({credited}) WHERE conversion_id NOT IN ({there})"


def deletion() -> str:
    """Deletes every version of the credits of ``conversion_ids``."""
    return (
        f"ALTER TABLE {TABLE} DELETE WHERE tenant_id = %(tenant_id)s "
        "AND conversion_id IN %(conversion_ids)s"
    )


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(name: str) -> str:
    return MOMENT.format(name)


def _between(start: str, end: str, *, before: str = "") -> str:
    """The event's time, and its day for the sake of partitions; ``before``: a window in front."""
    earlier = f" - toIntervalMillisecond(%({before})s)" if before else ""
    return (
        f"event_time >= {_moment(start)}{earlier} AND event_time < {_moment(end)} AND "
        f"event_date >= toDate({_moment(start)}{earlier}) AND event_date <= toDate({_moment(end)})"
    )


# 1. Events of the visitors who have a conversion


def _conversions(scope: Scope) -> str:
    chosen = f"{COUNTED} AND event_type = 'CONVERSION' AND {_between('start', 'end')}"
    if scope.stored_after is None:
        return chosen
    news = (
        f"SELECT {VISITOR} FROM ad_events_raw WHERE {COUNTED} "
        "AND event_type IN ('CONVERSION', 'CLICK', %(view_type)s) "
        f"AND inserted_at >= {_moment('stored_after')}"
    )
    return f"{chosen} AND {VISITOR} IN ({news})"


def _events(scope: Scope) -> str:
    """A touch once, by its kind; a conversion twice, to meet the touches of either kind."""
    converted = f"SELECT {VISITOR} FROM ad_events_raw WHERE {_conversions(scope)}"
    touches = [f"(event_type = 'CONVERSION' AND {_between('start', 'end')})"]
    if scope.rule.click_hours:
        touches.append(f"(event_type = 'CLICK' AND {_between('start', 'end', before='click_ms')})")
    if scope.rule.view_hours:
        view = f"event_type = %(view_type)s AND {_between('start', 'end', before='view_ms')}"
        touches.append(f"({view})")
    return (
        f"SELECT {VISITOR} AS visitor, event_time, event_id, {', '.join(TOUCH_COLUMNS)}, "
        "received_at, value_cents, event_type = 'CONVERSION' AS is_conversion, "
        "arrayJoin(multiIf(is_conversion, ['click', 'view'], event_type = 'CLICK', ['click'], "
        "['view'])) AS kind "
        f"FROM ad_events_raw FINAL WHERE {COUNTED} AND ({' OR '.join(touches)}) "
        f"AND visitor IN ({converted})"
    )


# 2. Pages: a conversion needs the newest TOUCHES touches, which are on its page, however many a
# visitor has; all conversions against all touches would be quadratic


def _numbered(scope: Scope) -> str:
    return (
        "SELECT *, sum(NOT is_conversion) OVER (PARTITION BY visitor, kind ORDER BY event_time, "
        "is_conversion, toString(event_id) ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) "
        f"AS number FROM ({_events(scope)})"
    )


def _pages(scope: Scope) -> str:
    """Each touch is on the page of its number and on the next; a conversion on its last touch's."""
    touch = f"(event_time, event_id, {', '.join(TOUCH_COLUMNS)})"
    page = f"toInt64(intDiv(greatest(number, 1) - 1, {TOUCHES}))"
    return (
        f"SELECT visitor, kind, arrayJoin(if(is_conversion, [{page}], [{page}, {page} + 1])) "
        f"AS page, groupArrayIf({touch}, NOT is_conversion) AS unsorted, "
        "arraySort(touch -> (touch.1, toString(touch.2)), unsorted) AS touches, "
        "groupArrayIf((event_id, event_time, received_at, value_cents), is_conversion) AS met "
        f"FROM ({_numbered(scope)}) GROUP BY visitor, kind, page HAVING notEmpty(met)"
    )


# 3. Each conversion with its touches: a click in its window beats every view


def _met(scope: Scope) -> str:
    return (
        "SELECT conversion.1 AS conversion_id, conversion.2 AS conversion_time, "
        "conversion.3 AS received_at, conversion.4 AS value_cents, kind, "
        "conversion_time - toIntervalMillisecond(if(kind = 'click', %(click_ms)s, %(view_ms)s)) "
        f"AS earliest, arraySlice(arrayFilter(touch -> touch.1 <= conversion_time "
        f"AND touch.1 >= earliest, touches), -{TOUCHES}) AS found "
        f"FROM ({_pages(scope)}) ARRAY JOIN met AS conversion"
    )


def _sides(scope: Scope) -> str:
    return (
        "SELECT conversion_id, conversion_time, any(received_at) AS received, "
        "any(value_cents) AS cents, groupArrayIf(found, kind = 'click')[1] AS clicks, "
        f"groupArrayIf(found, kind = 'view')[1] AS views FROM ({_met(scope)}) "
        "GROUP BY conversion_id, conversion_time"
    )


def _touched(scope: Scope) -> str:
    nothing = "(toDateTime64(0, 3, 'UTC'), toUUID('00000000-0000-0000-0000-000000000000'), "
    nothing += ", ".join("''" if name == "ad_id" else "toUInt64(0)" for name in TOUCH_COLUMNS) + ")"
    return (
        "SELECT conversion_id, conversion_time, received AS received_at, cents AS value_cents, "
        "multiIf(notEmpty(clicks), 'click', notEmpty(views), 'view', 'none') AS kind, "
        f"multiIf(notEmpty(clicks), clicks, notEmpty(views), views, [{nothing}]) AS touches, "
        "toInt64(length(touches)) AS n, toUnixTimestamp64Milli(touches[-1].1) AS newest "
        f"FROM ({_sides(scope)})"
    )


# 4. Shares: whole weights by model, then what the running sum of weights gets of the whole, so that
# all shares together are exactly the whole

PLACES: Final = "arrayEnumerate(touches)"
WEIGHTS: Final = {
    Model.LAST_TOUCH: f"arrayMap(i -> toUInt64(i = n), {PLACES})",
    Model.FIRST_TOUCH: f"arrayMap(i -> toUInt64(i = 1), {PLACES})",
    Model.LINEAR: f"arrayMap(i -> toUInt64(1), {PLACES})",
    Model.TIME_DECAY: (
        "arrayMap(touch -> toUInt64(round("
        f"exp2((toUnixTimestamp64Milli(touch.1) - newest) / {HALF_LIFE_MS}) * {WEIGHT_ONE}"
        ")), touches)"
    ),
    Model.POSITION_BASED: (
        f"arrayMap(i -> toUInt64(multiIf(n <= 2, 1, i = 1, {FIRST_SHARE} * (n - 2), "
        f"i = n, {LAST_SHARE} * (n - 2), {BETWEEN_SHARE})), {PLACES})"
    ),
}


def _shared(scope: Scope) -> str:
    by_model = ", ".join(f"('{model}', {weights})" for model, weights in WEIGHTS.items())
    limit = f"toInt64({MAX_CENTS})"
    micros = f"toInt128(greatest(least(value_cents, {limit}), -{limit}) * {MICROS_PER_CENT})"
    return (
        "SELECT conversion_id, conversion_time, received_at, value_cents, kind, touches, "
        f"weighed.1 AS model, arrayCumSum(weighed.2) AS running, running[-1] AS whole, "
        f"{micros} AS micros, "
        f"{_differences(f'toInt64(intDiv(part * {PPM}, whole))')} AS ppm, "
        f"{_differences('toInt64(intDiv(toInt128(part) * micros, toInt128(whole)))')} AS amounts, "
        "arrayFilter(each -> each.2 != 0 OR each.3 != 0, arrayZip(touches, ppm, amounts)) AS given "
        f"FROM ({_touched(scope)}) ARRAY JOIN [{by_model}] AS weighed"
    )


def _differences(of_part: str) -> str:
    mapped = f"arrayMap(part -> {of_part}, running)"
    return f"arrayPopFront(arrayDifference(arrayPushFront({mapped}, toInt64(0))))"


# 5. Rows, where they are news

EACH: Final = {
    "touch_event_ids": "each.1.2",
    "touch_times": "each.1.1",
    **{f"{name}s": f"each.1.{place}" for place, name in enumerate(TOUCH_COLUMNS, 3)},
    "credit_ppm": "toUInt32(each.2)",
    "credit_micros": "each.3",
}
KEY: Final = ("conversion_id", "conversion_time", "model")
VALUES: Final = {
    "received_at": "received_at",
    "kind": "kind",
    "value_cents": "value_cents",
    "click_window_hours": "toUInt32(%(click_hours)s)",
    "view_window_hours": "toUInt32(%(view_hours)s)",
    **{name: f"arrayMap(each -> {value}, given)" for name, value in EACH.items()},
}
COLUMNS: Final = ("tenant_id", *KEY, *VALUES, "digest", "version")


def _changed(scope: Scope) -> str:
    values = ", ".join(f"{value} AS {name}" for name, value in VALUES.items())
    rows = (
        f"SELECT toUInt64(%(tenant_id)s) AS tenant_id, {', '.join(KEY)}, {values}, "
        f"sipHash64({', '.join(VALUES)}) AS digest FROM ({_shared(scope)})"
    )
    credited = (
        f"FROM {TABLE} FINAL WHERE tenant_id = %(tenant_id)s "
        f"AND conversion_time >= {_moment('start')} AND conversion_time < {_moment('end')}"
    )
    known = f"SELECT model, conversion_id, digest {credited}"
    return (
        f"SELECT *, toUInt64(%(version)s) AS version FROM ({rows}) "
        f"WHERE (model, conversion_id, digest) NOT IN ({known}) "
        f"AND (model, conversion_id, kind) NOT IN ({_kept(credited)})"
    )


def _kept(credited: str) -> str:
    """What must not replace a credit for a touch that may have expired: all but a better kind."""
    no_better = "if(kind = 'view', ['view', 'none'], ['click', 'view', 'none'])"
    return (
        f"SELECT model, conversion_id, arrayJoin({no_better}) {credited} AND kind != 'none' "
        f"AND arrayExists(moment -> moment < {_moment('covered_since')}, touch_times)"
    )
