"""What is wrong with a bid response: an oracle on plain dicts that shares no code with the bidder.

The invariants of reference/openrtb-bidder.md section 3 (b), the types of section 1.4, and what
prebid's validators of record demand. ``problems`` of an answer that an exchange accepts is [].
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from tests.rtb.markup_rules import MARKUP_RULES, PLAYABLE, duration_of

MTYPES = {1: "banner", 2: "video", 3: "audio", 4: "native"}
DOLLAR = {"USD": 1.0}
TEXT, INT, NUMBER, TEXTS, INTS, OBJECT = "text", "int", "number", "texts", "ints", "object"
BID_TYPES = {
    "id": TEXT, "impid": TEXT, "price": NUMBER, "nurl": TEXT, "burl": TEXT, "lurl": TEXT,
    "adm": TEXT, "adid": TEXT, "adomain": TEXTS, "bundle": TEXT, "iurl": TEXT, "cid": TEXT,
    "crid": TEXT, "tactic": TEXT, "cattax": INT, "cat": TEXTS, "attr": INTS, "apis": INTS,
    "api": INT, "protocol": INT, "qagmediarating": INT, "language": TEXT, "langb": TEXT,
    "dealid": TEXT, "w": INT, "h": INT, "wratio": INT, "hratio": INT, "exp": INT, "dur": INT,
    "mtype": INT, "slotinpod": INT, "ext": OBJECT,
}  # fmt: skip
SEATBID_TYPES = {"bid": OBJECT, "seat": TEXT, "group": INT, "ext": OBJECT}
RESPONSE_TYPES = {
    "id": TEXT, "seatbid": OBJECT, "bidid": TEXT, "cur": TEXT, "customdata": TEXT, "nbr": INT,
    "ext": OBJECT,
}  # fmt: skip
FITS = {
    TEXT: lambda value: isinstance(value, str),
    INT: lambda value: type(value) is int and -(2**31) <= value < 2**31,
    NUMBER: lambda value: type(value) in {int, float} and math.isfinite(value),
    TEXTS: lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    INTS: lambda value: isinstance(value, list) and all(type(each) is int for each in value),
    OBJECT: lambda value: isinstance(value, dict | list),
}


@dataclass(frozen=True)
class Case:
    """One bid and all around it; ``rates``: units of a currency per US dollar."""

    request: dict
    response: dict
    seatbid: dict
    imp: dict
    bid: dict
    rates: dict

    @property
    def format(self) -> str:
        return MTYPES.get(self.bid.get("mtype", 0), "")

    @property
    def slot(self) -> dict:
        return self.imp.get(self.format) or {}

    @property
    def deal(self) -> dict | None:
        deals = (self.imp.get("pmp") or {}).get("deals") or []
        return next((deal for deal in deals if deal["id"] == self.bid.get("dealid")), None)


def problems(request: dict, response: dict, rates: dict | None = None) -> list[str]:
    """Each begins with the rule that is broken. ``{}`` and an empty ``seatbid`` are no bids."""
    if response == {}:
        return []
    found = [*_types("response", response, RESPONSE_TYPES), *_about_response(request, response)]
    if found:
        return found
    for seatbid in response.get("seatbid", []):
        found += _types("seatbid", seatbid, SEATBID_TYPES)
        if not seatbid.get("bid"):
            found.append("seatbid: no bid")
        for bid in seatbid.get("bid") or []:
            found += _about_bid(request, response, seatbid, bid, rates or DOLLAR)
    ids = [bid.get("id") for seatbid in response.get("seatbid", []) for bid in seatbid["bid"]]
    return found if len(set(ids)) == len(ids) else [*found, "id: two bids have one"]


def _about_response(request: dict, response: dict) -> Iterator[str]:
    if response.get("id") != request["id"]:
        yield "response.id: not the request's"
    currency = response.get("cur", "USD")
    offered = request.get("cur") or ["USD"]
    if response.get("seatbid") and (
        currency not in offered or not re.fullmatch("[A-Z]{3}", currency)
    ):
        yield f"cur: {currency!r} is not one of {offered}"


def _about_bid(
    request: dict, response: dict, seatbid: dict, bid: dict, rates: dict
) -> Iterator[str]:
    wrong = list(_types("bid", bid, BID_TYPES))
    imp = next((each for each in request["imp"] if each["id"] == bid.get("impid")), None)
    if imp is None:
        wrong.append("impid: no such impression")
    yield from wrong
    if wrong or imp is None:
        return
    case = Case(request, response, seatbid, imp, bid, rates)
    wrong = list(required(case))
    yield from wrong
    if not wrong:
        for rule in RULES:
            yield from (f"{rule.__name__}: {problem}" for problem in rule(case))


def _types(name: str, value: dict, types: dict) -> Iterator[str]:
    for field, item in value.items():
        if field not in types:
            yield f"types: {name}.{field} is not in the specification"
        elif not FITS[types[field]](item):
            yield f"types: {name}.{field} is {item!r}, not {types[field]}"


def required(case: Case) -> Iterator[str]:
    for field in ("id", "crid", "cid", "adomain", "mtype"):
        if not case.bid.get(field):
            yield f"required: {field}"
    if case.format in {"banner", "video"} and not (case.bid.get("w") and case.bid.get("h")):
        yield "required: w and h"
    if not case.format or case.format not in case.imp:
        yield f"required: an mtype that the impression offers, not {case.bid.get('mtype')}"
    if not (case.bid.get("adm") or case.bid.get("nurl")):
        yield "required: adm or nurl"
    if not case.bid.get("price") and not (case.bid.get("price") == 0 and case.bid.get("dealid")):
        yield "required: a price above 0"
    if case.bid.get("price", 0) < 0:
        yield "required: a price that is not negative"


def price(case: Case) -> Iterator[str]:
    floor, currency = _floor(case)
    ours = case.response.get("cur", "USD")
    if floor and (ours != currency and not {ours, currency} <= case.rates.keys()):
        yield f"no rate from {currency} to {ours}"
        return
    ratio = 1 if ours == currency else case.rates[ours] / case.rates[currency] if floor else 1
    least = floor * ratio
    if case.bid["price"] < least * (1 - 1e-9):
        yield f"{case.bid['price']} is below the floor of {least} {ours}"
    agreed = least * 1.001 + 0.000_01 if case.deal and case.deal.get("at") == 3 else math.inf
    if least and case.bid["price"] > agreed:
        yield f"{case.bid['price']} is above the agreed {least} {ours}"


def _floor(case: Case) -> tuple[float, str]:
    """Of the deal, else of the slot, else of the impression; by duration before the plain one."""
    if case.deal is not None:
        currency = case.deal.get("bidfloorcur") or "USD"
        floor = _by_duration(case.deal, case)
        return (case.deal.get("bidfloor") or 0) if floor is None else floor, currency
    currency = case.imp.get("bidfloorcur") or "USD"
    floor = _by_duration(case.slot, case)
    return (case.imp.get("bidfloor") or 0) if floor is None else floor, currency


def _by_duration(holder: dict, case: Case) -> float | None:
    if case.format not in PLAYABLE:
        return None
    seconds = duration_of(case.bid)
    floors = [
        each.get("bidfloor", 0)
        for each in holder.get("durfloors") or []
        if each.get("mindur", 0) <= seconds <= each.get("maxdur", math.inf)
    ]
    if holder.get("mincpmpersec"):
        floors.append(float(Fraction(str(holder["mincpmpersec"])) * Fraction(seconds)))
    return max(floors, default=None)


def advertiser(case: Case) -> Iterator[str]:
    for domain in case.bid["adomain"]:
        if any(_is_within(domain, blocked) for blocked in case.request.get("badv") or []):
            yield f"{domain} is blocked"
        allowed = (case.deal or {}).get("wadomain")
        if allowed and not any(_is_within(domain, each) for each in allowed):
            yield f"{domain} is not one of the deal's"
    if case.bid.get("bundle") and case.bid["bundle"] in (case.request.get("bapp") or []):
        yield f"the app {case.bid['bundle']} is blocked"


def _is_within(domain: str, parent: str) -> bool:
    domain, parent = domain.lower(), parent.lower().removeprefix("www.")
    return domain.removeprefix("www.") == parent or domain.endswith("." + parent)


def category(case: Case) -> Iterator[str]:
    same = case.bid.get("cattax", 1) == case.request.get("cattax", 1)
    ours, allowed = case.bid.get("cat") or [], case.request.get("acat")
    for cat in ours if same else []:
        if any(_is_part(cat, blocked) for blocked in case.request.get("bcat") or []):
            yield f"{cat} is blocked"
    if allowed and not (
        same and ours and all(any(_is_part(cat, each) for each in allowed) for cat in ours)
    ):
        yield f"{ours} is not within {allowed}"


def _is_part(category: str, whole: str) -> bool:
    return (category.upper() + "-").startswith(whole.upper() + "-")


def attribute(case: Case) -> Iterator[str]:
    for attr in set(case.bid.get("attr") or []) & set(case.slot.get("battr") or []):
        yield f"{attr} is blocked"


def language(case: Case) -> Iterator[str]:
    allowed = [*(case.request.get("wlang") or []), *(case.request.get("wlangb") or [])]
    ours = (case.bid.get("language") or case.bid.get("langb") or "").lower()
    tags = {ours, ours.partition("-")[0]}
    if allowed and tags.isdisjoint(each.lower() for each in allowed):
        yield f"{ours!r} is not one of {allowed}"


def size(case: Case) -> Iterator[str]:
    if case.format != "banner":
        return
    width, height = case.bid["w"], case.bid["h"]
    offered = [case.slot, *(case.slot.get("format") or [])]
    fixed = {(each["w"], each["h"]) for each in offered if each.get("w") and each.get("h")}
    ratios = [each for each in offered if each.get("wratio") and each.get("hratio")]
    if not fixed and not ratios:
        return
    if (width, height) not in fixed and not any(_has_ratio(width, height, each) for each in ratios):
        yield f"{width}x{height} is not offered"


def _has_ratio(width: int, height: int, ratio: dict) -> bool:
    exact = width * ratio["hratio"] == height * ratio["wratio"]
    return exact and width >= ratio.get("wmin", 0)


def api(case: Case) -> Iterator[str]:
    ours = {*(case.bid.get("apis") or []), *([case.bid["api"]] if case.bid.get("api") else [])}
    for code in ours - set(case.slot.get("api") or []):
        yield f"{code} is not supported"


def secure(case: Case) -> Iterator[str]:
    adm = case.bid.get("adm", "")
    if case.imp.get("secure") != 1 or not adm:
        return
    if re.search(r"http(:|%3a)", adm, re.IGNORECASE):
        yield "the markup has an insecure address"
    if not re.search(r"https(:|%3a)", adm, re.IGNORECASE):
        yield "the markup has no secure address"


def deal(case: Case) -> Iterator[str]:
    deal_id = case.bid.get("dealid")
    if deal_id and case.deal is None:
        yield f"{deal_id} was not offered"
    if not deal_id and (case.imp.get("pmp") or {}).get("private_auction") == 1:
        yield "the auction is private"


def seat(case: Case) -> Iterator[str]:
    ours = case.seatbid.get("seat", "")
    for allowed in (case.request.get("wseat"), (case.deal or {}).get("wseat")):
        if allowed and ours not in allowed:
            yield f"{ours!r} is not one of {allowed}"
    if ours in (case.request.get("bseat") or []):
        yield f"{ours!r} is blocked"


def transparency(case: Case) -> Iterator[str]:
    asked = ((case.request.get("regs") or {}).get("ext") or {}).get("dsa") or {}
    if asked.get("dsarequired") in {2, 3} and not (case.bid.get("ext") or {}).get("dsa"):
        yield "the Digital Services Act's information is missing"


def privacy(case: Case) -> Iterator[str]:
    user, device = case.request.get("user") or {}, case.request.get("device") or {}
    child = (case.request.get("regs") or {}).get("coppa") == 1
    if not (child or device.get("lmt") == 1 or device.get("dnt") == 1):
        return
    ids = [user.get("id"), user.get("buyeruid"), device.get("ifa")]
    sent = " ".join(str(case.bid.get(field, "")) for field in ("adm", "nurl", "burl", "lurl"))
    for each in ids:
        if each and re.search(rf"(?<![\w-]){re.escape(each)}(?![\w-])", sent):
            yield f"the id {each} is in the bid"


def addresses(case: Case) -> Iterator[str]:
    for field in ("nurl", "burl", "lurl", "iurl"):
        address = case.bid.get(field, "")
        if address and not re.match(r"https?://[^/\s]+", address):
            yield f"{field} is no address"
    everything = "".join(case.bid.get(field, "") for field in ("nurl", "burl", "lurl", "adm"))
    if re.search(r"%24(%7B|\{)AUCTION", everything, re.IGNORECASE):
        yield "a macro is encoded, so that nobody replaces it"


def expiry(case: Case) -> Iterator[str]:
    if "exp" in case.bid and case.bid["exp"] <= 0:
        yield "a bid that has expired"


RULES = (
    price, advertiser, category, attribute, language, size, api, secure, deal, seat, transparency,
    privacy, addresses, expiry, *MARKUP_RULES,
)  # fmt: skip
