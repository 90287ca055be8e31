"""Rows refer only to rows of their own tenant; web processes hear of every change."""

from django.db import migrations

from tenants.integrity import notify_on_change, owned_by_tenant, same_tenant

OWNED = ["campaign", "placement", "lineitem", "segment", "template", "component", "creativeasset"]
REFERENCES = [
    ("lineitem", "campaign_id", "campaign"),
    ("lineitem", "placement_id", "placement"),
    ("frequencycap", "campaign_id", "campaign"),
    ("frequencycap", "line_item_id", "lineitem"),
    ("creative", "line_item_id", "lineitem"),
    ("creative", "template_id", "template"),
    ("template", "campaign_id", "campaign"),
    ("component", "template_id", "template"),
    ("creativeasset", "component_id", "component"),
    ("combinationrule", "template_id", "template"),
    ("combinationrule", "asset_id", "creativeasset"),
    ("combinationrule", "other_id", "creativeasset"),
]
WATCHED = [*OWNED, "frequencycap", "creative", "combinationrule"]


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial"), ("tenants", "0002_integrity")]
    operations = [
        *(owned_by_tenant(f"campaigns_{name}") for name in OWNED),
        *(
            same_tenant(f"campaigns_{table}", column, f"campaigns_{parent}")
            for table, column, parent in REFERENCES
        ),
        *notify_on_change(f"campaigns_{name}" for name in WATCHED),
    ]
