"""Lists of inventory: sites, apps, publishers, categories or words, used to allow or block."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from rtb.inventory import MAX_ENTRIES, MAX_ENTRY_CHARS, EntryRejected, ListKind, clean_entries
from tenants.models import TenantOwned

LIST_KINDS: Final = [
    (ListKind.DOMAIN.value, "Sites, by domain"),
    (ListKind.BUNDLE.value, "Apps, by bundle"),
    (ListKind.PUBLISHER.value, "Publishers, by the exchange's id"),
    (ListKind.CATEGORY.value, "Content categories of the IAB"),
    (ListKind.KEYWORD.value, "Words in a page's address, title or keywords"),
]
BLOCK_ONLY: Final = (ListKind.CATEGORY, ListKind.KEYWORD)


class InventoryList(TenantOwned):
    """Entries of one kind; a domain stands for its subdomains, a category for those below it."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=LIST_KINDS, default=ListKind.DOMAIN.value)
    entries = ArrayField(
        models.CharField(max_length=MAX_ENTRY_CHARS),
        default=list,
        blank=True,
        size=MAX_ENTRIES,
        help_text="One a line.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="inventory_list_name_once_per_tenant",
                violation_error_message="This account has a list with this name already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display().lower()})"

    def clean(self) -> None:
        super().clean()
        try:
            self.entries = clean_entries(ListKind(self.kind), self.entries)
        except EntryRejected as exc:
            raise ValidationError({"entries": str(exc)}) from exc
