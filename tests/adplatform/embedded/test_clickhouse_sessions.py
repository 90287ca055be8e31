"""Several clients at once, clients that leave, cancel or speak nonsense, and large results."""

import random
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adplatform.embedded.clickhouse.wire import text, varint
from tests.adplatform.embedded.clickhouse_server import say_hello, within

ENDLESS = "SELECT count() FROM numbers_mt(1000000000000) WHERE sipHash64(number) = 1"
STREAMED = "SELECT number, toString(number) FROM numbers(1000000000)"


def test_statements_of_several_clients_run_at_the_same_time(clickhouse):
    def sleep(_: int) -> None:
        client = clickhouse.client()
        client.execute("SELECT sleep(1)")
        client.disconnect()

    started = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(sleep, range(3)))
    assert time.monotonic() - started < 2


def test_clients_of_many_threads_read_what_they_wrote(client, clickhouse):
    client.execute("CREATE TABLE t (who UInt8, n UInt32) ENGINE = MergeTree ORDER BY (who, n)")

    def work(who: int) -> int:
        mine = clickhouse.client(client.connection.database)
        for start in range(0, 500, 100):
            mine.execute("INSERT INTO t VALUES", [(who, start + n) for n in range(100)])
        count: int = mine.execute("SELECT uniqExact(n) FROM t WHERE who = %(who)s", {"who": who})[
            0
        ][0]
        mine.disconnect()
        return count

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(work, range(6))) == [500] * 6


def test_idle_clients_cost_next_to_no_processor_time(clickhouse):
    idle = [say_hello(clickhouse.port) for _ in range(30)]
    time.sleep(0.5)
    before = clickhouse.cpu_seconds()
    time.sleep(1.5)
    spent = clickhouse.cpu_seconds() - before
    for each in idle:
        each.close()
    assert spent < 0.15


def test_a_client_that_leaves_in_the_middle_of_a_stream_ends_its_query(clickhouse):
    client = clickhouse.client()
    rows = client.execute_iter(STREAMED)
    assert next(rows) == (0, "0")
    assert clickhouse.running(STREAMED) == 1
    client.disconnect()
    assert within(3, lambda: not clickhouse.running(STREAMED))


def test_a_client_that_leaves_before_the_first_row_ends_its_query(clickhouse):
    bare = say_hello(clickhouse.port)
    bare.sendall(query_packet(ENDLESS))
    assert within(3, lambda: clickhouse.running(ENDLESS) == 1)
    bare.close()
    assert within(3, lambda: not clickhouse.running(ENDLESS))


def test_a_client_that_leaves_while_an_insert_from_a_select_runs_ends_it(clickhouse, client):
    client.execute("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n")
    sql = f"INSERT INTO {client.connection.database}.t {ENDLESS}"
    bare = say_hello(clickhouse.port)
    bare.sendall(query_packet(sql))
    assert within(3, lambda: clickhouse.running(sql) == 1)
    bare.close()
    assert within(3, lambda: not clickhouse.running(sql))
    assert client.execute("SELECT count() FROM t") == [(0,)]


@pytest.mark.parametrize("sql", [STREAMED, ENDLESS])
def test_a_cancelled_query_ends_and_its_connection_goes_on(clickhouse, sql):
    client = clickhouse.client()
    rows = client.execute_iter(sql) if sql == STREAMED else None
    if rows is None:
        client.establish_connection({})
        client.connection.send_query(sql)
        client.connection.send_external_tables([])
    time.sleep(0.3)
    client.cancel()
    client.connection.is_query_executing = False
    assert not clickhouse.running(sql)
    assert client.execute("SELECT 1") == [(1,)]
    client.disconnect()


def test_a_client_that_leaves_in_the_middle_of_an_insert_inserts_nothing(clickhouse, client):
    client.execute("CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY s")
    bare = say_hello(clickhouse.port, client.connection.database)
    bare.sendall(query_packet("INSERT INTO t VALUES"))
    assert bare.recv(4096)
    whole = varint(2) + text("") + b"\x01\x00\x02\xff\xff\xff\xff\x00" + varint(1) + varint(2)
    whole += text("s") + text("String") + text("a") + text("b")
    bare.sendall(whole + whole[:-2])
    bare.close()
    time.sleep(0.3)
    assert client.execute("SELECT count() FROM t") == [(0,)]


def test_a_large_result_streams_through_a_server_of_bounded_memory(clickhouse):
    client = clickhouse.client()
    before, grown = clickhouse.resident_mb(), 0.0
    sql = "SELECT number, now() FROM numbers(10000000)"
    count = 0
    for block in client.execute_iter(
        sql, chunk_size=1_000_000, settings={"max_block_size": 65_536}
    ):
        count += len(block)
        grown = max(grown, clickhouse.resident_mb() - before)
    client.disconnect()
    assert count == 10_000_000
    assert grown < 700


