"""The bid request as exchanges send it (pure): OpenRTB 2.6 with the fields of 2.5.

Attributes are named as in the specification, and every object of a request can be imported from
here. Absent is None, the specification's default, or (). ``rtb.openrtb.parse`` makes them.
"""

import msgspec

from rtb.openrtb.audience import (
    BrandVersion,
    ChainExt,
    Device,
    Dsa,
    Eid,
    Geo,
    Node,
    Regs,
    RegsExt,
    Source,
    SupplyChain,
    Transparency,
    Uid,
    User,
    UserAgent,
    UserExt,
)
from rtb.openrtb.codes import Whole
from rtb.openrtb.imp import (
    Audio,
    Banner,
    Deal,
    DurFloor,
    Imp,
    ImpExt,
    Metric,
    Native,
    Pmp,
    Qty,
    Refresh,
    RefSettings,
    Size,
    Video,
)
from rtb.openrtb.inventory import App, Content, Data, Dooh, Publisher, Segment, Site

__all__ = [
    "App",
    "Audio",
    "Banner",
    "BidRequest",
    "BrandVersion",
    "ChainExt",
    "Content",
    "Data",
    "Deal",
    "Device",
    "Dooh",
    "Dsa",
    "DurFloor",
    "Eid",
    "Geo",
    "Imp",
    "ImpExt",
    "Metric",
    "Native",
    "Node",
    "Pmp",
    "Publisher",
    "Qty",
    "RefSettings",
    "Refresh",
    "Regs",
    "RegsExt",
    "Segment",
    "Site",
    "Size",
    "Source",
    "SupplyChain",
    "Transparency",
    "Uid",
    "User",
    "UserAgent",
    "UserExt",
    "Video",
]


class BidRequest(msgspec.Struct, frozen=True, gc=False):
    """OpenRTB 2.6 section 3.2.1."""

    id: str
    imp: tuple[Imp, ...]
    site: Site | None = None
    app: App | None = None
    dooh: Dooh | None = None
    device: Device | None = None
    user: User | None = None
    test: Whole = 0
    at: Whole = 2
    tmax: Whole | None = None
    wseat: tuple[str, ...] = ()
    bseat: tuple[str, ...] = ()
    allimps: Whole = 0
    cur: tuple[str, ...] = ()  # absent: US dollars
    wlang: tuple[str, ...] = ()
    wlangb: tuple[str, ...] = ()
    acat: tuple[str, ...] = ()
    bcat: tuple[str, ...] = ()
    cattax: Whole = 1
    badv: tuple[str, ...] = ()
    bapp: tuple[str, ...] = ()
    source: Source | None = None
    regs: Regs | None = None
    ext: ChainExt | None = None
