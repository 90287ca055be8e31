"""One client connection: hello, ping, queries with their settings, inserts, exceptions."""

import logging
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from tempfile import TemporaryFile
from typing import NoReturn

from adplatform.embedded.clickhouse import columns, statement, wire
from adplatform.embedded.clickhouse.engine import Engine, EngineError
from adplatform.embedded.clickhouse.statement import Statement
from adplatform.embedded.clickhouse.wire import BytesReader, Disconnected, Reader

NAME, VERSION = "ClickHouse", (26, 9)
# Settings travel as text from 54429 on, which insert_deduplication_token needs; per-column
# serialisation kinds, interserver secrets and further packets begin above.
REVISION = 54429
CLIENT_HELLO, CLIENT_QUERY, CLIENT_DATA, CLIENT_CANCEL, CLIENT_PING = 0, 1, 2, 3, 4
SERVER_HELLO, SERVER_DATA, SERVER_EXCEPTION, SERVER_PONG, SERVER_END = 0, 1, 2, 4, 5
SETTING_IMPORTANT = 1
BLOCK_INFO = b"\x01\x00\x02" + wire.int32(-1) + b"\x00"
NOT_SUPPORTED, UNEXPECTED_PACKET, CANCELLED = 48, 101, 394
HELLO_SECONDS, HELLO_TEXT = 10.0, 1 << 16
MARK = "client "
numbers = count(1)
log = logging.getLogger(__name__)


class Session:
    """Serves one client until it leaves."""

    def __init__(self, connection: socket.socket, path: str) -> None:
        self._socket = connection
        self._reader = Reader(connection)
        self._engine = Engine(path, f"{MARK}{next(numbers)} ")
        self._guard = threading.Lock()
        self._is_watched = self._is_killed = False
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
        except Exception:
            log.exception("a client was dropped")
        finally:
            self._engine.close()
            self._socket.close()

    def kill_if_unwanted(self, keeper: Engine) -> None:
        """Called from the server's thread: end a statement whose client left or cancelled it."""
        with self._guard:
            if self._is_watched and not self._is_killed and _wants_no_more(self._socket):
                self._is_killed = True
                keeper.kill(self._engine.mark)

    def _greet(self) -> None:
        self._socket.settimeout(HELLO_SECONDS)
        try:
            self._engine.open(self._read_hello())
        except EngineError as exc:
            self._send_exception(exc)
            raise Disconnected from exc
        hello = wire.varint(SERVER_HELLO) + wire.text(NAME)
        hello += b"".join(map(wire.varint, (*VERSION, REVISION)))
        self._send(hello + wire.text("UTC") + wire.text("embedded") + wire.varint(1))
        self._socket.settimeout(None)

    def _read_hello(self) -> str:
        """The database; user and password are not looked at: only this machine can connect."""
        reader = self._reader
        if reader.varint() != CLIENT_HELLO:
            raise Disconnected
        reader.text(HELLO_TEXT), reader.varint(), reader.varint()
        if reader.varint() < REVISION:
            raise EngineError(UNEXPECTED_PACKET, f"clients must speak revision {REVISION} or later")
        database = reader.text(HELLO_TEXT)
        reader.text(HELLO_TEXT), reader.text(HELLO_TEXT)
        return database

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
            self._run(statement.parse(query), settings)
        except EngineError as exc:
            if not (self._is_killed and exc.code == CANCELLED):
                self._send_exception(exc)
                return
        except (columns.UnsupportedType, columns.MalformedBlock) as exc:
            self._send_exception(EngineError(NOT_SUPPORTED, f"cannot be received: {exc}"))
            raise Disconnected from exc  # where the rest of the block ends is not known
        self._send(wire.varint(SERVER_END))

    def _run(self, asked: Statement, settings: dict[str, tuple[str, bool]]) -> None:
        if refusal := statement.refusal(asked):
            raise EngineError(*refusal)
        try:
            self._engine.set(settings)
            insert = statement.as_insert(asked)
            if insert:
                self._insert(insert)
            else:
                with self._watched():
                    self._select(asked) if asked.is_select else self._command(asked)
        finally:
            self._engine.reset()
        if asked.first_word == "SET":
            self._engine.keep_settings()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """While the client has nothing to say but that it wants no more."""
        with self._guard:
            self._is_watched, self._is_killed = True, False
        try:
            yield
        finally:
            with self._guard:
                self._is_watched = False

    def _select(self, asked: Statement) -> None:
        header = self._engine.describe(asked.text)  # 0.5 ms; later it would end the stream
        self._send_header(header)
        is_zoned = any(kind.startswith("DateTime(") for _, kind in header)
        with closing(self._engine.stream(asked.text)) as blocks:
            for block in blocks:
                self._send_block(columns.retyped(block, header) if is_zoned else block)
                if self._is_cancelled():
                    return

    def _command(self, asked: Statement) -> None:
        """DDL, SHOW, EXPLAIN and the like: answered whole, block by block."""
        result = BytesReader(self._engine.run(asked.text))
        if not result.pending and asked.is_show:
            self._send_header(self._engine.describe_show(asked.text))
        while result.pending:
            start = result.position
            columns.skip_block(result)
            self._send_block(result.since(start))

    def _insert(self, insert: statement.Insert) -> None:
        """Nothing is inserted before the client has sent everything."""
        wanted = self._engine.describe(insert.sample)
        _check_insertable(wanted)
        self._send_header(wanted)
        with TemporaryFile(dir=self._engine.path) as spool:
            for block in self._incoming():
                spool.write(block)
            spool.flush()
            if spool.tell():
                self._engine.insert(insert.head, wanted, spool)

    def _send_header(self, names: list[columns.Column]) -> None:
        """A block without rows that tells the client the columns."""
        counts = wire.varint(len(names)) + wire.varint(0)
        pairs = (wire.text(name) + wire.text(kind) for name, kind in names)
        self._send_block(counts + b"".join(pairs))

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


def _check_insertable(wanted: list[columns.Column]) -> None:
    for name, kind in wanted:
        try:
            columns.check_known(kind)
        except columns.UnsupportedType as exc:
            raise EngineError(
                NOT_SUPPORTED,
                f"column {name} of type {kind} cannot be received by the embedded ClickHouse: "
                "use INSERT ... SELECT",
            ) from exc


def _wants_no_more(client: socket.socket) -> bool:
    """Whether the client hung up, or its next byte is a cancel; reads nothing."""
    try:
        peeked = client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return peeked in {b"", bytes([CLIENT_CANCEL])}
