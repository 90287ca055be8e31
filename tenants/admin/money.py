"""Money on pages: typed and shown in units of the account's currency, kept in cents."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from tenants.models import Tenant

CENTS = 100
MAX_DIGITS = 14


def money(cents: int | None, currency: str) -> str:
    """``123456`` CAD is "1,234.56 CAD"; no amount is a dash."""
    return "—" if cents is None else f"{cents / CENTS:,.2f} {currency}"


class MoneyField(forms.DecimalField):
    """Shows and reads units (12.50); its value is whole cents (1250)."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        shown = {"suffix": currency, "inputmode": "decimal", "autocomplete": "off"}
        widget = UnfoldAdminTextInputWidget(attrs=shown)
        super().__init__(max_digits=MAX_DIGITS, decimal_places=2, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value) / CENTS:.2f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        units = super().clean(value.replace(",", "") if isinstance(value, str) else value)
        return None if units is None else int(units * CENTS)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class MoneyFields:
    """Model fields named ``…_cents`` become money; ``money_labels`` names them."""

    money_labels: ClassVar[dict[str, tuple[str, str]]] = {}  # field -> (label, help text)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name not in self.money_labels:
            return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        label, help_text = self.money_labels[db_field.name]
        return MoneyField(
            currency=self._currency(request),
            label=label,
            help_text=help_text,
            required=not db_field.blank,
            min_value=Decimal("0.01"),
        )

    def money_names(self, request: HttpRequest, obj: Any, names: Any) -> list[Any]:
        """The fields as they are for who may edit; for readers, the amounts with their currency."""
        if obj is None or self.has_change_permission(request, obj):  # type: ignore[attr-defined]
            return list(names)
        return [f"{name}_shown" if name in self.money_labels else name for name in names]

    def _currency(self, request: HttpRequest) -> str:
        """Of the page's tenant; where a new row's is not known yet, the words for it."""
        tenants = self._tenants_in_reach(request)  # type: ignore[attr-defined]
        found = {row.currency for row in Tenant.objects.for_tenants(tenants)}
        return found.pop() if len(found) == 1 else "in the account's currency"
