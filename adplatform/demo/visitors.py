"""What one visitor does: is shown an ad over real HTTP, looks, perhaps clicks, perhaps buys."""

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from adplatform.demo.browser import Answer, Browser, Unanswered
from adplatform.demo.file import Demo, Tag
from adplatform.demo.people import Person, somebody
from adplatform.demo.tally import Counts, Tally
from adplatform.demo.truth import Truth

API_SHARE = 0.6  # visits that ask /api/decision/; the others load a page with a tag
VIEWABLE_RATE = 0.72
IMPRESSION, VIEW, CLICK = Counts(impressions=1), Counts(viewable=1), Counts(clicks=1)
CONFIG = re.compile(rb'id="adp-config"[^>]*>(.*?)</script>', re.DOTALL)
IDS = ("campaign_id", "line_item_id", "placement_id", "segment_id", "template_id")


class Unexpected(Exception):
    """The server answered something that a browser could not use."""


@dataclass(frozen=True, slots=True)
class Ad:
    """What a visitor sees, and where the page reports it."""

    impression_url: str
    viewable_url: str
    click_url: str
    arm: tuple[str, ...]
    segment: str
    ids: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Visitors:
    """Visits the platform, one visit at a time."""

    demo: Demo
    browser: Browser
    truth: Truth
    tally: Tally
    rng: Random
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def visit(self) -> None:
        """One visit from arrival to order; what the server acknowledged is tallied."""
        person = somebody(self.rng)
        try:
            ad = self._arrive(person)
            self.tally.visit(filled=ad is not None)
            if ad is not None:
                self._look(person, ad)
        except (Unexpected, Unanswered) as exc:
            self.tally.problem(f"{type(exc).__name__.lower()}: {exc}")

    # --- Being shown an ad

    def _arrive(self, person: Person) -> Ad | None:
        if self.rng.random() < API_SHARE:
            return self._ask(person, self.rng.choice(list(self.demo.audience.placements)))
        return self._open(person, self.rng.choice(self.demo.audience.tags))

    def _ask(self, person: Person, placement_key: str) -> Ad | None:
        """A visualizer asks for an ad, then shows the image or loads the template's page."""
        question = {
            "tenant_id": self.demo.tenant_id,
            "placement_key": placement_key,
            "user_id": person.user_id,
            "session_id": person.session_id,
            "context": person.context,
        }
        decision = self._post_json("/api/decision/", person, question, expected=200).json()
        creative = decision["creative"]
        if creative is None:
            return None
        ids = {name: decision[name] for name in IDS if decision.get(name)}
        ids["creative_id"] = creative["id"]
        if "template_url" in creative:
            return self._fill(person, creative["template_url"], ids)
        return self._ad(decision, (f"product/{creative['product_sku']}",), ids)

    def _open(self, person: Person, tag: Tag) -> Ad | None:
        ids = {"placement_id": tag.placement_id, "line_item_id": tag.line_item_id}
        return self._fill(person, tag.template_url, ids)

    def _fill(self, person: Person, template_url: str, ids: Mapping[str, object]) -> Ad | None:
        """The sandboxed frame: the page's tag asks for the components' values."""
        page = self._get(template_url, person.headers, expected=200)
        found = CONFIG.search(page.body)
        if found is None:
            raise Unexpected("the ad's page has no adp-config")
        headers = {**person.headers, "Origin": "null"}
        decision_url = json.loads(found[1])["decision_url"]
        decision = self._get(decision_url, headers, expected=200).json()
        if decision["ad_id"] is None:
            return None
        assets = self.demo.audience.assets
        arm = tuple(
            assets.get(str(part["creative_asset_id"]), part["value"])
            for part in decision["components"]
        )
        known = {name: decision[name] for name in IDS if decision.get(name)}
        return self._ad(decision, arm, {**known, **ids, "ad_id": decision["ad_id"]})

    def _ad(
        self, decision: Mapping[str, Any], arm: tuple[str, ...], ids: Mapping[str, object]
    ) -> Ad:
        return Ad(
            impression_url=decision["impression_url"],
            viewable_url=decision["viewable_url"],
            click_url=decision["click_url"],
            arm=arm,
            segment=self.demo.audience.segments.get(str(decision["segment_id"]), ""),
            ids=ids,
        )

    # --- Looking, clicking, buying

    def _look(self, person: Person, ad: Ad) -> None:
        self._beacon(ad.impression_url, person, IMPRESSION)
        if self.rng.random() < VIEWABLE_RATE:
            self._beacon(ad.viewable_url, person, VIEW)
        wants_to = self.rng.random() < self.truth.ctr(ad.arm, ad.segment)
        if wants_to and self.tally.may_click(person.user_id, time.monotonic()):
            self._click(person, ad)
            if self.rng.random() < self.truth.conversion_rate(ad.segment):
                self._buy(person, ad)

    def _beacon(self, url: str, person: Person, counts: Counts) -> None:
        headers = {**person.headers, "Origin": "null", "Content-Type": "text/plain;charset=UTF-8"}
        _expect(self.browser.ask("POST", url, headers, b""), 204, url)
        self.tally.add(counts)

    def _click(self, person: Person, ad: Ad) -> None:
        answer = self._get(ad.click_url, person.headers, expected=302)
        self.tally.add(CLICK)
        if not answer.location.startswith(self.demo.audience.landing_url):
            raise Unexpected(f"a click led to {answer.location[:80]!r}")

    def _buy(self, person: Person, ad: Ad) -> None:
        value = self.truth.basket_cents(self.rng)
        event = {
            "event_id": str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
            "tenant_id": self.demo.tenant_id,
            "event_type": "CONVERSION",
            "ts": self.now().isoformat(),
            "user_id": person.user_id,
            "session_id": person.session_id,
            "value_cents": value,
            "metadata": {"room_type": person.context["room_type"]},
            **ad.ids,
        }
        self._post_json("/api/events/", person, event, expected=202)
        self.tally.add(Counts(conversions=1, revenue_cents=value))

    # --- HTTP

    def _get(self, url: str, headers: Mapping[str, str], *, expected: int) -> Answer:
        return _expect(self.browser.ask("GET", url, headers), expected, url)

    def _post_json(
        self, path: str, person: Person, content: Mapping[str, object], *, expected: int
    ) -> Answer:
        headers = {
            **person.headers,
            "Authorization": f"Bearer {self.demo.api_key}",
            "Content-Type": "application/json",
        }
        body = json.dumps(content).encode()
        return _expect(self.browser.ask("POST", path, headers, body), expected, path)


def _expect(answer: Answer, status: int, url: str) -> Answer:
    if answer.status == status:
        return answer
    path = url.partition("?")[0]
    detail = answer.body[:160].decode(errors="replace")
    raise Unexpected(f"{path} answered {answer.status}, not {status}: {detail}")
