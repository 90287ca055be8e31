"""What `up` and `demo` can be told."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from adplatform.supervise.restarts import Policy

PROJECT = Path(__file__).resolve().parents[2]
RESTARTS = Policy()
PREPARE = (("migrate", "--noinput"), ("apply_event_schema",))


@dataclass(frozen=True, slots=True)
class Options:
    """Where the platform runs and which of its processes."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    only: frozenset[str] = frozenset()  # empty: all of the Procfile
    without: frozenset[str] = frozenset()
    verbose: bool = False
    procfile: Path = PROJECT / "Procfile"
    prepare: tuple[tuple[str, ...], ...] = PREPARE  # manage.py commands to run before the processes
    ready_seconds: float = 60.0
    restarts: Policy = RESTARTS

    @classmethod
    def from_command(cls, given: Mapping[str, object]) -> "Options":
        """From the parsed arguments of a command that called ``add_arguments``."""
        return cls(
            data_dir=Path(str(given["data_dir"])).absolute(),
            host=str(given["host"]),
            port=int(str(given["port"])),
            workers=int(str(given["workers"])),
            only=_names(given["only"]),
            without=_names(given["without"]),
            verbose=bool(given["verbose"]),
            procfile=Path(str(given["procfile"])).absolute(),
        )

    @property
    def base_url(self) -> str:
        """Where a browser on this machine finds the web process."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def add_arguments(parser: ArgumentParser) -> None:
    """The arguments that ``Options.from_command`` reads."""
    parser.add_argument("--host", default="127.0.0.1", help="address that the web process binds")
    parser.add_argument("--port", type=int, default=8000, help="port of the web process")
    parser.add_argument("--workers", type=int, default=1, help="processes that serve requests")
    parser.add_argument("--data-dir", default=settings.DATA_DIR, help="state of engines, logs")
    parser.add_argument("--only", default="", metavar="NAMES", help="for example web,consumer")
    parser.add_argument("--without", default="", metavar="NAMES", help="for example worker,beat")
    parser.add_argument("--procfile", default=PROJECT / "Procfile", help="processes to run")
    parser.add_argument("--verbose", action="store_true", help="show every line of every log")


def _names(given: object) -> frozenset[str]:
    return frozenset(word.strip() for word in str(given).split(",") if word.strip())
