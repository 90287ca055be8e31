"""What is for sale (pure): ``Imp`` and the objects in it, OpenRTB 2.6 sections 3.2.4 to 3.2.12.

Attributes are named as in the specification. Absent is None, the specification's default, or ().
"""

import msgspec

from rtb.openrtb.codes import Amount, Whole


class Metric(msgspec.Struct, frozen=True, gc=False):
    type: str = ""
    value: float | None = None
    vendor: str = ""


class Size(msgspec.Struct, frozen=True, gc=False):
    """``Format``: a size in device-independent pixels, or a ratio with a least width."""

    w: Whole | None = None
    h: Whole | None = None
    wratio: Whole | None = None
    hratio: Whole | None = None
    wmin: Whole | None = None


class Banner(msgspec.Struct, frozen=True, gc=False):
    """Where ``w``/``h`` and ``format`` are both present, both are offered; neither: any size."""

    format: tuple[Size, ...] = ()
    w: Whole | None = None
    h: Whole | None = None
    wmax: Whole | None = None  # these four: 2.3, deprecated
    hmax: Whole | None = None
    wmin: Whole | None = None
    hmin: Whole | None = None
    btype: tuple[Whole, ...] = ()
    battr: tuple[Whole, ...] = ()
    pos: Whole | None = None
    mimes: tuple[str, ...] = ()
    topframe: Whole | None = None
    expdir: tuple[Whole, ...] = ()
    api: tuple[Whole, ...] = ()  # not listed: not supported
    id: str = ""
    vcm: Whole | None = None


class DurFloor(msgspec.Struct, frozen=True, gc=False):
    """A floor for creatives of ``mindur`` to ``maxdur`` seconds, both included."""

    mindur: Whole | None = None
    maxdur: Whole | None = None
    bidfloor: Amount = 0.0


class Video(msgspec.Struct, frozen=True, gc=False):
    mimes: tuple[str, ...] = ()  # required by the specification; missing: unknown
    minduration: Whole = 0
    maxduration: Whole | None = None
    startdelay: Whole | None = None
    maxseq: Whole | None = None
    poddur: Whole | None = None
    protocols: tuple[Whole, ...] = ()
    protocol: Whole | None = None  # 2.1, deprecated
    w: Whole | None = None
    h: Whole | None = None
    podid: str = ""
    podseq: Whole = 0
    rqddurs: tuple[Whole, ...] = ()  # instead of minduration and maxduration
    placement: Whole | None = None  # deprecated, see plcmt
    plcmt: Whole | None = None
    linearity: Whole | None = None
    skip: Whole | None = None
    skipmin: Whole = 0
    skipafter: Whole = 0
    sequence: Whole | None = None  # deprecated
    slotinpod: Whole = 0
    mincpmpersec: Amount | None = None
    battr: tuple[Whole, ...] = ()
    maxextended: Whole | None = None
    minbitrate: Whole | None = None
    maxbitrate: Whole | None = None
    boxingallowed: Whole = 1
    playbackmethod: tuple[Whole, ...] = ()
    playbackend: Whole | None = None
    delivery: tuple[Whole, ...] = ()
    pos: Whole | None = None
    companionad: tuple[Banner, ...] = ()
    api: tuple[Whole, ...] = ()
    companiontype: tuple[Whole, ...] = ()
    poddedupe: tuple[Whole, ...] = ()
    durfloors: tuple[DurFloor, ...] = ()


class Audio(msgspec.Struct, frozen=True, gc=False):
    mimes: tuple[str, ...] = ()
    minduration: Whole = 0
    maxduration: Whole | None = None
    poddur: Whole | None = None
    protocols: tuple[Whole, ...] = ()
    startdelay: Whole | None = None
    rqddurs: tuple[Whole, ...] = ()
    podid: str = ""
    podseq: Whole = 0
    sequence: Whole | None = None  # deprecated
    slotinpod: Whole = 0
    mincpmpersec: Amount | None = None
    battr: tuple[Whole, ...] = ()
    maxextended: Whole | None = None
    minbitrate: Whole | None = None
    maxbitrate: Whole | None = None
    delivery: tuple[Whole, ...] = ()
    companionad: tuple[Banner, ...] = ()
    api: tuple[Whole, ...] = ()
    companiontype: tuple[Whole, ...] = ()
    maxseq: Whole | None = None
    feed: Whole | None = None
    stitched: Whole | None = None
    nvol: Whole | None = None
    durfloors: tuple[DurFloor, ...] = ()


class Native(msgspec.Struct, frozen=True, gc=False):
    """``rtb.openrtb.native.assets_of`` reads ``request``."""

    request: str | dict[str, object] | None = None
    ver: str = ""
    api: tuple[Whole, ...] = ()
    battr: tuple[Whole, ...] = ()


class Deal(msgspec.Struct, frozen=True, gc=False):
    """Inherits neither floor nor currency from its impression."""

    id: str
    bidfloor: Amount = 0.0
    bidfloorcur: str = "USD"
    at: Whole | None = None  # 3: bidfloor is the agreed price
    wseat: tuple[str, ...] = ()
    wadomain: tuple[str, ...] = ()
    guar: Whole = 0
    mincpmpersec: Amount | None = None
    durfloors: tuple[DurFloor, ...] = ()


class Pmp(msgspec.Struct, frozen=True, gc=False):
    private_auction: Whole = 0
    deals: tuple[Deal, ...] = ()


class Qty(msgspec.Struct, frozen=True, gc=False):
    """How many people see one impression of a screen out of home."""

    multiplier: Amount | None = None
    sourcetype: Whole | None = None
    vendor: str = ""


class RefSettings(msgspec.Struct, frozen=True, gc=False):
    reftype: Whole = 0
    minint: Whole | None = None


class Refresh(msgspec.Struct, frozen=True, gc=False):
    refsettings: tuple[RefSettings, ...] = ()
    count: Whole | None = None


class ImpExt(msgspec.Struct, frozen=True, gc=False):
    gpid: str = ""
    tid: str = ""


class Imp(msgspec.Struct, frozen=True, gc=False):
    id: str
    metric: tuple[Metric, ...] = ()
    banner: Banner | None = None
    video: Video | None = None
    audio: Audio | None = None
    native: Native | None = None
    pmp: Pmp | None = None
    displaymanager: str = ""
    displaymanagerver: str = ""
    instl: Whole = 0
    tagid: str = ""
    bidfloor: Amount = 0.0
    bidfloorcur: str = "USD"
    clickbrowser: Whole | None = None
    secure: Whole | None = None
    iframebuster: tuple[str, ...] = ()
    rwdd: Whole = 0
    ssai: Whole = 0
    exp: Whole | None = None
    qty: Qty | None = None
    dt: float | None = None  # ms since 1970
    refresh: Refresh | None = None
    ext: ImpExt | None = None
