"""Bidders that hammer a few small budgets from processes of their own, and may be killed."""

import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

from adplatform.clients import redis
from adplatform.money import Micros
from adserving.ledger import Outcome, Scope, Slot, Want, release, reserve, scope_keys, settle

TENANT = 5
DAY = "2026-11-21"
PATIENT = {f"c1:{DAY}": 400_000, f"l1:{DAY}": 300_000, "l1:total": 900_000, "t:total": 380_000}
HASTY = {f"c2:{DAY}": 200_000, "l2:total": 220_000}  # its holds expire at once: every bill is late
WATCH = """
local found = {}
for i = 2, #ARGV do
  local owner, period = string.match(ARGV[i], '^(%w+):(.+)$')
  found[#found + 1] = (redis.call('HGET', KEYS[1] .. 'spent:' .. period, owner) or 0)
    + (redis.call('HGET', KEYS[1] .. 'held', ARGV[i]) or 0)
end
return found
"""


@dataclass(frozen=True)
class Bill:
    """What a bidder wrote down before a bill, and what it was told after it."""

    hold_id: str
    micros: int
    line_item: int
    outcome: str = ""


class Bidder:
    """One process's bids; every bill is written down before it is sent and once it is answered."""

    def __init__(self, seed: int, journal: Path) -> None:
        self.rng = random.Random(seed)
        self.journal = os.open(journal, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self.billed: list[Bill] = []

    def work(self) -> None:
        while True:
            self.step()

    def step(self) -> None:
        line_item = self.rng.choice((1, 1, 2))
        caps, ttl = (PATIENT, 600) if line_item == 1 else (HASTY, 0)
        hold_id, amount = uuid4().hex[:24], self.rng.randint(1, 3000)
        scopes = tuple(Scope(key, Micros(cap), key) for key, cap in caps.items())
        slot = Slot(hold_id, ttl, (Want(Micros(amount), scopes, ()),))
        [answer] = reserve(TENANT, None, [slot])
        if answer.held is not None:
            assert answer.left is not None
            assert answer.left >= 0
            self.hear(Bill(hold_id, self.rng.randint(amount // 2, amount), line_item))

    def hear(self, bill: Bill) -> None:
        """What the exchange says of a bid: it won, or lost, or won twice over, or nothing."""
        luck = self.rng.random()
        if luck < 0.15:
            self.bill(bill)
        elif luck < 0.9:
            release(TENANT, bill.hold_id)
            release(TENANT, bill.hold_id)
        if self.billed and luck < 0.05:
            assert self.bill(self.rng.choice(self.billed)) == "DUPLICATE"

    def bill(self, bill: Bill) -> str:
        keys = scope_keys(bill.line_item, bill.line_item, DAY)
        if bill.line_item == 2:
            keys = keys[:-1]  # the account's balance is for those that are on time
        self.write(bill)
        outcome = settle(TENANT, bill.hold_id, Micros(bill.micros), keys).outcome.name
        self.write(Bill(bill.hold_id, bill.micros, bill.line_item, outcome))
        if outcome != Outcome.DUPLICATE.name:
            self.billed.append(bill)
        return outcome

    def write(self, bill: Bill) -> None:
        os.write(self.journal, json.dumps(vars(bill)).encode() + b"\n")


def _bid(seed: int, journal: Path) -> None:
    redis.close()
    Bidder(seed, journal).work()


@contextmanager
def bidders(number: int, folder: Path) -> Iterator[list[int]]:
    """So many processes bid meanwhile; yields their process ids."""
    fork = get_context("fork")
    started = [
        fork.Process(target=_bid, args=(seed, folder / f"{seed}.journal"), daemon=True)
        for seed in range(number)
    ]
    for process in started:
        process.start()
    try:
        yield [process.pid or 0 for process in started]
        assert sum(process.is_alive() for process in started) >= number - 2
    finally:
        for process in started:
            process.kill()
            process.join(10)


def journals(folder: Path) -> tuple[dict[str, Bill], dict[str, Bill]]:
    """Bills that were answered, and those that were sent and whose answer nobody saw; by hold."""
    answered: dict[str, Bill] = {}
    sent: dict[str, Bill] = {}
    for path in folder.glob("*.journal"):
        for line in path.read_text().splitlines():
            bill = Bill(**json.loads(line))
            if not bill.outcome:
                sent.setdefault(bill.hold_id, bill)
            elif bill.outcome != Outcome.DUPLICATE.name:
                assert bill.hold_id not in answered, "billed twice"
                answered[bill.hold_id] = bill
    return answered, {key: bill for key, bill in sent.items() if key not in answered}


def watch(scopes: dict[str, int], prefix: str, seconds: float) -> Iterator[dict[str, int]]:
    """Spent and held of each scope, as of one moment, again and again."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = redis.identified_script(WATCH, keys=[prefix], args=list(scopes))
        yield dict(zip(scopes, map(int, found), strict=True))
