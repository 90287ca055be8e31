"""Which ids belong to which tenant, as the validation of events sees them: an immutable snapshot.

adserving's snapshot refresh swaps a new one in. It must hold campaigns of every status: the
conversions of a campaign that has ended still arrive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adplatform.money import Micros
from events.users import SaltsByTenant


class DirectoryNotLoaded(Exception):
    """The process has not compiled its first snapshot yet; try again in a second."""


@dataclass(frozen=True, slots=True)
class LineItemRef:
    """What an event inherits from its line item."""

    campaign_id: int
    placement_id: int
    cpm_micros: Micros


LineItemRefs = Mapping[int, Mapping[int, LineItemRef]]  # by tenant and line item


@dataclass(frozen=True, slots=True)
class TenantIds:
    """The ids of one tenant."""

    campaigns: frozenset[int] = frozenset()
    placements: frozenset[int] = frozenset()
    creatives: frozenset[int] = frozenset()
    line_items: Mapping[int, LineItemRef] = field(default_factory=dict)


NOTHING: Final = TenantIds()


@dataclass(frozen=True, slots=True)
class Directory:
    """Ids by tenant, and the salts of the tenants that hash their user ids."""

    tenants: Mapping[int, TenantIds]
    salts: SaltsByTenant = field(default_factory=dict)

    def of(self, tenant_id: int) -> TenantIds:
        """The tenant's ids; empty for an unknown tenant."""
        return self.tenants.get(tenant_id, NOTHING)


_current: Directory | None = None


def current() -> Directory:
    """The directory of this process.

    Raises:
        DirectoryNotLoaded: before the first ``swap``.
    """
    if _current is None:
        raise DirectoryNotLoaded("the configuration is still loading; retry in a second")
    return _current


def swap(directory: Directory) -> None:
    """Make ``directory`` the current one, in one assignment."""
    global _current  # noqa: PLW0603
    _current = directory
