"""Frequency caps in Redis: counted on impressions, with a short-lived pending count at decision.

One round trip for each decision and each impression. All keys of a user share a hash tag, so the
scripts run on Redis Cluster. A window is fixed: it opens at a user's first impression.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adplatform.clients import redis as redis_client
from adplatform.clients.redis import Script
from adserving.snapshot import Cap, LineItemConfig

PENDING_SECONDS = 30  # a decision whose impression has not come by then was not shown
SEEN_SECONDS = 172_800

# KEYS: nothing but the user's tag; ARGV: pending seconds, then per set of caps their number and
# for each cap its key, its limit. Returns the index of the first set of which no cap is reached,
# or -1.
RESERVE = """
local i, set = 2, 0
while i <= #ARGV do
  local n, free = tonumber(ARGV[i]), true
  for c = 0, n - 1 do
    local key, limit = ARGV[i + 1 + 2 * c], tonumber(ARGV[i + 2 + 2 * c])
    local shown = tonumber(redis.call('GET', KEYS[1] .. key) or '0')
    local pending = tonumber(redis.call('GET', KEYS[1] .. 'p:' .. key) or '0')
    if shown + pending >= limit then free = false break end
  end
  if free then
    for c = 0, n - 1 do
      local pending = KEYS[1] .. 'p:' .. ARGV[i + 1 + 2 * c]
      redis.call('INCR', pending)
      redis.call('EXPIRE', pending, ARGV[1])
    end
    return set
  end
  i, set = i + 1 + 2 * n, set + 1
end
return -1
"""

# ARGV: event id, seconds to remember it, then per cap its key and its window in seconds.
COUNT = """
if not redis.call('SET', KEYS[1] .. 'e:' .. ARGV[1], 1, 'NX', 'EX', ARGV[2]) then return 0 end
for i = 3, #ARGV, 2 do
  local key = KEYS[1] .. ARGV[i]
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[i + 1]) end
  local pending = KEYS[1] .. 'p:' .. ARGV[i]
  if tonumber(redis.call('GET', pending) or '0') > 0 then redis.call('DECR', pending) end
end
return 1
"""


# ARGV: event id, then the key of each cap: takes back what COUNT did.
UNCOUNT = """
if redis.call('DEL', KEYS[1] .. 'e:' .. ARGV[1]) == 0 then return 0 end
for i = 2, #ARGV do
  local key = KEYS[1] .. ARGV[i]
  if tonumber(redis.call('GET', key) or '0') > 0 then redis.call('DECR', key) end
end
return 1
"""


@dataclass(frozen=True, slots=True)
class User:
    tenant_id: int
    user_id: str

    @property
    def tag(self) -> str:
        """The hash tag of everything we remember of this user; ids are hashed, never stored."""
        digest = hashlib.blake2b(self.user_id.encode(), digest_size=12).hexdigest()
        return f"{{{self.tenant_id}:{digest}}}"

    @property
    def counters(self) -> str:
        """The prefix of this user's counters."""
        return f"fc:{self.tag}:"


def reserve(user: User, candidates: Sequence[LineItemConfig]) -> int | None:
    """Index of the first candidate under its caps, whose pending count is raised; None: none is.

    Raises:
        RedisUnavailable: the caller serves uncapped and counts that it did.
    """
    first_with: dict[tuple[Cap, ...], int] = {}
    for position, item in enumerate(candidates):
        first_with.setdefault(item.caps, position)
        if not item.caps:
            break  # nobody after it can be the first
    arguments: list[str | int] = [PENDING_SECONDS]
    for caps in first_with:  # a campaign's line items share its caps: ask for each set once
        arguments.append(len(caps))
        for cap in caps:
            arguments += [cap_key(cap), cap.impressions]
    found = int(redis_client.script(RESERVE, keys=[user.counters], args=arguments))
    return None if found < 0 else list(first_with.values())[found]


@dataclass(frozen=True, slots=True)
class Shown:
    """An impression that counts against caps."""

    user: User
    event_id: str
    caps: Sequence[Cap]


def counting(shown: Shown) -> Script:
    """Counts an impression once; its script returns 0 when this event was counted before."""
    arguments: list[str | int] = [shown.event_id, SEEN_SECONDS]
    for cap in shown.caps:
        arguments += [cap_key(cap), cap.seconds]
    return Script(COUNT, [shown.user.counters], arguments)


def count_impressions(shown: Sequence[Shown]) -> None:
    """Count several impressions in one round trip. Raises RedisUnavailable: some may be counted."""
    redis_client.scripts([counting(each) for each in shown])


def uncount(shown: Shown) -> None:
    """Take an impression back that was counted and turned out not to be valid."""
    arguments = [shown.event_id, *map(cap_key, shown.caps)]
    redis_client.script(UNCOUNT, keys=[shown.user.counters], args=arguments)


def forget(tenant_id: int, user_ids: Iterable[str]) -> int:
    """Delete what Redis counts for a tenant's user, by any of these names; returns how many keys.

    Looks through all keys, also those of caps that are gone and those of the traffic checks, which
    carry the same tag. Nothing on a request's way calls it.
    """
    tags = tuple(User(tenant_id, user_id).tag for user_id in user_ids if user_id)
    return redis_client.delete_where(
        f"*{{{tenant_id}:*", lambda key: any(tag in key for tag in tags)
    )


def cap_key(cap: Cap) -> str:
    return f"{cap.owner}:{cap.seconds}"
