"""A stub platform that a test starts, reads and stops."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from adplatform.embedded import engines

HERE = Path(__file__).parent
PROJECT = HERE.parents[2]
PATIENCE = 20.0


def processes_of(data_dir: Path) -> list[str]:
    """Command lines of everything that runs with or on this data directory."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environ = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if line and (str(data_dir) in line or f"DATA_DIR={data_dir}" in environ):
            found.append(line)
    return found


def wait_until(condition, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@dataclass
class Stub:
    data_dir: Path
    output: Path
    process: "subprocess.Popen[bytes]"

    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        wait_until(lambda: words in self.text() or self.process.poll() is not None)
        assert words in self.text(), self.text()

    def pids(self, name: str) -> list[int]:
        """Of every start of a process, as the terminal says them."""
        return [int(pid) for pid in re.findall(rf"process  {name} +process (\d+)", self.text())]

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def start_stub(tmp_path, data_dir, free_port):
    """Start a platform; by default it has a web process that is ready, and no engine."""
    started: list[subprocess.Popen[bytes]] = []

    def start(procfile="", *, own_engines=(), only="", status=200, body="{}", ready_seconds=10.0):
        web = shlex.join(["python", str(HERE / "stub_web.py"), str(status), body])
        path = tmp_path / "Procfile"
        path.write_text(f"web: {web}\n{procfile}\n")
        environment = dict(os.environ)
        for name in own_engines:
            environment.pop(engines.VARIABLES[name])
        output = tmp_path / f"output-{len(started)}"
        with output.open("wb") as terminal:
            process = subprocess.Popen(
                [
                    sys.executable,
                    str(HERE / "stub_platform.py"),
                    str(free_port),
                    str(path),
                    str(data_dir),
                    str(ready_seconds),
                    only,
                ],
                stdout=terminal,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
                env=environment | {"PYTHONPATH": str(PROJECT)},
            )
        started.append(process)
        return Stub(data_dir, output, process)

    yield start
    for process in started:
        process.kill()
        process.wait()
