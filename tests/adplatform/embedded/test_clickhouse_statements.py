"""Statements, settings and errors as clickhouse-driver sees them."""

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException


@pytest.fixture
def kept(client):
    """A client that keeps its connection after an error, as long as the server still follows."""

    class Kept(Client):  # type: ignore[misc]
        def disconnect(self):
            """The next ping tells whether both sides agree on where a packet starts."""
            self.connection.is_query_executing = False

    options = {"port": client.connection.hosts[0][1], "database": client.connection.database}
    kept = Kept("127.0.0.1", **options)
    kept.execute("CREATE TEMPORARY TABLE only_in_this_session (a UInt8)")
    yield kept
    assert kept.execute("SELECT count() FROM only_in_this_session") == [(0,)]
    Client.disconnect(kept)


def code_of(client, sql, *args, **options) -> int:
    with pytest.raises(ServerException) as refused:
        client.execute(sql, *args, **options)
    return int(refused.value.code)


@pytest.fixture
def numbers(client):
    client.execute(
        "CREATE TABLE numbers (a UInt64, b String DEFAULT 'x') ENGINE = MergeTree ORDER BY a"
    )
    return client


@pytest.mark.parametrize(
    "insert",
    [
        "INSERT INTO numbers VALUES",
        "INSERT INTO numbers (a, b) VALUES",
        "insert into table numbers\n(a,\n b)\nvalues",
        "INSERT INTO numbers (* EXCEPT(c)) VALUES",
        'INSERT INTO `numbers` (`a`, "b") VALUES',
        "INSERT INTO {database}.numbers VALUES",
        "INSERT INTO `{database}` . numbers(a,b)VALUES",
        "/* what (why) */ INSERT INTO numbers -- values\n(a, b /* , c */) VALUES",
        "INSERT INTO numbers SETTINGS async_insert = 0, log_comment = 'VALUES' VALUES",
        "INSERT INTO numbers FORMAT Native",
    ],
)
def test_rows_are_inserted_however_the_insert_is_written(client, insert):
    client.execute(
        "CREATE TABLE numbers (a UInt64, b String, c UInt8 MATERIALIZED 1) ENGINE = Memory"
    )
    client.execute(insert.format(database=client.connection.database), [(1, "y")])
    assert client.execute("SELECT a, b, c FROM numbers") == [(1, "y", 1)]


def test_columns_left_out_of_an_insert_take_their_defaults(numbers):
    numbers.execute("INSERT INTO numbers (a) VALUES", [[1]])
    assert numbers.execute("SELECT * FROM numbers") == [(1, "x")]


@pytest.mark.parametrize(
    "insert",
    [
        "INSERT INTO numbers VALUES (1, 'a;b'), (2, '--')",
        "INSERT INTO numbers SELECT number, 'x' FROM numbers(2);",
        "INSERT INTO numbers WITH 2 AS n SELECT number, 'x' FROM system.numbers LIMIT n",
        "WITH x AS (SELECT number AS a FROM numbers(2)) INSERT INTO numbers (a) SELECT a FROM x",
        'INSERT INTO numbers FORMAT JSONEachRow {"a": 1} {"a": 2, "b": "it\'s"}',
    ],
)
def test_an_insert_may_bring_its_own_rows(numbers, insert):
    numbers.execute(insert)
    assert numbers.execute("SELECT count() FROM numbers") == [(2,)]


def test_an_insert_of_no_rows_is_no_error(numbers):
    numbers.execute("INSERT INTO numbers VALUES", [])
    assert numbers.execute("SELECT count() FROM numbers") == [(0,)]


@pytest.mark.parametrize(
    "select",
    [
        "SELECT 1 AS a",
        "SELECT 1 AS a;",
        "SELECT 1 AS a; -- comment",
        "SELECT 1 AS a -- comment",
        "SELECT\n  1 AS a\n/* ; */\n",
        "/* a /* nested */ comment */ SELECT 1 AS a # and one more",
        "WITH 1 AS x SELECT x AS a",
        "(SELECT 1 AS a) UNION ALL (SELECT 1 AS a WHERE 0)",
        "FROM system.one SELECT 1 AS a",
        "SELECT 1 AS a SETTINGS max_threads = 1",
        "SELECT 1 AS a FORMAT JSONEachRow",
        "SELECT 1 AS a SETTINGS max_threads = 1 FORMAT CSV;",
        "SELECT 1 AS a FORMAT CSV SETTINGS max_threads = 1",
    ],
)
def test_a_select_answers_rows_and_names_however_it_is_written(client, select):
    assert client.execute(select, with_column_types=True) == ([(1,)], [("a", "UInt8")])
    nothing = f"SELECT * FROM (SELECT 1 AS a) WHERE 0 -- {select.splitlines()[0]}"
    assert client.execute(nothing, with_column_types=True) == ([], [("a", "UInt8")])


