"""The admin of exchanges; adplatform.admin joins its inlines to campaigns and line items."""

from rtb.admin.inventory import InventoryListAdmin
from rtb.admin.policy import PolicyAdmin, PolicyDecisionAdmin
from rtb.admin.ssp import DealAdmin, SspAdmin

__all__ = ["DealAdmin", "InventoryListAdmin", "PolicyAdmin", "PolicyDecisionAdmin", "SspAdmin"]
