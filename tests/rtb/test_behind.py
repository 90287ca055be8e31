"""Holds that follow their bids: whatever the order of things, no budget is exceeded."""

from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from adplatform.money import Micros
from adserving.ledger import Answer, Slot, Want, behind
from rtb import spent
from rtb.reasons import NoBid
from rtb.spent import Spent
from tests.rtb.line_items import ads_of, book_of

PROCESSES, UNDER_WAY, RATE = 3, 4, 6  # small stand-ins for 64, 512 and 15,000
PRICE = Micros(500)
(AD,) = ads_of(1)


class Ledger:
    """One budget, as Redis keeps it."""

    def __init__(self, bids: int) -> None:
        self.cap = bids * PRICE
        self.held = 0

    def reserve(self, _tenant_id: int, _user: None, slots: Any) -> list[Answer]:
        return [self._reserve_one(slot) for slot in slots]

    def _reserve_one(self, slot: Slot) -> Answer:
        free = self.cap - self.held - slot.wants[0].amount
        if free < 0:
            return Answer(None, (NoBid.LINE_ITEM_DAILY_BUDGET,), None)
        self.held += slot.wants[0].amount
        return Answer(0, (), Micros(free))


class Process:
    """Bids as ``rtb.hold`` does, for one ad."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.spent = Spent()
        self.under_way = 0
        self.queue = behind(ledger.reserve)
        self.refused = 0

    def bid(self) -> None:
        slot = Slot("hold", 60_000, (Want(PRICE, (), ()),))
        if self.spent.is_ample(AD) and self.queue.put([(1, slot, lambda a: self._told(slot, a))]):
            self.under_way += 1
        else:
            (answer,) = self.ledger.reserve(1, None, [slot])
            self.spent.hear(AD, slot, answer)

    def _told(self, slot: Slot, answer: Answer | None) -> None:
        self.under_way -= 1
        self.refused += answer is None or answer.held is None
        self.spent.hear(AD, slot, answer)


STEP = st.sampled_from(["bid", "flush", "tick"])
TIMES = st.integers(1, UNDER_WAY + 1)
STEPS = st.lists(st.tuples(STEP, st.integers(0, PROCESSES - 1), TIMES), max_size=60)


@given(STEPS, st.integers(1, 30))
def test_what_is_held_and_on_its_way_never_exceeds_the_cap(steps, bids):
    ledger = Ledger(bids)
    processes = [Process(ledger) for _ in range(PROCESSES)]
    book, this_second = book_of(1), 0
    with patch.object(spent, "AMPLE", PROCESSES * UNDER_WAY + RATE):
        for step, number in [each[:2] for each in steps for _ in range(each[2])]:
            process = processes[number]
            if step == "flush":
                process.queue.flush()
            elif step == "tick" or this_second == RATE:
                this_second = 0
                for each in processes:
                    each.spent.tick(book)
            elif process.under_way < UNDER_WAY:
                this_second += 1
                process.bid()
            on_their_way = sum(each.under_way for each in processes) * PRICE
            assert ledger.held + on_their_way <= ledger.cap
        for each in processes:
            each.queue.flush()
    assert sum(each.refused for each in processes) == 0
