"""What the request forbids: advertisers, categories, attributes, types, languages (pure)."""

import re
from typing import Final

from rtb.exchange.rules.case import Case, Rule

SCRIPT_TYPE, FRAME_TYPE = 3, 4  # AdCOM banner ad types
SCRIPT: Final = re.compile(r"<script\b", re.IGNORECASE)
FRAME: Final = re.compile(r"<iframe\b", re.IGNORECASE)
TRANSPARENCY_NEEDED: Final = {2, 3}


def advertiser(case: Case) -> str:
    for blocked in map(str.lower, case.asked.badv):
        for domain in map(str.lower, case.bid.adomain):
            if domain == blocked or domain.endswith(f".{blocked}"):
                return f"{domain} is blocked by badv {blocked}"
    return ""


def category(case: Case) -> str:
    """Blocking IAB25 blocks IAB25-3; lists of different taxonomies cannot be compared."""
    if case.bid.cattax != case.asked.cattax:
        return ""
    for blocked in case.asked.bcat:
        for own in case.bid.cat:
            if own == blocked or own.startswith(f"{blocked}-"):
                return f"{own} is blocked by bcat {blocked}"
    return ""


def app(case: Case) -> str:
    blocked = case.bid.bundle and case.bid.bundle in case.asked.bapp
    return f"{case.bid.bundle} is in bapp" if blocked else ""


def attribute(case: Case) -> str:
    clash = set(case.bid.attr) & set(case.offered.battr if case.offered else ())
    return f"attributes {sorted(clash)} are in battr" if clash else ""


def ad_type(case: Case) -> str:
    """What kind of banner it is shows in its markup."""
    banner = case.imp.banner
    if case.kind != "banner" or banner is None:
        return ""
    if SCRIPT_TYPE in banner.btype and SCRIPT.search(case.bid.adm):
        return "a script, which btype blocks"
    if FRAME_TYPE in banner.btype and FRAME.search(case.bid.adm):
        return "an iframe, which btype blocks"
    return ""


def frameworks(case: Case) -> str:
    """API frameworks that the impression does not list are not supported."""
    needed = {*case.bid.apis, *([case.bid.api] if case.bid.api else [])}
    missing = needed - set(case.offered.api if case.offered else ())
    return f"API frameworks {sorted(missing)} are not supported" if missing else ""


def language(case: Case) -> str:
    wanted, own = case.asked.wlang, case.bid.language
    return f"language {own} is not in wlang" if wanted and own and own not in wanted else ""


def transparency(case: Case) -> str:
    """The EU's Digital Services Act: some publishers need bid.ext.dsa."""
    ext = case.asked.regs.ext if case.asked.regs else None
    needed = ext is not None and ext.dsa is not None and ext.dsa.dsarequired in TRANSPARENCY_NEEDED
    return "bid.ext.dsa is missing" if needed and "dsa" not in case.bid.ext else ""


def secure(case: Case) -> str:
    """Prebid's rule, on the markup: an https address, and nowhere an http one."""
    markup = case.bid.adm
    if case.imp.secure != 1 or not markup:
        return ""
    for insecure in ("http:", "http%3A"):
        if insecure in markup:
            at = markup.index(insecure)
            return f"insecure address in the markup: {markup[at : at + 80]!r}"
    return "" if "https:" in markup or "https%3A" in markup else "no https address in the markup"


RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("badv", advertiser),
    ("bcat", category),
    ("bapp", app),
    ("battr", attribute),
    ("btype", ad_type),
    ("api", frameworks),
    ("wlang", language),
    ("dsa", transparency),
    ("secure", secure),
)
