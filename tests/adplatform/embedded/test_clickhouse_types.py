"""Every column type through insert and select, as rows, columns and arrays of numpy."""

import ipaddress
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest
from clickhouse_driver.columns.datetimecolumn import utc
from clickhouse_driver.errors import ServerException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MOMENT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
PRECISE = MOMENT.replace(microsecond=789_000)
SOME_UUID = UUID("12345678-1234-5678-1234-567812345678")
V4, V6 = ipaddress.IPv4Address("192.0.2.1"), ipaddress.IPv6Address("2001:db8::1")

ROUND_TRIPS = [
    *((f"Int{bits}", [-(2 ** (bits - 1)), 0, 2 ** (bits - 1) - 1]) for bits in (8, 16, 32, 64)),
    *((f"UInt{bits}", [0, 1, 2**bits - 1]) for bits in (8, 16, 32, 64)),
    *((f"Int{bits}", [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]) for bits in (128, 256)),
    *((f"UInt{bits}", [0, 2**bits - 1]) for bits in (128, 256)),
    ("Float32", [0.5, -1.25, math.inf]),
    ("Float64", [0.1, -1e300]),
    ("String", ["", "ü" * 40, "x" * 127, "x" * 128, "x" * 70_000]),
    ("FixedString(3)", ["abc", "def"]),
    ("LowCardinality(String)", ["", "a", "b", "a"]),
    ("LowCardinality(Nullable(String))", ["a", None, "", "a"]),
    ("LowCardinality(FixedString(2))", ["DE", "FR", "DE"]),
    ("Enum8('a' = -1, 'it\\'s, (x' = 2)", ["a", "it's, (x"]),
    ("Enum16('a' = 1000, 'b\\\\' = 2000)", ["a", "b\\"]),
    ("UUID", [SOME_UUID, UUID(int=0)]),
    ("Date", [date(1970, 1, 1), date(2026, 1, 2)]),
    ("Date32", [date(1925, 1, 1), date(2200, 1, 2)]),
    ("DateTime('UTC')", [MOMENT]),
    ("DateTime('Asia/Tokyo')", [MOMENT]),
    ("Array(DateTime('Asia/Tokyo'))", [[MOMENT], []]),
    ("DateTime64(3, 'UTC')", [PRECISE, MOMENT]),
    ("Nullable(DateTime64(6, 'UTC'))", [None, PRECISE]),
    ("Nullable(Int32)", [None, 1]),
    ("Nullable(FixedString(2))", [None, "ab"]),
    ("Nullable(Decimal(9, 2))", [None, Decimal("1.25")]),
    *((f"Decimal({digits}, 2)", [Decimal("-1.25"), Decimal("9.99")]) for digits in (9, 18, 38, 76)),
    ("Bool", [True, False]),
    ("IPv4", [V4]),
    ("IPv6", [V6]),
    ("Array(String)", [[], ["a", ""], ["b" * 200]]),
    ("Array(Array(UInt8))", [[], [[]], [[1, 2], [], [3]]]),
    ("Array(Nullable(String))", [[None, "a"], []]),
    ("Array(LowCardinality(String))", [["a", "b", "a"], []]),
    ("Array(LowCardinality(String))", [[], []]),
    ("Array(Tuple(String, UInt8))", [[("a", 1), ("b", 2)], []]),
    ("Map(String, UInt64)", [{}, {"a": 1, "b": 2}]),
    ("Map(LowCardinality(String), String)", [{"a": "x"}, {}, {"a": "y", "b": ""}]),
    ("Map(String, Array(String))", [{"a": ["x", "y"]}, {}]),
    ("Tuple(UInt8, String)", [(1, "a"), (2, "b")]),
    ("Tuple(a UInt8, `the b` LowCardinality(String))", [(1, "x"), (2, "x")]),
    ("Tuple(moment DateTime64(3, 'UTC'), e Enum8('a b' = 1))", [(PRECISE, "a b")]),
    ("SimpleAggregateFunction(sum, UInt64)", [3, 4]),
    ("SimpleAggregateFunction(max, DateTime('UTC'))", [MOMENT]),
    ("SimpleAggregateFunction(anyLast, LowCardinality(Nullable(String)))", ["a", None]),
]


