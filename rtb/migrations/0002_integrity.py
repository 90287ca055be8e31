"""Rows refer only to rows of their own tenant; web processes hear of every change."""

from django.db import migrations

from tenants.integrity import notify_on_change, owned_by_tenant, same_tenant, same_tenant_link

OWNED = ["ssp", "deal", "inventorylist", "guardrails", "bidstrategy"]
REFERENCES = [
    ("deal", "ssp_id", "rtb_ssp"),
    ("guardrails", "campaign_id", "campaigns_campaign"),
    ("guardrails", "line_item_id", "campaigns_lineitem"),
    ("bidstrategy", "line_item_id", "campaigns_lineitem"),
]
LINKS = [
    ("deal_line_items", ("deal_id", "rtb_deal"), ("lineitem_id", "campaigns_lineitem")),
    (
        "guardrails_allow_lists",
        ("guardrails_id", "rtb_guardrails"),
        ("inventorylist_id", "rtb_inventorylist"),
    ),
    (
        "guardrails_block_lists",
        ("guardrails_id", "rtb_guardrails"),
        ("inventorylist_id", "rtb_inventorylist"),
    ),
    ("bidstrategy_ssps", ("bidstrategy_id", "rtb_bidstrategy"), ("ssp_id", "rtb_ssp")),
]


class Migration(migrations.Migration):
    dependencies = [("rtb", "0001_initial"), ("campaigns", "0002_integrity")]
    operations = [
        *(owned_by_tenant(f"rtb_{name}") for name in OWNED),
        *(same_tenant(f"rtb_{table}", column, parent) for table, column, parent in REFERENCES),
        *(same_tenant_link(f"rtb_{table}", left, right) for table, left, right in LINKS),
        *notify_on_change(f"rtb_{name}" for name in OWNED),
        *notify_on_change(f"rtb_{table}" for table, _, _ in LINKS),
    ]
