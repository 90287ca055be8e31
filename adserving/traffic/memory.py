"""What Redis remembers of served tokens, of visitors and of sources: one round trip for each hit.

A script's keys share a hash tag, so that all of this runs on Redis Cluster: what belongs to a token
lies with its user (or, without one, with the token itself), what belongs to a source with its
address; both below their tenant. The scripts of a hit go out in one pipeline.
"""

import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adplatform.clients import redis as redis_client
from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.redis import RedisError, Script
from adserving.credentials import Served
from adserving.frequency import Shown, User, counting
from adserving.snapshot import Cap
from adserving.traffic.rules import Hit, Policy, Seen
from events.types import EventType

COMPLETE_FROM = "ivt:complete_from"
NOW = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"

# KEYS: of the impression. ARGV: seconds to keep it; 1 when the click itself brought it about.
SHOWN = f"""{NOW}
local at = ARGV[2] == '1' and '0' or string.format('%.0f', now)
redis.call('SET', KEYS[1], at, 'NX', 'EX', ARGV[1])
return 1
"""

# KEYS: impression, click and duplicate window of one token. ARGV: 1 when the hit would count; 1
# when it needs an impression; the least age of that in ms; seconds to keep the click; the window in
# ms (0: none); the token. A click that breaks a rule leaves token and window to the next one.
# Returns the impression's age in ms or -1, whether the token was clicked, whose the window is.
CLICKED = f"""{NOW}
local shown, age = redis.call('GET', KEYS[1]), -1
if shown then age = now - tonumber(shown) end
local clicked = redis.call('EXISTS', KEYS[2])
local counts = ARGV[1] == '1'
if age < 0 then counts = counts and ARGV[2] == '0'
else counts = counts and age >= tonumber(ARGV[3]) end
local holder = ''
if ARGV[5] ~= '0' then
  holder = redis.call('GET', KEYS[3]) or ''
  if counts and clicked == 0 and holder == '' then
    redis.call('SET', KEYS[3], ARGV[6], 'PX', ARGV[5])
  end
end
if counts and (holder == '' or holder == ARGV[6]) then
  redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[4])
end
return {{age, clicked, holder}}
"""

# KEYS: the duplicate window of a visitor without a user id, then a counter per limit. ARGV: 1 when
# the hit would count; the window in ms (0: none); the token; the seconds of each limit. Returns
# whose the window is, then the source's hits with this one.
SOURCE = """
local counts, holder = ARGV[1] == '1', ''
if ARGV[2] ~= '0' then
  holder = redis.call('GET', KEYS[1]) or ''
  if counts and holder == '' then redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2]) end
end
local answer = {holder}
for i = 2, #KEYS do
  local hits
  if counts then
    hits = redis.call('INCR', KEYS[i])
    if hits == 1 then redis.call('EXPIRE', KEYS[i], ARGV[i + 2]) end
  else
    hits = tonumber(redis.call('GET', KEYS[i]) or '0') + 1
  end
  answer[i] = hits
end
return answer
"""

# ARGV: what to assume when nothing is remembered; what it must at least be. Returns the moment
# (Unix seconds) from which on no impression was missed.
COMPLETE = """
local known = redis.call('GET', KEYS[1])
local from = math.max(tonumber(known or ARGV[1]), tonumber(ARGV[2]))
if not known or from > tonumber(known) then
  redis.call('SET', KEYS[1], string.format('%.0f', from))
end
return from
"""

_missed_until = 0  # Unix seconds: impressions before may have gone unremembered by this process


@dataclass(frozen=True, slots=True)
class Visit:
    """One hit for Redis: ``would_count`` unless a rule that needs no memory is broken."""

    hit: Hit
    served: Served
    user_agent: str
    would_count: bool
    keep_seconds: int
    after_click: bool = False  # this impression was sent because of the click that follows it
    event_id: str = ""
    caps: Sequence[Cap] = ()  # to count this impression against

    @property
    def shown(self) -> Shown:
        """The impression, for frequency caps."""
        return Shown(User(self.served.tenant_id, self.served.user_id), self.event_id, self.caps)


def begin() -> None:
    """Called when a process starts: from now on impressions are remembered, if they were not."""
    global _missed_until  # noqa: PLW0603 - one per process
    now = int(time.time())
    try:
        redis_client.script(COMPLETE, keys=[COMPLETE_FROM], args=[now, 0])
    except (RedisError, EngineNotRunning):
        _missed_until = now


