"""The starter of the ClickHouse engine, which adplatform/embedded/clickhouse/ implements."""

import sys
from dataclasses import dataclass
from pathlib import Path

from adplatform.embedded.child import Child, spawn
from adplatform.embedded.engine import LOCALHOST

READY = "clickhouse ready on"
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class ClickHouse:
    data_dir: Path
    port: int
    durable: bool = True
    name: str = "clickhouse"
    variable: str = "CLICKHOUSE_URL"
    note: str = ""

    @property
    def address(self) -> str:
        return f"clickhouse://{LOCALHOST}:{self.port}/default"

    @property
    def log(self) -> Path:
        return self.data_dir / "logs" / f"{self.name}.log"

    def spawn(self, log: Path) -> Child:
        command = [sys.executable, "-u", "-m", "adplatform.embedded.clickhouse"]
        command += ["--path", str(self.data_dir / "clickhouse")]
        command += ["--host", LOCALHOST, "--port", str(self.port)]
        return spawn(self.name, command, log=log, cwd=PROJECT)

    def is_ready(self) -> bool:
        """True once it has printed that it is: it listens only when the engine has loaded."""
        return READY in self.log.read_text(encoding="utf-8", errors="replace")