@pytest.mark.parametrize(("kind", "values"), ROUND_TRIPS, ids=[kind for kind, _ in ROUND_TRIPS])
def test_every_type_comes_back_as_it_was_inserted(client, kind, values):
    client.execute(f"CREATE TABLE t (n UInt32, v {kind}) ENGINE = MergeTree ORDER BY n")
    client.execute("INSERT INTO t VALUES", list(enumerate(values)))
    client.execute("INSERT INTO t (v, n) VALUES", [values, list(range(len(values)))], columnar=True)
    rows = client.execute("SELECT v FROM t ORDER BY n")
    assert [value for (value,) in rows] == [value for value in values for _ in range(2)]
    assert isinstance(rows[0][0], type(values[0]))


def test_not_a_number_survives(client):
    client.execute("CREATE TABLE t (v Float64) ENGINE = Memory")
    client.execute("INSERT INTO t VALUES", [[math.nan]])
    assert math.isnan(client.execute("SELECT v FROM t")[0][0])


def test_more_than_256_keys_of_low_cardinality_use_wider_indices(client):
    values = [f"key {number}" for number in range(70_000)]
    client.execute("CREATE TABLE t (v LowCardinality(String)) ENGINE = MergeTree ORDER BY v")
    client.execute("INSERT INTO t VALUES", [values], columnar=True)
    assert client.execute("SELECT uniqExact(v), count() FROM t") == [(70_000, 70_000)]


def test_states_of_aggregate_functions_are_read_finalised(client):
    client.execute("CREATE TABLE t (v AggregateFunction(uniq, UInt64)) ENGINE = Memory")
    client.execute("INSERT INTO t SELECT uniqState(number) FROM numbers(9)")
    assert client.execute("SELECT finalizeAggregation(v) FROM t") == [(9,)]


@pytest.mark.parametrize(
    "kind", ["AggregateFunction(uniq, UInt64)", "JSON", "Variant(Int8, String)"]
)
def test_a_type_that_cannot_be_received_is_refused_before_any_row_is_sent(client, kind):
    client.execute(f"CREATE TABLE t (v {kind}) ENGINE = Memory")
    with pytest.raises(ServerException) as refused:
        client.execute("INSERT INTO t VALUES", [["a"]])
    assert refused.value.code == 48
    assert "INSERT ... SELECT" in refused.value.message
    assert client.execute("SELECT count() FROM t") == [(0,)]


def test_json_is_inserted_from_text_and_read_as_a_dict(client):
    client.execute("CREATE TABLE t (v JSON) ENGINE = Memory")
    client.execute("""INSERT INTO t SELECT '{"a": 1, "b": {"c": "x"}}'""")
    assert client.execute("SELECT v.a::Int64, v.b.c::String FROM t") == [(1, "x")]
    assert client.execute("SELECT toJSONString(v) FROM t") == [('{"a":1,"b":{"c":"x"}}',)]


def test_intervals_nulls_and_empty_arrays_are_read(client):
    assert client.execute("SELECT NULL, [], INTERVAL 2 DAY, map()") == [(None, [], 2, {})]


def test_numpy_columns_are_inserted_and_selected(clickhouse, client):
    numeric = clickhouse.client(client.connection.database, settings={"use_numpy": True})
    numeric.execute("CREATE TABLE t (n Int64, f Float64, s String) ENGINE = MergeTree ORDER BY n")
    columns = [np.arange(1000), np.linspace(0, 1, 1000), np.array(["x", "y"] * 500, dtype=object)]
    numeric.execute("INSERT INTO t VALUES", columns, columnar=True)
    found = numeric.execute("SELECT n, f, s FROM t ORDER BY n", columnar=True)
    assert all(np.array_equal(sent, read) for sent, read in zip(columns, found, strict=True))
    numeric.disconnect()


