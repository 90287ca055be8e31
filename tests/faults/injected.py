"""Answers that get lost: calls that fail before or after they took effect."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Any

import pytest

from adplatform.clients import redis
from adplatform.clients.clickhouse import ClickHouseUnavailable
from adplatform.clients.kafka import KafkaUnavailable
from adplatform.clients.redis import RedisUnavailable
from events import dlq, ledger, store
from events.ledger import LedgerUnavailable


class Call(StrEnum):
    LEDGER = "ledger"
    INSERT = "insert"
    CLAIM = "claim"
    BURY = "bury"


ERRORS: dict[Call, Callable[[str], Exception]] = {
    Call.LEDGER: LedgerUnavailable,
    Call.INSERT: ClickHouseUnavailable,
    Call.CLAIM: RedisUnavailable,
    Call.BURY: KafkaUnavailable,
}


class LostAnswers:
    """How many of the next calls fail, by whether they took effect."""

    def __init__(self) -> None:
        self._next: Counter[tuple[Call, bool]] = Counter()
        self._good: Counter[tuple[Call, bool]] = Counter()

    def fail_next(self, call: Call, *, applied: bool, after: int = 0) -> None:
        """One more call fails; ``after`` so many that do not."""
        self._next[call, applied] += 1
        self._good[call, applied] = after

    def clear(self) -> None:
        self._next.clear()
        self._good.clear()

    @contextmanager
    def around(self, call: Call) -> Iterator[None]:
        self._maybe_fail(call, applied=False)
        yield
        self._maybe_fail(call, applied=True)

    def _maybe_fail(self, call: Call, *, applied: bool) -> None:
        if self._good[call, applied]:
            self._good[call, applied] -= 1
        elif self._next[call, applied]:
            self._next[call, applied] -= 1
            raise ERRORS[call](f"made to happen, applied: {applied}")


def between(monkeypatch: pytest.MonkeyPatch) -> LostAnswers:
    """Between the consumer and its engines: nothing else of the code is touched."""
    lost = LostAnswers()
    answered: Callable[[], AbstractContextManager[None]] = ledger._answered
    insert, script, bury = store.insert, redis.script, dlq.send

    @contextmanager
    def ledger_answers() -> Iterator[None]:
        with lost.around(Call.LEDGER), answered():
            yield

    def inserted(*args: Any) -> None:
        with lost.around(Call.INSERT):
            insert(*args)

    def claimed(*args: Any, **options: Any) -> Any:
        with lost.around(Call.CLAIM):
            return script(*args, **options)

    def buried(*args: Any) -> None:
        with lost.around(Call.BURY):
            bury(*args)

    monkeypatch.setattr(dlq, "send", buried)
    monkeypatch.setattr(ledger, "_answered", ledger_answers)
    monkeypatch.setattr(store, "insert", inserted)
    monkeypatch.setattr(redis, "script", claimed)
    return lost
