"""What an operator asks for with ``manage.py embed_combinations``, template by template."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from campaigns.models import CreativeAsset, Template, TemplateStatus
from optimization.embeddings.composition import Columns, learn_composition
from optimization.embeddings.literal import CAP, NothingToEmbed, Step, embed_literally
from optimization.embeddings.sync import sync


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    tenant_id: int | None = None
    template_id: int | None = None  # of any status; otherwise all published ones
    literal: bool = False
    cap: int = CAP
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One line of progress."""

    template: int
    step: str  # "values", "combinations", "composition" or "nothing"
    facts: dict[str, object]

    def line(self) -> str:
        """For a person."""
        facts = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"template {self.template}: {self.step}: {facts}"


class NoTemplate(Exception):
    """There is no such template, or the account has none that is published."""


def embed_asked(asked: Asked) -> Iterator[Told]:
    """Do it, saying what was done.

    Raises NoTemplate, ModelMissing, EncoderFailed, ObjectStoreUnavailable, EngineNotRunning; what
    was done before stays, and the same call goes on from there.
    """
    for template in templates(asked):
        done = asdict(sync(template, dry_run=asked.dry_run))
        yield Told(done.pop("template_id"), "values", done)
        if asked.literal:
            yield from _literally(template, asked)


def templates(asked: Asked) -> list[Template]:
    """Which templates are meant. Raises NoTemplate."""
    rows = Template.across_tenants.order_by("pk")
    if asked.tenant_id is not None:
        rows = rows.filter(tenant_id=asked.tenant_id)
    if asked.template_id is not None:
        found = list(rows.filter(pk=asked.template_id))
    else:
        found = list(rows.filter(status=TemplateStatus.PUBLISHED))
    if not found and (asked.template_id is not None or asked.tenant_id is not None):
        raise NoTemplate("there is no such template, or the account has published none")
    return found


def _literally(template: Template, asked: Asked) -> Iterator[Told]:
    try:
        for step in embed_literally(template, asked.cap, dry_run=asked.dry_run):
            yield Told(template.pk, "combinations", _shown(step))
    except NothingToEmbed as exc:
        yield Told(template.pk, "nothing", {"why": str(exc)})
        return
    if not asked.dry_run:
        fit = learn_composition(template, all_columns(template))
        yield Told(template.pk, "composition", {"r2": None if fit is None else round(fit, 4)})


def _shown(step: Step) -> dict[str, object]:
    shard = f"{step.shard + 1}/{step.shards}"
    return {"shard": shard, "rows": step.rows, "embedded": step.embedded}


def all_columns(template: Template) -> Columns:
    """Asset ids per component, in ad_id order, inactive ones too."""
    rows = CreativeAsset.objects.for_tenant(template.tenant_id).filter(component__template=template)
    ordered = rows.order_by("component__position", "component_id", "pk")
    columns: dict[int, list[int]] = {}
    for component, asset in ordered.values_list("component_id", "pk"):
        columns.setdefault(component, []).append(asset)
    return list(columns.values())
