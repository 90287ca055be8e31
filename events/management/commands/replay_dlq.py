"""Show dead letters, send them again, or send one edited."""

from argparse import ArgumentParser
from functools import partial
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.kafka import KafkaError, NoTopic
from events.replay import edit, options, read, send, show
from events.replay.letter import DeadLetter, shown


class Command(BaseCommand):
    help = "Dead letters: list them, send them again (each event counts once), or edit one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        options.add_to(parser)

    def handle(self, *_args: object, **chosen: Any) -> None:
        if chosen["value"] and not chosen["edit"]:
            raise CommandError("--value goes with --edit KEY")
        try:
            self._edit(chosen) if chosen["edit"] else self._replay(chosen)
        except (KafkaError, EngineNotRunning, NoTopic, OperationalError) as exc:
            raise CommandError(f"{exc}; what was reported as sent is sent") from exc
        except (edit.NotEdited, send.StillPoison) as exc:
            raise CommandError(f"{exc}; nothing was sent") from exc

    def _edit(self, chosen: dict[str, Any]) -> None:
        value = edit.edit(chosen["edit"], chosen["value"])
        self.stdout.write(f"sent {len(value)} bytes in place of {shown(chosen['edit'])}")

    def _replay(self, chosen: dict[str, Any]) -> None:
        letters = islice(read.letters(options.selection(chosen)), chosen["limit"])
        if not chosen["json"]:
            self.stdout.write(show.heading())
        if chosen["send"] or chosen["dry_run"]:
            mode = send.Mode(chosen["send"], chosen["again"], chosen["unreadable"])
            tally = send.replay(letters, mode, partial(self._tell, chosen["json"]))
        else:
            tally = send.look(letters, partial(self._tell, chosen["json"]))
        for line in show.summary(tally):
            (self.stderr if chosen["json"] else self.stdout).write(line)

    def _tell(self, json: bool, letter: DeadLetter, fate: send.Fate) -> None:  # noqa: FBT001
        self.stdout.write(show.as_json(letter, fate) if json else show.line(letter, fate))
