"""Keeping this process's snapshot and spend fresh: background threads, one assignment to swap.

PostgreSQL triggers notify the channel ``configuration`` whenever a committed transaction changed a
configuration table, however it was changed (campaigns/migrations/0002). A full reload every
SNAPSHOT_RELOAD_SECONDS covers a notification that was missed; of a large account, so rarely that it
takes at most a PAUSE-th of the time.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

import psycopg
import structlog
from django.conf import settings
from django.db import connection

from adplatform import metrics
from adserving import spend_reader
from adserving.compile import compile_snapshot
from adserving.snapshot import Snapshot
from adserving.spend import Spend
from events import directory
from tenants import selectors

log = structlog.get_logger(__name__)

CHANNEL = "configuration"
GATHER_SECONDS = 0.05  # a bulk edit notifies many times; one reload serves them all
RETRY_SECONDS = 1.0
SPEND_SECONDS = 2.0
PAUSE = 50
KEY_USE_SECONDS = 30.0


class NotLoaded(Exception):
    """This process has not compiled its first snapshot yet."""


_snapshot: Snapshot | None = None
_spend = Spend()
_used_keys: set[str] = set()
_followers: list[Callable[[Snapshot], None]] = []


def current() -> Snapshot:
    """The snapshot of this process. Raises NotLoaded before the first one."""
    if _snapshot is None:
        raise NotLoaded("the configuration is still loading; retry in a second")
    return _snapshot


def current_spend() -> Spend:
    return _spend


def follow(follower: Callable[[Snapshot], None]) -> None:
    """Have each new snapshot told to ``follower``, in the background, once it is swapped in."""
    _followers.append(follower)


def note_key_use(prefix: str) -> None:
    """Remember that a key was used; written to the database in the background."""
    _used_keys.add(prefix)


def reload_snapshot() -> Snapshot:
    """Compile and swap now."""
    global _snapshot  # noqa: PLW0603 - the one assignment that every request reads
    with metrics.SNAPSHOT_COMPILE_SECONDS.time():
        compiled = compile_snapshot(datetime.now(UTC))
    directory.swap(_directory_of(compiled))
    _snapshot = compiled
    metrics.SNAPSHOT_LOADED.set_to_current_time()
    metrics.SNAPSHOT_LINE_ITEMS.set(len(compiled.line_items))
    for follower in _followers:
        follower(compiled)
    return compiled


def reload_spend() -> Spend:
    """Read spend from the reports' own table and swap it."""
    global _spend  # noqa: PLW0603
    _spend = spend_reader.read(current(), datetime.now(UTC))
    return _spend


def start() -> None:
    """Start this process's background threads, once."""
    with _start_lock:
        if not any(thread.name == "snapshot" for thread in threading.enumerate()):
            threading.Thread(target=_follow_configuration, name="snapshot", daemon=True).start()
            threading.Thread(target=_follow_spend, name="spend", daemon=True).start()


_start_lock = threading.Lock()


def _follow_configuration() -> None:
    while True:
        try:
            _listen_and_reload()
        except Exception:
            log.exception("snapshot_reload_failed")
            connection.close()
            time.sleep(RETRY_SECONDS)


def _listen_and_reload() -> None:
    """Listen first, then load: a change in between is notified and loaded again."""
    connection.close()
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    due = _reload()
    flushed = time.monotonic()
    while True:
        changed = _wait_for_change(timeout=1.0)
        if changed or time.monotonic() >= due:
            due = _reload()
        if time.monotonic() - flushed >= KEY_USE_SECONDS:
            _flush_key_use()
            flushed = time.monotonic()


def _reload() -> float:
    """Load now; returns when to load next although nothing was notified."""
    began = time.monotonic()
    reload_snapshot()
    ended = time.monotonic()
    return ended + max(settings.SNAPSHOT_RELOAD_SECONDS, PAUSE * (ended - began))


def _wait_for_change(timeout: float) -> bool:
    listener = cast("psycopg.Connection", connection.connection)
    if not list(listener.notifies(timeout=timeout, stop_after=1)):
        return False
    list(listener.notifies(timeout=GATHER_SECONDS))
    return True


def _flush_key_use() -> None:
    used = set(_used_keys)
    if used:
        selectors.mark_keys_used(used, at=datetime.now(UTC))
        _used_keys.difference_update(used)


def _follow_spend() -> None:
    while True:
        seconds = SPEND_SECONDS
        try:
            reload_spend()
        except NotLoaded:
            seconds = GATHER_SECONDS  # where a budget is set nothing is served before
        except Exception as exc:  # noqa: BLE001 - spend ages, and budgets then fail closed
            log.warning("spend_not_read", problem=str(exc))
        time.sleep(seconds)


def _directory_of(snapshot: Snapshot) -> directory.Directory:
    """The ids that events may name, by tenant."""
    campaigns: defaultdict[int, set[int]] = defaultdict(set)
    placements: defaultdict[int, set[int]] = defaultdict(set)
    creatives: defaultdict[int, set[int]] = defaultdict(set)
    for campaign in snapshot.campaigns.values():
        campaigns[campaign.tenant_id].add(campaign.id)
    for placement in snapshot.placements.values():
        placements[placement.tenant_id].add(placement.id)
    for creative in snapshot.creatives.values():
        creatives[creative.tenant_id].add(creative.id)
    return directory.Directory(
        {
            tenant_id: directory.TenantIds(
                campaigns=frozenset(campaigns[tenant_id]),
                placements=frozenset(placements[tenant_id]),
                creatives=frozenset(creatives[tenant_id]),
                line_items=snapshot.line_item_refs.get(tenant_id, {}),
            )
            for tenant_id in snapshot.tenants
        },
        salts=snapshot.salts,
    )
