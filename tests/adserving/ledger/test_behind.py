"""Holds that are written behind their bids: together, bounded, and never twice."""

import threading

import pytest

from adplatform.clients.redis import RedisUnavailable
from adplatform.money import Micros
from adserving.ledger import Answer, LedgerNotReady, Slot, Want
from adserving.ledger import behind as make_behind
from adserving.ledger.behind import CHUNK, MOST
from tests.adserving.ledger.books import all_held, mark_complete

TENANT = 5


def slot(name: str) -> Slot:
    return Slot(name, 60_000, (Want(Micros(500), (), ()),))


class Ledger:
    """Remembers what it was asked to hold; fails as long as ``problem`` is set."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, list[str]]] = []
        self.problem: Exception | None = None

    def reserve(self, tenant_id, _user, slots):
        self.calls.append((tenant_id, [each.hold_id for each in slots]))
        if self.problem:
            raise self.problem
        return [Answer(0, (), Micros(len(each.hold_id))) for each in slots]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def behind(ledger):
    return make_behind(ledger.reserve)


def test_what_was_put_since_goes_together_account_by_account(behind, ledger):
    told: list[Answer | None] = []
    for tenant_id, names in ((1, ("a", "bb")), (2, ("c",)), (1, ("ddd",))):
        assert behind.put([(tenant_id, slot(name), told.append) for name in names])
    assert ledger.calls == []
    behind.flush()
    assert ledger.calls == [(1, ["a", "bb", "ddd"]), (2, ["c"])]
    assert [answer and answer.left for answer in told] == [1, 2, 3, 1]
    behind.flush()
    assert len(ledger.calls) == 2


def test_so_many_may_be_under_way_and_no_more(behind, ledger):
    one = (TENANT, slot("x"), lambda _: None)
    assert behind.put([one] * (MOST - 1))
    assert not behind.put([one, one])
    assert behind.put([one])
    assert not behind.put([one])
    behind.flush()
    assert [len(names) for _, names in ledger.calls] == [CHUNK] * (MOST // CHUNK)
    assert behind.put([one] * MOST)


@pytest.mark.parametrize("problem", [LedgerNotReady("rebuilt"), RedisUnavailable("away")])
def test_what_may_be_held_already_is_not_asked_for_again(behind, ledger, problem):
    told: list[Answer | None] = []
    ledger.problem = problem
    behind.put([(TENANT, slot("a"), told.append)])
    behind.flush()
    ledger.problem = None
    behind.flush()
    assert told == [None]
    assert len(ledger.calls) == 1
    assert behind.put([(TENANT, slot("x"), told.append)] * MOST), "and it makes room"


def test_its_thread_holds_what_many_threads_put(behind, ledger):
    threading.Thread(target=behind.run, daemon=True).start()
    answered = threading.Semaphore(0)

    def bid() -> None:
        for number in range(50):
            assert behind.put([(TENANT, slot(f"{number}"), lambda _: answered.release())])

    bidders = [threading.Thread(target=bid) for _ in range(4)]
    for each in bidders:
        each.start()
    assert all(answered.acquire(timeout=10) for _ in range(200))
    assert sum(len(names) for _, names in ledger.calls) == 200


def test_the_ledger_has_them_afterwards(clean_redis):
    mark_complete(TENANT)
    behind = make_behind()
    told: list[Answer | None] = []
    behind.put([(TENANT, slot("a"), told.append), (TENANT, slot("b"), told.append)])
    behind.flush()
    assert told == [Answer(0, (), None)] * 2
    assert sorted(all_held(TENANT)["holds"]) == [b"a", b"b"]
