"""What the demo advertiser has: accounts, slots, campaigns and creatives, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Rule = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PlacementPlan:
    key: str
    name: str
    width: int = 300
    height: int = 250


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    key: str
    name: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class AssetPlan:
    """One value of a component; ``label`` finds it again, ``value`` is a file for images."""

    label: str
    value: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class ComponentPlan:
    name: str
    kind: str
    assets: tuple[AssetPlan, ...]
    limits: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RulePlan:
    """Two assets, by label, that belong or do not belong together."""

    asset: str
    kind: str
    other: str


@dataclass(frozen=True, slots=True)
class CreativePlan:
    """An image creative, or with ``image`` empty the campaign's template."""

    name: str
    sku: str
    image: str = ""


@dataclass(frozen=True, slots=True)
class CapPlan:
    impressions: int
    seconds: int = 86_400


@dataclass(frozen=True, slots=True)
class LineItemPlan:
    name: str
    placement: str
    bid_cents: int
    creatives: tuple[CreativePlan, ...]
    targeting: Rule = field(default_factory=dict)
    pacing_mode: str = "STANDARD"
    cap: CapPlan | None = None


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """``days`` counts from the day the demo was made: first and last day of the campaign."""

    name: str
    status: str
    days: tuple[int, int]
    daily_budget_cents: int
    total_budget_cents: int
    line_items: tuple[LineItemPlan, ...]
    objective: str = "traffic"


TENANT_NAME: Final = "Maple & Loom Interiors"
TENANT_SLUG: Final = "maple-and-loom"
TIMEZONE: Final = "America/Toronto"
CURRENCY: Final = "CAD"
ADVERTISER_DOMAIN: Final = "mapleandloom.example"
MARKETER: Final = "marketer"
OPERATOR: Final = "admin"
API_KEY_NAME: Final = "Room visualizer (demo)"

# People and scripts use the showroom, simulated visitors the other two: a report of the
# visitors' slots is exactly what the visitors did.
SHOWROOM: Final = PlacementPlan("showroom_page_1", "Showroom page, below the room")
NATIVE: Final = PlacementPlan("visualizer_native_1", "Visualizer, between results")
SIDEBAR: Final = PlacementPlan("visualizer_sidebar_300x250", "Visualizer, sidebar")
PLACEMENTS: Final = (NATIVE, SIDEBAR, SHOWROOM)
VISITED: Final = (NATIVE, SIDEBAR)

LIVING_ROOM: Final = SegmentPlan(
    "living_room_planners", "Living-room planners", {"room_type": "living_room"}
)
BEDROOM: Final = SegmentPlan("bedroom_planners", "Bedroom planners", {"room_type": "bedroom"})
MOBILE: Final = SegmentPlan("mobile_visitors", "Mobile visitors", {"device": "mobile"})
RETURNING: Final = SegmentPlan("returning_visitors", "Returning visitors", {"visit": "returning"})
SEGMENTS: Final = (LIVING_ROOM, BEDROOM, MOBILE, RETURNING)

TEMPLATE_KEY: Final = "autumn-sofas-300x250"
TEMPLATE_NAME: Final = "Autumn sofas 300x250"
COMPONENTS: Final = (
    ComponentPlan(
        "headline",
        "text",
        (
            AssetPlan("Stay in", "Made for staying in."),
            AssetPlan("Autumn, softer", "Autumn, only softer."),
            AssetPlan("See it first", "See it in your room first."),
            AssetPlan("Four weeks", "Your sofa, in four weeks."),
            AssetPlan("Dream bigger", "A bedroom to dream in."),
        ),
        {"max_length": 32},
    ),
    ComponentPlan(
        "scene",
        "image",
        (
            AssetPlan("Linen sofa", "sofa-linen.svg", "A cream linen sofa in a bright living room"),
            AssetPlan("Velvet sofa", "sofa-velvet.svg", "A green velvet sofa with plants, evening"),
            AssetPlan("Reading nook", "reading-nook.svg", "A rust armchair by a window and a lamp"),
            AssetPlan("Bedroom bench", "bedroom.svg", "A calm bedroom with a bench and a rug"),
        ),
    ),
    ComponentPlan(
        "cta",
        "text",
        (
            AssetPlan("Try", "Try it in your room"),
            AssetPlan("Shop", "Shop autumn sofas"),
            AssetPlan("Swatches", "Order free swatches"),
            AssetPlan("Offer", "Save 15% this week"),
        ),
        {"max_length": 24},
    ),
    ComponentPlan(
        "accent",
        "color",
        (
            AssetPlan("Rust", "#b4532a"),
            AssetPlan("Forest", "#2f5d50"),
            AssetPlan("Ink", "#22304a"),
        ),
    ),
    ComponentPlan(
        "align",
        "keyword",
        (AssetPlan("Left", "left"), AssetPlan("Centre", "center")),
        {"allowed_values": ["left", "center"]},
    ),
)
RULES: Final = (RulePlan("Dream bigger", "requires", "Bedroom bench"),)
BATCH_SEGMENT: Final = LIVING_ROOM
BATCH_ARMS: Final = 12
LEARN_IMPRESSIONS: Final = 1000  # at the usual rate about a minute's
LEARN_CLICKS: Final = 30

_HOME_COUNTRIES: Final = {"country": ["CA", "US"]}
_TEMPLATE: Final = CreativePlan("Autumn sofas, all combinations", "ML-SOFA")

CAMPAIGNS: Final = (
    CampaignPlan(
        "Autumn sofas",
        "ACTIVE",
        (-7, 60),
        2_500_000,
        90_000_000,
        (
            LineItemPlan(
                "Sofas in the visualizer",
                NATIVE.key,
                420,
                (_TEMPLATE,),
                {"all": [_HOME_COUNTRIES, {"room_type": ["living_room", "bedroom", "office"]}]},
                cap=CapPlan(8),
            ),
            LineItemPlan("Sofas on the showroom page", SHOWROOM.key, 380, (_TEMPLATE,)),
        ),
    ),
    CampaignPlan(
        "Handwoven rugs",
        "ACTIVE",
        (-20, 40),
        1_500_000,
        60_000_000,
        (
            LineItemPlan(
                "Rugs in the sidebar",
                SIDEBAR.key,
                260,
                (
                    CreativePlan("Berber rug", "ML-RUG-01", "rug-berber.svg"),
                    CreativePlan("Kilim rug", "ML-RUG-02", "rug-kilim.svg"),
                ),
                _HOME_COUNTRIES,
                "ACCELERATED",
            ),
            LineItemPlan(
                "Rugs in the visualizer",
                NATIVE.key,
                140,
                (CreativePlan("Kilim rug, native", "ML-RUG-02", "rug-kilim.svg"),),
                {"device": ["desktop", "tablet"]},
            ),
        ),
        "sales",
    ),
    CampaignPlan(
        "Winter lighting",
        "PAUSED",
        (-3, 45),
        300_000,
        9_000_000,
        (
            LineItemPlan(
                "Lamps in the sidebar",
                SIDEBAR.key,
                310,
                (CreativePlan("Paper lantern", "ML-LAMP-01", "lamp.svg"),),
            ),
        ),
        "awareness",
    ),
    CampaignPlan(
        "Summer patio",
        "ENDED",
        (-90, -30),
        500_000,
        20_000_000,
        (
            LineItemPlan(
                "Patio sets",
                NATIVE.key,
                350,
                (CreativePlan("Patio set", "ML-PATIO-01", "patio.svg"),),
            ),
        ),
    ),
)
TEMPLATE_CAMPAIGN: Final = CAMPAIGNS[0]
