"""One run of a tenant's attribution at a time: a lock in PostgreSQL that a killed run lets go."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

POLL_SECONDS: Final = 0.2


class Busy(Exception):
    """Another run credits this tenant's conversions now: let it finish."""


@contextmanager
def turn(tenant_id: int, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the tenant's turn; it ends with the database connection, too.

    Raises:
        Busy: somebody else still has it after ``wait_seconds``.
    """
    key = _key(tenant_id)
    deadline = time.monotonic() + wait_seconds
    while not _ask("pg_try_advisory_lock", key):
        if time.monotonic() >= deadline:
            raise Busy(f"tenant {tenant_id}: another run is under way; try again when it is done")
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        _ask("pg_advisory_unlock", key)


def _key(tenant_id: int) -> int:
    digest = hashlib.blake2b(b"attribution:%d" % tenant_id, digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _ask(function: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [key])
        return bool(cursor.fetchone()[0])
