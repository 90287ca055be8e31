"""One run of a job at a time, anywhere: a lock in Redis that a killed run loses in time."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from adplatform.clients import redis as redis_client

FREE: Final = """
return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0
"""


class Busy(Exception):
    """Another run of this job is under way: let it finish."""


@contextmanager
def turn(job: str, seconds: int) -> Iterator[None]:
    """Hold the job's turn for at most so long.

    Raises:
        Busy: somebody else holds it.
        RedisError: Redis is away.
    """
    key, ours = f"rtb:turn:{job}", secrets.token_hex(8)
    if not redis_client.call(
        "turn", lambda connected: connected.set(key, ours, nx=True, ex=seconds)
    ):
        raise Busy(f"{job}: another run is under way; the next one does it")
    try:
        yield
    finally:
        redis_client.script(FREE, keys=[key], args=[ours])
