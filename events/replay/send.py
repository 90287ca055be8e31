"""Send dead letters again: produce, wait for the broker, then remember; in parts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Final

from django.conf import settings

from adplatform.clients import kafka
from events.records import Arrived, Poison, Record, read
from events.replay import history
from events.replay.letter import DeadLetter

PART: Final = 500
WAIT_SECONDS: Final = 10.0  # the producer gives up after 8
REPLAYED_FROM: Final = "replayed_from"


class Fate(StrEnum):
    """What became of a letter."""

    LISTED = "listed"
    SENT = "sent"
    WOULD_SEND = "would send"
    SENT_BEFORE = "sent before"
    UNREADABLE = "still unreadable"


class StillPoison(Exception):
    """The edited message would become a dead letter again."""


@dataclass(frozen=True, slots=True)
class Mode:
    """How to go about it."""

    send: bool = False  # else only say what would be sent
    again: bool = False  # also what was sent before
    unreadable: bool = False  # also what this version cannot read


@dataclass(slots=True)
class Tally:
    """How many letters of each reason met each fate."""

    counts: Counter[tuple[str, Fate]] = field(default_factory=Counter)

    def add(self, letter: DeadLetter, fate: Fate) -> None:
        self.counts[letter.reason, fate] += 1

    def total(self, fate: Fate) -> int:
        return sum(count for (_, each), count in self.counts.items() if each is fate)


Tell = Callable[[DeadLetter, Fate], None]


def replay(letters: Iterable[DeadLetter], mode: Mode, tell: Tell) -> Tally:
    """Send what is to be sent; ``tell`` hears of every letter after the broker has it.

    Raises:
        kafka.KafkaUnavailable: the letters of which ``tell`` has heard are done; run again.
    """
    tally = Tally()
    for part in _parts(letters):
        fates = _fates(part, mode)
        if mode.send:
            _send([each for each, fate in fates if fate is Fate.SENT])
        for each, fate in fates:
            tally.add(each, fate)
            tell(each, fate)
    return tally


def look(letters: Iterable[DeadLetter], tell: Tell) -> Tally:
    """Only tell; asks neither PostgreSQL nor what this version makes of them."""
    tally = Tally()
    for each in letters:
        tally.add(each, Fate.LISTED)
        tell(each, Fate.LISTED)
    return tally


def resend(letter: DeadLetter, value: bytes) -> None:
    """Send an edited message in the letter's place.

    Raises:
        StillPoison: it is no event yet; nothing was sent.
        kafka.KafkaUnavailable: it may or may not have been stored; send it again.
    """
    outcome = read(Record(0, letter.orig_key, value))
    if isinstance(outcome, Poison):
        raise StillPoison(f"{outcome.reason.value}: {outcome.detail}")
    _produce([(letter, outcome.event.key, value)])
    history.remember([letter], edited_value=value)


def _fates(part: Sequence[DeadLetter], mode: Mode) -> list[tuple[DeadLetter, Fate]]:
    """A second letter with the same bytes counts as sent before."""
    before = set() if mode.again else set(history.replayed(part))
    found = []
    for each in part:
        fate = _fate(each, before, mode)
        if fate in {Fate.SENT, Fate.WOULD_SEND} and not mode.again:
            before.add(each.digest)
        found.append((each, fate))
    return found


def _fate(letter: DeadLetter, before: set[str], mode: Mode) -> Fate:
    if letter.digest in before:
        return Fate.SENT_BEFORE
    if isinstance(letter.outcome, Poison) and not mode.unreadable:
        return Fate.UNREADABLE
    return Fate.SENT if mode.send else Fate.WOULD_SEND


def _send(letters: Sequence[DeadLetter]) -> None:
    _produce([(each, _key(each), each.value) for each in letters])
    history.remember(letters)


def _key(letter: DeadLetter) -> bytes:
    """An event must meet its first copy in one partition: its own key, whatever it came with."""
    outcome = letter.outcome
    return outcome.event.key if isinstance(outcome, Arrived) else letter.orig_key


def _produce(messages: Sequence[tuple[DeadLetter, bytes, bytes]]) -> None:
    reports: SimpleQueue[object] = SimpleQueue()
    for letter, key, value in messages:
        kafka.produce(
            settings.EVENTS_TOPIC,
            key,
            value,
            headers=[(REPLAYED_FROM, letter.key.encode())],
            on_delivery=lambda error, _message: reports.put(error),
        )
    for _ in messages:
        _confirm(reports)


def _confirm(reports: "SimpleQueue[object]") -> None:
    try:
        error = reports.get(timeout=WAIT_SECONDS)
    except Empty as exc:
        raise kafka.KafkaUnavailable("the broker did not acknowledge a message") from exc
    if error is not None:
        raise kafka.KafkaUnavailable(f"a message was not stored: {error}")


def _parts(letters: Iterable[DeadLetter]) -> Iterator[list[DeadLetter]]:
    rest = iter(letters)
    while part := list(islice(rest, PART)):
        yield part
