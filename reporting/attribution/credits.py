"""Reading credits (pure): what a report joins, bound to one tenant, one model and a range."""

from typing import Final

from events.tiers import DIMENSIONS, Tier

TABLE: Final = "ad_conversion_credits"
PPM: Final = 1_000_000  # the credit of one whole conversion
MICROS_PER_CENT: Final = 10_000
METRICS: Final = {  # over the columns of ``attributed``; kind 'none' has every id 0
    "attributed_conversions": f"sumIf(credit_ppm, kind != 'none') / {PPM}",
    "click_conversions": f"sumIf(credit_ppm, kind = 'click') / {PPM}",
    "view_conversions": f"sumIf(credit_ppm, kind = 'view') / {PPM}",
    "unattributed_conversions": f"sumIf(credit_ppm, kind = 'none') / {PPM}",
    "attributed_revenue_cents": f"sumIf(credit_micros, kind != 'none') / {MICROS_PER_CENT}",
    "unattributed_revenue_cents": f"sumIf(credit_micros, kind = 'none') / {MICROS_PER_CENT}",
}
PARAMETERS: Final = ("tenant_id", "attribution_model", "start", "end")
TOUCH_COLUMNS: Final = tuple(name for name in DIMENSIONS if name != "tenant_id")


def attributed(tier: Tier, where: str = "1") -> str:
    """A subquery with a row per credited touch of a conversion, in the conversion's bucket.

    Its columns are the tier's bucket and ``DIMENSIONS`` (of the touch; all 0 where nothing is
    credited), ``kind`` ('click', 'view', 'none'), ``credit_ppm`` and ``credit_micros``; ``where``
    filters these rows. The statement around it must carry ``PARAMETERS``: ``start`` and ``end`` are
    Unix seconds, the end is not included.
    """
    touch = ", ".join(TOUCH_COLUMNS)
    arrays = ", ".join(f"{name}s AS {name}" for name in TOUCH_COLUMNS)
    return (
        f"(SELECT {tier.raw_bucket} AS {tier.bucket}, tenant_id, {touch}, "
        f"kind, credit_ppm, credit_micros FROM ("
        f"SELECT * EXCEPT conversion_time, conversion_time AS event_time FROM {TABLE} FINAL "
        "WHERE tenant_id = %(tenant_id)s AND model = %(attribution_model)s "
        "AND conversion_time >= toDateTime(%(start)s, 'UTC') "
        "AND conversion_time < toDateTime(%(end)s, 'UTC')) "
        f"ARRAY JOIN {arrays}, credit_ppm, credit_micros WHERE {where})"
    )
