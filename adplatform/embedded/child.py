"""A child process: in a session of its own, with a log file, ended when its supervisor ends."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
TAIL_LINES = 15
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user a child runs as."""

    uid: int
    gid: int


@dataclass(slots=True)
class Child:
    """A started process; ``stop_signal`` asks it to end in good order."""

    name: str
    log: Path
    process: "subprocess.Popen[bytes]"
    stop_signal: signal.Signals

    @property
    def pid(self) -> int:
        return self.process.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self.process.poll()

    def ask_to_stop(self) -> None:
        if self.exit_code() is None:
            self.process.send_signal(self.stop_signal)

    def ask_orphans_to_stop(self) -> None:
        """When it has ended by itself: what it had started, in its process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, self.stop_signal)

    def end(self, patience_seconds: float) -> None:
        """Wait for it, then kill what is left of its process group."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(patience_seconds, 0.01))
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def tail(self) -> str:
        """The last lines of its log, indented for an error message."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])


def spawn(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Child:
    """Start a process whose output goes to a fresh ``log``; the last one is kept as ``.1``.

    Call it from a thread that lives as long as the supervisor: Linux sends the parent-death signal
    when the *thread* that forked ends.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        log.replace(log.with_name(log.name + ".1"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_dies_with(os.getpid(), stop_signal),  # noqa: PLW1509 - calls prctl only
        )
    return Child(name, log, process, stop_signal)


def stop_all(children: Sequence[Child], patience_seconds: float) -> None:
    """Ask all at once, then wait for each; what does not go in time is killed."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + patience_seconds
    for child in children:
        child.end(deadline - time.monotonic())


def _dies_with(parent: int, stop_signal: signal.Signals) -> Callable[[], None]:
    """What the child runs before exec; the parent may have died before the request was made."""

    def request() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(stop_signal))
            if os.getppid() != parent:
                os._exit(1)

    return request
