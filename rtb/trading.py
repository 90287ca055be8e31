"""A book as it stands this second: which of its ads may bid, what they are worth, who sits out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from adplatform.money import Micros
from adserving.ledger.scopes import Scope
from rtb.book import Book
from rtb.draws import Paced
from rtb.learned import TenantState
from rtb.rules.impression import Losses
from rtb.spent import Spent
from rtb.tally import Tally
from rtb.worth import Worth

NOTHING_LEARNED: Final = TenantState()


class RequestPolicies(Protocol):
    """The account's policies, as far as bidding asks them (``rtb.policies``)."""

    @property
    def version(self) -> str: ...

    @property
    def has_request_rules(self) -> bool: ...

    def request(self, asked: Mapping[str, object]) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Trading:
    """Immutable but for what it counts; ``rtb.desk`` makes a new one every second."""

    book: Book
    ads: int  # those that may bid now
    off: Losses  # the others, by reason
    worth: Worth
    base: Mapping[int, Micros]  # by line item id: what it is worth before multipliers, CPM
    paced: Paced | None = None
    sits_out: tuple[int, ...] = ()  # sets drawn by pacing; empty: nobody does
    state: TenantState = NOTHING_LEARNED  # what all this was made of
    policies: RequestPolicies | None = None
    scopes: dict[tuple[int, str], tuple[Scope, ...] | None] = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)
    tally: Tally = field(default_factory=Tally)  # of this book's requests
