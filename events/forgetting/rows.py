"""A user's rows in ClickHouse: found, marked, deleted.

Nothing here writes the user's id into a statement: mutations are kept on the server's disk and
queries in its log. Rows are found by a keyed hash of their user id, with a new key every time.
"""

import secrets
import time
from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from uuid import UUID

from adplatform.clients import clickhouse
from events.tiers import RAW

CREDITS: Final = "ad_conversion_credits"
POLL_SECONDS: Final = 0.05
IDS_AT_ONCE: Final = 2000  # keeps a statement below ClickHouse's 256 KB


class MutationFailed(Exception):
    """ClickHouse cannot finish rewriting a table; its own message says why."""


def count(tenant_id: int, names: Iterable[str], marks: str) -> int:
    """Stored rows of the user, and rows that an interrupted attempt has marked."""
    return _count(RAW, _of_user(tenant_id, names, marks))


def count_marked(tenant_id: int, mark: str) -> int:
    """Events under a mark, as reports see them: each once."""
    return _count(f"{RAW} FINAL", marked(tenant_id, mark))


def mark(tenant_id: int, names: Iterable[str], marks: str, mark: str) -> None:
    """Put the mark in place of the user's id; from then on the rows under it never change."""
    where = _of_user(tenant_id, names, marks)
    _mutate(RAW, f"UPDATE user_id = '{mark}' WHERE {where}", mark)


def delete(tenant_id: int, mark: str) -> None:
    """Delete exactly the rows under the mark."""
    _mutate(RAW, f"DELETE WHERE {marked(tenant_id, mark)}", mark)


def marked(tenant_id: int, mark: str) -> str:
    """The condition that a raw row is under the mark."""
    return f"tenant_id = {tenant_id:d} AND user_id = '{mark}'"


def conversions(tenant_id: int, mark: str) -> list[UUID]:
    """Ids of the conversions under the mark."""
    rows = clickhouse.query(
        f"SELECT DISTINCT event_id FROM {RAW} WHERE {marked(tenant_id, mark)} "
        "AND event_type = 'CONVERSION' ORDER BY event_id"
    )
    return [event_id for (event_id,) in rows]


def count_credits(tenant_id: int, conversion_ids: list[UUID]) -> int:
    """Credits of these conversions, one for each model."""
    return sum(
        _count(f"{CREDITS} FINAL", where) for where in _of_credits(tenant_id, conversion_ids)
    )


def delete_credits(tenant_id: int, conversion_ids: list[UUID]) -> None:
    for where in _of_credits(tenant_id, conversion_ids):
        _mutate(CREDITS, f"DELETE WHERE {where}", str(conversion_ids[0]))


def _of_credits(tenant_id: int, conversion_ids: list[UUID]) -> list[str]:
    quoted = [f"'{each}'" for each in conversion_ids]
    parts = [quoted[at : at + IDS_AT_ONCE] for at in range(0, len(quoted), IDS_AT_ONCE)]
    return [f"tenant_id = {tenant_id:d} AND conversion_id IN ({', '.join(ids)})" for ids in parts]


def _of_user(tenant_id: int, names: Iterable[str], marks: str) -> str:
    key = secrets.token_bytes(16)
    hashes = [f"unhex('{sha256(key + name.encode()).hexdigest()}')" for name in names if name]
    salted = f"SHA256(concat(unhex('{key.hex()}'), user_id))"
    named = f"OR {salted} IN ({', '.join(hashes)})" if hashes else ""
    return f"tenant_id = {tenant_id:d} AND (startsWith(user_id, '{marks}') {named})"


def _count(table: str, where: str) -> int:
    return int(clickhouse.query(f"SELECT count() FROM {table} WHERE {where}")[0][0])


def _mutate(table: str, change: str, name: str) -> None:
    """Rewrite rows and wait until it is done in every part; ``name`` occurs in the change."""
    clickhouse.command(f"ALTER TABLE {table} {change} SETTINGS mutations_sync = 0")
    while problem := _unfinished(table, name):
        if problem != WAITING:
            raise MutationFailed(
                f"{table} is not rewritten: {problem}; put that right, or KILL MUTATION, and run "
                "the same command again"
            )
        time.sleep(POLL_SECONDS)


WAITING: Final = "waiting"


def _unfinished(table: str, name: str) -> str:
    """What holds up a mutation: WAITING, or the server's message; empty: nothing."""
    rows = clickhouse.query(
        "SELECT latest_fail_reason FROM system.mutations WHERE database = currentDatabase() "
        "AND table = %(table)s AND NOT is_done AND position(command, %(name)s) > 0",
        {"table": table, "name": name},
    )
    return next((reason or WAITING for (reason,) in rows), "")