def test_parameters_are_substituted_and_a_query_may_have_an_id(client):
    sql = "SELECT %(text)s, %(numbers)s"
    params = {"text": "it's \\ ünïcode", "numbers": [1, 2]}
    assert client.execute(sql, params, query_id="mine") == [("it's \\ ünïcode", [1, 2])]


def test_results_come_by_column_and_block_by_block_too(client):
    sql = "SELECT number, toString(number) FROM numbers(200000)"
    assert client.execute(sql, columnar=True)[1][-1] == "199999"
    rows = client.execute_iter(sql, settings={"max_block_size": 1000})
    assert sum(1 for _ in rows) == 200_000
    blocks = client.execute_iter(sql, settings={"max_block_size": 65_000}, chunk_size=65_000)
    assert [len(block) for block in blocks] == [65_000, 65_000, 65_000, 5_000]


def test_ddl_and_commands_answer_as_a_server_does(numbers):
    numbers.execute("INSERT INTO numbers VALUES (1, 'a'), (2, 'b')")
    assert numbers.execute("SHOW TABLES") == [("numbers",)]
    assert [row[:2] for row in numbers.execute("DESCRIBE numbers")] == [
        ("a", "UInt64"),
        ("b", "String"),
    ]
    assert numbers.execute("EXISTS TABLE numbers") == [(1,)]
    assert numbers.execute("EXPLAIN SELECT 1")
    assert numbers.execute("OPTIMIZE TABLE numbers FINAL") == []
    numbers.execute("ALTER TABLE numbers ADD COLUMN c UInt8 DEFAULT 7")
    assert numbers.execute("SELECT max(c) FROM numbers") == [(7,)]
    numbers.execute("RENAME TABLE numbers TO others")
    numbers.execute("TRUNCATE TABLE others")
    assert numbers.execute("SELECT * FROM others") == []
    numbers.execute("DROP TABLE others")
    assert numbers.execute("SHOW TABLES", with_column_types=True) == ([], [("name", "String")])


def test_the_database_of_the_connection_holds_and_use_changes_it(clickhouse, client):
    name = client.connection.database
    assert client.execute("SELECT currentDatabase()") == [(name,)]
    client.execute("USE system")
    assert client.execute("SELECT currentDatabase()") == [("system",)]
    other = clickhouse.client("no_such_database")
    assert code_of(other, "SELECT 1") == 81


def test_scalar_subqueries_are_not_run_twice_to_learn_the_columns(client):
    sql = "WITH (SELECT max(sleepEachRow(0.1)) FROM numbers(10)) AS x SELECT x"
    settings = {"max_block_size": 1, "max_threads": 1}
    client.execute(sql, settings=settings)
    assert client.last_query.elapsed < 1.9


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM no_such_table", 60),
        ("SELEC 1", 62),
        ("", 62),
        ("SELECT 1; SELECT 2", 62),
        ("SELECT no_such_column FROM system.one", 47),
        ("SELECT 1 SETTINGS no_such_setting = 1", 115),
        ("SELECT throwIf(number = 1000000) FROM numbers(2000000)", 395),
        ("SELECT number FROM numbers(10) SETTINGS max_result_rows = 1", 396),
        (
            "SELECT groupArray(number) FROM numbers(10000000) SETTINGS max_memory_usage = 1000000",
            241,
        ),
        ("SELECT sleep(2) SETTINGS max_execution_time = 1", 159),
        ("DROP TABLE no_such_table", 60),
        ("INSERT INTO no_such_table VALUES", 60),
        ("INSERT INTO numbers (no_such_column) VALUES", 47),
        ("INSERT INTO system.one VALUES", 48),
        ("INSERT INTO numbers SELECT throwIf(1), 'x'", 395),
        ("CREATE TABLE q (a UInt8) ENGINE = Kafka SETTINGS kafka_broker_list = 'x'", 48),
        ("SELECT 1 INTO OUTFILE '/tmp/must-not-exist'", 48),
    ],
)
def test_errors_carry_clickhouses_codes_and_the_connection_goes_on(kept, numbers, sql, code):
    rows = [[1]] if sql.endswith("VALUES") else None
    assert code_of(kept, sql, rows) == code
    assert kept.execute("SELECT 1") == [(1,)]
    assert numbers.execute("SELECT count() FROM numbers") == [(0,)]


def test_an_error_in_the_middle_of_a_stream_comes_after_its_first_rows(kept):
    sql = "SELECT throwIf(number = 500000) FROM numbers(1000000)"
    rows = kept.execute_iter(sql, settings={"max_block_size": 10_000, "max_threads": 1})
    assert next(rows) == (0,)
    with pytest.raises(ServerException):
        list(rows)


