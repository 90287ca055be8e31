"""Every field that makes a bid a bid (pure): prebid's validators, OpenRTB 2.6 section 4.2.3."""

from typing import Final

from rtb.exchange.rules.case import Case, Rule


def has_id(case: Case) -> str:
    return "" if case.bid.id else "bid.id is empty"


def has_creative_id(case: Case) -> str:
    return "" if case.bid.crid else "bid.crid is empty"


def has_campaign_id(case: Case) -> str:
    return "" if case.bid.cid else "bid.cid is empty"


def has_advertiser(case: Case) -> str:
    return "" if case.bid.adomain and all(case.bid.adomain) else "bid.adomain is empty"


def has_markup_type(case: Case) -> str:
    return "" if case.kind else f"bid.mtype is {case.bid.mtype}"


def has_markup(case: Case) -> str:
    return "" if case.bid.adm or case.bid.nurl else "neither bid.adm nor bid.nurl"


def offered_format(case: Case) -> str:
    if case.kind and case.offered is None:
        return f"bid.mtype is {case.kind}, which imp {case.imp.id} does not offer"
    return ""


def sized(case: Case) -> str:
    """Banner and video bids say both sides."""
    if case.kind in {"banner", "video"} and not (case.bid.w > 0 and case.bid.h > 0):
        return f"bid.w and bid.h are {case.bid.w} and {case.bid.h}"
    return ""


RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("bid_id", has_id),
    ("crid", has_creative_id),
    ("cid", has_campaign_id),
    ("adomain", has_advertiser),
    ("mtype", has_markup_type),
    ("markup", has_markup),
    ("format_offered", offered_format),
    ("size_given", sized),
)
