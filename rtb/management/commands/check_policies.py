"""Runs every policy's own tests and prints which ads are denied by which policy."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rtb.models import Policy
from rtb.policies.accounts import Accounts
from rtb.policies.library import platform_sources
from rtb.policies.preview import ads_by_account
from rtb.rego.check import checked
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Run the tests of all policies, then list the ads that policies deny. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="slug of one account; all accounts without it")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        accounts = self._accounts(options["tenant"])
        sources = dict(platform_sources())
        for row in Policy.objects.for_tenants(accounts).filter(is_active=True):
            sources[f"{accounts[row.tenant_id]}/{row.name}"] = row.source
        problems = sum(self._failed(name, source) for name, source in sources.items())
        self._print_denied(accounts)
        if problems:
            raise CommandError(f"{problems} of {len(sources)} policies fail")

    def _accounts(self, slug: str | None) -> dict[int, str]:
        rows = Tenant.across_tenants.filter(is_active=True)
        found = dict((rows.filter(slug=slug) if slug else rows).values_list("pk", "slug"))
        if slug and not found:
            raise CommandError(f"no active account has the slug {slug!r}")
        return found

    def _failed(self, name: str, source: str) -> bool:
        found = checked(source)
        said = found.problem or f"{len(found.tests)} tests pass"
        print(f"{'FAIL' if found.problem else 'ok  '} {name}: {said}")
        return bool(found.problem)

    def _print_denied(self, accounts: dict[int, str]) -> None:
        policies = Accounts()
        policies.load()
        for tenant_id, account in ads_by_account().items():
            if tenant_id not in accounts:
                continue
            denied = list(account.denied_by(policies.of(tenant_id)))
            print(f"{accounts[tenant_id]}: {len(denied)} of {len(account.ads)} ads are denied")
            for ad, denials in denied:
                said = "; ".join(map(str, denials))
                print(f"  line item {ad.line_item.id}, creative {ad.creative.id}: {said}")
