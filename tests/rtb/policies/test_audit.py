"""The audit has a row for each change of mind, and none for its repetition."""

from datetime import UTC, datetime, timedelta

import pytest

from rtb.models import PolicyDecision
from rtb.policies import Denial
from rtb.policies.audit import Judged, audit
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DEAR = Denial("dear", "v1", ("too dear",))
AGE = Denial("platform/age", "v1", ("needs targeting by age",))


def ad(*denials: Denial, creative_id: int = 4) -> Judged:
    return Judged(3, creative_id, "0" * 32, denials)


@pytest.fixture
def tenant():
    return TenantFactory()


def rows(tenant):
    found = PolicyDecision.objects.for_tenant(tenant.pk).order_by("pk")
    return [(row.creative_id, row.policy, row.decision, row.messages) for row in found]


def test_ads_that_nothing_ever_denied_leave_no_row(tenant):
    assert audit(tenant.pk, [ad(), ad(creative_id=5)], NOW) == 0


def test_each_denial_is_kept_once(tenant):
    for _ in range(3):
        audit(tenant.pk, [ad(DEAR, AGE), ad(AGE, creative_id=5)], NOW)
    assert rows(tenant) == [
        (4, "dear", "deny", ["too dear"]),
        (4, "platform/age", "deny", ["needs targeting by age"]),
        (5, "platform/age", "deny", ["needs targeting by age"]),
    ]


def test_what_is_allowed_again_is_kept_too(tenant):
    for denials in ([DEAR], [], [], [DEAR]):
        audit(tenant.pk, [ad(*denials)], NOW)
    assert [decision for _, _, decision, _ in rows(tenant)] == ["deny", "allow", "deny"]


def test_another_version_or_message_is_another_decision(tenant):
    audit(tenant.pk, [ad(DEAR)], NOW)
    audit(tenant.pk, [ad(Denial("dear", "v2", ("too dear",)))], NOW + timedelta(hours=1))
    audit(tenant.pk, [ad(Denial("dear", "v2", ("far too dear",)))], NOW + timedelta(hours=2))
    kept = PolicyDecision.objects.for_tenant(tenant.pk)
    assert [row.version for row in kept] == ["v2", "v2", "v1"]
    assert kept[0].decided_at == NOW + timedelta(hours=2)


def test_ads_that_were_not_judged_keep_their_last_word(tenant):
    audit(tenant.pk, [ad(DEAR)], NOW)
    assert audit(tenant.pk, [ad(creative_id=5)], NOW) == 0


def test_accounts_do_not_mix(tenant):
    audit(tenant.pk, [ad(DEAR)], NOW)
    assert audit(TenantFactory().pk, [ad()], NOW) == 0
