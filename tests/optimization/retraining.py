"""Retraining a small template in tests."""

from campaigns.models import Template
from optimization.models import Batch, Run, RunTrigger
from optimization.retrain import Ask, retrain
from tests.optimization.traffic import NOW

SMALL = {"headline": ("text", ["a", "b"]), "accent": ("color", ["#0f766e", "#b45309"])}


def ask(template: Template, **fields) -> Run:
    return retrain(Ask(template.pk, RunTrigger.COMMAND, **fields), now=NOW)


def active(template: Template, segment_id: int | None = None) -> Batch:
    return Batch.across_tenants.get(template=template, segment=segment_id, is_active=True)
