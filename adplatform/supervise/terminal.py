"""What the terminal shows: start-up lines, deaths, and with --verbose every line of every log."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path


def say(line: str) -> None:
    """One line, at once; a closed terminal does not stop the platform."""
    try:
        print(line, flush=True)  # noqa: T201 - this is the terminal
    except OSError:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end


@dataclass(slots=True)
class LogFollower:
    """Shows what the logs of a folder have gained since the last look."""

    folder: Path
    enabled: bool
    _read: dict[Path, tuple[int, int]] = field(default_factory=dict)  # inode, bytes shown

    def show_news(self) -> None:
        if not self.enabled:
            return
        for path in sorted(self.folder.glob("*.log")):
            for line in self._news(path):
                say(f"{path.stem:<12}| {line}")

    def _news(self, path: Path) -> list[str]:
        """Whole lines only; a log that was started afresh is shown from its beginning."""
        with path.open("rb") as log:
            inode = os.fstat(log.fileno()).st_ino
            known, offset = self._read.get(path, (inode, 0))
            log.seek(offset if known == inode else 0)
            start = log.tell()
            news = log.read()
        complete = news[: news.rfind(b"\n") + 1]
        self._read[path] = (inode, start + len(complete))
        return complete.decode("utf-8", errors="replace").splitlines()
