"""What a bidding report is asked for, and the statements that answer it (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from rtb.records import RecordKind

DEFAULT_LIMIT: Final = 1000
UTC_ZONE: Final = ZoneInfo("UTC")


class By(StrEnum):
    """What a report can be broken down by."""

    DAY = "day"
    HOUR = "hour"
    SSP = "ssp"
    CAMPAIGN = "campaign"
    LINE_ITEM = "line_item"
    CREATIVE = "creative"
    DEAL = "deal"
    FORMAT = "format"

    @property
    def field(self) -> str:
        """Its name in a row."""
        return f"{self.value}_id" if self in IDS else self.value


IDS: Final = frozenset({By.SSP, By.CAMPAIGN, By.LINE_ITEM, By.CREATIVE, By.DEAL})
OF_REQUESTS: Final = frozenset({By.DAY, By.HOUR, By.SSP})  # a request has no line item yet
MEASURES: Final = {
    "requests": "sumIf(agg.count, agg.kind = 'REQUEST')",
    "requests_bid_on": "sumIf(agg.count, agg.kind = 'REQUEST' AND agg.reason = '')",
    "bids": "sumIf(agg.count, agg.kind = 'BID')",
    "wins": "sumIf(agg.count, agg.kind = 'WIN')",
    "billings": "sumIf(agg.count, agg.kind = 'BILLING')",
    "late_billings": "sumIf(agg.late, agg.kind = 'BILLING')",
    "bid_micros": "sumIf(agg.price_micros, agg.kind = 'BID')",
    "paid_micros": "sumIf(agg.paid_micros, agg.kind = 'BILLING')",
    "value_micros": "sumIf(agg.value_micros, agg.kind = 'BILLING')",
    "losses": "sumMapIf([toString(agg.reason)], [agg.count], agg.kind = 'LOSS')",
}
KINDS: Final = (
    RecordKind.REQUEST,
    RecordKind.BID,
    RecordKind.WIN,
    RecordKind.BILLING,
    RecordKind.LOSS,
)
COUNTED: Final = (
    "sumIf(agg.count, agg.kind = 'ELIGIBLE') AS eligible, "
    "sumIf(agg.count, agg.kind = 'BID') AS bids, "
    "sumMapIf([toString(agg.reason)], [agg.count], agg.kind = 'NO_BID') AS reasons"
)
COUNTED_KINDS: Final = (RecordKind.NO_BID, RecordKind.ELIGIBLE, RecordKind.BID)
WHERE: Final = (
    "agg.tenant_id = %(tenant)s AND agg.is_test = 0 AND agg.kind IN %(kinds)s "
    "AND agg.minute >= %(since)s AND agg.minute < %(until)s"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A tenant's bidding from ``since`` to before ``until``, both whole minutes."""

    tenant_id: int
    since: datetime
    until: datetime
    by: tuple[By, ...] = ()
    tz: ZoneInfo = UTC_ZONE
    limit: int = DEFAULT_LIMIT
    line_item_id: int | None = None
    ssp_id: int | None = None

    @property
    def has_requests(self) -> bool:
        """Whether requests can be told apart by what the report is of and broken down by."""
        return self.line_item_id is None and OF_REQUESTS.issuperset(self.by)


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why there was no bid: of one line item, or of all, at one exchange or all."""

    tenant_id: int
    since: datetime
    until: datetime
    line_item_id: int | None = None
    ssp_id: int | None = None
    limit: int = DEFAULT_LIMIT


Statement = tuple[str, Mapping[str, object]]


def report(ask: Question) -> Statement:
    """One row per combination: its fields, then the measures in their order."""
    kinds = [kind for kind in KINDS if ask.has_requests or kind is not RecordKind.REQUEST]
    columns = [f"{_expression(each)} AS by_{each.field}" for each in ask.by]
    names = [f"by_{each.field}" for each in ask.by]
    grouped = f" GROUP BY {', '.join(names)} ORDER BY {_order(ask)}" if names else ""
    sql = (
        f"SELECT {', '.join([*columns, *MEASURES.values()])} FROM rtb_minute_agg AS agg "
        f"WHERE {WHERE}{_narrowed(ask)}{grouped} LIMIT %(limit)s"
    )
    return sql, {**_scope(ask, kinds), **_ids(ask), "tz": ask.tz.key, "limit": ask.limit}


def refusals(ask: Reasons) -> Statement:
    """Per line item, creative and exchange: eligible, bids, and how often for each reason."""
    sql = (
        f"SELECT agg.line_item_id, agg.creative_id, agg.ssp_id, {COUNTED} "
        f"FROM rtb_minute_agg AS agg WHERE {WHERE}{_narrowed(ask)} "
        "GROUP BY agg.line_item_id, agg.creative_id, agg.ssp_id "
        "ORDER BY bids DESC, eligible DESC, agg.line_item_id, agg.creative_id, agg.ssp_id "
        "LIMIT %(limit)s"
    )
    return sql, {**_scope(ask, COUNTED_KINDS), **_ids(ask), "limit": ask.limit}


def all_refusals(ask: Reasons) -> Statement:
    """One row: eligible, bids, and how often for each reason."""
    sql = f"SELECT {COUNTED} FROM rtb_minute_agg AS agg WHERE {WHERE}{_narrowed(ask)}"
    return sql, {**_scope(ask, COUNTED_KINDS), **_ids(ask)}


def unanswered(ask: Reasons) -> Statement:
    """Per exchange: how many requests, and how many got no bid for each reason."""
    sql = (
        "SELECT agg.ssp_id, sum(agg.count) AS requests, "
        "sumMapIf([toString(agg.reason)], [agg.count], agg.reason != '') AS reasons "
        f"FROM rtb_minute_agg AS agg WHERE {WHERE}{_of_ssp(ask)} "
        "GROUP BY agg.ssp_id ORDER BY agg.ssp_id"
    )
    return sql, {**_scope(ask, [RecordKind.REQUEST]), **_ids(ask)}


def _expression(by: By) -> str:
    if by is By.DAY:
        return "toString(toDate(agg.minute, %(tz)s))"
    if by is By.HOUR:
        return "toUnixTimestamp(toStartOfHour(agg.minute, %(tz)s))"
    return f"agg.{by.field}"


def _order(ask: Question) -> str:
    times = [f"by_{each.field}" for each in ask.by if each in {By.DAY, By.HOUR}]
    others = [f"by_{each.field}" for each in ask.by if each not in {By.DAY, By.HOUR}]
    return ", ".join([*times, f"{MEASURES['paid_micros']} DESC", *others])


def _scope(ask: Question | Reasons, kinds: Sequence[RecordKind]) -> dict[str, object]:
    return {
        "tenant": ask.tenant_id,
        "since": ask.since,
        "until": ask.until,
        "kinds": tuple(kind.value for kind in kinds),
    }


def _narrowed(ask: Question | Reasons) -> str:
    of_item = "" if ask.line_item_id is None else " AND agg.line_item_id = %(line_item)s"
    return of_item + _of_ssp(ask)


def _of_ssp(ask: Question | Reasons) -> str:
    return "" if ask.ssp_id is None else " AND agg.ssp_id = %(ssp)s"


def _ids(ask: Question | Reasons) -> dict[str, object]:
    return {"line_item": ask.line_item_id, "ssp": ask.ssp_id}
