"""Typed readers of environment variables: they raise on nonsense instead of guessing."""

import json
import os
import re
from decimal import Decimal
from pathlib import Path

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
RATE = re.compile(r"([A-Z]{3}):([0-9]{1,9}(?:\.[0-9]{1,9})?)")
LIMIT = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,4})([smhd])")


class BadSetting(Exception):
    """An environment variable holds a value that the platform cannot use."""


def text(name: str, default: str = "") -> str:
    """The variable's value, or the content of the file that ``NAME_FILE`` points to."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise BadSetting(f"{name}_FILE={path!r} cannot be read: {exc}") from exc
    return os.environ.get(name, default)


def secret(name: str) -> str:
    """Like ``text``, but the variable must be set."""
    value = text(name)
    if not value:
        raise BadSetting(f"{name} is not set: set it, or {name}_FILE to a file that holds it")
    return value


def boolean(name: str, *, default: bool) -> bool:
    raw = text(name).strip().lower()
    if not raw:
        return default
    if raw in TRUE_WORDS | FALSE_WORDS:
        return raw in TRUE_WORDS
    raise BadSetting(f"{name}={raw!r} is not a boolean: use true or false")


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    raw = text(name).strip()
    try:
        value = int(raw) if raw else default
    except ValueError as exc:
        raise BadSetting(f"{name}={raw!r} is not a whole number") from exc
    if value < minimum:
        raise BadSetting(f"{name}={value} is below {minimum}")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list; blanks are dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def limits(name: str, default: str) -> tuple[tuple[int, int], ...]:
    """Rates like ``3/1m,25/1h``, as (number, seconds); ``off``: none."""
    entries = [entry for entry in words(name, default) if entry.lower() != "off"]
    found = [LIMIT.fullmatch(entry) for entry in entries]
    for entry, match in zip(entries, found, strict=True):
        if match is None:
            raise BadSetting(
                f"{name}: {entry!r} is no rate: write 3/1m,25/1h (number/time with s, m, h or d), "
                "or off"
            )
    return tuple((int(m[1]), int(m[2]) * UNIT_SECONDS[m[3]]) for m in found if m)


def exchange_rates(name: str, default: str) -> dict[str, Decimal]:
    """Units per US dollar by currency, from ``EUR:0.92,JPY:150.2``; the dollar is always there."""
    found = {"USD": Decimal(1)}
    for entry in words(name, default):
        match = RATE.fullmatch(entry)
        if match is None or not Decimal(match[2]):
            raise BadSetting(
                f"{name}: {entry!r} is no exchange rate: write EUR:0.92 "
                "(currency:how many of it one US dollar is worth)"
            )
        if match[1] in found and Decimal(match[2]) != found[match[1]]:
            raise BadSetting(f"{name}: {entry!r}, but one US dollar was {found[match[1]]} before")
        found[match[1]] = Decimal(match[2])
    return found


def https_address(name: str, fallback: str) -> str:
    """How our own https addresses begin; ``fallback`` is one that may be http."""
    value = text(name).strip().rstrip("/")
    if value and not value.lower().startswith("https://"):
        raise BadSetting(f"{name}={value!r} does not begin with https://")
    return value or f"https://{fallback.partition('://')[2] or fallback}"


def token_keys(name: str, fallback: str) -> dict[str, bytes]:
    """Signing keys by key id, from ``kid:secret,kid:secret``; the first one signs."""
    raw = words(name) or [f"k1:{fallback}"]
    pairs = [entry.partition(":") for entry in raw]
    for kid, _, value in pairs:
        if not (kid.isalnum() and kid.isascii() and len(kid) <= 8 and len(value) >= 16):  # noqa: PLR2004
            raise BadSetting(
                f"{name}: every entry is kid:secret with a kid of 1 to 8 letters or digits and "
                f"a secret of at least 16 characters; {kid!r} is not"
            )
    return {kid: value.encode() for kid, _, value in pairs}


def running_engines(data_dir: Path) -> dict[str, str]:
    """Addresses of the embedded engines that ``manage.py up`` runs on this data directory.

    Empty when none runs: a file left by a crash names a process that is gone.
    """
    try:
        found = json.loads((data_dir / "engines.json").read_text(encoding="utf-8"))
        os.kill(int(found.pop("pid")), 0)
    except (OSError, ValueError, KeyError):
        return {}
    return {str(name): str(address) for name, address in found.items()}
