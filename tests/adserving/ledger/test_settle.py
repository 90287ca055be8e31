"""What becomes of a hold."""

from datetime import UTC, datetime, timedelta

from adplatform.clients import redis
from adplatform.money import Micros
from adserving.ledger import Outcome, release, reserve, scope_keys, settle
from adserving.ledger.scripts import prefix
from tests.adserving.ledger.books import TENANT, a_scope, a_slot, a_want, all_held, spent

NOW = 1_795_262_400_000
KEYS = scope_keys(1, 7, "2026-11-21")


def hold(hold_id="h1", amount=100, now_ms=NOW):
    return reserve(TENANT, None, [a_slot(hold_id, a_want(amount))], now_ms=now_ms)[0]


def bill(hold_id="h1", amount=80, now_ms=NOW):
    return settle(TENANT, hold_id, Micros(amount), KEYS, now_ms=now_ms)


def test_a_bill_ends_the_hold_and_is_booked_under_every_scope(ledger_ready):
    hold()
    assert bill().outcome is Outcome.FIRST
    assert [spent(key) for key in KEYS] == [80] * 5
    assert not all_held()


def test_a_repeated_notice_books_nothing_and_answers_when_the_first_came(ledger_ready):
    hold()
    first = bill()
    again = bill(amount=90, now_ms=NOW + 5000)
    assert (again.outcome, again.at) == (Outcome.DUPLICATE, first.at)
    assert spent("c1:total") == 80


def test_a_bill_after_its_hold_expired_is_booked_as_late(ledger_ready):
    hold()
    assert bill(now_ms=NOW + 60_000).outcome is Outcome.LATE
    assert spent("c1:total") == 80
    assert not all_held()


def test_a_bill_without_a_hold_is_late(ledger_ready):
    assert bill().outcome is Outcome.LATE
    assert spent("t:total") == 80


def test_a_loss_gives_back_and_a_second_one_does_nothing(ledger_ready):
    hold()
    assert release(TENANT, "h1", now_ms=NOW)
    assert not release(TENANT, "h1", now_ms=NOW)
    assert not all_held()


def test_a_bill_after_a_loss_is_booked_as_late(ledger_ready):
    hold()
    release(TENANT, "h1", now_ms=NOW)
    assert bill().outcome is Outcome.LATE
    assert spent("c1:total") == 80


def test_a_loss_after_a_bill_changes_nothing(ledger_ready):
    hold()
    bill()
    assert not release(TENANT, "h1", now_ms=NOW)
    assert spent("c1:total") == 80


def test_a_free_impression_is_booked_once_too(ledger_ready):
    hold(amount=0)
    assert bill(amount=0).outcome is Outcome.FIRST
    assert bill(amount=0).outcome is Outcome.DUPLICATE
    assert not all_held()


def test_days_are_forgotten_after_some_days_and_totals_never(ledger_ready):
    bill()
    client, start = redis.client(), prefix(TENANT)
    assert 3 * 86_400 < client.ttl(f"{start}spent:2026-11-21") <= 4 * 86_400
    assert client.ttl(f"{start}spent:total") == -1
    assert 0 < client.ttl(f"{start}settled:h1") <= 2 * 86_400


def test_it_says_when_in_redis_milliseconds(ledger_ready):
    at = bill(now_ms=NOW + 123).at
    assert at == datetime.fromtimestamp(NOW / 1000, UTC) + timedelta(milliseconds=123)
    now = datetime.now(UTC)
    assert abs(settle(TENANT, "h2", Micros(1), KEYS).at - now) < timedelta(seconds=5)


def test_no_bill_is_dated_before_the_last_rebuild_when_the_clock_goes_back(ledger_ready):
    redis.client().set(f"{prefix(TENANT)}since", NOW + 7)
    assert bill().at == datetime.fromtimestamp(NOW / 1000, UTC) + timedelta(milliseconds=7)


def test_a_bill_is_taken_while_the_ledger_is_not_complete(clean_redis):
    assert bill().outcome is Outcome.LATE
    assert spent("l7:total") == 80


def test_scopes_that_are_capped_are_those_that_bills_are_booked_under(ledger_ready):
    hold()
    bill(amount=100)
    left = reserve(TENANT, None, [a_slot("h2", a_want(1, a_scope(cap=110)))], now_ms=NOW)[0].left
    assert left == 9
