"""manage.py retrain_bo: what it prints, what it changes, and how it fails."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from optimization.models import Batch, Learning, Run, RunTrigger
from tests.factories import LearningFactory, TemplateFactory
from tests.optimization.traffic import ad_ids_of, show_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("traffic", "no_model")]
SMALL = {"headline": ("text", ["a", "b"]), "accent": ("color", ["#0f766e", "#b45309"])}


def made(**fields):
    return TemplateFactory(status="published", components=SMALL, **fields)


def call(*arguments) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("retrain_bo", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_every_template_that_learns_is_retrained_with_progress_apart():
    first, second, paused = made(), made(), made()
    LearningFactory(template=paused, is_paused=True)
    out, err = call()
    assert f"[1/2] {first} ({first.pk}): reading counts" in err
    assert "everyone:" in out
    assert set(Run.across_tenants.values_list("template_id", "trigger")) == {
        (first.pk, RunTrigger.COMMAND),
        (second.pk, RunTrigger.COMMAND),
    }


def test_a_dry_run_shows_the_batch_and_changes_nothing():
    template = made()
    show_all(template, 4000, ad_ids_of(template)[1])
    out, _ = call("--template", str(template.pk), "--dry-run", "--json")
    shown = json.loads(out)
    assert shown["state"] == "dry run"
    assert shown["batches"]["0"][0]["ad_id"] == ad_ids_of(template)[1]
    assert not Run.across_tenants.exists()
    assert not Batch.across_tenants.exists()
    assert not Learning.across_tenants.exists()


def test_each_line_of_json_is_one_template():
    templates = [made(), made()]
    out, _ = call("--json")
    assert [json.loads(line)["template"] for line in out.splitlines()] == [
        template.pk for template in templates
    ]


def test_nothing_new_is_said_and_force_learns_again():
    template = made()
    show_all(template)
    call()
    assert "Nothing has changed" in call()[0]
    assert "done in" in call("--force")[0]


def test_one_account_only():
    mine, _ = made(), made()
    call("--tenant", str(mine.tenant_id))
    assert Run.across_tenants.get().template_id == mine.pk


@pytest.mark.parametrize("arguments", [["--template", "987654"], ["--tenant", "987654"], []])
def test_no_template_is_said_in_one_line(arguments):
    with pytest.raises(CommandError, match="publish one, or resume its learning") as raised:
        call(*arguments)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_failure_is_said_in_words_and_as_an_exit_status(settings, dry):
    made()
    settings.CLICKHOUSE_URL = ""
    out = StringIO()
    with pytest.raises(CommandError, match="1 of the retrainings failed"):
        call_command("retrain_bo", *dry, stdout=out, stderr=StringIO())
    assert "could not be read" in out.getvalue()
    assert "Traceback" not in out.getvalue()
