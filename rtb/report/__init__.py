"""What bidding came to: by exchange, line item, deal and time, and why there was no bid."""

from rtb.report.funnel import funnel, overall
from rtb.report.summary import summary

__all__ = ["funnel", "overall", "summary"]
