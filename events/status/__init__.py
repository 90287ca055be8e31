"""How the consumers are doing: what PostgreSQL and Kafka say, and what is wrong with it."""

from events.status.gather import gather
from events.status.verdict import Facts, Status, judge

__all__ = ["Facts", "Status", "gather", "judge"]
