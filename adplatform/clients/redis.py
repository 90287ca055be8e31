"""Redis or Valkey: one lazily created client per process, short timeouts, translated errors."""

import atexit
import hashlib
import os
import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, TypeVar

import redis
from django.conf import settings
from prometheus_client import Counter
from redis.backoff import NoBackoff
from redis.retry import Retry

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning

POOL_CONNECTIONS: Final = 64
SCAN_KEYS: Final = 1000  # looked at in one round trip

Result = TypeVar("Result")

_client: "redis.Redis | None" = None
_creating = threading.Lock()
# Connections of identified scripts, by process: the pool's book-keeping takes 20 us of each call.
_idle: dict[int, deque[Any]] = {}


class RedisError(Exception):
    """Redis refused a command, or is away."""


class RedisUnavailable(RedisError):
    """Redis did not answer: nothing can be said about whether the command was carried out."""


def client() -> "redis.Redis":
    """The process's client; its pool is thread-safe and starts anew in a forked child.

    Prefer ``call``, which counts and translates errors.

    Raises:
        EngineNotRunning: no address is known.
    """
    global _client  # noqa: PLW0603 - one per process
    if _client is None:
        with _creating:
            if _client is None:
                _client = connect(
                    settings.REDIS_URL, socket_seconds=settings.REDIS_TIMEOUT_MS / 1000
                )
    return _client


def connect(url: str, *, socket_seconds: float) -> "redis.Redis":
    """A client of its own, for example with a longer timeout; it connects when first used."""
    if not url:
        raise EngineNotRunning("Redis", "REDIS_URL")
    return redis.Redis.from_url(
        url,
        socket_timeout=socket_seconds,
        socket_connect_timeout=socket_seconds,
        retry=Retry(NoBackoff(), 0),  # a repeated INCR counts twice, and a hot door cannot wait
        max_connections=POOL_CONNECTIONS,
        health_check_interval=0,  # the pool notices a closed socket before it hands it out
        redis_connect_func=_meet,
    )


def _meet(connection: Any) -> None:
    """Greet the server, and learn its run id, which is another one after each start."""
    connection.on_connect()
    connection.send_command("INFO", "server")
    found = re.search(rb"run_id:(\w+)", connection.read_response())
    connection.server_id = found[1] if found else b""


def call(name: str, fn: "Callable[[redis.Redis], Result]") -> Result:
    """What ``fn`` returns; ``name`` says in errors what was tried.

    Raises:
        RedisUnavailable: it did not answer.
        RedisError: it refused.
        EngineNotRunning: no address is known.
    """
    connected = client()
    try:
        answer = fn(connected)
    except (redis.ConnectionError, redis.TimeoutError) as exc:
        _calls("unavailable").inc()
        raise RedisUnavailable(f"Redis did not answer {name}: {exc}") from exc
    except redis.RedisError as exc:
        _calls("error").inc()
        raise RedisError(f"Redis refused {name}: {exc}") from exc
    _calls("ok").inc()
    return answer


@cache
def _calls(outcome: str) -> Counter:
    return metrics.ENGINE_CALLS.labels("redis", outcome)


@atexit.register
def close() -> None:
    """Hang up; the next call connects again, to the address that the settings hold then."""
    global _client  # noqa: PLW0603 - one per process
    with _creating:
        if _client is not None:
            _client.close()
            _client.connection_pool.disconnect()
            for connection in _idle.pop(os.getpid(), ()):
                connection.disconnect()
        _client = None


def script(lua: str, *, keys: Sequence[str], args: Sequence[str | int | bytes] = ()) -> Any:
    """Run a Lua script by its digest, sending its text only to a server that lacks it.

    Returns what the script returns: an int, bytes, None or a list of those. Raises what ``call``
    raises.
    """
    return call("script", lambda connected: _run(connected, lua, keys, args))


