"""What each reason of the bid flow is called on pages for people."""

from collections.abc import Mapping
from typing import Final

from rtb.reasons import NoBid

TOPICS: Final[Mapping[str, str]] = {
    NoBid.SSP_NOT_CHOSEN: "The line item bids on this exchange",
    NoBid.SEAT_BLOCKED: "Our seat is allowed",
    NoBid.SUPPLY_CHAIN_INCOMPLETE: "The supply chain is complete, as this exchange must give it",
    NoBid.SUPPLY_CHAIN_BLOCKED: "No blocked seller is in the supply chain",
    NoBid.KNOWN_ROBOT: "The visitor is no known robot",
    NoBid.LISTED_SOURCE: "The address is not on a list of robots",
    NoBid.CURRENCY: "We know a rate for the currency",
    NoBid.CAMPAIGN_NOT_ACTIVE: "The campaign is active",
    NoBid.LINE_ITEM_NOT_ACTIVE: "The line item is active",
    NoBid.NOT_IN_FLIGHT: "The campaign runs at this moment",
    NoBid.POLICY: "No policy denies the ad",
    NoBid.INVENTORY_BLOCKED: "The site, app or publisher is not on a block list",
    NoBid.INVENTORY_NOT_LISTED: "The site, app or publisher is allowed, where only some are",
    NoBid.BRAND_SAFETY: "The page has no blocked category or word",
    NoBid.PRIVACY: "Personal data may be used, where the guardrails ask for that",
    NoBid.SUPPLY_CHAIN: "The supply chain is as the guardrails want it",
    NoBid.TARGETING: "The visitor matches the targeting",
    NoBid.ADVERTISER_BLOCKED: "The publisher does not block the advertiser",
    NoBid.CATEGORY_BLOCKED: "The publisher accepts the creative's categories",
    NoBid.APP_BLOCKED: "The publisher does not block the advertised app",
    NoBid.LANGUAGE: "The creative's language is accepted",
    NoBid.FORMAT: "The impression takes this format",
    NoBid.SIZE: "The size fits",
    NoBid.POSITION: "The position on the page is one of those wanted",
    NoBid.NOT_SECURE: "The creative is secure (https), where the page is",
    NoBid.AD_TYPE_BLOCKED: "This kind of banner is accepted",
    NoBid.ATTRIBUTE_BLOCKED: "The creative has no blocked attribute",
    NoBid.API_MISSING: "The player or page offers the API that the creative needs",
    NoBid.MIME: "The media type is accepted",
    NoBid.PROTOCOL: "We speak a protocol that is accepted",
    NoBid.DURATION: "The length fits",
    NoBid.BITRATE: "The bit rate fits",
    NoBid.SKIPPABILITY: "Skipping is as the publisher wants it",
    NoBid.LINEARITY: "The ad plays as the publisher wants it",
    NoBid.NATIVE_ASSETS: "The creative has the assets that are asked for",
    NoBid.TRANSPARENCY: "No DSA information is asked for",
    NoBid.DEAL_ONLY: "Open auction or deal: one of the two is possible",
    NoBid.DEAL_NOT_OURS: "One of the deals is the line item's",
    NoBid.FLOOR: "The bid reaches the floor",
    NoBid.PACED: "Pacing lets it take part",
    NoBid.REQUEST_POLICY: "No policy denies the bid",
    NoBid.FREQUENCY_CAP: "The person has not seen it too often",
    NoBid.CAMPAIGN_DAILY_BUDGET: "The campaign's daily budget lasts",
    NoBid.CAMPAIGN_TOTAL_BUDGET: "The campaign's total budget lasts",
    NoBid.LINE_ITEM_DAILY_BUDGET: "The line item's daily budget lasts",
    NoBid.LINE_ITEM_TOTAL_BUDGET: "The line item's total budget lasts",
    NoBid.ACCOUNT_BALANCE: "The account's balance lasts",
    NoBid.SPEND_UNKNOWN: "It is known what ad tags spent",
    NoBid.LEDGER_NOT_READY: "The ledger of budgets is complete",
}


def topic(reason: str) -> str:
    """A sentence that is true where the rule passes."""
    return TOPICS.get(reason) or plain(reason)


def plain(reason: str) -> str:
    """The reason's own words: budget_used_up is Budget used up."""
    return reason.replace("_", " ").capitalize()
