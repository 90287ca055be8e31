"""The command that forgets a user: what it accepts, and what it says."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from adplatform.clients import clickhouse
from adserving.frequency import Shown, User, count_impressions
from adserving.snapshot import Cap
from tenants.models import ForgetRequest
from tests.events.forgetting.conftest import Store, visits
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(event_store, clean_redis):
    return Store()


@pytest.fixture
def tenant(store):
    tenant = TenantFactory(slug="acme")
    store.put(visits(tenant, "anna") + visits(tenant, "ben"))
    count_impressions([Shown(User(tenant.pk, "anna"), "event", [Cap("c1", 3, 60)])])
    return tenant


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("forget_user", *arguments, stdout=out)
    return out.getvalue()


def test_it_says_what_it_removed(store, tenant):
    said = run("--tenant", "acme", "--user", "anna", "--by", "olga")
    assert "removed 8 events, 0 conversion credits and 2 counters" in said
    assert store.users(tenant) == {"ben": 8}
    assert ForgetRequest.across_tenants.get().requested_by == "olga"


def test_the_account_may_be_named_by_its_id(store, tenant):
    run("--tenant", str(tenant.pk), "--user", "ben")
    assert store.users(tenant) == {"anna": 8}


def test_again_it_finds_nothing(store, tenant):
    run("--tenant", "acme", "--user", "anna")
    said = run("--tenant", "acme", "--user", "anna")
    assert "removed 0 events, 0 conversion credits and 0 counters" in said


def test_a_dry_run_changes_nothing(store, tenant):
    assert "would remove 8 stored events" in run("--tenant", "acme", "--user", "anna", "--dry-run")
    assert store.users(tenant) == {"anna": 8, "ben": 8}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tenant", "nobody", "--user", "anna"], "'nobody' names no account"),
        (["--tenant", "acme", "--user", ""], "--user is empty"),
    ],
)
def test_nonsense_is_refused_and_nothing_changes(store, tenant, arguments, words):
    with pytest.raises(CommandError, match=words):
        run(*arguments)
    assert store.users(tenant) == {"anna": 8, "ben": 8}


def test_while_clickhouse_is_away_it_says_so_and_can_be_repeated(store, tenant, settings):
    clickhouse.disconnect()
    address, settings.CLICKHOUSE_URL = settings.CLICKHOUSE_URL, "clickhouse://127.0.0.1:1/default"
    with pytest.raises(CommandError, match="Run the same command again"):
        run("--tenant", "acme", "--user", "anna")
    settings.CLICKHOUSE_URL = address
    assert "removed 8 events" in run("--tenant", "acme", "--user", "anna")
