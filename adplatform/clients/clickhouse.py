"""ClickHouse: one connection per thread, a timeout on every call, errors in our own words.

The only importer of clickhouse-driver. Its connections are neither thread- nor fork-safe, so each
thread of each process has its own.
"""

import os
import threading
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from clickhouse_driver import Client
from clickhouse_driver import errors as driver_errors
from django.conf import settings

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning

CONNECT_SECONDS = 3
CALL_SECONDS = 30
INSERT_SETTINGS: Mapping[str, object] = {
    "async_insert": 0,  # the default is 1 since 26.2, and deduplication wants to know the block
    "deduplicate_blocks_in_dependent_materialized_views": 1,  # off by default before 26.2
    "distributed_foreground_insert": 1,  # on a cluster: every shard has it before the answer
}
UNANSWERED = (
    driver_errors.NetworkError,
    driver_errors.SocketTimeoutError,
    driver_errors.UnexpectedPacketFromServerError,
    driver_errors.UnknownPacketFromServerError,
    OSError,
    EOFError,
)

Row = tuple[Any, ...]
Parameters = Mapping[str, object]


class ClickHouseError(Exception):
    """Anything that went wrong with ClickHouse."""


class ClickHouseUnavailable(ClickHouseError):
    """The server did not answer; what it did with an insert is not known."""


class ClickHouseRefused(ClickHouseError):
    """The server answered with an error, or the driver could not; ``code`` is ClickHouse's own."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def query(
    sql: str, params: Parameters | None = None, *, settings: Parameters | None = None
) -> list[Row]:
    """All rows of a query; ``%(name)s`` in the text is replaced by the escaped parameter."""
    return _execute(sql, params, settings=settings)  # type: ignore[no-any-return]


def query_with_columns(
    sql: str, params: Parameters | None = None, *, settings: Parameters | None = None
) -> tuple[list[Row], list[str]]:
    """All rows of a query, and the names of its columns."""
    rows, columns = _execute(sql, params, settings=settings, with_column_types=True)
    return rows, [name for name, _ in columns]


def iterate(
    sql: str, params: Parameters | None = None, *, settings: Parameters | None = None
) -> Generator[Row, None, None]:
    """The rows of a query, block by block, so that any number of them fits into memory.

    On a connection of its own, so that other queries may be asked meanwhile; leaving the loop early
    closes it, and the server drops the rest.
    """
    client = _connect(_address())
    try:
        yield from client.execute_iter(sql, _aware(params), settings=dict(settings or {}))
    except Exception as exc:  # noqa: BLE001 - translated or raised again
        _failed(exc)
    finally:
        client.disconnect()
    metrics.ENGINE_CALLS.labels("clickhouse", "ok").inc()


def insert_columns(
    table: str,
    columns: Mapping[str, Sequence[object]],
    *,
    token: str | None = None,
    settings: Parameters | None = None,
) -> None:
    """Insert columns of equal length as one block.

    Two inserts with the same ``token`` count once, in the table and in what its views feed,
    provided the tables have a deduplication window.

    Raises:
        ClickHouseUnavailable: the effect is unknown: repeat the same insert with the same token.
        ClickHouseRefused: the server did not take it, or a value does not fit its column.
    """
    chosen = {**INSERT_SETTINGS, **(settings or {})}
    if token is not None:
        chosen["insert_deduplication_token"] = token
    names = ", ".join(columns)
    data = list(columns.values())
    _execute(f"INSERT INTO {table} ({names}) VALUES", data, settings=chosen, columnar=True)


def command(sql: str) -> None:
    """A statement without rows: DDL, settings, system commands."""
    _execute(sql, None)


def ping() -> bool:
    """Whether the server answers."""
    try:
        return bool(query("SELECT 1"))
    except ClickHouseError:
        return False


def database() -> str:
    """The database that the address names."""
    return urlsplit(_address()).path.strip("/") or "default"


def server_version() -> str:
    return str(query("SELECT version()")[0][0])


def disconnect() -> None:
    """Close this thread's connection."""
    _held.connection = None


class _Connection:
    """A connection that hangs up when its thread ends, or when another takes its place."""

    def __init__(self, address: str) -> None:
        self.identity = (os.getpid(), address)
        self.client = _connect(address)

    def __del__(self) -> None:
        if self.identity[0] == os.getpid():  # in a forked child it is still the parent's
            self.client.disconnect()


class _Held(threading.local):
    connection: _Connection | None = None


_held = _Held()


def _client() -> Client:
    """This thread's connection to the configured server, made again after a fork."""
    address = _address()
    if _held.connection is None or _held.connection.identity != (os.getpid(), address):
        _held.connection = _Connection(address)
    return _held.connection.client


def _address() -> str:
    address: str = settings.CLICKHOUSE_URL
    if not address:
        raise EngineNotRunning("ClickHouse", "CLICKHOUSE_URL")
    return address


def _connect(address: str) -> Client:
    url = urlsplit(address)
    return Client(
        host=url.hostname or "127.0.0.1",
        port=url.port or (9440 if url.scheme == "clickhouses" else 9000),
        user=url.username or "default",
        password=url.password or "",
        database=url.path.strip("/") or "default",
        secure=url.scheme == "clickhouses",
        connect_timeout=CONNECT_SECONDS,
        send_receive_timeout=CALL_SECONDS,
        sync_request_timeout=CONNECT_SECONDS,
        settings_is_important=True,  # a misspelt setting is an error, not a shrug
    )


def _execute(sql: str, params: Any, *, settings: Parameters | None = None, **options: bool) -> Any:
    client = _client()
    try:
        result = client.execute(sql, _aware(params), settings=dict(settings or {}), **options)
    except Exception as exc:  # noqa: BLE001 - translated or raised again
        client.disconnect()
        _failed(exc)
    metrics.ENGINE_CALLS.labels("clickhouse", "ok").inc()
    return result


def _failed(exc: Exception) -> NoReturn:
    if isinstance(exc, UNANSWERED):
        metrics.ENGINE_CALLS.labels("clickhouse", "unavailable").inc()
        raise ClickHouseUnavailable(f"ClickHouse does not answer: {exc}") from exc
    metrics.ENGINE_CALLS.labels("clickhouse", "error").inc()
    if isinstance(exc, driver_errors.ServerException):
        raise ClickHouseRefused(_without_trace(exc.message), exc.code) from exc
    if isinstance(exc, driver_errors.Error):  # the driver could not write or read a value
        raise ClickHouseRefused(_without_trace(str(exc)), exc.code) from exc
    raise exc


def _without_trace(message: str) -> str:
    return message.partition("Stack trace")[0].strip()


def _aware(params: Any) -> Any:
    """Times among named parameters become UTC: the driver would drop their zone."""
    if not isinstance(params, Mapping):
        return params
    return {name: _utc(value) for name, value in params.items()}


def _utc(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
