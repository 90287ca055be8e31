"""Why there was no bid: each reason counted, in the order of the rules."""

from datetime import timedelta

from rtb.reasons import NoBid
from rtb.records import RecordKind
from rtb.report import funnel, overall
from rtb.report.funnel import OfRequests, Stage
from tests.rtb.records import a_record, keep, noon_yesterday

NOON = noon_yesterday()
PERIOD = (NOON - timedelta(hours=1), NOON + timedelta(hours=1))


def refused(reason: str, count: int, **fields):
    of = {"line_item_id": 7, "creative_id": 70}
    return a_record(RecordKind.NO_BID, reason=reason, count=count, **{**of, **fields})


def test_reasons_come_in_the_order_of_the_rules(event_store):
    keep(
        refused("floor", 4),
        refused("targeting", 100),
        refused("paced", 3),
        refused("policy", 1),
        refused("targeting", 11),
        refused("of_an_older_release", 9),
        a_record(RecordKind.ELIGIBLE, line_item_id=7, creative_id=70, count=8),
        a_record(line_item_id=7, creative_id=70),
    )
    (row,) = funnel(1, None, *PERIOD).rows
    assert (row.line_item_id, row.creative_id, row.ssp_id) == (7, 70, 5)
    assert (row.eligible, row.bids) == (8, 1)
    expected = [("policy", 1), ("targeting", 111), ("floor", 4), ("paced", 3)]
    assert row.reasons == [Stage(*each) for each in [*expected, ("of_an_older_release", 9)]]


def test_every_reason_has_its_place(event_store):
    keep(*(refused(reason.value, 1) for reason in reversed(NoBid)))
    (row,) = funnel(1, None, *PERIOD).rows
    assert [stage.reason for stage in row.reasons] == [reason.value for reason in NoBid]


def test_of_one_line_item_at_one_exchange(event_store):
    keep(
        refused("floor", 1),
        refused("floor", 2, ssp_id=6),
        refused("floor", 4, line_item_id=8),
        refused("floor", 8, tenant_id=2),
        refused("floor", 16, is_test=True),
        refused("floor", 32, ts=PERIOD[1]),
    )

    def counts(**chosen):
        rows = funnel(1, chosen.pop("line_item_id", None), *PERIOD, **chosen).rows
        return sorted(row.reasons[0].count for row in rows)

    assert counts() == [1, 2, 4]
    assert counts(line_item_id=7) == [1, 2]
    assert counts(line_item_id=7, ssp_id=6) == [2]
    assert len(funnel(1, None, *PERIOD, limit=2).rows) == 2


def test_of_all_ads_together(event_store):
    keep(
        refused("floor", 1),
        refused("targeting", 5, creative_id=71),
        refused("floor", 2, line_item_id=8),
        a_record(RecordKind.ELIGIBLE, line_item_id=7, count=8),
        a_record(line_item_id=7),
        a_record(RecordKind.REQUEST, count=10),
    )
    everything = overall(1, None, *PERIOD)
    assert (everything.eligible, everything.bids) == (8, 1)
    assert everything.reasons == [Stage("targeting", 5), Stage("floor", 3)]
    assert everything.requests == [OfRequests(5, 10, [])]
    assert overall(1, 8, *PERIOD).reasons == [Stage("floor", 2)]
    assert overall(1, 9, *PERIOD).reasons == []


def test_requests_that_got_no_bid_say_why(event_store):
    keep(
        a_record(RecordKind.REQUEST, count=10),
        a_record(RecordKind.REQUEST, count=3, reason="too_late"),
        a_record(RecordKind.REQUEST, count=2, reason="unknown_ssp"),
        a_record(RecordKind.REQUEST, count=1, ssp_id=6),
    )
    assert funnel(1, None, *PERIOD).requests == [
        OfRequests(5, 15, [Stage("unknown_ssp", 2), Stage("too_late", 3)]),
        OfRequests(6, 1, []),
    ]
    assert [each.ssp_id for each in funnel(1, None, *PERIOD, ssp_id=6).requests] == [6]
