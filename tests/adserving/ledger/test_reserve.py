"""Holds: budgets and frequency caps in one round trip."""

from types import SimpleNamespace
from typing import Any

import pytest

from adplatform.clients import redis
from adplatform.money import Micros
from adserving.frequency import Shown, User, count_impressions
from adserving.frequency import reserve as reserve_decision
from adserving.ledger import LedgerNotReady, Want, release, reserve, settle, sweep
from adserving.ledger.scripts import prefix
from adserving.snapshot import Cap
from tests.adserving.ledger.books import (
    TENANT,
    a_scope,
    a_slot,
    a_want,
    all_held,
    held,
    mark_complete,
    spent,
)

NOW = 1_795_262_400_000
HOUR = Cap("c1", 2, 3600)
USER = User(TENANT, "u1")


def hold(*slots, user=None, now_ms=NOW):
    return reserve(TENANT, user, slots, now_ms=now_ms)


def test_it_holds_the_first_want_and_says_what_is_left(ledger_ready):
    [answer] = hold(a_slot("h1", a_want(300, a_scope(cap=1000), a_scope("t:total", 400))))
    assert (answer.held, answer.passed, answer.left) == (0, (), 100)
    assert held("c1:total") == held("t:total") == 300


def test_it_holds_up_to_the_last_micro_and_not_one_more(ledger_ready):
    scope = a_scope(cap=1000)
    first = hold(a_slot("h1", a_want(999, scope)))[0]
    assert (first.held, first.left) == (0, 1)
    assert hold(a_slot("h2", a_want(2, scope)))[0].held is None
    assert hold(a_slot("h3", a_want(1, scope)))[0].held == 0
    assert held("c1:total") == 1000


def test_what_is_passed_over_says_which_scope_is_used_up_and_holds_nothing(ledger_ready):
    day, total = a_scope("l1:2026-11-21", 1000), a_scope("c1:total", 50)
    [answer] = hold(a_slot("h1", a_want(100, day, total), a_want(60, day)))
    assert (answer.held, answer.passed, answer.left) == (1, ("c1:total is used up",), 940)
    assert all_held()["held"] == {b"l1:2026-11-21": b"60"}


def test_without_any_that_is_allowed_it_says_why_of_each(ledger_ready):
    small = a_scope(cap=10)
    [answer] = hold(a_slot("h1", a_want(11, small), a_want(12, a_scope("c2:total", 3))))
    assert answer.held is None
    assert answer.passed == ("c1:total is used up", "c2:total is used up")
    assert not all_held()


def test_a_cap_below_what_was_spent_refuses(ledger_ready):
    settle(TENANT, "h0", Micros(500), ("c1:total",))
    assert hold(a_slot("h1", a_want(1, a_scope(cap=400))))[0].held is None
    assert hold(a_slot("h1", a_want(0, a_scope(cap=-1))))[0].held is None


def test_a_want_without_scopes_is_held_all_the_same(ledger_ready):
    bare = a_slot("h1", Want(Micros(5), (), ()))
    assert hold(bare)[0].held == 0
    assert release(TENANT, "h1", now_ms=NOW)
    assert not all_held()


def test_later_slots_see_what_earlier_ones_hold(ledger_ready):
    scope = a_scope(cap=150)
    answers = hold(a_slot("h1", a_want(100, scope)), a_slot("h2", a_want(100, scope)))
    assert [answer.held for answer in answers] == [0, None]


def test_large_amounts_stay_exact(ledger_ready):
    cap = 9_007_199_254_740_000
    hold(a_slot("h1", a_want(cap - 1, a_scope(cap=cap))))
    assert held("c1:total") == cap - 1
    settle(TENANT, "h1", Micros(cap - 3), ("c1:total",))
    assert (spent("c1:total"), held("c1:total")) == (cap - 3, 0)


def test_a_user_at_its_cap_gets_the_next_candidate(ledger_ready):
    capped, free = a_want(10, caps=[HOUR]), a_want(20)
    for hold_id in ("h1", "h2"):
        assert hold(a_slot(hold_id, capped, free), user=USER)[0].held == 0
    answer = hold(a_slot("h3", capped, free), user=USER)[0]
    assert (answer.held, answer.passed) == (1, ("frequency_cap",))


