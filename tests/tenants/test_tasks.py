"""What beat runs for accounts exists under the name that the schedule gives it."""

import pytest
from django.conf import settings

from adplatform.celery import app
from tenants import tasks
from tenants.selectors import user_salts
from tests.factories import TenantFactory


def test_the_schedule_names_tasks_that_exist():
    app.loader.import_default_modules()
    assert {str(each["task"]) for each in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


@pytest.mark.django_db
def test_rotating_gives_accounts_that_hash_a_salt():
    tenant = TenantFactory(user_id_hashing=True)
    tasks.rotate_salts()
    assert len(user_salts()[tenant.pk]) == 1