def identified_script(
    lua: str, *, keys: Sequence[str], args: Sequence[str | int | bytes] = ()
) -> Any:
    """Like ``script``, and ARGV[1] is the run id of the server that the script is sent to.

    It was learnt on the very connection that carries the script, so a server that was restarted or
    replaced since is noticed by the first script that reaches it.
    """
    return call("script", lambda connected: _run_identified(connected, lua, keys, args))


def delete_where(pattern: str, wanted: Callable[[str], bool]) -> int:
    """Delete the keys that match and are wanted; returns how many. Looks at every key there is.

    Raises what ``call`` raises.
    """

    def scan(connected: "redis.Redis") -> int:
        found = (
            key
            for key in connected.scan_iter(match=pattern, count=SCAN_KEYS)
            if wanted(key.decode(errors="replace"))
        )
        return sum(int(connected.delete(key)) for key in found)

    return call("scan", scan)


def _run(
    connected: "redis.Redis", lua: str, keys: Sequence[str], args: Sequence[str | int | bytes]
) -> Any:
    try:
        return connected.evalsha(_digest(lua), len(keys), *keys, *args)
    except redis.exceptions.NoScriptError:
        return connected.eval(lua, len(keys), *keys, *args)


def _run_identified(
    connected: "redis.Redis", lua: str, keys: Sequence[str], args: Sequence[str | int | bytes]
) -> Any:
    idle = _idle.setdefault(os.getpid(), deque())
    try:
        connection = idle.pop()
    except IndexError:
        pool = connected.connection_pool
        connection = pool.connection_class(**pool.connection_kwargs)
    try:
        _connect(connection)
        if not connection.server_id:
            raise redis.RedisError("the server does not tell its run id (INFO server)")
        rest = (len(keys), *keys, connection.server_id, *args)
        try:
            connection.send_command("EVALSHA", _digest(lua), *rest)
            return connection.read_response()
        except redis.exceptions.NoScriptError:
            connection.send_command("EVAL", lua, *rest)
            return connection.read_response()
    finally:
        idle.append(connection)


def _connect(connection: Any) -> None:
    """Connect unless it is; again where the server hung up, or an answer was left unread."""
    try:
        is_clean = not connection.can_read()
    except redis.ConnectionError:
        is_clean = False
    if not is_clean:
        connection.disconnect()
        connection.connect()


@dataclass(frozen=True, slots=True)
class Script:
    """One run of a Lua script, for ``scripts``."""

    lua: str
    keys: Sequence[str]
    args: Sequence[str | int | bytes] = ()


def scripts(calls: Sequence[Script]) -> list[Any]:
    """Run several scripts in one round trip; what each returns, in their order.

    They are not one transaction. Raises what ``call`` raises.
    """
    return call("scripts", lambda connected: _run_all(connected, calls)) if calls else []


def _run_all(connected: "redis.Redis", calls: Sequence[Script]) -> list[Any]:
    answers = _send(connected, calls, known=True)
    unknown = [n for n, a in enumerate(answers) if isinstance(a, redis.exceptions.NoScriptError)]
    again = _send(connected, [calls[n] for n in unknown], known=False)
    for n, answer in zip(unknown, again, strict=True):
        answers[n] = answer
    for answer in answers:
        if isinstance(answer, redis.RedisError):
            raise answer
    return answers


def _send(connected: "redis.Redis", calls: Sequence[Script], *, known: bool) -> list[Any]:
    pipeline = connected.pipeline(transaction=False)
    for each in calls:
        if known:
            pipeline.evalsha(_digest(each.lua), len(each.keys), *each.keys, *each.args)
        else:
            pipeline.eval(each.lua, len(each.keys), *each.keys, *each.args)
    return pipeline.execute(raise_on_error=False)


@lru_cache(maxsize=256)
def _digest(lua: str) -> str:
    return hashlib.sha1(lua.encode(), usedforsecurity=False).hexdigest()
