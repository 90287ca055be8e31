"""`python -m adplatform.embedded.clickhouse --path DIR --host 127.0.0.1 --port N`."""

import argparse
import os
import sys
from pathlib import Path

from adplatform.embedded.clickhouse.server import CannotOpen, Server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000)
    options = parser.parse_args()
    try:
        Server(options.path, options.host, options.port).run()
    except (CannotOpen, OSError) as exc:
        sys.exit(f"clickhouse: {exc}")
    sys.stdout.flush()
    os._exit(0)  # the engine's own exit handlers can wait for threads that are gone


if __name__ == "__main__":
    main()
