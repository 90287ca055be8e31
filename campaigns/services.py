"""Changing templates: checking, publishing, versioning."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from campaigns import library
from campaigns.components import ComponentKind
from campaigns.models import (
    CombinationRule,
    Component,
    Creative,
    CreativeAsset,
    Template,
    TemplateStatus,
)
from campaigns.templates import CompiledTemplate, TemplateRejected, compile_template


def check_source(source: str, kinds: Mapping[str, ComponentKind]) -> CompiledTemplate:
    """Compile a template as the linter sees it.

    Raises:
        ValidationError: with one message for each problem, saying where it is.
    """
    try:
        return compile_template(source, kinds)
    except TemplateRejected as exc:
        raise ValidationError(
            [f"Line {p.line}, column {p.column}: {p.message}" for p in exc.problems]
        ) from exc


def kinds_of(template: Template) -> dict[str, ComponentKind]:
    components = Component.across_tenants.filter(template=template).order_by("position", "id")
    return {component.name: ComponentKind(component.kind) for component in components}


@transaction.atomic
def save_draft(template: Template) -> Template:
    """Save a draft with its hash and write its file once the transaction is committed."""
    if template.status != TemplateStatus.DRAFT:
        raise ValidationError("A published template never changes: make a new version.")
    template.source_hash = library.hash_of(template.source)
    template.save()
    transaction.on_commit(lambda: library.write(template))
    return template


@transaction.atomic
def publish(template: Template, *, now: datetime) -> Template:
    """Make a draft serve; the version of the same key that served before becomes obsolete.

    Raises:
        ValidationError: the template is no draft, does not compile, or a component has no asset.
    """
    template = Template.across_tenants.select_for_update().get(pk=template.pk)
    if template.status != TemplateStatus.DRAFT:
        raise ValidationError("Only a draft can be published.")
    check_source(template.source, kinds_of(template))
    _require_assets(template)
    for previous in Template.across_tenants.filter(
        campaign_id=template.campaign_id, key=template.key, status=TemplateStatus.PUBLISHED
    ):
        previous.status = TemplateStatus.OBSOLETE
        previous.save(update_fields=["status"])
        for creative in Creative.across_tenants.filter(template=previous):
            creative.template = template  # the new version serves where the old one did
            creative.save(update_fields=["template"])
    template.status = TemplateStatus.PUBLISHED
    template.published_at = now
    template.source_hash = library.hash_of(template.source)
    template.save(update_fields=["status", "published_at", "source_hash"])
    transaction.on_commit(lambda: library.write(template))
    return template


def _require_assets(template: Template) -> None:
    empty = [
        component.name
        for component in Component.across_tenants.filter(template=template)
        if not CreativeAsset.across_tenants.filter(component=component, is_active=True).exists()
    ]
    if empty:
        raise ValidationError(f"Give these components an active asset first: {', '.join(empty)}.")


@transaction.atomic
def new_version(template: Template) -> Template:
    """A draft copy of a template with its components, assets and rules, one version up."""
    latest = Template.across_tenants.filter(
        campaign_id=template.campaign_id, key=template.key
    ).aggregate(latest=Max("version"))["latest"]
    draft = Template(
        tenant_id=template.tenant_id,
        campaign_id=template.campaign_id,
        key=template.key,
        name=template.name,
        version=latest + 1,
        width=template.width,
        height=template.height,
        landing_url=template.landing_url,
        source=template.source,
    )
    save_draft(draft)
    copied = _copy_components(template, draft)
    _copy_rules(template, draft, copied)
    return draft


def _copy_components(source: Template, target: Template) -> dict[int, CreativeAsset]:
    copied: dict[int, CreativeAsset] = {}
    components = Component.across_tenants.filter(template=source).prefetch_related("assets")
    for component in components:
        assets = list(component.assets.all())
        component.pk = None
        component.template = target
        component._state.adding = True  # noqa: SLF001 - Django's documented way to copy a row
        component.save()
        for asset in assets:
            old = asset.pk
            asset.pk = None
            asset.component = component
            asset._state.adding = True  # noqa: SLF001
            asset.save()
            copied[old] = asset
    return copied


def _copy_rules(source: Template, target: Template, copied: Mapping[int, CreativeAsset]) -> None:
    for rule in CombinationRule.across_tenants.filter(template=source):
        CombinationRule.across_tenants.create(
            tenant_id=target.tenant_id,
            template=target,
            kind=rule.kind,
            asset=copied[rule.asset_id],
            other=copied[rule.other_id],
        )
