"""The attribution models: what each gives to the touches before a conversion (pure)."""

from enum import StrEnum
from typing import Final

HALF_LIFE_DAYS: Final = 7  # of time decay
FIRST_SHARE: Final = 40  # per cent, of position based
BETWEEN_SHARE: Final = 20
LAST_SHARE: Final = 40
CLICK_WINDOW_HOURS: Final = 720  # 30 days
VIEW_WINDOW_HOURS: Final = 24
MAX_WINDOW_HOURS: Final = 2_160  # 90 days
TOUCHES: Final = 500  # the newest ones before a conversion; older ones get nothing


class Model(StrEnum):
    """How the credit of one conversion is shared out."""

    LAST_TOUCH = "last_touch"
    FIRST_TOUCH = "first_touch"
    LINEAR = "linear"
    TIME_DECAY = "time_decay"
    POSITION_BASED = "position_based"


class ViewEvent(StrEnum):
    """Which event is a view that may be credited."""

    VIEWABLE = "viewable"
    IMPRESSION = "impression"


LABELS: Final = {
    Model.LAST_TOUCH: "Last touch",
    Model.FIRST_TOUCH: "First touch",
    Model.LINEAR: "Linear",
    Model.TIME_DECAY: "Time decay",
    Model.POSITION_BASED: "Position based",
}
DESCRIPTIONS: Final = {
    Model.LAST_TOUCH: "Everything to the newest touch before the conversion.",
    Model.FIRST_TOUCH: "Everything to the oldest touch in the window.",
    Model.LINEAR: "The same to every touch.",
    Model.TIME_DECAY: f"A touch counts half as much as one {HALF_LIFE_DAYS} days after it.",
    Model.POSITION_BASED: (
        f"{FIRST_SHARE} % to the first touch, {LAST_SHARE} % to the last, {BETWEEN_SHARE} % shared "
        "by those between; half each when there are two."
    ),
}
VIEW_LABELS: Final = {
    ViewEvent.VIEWABLE: "Viewable impressions (MRC)",
    ViewEvent.IMPRESSION: "All impressions, seen or not",
}
