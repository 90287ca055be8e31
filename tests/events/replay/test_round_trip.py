"""From the consumer to the dead letters and back: corrected events count, and count once."""

import io

from django.core.management import call_command

from events.types import encode
from tests.events.builders import an_event


def replay(*arguments):
    output = io.StringIO()
    call_command("replay_dlq", *arguments, stdout=output)
    return output.getvalue()


def key_of_the_letter(stream) -> str:
    return stream.read(stream.dead_letter_topic, 1)[0].key().decode()


def test_a_corrected_message_is_stored_once_however_often_it_is_sent(stream, stored, tmp_path):
    event = an_event()
    stream.send(an_event(), encode(event).replace(b"IMPRESSION", b"IMPRESION"))
    consumer = stream.consumer()
    try:
        assert stream.drive(consumer, 2).dead_letters == 1
        corrected = tmp_path / "corrected.json"
        corrected.write_bytes(encode(event))
        for _ in range(2):
            replay("--edit", key_of_the_letter(stream), "--value", str(corrected))
        tally = stream.drive(consumer, 4)
    finally:
        consumer.reader.close()
    assert (tally.inserted, tally.duplicates, tally.dead_letters) == (2, 1, 1)
    assert stored()["raw"] == stored()["unique"] == stored()["impressions"] == 2


def test_poison_that_was_sent_again_comes_back_once_and_not_for_ever(stream, stored):
    stream.send(b"{")
    consumer = stream.consumer()
    try:
        stream.drive(consumer, 1)
        assert "total: 1 sent\n" in replay("--send", "--unreadable")
        stream.drive(consumer, 2)
        assert "total: 2 sent before" in replay("--send", "--unreadable")
    finally:
        consumer.reader.close()
    assert stored()["raw"] == 0
