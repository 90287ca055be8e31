"""Whether the platform serves the demo by now."""

import json

from adplatform.demo.browser import Browser
from adplatform.demo.file import Demo

AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}
OK = 200


def is_served(demo: Demo) -> bool:
    """Whether the process that answers knows the demo's template and API key; counts nothing.

    Raises:
        Unanswered: no process answered.
    """
    question = {"tenant_id": demo.tenant_id, "placement_key": demo.placement_key}
    headers = {**AGENT, "Authorization": f"Bearer {demo.api_key}"}
    browser = Browser(demo.base_url)  # a new connection each time meets other workers
    try:
        page = browser.ask("GET", demo.template_url, AGENT)
        decision = browser.ask("POST", "/api/decision/", headers, json.dumps(question).encode())
    finally:
        browser.close()
    return page.status == decision.status == OK and decision.json()["creative"] is not None
