"""The ledger's Lua scripts, the names of its keys, and how arguments travel: as one MessagePack."""

from pathlib import Path
from typing import Final

import msgspec

LUA: Final = Path(__file__).parent / "lua"
SWEPT: Final = 32  # expired holds that one reserve clears away: as many as few slots can add
DAY_SECONDS: Final = 4 * 86_400  # a day's spending stays so long after its last bill

pack = msgspec.msgpack.Encoder().encode


def _read(*names: str) -> str:
    return "\n".join((LUA / f"{name}.lua").read_text() for name in ("common", *names))


RESERVE: Final = _read("reserve")
SETTLE: Final = _read("settle")
RELEASE: Final = _read("release")
SWEEP: Final = _read("sweep")
READY: Final = _read("ready")
BEGIN: Final = _read("begin")
REMEMBER: Final = _read("fence", "remember")
FINISH: Final = _read("fence", "finish")


def prefix(tenant_id: int) -> str:
    """What every key of a tenant's ledger starts with; its hash tag keeps them on one server."""
    return f"bl:{{t{tenant_id}}}:"
