"""[FLOW] Forget a user: mark the rows, subtract them from the sums, delete them, till none is left.

A mark takes the place of the user's id, so that the rows that are subtracted and the rows that are
deleted are the same, whatever arrives meanwhile. Each step repeats itself without effect, and the
job's row says which is next: after a crash anybody can finish a pass, even without the user's id.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from events.forgetting import requests, rows, sums
from events.users import Salt, names_of
from tenants.models import ForgetRequest, ForgetState
from tenants.selectors import all_salts

Say = Callable[[str], None]
Counters = Callable[[int, Sequence[str]], int]  # removes what Redis counts for these names


@dataclass(frozen=True, slots=True)
class Removed:
    """What has been removed, in all passes of a job."""

    events: int
    credits: int
    counters: int


def forget(
    tenant_id: int, user_id: str, *, by: str, counters: Counters, say: Say = lambda _: None
) -> Removed:
    """Remove everything that is stored of a tenant's user; returns what was removed.

    Run again it finishes what a crash left, and removes what has arrived since.

    Raises:
        ClickHouseError, RedisError: an engine is away; run it again.
        MutationFailed: ClickHouse cannot rewrite its table.
    """
    names = names_of_user(tenant_id, user_id)
    with requests.one_at_a_time():
        request = requests.find_or_open(tenant_id, user_id, by=by, now=datetime.now(UTC))
        finish_pass(request, names, say)
        while rows.count(tenant_id, names, request.marks):
            requests.advance(request, ForgetState.MARKING)
            finish_pass(request, names, say)
        removed = counters(tenant_id, names)
        requests.advance(
            request,
            ForgetState.DONE,
            counters=request.counters + removed,
            finished_at=datetime.now(UTC),
        )
    return Removed(request.events, request.credits, request.counters)


def finish_interrupted(say: Say = lambda _: None) -> int:
    """Finish the passes that crashed, without the users' ids; returns how many.

    Their jobs stay open: rows that had not been marked are found only with the id.
    """
    with requests.one_at_a_time(wait=False) as held:
        found = requests.interrupted() if held else []
        for request in found:
            finish_pass(request, (), say)
    return len(found)


def preview(tenant_id: int, user_id: str) -> int:
    """How many stored rows ``forget`` would remove."""
    return rows.count(tenant_id, names_of_user(tenant_id, user_id), "forget:none")


def names_of_user(tenant_id: int, user_id: str) -> list[str]:
    """The id and its pseudonyms under every salt that still exists."""
    return names_of(user_id, [Salt(begins, secret) for begins, secret in all_salts(tenant_id)])


def finish_pass(request: ForgetRequest, names: Sequence[str], say: Say) -> None:
    """One line per step; ``say`` is told of each when it is done and before it is written down."""
    if request.state == ForgetState.MARKING:
        requests.next_attempt(request)
        mark(request, names, say)
    if request.state == ForgetState.SUBTRACTING:
        subtract(request, say)
    if request.state == ForgetState.DELETING:
        delete(request, say)


def mark(request: ForgetRequest, names: Sequence[str], say: Say) -> None:
    rows.mark(request.tenant_id, names, request.marks, request.mark)
    events = rows.count_marked(request.tenant_id, request.mark)
    conversions = rows.conversions(request.tenant_id, request.mark)
    credited = rows.count_credits(request.tenant_id, conversions)
    say(f"marked {events} events")
    requests.advance(
        request,
        ForgetState.SUBTRACTING,
        events=request.events + events,
        credits=request.credits + credited,
    )


def subtract(request: ForgetRequest, say: Say) -> None:
    touched = sums.subtract(request.tenant_id, request.mark)
    say(f"subtracted them from {touched} rows of the minute tier, and so from the coarser ones")
    requests.advance(request, ForgetState.DELETING)


def delete(request: ForgetRequest, say: Say) -> None:
    conversions = rows.conversions(request.tenant_id, request.mark)
    rows.delete_credits(request.tenant_id, conversions)
    rows.delete(request.tenant_id, request.mark)
    say("deleted the marked events and their credits")
    requests.advance(request, ForgetState.OPEN)
