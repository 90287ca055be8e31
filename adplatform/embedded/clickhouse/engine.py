"""One chDB connection for each client: queries, streaming inserts, settings for one statement."""

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chdb.state.sqlitelike import connect

CODE = re.compile(r"Code: (\d+)\. (?:DB::Exception: )?(.*)", re.DOTALL)
UNKNOWN_SETTING = 115
UNKNOWN_EXCEPTION = 1002
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
    _connection: Any = None
    _changed: set[str] = field(default_factory=set)

    def open(self, database: str) -> None:
        self._connection = connect(self.path)
        if database:
            self.run(f"USE `{database.replace('`', '``')}`")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def set(self, settings: Mapping[str, tuple[str, bool]]) -> None:
        """Apply settings (value, whether an unknown one is an error) to the next statement."""
        for name, (value, important) in settings.items():
            if not IDENTIFIER.fullmatch(name):
                raise EngineError(UNKNOWN_SETTING, f"{name!r} is not the name of a setting")
            try:
                self.run(f"SET {name} = {_quoted(value)}")
                self._changed.add(name)
            except EngineError as exc:
                if important or exc.code != UNKNOWN_SETTING:
                    raise

    def reset(self) -> None:
        """Undo ``set``, so that settings last for one statement only."""
        if self._changed:
            assignments = ", ".join(f"{name} = DEFAULT" for name in self._changed)
            self._changed.clear()
            self.run(f"SET {assignments}")

    def run(self, query: str) -> bytes:
        """Run a statement; its rows, if it has any, in Native format."""
        try:
            result = self._connection.query(query, "Native")
        except (RuntimeError, ValueError) as exc:
            raise _translated(exc) from exc
        return bytes(result.bytes()) if result is not None else b""

    def stream(self, query: str) -> Generator[bytes, None, None]:
        """One Native block after the other; closing the iterator cancels the query."""
        try:
            stream = self._connection.send_query(query, "Native")
        except RuntimeError as exc:
            raise _translated(exc) from exc
        finished = False
        try:
            while (block := _fetched(stream)) is not None:
                yield block
            finished = True
        finally:
            if not finished:
                stream.cancel()
            stream.close()

    def insert(self, query: str, blocks: Iterator[bytes]) -> None:
        """Insert blocks as one statement: all of them or, when it fails, an error."""
        try:
            inserter = self._connection.send_insert(query, "Native")
        except RuntimeError as exc:
            raise _translated(exc) from exc
        try:
            for block in blocks:
                inserter.append(block)
            inserter.finish()
        except RuntimeError as exc:
            raise _translated(exc) from exc
        except BaseException:
            inserter.cancel()
            raise


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
