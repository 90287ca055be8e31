"""The job's row in PostgreSQL: which step a deletion has reached, by compare-and-set."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac

from tenants.models import ForgetRequest, ForgetState

LOCK: Final = 7_202_611_210  # of all forgetting: PostgreSQL's advisory lock


class Overtaken(Exception):
    """Another process changed the job; it goes on there, or by running the command again."""


@contextmanager
def one_at_a_time(*, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of all forgetting; yields False where another holds it and we do not wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_lock(%s)" if wait else "SELECT pg_try_advisory_lock(%s)", [LOCK]
        )
        held = wait or bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def find_or_open(tenant_id: int, user_id: str, *, by: str, now: datetime) -> ForgetRequest:
    """The user's unfinished job, or a new one."""
    request, _ = ForgetRequest.across_tenants.exclude(state=ForgetState.DONE).get_or_create(
        tenant_id=tenant_id,
        user_hash=user_hash(tenant_id, user_id),
        defaults={"requested_by": by, "requested_at": now},
    )
    return request


def interrupted() -> list[ForgetRequest]:
    """Jobs that stopped within a pass."""
    done = (ForgetState.OPEN, ForgetState.DONE)
    return list(ForgetRequest.across_tenants.exclude(state__in=done).order_by("pk"))


def user_hash(tenant_id: int, user_id: str) -> str:
    """What the job remembers of the user: nothing that can be guessed without SECRET_KEY."""
    value = f"{tenant_id}:{user_id}"
    return salted_hmac("events.forgetting", value, algorithm="sha256").hexdigest()


def advance(request: ForgetRequest, state: ForgetState, **changes: object) -> None:
    """Move to a state, if the job still is where we saw it.

    Raises:
        Overtaken: it is not.
    """
    seen = ForgetRequest.across_tenants.filter(
        pk=request.pk, state=request.state, attempt=request.attempt
    )
    if not seen.update(state=state, **changes):
        raise Overtaken(f"the deletion {request.run} was continued by another process")
    request.refresh_from_db()


def next_attempt(request: ForgetRequest) -> None:
    """A new mark: rows that a lost statement marks late can be told from those that we counted."""
    advance(request, ForgetState.MARKING, attempt=F("attempt") + 1)
