"""Why a line item did not serve: the one enum of the decision flow."""

from enum import StrEnum


class Reason(StrEnum):
    """Every one is counted and can be asked for."""

    CAMPAIGN_NOT_ACTIVE = "campaign_not_active"
    CAMPAIGN_NOT_STARTED = "campaign_not_started"
    CAMPAIGN_ENDED = "campaign_ended"
    LINE_ITEM_NOT_ACTIVE = "line_item_not_active"
    NO_CREATIVE = "no_creative"
    TARGETING = "targeting"
    SPEND_UNKNOWN = "spend_unknown"
    CAMPAIGN_DAILY_BUDGET = "campaign_daily_budget_spent"
    CAMPAIGN_TOTAL_BUDGET = "campaign_total_budget_spent"
    LINE_ITEM_DAILY_BUDGET = "line_item_daily_budget_spent"
    LINE_ITEM_TOTAL_BUDGET = "line_item_total_budget_spent"
    ACCOUNT_BALANCE = "account_balance_spent"
    FREQUENCY_CAP = "frequency_cap"
    OUTBID = "outbid"
