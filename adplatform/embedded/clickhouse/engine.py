"""One chDB connection for each client: queries, streaming inserts, settings for one statement.

chDB knows no way to stop a query that has no rows yet, but ClickHouse's KILL QUERY from another
connection does: each session marks its queries by the setting log_comment, to be found by it.
"""

import logging
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from chdb.state.sqlitelike import connect

from adplatform.embedded.clickhouse.wire import BytesReader

CODE = re.compile(r"Code: (\d+)\. (?:DB::Exception: )?(.*)", re.DOTALL)
UNKNOWN_SETTING = 115
UNKNOWN_EXCEPTION = 1002
READONLY = 164
log = logging.getLogger(__name__)
# Limits of the client's must not cut off a description. Scalar subqueries are run to describe a
# query: they need not read to their end (measured: 0.01 s instead of 5.4 s for 10^8 rows).
DESCRIBING = (
    "limit = 0, offset = 0, max_result_rows = 0, max_result_bytes = 0, "
    "max_rows_to_read = 1, read_overflow_mode = 'break', print_pretty_type_names = 0"
)
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


class EngineError(Exception):
    """What the engine refused, with ClickHouse's own error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Engine:
    """A session of the engine; not for use by several threads at once."""

    path: str
    mark: str  # what log_comment begins with
    _connection: Any = None
    _changed: set[str] = field(default_factory=set)
    _kept: dict[str, str] = field(default_factory=dict)  # by the client's own SET

    def open(self, database: str) -> None:
        self._connection = connect(self.path)
        self._set({**self._kept, **self._base})
        if database:
            self.run(f"USE {_identifier(database)}")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def set(self, settings: Mapping[str, tuple[str, bool]]) -> None:
        """Apply settings (value, whether an unknown one is an error) to the next statement."""
        for name, (value, important) in settings.items():
            if not IDENTIFIER.fullmatch(name):
                raise EngineError(UNKNOWN_SETTING, f"{name!r} is not the name of a setting")
            chosen = self.mark + value if name == "log_comment" else value
            try:
                self._set({name: chosen})
                self._changed.add(name)
            except EngineError as exc:
                if important or exc.code != UNKNOWN_SETTING:
                    raise

    def reset(self) -> None:
        """Undo ``set``, so that settings last for one statement only."""
        if not self._changed:
            return
        before = {**self._kept, **self._base}
        names, self._changed = self._changed, set()
        try:
            self._set({name: before.get(name) for name in names})
        except EngineError as exc:
            if exc.code != READONLY:
                raise
            self._open_again()  # after readonly = 1 nothing can be set back

    def keep_settings(self) -> None:
        """The client has run SET: ``reset`` goes back to that, not to the default."""
        self._kept = dict(self.rows("SELECT name, value FROM system.settings WHERE changed"))
        if self._kept.get("readonly", "0") == "0":
            self._set(self._base)

    def kill(self, mark: str) -> None:
        """Stop the statements of the sessions whose mark begins like this."""
        where = f"startsWith(Settings['log_comment'], {_quoted(mark)})"
        try:
            self.run(f"KILL QUERY WHERE {where} ASYNC")
        except EngineError:  # the server must outlive it
            log.exception("statements of %r were not stopped", mark)

    def rows(self, query: str) -> list[tuple[str, str]]:
        """The first two columns of a query, which must be of type String."""
        reader = BytesReader(self.run(query))
        if not reader.pending:
            return []
        reader.varint()
        count, values = reader.varint(), []
        for _ in range(2):
            reader.text(), reader.text()
            values.append([reader.text() for _ in range(count)])
        return list(zip(*values, strict=True))

    def describe(self, query: str) -> list[tuple[str, str]]:
        """Names and types of the columns of a SELECT."""
        question = f"DESCRIBE TABLE ({query}\n)"
        try:
            return self.rows(f"{question} SETTINGS {DESCRIBING}")
        except EngineError as exc:
            if exc.code != READONLY:
                raise
            return self.rows(question)

    def describe_show(self, query: str) -> list[tuple[str, str]]:
        """Names and types of a statement that DESCRIBE does not take, by running it."""
        reader = BytesReader(self.run(query, "RowBinaryWithNamesAndTypes"))
        if not reader.pending:
            return []
        count = reader.varint()
        names = [reader.text() for _ in range(count)]
        return [(name, reader.text()) for name in names]

    def run(self, query: str, output: str = "Native") -> bytes:
        """Run a statement; its rows, if it has any, in Native or another format."""
        try:
            result = self._connection.query(query, output)
        except (RuntimeError, ValueError) as exc:
            raise _translated(exc) from exc
        return bytes(result.bytes()) if result is not None else b""

    def stream(self, query: str) -> Generator[bytes, None, None]:
        """One Native block after the other; closing the iterator cancels the query."""
        try:
            stream = self._connection.send_query(query, "Native")
        except RuntimeError as exc:
            raise _translated(exc) from exc
        try:
            while (block := _fetched(stream)) is not None:
                yield block
        finally:
            with suppress(RuntimeError):  # the query has failed or ended: nothing to cancel
                stream.cancel()

    def insert(self, head: str, columns: Sequence[tuple[str, str]], blocks: BinaryIO) -> None:
        """Insert a file of Native blocks as one statement.

        chDB's own streaming inserts cannot be used: they report success when a constraint, a
        materialized view or the disk refuses the rows (chdb-core 26.9.0). The same in one thread
        each time, since a repeated insert is recognised by its token only in the same blocks.
        """
        structure = ", ".join(f"{_identifier(name)} {kind}" for name, kind in columns)
        source = f"'/proc/self/fd/{blocks.fileno()}', 'Native', {_quoted(structure)}"
        self.run(f"{head} SELECT * FROM file({source}) SETTINGS max_threads = 1")

    @property
    def _base(self) -> dict[str, str]:
        return {"log_comment": self.mark, "implicit_select": "0"}  # a server takes no bare "1 + 1"

    def _set(self, values: Mapping[str, str | None]) -> None:
        """None: the default."""
        quoted = {name: _quoted(value) for name, value in values.items() if value is not None}
        pairs = (f"{name} = {quoted.get(name, 'DEFAULT')}" for name in values)
        self.run("SET " + ", ".join(pairs))

    def _open_again(self) -> None:
        database = self.rows("SELECT currentDatabase(), ''")[0][0]
        self.close()
        self.open(database)


def _fetched(stream: Any) -> bytes | None:
    try:
        chunk = stream.fetch()
    except RuntimeError as exc:
        raise _translated(exc) from exc
    block = bytes(chunk.bytes()) if chunk is not None else b""
    return block or None


def _translated(exc: Exception) -> EngineError:
    match = CODE.search(str(exc))
    if match:
        return EngineError(int(match[1]), f"DB::Exception: {match[2]}")
    return EngineError(UNKNOWN_EXCEPTION, str(exc))


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _identifier(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
