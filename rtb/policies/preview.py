"""Which of the ads that could bid now a set of policies denies; nothing is kept of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from adserving.compile import compile_snapshot
from adserving.snapshot import TenantConfig
from rtb.ad import Ad
from rtb.compile import compile_books
from rtb.policies.compiled import CompiledPolicies, Denial
from rtb.policies.facts import of_ad


@dataclass(frozen=True, slots=True)
class AccountAds:
    """All that an account's exchange bidding has to show, whether policies deny it or not."""

    tenant: TenantConfig
    ads: Sequence[Ad]

    def denied_by(self, policies: CompiledPolicies) -> Iterator[tuple[Ad, tuple[Denial, ...]]]:
        for ad in self.ads:
            denials = policies.decide(of_ad(ad, self.tenant))
            if denials:
                yield ad, denials


@dataclass(slots=True)
class _Listener:
    """Takes the place of the accounts' policies: denies nothing and remembers who was asked."""

    heard: dict[int, AccountAds] = field(default_factory=dict)

    def load(self) -> None:
        return

    def judge(self, tenant: TenantConfig, ads: Sequence[Ad]) -> Sequence[Ad]:
        self.heard[tenant.id] = AccountAds(tenant, ads)
        return ads

    def of(self, tenant_id: int) -> None:  # noqa: ARG002 - as the bidder asks
        return None


def ads_by_account() -> Mapping[int, AccountAds]:
    """Of the accounts that have an exchange."""
    listener = _Listener()
    rng = Random(0)  # noqa: S311 - the order of ads, which nobody sees
    compile_books(compile_snapshot(datetime.now(UTC)), listener, rng)
    return listener.heard
