"""What kind of statement a query is, as far as the protocol needs to know (pure).

Everything is looked up in the query's *mask*: the same text, of the same length, in which comments
are blanks and everything quoted holds only "q"s, so that no expression trips over their contents.
"""

import re
from dataclasses import dataclass

QUOTED_OR_COMMENT = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|\"(?:[^\"\\]|\\.|\"\")*\""
    r"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|(?P<line>--[^\n]*|#[ !][^\n]*)|(?P<block>/\*)",
    re.DOTALL,
)
COMMENT_EDGE = re.compile(r"/\*|\*/")
NAME = r"(?:\w+|`q*`|\"q*\")"
FIRST_WORD = re.compile(r"\s*(\w+|\()")
INSERT = re.compile(
    rf"^\s*INSERT\s+INTO\s*(?:\bTABLE\s+)?(?P<table>{NAME}(?:\s*\.\s*{NAME})?)"
    r"\s*(?P<columns>\((?:[^()]|\([^()]*\))*\))?\s*"
    r"(?:SETTINGS\s+(?P<settings>.*?)\s*)?(?:\bVALUES|\bFORMAT\s+\w+)\s*$",
    re.IGNORECASE | re.DOTALL,
)
ANY_INSERT = re.compile(r"\bINSERT\s+INTO\b", re.IGNORECASE)
STREAMING_ENGINE = re.compile(r"\bENGINE\s*=?\s*[`\"]?(Kafka|RabbitMQ|NATS)\b", re.IGNORECASE)
CREATES = frozenset({"CREATE", "ATTACH", "REPLACE"})
OUTFILE = re.compile(r"\bINTO\s+OUTFILE\b", re.IGNORECASE)
FORMAT = re.compile(r"\sFORMAT\s+[A-Za-z]\w*(?=\s*(?:\bSETTINGS\s.*)?$)", re.IGNORECASE | re.DOTALL)
END = "; \n\t\r\f\v"
SYNTAX_ERROR, NOT_SUPPORTED = 62, 48  # ClickHouse's codes
SELECTS = frozenset({"SELECT", "WITH", "FROM", "("})
SHOWS = frozenset({"SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS"})


@dataclass(frozen=True, slots=True)
class Statement:
    """A query without its final semicolon and, where the client formats the rows, its FORMAT."""

    text: str
    mask: str

    @property
    def first_word(self) -> str:
        match = FIRST_WORD.match(self.mask)
        return match[1].upper() if match else ""

    @property
    def is_select(self) -> bool:
        """Whether the engine can stream its rows, and DESCRIBE TABLE (query) says its columns."""
        return self.first_word in SELECTS and not ANY_INSERT.search(self.mask)

    @property
    def is_show(self) -> bool:
        """Whether it has rows and no effect, so that it may run again to learn its columns."""
        return self.first_word in SHOWS


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT whose rows come as blocks from the client."""

    table: str
    columns: str  # "(a, b)" or ""
    settings: str

    @property
    def head(self) -> str:
        settings = f" SETTINGS {self.settings}" if self.settings else ""
        return f"INSERT INTO {self.table} {self.columns}{settings}"

    @property
    def sample(self) -> str:
        """A query with the columns that the client must send."""
        names = self.columns[1:-1] if self.columns else "*"
        return f"SELECT {names}\nFROM {self.table}"


def parse(query: str) -> Statement:
    mask = _mask(query)
    statement = Statement(query, mask)
    if statement.first_word == "INSERT":
        return statement  # inline data is the engine's business
    end = len(mask.rstrip(END))
    statement = Statement(query[:end], mask[:end])
    has_rows = statement.is_select or statement.is_show
    return _without_format(statement) if has_rows else statement


def as_insert(statement: Statement) -> Insert | None:
    """The insert, when the query asks for blocks; None for anything else, VALUES inline too."""
    match = INSERT.match(statement.mask.rstrip(END))
    if not match:
        return None

    def part(name: str) -> str:
        start, end = match.span(name)
        return statement.text[start:end] if start >= 0 else ""

    return Insert(part("table"), part("columns"), part("settings"))


def refusal(statement: Statement) -> tuple[int, str] | None:
    """Why the embedded engine must not see this statement, with ClickHouse's code; None if it may.

    Engine names are looked for in quotes and comments too: better once too often than a data
    directory that never opens again.
    """
    if not statement.first_word and not statement.mask.strip(END):
        return SYNTAX_ERROR, "Syntax error: Empty query"
    if statement.first_word != "INSERT" and ";" in statement.mask:  # inline data may hold one
        return SYNTAX_ERROR, "Syntax error: Multi-statements are not allowed"
    if statement.first_word in CREATES and STREAMING_ENGINE.search(statement.text):
        return NOT_SUPPORTED, "a table that consumes a queue makes the data directory unusable"
    if statement.is_select and OUTFILE.search(statement.mask):
        return NOT_SUPPORTED, "INTO OUTFILE belongs to ClickHouse's own client, not to its server"
    return None


def _without_format(statement: Statement) -> Statement:
    """Over the native protocol rows are always blocks: ClickHouse ignores FORMAT, so do we."""
    match = FORMAT.search(statement.mask)
    if not match:
        return statement
    start, end = match.span()
    text, mask = statement.text, statement.mask
    return Statement(text[:start] + text[end:], mask[:start] + mask[end:])


def _mask(query: str) -> str:
    parts, position = [], 0
    while match := QUOTED_OR_COMMENT.search(query, position):
        parts.append(query[position : match.start()])
        position = _end_of_comment(query, match.end()) if match["block"] else match.end()
        token = query[match.start() : position]
        is_comment = match["block"] or match["line"]
        inside = "q" * (len(token) - 2)
        parts.append(" " * len(token) if is_comment else token[0] + inside + token[-1])
    return "".join(parts) + query[position:]


def _end_of_comment(query: str, position: int) -> int:
    """Comments nest in ClickHouse."""
    depth = 1
    while depth and (edge := COMMENT_EDGE.search(query, position)):
        depth += 1 if edge[0] == "/*" else -1
        position = edge.end()
    return len(query) if depth else position
