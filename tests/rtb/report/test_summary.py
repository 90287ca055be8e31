"""The report's numbers against records that were counted by hand."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rtb.records import RecordKind
from rtb.report import summary
from rtb.report.ask import By
from tests.rtb.records import a_record, keep, noon_yesterday

NOON = noon_yesterday()
SINCE, UNTIL = NOON - timedelta(hours=6), NOON + timedelta(hours=6)
DOLLAR = 1_000_000  # a CPM of 1.00


@pytest.fixture
def bidding(event_store):
    """Two exchanges; of ten bids on a hundred requests four are won and three billed."""
    of_item: dict[str, Any] = {
        "campaign_id": 3,
        "line_item_id": 7,
        "creative_id": 70,
        "format": "banner",
    }
    bid = {**of_item, "price_micros": 2 * DOLLAR, "value_micros": 3 * DOLLAR}
    paid = {**bid, "paid_micros": DOLLAR + 500_000}
    keep(
        a_record(RecordKind.REQUEST, count=8),
        a_record(RecordKind.REQUEST, count=92, reason="no_fill"),
        a_record(RecordKind.REQUEST, count=50, reason="over_qps", ssp_id=6),
        *(a_record(**bid) for _ in range(8)),
        *(a_record(**{**bid, "deal_id": "d1", "price_micros": 7 * DOLLAR}) for _ in range(2)),
        *(a_record(RecordKind.WIN, **bid) for _ in range(4)),
        *(a_record(RecordKind.BILLING, **paid, is_late=number == 0) for number in range(3)),
        *(a_record(RecordKind.LOSS, **of_item, reason="below_floor") for _ in range(2)),
        a_record(RecordKind.LOSS, **of_item, reason="lost_to_higher_bid", loss_code=102),
        a_record(RecordKind.NO_BID, **of_item, count=1000, reason="floor"),
        a_record(RecordKind.ELIGIBLE, **of_item, count=30),
    )


def test_the_figures_are_those_of_the_records(bidding):
    found = summary(1, SINCE, UNTIL).totals
    assert (found.requests, found.requests_bid_on, found.bid_rate) == (150, 8, 0.053333)
    assert (found.bids, found.wins, found.win_rate) == (10, 4, 0.4)
    assert found.win_rate_interval == (0.168180, 0.687326)
    assert (found.billings, found.late_billings) == (3, 1)
    assert (found.spend_cents, found.value_cents, found.margin_cents) == (0.45, 0.9, 0.45)
    assert (found.avg_bid_cpm, found.avg_paid_cpm) == (3.0, 1.5)
    assert list(found.losses.items()) == [("below_floor", 2), ("lost_to_higher_bid", 1)]


def test_without_records_there_are_no_ratios(event_store):
    found = summary(1, SINCE, UNTIL, [By.SSP])
    assert (found.totals.requests, found.totals.spend_cents, found.totals.losses) == (0, 0, {})
    ratios = (found.totals.bid_rate, found.totals.win_rate, found.totals.win_rate_interval)
    assert ratios == (None, None, None)
    assert (found.totals.avg_bid_cpm, found.totals.avg_paid_cpm, found.rows) == (None, None, [])


def test_by_exchange_each_has_its_requests(bidding):
    rows = summary(1, SINCE, UNTIL, [By.SSP]).rows
    assert [(row.by, row.figures.requests, row.figures.bids) for row in rows] == [
        ({"ssp_id": 5}, 100, 10),
        ({"ssp_id": 6}, 50, 0),
    ]


@pytest.mark.parametrize(
    ("by", "field", "expected"),
    [
        (By.CAMPAIGN, "campaign_id", {3: 10}),
        (By.LINE_ITEM, "line_item_id", {7: 10}),
        (By.CREATIVE, "creative_id", {70: 10}),
        (By.FORMAT, "format", {"banner": 10}),
        (By.DEAL, "deal_id", {"": 8, "d1": 2}),
    ],
)
def test_requests_have_no_line_item_so_that_they_are_not_in_its_rows(bidding, by, field, expected):
    found = summary(1, SINCE, UNTIL, [by])
    assert {row.by[field]: row.figures.bids for row in found.rows} == expected
    assert {row.figures.requests for row in found.rows} == {None}
    assert found.totals.requests == 150


def test_of_one_line_item_or_one_exchange(bidding):
    of_item = summary(1, SINCE, UNTIL, [By.SSP], line_item_id=7)
    assert (of_item.totals.requests, of_item.totals.bids) == (None, 10)
    assert [row.figures.requests for row in of_item.rows] == [None]
    assert summary(1, SINCE, UNTIL, line_item_id=8).totals.bids == 0
    other = summary(1, SINCE, UNTIL, ssp_id=6).totals
    assert (other.requests, other.bids) == (50, 0)


def test_days_and_hours_are_those_of_the_time_zone(event_store):
    late = noon_yesterday().replace(hour=20)
    keep(a_record(ts=late), a_record(ts=late + timedelta(hours=7)))
    kolkata = ZoneInfo("Asia/Kolkata")
    since, until = late - timedelta(days=2), late + timedelta(days=2)
    days = summary(1, since, until, [By.DAY], tz=kolkata).rows
    next_day = (late + timedelta(days=1)).date().isoformat()
    assert [(row.by, row.figures.bids) for row in days] == [({"day": next_day}, 2)]
    (hour, _) = summary(1, since, until, [By.HOUR], tz=kolkata).rows
    assert hour.by == {"hour": f"{next_day}T01:00:00+05:30"}


def test_the_end_is_not_included_and_the_start_is(event_store):
    keep(a_record(ts=NOON), a_record(ts=NOON + timedelta(minutes=1)))
    assert summary(1, NOON, NOON + timedelta(minutes=1)).totals.bids == 1


def test_test_traffic_and_other_accounts_are_left_out(event_store):
    keep(a_record(is_test=True), a_record(tenant_id=2), a_record())
    assert summary(1, SINCE, UNTIL, [By.SSP]).rows[0].figures.bids == 1
    assert summary(3, SINCE, UNTIL).totals.bids == 0


def test_the_limit_keeps_what_was_paid_most_for(event_store):
    keep(*(a_record(RecordKind.BILLING, ssp_id=n, paid_micros=n) for n in (1, 3, 2)))
    found = summary(1, SINCE, UNTIL, [By.SSP], limit=2)
    assert [row.by["ssp_id"] for row in found.rows] == [3, 2]
    assert found.totals.billings == 3
