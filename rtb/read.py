"""From a bid request to the facts that the rules ask about (pure)."""

from datetime import datetime
from functools import lru_cache
from typing import Final

from adserving.context import device_of, with_segments
from campaigns.targeting import RequestContext
from campaigns.targeting.values import language_tag
from rtb.call import Call
from rtb.facts import Facts
from rtb.openrtb import moved, places
from rtb.openrtb.request import App, BidRequest, Dooh, Site
from rtb.privacy import best_id
from rtb.privacy import read as read_privacy

LISTS: Final = 128  # of blocked domains and of categories that are remembered: SSPs repeat them
LONGEST_LIST: Final = 1000  # that is remembered
REQUIRED_BY_LAW: Final = frozenset({2, 3})  # regs.ext.dsa.dsarequired


def read(call: Call) -> Facts:
    """Ids and segments only as far as privacy allows."""
    request, book = call.request, call.trading.book
    privacy = read_privacy(request, call.vendor_id)
    place = request.site or request.app or request.dooh
    context = context_of(request, call.local_time)
    segment_id = 0
    if book.segments and privacy.personal:
        context, segment_id = with_segments(context, book.segments)
    chain = moved.schain(request)
    return Facts(
        request=request,
        ssp_id=call.ssp.id,
        context=context,
        segment_id=segment_id,
        privacy=privacy,
        user_id=call.pseudonym(best_id(request, privacy, call.ssp.key)),
        country=context.country,
        domain=places.domain(request),
        bundle=places.bundle(request),
        publisher=place.publisher.id if place and place.publisher else "",
        categories=_categories(place),
        hops=len(chain.nodes) if chain else 0,
        is_chain_complete=chain is not None and chain.complete == 1,
        blocked_advertisers=_domains(request.badv),
        blocked_categories=_upper(request.bcat),
        allowed_categories=_upper(request.acat),
        category_taxonomy=request.cattax,
        blocked_apps=request.bapp,
        languages=(*request.wlang, *request.wlangb),
        needs_transparency=_needs_transparency(request),
    )


def context_of(request: BidRequest, local_time: datetime) -> RequestContext:
    """The request as targeting sees it, before segments; what the SSP names as key-values."""
    device = request.device
    claimed = device_of(device.ua) if device else device_of("")
    country = places.country(request)
    return RequestContext(
        local_time=local_time,
        country=country,
        region=places.region(request),
        device_type=places.device_type(request) or claimed.device_type,
        os=places.os(request) or claimed.os,
        browser=claimed.browser,
        language=language_tag(device.langb or device.language) if device else "",
        key_values=_key_values(request),
    )


def _key_values(request: BidRequest) -> dict[str, str | tuple[str, ...]]:
    """What a targeting rule may name beside the usual dimensions."""
    found: dict[str, str | tuple[str, ...]] = {}
    if domain := places.domain(request):
        found["domain"] = domain
    if bundle := places.bundle(request):
        found["bundle"] = bundle
    if tagid := request.imp[0].tagid:
        found["tagid"] = tagid
    return found


def _categories(place: Site | App | Dooh | None) -> tuple[str, ...]:
    if place is None or isinstance(place, Dooh):
        return ()
    content = place.content.cat if place.content else ()
    return (*place.cat, *place.sectioncat, *place.pagecat, *content)


def _needs_transparency(request: BidRequest) -> bool:
    dsa = moved.dsa(request)
    return dsa is not None and dsa.dsarequired in REQUIRED_BY_LAW


def _domains(written: tuple[str, ...]) -> tuple[str, ...]:
    """Domains in lower case without www, as advertisers' are kept."""
    return (_few_domains if len(written) <= LONGEST_LIST else _all_domains)(written)


def _all_domains(written: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([each.strip().lower().removeprefix("www.") for each in written])


def _upper(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Category codes as the taxonomies write them."""
    return (_few_upper if len(codes) <= LONGEST_LIST else _all_upper)(codes)


def _all_upper(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([each.strip().upper() for each in codes])


_few_domains = lru_cache(maxsize=LISTS)(_all_domains)
_few_upper = lru_cache(maxsize=LISTS)(_all_upper)
