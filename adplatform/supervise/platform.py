"""[FLOW] One platform from start to stop."""

import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.core.management import get_commands

from adplatform.embedded import engines
from adplatform.embedded.child import Child, stop_all
from adplatform.embedded.engine import EngineFailed
from adplatform.embedded.lock import AlreadyRunning, end_leftovers, locked, remember
from adplatform.settings import env
from adplatform.supervise import processes
from adplatform.supervise.interrupts import StopRequested, StopSignals
from adplatform.supervise.kept import Kept
from adplatform.supervise.options import Options
from adplatform.supervise.processes import PlatformFailed, obituary
from adplatform.supervise.readiness import not_ready_because
from adplatform.supervise.restarts import Deaths
from adplatform.supervise.terminal import LogFollower, say

PAUSE_SECONDS = 0.1
STOP_SECONDS = 12.0


@dataclass(slots=True)
class Platform:
    """Engines that answer and the processes that use them."""

    options: Options
    engines: engines.RunningEngines
    environment: dict[str, str]
    signals: StopSignals
    follower: LogFollower
    processes: dict[str, Kept] = field(default_factory=dict)
    was_ready: bool = False

    @property
    def base_url(self) -> str:
        return self.options.base_url

    def say(self, line: str) -> None:
        say(line)

    def wait_ready(self) -> None:
        """Wait until /readyz answers 200, and say where the platform is.

        Raises:
            PlatformFailed: it does not after ``options.ready_seconds``, or a process died.
            StopRequested: a signal came.
        """
        if "web" in self.processes:
            self._wait_for_readyz()
            say(f"ready  {self.base_url}/  (admin: {self.base_url}/admin/)")
        else:
            say(f"ready  {', '.join(self.processes)} (no web process)")
        self.was_ready = True

    def _wait_for_readyz(self) -> None:
        host = self.base_url.removeprefix("http://").rpartition(":")[0].strip("[]")
        deadline = time.monotonic() + self.options.ready_seconds
        while reason := not_ready_because(host, self.options.port):
            if time.monotonic() > deadline:
                logs = self.options.data_dir / "logs"
                raise PlatformFailed(
                    f"not ready after {self.options.ready_seconds:.0f} s: {reason}; logs: {logs}"
                )
            self.pause()

    def run_until_signal(
        self, tick: Callable[[], object] | None = None, every: float = 1.0
    ) -> None:
        """Watch until a signal comes, calling ``tick`` every so many seconds.

        Raises:
            PlatformFailed: an engine died, or a process died too often.
        """
        due = time.monotonic() + every
        while not self.signals.requested:
            if tick is not None and time.monotonic() >= due:
                tick()
                due = time.monotonic() + every
            try:
                self.pause()
            except StopRequested:
                return

    def pause(self, seconds: float = PAUSE_SECONDS) -> None:
        """Let time pass; raises what ``check`` raises."""
        self.check()
        time.sleep(seconds)

    def check(self) -> None:
        """Show new log lines; start again what died.

        Engines are not started again: the broker would come back without its log, and without a
        word the events that waited in it would be gone.

        Raises:
            StopRequested: a signal came.
            PlatformFailed: an engine died, or a process died too often or while it was starting.
        """
        self.follower.show_news()
        self.signals.check()
        dead = self.engines.dead()
        if dead is not None:
            raise PlatformFailed(obituary(dead))
        for kept in self.processes.values():
            kept.look(platform_was_ready=self.was_ready)

    def manage(self, *command: str) -> str:
        """Run ``manage.py command…`` in a child and return what it printed.

        Raises:
            PlatformFailed: it failed; the message holds its output.
        """
        (child,) = self._run_commands([command])
        return child.log.read_text(encoding="utf-8", errors="replace")

    def prepare(self) -> None:
        """Migrations of PostgreSQL; at the same time tables and topics of the events."""
        processes.forget_metrics(self.environment)  # commands count too
        known = get_commands() if self.options.prepare else {}
        for child in self._run_commands(
            [each for each in self.options.prepare if each[0] in known]
        ):
            say(f"done     {child.name}")

    def start_processes(self, commands: dict[str, str]) -> None:
        processes.forget_metrics(self.environment)  # the commands are gone
        for name, line in commands.items():
            self.processes[name] = Kept(
                partial(self._start_process, name, line), Deaths(self.options.restarts)
            )

    def stop_processes(self) -> None:
        if self.processes:
            say(f"stopping {', '.join(self.processes)}")
        stop_all([kept.child for kept in self.processes.values()], STOP_SECONDS)
        self.follower.show_news()

    def _start_process(self, name: str, line: str) -> Child:
        processes.forget_gauges_of_the_dead(self.environment)
        child = processes.start_process(name, line, self.options, self.environment)
        remember(self.options.data_dir, child)
        say(f"process  {name:<11} process {child.pid:<8} {_near(child.log)}")
        return child

    def _run_commands(self, commands: Sequence[tuple[str, ...]]) -> list[Child]:
        running: list[Child] = []
        try:
            for command in commands:
                running.append(processes.start_command(command, self.options, self.environment))
                remember(self.options.data_dir, running[-1])
            while any(child.exit_code() is None for child in running):
                self.pause(0.02)
        finally:
            stop_all(running, STOP_SECONDS)
        for child in running:
            if child.exit_code():
                raise PlatformFailed(obituary(child))
        return running


