"""The documents that policies see."""

from datetime import UTC, datetime
from random import Random

import msgspec
import pytest

from adserving.compile import compile_snapshot
from campaigns.targeting import parse
from rtb.compile import compile_books
from rtb.policies.compiled import digest_of
from rtb.policies.facts import of_ad, required
from rtb.rego.sample import DOCUMENT
from tests.factories import BidStrategyFactory, CreativeFactory, LineItemFactory, SspFactory
from tests.rtb.world import NoPolicies

IN_CANADA = {"dimension": "country", "op": "in", "values": ["CA"]}
ADULT = {"dimension": "key_value", "key": "age", "op": "in", "values": ["adult"]}


@pytest.mark.parametrize(
    ("rule", "dimensions"),
    [
        ({}, set()),
        (IN_CANADA, {"country"}),
        ({"all": [IN_CANADA, ADULT]}, {"country", "key_value:age"}),
        ({"any": [IN_CANADA, ADULT]}, set()),
        ({"any": [{"all": [IN_CANADA, ADULT]}, ADULT]}, {"key_value:age"}),
        ({"not": ADULT}, set()),
    ],
)
def test_what_every_visitor_is_asked(rule: dict, dimensions: set[str]):
    assert required(parse(rule)) == dimensions


@pytest.mark.django_db
def test_an_ads_document_is_json_has_the_samples_fields_and_does_not_change():
    creative = CreativeFactory(adomain="acme.example", width=300, height=250)
    item = LineItemFactory._meta.model.across_tenants.get(pk=creative.line_item_id)
    SspFactory(tenant=item.tenant)
    BidStrategyFactory(line_item=item)

    def compiled():
        snapshot = compile_snapshot(datetime.now(UTC))
        book = compile_books(snapshot, NoPolicies(), Random(1)).books[item.tenant_id]
        (ad,) = book.ads
        return of_ad(ad, book.tenant)

    document = compiled()
    assert {name: set(part) for name, part in document.items()} == {
        name: set(part) for name, part in DOCUMENT.items()
    }
    assert msgspec.json.decode(msgspec.json.encode(document)) == document
    assert digest_of(document) == digest_of(compiled())
