"""The command is killed with SIGKILL at any moment, and run again: exact all the same."""

import random
import subprocess
import sys
import time

import pytest

from tenants.models import ForgetRequest, ForgetState
from tests.events.forgetting.conftest import Store, visits
from tests.factories import TenantFactory
from tests.live import environment

KILLS = 4
LONGEST_SECONDS = 0.2  # about what the work takes


@pytest.mark.fault
@pytest.mark.slow_fault
@pytest.mark.django_db(transaction=True)
def test_a_command_that_is_killed_again_and_again_ends_exact(event_store):
    store, tenant = Store(), TenantFactory()
    store.put(visits(tenant, "anna", 40) + visits(tenant, "ben", 40))
    for moment in random.Random(7).sample(range(100), KILLS):
        process = start(tenant.pk)
        wait_for_the_work_to_begin(process)
        time.sleep(moment / 100 * LONGEST_SECONDS)
        process.kill()
        process.wait()
        store.put(visits(tenant, "anna", 4))
    assert start(tenant.pk).wait() == 0
    assert store.users(tenant) == {"ben": 40}
    assert store.sums() == store.raw_sums()
    rows = ForgetRequest.across_tenants.filter(tenant=tenant)
    assert {row.state for row in rows} == {ForgetState.DONE}
    assert sum(row.events for row in rows) == 40 + 4 * KILLS


def start(tenant_id: int) -> "subprocess.Popen[bytes]":
    """The command in a process of its own, on this test's engines and database."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "forget_user", "--tenant", str(tenant_id), "--user", "anna"],
        env=environment(port=0),
        stdout=subprocess.DEVNULL,
    )


def wait_for_the_work_to_begin(process: "subprocess.Popen[bytes]") -> None:
    attempts = {row.pk: row.attempt for row in ForgetRequest.across_tenants.all()}
    while process.poll() is None:
        if {row.pk: row.attempt for row in ForgetRequest.across_tenants.all()} != attempts:
            return
        time.sleep(0.005)
