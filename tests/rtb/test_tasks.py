"""The jobs on the real engines: from rows and counts to what a process bids with."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from adplatform.clients import clickhouse
from adplatform.clients import redis as redis_client
from adplatform.money import Micros
from adserving.ledger import Slot, Want, day_of, reserve, scope_keys, settle
from adserving.ledger.scopes import Scope
from rtb import tasks
from rtb.jobs import prices, rates
from rtb.jobs.bidders import accounts
from rtb.jobs.pace import pace, rates_of
from rtb.jobs.turn import Busy, turn
from rtb.learned import TenantState
from rtb.pacing import FIRST_RATE
from rtb.shading import Landscape
from rtb.state import read_memory, read_state, write_landscape
from tests.adserving.ledger.books import mark_complete
from tests.factories import CampaignFactory, LineItemFactory, TenantFactory
from tests.factories.rtb import BidStrategyFactory

pytestmark = pytest.mark.django_db
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
TICK = timedelta(seconds=30)
TODAY = day_of(NOON, ZoneInfo("UTC"))


def bidder(*, campaign=None, ready=True, **line_item):
    """A line item that bids, of an account in UTC."""
    campaign = campaign or CampaignFactory(
        tenant=TenantFactory(timezone="UTC"), start_at=NOON - timedelta(days=9)
    )
    item = LineItemFactory(campaign=campaign, **line_item)
    BidStrategyFactory(line_item=item)
    if ready:
        mark_complete(item.tenant_id)
    return item


def rate_of(item):
    return read_state([item.tenant_id])[item.tenant_id].rates.get(item.pk)


def insert(table, *rows):
    names = rows[0].keys()
    clickhouse.insert_columns(table, {name: [row[name] for row in rows] for name in names})


def record(item, kind, **fields):
    return {
        "event_id": uuid4(),
        "tenant_id": item.tenant_id,
        "ts": NOON,
        "kind": kind,
        "count": 1,
        "rtb_id": "",
        "campaign_id": item.campaign_id,
        "line_item_id": item.pk,
        "ssp_id": 4,
        "format": "banner",
        "width": 300,
        "height": 250,
        "country": "CA",
        "price_micros": 0,
        "paid_micros": 0,
        "min_to_win_micros": 0,
        "auction_type": 1,
        "loss_code": 0,
        "deal_id": "",
    } | fields


@pytest.fixture(autouse=True)
def engines(clean_redis, event_store):
    """Empty ones."""


def test_every_job_runs_by_itself():
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {task.name for task in (tasks.pace, tasks.learn_prices, tasks.learn_rates)} <= names


def test_tasks_run_without_any_bidder():
    tasks.pace()
    tasks.learn_prices()
    tasks.learn_rates()


def test_a_line_item_with_a_budget_starts_slowly():
    item = bidder(daily_budget_cents=10_000)
    pace(NOON)
    assert rate_of(item) == FIRST_RATE


@pytest.mark.parametrize("changes", [{}, {"pacing_mode": "ACCELERATED", "daily_budget_cents": 100}])
def test_without_a_budget_or_when_accelerated_it_takes_part_always(changes):
    item = bidder(**changes)
    pace(NOON)
    assert rate_of(item) in {None, 1.0}


def test_a_campaigns_budget_paces_all_its_line_items():
    campaign = CampaignFactory(start_at=NOON - timedelta(days=9), daily_budget_cents=10_000)
    one, two = bidder(campaign=campaign), bidder(campaign=campaign)
    pace(NOON)
    assert rate_of(one) == rate_of(two) == FIRST_RATE
    assert set(read_memory(one.tenant_id)) == {f"c{campaign.pk}"}


def test_the_smaller_rate_of_line_item_and_campaign_counts():
    campaign = CampaignFactory(start_at=NOON - timedelta(days=9), daily_budget_cents=10_000)
    item = bidder(campaign=campaign, daily_budget_cents=5_000)
    pace(NOON)
    memory = read_memory(item.tenant_id)
    own, shared = (memory[key] for key in (f"l{item.pk}", f"c{campaign.pk}"))
    [account] = accounts(NOON)
    slow = {f"l{item.pk}": own, f"c{campaign.pk}": type(shared)(0.001, 0.001, NOON, NOON, NOON)}
    assert rates_of(account, slow) == {item.pk: 0.001}


def test_a_rate_rises_while_nothing_is_spent_and_falls_to_nothing_when_all_is():
    item = bidder(daily_budget_cents=100)
    pace(NOON)
    pace(NOON + TICK)
    assert rate_of(item) > FIRST_RATE
    keys = scope_keys(item.campaign_id, item.pk, TODAY)
    settle(item.tenant_id, "b1", Micros(1_000_000), keys)
    pace(NOON + 2 * TICK)
    assert rate_of(item) == 0


def test_what_bids_hold_counts_as_used():
    item = bidder(daily_budget_cents=100)
    pace(NOON)
    scope = Scope(f"l{item.pk}:{day_of(NOON, ZoneInfo('UTC'))}", Micros(1_000_000), "full")
    reserve(item.tenant_id, None, [Slot("h", 60, (Want(Micros(400_000), (scope,), ()),))])
    pace(NOON + TICK)
    assert read_memory(item.tenant_id)[f"l{item.pk}"].used == 400_000


def test_what_ad_tags_spent_counts_as_used():
    item = bidder(daily_budget_cents=100)
    minute = {"minute": NOON, "tenant_id": item.tenant_id, "campaign_id": item.campaign_id}
    insert("ad_events_minute_agg", minute | {"line_item_id": item.pk, "cost_micros": 300_000})
    pace(NOON + TICK)
    assert read_memory(item.tenant_id)[f"l{item.pk}"].used == 300_000


def test_the_forecast_comes_from_eligible_requests():
    item = bidder(daily_budget_cents=10_000)
    quarters = (NOON - timedelta(hours=12, minutes=15 * n) for n in range(1, 97))
    insert("rtb_bids", *(record(item, "ELIGIBLE", count=100_000, ts=at) for at in quarters))
    pace(NOON)
    everything = 100_000 * 96 * 2_500 * 11.8 / 24  # micros, if every bid of the rest won at 2.50
    assert rate_of(item) == pytest.approx(0.5 * 100_000_000 / everything, rel=0.1)


def test_while_a_ledger_is_rebuilt_its_rates_stand():
    item = bidder(daily_budget_cents=10_000)
    pace(NOON)
    redis_client.client().delete(f"bl:{{t{item.tenant_id}}}:ready")
    pace(NOON + 9 * TICK)
    assert read_memory(item.tenant_id)[f"l{item.pk}"].at == NOON


def test_a_repeated_run_changes_nothing():
    item = bidder(daily_budget_cents=10_000)
    pace(NOON)
    before = read_memory(item.tenant_id)
    pace(NOON)
    assert read_memory(item.tenant_id) == before


def test_one_run_at_a_time():
    with turn("pace", 60):
        with pytest.raises(Busy):
            pace(NOON)
        tasks.pace()  # says so and leaves it out
    pace(NOON)


def test_a_turn_that_was_lost_is_not_taken_from_the_next():
    with turn("pace", 60):
        redis_client.client().set("rtb:turn:pace", "another")
    assert redis_client.client().get("rtb:turn:pace") == b"another"


def bids(item, *, tells=True):
    """Below 1.00 all are lost, above it all are won."""
    for n in range(600):
        price = 400_000 + 2_000 * n
        common = {"rtb_id": f"b{n}", "price_micros": price, "ts": NOON - timedelta(hours=1)}
        yield record(item, "BID", **common)
        if price > 1_000_000:
            yield record(item, "WIN", **common)
            yield record(item, "BILLING", **common)
        elif tells:
            yield record(item, "LOSS", loss_code=102, **common)


@pytest.mark.parametrize("tells", [True, False])
def test_prices_are_learned_from_wins_losses_and_silence(tells):
    item = bidder()
    insert("rtb_bids", *bids(item, tells=tells))
    prices.learn_prices(NOON)
    landscape = read_state([item.tenant_id])[item.tenant_id].landscape
    assert landscape is not None
    top = landscape.prices[4, "banner", "300x250", "CA"][-1]
    assert 1_000_000 < top < 1_600_000


def test_other_accounts_deals_and_second_prices_teach_nothing():
    item, other = bidder(), bidder()
    rows = list(bids(item))
    insert("rtb_bids", *(row | {"deal_id": "d"} for row in rows[::2]))
    insert("rtb_bids", *(row | {"auction_type": 2} for row in rows[1::2]))
    prices.learn_prices(NOON)
    states = read_state([item.tenant_id, other.tenant_id])
    assert [state.landscape for state in states.values()] == [Landscape()] * 2


def test_rates_are_learned_from_clicks_and_conversions():
    item = bidder()
    row = {"day": NOON.date(), "tenant_id": item.tenant_id, "campaign_id": item.campaign_id}
    row |= {"line_item_id": item.pk, "impressions": 100_000, "clicks": 500, "conversions": 50}
    insert("ad_events_day_agg", row | {"segment_id": 0}, row | {"segment_id": 3, "clicks": 1_500})
    rates.learn_rates(NOON)
    predicted = read_state([item.tenant_id])[item.tenant_id].predicted
    assert predicted.rates(item.pk).ctr == pytest.approx(0.01, rel=0.05)
    assert predicted.rates(item.pk, 3).ctr == pytest.approx(0.015, rel=0.05)


def test_an_account_of_which_nothing_is_known_has_an_empty_state():
    assert read_state([987]) == {987: TenantState()}


def test_what_did_not_change_is_the_same_object():
    item = bidder(daily_budget_cents=10_000)
    write_landscape(item.tenant_id, Landscape((1, 2), {(): (1, 2), (4, "banner"): (1, 1)}), NOON)
    pace(NOON)
    before = read_state([item.tenant_id])[item.tenant_id]
    pace(NOON + TICK)
    after = read_state([item.tenant_id])[item.tenant_id]
    assert after.landscape is before.landscape
    assert after.predicted is before.predicted
    assert after.rates != before.rates
    assert after.landscape is not None
    assert after.landscape.prices[4, "banner"] == (1, 1)


def test_the_last_known_stands_when_redis_has_forgotten():
    item = bidder(daily_budget_cents=10_000)
    pace(NOON)
    before = read_state([item.tenant_id])
    redis_client.client().flushdb()
    assert read_state([item.tenant_id]) == before


def test_bodies_of_another_format_are_not_read():
    item = bidder(daily_budget_cents=10_000)
    key = f"rtb:{{t{item.tenant_id}}}:pace"
    redis_client.client().hset(key, mapping={"version": "2:1", "body": b"x", "memory": b"2:x"})
    assert read_state([item.tenant_id]) == {item.tenant_id: TenantState()}
    assert read_memory(item.tenant_id) == {}


def test_a_tenant_in_another_zone_has_its_own_day():
    tenant = TenantFactory(timezone="Pacific/Auckland")
    campaign = CampaignFactory(tenant=tenant, start_at=NOON - timedelta(days=9))
    item = bidder(campaign=campaign, daily_budget_cents=10_000)
    pace(NOON)
    day = read_memory(item.tenant_id)[f"l{item.pk}"].day
    assert NOON - timedelta(days=1) < day <= NOON
    assert day.hour in {11, 12}
