"""How many requests a second one SSP may send us: a token bucket for each process (pure)."""

from dataclasses import dataclass, field
from threading import Lock


@dataclass(slots=True)
class Bucket:
    """Holds one second's worth; ``at`` is on the caller's clock."""

    tokens: float
    at: float


@dataclass(slots=True)
class Throttle:
    """The limit is of all processes together, so each admits its share."""

    processes: int = 1
    _buckets: dict[int, Bucket] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def admits(self, ssp_id: int, qps_limit: int, at: float) -> bool:
        """Whether a request of this moment is within the limit; 0 is no limit."""
        if not qps_limit:
            return True
        share = max(qps_limit / self.processes, 1.0)
        with self._lock:
            bucket = self._buckets.get(ssp_id)
            if bucket is None:
                bucket = self._buckets[ssp_id] = Bucket(share, at)
            bucket.tokens = min(share, bucket.tokens + (at - bucket.at) * share)
            bucket.at = at
            if bucket.tokens < 1.0:
                return False
            bucket.tokens -= 1.0
            return True
