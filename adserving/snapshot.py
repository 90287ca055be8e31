"""The configuration that hot doors read: one immutable value, compiled in the background.

Nothing here reaches Django; adserving/compile.py builds it from the database and
adserving/refresh.py swaps it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

from adplatform.money import Micros
from adserving.addresses.ranges import AddressSet
from adserving.index import Index
from campaigns.components import ComponentKind
from campaigns.creative_attributes import CreativeAttributes
from campaigns.targeting import RequestContext, Rule
from campaigns.templates import CompiledTemplate
from events.directory import LineItemRefs
from events.users import SaltsByTenant
from optimization.space import Space
from tenants.keys import KnownKey


@dataclass(frozen=True, slots=True)
class TenantConfig:
    id: int
    timezone: ZoneInfo
    currency: str
    prepaid: Micros | None  # what was ever paid in; None: no such limit


@dataclass(frozen=True, slots=True)
class PlacementConfig:
    id: int
    tenant_id: int
    key: str
    width: int
    height: int
    allowed_domains: tuple[str, ...]
    is_active: bool


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``impressions`` within ``seconds`` to one user; ``owner`` is like c12 or l7."""

    owner: str
    impressions: int
    seconds: int


@dataclass(frozen=True, slots=True)
class CampaignConfig:
    id: int
    tenant_id: int
    name: str
    active: bool
    start_at: datetime
    end_at: datetime
    daily_budget: Micros | None
    total_budget: Micros | None


@dataclass(frozen=True, slots=True)
class CreativeConfig:
    id: int
    tenant_id: int
    line_item_id: int
    kind: str
    product_sku: str
    image_url: str
    landing_url: str
    template_id: int | None
    is_active: bool  # inactive ones are kept: a click on what was shown must still find its page
    width: int  # its own, else its template's or placement's; 0: unknown
    height: int
    adomain: str
    attributes: CreativeAttributes
    html: str


@dataclass(frozen=True, slots=True)
class LineItemConfig:
    id: int
    tenant_id: int
    name: str
    campaign: CampaignConfig
    placement_id: int  # 0: none, exchanges only
    active: bool
    cpm: Micros
    priority: int
    daily_budget: Micros | None
    total_budget: Micros | None
    prepaid: Micros | None  # the account's: what was ever paid in
    standard_pacing: bool  # spread over the day
    rule: Rule
    matches: Callable[[RequestContext], bool]
    caps: tuple[Cap, ...]
    creatives: tuple[CreativeConfig, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A combination, the batch that it was drawn from (0: none) and how likely that was."""

    combination: tuple[int, ...]
    batch_id: int
    propensity: float


@dataclass(frozen=True, slots=True)
class Arms:
    """A batch: what may be drawn and the running total of weights, for one weighted draw."""

    drawn: tuple[Drawn, ...]
    cumulative: tuple[float, ...]

    @classmethod
    def build(cls, batch_id: int, weighted: list[tuple[tuple[int, ...], float]]) -> "Arms":
        """Propensities are shares of what is left in the batch, whatever its weights sum to."""
        cumulative = tuple(accumulate(weight for _, weight in weighted))
        drawn = tuple(Drawn(ids, batch_id, weight / cumulative[-1]) for ids, weight in weighted)
        return cls(drawn, cumulative)


@dataclass(frozen=True, slots=True)
class TemplateConfig:
    """One version of a template that may serve (published, or obsolete and still embedded)."""

    id: int
    tenant_id: int
    campaign_id: int
    width: int
    height: int
    landing_url: str
    compiled: CompiledTemplate
    components: tuple[str, ...]  # in ad_id order
    kinds: Mapping[str, ComponentKind]
    values: Mapping[int, str]  # asset id -> value, inactive ones too: old links still resolve
    space: Space
    batches: Mapping[int, Arms]  # segment id (0: everyone else) -> active batch
    uniform_propensity: float  # of any combination without a batch; 0: nothing is allowed

    def value_map(self, combination: tuple[int, ...]) -> dict[str, str]:
        return {
            name: self.values[asset]
            for name, asset in zip(self.components, combination, strict=True)
        }


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    id: int
    key: str
    matches: Callable[[RequestContext], bool]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a hot door needs to know, indexed the way it asks."""

    compiled_at: datetime
    tenants: Mapping[int, TenantConfig] = field(default_factory=dict)
    placements: Mapping[int, PlacementConfig] = field(default_factory=dict)
    placement_ids: Mapping[tuple[int, str], int] = field(default_factory=dict)
    campaigns: Mapping[int, CampaignConfig] = field(default_factory=dict)
    line_items: Mapping[int, LineItemConfig] = field(default_factory=dict)
    by_placement: Mapping[int, Index[LineItemConfig]] = field(default_factory=dict)
    creatives: Mapping[int, CreativeConfig] = field(default_factory=dict)
    templates: Mapping[int, TemplateConfig] = field(default_factory=dict)
    segments: Mapping[int, tuple[SegmentConfig, ...]] = field(default_factory=dict)  # by tenant
    keys: Mapping[str, KnownKey] = field(default_factory=dict)
    listed_sources: AddressSet = field(default_factory=AddressSet)  # whose hits do not count
    salts: SaltsByTenant = field(default_factory=dict)  # of tenants that hash user ids
    line_item_refs: LineItemRefs = field(default_factory=dict)  # of any age, for events
