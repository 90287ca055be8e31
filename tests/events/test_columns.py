"""The columns of a batch."""

from events.columns import build
from events.plan import Bounds
from events.records import Arrived
from events.types import Event
from tests.events.builders import an_event
from tests.events.test_types import FULL

BOUNDS = Bounds("topic", 3, 10, 19)


def test_a_row_holds_the_event_and_its_place():
    columns = build([Arrived(FULL, 12)], BOUNDS)
    row = {name: values[0] for name, values in columns.items()}
    assert row["event_time"] == 1_795_262_398_123
    assert row["received_at"] == 1_795_262_400_000
    assert row["metadata_json"] == '{"room_type":"bedroom"}'
    place = ("kafka_topic_id", "kafka_partition", "kafka_offset", "batch_first", "batch_last")
    assert [row[name] for name in place] == ["topic", 3, 12, 10, 19]


def test_every_field_of_an_event_has_its_column():
    renamed = {"ts": "event_time", "metadata": "metadata_json"}
    columns = build([Arrived(an_event(), 1), Arrived(an_event(), 2)], BOUNDS)
    assert {renamed.get(name, name) for name in Event.__struct_fields__} <= columns.keys()
    assert {len(values) for values in columns.values()} == {2}
