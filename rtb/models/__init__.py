"""What marketers configure for exchanges, one file for each concern."""

from rtb.models.guardrails import Guardrails, PositionChoice
from rtb.models.inventory import InventoryList
from rtb.models.policy import Policy, PolicyDecision
from rtb.models.ssp import Deal, Ssp
from rtb.models.strategy import BidStrategy

__all__ = [
    "BidStrategy",
    "Deal",
    "Guardrails",
    "InventoryList",
    "Policy",
    "PolicyDecision",
    "PositionChoice",
    "Ssp",
]
