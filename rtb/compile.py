"""From the configuration to the books: what each account has to bid with, and its exchanges."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

from django.conf import settings

from adserving.match import static_reason
from adserving.reasons import Reason
from adserving.snapshot import CreativeConfig, LineItemConfig, Snapshot, TenantConfig
from rtb import book, selectors
from rtb.ad import Ad, Format, Guardrails, Strategy
from rtb.book import Book, LeftOut
from rtb.guardrails import combine
from rtb.reasons import NoBid
from rtb.respond import uses_http
from rtb.ssp import SspConfig
from rtb.trading import RequestPolicies

FORMATS: Final = {
    "image": Format.BANNER,
    "template": Format.BANNER,
    "html": Format.BANNER,
    "native": Format.NATIVE,
    "video": Format.VIDEO,
    "audio": Format.AUDIO,
}
NO_GUARDRAILS: Final = Guardrails()


class PolicyBook(Protocol):
    """The guardrails of all accounts, as code (``rtb.policies``)."""

    def load(self) -> None:
        """Read them anew."""

    def judge(self, tenant: TenantConfig, ads: Sequence[Ad]) -> Sequence[Ad]:
        """The ads, with ``denied_by`` where configuration alone breaks a policy."""

    def of(self, tenant_id: int) -> RequestPolicies | None:
        """What is asked at each bid; None: the account has no policy."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """Exchanges by their key, books by account."""

    ssps: Mapping[str, SspConfig] = field(default_factory=dict)
    books: Mapping[int, Book] = field(default_factory=dict)


def compile_books(snapshot: Snapshot, policies: PolicyBook, rng: Random) -> Compiled:
    """Books of the accounts that have an exchange, also of those with nothing to bid."""
    policies.load()
    ssps = selectors.ssps()
    strategies = selectors.strategies()
    rails = selectors.guardrails()
    items: defaultdict[int, list[LineItemConfig]] = defaultdict(list)
    for line_item_id in strategies:
        item = snapshot.line_items.get(line_item_id)
        if item is not None:
            items[item.tenant_id].append(item)
    books: dict[int, Book] = {}
    for tenant_id in {ssp.tenant_id for ssp in ssps} & set(snapshot.tenants):
        ads = [ad for item in items[tenant_id] for ad in _ads(item, strategies[item.id], rails)]
        books[tenant_id] = _book(tenant_id, ads, snapshot, policies, rng)
    return Compiled({ssp.key: ssp for ssp in ssps}, books)


def _ads(item: LineItemConfig, strategy: Strategy, rails: Mapping[str, Guardrails]) -> Iterable[Ad]:
    outer = rails.get(f"c{item.campaign.id}", NO_GUARDRAILS)
    own = rails.get(f"l{item.id}")
    guardrails = combine(outer, own) if own else outer
    for creative in item.creatives:
        plain = uses_http(creative, settings.BASE_URL)
        yield Ad(item, creative, FORMATS[creative.kind], strategy, guardrails, uses_http=plain)


def _book(
    tenant_id: int, ads: Sequence[Ad], snapshot: Snapshot, policies: PolicyBook, rng: Random
) -> Book:
    tenant = snapshot.tenants[tenant_id]
    judged = policies.judge(tenant, ads)
    biddable: list[Ad] = []
    left_out: defaultdict[int, list[LeftOut]] = defaultdict(list)
    for ad in judged:
        out = _left_out(ad)
        if out is None:
            biddable.append(ad)
        else:
            left_out[ad.line_item.id].append(out)
    segments = snapshot.segments.get(tenant_id, ())
    return book.build(tenant, biddable, segments=segments, left_out=left_out, rng=rng)


def _left_out(ad: Ad) -> LeftOut | None:
    """Why configuration alone keeps the ad from every auction."""
    creative_id = ad.creative.id
    why = static_reason(ad.line_item)
    if why is not None:
        campaign = why is Reason.CAMPAIGN_NOT_ACTIVE
        reason = NoBid.CAMPAIGN_NOT_ACTIVE if campaign else NoBid.LINE_ITEM_NOT_ACTIVE
        return LeftOut(creative_id, reason, ad.line_item.name)
    if ad.denied_by:
        return LeftOut(creative_id, NoBid.POLICY, ad.denied_by)
    lacking = _lacks(ad.creative, ad.format)
    return LeftOut(creative_id, NoBid.FORMAT, lacking) if lacking else None


def _lacks(creative: CreativeConfig, kind: Format) -> str:
    """What an exchange must be told and the creative does not say."""
    if not creative.adomain:
        return "the creative names no advertiser domain"
    if kind is Format.BANNER and not (creative.width and creative.height):
        return "the creative has no size"
    if kind in {Format.VIDEO, Format.AUDIO} and not creative.attributes.media:
        return "the creative has no media file"
    return ""
