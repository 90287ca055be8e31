"""The options of ``manage.py replay_dlq``, and what they select."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from adplatform.moment import moment
from events.replay.read import Selection


def add_to(parser: ArgumentParser) -> None:
    """Everything that the command takes."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="show them (the default)")
    what.add_argument("--dry-run", action="store_true", help="say what --send would do")
    what.add_argument("--send", action="store_true", help="send them to the events topic again")
    what.add_argument("--edit", metavar="KEY", help="send one message with another content")
    parser.add_argument("--value", metavar="FILE", help="with --edit: the content; - is stdin")
    parser.add_argument("--reason", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--key", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--tenant", type=int, help="only events of this tenant")
    parser.add_argument("--since", type=moment, help="not before: date or ISO 8601 datetime")
    parser.add_argument("--until", type=moment, help="before: date or ISO 8601 datetime")
    parser.add_argument(
        "--from",
        dest="starts",
        type=place,
        action="append",
        default=[],
        metavar="PARTITION:OFFSET",
        help="begin there in the dead-letter topic; repeatable",
    )
    parser.add_argument("--limit", type=positive, help="at most so many")
    parser.add_argument("--again", action="store_true", help="also what was sent before")
    parser.add_argument(
        "--unreadable", action="store_true", help="also send what will only come back"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def selection(options: dict[str, Any]) -> Selection:
    """The letters that the options ask for."""
    return Selection(
        reasons=frozenset(options["reason"]),
        keys=frozenset(options["key"]),
        tenant_id=options["tenant"],
        since=options["since"],
        until=options["until"],
        starts=dict(options["starts"]),
    )


def place(text: str) -> tuple[int, int]:
    """Partition and offset."""
    partition, _, offset = text.partition(":")
    if not (partition.isdecimal() and offset.isdecimal()):
        raise ArgumentTypeError(f"{text!r} is not PARTITION:OFFSET, for example 0:1200")
    return int(partition), int(offset)


def positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)
