"""A ledger that Redis lost is made complete from the bills in ClickHouse."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from adplatform.clients import redis
from adplatform.money import Micros
from adserving.ledger import (
    DAY_FIELD,
    LedgerNotReady,
    Outcome,
    day_of,
    distrust,
    reserve,
    scope_keys,
    settle,
)
from adserving.ledger import rebuild as rebuilding
from adserving.ledger.scripts import prefix
from events import store
from events.models import PartitionLedger
from events.plan import Bounds
from events.records import Arrived
from events.types import EventType
from tests.adserving.ledger.books import TENANT, a_scope, a_slot, a_want, all_held, spent
from tests.events.builders import an_event
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/Toronto")


@pytest.fixture
def books(settings, event_store, clean_redis, kafka_topic) -> "Books":
    settings.EVENTS_TOPIC = kafka_topic
    return Books()


class Books:
    """Bills as notices book them: in Redis, and as an event in ClickHouse."""

    def __init__(self):
        self.offset = 0

    def bill(self, hold_id, micros=80, *, line_item=7, day=None, tenant_id=TENANT):
        day = day or day_of(datetime.now(UTC), ZONE)
        settled = settle(tenant_id, hold_id, Micros(micros), scope_keys(1, line_item, day))
        if settled.outcome is not Outcome.DUPLICATE:
            metadata = {DAY_FIELD: day}
            self.store(hold_id, micros, settled.at, line_item, metadata, tenant_id=tenant_id)
        return settled

    def store(self, hold_id, micros, at, line_item=7, metadata=None, **fields):
        event = an_event(
            **{"tenant_id": TENANT, **fields},
            ts=at,
            received_at=at,
            event_type=EventType.BILLING,
            campaign_id=1,
            line_item_id=line_item,
            auction_id=hold_id,
            cost_micros=micros,
            metadata=metadata or {},
        )
        self.offset += 1
        arrived = [Arrived(event, self.offset)]
        store.insert(arrived, Bounds("books", 0, self.offset, self.offset))


def rebuild(tenant_id=TENANT, **options):
    return rebuilding.rebuild(tenant_id, ZONE, grace_ms=-1, **options)  # T0 is the next millisecond


def begin():
    plan = rebuilding._begin(TENANT, force=True)
    assert plan
    return plan


def today():
    return day_of(datetime.now(UTC), ZONE)


def figures():
    keys = scope_keys(1, 7, today())
    return {key: spent(key) for key in keys}


def bid(hold_id="new"):
    return reserve(TENANT, None, [a_slot(hold_id, a_want(1, a_scope(cap=10**9)))])[0]


def test_a_new_account_is_complete_at_once(books):
    with pytest.raises(LedgerNotReady):
        bid()
    assert rebuild() == ""
    assert bid().held == 0


def test_after_a_flush_every_figure_is_what_it_was(books, clean_redis):
    rebuild()
    for n in range(3):
        books.bill(f"h{n}", 80 + n)
    books.bill("other", 5, line_item=8)
    before = figures()
    clean_redis.flushall()
    with pytest.raises(LedgerNotReady):
        bid()
    assert rebuild() == ""
    assert figures() == before
    assert before["t:total"] == 80 + 81 + 82 + 5
    assert spent(f"l8:{today()}") == 5


def test_what_redis_kept_is_replaced_and_not_added_to(books):
    rebuild()
    books.bill("h1")
    assert rebuild(force=True) == ""
    assert rebuild(force=True) == ""
    assert set(figures().values()) == {80}


def test_a_complete_ledger_is_left_alone(books, clean_redis):
    rebuild()
    settle(TENANT, "h1", Micros(80), ("t:total",))  # not in ClickHouse yet
    assert rebuild() == ""
    assert spent("t:total") == 80


def test_bills_during_a_rebuild_are_counted_once(books, clean_redis):
    books.bill("before")
    assert rebuilding.rebuild(TENANT, ZONE, grace_ms=10**9)  # T0 is now, and it waits
    books.bill("since")
    assert rebuild() == ""
    assert set(figures().values()) == {160}


def test_a_notice_that_is_repeated_after_the_loss_stays_a_duplicate(books, clean_redis):
    first = books.bill("h1")
    clean_redis.flushall()
    rebuild()
    again = settle(TENANT, "h1", Micros(80), scope_keys(1, 7, today()))
    assert (again.outcome, again.at) == (Outcome.DUPLICATE, first.at)
    assert set(figures().values()) == {80}


@pytest.mark.parametrize("begun", [False, True])
def test_a_notice_that_is_repeated_before_the_rebuild_is_done_counts_once(
    books, clean_redis, begun
):
    books.bill("h1")
    clean_redis.flushall()
    if begun:
        rebuilding.rebuild(TENANT, ZONE, grace_ms=10**9)
    settle(TENANT, "h1", Micros(80), scope_keys(1, 7, today()))  # its event is a duplicate
    assert rebuild() == ""
    assert set(figures().values()) == {80}


def test_bills_are_remembered_for_as_long_as_their_notices_live(books, clean_redis, settings):
    settings.RTB_NOTICE_SECONDS = 5 * 86_400
    books.store("h1", 80, datetime.now(UTC) - timedelta(days=4))
    rebuild()
    again = settle(TENANT, "h1", Micros(80), scope_keys(1, 7, today()))
    assert again.outcome is Outcome.DUPLICATE


def test_a_hold_whose_bill_redis_lost_is_given_back(books, clean_redis):
    rebuild()
    reserve(TENANT, None, [a_slot("h1")])
    books.store("h1", 80, datetime.now(UTC) - timedelta(seconds=1))
    assert rebuild(force=True) == ""
    assert not all_held()


def test_holds_that_redis_kept_stay(books):
    rebuild()
    reserve(TENANT, None, [a_slot("h1")])
    rebuild(force=True)
    assert set(all_held()) == {"holds", "held", "expiry"}


def test_a_bill_belongs_to_the_day_of_its_bid(books, clean_redis):
    yesterday = day_of(datetime.now(UTC) - timedelta(days=1), ZONE)
    books.bill("late", 50, day=yesterday)
    clean_redis.flushall()
    rebuild()
    assert (spent(f"c1:{yesterday}"), spent(f"c1:{today()}"), spent("c1:total")) == (50, 0, 50)


def test_a_bill_that_does_not_say_its_day_belongs_to_that_on_which_it_came(books, clean_redis):
    at = datetime.now(UTC) - timedelta(seconds=1)
    books.store("h1", 50, at)
    rebuild()
    assert spent(f"l7:{day_of(at, ZONE)}") == 50


def test_totals_reach_back_to_the_first_bill(books, clean_redis):
    for days in (1, 40, 400):
        books.store(f"h{days}", days, datetime.now(UTC) - timedelta(days=days))
    rebuild()
    assert spent("c1:total") == 441


def test_test_bids_and_other_accounts_are_left_out(books, clean_redis):
    at = datetime.now(UTC) - timedelta(seconds=1)
    books.store("h1", 50, at, is_test=True)
    books.store("h2", 50, at, tenant_id=TENANT + 1)
    rebuild()
    assert spent("t:total") == 0


def test_it_waits_until_the_consumer_has_stored_what_kafka_held(
    books, clean_redis, settings, kafka_stream
):
    kafka_stream.send(an_event())
    assert rebuild() == "the consumer has 1 events to store"
    kafka_stream.send(an_event())  # later ones are not waited for
    row = {"partition": 0, "partition_count": 1, "topic_id": "t", "owner": "o"}
    PartitionLedger.objects.create(topic=settings.EVENTS_TOPIC, next_offset=1, **row)
    assert rebuild() == ""


def test_it_waits_for_events_on_this_machines_disk(books, clean_redis, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    spooled = tmp_path / "spool" / "1-x" / "open.ndjson"
    spooled.parent.mkdir(parents=True)
    spooled.write_text("{}\n")
    assert "disk" in rebuild()
    spooled.unlink()
    assert rebuild() == ""


def test_it_waits_a_moment_for_bills_on_their_way(books, clean_redis):
    assert "on their way" in rebuilding.rebuild(TENANT, ZONE)
    with pytest.raises(LedgerNotReady):
        bid()


def test_a_loss_during_a_rebuild_makes_it_void(books, clean_redis):
    books.bill("h1")
    plan = begin()
    clean_redis.flushall()
    assert rebuilding._fill(plan, ZONE) == rebuilding.VOID
    with pytest.raises(LedgerNotReady):
        bid()
    rebuild()
    assert set(figures().values()) == {80}


def test_two_that_rebuild_at_once_add_nothing_twice(books, clean_redis):
    books.bill("h1")
    plans = [begin(), begin()]
    assert [rebuilding._fill(plan, ZONE) for plan in plans] == ["", rebuilding.VOID]
    assert set(figures().values()) == {80}


def test_a_rebuild_that_another_has_overtaken_adds_nothing(books, clean_redis):
    books.bill("h1")
    first = begin()
    distrust(TENANT)
    second = begin()
    assert rebuilding._fill(first, ZONE) == rebuilding.VOID
    with pytest.raises(LedgerNotReady):
        bid()
    assert rebuilding._fill(second, ZONE) == ""
    assert set(figures().values()) == {80}


def test_another_process_at_work_is_left_alone_for_a_while(books, clean_redis):
    plan = begin()
    assert rebuilding._alone(plan)
    assert rebuild() == rebuilding.AT_WORK


def test_a_ledger_that_is_distrusted_is_rebuilt(books):
    rebuild()
    books.store("unanswered", 30, datetime.now(UTC) - timedelta(seconds=1))
    distrust(TENANT)
    with pytest.raises(LedgerNotReady):
        bid()
    rebuild()
    assert spent("t:total") == 30


def test_those_that_need_it_are_rebuilt_and_others_not(books, clean_redis):
    rebuild(TENANT)
    settle(TENANT, "h1", Micros(80), ("t:total",))
    assert rebuilding.rebuild_where_needed({}) == {}
    zones = {TENANT: ZONE, 6: ZONE, 7: ZONE}
    assert set(rebuilding.rebuild_where_needed(zones)) == {6, 7}
    assert clean_redis.exists(f"{prefix(TENANT)}ready")


def test_the_command_rebuilds_one_account_or_all(books, clean_redis, capsys):
    tenant = TenantFactory()
    books.store("h1", 50, datetime.now(UTC) - timedelta(seconds=1), tenant_id=tenant.pk)
    call_command("rebuild_budgets", tenant=tenant.slug)
    assert spent("t:total", tenant.pk) == 50
    assert capsys.readouterr().out == f"{tenant.slug}: rebuilt\n"
    with pytest.raises(CommandError, match="nobody"):
        call_command("rebuild_budgets", tenant="nobody")
    with pytest.raises(CommandError, match="on their way"):
        call_command("rebuild_budgets", wait=0)


def test_without_redis_the_command_says_so(settings):
    TenantFactory()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis.close()
    try:
        with pytest.raises(CommandError, match="did not answer"):
            call_command("rebuild_budgets")
    finally:
        redis.close()
