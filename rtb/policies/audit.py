"""Keeps when a policy began or ceased to deny an ad."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from rtb.models.policy import ALLOW, DENY, PolicyDecision
from rtb.policies.compiled import Denial

LOCK: Final = 0x72_74_62  # first half of the advisory lock's key; the second is the account
KEY_BITS: Final = 0x7FFF_FFFF
Latest = Mapping[tuple[int, int], Mapping[str, PolicyDecision]]  # by line item and creative, policy


@dataclass(frozen=True, slots=True)
class Judged:
    """What all policies said of one ad, and the digest of what they were asked."""

    line_item_id: int
    creative_id: int
    input_digest: str
    denials: tuple[Denial, ...] = ()


@transaction.atomic
def audit(tenant_id: int, judged: Sequence[Judged], now: datetime) -> int:
    """How many rows were written: none where nothing changed.

    Every web process judges the same configuration, so they take turns and the later ones find the
    first one's rows.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, tenant_id & KEY_BITS])
    latest = _latest(tenant_id)
    rows = [change for ad in judged for change in _changes(ad, latest)]
    for row in rows:
        row.tenant_id, row.decided_at = tenant_id, now
    PolicyDecision.objects.bulk_create(rows)
    return len(rows)


def _latest(tenant_id: int) -> Latest:
    """The last word of each policy on each ad."""
    names = ("line_item_id", "creative_id", "policy")
    rows = PolicyDecision.objects.for_tenant(tenant_id).order_by(*names, "-id").distinct(*names)
    found: defaultdict[tuple[int, int], dict[str, PolicyDecision]] = defaultdict(dict)
    for row in rows:
        found[row.line_item_id, row.creative_id][row.policy] = row
    return found


def _changes(ad: Judged, latest: Latest) -> Iterator[PolicyDecision]:
    before = latest.get((ad.line_item_id, ad.creative_id), {})
    for denial in ad.denials:
        known = before.get(denial.policy)
        if known is None or not _says(known, denial):
            yield _row(ad, denial, DENY)
    denying = {denial.policy for denial in ad.denials}
    for policy, row in before.items():
        if row.decision == DENY and policy not in denying:
            yield _row(ad, Denial(policy, row.version, ()), ALLOW)


def _says(row: PolicyDecision, denial: Denial) -> bool:
    return (row.decision, row.version, row.messages) == (
        DENY,
        denial.version,
        list(denial.messages),
    )


def _row(ad: Judged, denial: Denial, decision: str) -> PolicyDecision:
    return PolicyDecision(
        line_item_id=ad.line_item_id,
        creative_id=ad.creative_id,
        policy=denial.policy,
        version=denial.version,
        decision=decision,
        messages=list(denial.messages),
        input_digest=ad.input_digest,
    )
