"""The ClickHouse client against a server of its own, which the tests stop and start again."""

import os
import socket
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from adplatform.clients import clickhouse
from adplatform.clients.clickhouse import ClickHouseRefused, ClickHouseUnavailable
from adplatform.clients.errors import EngineNotRunning
from tests.adplatform.embedded.clickhouse_server import ClickHouseServer, start, within


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = start(tmp_path_factory.mktemp("clickhouse") / "data")
    yield server
    server.kill()


@pytest.fixture(autouse=True)
def configured(server: ClickHouseServer, settings):
    settings.CLICKHOUSE_URL = server.url
    yield
    clickhouse.disconnect()


@pytest.fixture
def table():
    clickhouse.command("DROP TABLE IF EXISTS t")
    clickhouse.command(
        "CREATE TABLE t (a UInt64, s String, at DateTime64(3, 'UTC')) ENGINE = MergeTree "
        "ORDER BY a SETTINGS non_replicated_deduplication_window = 10"
    )
    return "t"


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
COLUMNS: dict[str, list[object]] = {"a": [1, 2], "s": ["x", "y"], "at": [NOON, NOON]}


def connection() -> str:
    """What tells one connection from another: a temporary table is its own."""
    clickhouse.command("CREATE TEMPORARY TABLE IF NOT EXISTS own (id UUID)")
    is_new = "(SELECT count() FROM own) = 0"
    clickhouse.command(f"INSERT INTO own SELECT generateUUIDv4() WHERE {is_new}")
    return str(clickhouse.query("SELECT id FROM own")[0][0])


def test_rows_come_with_the_names_of_their_columns(table):
    clickhouse.insert_columns(table, COLUMNS)
    rows, names = clickhouse.query_with_columns("SELECT a, at FROM t ORDER BY a")
    assert (rows, names) == ([(1, NOON), (2, NOON)], ["a", "at"])
    assert clickhouse.query_with_columns("SELECT a FROM t WHERE 0") == ([], ["a"])


def test_parameters_are_escaped_and_times_are_taken_as_utc():
    far_east = NOON.astimezone(timezone(timedelta(hours=9)))
    sql = "SELECT %(text)s, toDateTime(%(at)s, 'UTC') = toDateTime('2026-01-02 12:00:00', 'UTC')"
    assert clickhouse.query(sql, {"text": "'; --", "at": far_east}) == [("'; --", 1)]


def test_a_thread_keeps_its_connection_and_shares_it_with_no_other():
    others: list[str] = []

    def ask() -> None:
        others.append(connection())
        clickhouse.disconnect()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert connection() == connection() != others[0]


def test_a_forked_child_connects_anew_and_leaves_the_parents_connection_alone():
    mine = connection()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, connection().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 100).decode()
    assert theirs != mine
    assert connection() == mine


def test_an_insert_with_the_same_token_counts_once(table):
    for token in ("one", "one", None, "two"):
        clickhouse.insert_columns(table, COLUMNS, token=token)
    assert clickhouse.query("SELECT count() FROM t") == [(6,)]


def test_an_insert_of_no_rows_is_no_error(table):
    clickhouse.insert_columns(table, {"a": [], "s": []}, token="empty")
    assert clickhouse.query("SELECT count() FROM t") == [(0,)]


def test_settings_reach_the_server_for_one_call_and_a_misspelt_one_is_refused():
    sql = "SELECT getSetting('max_threads') = 3"
    assert clickhouse.query(sql, settings={"max_threads": 3}) == [(1,)]
    assert clickhouse.query(sql) == [(0,)]
    with pytest.raises(ClickHouseRefused) as refused:
        clickhouse.query("SELECT 1", settings={"max_thread": 3})
    assert refused.value.code == 115


def test_a_refusal_carries_the_servers_code_and_no_stack_trace():
    with pytest.raises(ClickHouseRefused, match="no_such_table") as refused:
        clickhouse.query("SELECT * FROM no_such_table")
    assert refused.value.code == 60
    assert "Stack trace" not in str(refused.value)
    assert clickhouse.ping()


def test_a_value_that_does_not_fit_its_column_is_refused_not_tried_again(table):
    with pytest.raises(ClickHouseRefused):
        clickhouse.insert_columns(table, {**COLUMNS, "a": ["one", "two"]})
    assert clickhouse.query("SELECT count() FROM t") == [(0,)]


def test_iterating_reads_any_number_of_rows_while_other_queries_are_asked():
    total = 0
    for number, (row,) in enumerate(clickhouse.iterate("SELECT number FROM numbers(100000)")):
        total += row
        if number == 500:
            assert clickhouse.query("SELECT 1") == [(1,)]
    assert total == sum(range(100_000))


def test_leaving_an_iteration_early_ends_the_query(server):
    rows = clickhouse.iterate("SELECT number FROM numbers(10000000000)")
    assert next(rows) == (0,)
    assert server.running("numbers(10000000000)") == 1
    rows.close()
    assert within(3, lambda: not server.running("numbers(10000000000)"))


def test_an_iteration_translates_errors_too():
    with pytest.raises(ClickHouseRefused) as refused:
        list(clickhouse.iterate("SELECT throwIf(number = 99) FROM numbers(100)"))
    assert refused.value.code == 395


def test_without_an_address_it_says_what_to_configure_or_start(settings):
    settings.CLICKHOUSE_URL = ""
    for call in (
        lambda: clickhouse.query("SELECT 1"),
        lambda: list(clickhouse.iterate("SELECT 1")),
    ):
        with pytest.raises(EngineNotRunning, match="CLICKHOUSE_URL"):
            call()


def test_a_server_that_does_not_listen_or_speak_is_unavailable(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CLICKHOUSE_URL = f"clickhouse://127.0.0.1:{silent.getsockname()[1]}/default"
        silent.close()
        with pytest.raises(ClickHouseUnavailable):
            clickhouse.query("SELECT 1")
    assert not clickhouse.ping()


def test_a_database_that_does_not_exist_is_refused(server, settings):
    settings.CLICKHOUSE_URL = server.url.replace("/default", "/no_such_database")
    with pytest.raises(ClickHouseRefused) as refused:
        clickhouse.query("SELECT 1")
    assert refused.value.code == 81


@pytest.mark.parametrize("end", [ClickHouseServer.stop, ClickHouseServer.kill])
def test_it_is_unavailable_while_the_server_is_away_and_finds_it_again(server, table, end):
    clickhouse.insert_columns(table, COLUMNS, token="before")
    end(server)
    for _ in range(2):
        with pytest.raises(ClickHouseUnavailable):
            clickhouse.insert_columns(table, COLUMNS, token="after")
    assert not clickhouse.ping()
    server.restart()
    clickhouse.insert_columns(table, COLUMNS, token="before")
    clickhouse.insert_columns(table, COLUMNS, token="after")
    assert clickhouse.query("SELECT count() FROM t") == [(4,)]
    assert clickhouse.server_version()


def test_a_server_that_dies_while_it_works_makes_the_call_unavailable(server):
    failures: list[Exception] = []

    def ask() -> None:
        try:
            clickhouse.query("SELECT sleep(3)")
        except ClickHouseUnavailable as exc:
            failures.append(exc)

    thread = threading.Thread(target=ask)
    thread.start()
    assert within(3, lambda: server.running("sleep(3)") == 1)
    server.kill()
    thread.join(5)
    server.restart()
    assert len(failures) == 1
