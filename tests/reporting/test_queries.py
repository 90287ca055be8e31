"""Every statement is bound to a tenant and holds no values."""

import re

import pytest

from reporting import queries
from reporting.query import Dimension, Granularity, Order
from tests.reporting.builders import a_query

EVIL = "x'; DROP TABLE ad_events_raw; --"


@pytest.mark.parametrize("build", [queries.rows, queries.totals])
@pytest.mark.parametrize("granularity", list(Granularity))
def test_every_statement_is_bound_to_its_tenant_and_holds_no_values(build, granularity):
    query = a_query(
        tenant_id=7, dimensions=tuple(Dimension), granularity=granularity,
        filters={Dimension.AD: (EVIL,), Dimension.CAMPAIGN: (123_456,)},
        order=(Order("ctr", descending=True),),
    )  # fmt: skip
    sql, params = build(query)
    assert "WHERE tenant_id = %(tenant_id)s AND" in sql
    assert params["tenant_id"] == 7
    assert "DROP" not in sql
    assert "123456" not in sql
    assert set(re.findall(r"%\((\w+)\)s", sql)) <= set(params)


def test_the_order_ends_with_the_rows_own_fields():
    query = a_query(dimensions=(Dimension.AD, Dimension.CAMPAIGN), order=(Order("ad_id", True),))
    assert "ORDER BY out_ad_id DESC, out_campaign_id ASC " in queries.rows(query).sql
