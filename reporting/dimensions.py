"""What a report can be broken down and filtered by; pure."""

from enum import StrEnum


class Dimension(StrEnum):
    """The value is the dimension's name in a request."""

    CAMPAIGN = "campaign"
    PLACEMENT = "placement"
    LINE_ITEM = "line_item"
    CREATIVE = "creative"
    TEMPLATE = "template"
    SEGMENT = "segment"
    AD = "ad_id"
    COUNTRY = "country"
    REGION = "region"
    DEVICE_TYPE = "device_type"
    OS = "os"
    BROWSER = "browser"
    INVALID_REASON = "invalid_reason"
    HOUR_OF_DAY = "hour_of_day"
    DAY_OF_WEEK = "day_of_week"

    @property
    def column(self) -> str:
        """The column of the tables, and the field of a row."""
        return f"{self.value}_id" if self.is_id else self.value

    @property
    def is_id(self) -> bool:
        """A whole number that names an object of the tenant."""
        return self in IDS

    @property
    def is_text(self) -> bool:
        return not self.is_id and self.unit is None

    @property
    def is_raw_only(self) -> bool:
        """In the raw events and in no tier."""
        return self in RAW_ONLY

    @property
    def unit(self) -> int | None:
        """The width of its parts of local time, in seconds; None where it is no time."""
        return UNITS.get(self)


IDS = frozenset(
    {
        Dimension.CAMPAIGN,
        Dimension.PLACEMENT,
        Dimension.LINE_ITEM,
        Dimension.CREATIVE,
        Dimension.TEMPLATE,
        Dimension.SEGMENT,
    }
)
IN_TIERS = tuple(each for each in Dimension if each in IDS or each is Dimension.AD)
UNITS = {Dimension.HOUR_OF_DAY: 3600, Dimension.DAY_OF_WEEK: 86_400}
RAW_ONLY = frozenset(Dimension) - {*IN_TIERS, *UNITS}
