"""One dead letter, sent with another content."""

import sys

import pytest
from django.core.management import CommandError

from events.types import encode
from tests.events.builders import an_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def corrected(tmp_path):
    """A file with a correct event, and the event."""
    event = an_event()
    path = tmp_path / "corrected.json"
    path.write_bytes(encode(event))
    return str(path), event


def test_the_corrected_message_is_sent_with_its_key(mailbox, replay_dlq, corrected):
    name, event = corrected
    mailbox.put("T:0:5", b"{")
    assert "in place of T:0:5" in replay_dlq("--edit", "T:0:5", "--value", name)
    assert mailbox.sent() == [(event.key, encode(event), b"T:0:5")]


def test_the_letter_counts_as_sent(mailbox, replay_dlq, corrected):
    mailbox.put("T:0:5", b"{")
    replay_dlq("--edit", "T:0:5", "--value", corrected[0])
    assert "1 sent before" in replay_dlq("--send", "--unreadable")


def test_what_is_still_wrong_is_said_and_not_sent(mailbox, replay_dlq, tmp_path):
    mailbox.put("T:0:5", b"{")
    path = tmp_path / "wrong.json"
    path.write_bytes(b'{"tenant_id": "one"}')
    with pytest.raises(CommandError, match=r"wrong_shape: .*tenant_id.*nothing was sent"):
        replay_dlq("--edit", "T:0:5", "--value", str(path))
    assert mailbox.sent() == []


def test_an_unknown_key_is_said(mailbox, replay_dlq):
    with pytest.raises(CommandError, match="no dead letter has the key 'T:0:6'"):
        replay_dlq("--edit", "T:0:6", "--value", "-")


def test_a_missing_file_is_said(mailbox, replay_dlq):
    mailbox.put("T:0:5", b"{")
    with pytest.raises(CommandError, match="cannot be read"):
        replay_dlq("--edit", "T:0:5", "--value", "/no/such/file")


def test_the_editor_gets_the_bytes_and_its_result_is_sent(
    mailbox, replay_dlq, monkeypatch, tmp_path
):
    event = an_event()
    broken = encode(event).replace(b"IMPRESSION", b"IMPRESION")
    mailbox.put("T:0:5", broken)
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys; p = pathlib.Path(sys.argv[1]);"
        "p.write_bytes(p.read_bytes().replace(b'IMPRESION', b'IMPRESSION'))"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    monkeypatch.delenv("VISUAL", raising=False)
    replay_dlq("--edit", "T:0:5")
    assert mailbox.sent() == [(event.key, encode(event), b"T:0:5")]


@pytest.mark.parametrize(
    ("editor", "said"),
    [("true", "nothing was changed"), ("false", "ended"), ("no-such", "start"), ('a "b', "start")],
)
def test_an_editor_that_changes_nothing_sends_nothing(
    mailbox, replay_dlq, monkeypatch, editor, said
):
    mailbox.put("T:0:5", b"{")
    monkeypatch.setenv("VISUAL", editor)
    with pytest.raises(CommandError, match=said):
        replay_dlq("--edit", "T:0:5")
    assert mailbox.sent() == []


def test_a_value_without_edit_is_refused(replay_dlq):
    with pytest.raises(CommandError, match="--value goes with --edit"):
        replay_dlq("--value", "-")