# -- random schemas --------------------------------------------------------------------------------

SCALARS = {
    "Int8": st.integers(-128, 127),
    "UInt64": st.integers(0, 2**64 - 1),
    "Int128": st.integers(-(2**127), 2**127 - 1),
    "Float64": st.floats(allow_nan=False),
    "String": st.text(max_size=200),
    "FixedString(4)": st.text("abc", min_size=4, max_size=4),
    "LowCardinality(String)": st.sampled_from(["", "a", "bb", "ü"]),
    "Enum8('x' = 1, 'y' = 2)": st.sampled_from(["x", "y"]),
    "UUID": st.uuids(),
    "Date": st.dates(date(1970, 1, 1), date(2149, 1, 1)),
    "DateTime64(3, 'UTC')": st.integers(0, 2**41).map(
        lambda ms: datetime.fromtimestamp(ms // 1000, utc).replace(microsecond=ms % 1000 * 1000)
    ),
    "Decimal(18, 3)": st.integers(-(10**17), 10**17).map(lambda n: Decimal(n) / 1000),
    "Bool": st.booleans(),
}
Kind = tuple[str, st.SearchStrategy[object]]
DEPTH = 2  # of types in types


@st.composite
def kinds(draw, depth: int = DEPTH) -> Kind:
    shape = draw(st.sampled_from(["scalar"] * 3 + ["Nullable", "Array", "Map", "Tuple"]))
    if depth == 0 or shape == "scalar":
        scalar: Kind = draw(st.sampled_from(sorted(SCALARS.items())))
        return scalar
    if shape == "Nullable":
        name, values = draw(st.sampled_from(sorted(SCALARS.items())))
        if name == "LowCardinality(String)":
            # Inside an empty array or map clickhouse-driver sends the null key of nothing.
            name = "LowCardinality(Nullable(String))" if depth == DEPTH else "String"
        return name if "Nullable" in name else f"Nullable({name})", st.none() | values
    name, values = draw(kinds(depth - 1))
    if shape == "Array":
        return f"Array({name})", st.lists(values, max_size=4)
    if shape == "Map" and "," not in name:  # at which clickhouse-driver would split it
        return f"Map(String, {name})", st.dictionaries(st.text(max_size=3), values, max_size=3)
    second = kinds(depth - 1)
    if "DateTime64" in name:  # whose scale clickhouse-driver hands on to a decimal after it
        second = second.filter(lambda kind: "Decimal" not in kind[0])
    other, others = draw(second)
    return f"Tuple(a {name}, b {other})", st.tuples(values, others)


@st.composite
def tables(draw) -> tuple[list[str], list[tuple[object, ...]]]:
    columns = draw(st.lists(kinds(), min_size=1, max_size=5))
    rows = draw(st.lists(st.tuples(*(values for _, values in columns)), min_size=1, max_size=12))
    return [name for name, _ in columns], rows


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(table=tables(), block_rows=st.integers(1, 12), columnar=st.booleans())
def test_random_blocks_of_random_columns_round_trip(client, table, block_rows, columnar):
    kinds, rows = table
    names = ", ".join(f"c{number} {kind}" for number, kind in enumerate(kinds))
    client.execute("DROP TABLE IF EXISTS t")
    client.execute(f"CREATE TABLE t ({names}) ENGINE = Memory")
    data = list(zip(*rows, strict=True)) if columnar else rows
    client.execute(
        "INSERT INTO t VALUES", data, columnar=columnar, settings={"insert_block_size": block_rows}
    )
    assert sorted(map(repr, client.execute("SELECT * FROM t"))) == sorted(map(repr, rows))
