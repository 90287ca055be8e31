"""The platform's own policies: platform/*.rego, for every account."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "platform"
PREFIX: Final = "platform/"  # no account's policy has a slash in its name


@cache
def platform_sources() -> Mapping[str, str]:
    """By a name such as platform/age; read once in a process."""
    return {PREFIX + path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.rego"))}
