"""What kind of statement a query is, as far as the protocol needs to know (pure)."""

import re
from dataclasses import dataclass

COMMENTS = re.compile(r"'(?:[^'\\]|\\.|'')*'|(--[^\n]*|/\*.*?\*/)", re.DOTALL)
INSERT = re.compile(
    r"^\s*INSERT\s+INTO\s+(?:TABLE\s+)?(?P<table>(?:`[^`]+`|\"[^\"]+\"|\w+)"
    r"(?:\.(?:`[^`]+`|\"[^\"]+\"|\w+))?)\s*(?P<columns>\([^()]*\))?\s*"
    r"(?:SETTINGS\s+(?P<settings>.*?)\s*)?(?:VALUES|FORMAT\s+\w+)\s*;?\s*$",
    re.IGNORECASE | re.DOTALL,
)
KAFKA_ENGINE = re.compile(r"\bENGINE\s*=\s*(Kafka|RabbitMQ|NATS)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT whose rows come as blocks from the client."""

    table: str
    columns: str  # "(a, b)" or ""
    settings: str

    @property
    def described(self) -> str:
        """A query whose header names the columns that the client must send."""
        names = self.columns.strip()[1:-1] if self.columns else "*"
        return f"DESCRIBE TABLE (SELECT {names} FROM {self.table})"


def without_comments(query: str) -> str:
    return COMMENTS.sub(lambda match: " " if match[1] else match[0], query)


def as_insert(query: str) -> Insert | None:
    """The insert, when the query asks for blocks; None for anything else, VALUES inline too."""
    match = INSERT.match(without_comments(query))
    if not match:
        return None
    return Insert(match["table"], match["columns"] or "", match["settings"] or "")


def is_select(query: str) -> bool:
    """Whether the engine can stream its rows, and DESCRIBE TABLE (query) says its columns."""
    words = without_comments(query).split(None, 1)
    return bool(words) and (words[0].upper() in {"SELECT", "WITH"} or words[0].startswith("("))


def is_forbidden(query: str) -> bool:
    """A table with a streaming engine would make the embedded data directory unusable."""
    return bool(KAFKA_ENGINE.search(without_comments(query)))