def test_impressions_and_decisions_of_ad_tags_count_against_the_same_cap(ledger_ready):
    count_impressions([Shown(USER, "e1", (HOUR,))])
    hold(a_slot("h1", a_want(10, caps=[HOUR])), user=USER)
    assert hold(a_slot("h2", a_want(10, caps=[HOUR])), user=USER)[0].held is None
    item: Any = SimpleNamespace(caps=(HOUR,))
    assert reserve_decision(USER, [item]) is None


def test_a_lost_auction_gives_its_pending_count_back(ledger_ready):
    once = Cap("l1", 1, 60)
    hold(a_slot("h1", a_want(10, caps=[once])), user=USER)
    assert hold(a_slot("h2", a_want(10, caps=[once])), user=USER)[0].held is None
    release(TENANT, "h1", now_ms=NOW)
    assert hold(a_slot("h3", a_want(10, caps=[once])), user=USER)[0].held == 0


def test_a_loss_that_comes_after_the_pending_count_expired_takes_no_others(ledger_ready):
    once = Cap("l1", 1, 60)
    hold(a_slot("h1", a_want(10, caps=[once])), user=USER)
    release(TENANT, "h1", now_ms=NOW + 30_000)
    assert hold(a_slot("h2", a_want(10, caps=[once])), user=USER)[0].held is None


def test_nobody_knows_the_user_so_caps_do_not_apply(ledger_ready):
    for hold_id in ("h1", "h2", "h3"):
        assert hold(a_slot(hold_id, a_want(10, caps=[HOUR])))[0].held == 0


def test_an_expired_hold_is_cleared_by_the_next_reserve(ledger_ready):
    scope = a_scope(cap=100)
    hold(a_slot("h1", a_want(100, scope), ttl_seconds=5))
    assert hold(a_slot("h2", a_want(100, scope)), now_ms=NOW + 4999)[0].held is None
    assert hold(a_slot("h3", a_want(100, scope)), now_ms=NOW + 5000)[0].held == 0


def test_one_reserve_clears_a_limited_number_and_a_sweep_all(ledger_ready):
    slots = [a_slot(f"h{n}", a_want(1), ttl_seconds=1) for n in range(600)]
    reserve(TENANT, None, slots, now_ms=NOW)
    hold(a_slot("last", a_want(1)), now_ms=NOW + 2000)
    assert len(all_held()["holds"]) == 600 - 32 + 1
    assert sweep(TENANT, now_ms=NOW + 2000) == 600 - 32
    assert held("c1:total") == 1
    assert sweep(TENANT, now_ms=NOW + 60_000 + 2000) == 1
    assert not all_held()


def test_redis_keeps_the_time_unless_a_test_does(ledger_ready):
    reserve(TENANT, None, [a_slot("h1")])
    expires = redis.client().zscore(f"{prefix(TENANT)}expiry", "h1")
    seconds, _micros = redis.client().time()
    assert expires is not None
    assert abs(expires / 1000 - seconds - 60) < 5


def test_a_ledger_that_may_lack_something_holds_nothing(clean_redis):
    with pytest.raises(LedgerNotReady, match="account 5"):
        hold(a_slot())
    assert clean_redis.dbsize() == 0


def test_a_ledger_that_was_complete_on_another_server_holds_nothing(clean_redis):
    clean_redis.set(f"{prefix(TENANT)}ready", "0" * 40)
    with pytest.raises(LedgerNotReady):
        hold(a_slot())


def test_accounts_do_not_meet(ledger_ready):
    mark_complete(6)
    hold(a_slot("h1", a_want(900)))
    assert reserve(6, None, [a_slot("h1", a_want(900))], now_ms=NOW)[0].held == 0
    assert not release(7, "h1", now_ms=NOW)


def test_without_redis_nothing_is_said(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis.close()
    try:
        with pytest.raises(redis.RedisUnavailable):
            hold(a_slot())
    finally:
        redis.close()
