"""One reconciler at a time: two that repair the same difference would count it twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

NUMBER: Final = 7_265_636_001  # any number that no other advisory lock of the database uses


class CannotRepair(Exception):
    """Not now, or not here."""


class AlreadyRunning(CannotRepair):
    """Another process repairs at this moment."""


class OnShards(CannotRepair):
    """The tables here are Distributed: partitions and rows lie elsewhere."""


@contextmanager
def only_one() -> Iterator[None]:
    """Hold PostgreSQL's advisory lock; it ends with the connection, whatever happens to us.

    Raises:
        AlreadyRunning: another process holds it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [NUMBER])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning("another reconcile --repair is running: wait until it has ended")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [NUMBER])


def is_held() -> bool:
    """Whether this connection still holds it: a server that restarted has forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND pid = pg_backend_pid() AND (classid::bigint << 32) + objid::bigint = %s",
            [NUMBER],
        )
        return bool(cursor.fetchone()[0])
