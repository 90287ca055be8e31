"""What each value and each pair of values does to the click rate, as a run found it."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations as pairs_of
from typing import Any, Final

from django.utils.safestring import SafeString, mark_safe

from adplatform.admin.charts import whiskers
from adplatform.admin.charts.measure import Measure, signed
from adplatform.admin.optimiser import words
from campaigns.components import ComponentKind
from campaigns.models import CreativeAsset
from optimization.admin.combinations import Combinations
from optimization.models import Learning, Run

HEX: Final = re.compile("#[0-9a-fA-F]{3,8}")
LEAST_STRONG: Final = 0.05  # a change of the click rate that may have a heat map's full colour


@dataclass(frozen=True, slots=True)
class Value:
    """One value with its effect; ``chart`` is empty where nothing was learnt of it."""

    asset: CreativeAsset
    change: str
    span: str
    said: str
    chart: SafeString
    is_pinned: bool
    is_banned: bool

    @property
    def colour(self) -> str:
        """Where the value is one that can be shown as such."""
        is_colour = self.asset.component.kind == ComponentKind.COLOR
        return self.asset.value if is_colour and HEX.fullmatch(self.asset.value) else ""


@dataclass(frozen=True, slots=True)
class OfComponent:
    name: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Cell:
    """A pair of values; ``share`` is the change of the click rate, None: nothing was learnt."""

    text: str
    said: str = ""
    share: float | None = None
    is_sure: bool = False
    full: float = 1.0  # the change that has the full colour

    @property
    def style(self) -> str:
        """Blue does well together, orange badly; both are told apart by the colour-blind."""
        if not self.share:
            return ""
        hue = "var(--adp-good)" if self.share > 0 else "var(--adp-bad)"
        part = round(min(abs(self.share) / self.full, 1.0) * 75)
        return f"background: color-mix(in srgb, {hue} {part}%, transparent)"


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Two components; one row per value of the first."""

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    strongest: float


def values(
    run: Run, segment_id: int, combinations: Combinations, learning: Learning
) -> Sequence[OfComponent]:
    """Largest effect first within each component; assets that are gone are left out."""
    base = float(run.predicted.get("uniform_rate") or 0.0)
    found = {asset: _changed(each, base) for asset, each in of_segment(run, segment_id).items()}
    scale = whiskers.shared(found.values())
    listed: defaultdict[str, list[CreativeAsset]] = defaultdict(list)
    for asset in combinations.assets.values():
        listed[asset.component.name].append(asset)

    def value(asset: CreativeAsset) -> Value:
        change = found.get(asset.pk)
        said = words.effect(change) if change else "Nothing was learnt of it yet"
        about = f"{asset}: {signed(change.value)}. {said}" if change else ""
        return Value(
            asset,
            signed(change.value) if change else words.NOTHING,
            f"{signed(change.low)} to {signed(change.high)}" if change else "",
            said,
            svg(whiskers.draw(change, scale, about)) if change else SafeString(""),
            asset.pk in learning.pinned_assets,
            asset.pk in learning.banned_assets,
        )

    def order(asset: CreativeAsset) -> float:
        return -found[asset.pk].value if asset.pk in found else math.inf

    return [
        OfComponent(name, [value(asset) for asset in sorted(listed[name], key=order)])
        for name in combinations.names
    ]


def heat_maps(run: Run, combinations: Combinations) -> Sequence[HeatMap]:
    """Of every two components of which pairs were learnt, the strongest pair first."""
    base = float(run.predicted.get("uniform_rate") or 0.0)
    known = {
        frozenset(each["assets"]): _changed(each, base) for each in run.pairs if _is_known(each)
    }
    columns: defaultdict[str, list[CreativeAsset]] = defaultdict(list)
    for asset in combinations.assets.values():
        columns[asset.component.name].append(asset)
    full = max([LEAST_STRONG, *(abs(each.value) for each in known.values())])
    maps = [
        _heat_map((columns[first], columns[second]), known, full)
        for first, second in pairs_of(combinations.names, 2)
    ]
    return sorted((each for each in maps if each), key=lambda each: -each.strongest)


def of_segment(run: Run, segment_id: int) -> Mapping[int, Mapping[str, Any]]:
    """By asset id, those of the segment where it has its own, else those of all together."""
    known = [each for each in run.effects if _is_known(each)]
    general = {each["asset"]: each for each in known if each.get("segment") is None}
    own = {each["asset"]: each for each in known if each.get("segment") == segment_id}
    return {**general, **own}


def _is_known(effect: Mapping[str, Any]) -> bool:
    """A run keeps None for a number that its model could not give."""
    return all(effect.get(name) is not None for name in ("mean", "low", "high"))


def svg(picture: str) -> SafeString:
    return mark_safe(picture)  # noqa: S308 - drawn by charts/, which escape every word


def _heat_map(
    columns: tuple[Sequence[CreativeAsset], Sequence[CreativeAsset]],
    known: Mapping[frozenset[int], Measure],
    full: float,
) -> HeatMap | None:
    first, second = columns
    rows = [
        (str(a), [_cell(a, b, known.get(frozenset({a.pk, b.pk})), full) for b in second])
        for a in first
    ]
    changes = [abs(cell.share) for _, cells in rows for cell in cells if cell.share is not None]
    if not changes:
        return None
    title = f"{first[0].component.name} and {second[0].component.name}"
    return HeatMap(title, [str(b) for b in second], rows, max(changes))


def _cell(a: CreativeAsset, b: CreativeAsset, change: Measure | None, full: float) -> Cell:
    if change is None:
        return Cell(words.NOTHING)
    said = words.effect(change, "each alone would bring")
    is_sure = change.low > 0 or change.high < 0
    return Cell(signed(change.value), f"{a} with {b}: {said}", change.value, is_sure, full)


def _changed(effect: Mapping[str, Any], base: float) -> Measure:
    """Log-odds as a change of the click rate: of a rate of ``base``, or of a small one."""
    return Measure(*(_change(float(effect[name]), base) for name in ("mean", "low", "high")))


def _change(log_odds: float, base: float) -> float:
    """sigmoid(logit(base) + log_odds) / base - 1; its limit for a small base is exp - 1."""
    odds = math.exp(min(log_odds, 50.0))
    return odds / (1 - base + base * odds) - 1


def assets_of(ad_id: Sequence[int], combinations: Combinations) -> Iterator[tuple[str, str]]:
    """The components' names and the values of a combination; deleted values by their id."""
    for name, asset in zip(combinations.names, ad_id, strict=False):
        yield name, str(combinations.assets.get(asset, f"Deleted ({asset})"))
