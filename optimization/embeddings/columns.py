"""A template's components with all their values, as its rows say now."""

from campaigns.components import ComponentKind
from campaigns.models import Component, CreativeAsset, Template
from optimization.embeddings.values import Column, Value, text_of


def columns_of(template: Template, *, images: bool = False) -> tuple[Column, ...]:
    """One column per component, in ad_id order; ``images``: an image encoder is configured."""
    components = (
        Component.objects.for_tenant(template.tenant_id)
        .filter(template=template)
        .order_by("position", "id")
        .prefetch_related("assets")
    )
    return tuple(_column(component, images=images) for component in components)


def _column(component: Component, *, images: bool) -> Column:
    looked_at = images and component.kind == ComponentKind.IMAGE.value
    values = tuple(
        _value(component, asset, looked_at=looked_at)
        for asset in sorted(component.assets.all(), key=lambda asset: asset.pk)
    )
    return Column(component.name, values, looked_at)


def _value(component: Component, asset: CreativeAsset, *, looked_at: bool) -> Value:
    description = asset.description or asset.label
    text = text_of(component.kind, component.name, asset.value, description)
    return Value(asset.pk, text, asset.value if looked_at else "")
