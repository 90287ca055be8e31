"""Any order of bids, bills, losses and waiting against a ledger in Python."""

from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from adplatform.clients import redis
from adplatform.money import Micros
from adserving.ledger import Outcome, Scope, Slot, Want, release, reserve, settle, sweep
from tests.adserving.ledger.books import TENANT, all_held, held, mark_complete, spent

START = 1_795_262_400_000
CAPS = {
    "c1:2026-11-21": 500,
    "c1:total": 2000,
    "l7:2026-11-21": 300,
    "l8:2026-11-21": 350,
    "t:total": 1500,
}
SETS = (("c1:2026-11-21", "c1:total", "l7:2026-11-21", "t:total"), ("l8:2026-11-21", "t:total"), ())
AMOUNTS = st.integers(0, 160)


@dataclass
class Model:
    """What must be in the ledger."""

    now: int = START
    spent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CAPS, 0))
    holds: dict[str, tuple[int, tuple[str, ...], int]] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    late: int = 0  # micros of bills without a hold, or above it

    def expire(self):
        self.holds = {key: hold for key, hold in self.holds.items() if hold[2] > self.now}

    def held(self, scope):
        return sum(amount for amount, scopes, _ in self.holds.values() if scope in scopes)

    def first_used_up(self, amount, scopes):
        return next(
            (s for s in scopes if self.spent[s] + self.held(s) + amount > CAPS[s]),
            None,
        )


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        redis.client().flushdb()
        mark_complete()
        self.model = Model()
        self.ids = count()
        self.seen = []

    @rule(
        wants=st.lists(st.tuples(AMOUNTS, st.sampled_from(SETS)), min_size=1, max_size=3),
        ttl=st.integers(1, 5),
    )
    def bid(self, wants, ttl):
        model, hold_id = self.model, f"h{next(self.ids)}"
        self.seen.append(hold_id)
        made = tuple(
            Want(Micros(amount), tuple(Scope(s, Micros(CAPS[s]), s) for s in scopes), ())
            for amount, scopes in wants
        )
        [answer] = reserve(TENANT, None, [Slot(hold_id, ttl, made)], now_ms=model.now)
        model.expire()
        passed = []
        for n, (amount, scopes) in enumerate(wants):
            used_up = model.first_used_up(amount, scopes)
            if used_up is None:
                model.holds[hold_id] = (amount, scopes, model.now + ttl * 1000)
                assert answer.held == n
                break
            passed.append(used_up)
        else:
            assert answer.held is None
        assert answer.passed == tuple(passed)
        self.never_above_a_cap()

    @rule(data=st.data(), amount=AMOUNTS, which=st.sampled_from(SETS[:2]))
    def bill(self, data, amount, which):
        hold_id = data.draw(st.sampled_from([*self.seen[-8:], "unknown"]))
        model = self.model
        hold = model.holds.get(hold_id)
        is_live = hold is not None and hold[2] > model.now
        amount = min(amount, hold[0]) if hold and is_live else amount
        scopes = hold[1] if hold and is_live else which
        found = settle(TENANT, hold_id, Micros(amount), scopes, now_ms=model.now)
        if hold_id in model.settled:
            assert found.outcome is Outcome.DUPLICATE
            return
        assert found.outcome is (Outcome.FIRST if is_live else Outcome.LATE)
        model.settled[hold_id] = amount
        model.holds.pop(hold_id, None)
        model.late += 0 if is_live else amount
        for scope in scopes:
            model.spent[scope] += amount

    @rule(data=st.data())
    def lose(self, data):
        hold_id = data.draw(st.sampled_from([*self.seen[-8:], "unknown"]))
        hold = self.model.holds.pop(hold_id, None)
        is_live = hold is not None and hold[2] > self.model.now
        assert release(TENANT, hold_id, now_ms=self.model.now) is is_live

    @rule(ms=st.integers(1, 3000))
    def wait(self, ms):
        self.model.now += ms

    @rule()
    def clear(self):
        sweep(TENANT, now_ms=self.model.now)
        self.model.expire()

    @invariant()
    def the_books_agree(self):
        for scope in CAPS:
            assert spent(scope) == self.model.spent[scope]
            assert held(scope) == self.model.held(scope)
        found = all_held()
        assert set(found.get("holds", ())) == {key.encode() for key in self.model.holds}
        assert set(found.get("expiry", ())) == set(found.get("holds", ()))

    def never_above_a_cap(self):
        """Only bills that came late can lead beyond."""
        for scope, cap in CAPS.items():
            assert spent(scope) + held(scope) <= cap + self.model.late

    def teardown(self):
        sweep(TENANT, now_ms=self.model.now + 10_000)
        assert not all_held()


@pytest.mark.usefixtures("clean_redis")
def test_the_ledger_does_what_the_model_does():
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
