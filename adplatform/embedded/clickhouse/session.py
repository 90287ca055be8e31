"""One client connection: hello, ping, queries with their settings, inserts, exceptions."""

import select
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import NoReturn

from adplatform.embedded.clickhouse import columns, statement, wire
from adplatform.embedded.clickhouse.engine import Engine, EngineError
from adplatform.embedded.clickhouse.wire import BytesReader, Disconnected, Reader

NAME, VERSION = "ClickHouse", (26, 9)
# Settings travel as text from 54429 on, which insert_deduplication_token needs; per-column
# serialisation kinds, interserver secrets and further packets begin above.
REVISION = 54429
CLIENT_HELLO, CLIENT_QUERY, CLIENT_DATA, CLIENT_CANCEL, CLIENT_PING = 0, 1, 2, 3, 4
SERVER_HELLO, SERVER_DATA, SERVER_EXCEPTION, SERVER_PONG, SERVER_END = 0, 1, 2, 4, 5
SETTING_IMPORTANT = 1
BLOCK_INFO = b"\x01\x00\x02" + wire.int32(-1) + b"\x00"
EMPTY_BLOCK = b"\x00\x00"
NOT_SUPPORTED, UNEXPECTED_PACKET, CANCELLED = 48, 101, 394


class Session:
    """Serves one client until it leaves."""

    def __init__(self, connection: socket.socket, path: str) -> None:
        self._socket = connection
        self._reader = Reader(connection)
        self._engine = Engine(path)
        self.idle = True

    def serve(self) -> None:
        try:
            self._greet()
            while True:
                self.idle = True
                packet = self._reader.varint()
                self.idle = False
                self._answer(packet)
                self._reader.drop_read()
        except (Disconnected, OSError):
            pass
        finally:
            self._engine.close()
            self._socket.close()

    def _greet(self) -> None:
        reader = self._reader
        if reader.varint() != CLIENT_HELLO:
            raise Disconnected
        reader.text(), reader.varint(), reader.varint(), reader.varint()
        database = reader.text()
        reader.text(), reader.text()  # user, password: this process listens on localhost only
        try:
            self._engine.open(database)
        except EngineError as exc:
            self._send_exception(exc)
            raise Disconnected from exc
        hello = wire.varint(SERVER_HELLO) + wire.text(NAME)
        hello += b"".join(map(wire.varint, (*VERSION, REVISION)))
        self._send(hello + wire.text("UTC") + wire.text("embedded") + wire.varint(1))

    def _answer(self, packet: int) -> None:
        if packet == CLIENT_PING:
            self._send(wire.varint(SERVER_PONG))
        elif packet == CLIENT_QUERY:
            self._query()
        elif packet != CLIENT_CANCEL:  # a cancel that comes after the end is no news
            self._send_exception(EngineError(UNEXPECTED_PACKET, f"unexpected packet {packet}"))
            raise Disconnected

    def _query(self) -> None:
        query, settings, compressed = self._read_query()
        try:
            if compressed:
                self._refuse_compression()
            self._read_block()  # the end of the external tables, of which we take none
            self._run(query, settings)
            self._send(wire.varint(SERVER_END))
        except EngineError as exc:
            self._send_exception(exc)
        except columns.UnsupportedType as exc:
            self._send_exception(EngineError(NOT_SUPPORTED, str(exc)))
            raise Disconnected from exc  # where the rest of the block ends is not known

    def _run(self, query: str, settings: dict[str, tuple[str, bool]]) -> None:
        if statement.is_forbidden(query):
            raise EngineError(NOT_SUPPORTED, "streaming engines break the embedded ClickHouse")
        try:
            self._engine.set(settings)
            insert = statement.as_insert(query)
            if insert:
                self._insert(insert)
            elif statement.is_select(query):
                self._select(query)
            else:
                self._command(query)
        finally:
            self._engine.reset()

    def _select(self, query: str) -> None:
        sent = False
        with closing(self._engine.stream(query)) as blocks:
            for block in blocks:
                if not sent:
                    self._send_block(_header_of(block))
                self._send_block(block)
                sent = True
                if self._is_cancelled():
                    return
        if not sent:
            self._send_header(f"DESCRIBE TABLE ({query.strip().rstrip(';')})")

    def _command(self, query: str) -> None:
        """DDL, SHOW, EXPLAIN and the like: answered whole, block by block."""
        result = BytesReader(self._engine.run(query))
        while result.pending:
            start = result.position
            columns.skip_block(result)
            self._send_block(result.since(start))

    def _insert(self, insert: statement.Insert) -> None:
        self._send_header(insert.described)
        settings = f" SETTINGS {insert.settings}" if insert.settings else ""
        blocks = self._incoming()
        try:
            first = next(blocks, None)
            if first is None:
                return
            text = f"INSERT INTO {insert.table} {insert.columns}{settings}"
            self._engine.insert(text, _chained(first, blocks))
        except EngineError:
            for _ in blocks:  # the client sends all its blocks before it reads the answer
                pass
            raise

    def _send_header(self, describe: str) -> None:
        """A block without rows that tells the client the columns."""
        names = _pairs(self._engine.run(describe))
        self._send_block(_header(names))

    def _incoming(self) -> Iterator[bytes]:
        """The client's blocks up to the empty one that ends them."""
        while True:
            self._reader.drop_read()
            if self._reader.varint() != CLIENT_DATA:
                raise EngineError(CANCELLED, "the insert was cancelled")
            block = self._read_block_body()
            if block is None:
                return
            yield block

    def _read_query(self) -> tuple[str, dict[str, tuple[str, bool]], bool]:
        reader = self._reader
        reader.text()  # query id
        self._skip_client_info()
        settings: dict[str, tuple[str, bool]] = {}
        while name := reader.text():
            important = bool(reader.varint() & SETTING_IMPORTANT)
            settings[name] = (reader.text(), important)
        reader.varint()  # stage
        compressed = bool(reader.varint())
        return reader.text(), settings, compressed

    def _skip_client_info(self) -> None:
        reader = self._reader
        if not reader.byte():
            return
        for _ in range(3):
            reader.text()  # initial user, query id, address
        reader.byte()  # interface
        for _ in range(3):
            reader.text()  # os user, host, client name
        for _ in range(3):
            reader.varint()  # version major, minor, revision
        reader.text()  # quota key
        reader.varint()  # version patch

    def _read_block(self) -> None:
        if self._reader.varint() != CLIENT_DATA or self._read_block_body() is not None:
            raise EngineError(NOT_SUPPORTED, "the embedded ClickHouse takes no external tables")

    def _read_block_body(self) -> bytes | None:
        """One block without its name and info; None when it is empty."""
        reader = self._reader
        reader.text()
        while number := reader.varint():
            reader.skip(1 if number == 1 else 4)
        start = reader.position
        header = columns.skip_block(reader)
        return reader.since(start) if header else None

    def _refuse_compression(self) -> NoReturn:
        """A compressed client cannot be followed: answer, then hang up."""
        exc = EngineError(NOT_SUPPORTED, "the embedded ClickHouse takes no compression")
        self._send_exception(exc)
        raise Disconnected from exc

    def _is_cancelled(self) -> bool:
        """Whether the client sent a cancel while it was being answered; it hung up: stop too."""
        if not self._reader.pending:
            if not select.select([self._socket], [], [], 0)[0]:
                return False
            self._reader.more()
        return self._reader.varint() == CLIENT_CANCEL

    def _send_block(self, block: bytes) -> None:
        self._send(wire.varint(SERVER_DATA) + wire.text("") + BLOCK_INFO + block)

    def _send_exception(self, exc: EngineError) -> None:
        body = wire.int32(exc.code) + wire.text("DB::Exception") + wire.text(str(exc))
        self._send(wire.varint(SERVER_EXCEPTION) + body + wire.text("") + b"\x00")

    def _send(self, raw: bytes) -> None:
        self._socket.sendall(raw)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _pairs(block: bytes) -> list[tuple[str, str]]:
    """Names and types: the first two columns that DESCRIBE answers."""
    reader = BytesReader(block)
    reader.varint()
    rows = reader.varint()
    values: list[list[str]] = []
    for _ in range(2):
        reader.text(), reader.text()
        values.append([reader.text() for _ in range(rows)])
    return list(zip(*values, strict=True))


def _header(names: list[columns.Column]) -> bytes:
    """A block of these columns without rows."""
    counts = wire.varint(len(names)) + wire.varint(0)
    return counts + b"".join(wire.text(name) + wire.text(kind) for name, kind in names)


def _header_of(block: bytes) -> bytes:
    """The header that clients expect before the first rows."""
    try:
        return _header(columns.skip_block(BytesReader(block)))
    except columns.UnsupportedType:
        return EMPTY_BLOCK  # the client then learns the columns from the rows themselves
