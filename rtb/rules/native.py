"""Rules about a native slot (Native Ads 1.2 section 4; pure)."""

from collections.abc import Callable, Sequence
from typing import Final

from adserving import bits
from rtb.ad import Ad
from rtb.markup.native import can_fill
from rtb.openrtb.native import assets_of
from rtb.openrtb.request import Native
from rtb.reasons import NoBid
from rtb.rules.sets import Memo, where

Rule = Callable[[Native], int]
Builder = Callable[[Sequence[Ad]], Rule | None]


def native_assets(ads: Sequence[Ad]) -> Rule:
    """Every required asset is one that we have, in a size that is taken."""
    everyone = bits.first(len(ads))

    def answer(request: str) -> int:
        wanted = assets_of(Native(request=request))
        if wanted is None:
            return everyone
        return everyone & ~where(ads, lambda ad: can_fill(wanted, ad.creative))

    memo = Memo(len(ads), answer)

    def rule(native: Native) -> int:
        if isinstance(native.request, str):
            return memo(native.request)
        wanted = assets_of(native)
        return (
            everyone & ~where(ads, lambda ad: can_fill(wanted, ad.creative)) if wanted else everyone
        )

    return rule


BUILDERS: Final[tuple[tuple[NoBid, Builder], ...]] = ((NoBid.NATIVE_ASSETS, native_assets),)