@contextmanager
def platform(options: Options) -> Iterator[Platform]:
    """Start everything, yield the running platform, stop everything in reverse order."""
    with ExitStack() as stack:
        signals = stack.enter_context(StopSignals())
        commands = processes.chosen(options)
        stack.enter_context(locked(options.data_dir))
        _end_leftovers(options)
        _refuse_a_taken_port(options, commands)
        running = _start_engines(options, signals)
        stack.callback(_stop_engines, running)
        started = Platform(
            options,
            running,
            processes.environment_of(options, running.environment()),
            signals,
            LogFollower(options.data_dir / "logs", options.verbose),
        )
        stack.callback(started.stop_processes)
        started.prepare()
        started.start_processes(commands)
        yield started


def run(options: Options, body: Callable[[Platform], None]) -> int:
    """Run ``body`` on a platform; returns the exit status and prints what failed."""
    try:
        with platform(options) as running:
            body(running)
    except StopRequested:
        return 0
    except (AlreadyRunning, EngineFailed, PlatformFailed) as exc:
        print(exc, file=sys.stderr, flush=True)  # noqa: T201 - this is the terminal
        return 1
    return 0


def _start_engines(options: Options, signals: StopSignals) -> engines.RunningEngines:
    """Start those that the environment does not configure."""
    wanted = {name for name, variable in engines.VARIABLES.items() if not env.text(variable)}
    running = engines.start(options.data_dir, wanted, check=signals.check)
    running.write_addresses({"BASE_URL": options.base_url})
    for name, engine in running.engines.items():
        where = engine.address.rpartition("@")[2].removeprefix("redis://")
        where = where.removeprefix("clickhouse://").partition("/")[0]
        say(f"engine   {name:<11} {where:<16} {engine.note}".rstrip())
    return running


def _stop_engines(running: engines.RunningEngines) -> None:
    if running.children:
        say(f"stopping {', '.join(reversed(list(running.children)))}")
    running.stop()
    say("stopped")


def _end_leftovers(options: Options) -> None:
    count = end_leftovers(options.data_dir)
    if count:
        say(f"ended {count} processes that a killed `up` had left behind")


def _refuse_a_taken_port(options: Options, commands: dict[str, str]) -> None:
    if "web" not in commands:
        return
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((options.host, options.port))
        except OSError as exc:
            raise PlatformFailed(
                f"cannot listen on {options.host}:{options.port} ({exc.strerror}): "
                "choose another --port"
            ) from exc


def _near(path: Path) -> str:
    """The path, shorter when it lies below the current directory."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