# -- nonsense --------------------------------------------------------------------------------------


def query_packet(sql: str) -> bytes:
    no_info = b"\x00"
    end_of_settings = text("")
    query = varint(1) + text("") + no_info + end_of_settings + varint(2) + varint(0) + text(sql)
    return query + varint(2) + text("") + b"\x00" + varint(0) + varint(0)


def is_well(clickhouse) -> bool:
    client = clickhouse.client()
    try:
        return bool(client.execute("SELECT 1") == [(1,)])
    finally:
        client.disconnect()


@pytest.mark.parametrize("greeted", [False, True])
def test_random_bytes_neither_stop_the_server_nor_fill_its_memory(clickhouse, greeted):
    before = clickhouse.resident_mb()
    for seed in range(40):
        bare = (
            say_hello(clickhouse.port)
            if greeted
            else socket.create_connection(("127.0.0.1", clickhouse.port))
        )
        bare.sendall(bytes([seed % 6]) + random.Random(seed).randbytes(2000))
        bare.close()
    assert is_well(clickhouse)
    assert clickhouse.resident_mb() - before < 150


@pytest.mark.parametrize(
    "lie",
    [
        b"\x00" + b"\xff" * 40,
        b"\x00" + varint(2**62) + b"x" * 100,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x00" + text("old") + varint(1) + varint(0) + varint(50_000) + text("") * 3,
    ],
)
def test_a_hello_that_is_none_is_hung_up_on(clickhouse, lie):
    with socket.create_connection(("127.0.0.1", clickhouse.port), timeout=5) as bare:
        bare.sendall(lie)
        while answer := bare.recv(4096):
            assert answer[0] == 2
    assert is_well(clickhouse)


BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
NONSENSE_BLOCKS = {
    "unknown type": varint(1) + varint(1) + text("a") + text("Nonsense(1)"),
    "no arguments": varint(1) + varint(1) + text("a") + text("FixedString"),
    "not a number": varint(1) + varint(1) + text("a") + text("Decimal(x)"),
    "deep": varint(1) + varint(1) + text("a") + text("Array(" * 1500 + "Int8" + ")" * 1500),
    "key width": varint(1) + varint(1) + text("a") + text("LowCardinality(String)") + b"\x09" * 24,
}


@pytest.mark.parametrize("nonsense", NONSENSE_BLOCKS.values(), ids=NONSENSE_BLOCKS)
def test_a_block_that_is_none_is_answered_with_an_error_and_inserts_nothing(
    clickhouse, client, nonsense
):
    client.execute("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a")
    bare = say_hello(clickhouse.port, client.connection.database)
    bare.sendall(query_packet("INSERT INTO t VALUES"))
    assert bare.recv(4096)
    bare.sendall(varint(2) + text("") + BLOCK_INFO + nonsense)
    assert bare.recv(4096)[:1] == b"\x02"
    bare.close()
    assert client.execute("SELECT count() FROM t") == [(0,)]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sql=st.text(max_size=40) | st.text("'`\"/*- \n;()$#SELECT1", max_size=30))
def test_any_text_is_answered_by_rows_or_by_an_error(client, sql):
    with suppress(ServerException):
        client.execute(sql)
    assert client.execute("SELECT 1") == [(1,)]


def test_a_client_without_a_hello_keeps_nobody_waiting(clickhouse):
    silent = [socket.create_connection(("127.0.0.1", clickhouse.port)) for _ in range(10)]
    assert is_well(clickhouse)
    for each in silent:
        each.close()


def test_a_fresh_client_that_asks_for_compression_is_told_that_there_is_none(clickhouse):
    client = Client("127.0.0.1", port=clickhouse.port, compression="lz4")
    with pytest.raises(ServerException) as refused:
        client.execute("SELECT 1")
    assert refused.value.code == 48
    assert "compression" in refused.value.message


def test_external_tables_are_refused(clickhouse):
    client = clickhouse.client()
    tables = [{"name": "t", "structure": [("a", "UInt8")], "data": [{"a": 1}]}]
    with pytest.raises(ServerException) as refused:
        client.execute("SELECT * FROM t", external_tables=tables)
    assert refused.value.code == 48


def test_sessions_that_ended_leave_no_open_files(clickhouse):
    folder = Path(f"/proc/{clickhouse.process.pid}/fd")
    assert within(5, lambda: not clickhouse.running("numbers(1000000000"))
    before = len(list(folder.iterdir()))
    for _ in range(30):
        assert is_well(clickhouse)
    assert within(3, lambda: len(list(folder.iterdir())) <= before + 3)