def test_a_value_that_the_table_refuses_leaves_nothing_behind(kept):
    columns = "(a UInt8, CONSTRAINT small CHECK a < 10)"
    kept.execute(f"CREATE TABLE checked {columns} ENGINE = MergeTree ORDER BY a")
    insert = "INSERT INTO checked VALUES", [[1], [2], [3], [99], [4]]
    assert (
        code_of(kept, *insert) == code_of(kept, *insert, settings={"insert_block_size": 2}) == 469
    )
    assert kept.execute("SELECT count() FROM checked") == [(0,)]
    kept.execute("INSERT INTO checked VALUES", [[1]])
    assert kept.execute("SELECT count() FROM checked") == [(1,)]


def test_an_error_in_a_materialized_view_fails_the_insert(kept, client):
    client.execute("CREATE TABLE raw (a UInt8) ENGINE = MergeTree ORDER BY a")
    select = "SELECT throwIf(a = 99) AS a FROM raw"
    client.execute(f"CREATE MATERIALIZED VIEW mv ENGINE = MergeTree ORDER BY a AS {select}")
    assert code_of(kept, "INSERT INTO raw VALUES", [[1], [99]]) == 395


# -- settings --------------------------------------------------------------------------------------

THREADS = "SELECT getSetting('max_threads'), getSetting('log_comment')"


def test_settings_last_for_one_statement_of_one_connection(clickhouse, kept):
    before = kept.execute(THREADS)[0][0]
    assert kept.execute(THREADS, settings={"max_threads": 7})[0][0] == 7
    other = clickhouse.client()
    assert kept.execute(THREADS)[0][0] == other.execute(THREADS)[0][0] == before
    assert code_of(kept, "SELECT * FROM nowhere", settings={"max_threads": 7}) == 60
    assert kept.execute(THREADS)[0][0] == before
    other.disconnect()


def test_a_set_lasts_for_the_session_even_around_the_settings_of_a_statement(kept):
    kept.execute("SET max_threads = 5")
    assert kept.execute(THREADS, settings={"max_threads": 7})[0][0] == 7
    assert kept.execute(THREADS)[0][0] == 5


def test_a_statement_may_be_read_only_and_the_next_one_write_again(client):
    client.execute("CREATE TABLE t (a UInt8) ENGINE = Memory")
    assert client.execute("SELECT 1", settings={"readonly": 1}) == [(1,)]
    assert code_of(client, "INSERT INTO t VALUES", [[1]], settings={"readonly": 1}) == 164
    client.execute("INSERT INTO t VALUES", [[1]])
    assert client.execute("SELECT count() FROM t") == [(1,)]


def test_an_unknown_setting_is_an_error_only_when_it_is_important(clickhouse, kept):
    wrong = {"no_such_setting": 1, "max_threads": 3}
    assert kept.execute(THREADS, settings=wrong)[0][0] == 3
    strict = clickhouse.client(settings_is_important=True)
    assert code_of(strict, "SELECT 1", settings=wrong) == 115
    assert strict.execute("SELECT 1") == [(1,)]


@pytest.mark.parametrize("name", ["max_threads", "max_threads = 1, readonly"])
def test_a_setting_that_makes_no_sense_is_an_error(clickhouse, kept, name):
    assert code_of(kept, "SELECT 1", settings={name: "it's many", "log_comment": "x"}) > 0
    assert kept.execute("SELECT getSetting('readonly')") == [(0,)]


# -- deduplication ---------------------------------------------------------------------------------

WINDOW = "SETTINGS non_replicated_deduplication_window = 100"
TOKEN = {
    "insert_deduplication_token": "batch 1",
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "async_insert": 0,
}


@pytest.fixture
def deduplicated(client):
    client.execute(f"CREATE TABLE raw (a UInt64) ENGINE = MergeTree ORDER BY a {WINDOW}")
    client.execute(
        f"CREATE TABLE agg (n UInt64) ENGINE = SummingMergeTree ORDER BY tuple() {WINDOW}"
    )
    client.execute("CREATE MATERIALIZED VIEW mv TO agg AS SELECT count() AS n FROM raw")
    return client


COUNTS = "SELECT (SELECT count() FROM raw), (SELECT sum(n) FROM agg)"


def test_a_repeated_token_counts_once_in_the_table_and_behind_its_view(deduplicated):
    for token in ("one", "one", "two"):
        settings = {**TOKEN, "insert_deduplication_token": token, "insert_block_size": 2}
        deduplicated.execute("INSERT INTO raw VALUES", [[1], [2], [3]], settings=settings)
    assert deduplicated.execute(COUNTS) == [(6, 6)]
    deduplicated.execute("INSERT INTO raw VALUES", [[1]])
    assert deduplicated.execute(COUNTS) == [(7, 7)]


def test_a_repeated_token_counts_once_for_more_rows_than_one_block_of_the_engine(deduplicated):
    rows = [list(range(1_200_000))]
    for block_size in (1_048_576, 1_048_576):
        settings = {**TOKEN, "insert_block_size": block_size}
        deduplicated.execute("INSERT INTO raw VALUES", rows, columnar=True, settings=settings)
        assert deduplicated.execute(COUNTS) == [(1_200_000, 1_200_000)]
