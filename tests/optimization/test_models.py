"""Batches, learning and runs: what their fields accept, and what the database refuses."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from optimization.models import Batch, RunState, validate_ad_ids, validate_arms, validate_asset_ids
from tests.factories import BatchFactory, LearningFactory, RunFactory

ARM = {"ad_id": "1-2", "weight": 0.5}


def test_an_arm_may_say_what_was_predicted_of_it() -> None:
    validate_arms([ARM | {"rate": 0.02, "low": 0.01, "high": 0.03, "best": 0.4}])


@pytest.mark.parametrize(
    "arm",
    [
        ARM | {"colour": 1},
        ARM | {"rate": float("nan")},
        ARM | {"best": -0.1},
        ARM | {"weight": float("inf")},
        {"ad_id": "1-2"},
    ],
)
def test_an_arm_of_nonsense_is_refused(arm: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        validate_arms([arm])


@pytest.mark.parametrize("given", [["1-2", "1-2"], ["x"], [7], "1-2", None])
def test_a_list_of_combinations_is_checked(given: object) -> None:
    with pytest.raises(ValidationError):
        validate_ad_ids(given)


@pytest.mark.parametrize("given", [[1, 1], [0], [True], ["1"], {}])
def test_a_list_of_values_is_checked(given: object) -> None:
    with pytest.raises(ValidationError):
        validate_asset_ids(given)


@pytest.mark.django_db
def test_nothing_is_pinned_and_banned() -> None:
    learning = LearningFactory(pinned=["1-2"], banned=["1-2"])
    with pytest.raises(ValidationError, match="1-2 is pinned and banned"):
        learning.full_clean()


@pytest.mark.django_db
def test_a_template_has_one_run_at_a_time() -> None:
    run = RunFactory(state=RunState.RUNNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        RunFactory(template=run.template, state=RunState.RUNNING)


@pytest.mark.django_db
def test_a_batch_outlives_its_run() -> None:
    run = RunFactory()
    batch = BatchFactory(template=run.template, run=run)
    run.delete()
    assert Batch.across_tenants.get(pk=batch.pk).run is None


@pytest.mark.django_db
def test_a_run_of_another_tenant_is_refused() -> None:
    batch = BatchFactory()
    batch.run = RunFactory()
    with pytest.raises(ValidationError, match="same account"):
        batch.clean()
