"""Accounts whose ledger may lack a bill, since Redis was away: it is told as soon as it answers."""

from collections.abc import Callable

from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.redis import RedisError


class Doubts:
    """Of one process; while it lives none is forgotten. ``tell`` is called with every notice."""

    def __init__(self, distrust: Callable[[int], None]) -> None:
        """``distrust`` is ``adserving.ledger.distrust``."""
        self._distrust = distrust
        self._tenants: set[int] = set()

    def add(self, tenant_id: int) -> None:
        self._tenants.add(tenant_id)

    def tell(self) -> None:
        """Have the ledgers rebuilt that are doubted; those that cannot be told stay."""
        for tenant_id in tuple(self._tenants):
            try:
                self._distrust(tenant_id)
            except (RedisError, EngineNotRunning):
                return
            self._tenants.discard(tenant_id)
