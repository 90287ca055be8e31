"""Somebody sees the ad that won: frames, decision, beacons, pixels, perhaps a click."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from random import Random

from rtb.exchange import page
from rtb.exchange.ledger import Ledger, Story
from rtb.exchange.lot import Lot
from rtb.exchange.macros import for_audit, substitute
from rtb.exchange.manners import Manners
from rtb.exchange.wire import NotOurs, Reply, Unanswered, Wire

GOOD = {HTTPStatus.OK, HTTPStatus.NO_CONTENT}


class Unexpected(Exception):
    """The server answered something that a browser could not use."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One rendering of one markup, by the browser of the request."""

    lot: Lot
    story: Story
    told: Mapping[str, str]  # the macros' values
    ledger: Ledger
    manners: Manners
    rng: Random
    is_audit: bool = False

    def audit(self) -> "Visit":
        """The same markup as an ad-quality scanner renders it."""
        return replace(self, is_audit=True)

    def __call__(self, wire: Wire) -> None:
        """Fetch what a browser would; what the server gets wrong is a problem in the ledger."""
        try:
            adm = self.lot.bid.adm
            markup = for_audit(adm) if self.is_audit else substitute(adm, self.told)
            shown = page.shown(self.story.kind, markup)
            click_url = self._show(wire, shown)
            if self.is_audit:
                self.ledger.count("audit")
                return
            self.ledger.shown(self.story)
            if click_url and self.rng.random() < self.manners.ctr:
                self._click(wire, click_url)
        except (Unanswered, Unexpected, page.Unreadable) as exc:
            self.ledger.problem(f"{type(exc).__name__.lower()}: {exc}")

    def _show(self, wire: Wire, shown: page.Shown) -> str:
        """Load all of it and return where a click would go."""
        click_url = shown.click
        for pixel in shown.pixels:
            self._if_ours(wire, "GET", pixel)
        for frame in shown.frames:
            click_url = self._frame(wire, frame) or click_url
        return click_url

    def _frame(self, wire: Wire, url: str) -> str:
        """A template's page: its tag asks for the decision and reports what is seen."""
        answer = self._if_ours(wire, "GET", url)
        if answer is None or answer.status != HTTPStatus.OK:
            return ""
        asked = wire.ask("GET", page.decision_url(answer.body), self._headers(framed=True))
        decision = page.read_decision(_good(asked, "the decision").body)
        if decision is None:
            raise Unexpected("a won impression has no ad")
        _good(
            wire.ask("POST", decision.impression_url, self._headers(framed=True), b""), "impression"
        )
        if self.rng.random() < self.manners.view:
            _good(wire.ask("POST", decision.viewable_url, self._headers(framed=True), b""), "view")
        return decision.click_url

    def _click(self, wire: Wire, url: str) -> None:
        """Follow our redirect as far as the advertiser's page, which is not opened."""
        answer = self._if_ours(wire, "GET", url)
        if answer is None:
            return
        if answer.status != HTTPStatus.FOUND or not answer.location:
            raise Unexpected(f"a click answered {answer.status}")
        self.ledger.clicked(self.story)

    def _if_ours(self, wire: Wire, method: str, url: str) -> Reply | None:
        """The answer; None for pictures and links that are somebody else's."""
        try:
            answer = wire.ask(method, url, self._headers(framed=False))
        except NotOurs:
            return None
        if answer.status in GOOD or answer.status == HTTPStatus.FOUND:
            return answer
        raise Unexpected(f"{url.partition('?')[0]} answered {answer.status}")

    def _headers(self, *, framed: bool) -> dict[str, str]:
        headers = {
            "User-Agent": self.lot.call.user_agent,
            "Accept-Language": self.lot.call.language,
        }
        if not framed:
            return headers
        return headers | {"Origin": "null", "Content-Type": "text/plain;charset=UTF-8"}


def _good(answer: Reply, what: str) -> Reply:
    if answer.status not in GOOD:
        raise Unexpected(f"{what} answered {answer.status}: {answer.body[:120]!r}")
    return answer
