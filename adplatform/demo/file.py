"""`<data-dir>/demo.json`: what scripts and the visitors need to know about a running demo."""

import os
from pathlib import Path
from typing import Final

import msgspec

NAME: Final = "demo.json"


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """The tag that a page of one audience embeds."""

    segment: str
    template_url: str
    placement_id: int
    line_item_id: int


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulated visitors are told: where they go, and the names of what they see."""

    placements: dict[str, int]  # key -> id of the slots that only they visit
    segments: dict[str, str]  # id -> key
    assets: dict[str, str]  # creative_asset_id -> name, as truth.py knows it
    tags: list[Tag]
    landing_url: str


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """Everything; URLs are whole and carry their credentials."""

    base_url: str
    admin_url: str
    admin_user: str
    admin_password: str
    marketer_user: str
    marketer_password: str
    api_key: str
    tenant_id: int
    placement_key: str
    campaign_id: int
    template_id: int
    segment_id: int
    template_url: str
    decision_url: str
    click_url: str
    page_url: str
    report_url: str
    rtb_bid_url: str  # where an exchange sends its bid requests
    audience: Audience


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier run chose and this one keeps; empty on the first run."""

    admin_password: str = ""
    marketer_password: str = ""
    api_key: str = ""


class NoDemo(Exception):
    """There is no usable demo.json."""


def read(data_dir: Path) -> Demo:
    """Raises NoDemo when the file is missing or not one of ours."""
    path = data_dir / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Demo)
    except (OSError, msgspec.DecodeError) as exc:
        raise NoDemo(f"{path} cannot be used ({exc}): run `manage.py demo`") from exc


def read_secrets(data_dir: Path) -> Secrets:
    """The secrets of an earlier run as far as they can be read."""
    try:
        return msgspec.json.decode((data_dir / NAME).read_bytes(), type=Secrets)
    except (OSError, msgspec.DecodeError):
        return Secrets()


def write(data_dir: Path, demo: Demo) -> Path:
    """Replace the file in one step; only its owner may read it."""
    path = data_dir / NAME
    fresh = path.with_name(f"{NAME}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(demo), indent=2) + b"\n")
    return fresh.replace(path)
