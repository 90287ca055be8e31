"""The platform's own policies: platform/*.rego, for every account."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "platform"


@cache
def platform_sources() -> Mapping[str, str]:
    """By the file's name; read once in a process."""
    return {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.rego"))}
