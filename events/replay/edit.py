"""Edit one dead letter and send it: in $EDITOR, from a file or from standard input."""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from events.replay.letter import DeadLetter
from events.replay.read import Selection, letters
from events.replay.send import resend

DEFAULT_EDITOR: Final = "vi"


class NotEdited(Exception):
    """There is nothing to send; the message says why."""


def edit(key: str, value_from: str | None) -> bytes:
    """Send the letter's message with another content and return that content.

    ``value_from`` is a file, ``-`` for standard input, or None for $EDITOR.

    Raises:
        NotEdited: no such letter, no such file, or nothing was changed in the editor.
        StillPoison: the content is still no event; nothing was sent.
        KafkaUnavailable: the broker is away.
    """
    letter = next(letters(Selection(keys=frozenset({key}))), None)
    if letter is None:
        raise NotEdited(f"no dead letter has the key {key!r}: manage.py replay_dlq lists them")
    value = _in_editor(letter) if value_from is None else _from(value_from)
    resend(letter, value)
    return value


def _from(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as exc:
        raise NotEdited(f"the new content cannot be read: {exc}") from exc


def _in_editor(letter: DeadLetter) -> bytes:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or DEFAULT_EDITOR
    with tempfile.TemporaryDirectory(prefix="replay-dlq-") as folder:
        path = Path(folder) / "message.json"
        path.write_bytes(letter.value)
        try:
            ended = subprocess.run([*shlex.split(editor), str(path)], check=False)
        except (OSError, ValueError) as exc:  # ValueError: quotes that do not close
            raise NotEdited(f"{editor!r} does not start ({exc}): set EDITOR, or --value") from exc
        value = path.read_bytes()
    if ended.returncode:
        raise NotEdited(f"{editor!r} ended with {ended.returncode}")
    if value.rstrip(b"\n") == letter.value:
        raise NotEdited("nothing was changed (--send sends it as it is)")
    return value
