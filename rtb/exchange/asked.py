"""A bid request as the exchange itself reads it, to judge the answer and hold the auction (pure).

Only what judging needs, in OpenRTB's names. It is decoded from the very bytes that are sent, and
strictly: the exchange's own requests are well-formed.
"""

from collections.abc import Mapping

import msgspec

USD = "USD"
Rates = Mapping[str, float]  # currency: units of it for one US dollar


class Size(msgspec.Struct, gc=False):
    w: int = 0
    h: int = 0


class Banner(msgspec.Struct, gc=False):
    format: list[Size] = []
    w: int = 0
    h: int = 0
    btype: list[int] = []
    battr: list[int] = []
    mimes: list[str] = []
    api: list[int] = []

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Every size that fits; none means any."""
        listed = [(each.w, each.h) for each in self.format]
        return listed + ([(self.w, self.h)] if self.w and self.h else [])


class Media(msgspec.Struct, gc=False):
    """Video or audio."""

    mimes: list[str] = []
    minduration: int = 0
    maxduration: int = 0
    protocols: list[int] = []
    w: int = 0
    h: int = 0
    battr: list[int] = []
    api: list[int] = []
    skip: int = 0
    linearity: int = 0


class Native(msgspec.Struct, gc=False):
    request: str | dict[str, object] = ""
    ver: str = ""
    battr: list[int] = []
    api: list[int] = []


class Deal(msgspec.Struct, gc=False):
    id: str
    bidfloor: float = 0.0
    bidfloorcur: str = USD
    at: int = 0
    wseat: list[str] = []
    wadomain: list[str] = []


class Pmp(msgspec.Struct, gc=False):
    private_auction: int = 0
    deals: list[Deal] = []


class Imp(msgspec.Struct, gc=False):
    id: str
    banner: Banner | None = None
    video: Media | None = None
    audio: Media | None = None
    native: Native | None = None
    pmp: Pmp | None = None
    bidfloor: float = 0.0
    bidfloorcur: str = USD
    secure: int = 0
    exp: int = 0

    @property
    def deals(self) -> dict[str, Deal]:
        return {deal.id: deal for deal in self.pmp.deals} if self.pmp else {}

    @property
    def is_private(self) -> bool:
        return self.pmp is not None and self.pmp.private_auction == 1

    @property
    def kind(self) -> str:
        """The first format offered."""
        for name in ("banner", "video", "audio", "native"):
            if getattr(self, name) is not None:
                return name
        return ""

    @property
    def size(self) -> tuple[int, int]:
        """The banner's first size; (0, 0) for anything else."""
        sizes = self.banner.sizes if self.banner else []
        return sizes[0] if sizes else (0, 0)


class Dsa(msgspec.Struct, gc=False):
    dsarequired: int = 0


class RegsExt(msgspec.Struct, gc=False):
    dsa: Dsa | None = None


class Regs(msgspec.Struct, gc=False):
    ext: RegsExt | None = None


class Asked(msgspec.Struct, gc=False):
    """The request."""

    id: str
    imp: list[Imp]
    app: dict[str, object] | None = None
    at: int = 2
    tmax: int = 0
    test: int = 0
    cur: list[str] = []
    wseat: list[str] = []
    bseat: list[str] = []
    bcat: list[str] = []
    badv: list[str] = []
    bapp: list[str] = []
    cattax: int = 1
    wlang: list[str] = []
    regs: Regs | None = None

    @property
    def currencies(self) -> list[str]:
        """In which a bid may be; absent means US dollars."""
        return self.cur or [USD]

    def imp_named(self, imp_id: str) -> Imp | None:
        return next((imp for imp in self.imp if imp.id == imp_id), None)


read = msgspec.json.Decoder(Asked).decode


def converted(amount: float, source: str, target: str, rates: Rates) -> float:
    """``amount`` of one currency in another. Raises KeyError for a currency without a rate."""
    return amount if source == target else amount / rates[source] * rates[target]
