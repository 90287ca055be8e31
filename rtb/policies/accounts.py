"""The policies of all accounts: read in the background, asked when books are compiled."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog
from django.db import DatabaseError

from adserving.snapshot import TenantConfig
from rtb.ad import Ad
from rtb.models.policy import Policy
from rtb.policies.audit import Judged, audit
from rtb.policies.compiled import CompiledPolicies, Policies, digest_of
from rtb.policies.facts import of_ad
from rtb.policies.library import platform_sources

log = structlog.get_logger(__name__)

UNTRIED = "was not saved through the admin, so it was never tried: save it there"
Sources = Mapping[str, str]
Denied = Mapping[tuple[int, int], tuple[str, ...]]


@dataclass(slots=True)
class Accounts:
    """One for each process."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _sets: Mapping[int, CompiledPolicies] = field(default_factory=dict)
    _denied: dict[int, Denied] = field(default_factory=dict)  # as last written to the audit

    def load(self) -> None:
        """Read the accounts' policies anew; sets that did not change are not compiled again."""
        self._sets = {
            tenant_id: Policies.compile({**platform_sources(), **sources}, refused)
            for tenant_id, (sources, refused) in _by_tenant().items()
        }

    def of(self, tenant_id: int) -> CompiledPolicies:
        """The platform's policies and the account's own."""
        found = self._sets.get(tenant_id)
        return found if found is not None else Policies.compile(platform_sources())

    def judge(self, tenant: TenantConfig, ads: Sequence[Ad]) -> Sequence[Ad]:
        """The ads, with ``denied_by`` where a policy denies; what changed is kept in the audit."""
        policies = self.of(tenant.id)
        judged = [_judged(ad, tenant, policies) for ad in ads]
        self._keep(tenant.id, judged)
        return [
            replace(ad, denied_by="; ".join(map(str, each.denials))) if each.denials else ad
            for ad, each in zip(ads, judged, strict=True)
        ]

    def _keep(self, tenant_id: int, judged: Sequence[Judged]) -> None:
        """Nobody waits for the audit: where the database is away it is tried at the next load."""
        denied: Denied = {
            (ad.line_item_id, ad.creative_id): tuple(map(str, ad.denials))
            for ad in judged
            if ad.denials
        }
        if self._denied.get(tenant_id) == denied:
            return
        try:
            audit(tenant_id, judged, self.now())
        except DatabaseError as exc:
            log.warning("policies.audit_failed", tenant_id=tenant_id, error=str(exc))
        else:
            self._denied[tenant_id] = denied


def _judged(ad: Ad, tenant: TenantConfig, policies: CompiledPolicies) -> Judged:
    document = of_ad(ad, tenant)
    digest = digest_of(document)
    denials = policies.decide_digested(document, digest)
    return Judged(ad.line_item.id, ad.creative.id, digest.hex(), denials)


def _by_tenant() -> Mapping[int, tuple[dict[str, str], dict[str, str]]]:
    """Sources that were tried, and the names of those that were not with the reason."""
    found: defaultdict[int, tuple[dict[str, str], dict[str, str]]] = defaultdict(lambda: ({}, {}))
    for row in Policy.across_tenants.filter(is_active=True, tenant__is_active=True):
        sources, refused = found[row.tenant_id]
        if row.is_tried:
            sources[row.name] = row.source
        else:
            refused[row.name] = UNTRIED
    return found
