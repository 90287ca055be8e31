"""What doors store in place of user ids, under the salts that this process has loaded.

Fails closed for privacy: while no salt is known the ids are left out and counted, never kept.
"""

from datetime import UTC, datetime

import msgspec

from adplatform import metrics
from events import directory
from events.types import Event
from events.users import Salts, pseudonym


def of_event(event: Event) -> Event:
    """The event as it may be stored: as it is for a tenant that does not hash."""
    if not (event.user_id or event.session_id):
        return event
    user_id, session_id = of_ids(event.tenant_id, event.user_id, event.session_id)
    if (user_id, session_id) == (event.user_id, event.session_id):
        return event
    return msgspec.structs.replace(event, user_id=user_id, session_id=session_id)


def of_ids(tenant_id: int, user_id: str, session_id: str) -> tuple[str, str]:
    """User and session id as they may be counted, and signed into tokens."""
    salts = _salts(tenant_id)
    if salts is None:
        return user_id, session_id
    now = datetime.now(UTC)
    named = pseudonym(user_id, salts, now)
    if user_id and not named:
        metrics.USER_IDS_LEFT_OUT.inc()
    return named, pseudonym(session_id, salts, now)


def _salts(tenant_id: int) -> Salts | None:
    """The tenant's salts; None when it does not hash."""
    try:
        return directory.current().salts.get(tenant_id)
    except directory.DirectoryNotLoaded:
        return ()
