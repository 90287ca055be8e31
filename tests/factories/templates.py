"""Builders of ad templates with their components and assets."""

from collections import abc

from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from campaigns import library
from campaigns.components import ComponentKind
from campaigns.models import (
    CombinationRule,
    CombinationRuleKind,
    Component,
    CreativeAsset,
    Template,
)
from tests.factories.campaigns import CampaignFactory

Components = abc.Mapping[str, tuple[str, abc.Sequence[str]]]  # name -> (kind, values)

COMPONENTS: Components = {
    "headline": ("text", ["New floors, same week", "Oak from 39 a metre"]),
    "photo": (
        "image",
        ["https://cdn.example.com/oak.jpg", "https://cdn.example.com/walnut.jpg"],
    ),
    "accent": ("color", ["#0f766e", "#b45309"]),
    "cta": ("text", ["See it in your room", "Order a sample"]),
}
SLOTS = {
    "text": "<p>{{{{ {name} }}}}</p>",
    "url": '<a href="{{{{ {name} }}}}">more</a>',
    "image": '<img src="{{{{ {name} }}}}" alt="">',
    "color": '<div style="background-color: {{{{ {name} }}}}">&nbsp;</div>',
    "length": '<div style="padding: {{{{ {name} }}}}">&nbsp;</div>',
    "keyword": '<div style="text-align: {{{{ {name} }}}}">&nbsp;</div>',
    "html": "<div>{{{{ {name} }}}}</div>",
}


def source_for(components: Components) -> str:
    """An HTML page with a place for every component and a counted link."""
    places = "\n".join(SLOTS[str(kind)].format(name=name) for name, (kind, _) in components.items())
    return (
        "<!doctype html>\n<html>\n<head><style>body { margin: 0 }</style></head>\n<body>\n"
        f'{places}\n<a href="{{{{ click_url }}}}">Open</a>\n</body>\n</html>\n'
    )


class ComponentFactory(DjangoModelFactory[Component]):
    class Meta:
        model = Component

    template = SubFactory("tests.factories.templates.TemplateFactory", components={})
    tenant = SelfAttribute("template.tenant")
    name = Sequence(lambda n: f"component_{n}")
    kind = ComponentKind.TEXT.value


class CreativeAssetFactory(DjangoModelFactory[CreativeAsset]):
    class Meta:
        model = CreativeAsset

    component = SubFactory(ComponentFactory)
    tenant = SelfAttribute("component.tenant")
    value = Sequence(lambda n: f"Value {n}")


class TemplateFactory(DjangoModelFactory[Template]):
    """A draft with four components of two assets each (16 combinations).

    ``components={"headline": ("text", ["Hello", "Hi"])}`` makes others; ``status="published"`` and
    the like are plain fields. The file in the template library is restored by its first reader.
    """

    class Meta:
        model = Template

    campaign = SubFactory(CampaignFactory)
    tenant = SelfAttribute("campaign.tenant")
    key = Sequence(lambda n: f"template-{n}")
    name = Sequence(lambda n: f"Template {n}")
    landing_url = "https://shop.example.com/floors?c={campaign_id}"
    components = LazyFunction(lambda: COMPONENTS)
    source = LazyAttribute(lambda template: source_for(template.components))
    source_hash = LazyAttribute(lambda template: library.hash_of(template.source))

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        components = kwargs.pop("components")
        template = super()._create(model_class, *args, **kwargs)
        for position, (name, (kind, values)) in enumerate(components.items()):
            component = ComponentFactory(
                template=template, name=name, kind=str(kind), position=position
            )
            for value in values:
                CreativeAssetFactory(component=component, value=value)
        return template


class CombinationRuleFactory(DjangoModelFactory[CombinationRule]):
    """The first asset of the first component excludes the first of the second."""

    class Meta:
        model = CombinationRule

    template = SubFactory(TemplateFactory)
    tenant = SelfAttribute("template.tenant")
    kind = CombinationRuleKind.EXCLUDES
    asset = LazyAttribute(lambda rule: _first_assets(rule.template)[0])
    other = LazyAttribute(lambda rule: _first_assets(rule.template)[1])


def first_combination(template: Template) -> tuple[int, ...]:
    """The ids of the first asset of every component, in ad_id order."""
    return tuple(asset.pk for asset in _first_assets(template))


def _first_assets(template: Template) -> list[CreativeAsset]:
    components = Component.across_tenants.filter(template=template).order_by("position", "id")
    return [
        CreativeAsset.across_tenants.filter(component=component).order_by("id")[0]
        for component in components
    ]