def ask(visit: Visit, policy: Policy) -> Seen:
    """What was remembered of the token, the visitor and the source; remembers this hit too.

    Raises:
        RedisError: nothing is known; the caller counts that and lets the hit pass.
    """
    global _missed_until  # noqa: PLW0603
    calls = _calls(visit, policy)
    missed = _missed_until
    now = int(visit.hit.at)
    if missed or visit.hit.kind is not EventType.IMPRESSION:
        calls["complete"] = Script(COMPLETE, [COMPLETE_FROM], [now + 1, missed])
    try:
        answers = dict(zip(calls, redis_client.scripts(list(calls.values())), strict=True))
    except (RedisError, EngineNotRunning):
        _missed_until = now + 1
        raise
    if missed == _missed_until:
        _missed_until = 0
    return _seen(visit, answers)


def _calls(visit: Visit, policy: Policy) -> dict[str, Script]:
    kind = visit.hit.kind
    if kind is EventType.IMPRESSION:
        calls = {"shown": _shown(visit, policy)}
        if visit.caps:
            calls["frequency"] = counting(visit.shown)
    else:
        calls = {"token": _clicked(visit, policy)}
    if visit.hit.source:
        calls["source"] = _source(visit, policy)
    return calls


def _seen(visit: Visit, answers: dict[str, Any]) -> Seen:
    age, clicked, holder = answers.get("token", (-1, 0, b""))
    other, *hits = answers.get("source", (b"",))
    window = holder or other
    was_clicked = bool(clicked)
    return Seen(
        impression_age_ms=None if age < 0 else age,
        complete_from=answers.get("complete", float("inf")),
        was_clicked=was_clicked,
        is_repeat=bool(window) and (was_clicked or window != _token(visit.served)),
        hits=tuple(hits),
        raised_caps=bool(answers.get("frequency")),
    )


def _shown(visit: Visit, policy: Policy) -> Script:
    """Kept as long as a click may come; where clicks need no impression, as long as one is early.

    Takes 125 to 135 bytes of Valkey's memory (measured).
    """
    key = f"{_place(visit.served)}i:{_token(visit.served).decode()}"
    early_seconds = policy.min_click_ms // 1000 + 1
    keep_seconds = visit.keep_seconds if policy.click_needs_impression else early_seconds
    return Script(SHOWN, [key], [keep_seconds, int(visit.after_click)])


def _clicked(visit: Visit, policy: Policy) -> Script:
    place, token = _place(visit.served), _token(visit.served)
    is_click = visit.hit.kind is EventType.CLICK
    has_window = is_click and visit.served.user_id
    needs = policy.click_needs_impression and visit.hit.served_at > 0
    return Script(
        CLICKED,
        [f"{place}{part}" for part in (f"i:{token.decode()}", f"c:{token.decode()}")]
        + [f"{place}w:{_shown_item(visit.served)}"],
        [
            int(is_click and visit.would_count),
            int(needs),
            policy.min_click_ms if visit.hit.source else 0,
            visit.keep_seconds,
            policy.duplicate_click_seconds * 1000 if has_window else 0,
            token,
        ],
    )


def _source(visit: Visit, policy: Policy) -> Script:
    place = f"ivt:{{{visit.served.tenant_id}:{visit.hit.source}}}:"
    limits = policy.limits_of(visit.hit.kind)
    has_window = visit.hit.kind is EventType.CLICK and not visit.served.user_id
    browser = hashlib.blake2b(visit.user_agent.encode(), digest_size=8).hexdigest()
    return Script(
        SOURCE,
        [f"{place}w:{browser}:{_shown_item(visit.served)}"]
        + [f"{place}{visit.hit.kind.value}:{limit.seconds}" for limit in limits],
        [
            int(visit.would_count),
            policy.duplicate_click_seconds * 1000 if has_window else 0,
            _token(visit.served),
            *(limit.seconds for limit in limits),
        ],
    )


def _place(served: Served) -> str:
    if served.user_id:
        return f"ivt:{User(served.tenant_id, served.user_id).tag}:"
    return f"ivt:{{{served.tenant_id}:{_token(served).decode()}}}:"


def _token(served: Served) -> bytes:
    return urlsafe_b64encode(served.nonce)


def _shown_item(served: Served) -> str:
    """What a second click within the window is a repetition of."""
    if served.line_item_id:
        return f"l{served.line_item_id}"
    return f"t{served.template_id}" if served.template_id else f"c{served.campaign_id}"
