"""The admin of accounts: tenants, members and API keys, and the base of every tenant's page."""

from tenants.admin.account import TenantAdmin
from tenants.admin.keys import ApiKeyAdmin
from tenants.admin.members import MembershipAdmin

__all__ = ["ApiKeyAdmin", "MembershipAdmin", "TenantAdmin"]
