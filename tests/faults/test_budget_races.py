"""Eight bidders on the same small budgets, of which two are killed."""

import os
import signal
from typing import Any

import msgspec
import pytest

from adplatform.clients import redis
from adserving.ledger import sweep
from adserving.ledger.scripts import prefix
from tests.adserving.ledger.books import all_held, held, mark_complete, spent
from tests.faults.bidders import DAY, HASTY, PATIENT, TENANT, bidders, journals, watch

pytestmark = pytest.mark.fault
SECONDS = 1.5


def recorded() -> dict[str, tuple[int, int, list[str]]]:
    """When and what was billed for which hold, as the ledger remembers it."""
    client: Any = redis.client()
    start = f"{prefix(TENANT)}settled:"
    return {
        key.decode().removeprefix(start): msgspec.msgpack.decode(client.get(key))
        for key in client.scan_iter(match=f"{start}*", count=1000)
    }


@pytest.fixture
def after_the_race(clean_redis, tmp_path):
    """Everything below looks at what is left; above a cap nothing may ever be."""
    mark_complete()
    samples = 0
    with bidders(8, tmp_path) as pids:
        for victims in ([], pids[:1], pids[1:2]):
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            for found in watch(PATIENT, prefix(TENANT), SECONDS):
                samples += 1
                assert all(found[key] <= cap for key, cap in PATIENT.items()), found
    assert samples > 100
    return tmp_path


def test_budgets_hold_bills_are_exact_and_no_hold_stays(after_the_race):
    answered, unanswered = journals(after_the_race)
    known = recorded()
    assert len(answered) > 100
    assert {key: bill.micros for key, bill in answered.items()}.items() <= {
        key: micros for key, (_, micros, _) in known.items()
    }.items()
    assert set(known) - set(answered) <= set(unanswered)
    for scope, cap in {**PATIENT, **HASTY}.items():
        booked = sum(micros for _, micros, scopes in known.values() if scope in scopes)
        assert spent(scope) == booked, scope
        assert scope in HASTY or spent(scope) + held(scope) <= cap
    tightest = f"l1:{DAY}"
    assert spent(tightest) + held(tightest) > 0.99 * PATIENT[tightest], "nobody was refused"
    late = {bill.outcome for bill in answered.values() if bill.line_item == 2}
    assert late == {"LATE"}
    assert {bill.outcome for bill in answered.values() if bill.line_item == 1} == {"FIRST"}
    assert all_held(), "some bids are never heard of again"
    sweep(TENANT, now_ms=2**42)
    assert not all_held()
