"""Win, billing and loss notices from outside, on a real ledger."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from adplatform import metrics
from adplatform.clients.redis import RedisUnavailable
from adplatform.doors import Limits, WsgiApp, serve
from adserving import ledger
from events.types import Event, EventType, decode, encode
from rtb import records
from rtb.doubts import Doubts
from rtb.links import notice_urls
from rtb.notice_door import Books, build_notices
from rtb.records import BidRecord, RecordKind
from rtb.sold import seal
from tests.adserving.ledger.books import a_scope, a_slot, a_want, all_held, mark_complete, spent
from tests.rtb.offers import KEYRING, NOW, RTB_ID, SITE, sold
from tests.wsgi_client import Answer, call

LIMITS = Limits(body_bytes=1_048_576, trusted_proxies=0)
DAY = "c12:2026-11-21"
MACROS = {
    "${AUCTION_PRICE}": "2.0",
    "${AUCTION_CURRENCY}": "USD",
    "${AUCTION_MULTIPLIER}": "1",
    "${AUCTION_LOSS}": "102",
    "${AUCTION_MIN_TO_WIN}": "2.7",
}


@dataclass
class Desk:
    """The doors, and what came out of them."""

    now: float = NOW.timestamp() + 5
    is_redis_away: bool = False
    accepted: list[Event] = field(default_factory=list)
    recorded: list[BidRecord] = field(default_factory=list)
    doors: dict[str, WsgiApp] = field(default_factory=dict)

    def send(self, kind: str, made=None, *, method="GET", **macros: str) -> Answer:
        url = getattr(notice_urls("", seal(made or sold(), SITE)), kind)
        for macro, value in {**MACROS, **{f"${{{k}}}": v for k, v in macros.items()}}.items():
            url = url.replace(macro, value)
        return self.call(url, method=method)

    def call(self, url: str, **options) -> Answer:
        return call(self.doors[url.partition("?")[0]], url, **options)

    @property
    def counted(self) -> list[tuple[EventType, int]]:
        """Type and cost of every event, once however often it came."""
        return list({e.event_id: (e.event_type, e.cost_micros) for e in self.accepted}.values())

    @property
    def kinds(self) -> list[RecordKind]:
        return list({record.event_id: record.kind for record in self.recorded}.values())


@pytest.fixture
def desk(clean_redis) -> Desk:
    mark_complete(1)
    built = Desk()

    def settle(*args, **options):
        _away(built)
        return ledger.settle(*args, **options)

    def release(*args):
        _away(built)
        return ledger.release(*args)

    def distrust(tenant_id):
        _away(built)
        ledger.distrust(tenant_id)

    books = Books(
        settle=settle,
        release=release,
        doubts=Doubts(distrust),
        accept=built.accepted.append,
        record=built.recorded.append,
        clock=lambda: built.now,
    )
    doors = build_notices(SITE, books)
    built.doors = {path: serve("notice", door, LIMITS) for path, door in doors.items()}
    return built


def _away(desk: Desk) -> None:
    if desk.is_redis_away:
        raise RedisUnavailable("Redis did not answer")


@pytest.fixture
def held(desk) -> None:
    """The money of the bid is held: one impression at 2.50."""
    want = a_want(2_500, a_scope(DAY, 10_000), a_scope("l34:total", 10_000))
    assert ledger.reserve(1, None, [a_slot(RTB_ID, want)])[0].held == 0


def counted(flow: str, reason: str) -> float:
    return metrics.REASONS.labels(flow, reason)._value.get()


def booked() -> int:
    return spent(DAY, 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_billing_notice_books_what_the_exchange_charged(desk, held, method):
    assert desk.send("bill", method=method).status == 204
    assert booked() == spent("l34:total", 1) == spent("t:total", 1) == 2_000
    assert all_held(1) == {}
    event = desk.accepted[0]
    assert (event.event_type, event.cost_micros, event.auction_id) == (
        EventType.BILLING,
        2_000,
        RTB_ID,
    )
    assert (event.campaign_id, event.line_item_id, event.creative_id) == (12, 34, 56)
    assert event.metadata == {"budget_day": "2026-11-21"}
    record = desk.recorded[0]
    assert (record.kind, record.paid_micros, record.is_late) == (
        RecordKind.BILLING,
        2_000_000,
        False,
    )


def test_the_same_notice_twice_is_one_booking(desk, held):
    first, second = desk.send("bill"), desk.send("bill", method="POST")
    assert (first.status, second.status) == (204, 204)
    assert booked() == 2_000
    assert desk.counted == [(EventType.BILLING, 2_000)]
    assert desk.kinds == [RecordKind.BILLING]
    assert desk.accepted[0].ts == desk.accepted[1].ts


def test_a_repeat_with_another_price_changes_nothing(desk, held):
    desk.send("bill", AUCTION_PRICE="2.0")
    desk.send("bill", AUCTION_PRICE="0.1")
    assert booked() == 2_000
    assert len({event.event_id for event in desk.accepted}) == 1


def test_a_bill_after_its_hold_has_gone_is_booked_and_shown_as_late(desk):
    before = counted("notice_bill", "late")
    desk.send("bill")
    assert booked() == 2_000
    assert desk.recorded[0].is_late
    assert counted("notice_bill", "late") == before + 1


def test_a_bill_of_another_day_is_that_days(desk):
    desk.send("bill", sold(day="2026-11-20"))
    assert spent("c12:2026-11-20", 1) == 2_000
    assert booked() == 0
    assert desk.accepted[0].metadata == {"budget_day": "2026-11-20"}


def test_a_screen_that_many_people_see_costs_as_often(desk):
    desk.send("bill", sold(quantity=14_200), AUCTION_MULTIPLIER="14.2")
    assert booked() == 28_400


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ("${AUCTION_PRICE}", "price_unknown"),
        (quote("${AUCTION_PRICE}"), "price_unknown"),
        ("", "price_unknown"),
        ("free", "price_unknown"),
        ("-3", "price_unknown"),
        ("NaN", "price_unknown"),
        ("9", "price_above_bid"),
    ],
)
def test_without_a_price_to_go_by_the_bid_is_booked(desk, held, price, reason):
    before = counted("notice_bill", reason)
    assert desk.send("bill", AUCTION_PRICE=price).status == 204
    assert booked() == 2_500
    assert counted("notice_bill", reason) == before + 1


def test_an_encoded_price_is_read(desk):
    desk.send("bill", AUCTION_PRICE="1%2E75")
    assert booked() == 1_750


@pytest.mark.parametrize("kind", ["win", "bill", "loss"])
def test_a_bad_token_is_404_and_nothing_is_booked(desk, held, kind):
    good = getattr(notice_urls("", seal(sold(), SITE)), kind)
    path = good.partition("?")[0]
    changed = good.replace("?t=k1.", "?t=k1.A")
    assert changed != good
    for url in (changed, path, f"{path}?t=", f"{path}?t=%00", f"{path}?t={'a' * 5000}"):
        assert desk.call(url).status == 404
    assert (desk.accepted, desk.recorded, booked()) == ([], [], 0)
    assert all_held(1)


@pytest.mark.parametrize("kind", ["win", "bill", "loss"])
@pytest.mark.parametrize(
    ("how", "reason"), [("expired", "expired"), ("audit", "audit"), ("head", "head")]
)
def test_what_is_not_booked_is_counted(desk, held, kind, how, reason):
    before = counted(f"notice_{kind}", reason)
    macros, method = {}, "GET"
    if how == "expired":
        desk.now += SITE.notice_seconds
    elif how == "audit":
        macros = dict.fromkeys(("AUCTION_PRICE", "AUCTION_MIN_TO_WIN", "AUCTION_LOSS"), "AUDIT")
    else:
        method = "HEAD"
    assert desk.send(kind, method=method, **macros).status == 204
    assert (desk.accepted, desk.recorded, booked()) == ([], [], 0)
    assert all_held(1)
    assert counted(f"notice_{kind}", reason) == before + 1


@pytest.mark.parametrize("kind", ["win", "bill", "loss"])
def test_a_test_bid_is_recorded_and_books_nothing(desk, kind):
    assert desk.send(kind, sold(is_test=True)).status == 204
    assert (desk.accepted, booked()) == ([], 0)
    assert [record.is_test for record in desk.recorded] == [True]


def test_a_win_informs_and_moves_no_money(desk, held):
    assert desk.send("win").status == 204
    record = desk.recorded[0]
    assert (record.kind, record.paid_micros) == (RecordKind.WIN, 2_000_000)
    assert record.min_to_win_micros == 2_700_000
    assert (desk.accepted, booked()) == ([], 0)
    assert all_held(1)


def test_a_loss_gives_the_hold_back_and_says_why(desk, held):
    assert desk.send("loss").status == 204
    record = desk.recorded[0]
    assert (record.kind, record.loss_code, record.reason) == (
        RecordKind.LOSS,
        102,
        "lost_to_higher_bid",
    )
    assert record.min_to_win_micros == 2_700_000
    assert (desk.accepted, booked(), all_held(1)) == ([], 0, {})


def test_a_bill_after_a_loss_is_booked(desk, held):
    desk.send("loss")
    desk.send("bill")
    assert booked() == 2_000
    assert desk.kinds == [RecordKind.LOSS, RecordKind.BILLING]


def test_a_loss_after_a_bill_takes_nothing_back(desk, held):
    desk.send("bill")
    desk.send("loss")
    assert booked() == 2_000


def test_without_redis_the_money_is_in_the_event(desk, held):
    before = counted("notice_bill", "ledger_away")
    desk.is_redis_away = True
    assert desk.send("bill").status == 204
    assert desk.counted == [(EventType.BILLING, 2_000)]
    assert desk.accepted[0].ts == datetime.fromtimestamp(desk.now, UTC)
    assert counted("notice_bill", "ledger_away") == before + 1


def test_a_ledger_that_may_lack_a_bill_is_rebuilt_before_anyone_bids_again(desk, held):
    desk.is_redis_away = True
    desk.send("bill")
    desk.send("win", sold(rtb_id="b" * 24))
    desk.is_redis_away = False
    desk.send("win", sold(rtb_id="c" * 24))
    with pytest.raises(ledger.LedgerNotReady):
        ledger.reserve(1, None, [a_slot("d" * 24)])


def test_a_loss_without_redis_is_recorded_all_the_same(desk, held):
    desk.is_redis_away = True
    assert desk.send("loss").status == 204
    assert desk.kinds == [RecordKind.LOSS]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_405(desk, method):
    assert desk.send("bill", method=method).status == 405
    assert (desk.accepted, booked()) == ([], 0)


def test_a_notice_of_another_key_is_404(desk):
    token = seal(sold(), SITE)
    assert KEYRING.signing_kid == "k1"
    assert desk.call(f"/rtb/bill?t=k2{token[2:]}").status == 404


def test_events_and_records_can_be_read_back(desk, held):
    desk.send("bill", sold(auction_id="a" * 96))
    desk.send("loss", sold(auction_id="a" * 96))
    assert [decode(encode(each)) for each in desk.accepted] == desk.accepted
    assert [records.decode(records.encode(each)) for each in desk.recorded] == desk.recorded


def test_a_billing_names_no_user_so_that_forgetting_one_takes_no_money(desk, held):
    desk.send("bill", sold())
    assert [event.user_id for event in desk.accepted] == [""]
