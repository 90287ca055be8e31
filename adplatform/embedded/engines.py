"""Starting, watching and stopping the engines that are not configured."""

import json
import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from adplatform.embedded.chdb_server import ClickHouse
from adplatform.embedded.child import Child
from adplatform.embedded.engine import LOCALHOST, Engine, EngineFailed
from adplatform.embedded.kafka import Tansu
from adplatform.embedded.lock import remember
from adplatform.embedded.postgres import Postgres
from adplatform.embedded.valkey import Valkey

# In the order they start; ClickHouse takes longest to load, PostgreSQL longest to prepare.
KINDS: Mapping[str, Callable[[Path, int, bool], Engine]] = {
    "clickhouse": ClickHouse,
    "kafka": Tansu,
    "redis": Valkey,
    "postgres": Postgres,
}
VARIABLES: Mapping[str, str] = {
    "clickhouse": "CLICKHOUSE_URL",
    "kafka": "KAFKA_BOOTSTRAP_SERVERS",
    "redis": "REDIS_URL",
    "postgres": "DATABASE_URL",
}
ADDRESSES = "engines.json"
PORTS = "ports.json"
READY_SECONDS = 60.0
STOP_SECONDS = 15.0


def never_interrupted() -> None:
    """The default of ``start``'s ``check``."""


@dataclass(slots=True)
class RunningEngines:
    """Engines that answer; ``stop`` must be called."""

    data_dir: Path
    engines: dict[str, Engine] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Their addresses by environment variable."""
        return {engine.variable: engine.address for engine in self.engines.values()}

    def write_addresses(self, extra: Mapping[str, str] | None = None) -> None:
        """Tell other shells where the engines are; ``extra`` adds for example BASE_URL."""
        content = {**self.environment(), **(extra or {}), "pid": os.getpid()}
        _write_json(self.data_dir / ADDRESSES, content)

    def dead(self) -> Child | None:
        """An engine that ended although nobody stopped it."""
        return next((each for each in self.children.values() if each.exit_code() is not None), None)

    def start_engine(self, name: str, check: Callable[[], None] = never_interrupted) -> None:
        """Start one again on its port and its data, and wait until it answers."""
        self._spawn(name)
        self._wait([name], check)

    def stop_engine(self, name: str) -> None:
        child = self.children.pop(name)
        child.ask_to_stop()
        child.end(STOP_SECONDS)

    def stop(self) -> None:
        """Stop them, the last started first."""
        (self.data_dir / ADDRESSES).unlink(missing_ok=True)
        for name in reversed(list(self.children)):
            self.stop_engine(name)

    def _spawn(self, name: str) -> None:
        child = self.engines[name].spawn(self.data_dir / "logs" / f"{name}.log")
        self.children[name] = child
        remember(self.data_dir, child)

    def _wait(self, names: Iterable[str], check: Callable[[], None]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        waiting = list(names)
        while waiting:
            check()
            for name in waiting:
                _fail_if_over(self.children[name], deadline)
            waiting = [name for name in waiting if not self.engines[name].is_ready()]
            time.sleep(0.02 if waiting else 0)


def start(
    data_dir: Path,
    wanted: set[str],
    *,
    durable: bool = True,
    check: Callable[[], None] = never_interrupted,
) -> RunningEngines:
    """Start the wanted engines (names of ``KINDS``) at once and wait until all answer.

    Args:
        data_dir: where their state, logs and last ports live.
        wanted: engine names.
        durable: False trades safety against power cuts for speed, for tests.
        check: called while waiting; what it raises stops what was started.

    Raises:
        EngineFailed: one ended or did not answer in time; the others are stopped.
    """
    data_dir = data_dir.absolute()
    (data_dir / "logs").mkdir(parents=True, exist_ok=True)
    ports = _choose_ports(data_dir, wanted)
    names = [name for name in KINDS if name in wanted]
    running = RunningEngines(
        data_dir, {name: KINDS[name](data_dir, ports[name], durable) for name in names}
    )
    try:
        for name in names:
            check()
            running._spawn(name)  # noqa: SLF001 - the constructor's second half
        running._wait(names, check)  # noqa: SLF001
    except BaseException:
        running.stop()
        raise
    return running


def _fail_if_over(child: Child, deadline: float) -> None:
    code = child.exit_code()
    if code is not None:
        raise EngineFailed(f"{child.name} ended with exit code {code}; {_log_of(child)}")
    if time.monotonic() > deadline:
        raise EngineFailed(
            f"{child.name} did not answer within {READY_SECONDS:.0f} s; {_log_of(child)}"
        )


def _log_of(child: Child) -> str:
    return f"{child.log} ends:\n{child.tail()}"


def _choose_ports(data_dir: Path, wanted: Iterable[str]) -> dict[str, int]:
    """A free port per engine, last time's where possible; all are held until all are chosen."""
    last: dict[str, int] = {}
    with suppress(OSError, ValueError):
        last = json.loads((data_dir / PORTS).read_text(encoding="utf-8"))
    chosen: dict[str, int] = {}
    with ExitStack() as held:
        for name in wanted:
            listener = held.enter_context(socket.socket())
            _bind(listener, last.get(name, 0))
            chosen[name] = listener.getsockname()[1]
    _write_json(data_dir / PORTS, {**last, **chosen})
    return chosen


def _bind(listener: socket.socket, preferred: int) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # TIME_WAIT owns nothing
    try:
        listener.bind((LOCALHOST, preferred))
    except OSError:
        listener.bind((LOCALHOST, 0))


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    """Replace the file in one step; it may hold a password."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(content, indent=1), encoding="utf-8")
    fresh.replace(path)
