"""What the rules ask about a bid request, read once (pure)."""

import msgspec

from campaigns.targeting import RequestContext
from rtb.openrtb.request import BidRequest
from rtb.privacy import Privacy


class Facts(msgspec.Struct, frozen=True, gc=False):
    """Lists are tuples, so that a rule can remember its answer by them."""

    request: BidRequest
    ssp_id: int
    context: RequestContext
    segment_id: int  # the first segment that matches; 0: none
    privacy: Privacy
    user_id: str  # the best id that privacy allows, or ""
    country: str
    domain: str
    bundle: str
    publisher: str
    categories: tuple[str, ...]  # of the page, IAB content taxonomy 1
    hops: int  # of the supply chain; 0: there is none
    is_chain_complete: bool
    blocked_advertisers: tuple[str, ...]
    blocked_categories: tuple[str, ...]
    allowed_categories: tuple[str, ...]
    category_taxonomy: int
    blocked_apps: tuple[str, ...]
    languages: tuple[str, ...]
    needs_transparency: bool  # regs.ext.dsa: a bid without bid.ext.dsa is rejected

    @property
    def inventory(self) -> str:
        return self.domain or self.bundle
