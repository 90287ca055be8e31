"""The number types of a bid request (pure): bounded, so that arithmetic on them cannot overflow."""

from typing import Annotated, Final

import msgspec

WHOLE_MAX: Final = 2**53  # what every JSON writer can say exactly
AMOUNT_MAX: Final = 1_000_000_000.0

Whole = Annotated[int, msgspec.Meta(ge=-WHOLE_MAX, le=WHOLE_MAX)]
Amount = Annotated[float, msgspec.Meta(ge=0.0, le=AMOUNT_MAX)]  # of money; more is read as the most
