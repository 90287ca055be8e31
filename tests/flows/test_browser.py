"""A publisher page on another origin, a sandboxed iframe, a real browser."""

import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from campaigns.models import Placement
from tests.flows.advertiser import build
from tests.live import fetch, wait

sync_api = pytest.importorskip("playwright.sync_api")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright keeps an event loop in this thread
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: run `make browser`"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COMPONENTS = {
    "headline": ("text", ["See it <b>in</b> your room & more"]),
    "accent": ("color", ["#0f766e"]),
    "cta": ("text", ["Order a sample"]),
}


class Publisher:
    """A site of somebody else: one page with an ad in it, one page to land on."""

    def __init__(self) -> None:
        self.page = ""
        self.landed: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/landing"):
                    site.landed.append(self.path)
                body = (site.page if self.path == "/" else "<h1>Landing page</h1>").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def publisher():
    site = Publisher()
    yield site
    site.close()


@pytest.fixture
def browser():
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def advertiser(platform, publisher):
    """The ad host is ``localhost``, the publisher ``127.0.0.1``: two origins, two sites."""
    made = build(
        platform.url.replace("127.0.0.1", "localhost"),
        components=COMPONENTS,
        landing_url=f"{publisher.url}/landing?ad={{ad_id}}",
    )
    platform.wait_until_served(made.template_url)
    publisher.page = (
        "<!doctype html><title>Room visualiser</title><h1>Your room</h1>"
        f'<iframe src="{made.template_url.replace("&", "&amp;")}" width="300" height="250" '
        'sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )
    return made


def test_an_ad_in_a_sandboxed_frame_is_shown_clicked_and_reported(
    platform, publisher, advertiser, browser
):
    page = browser.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto(publisher.url)
    ad = page.frame_locator("iframe")
    sync_api.expect(ad.get_by_text("See it <b>in</b> your room & more")).to_be_visible()
    page.wait_for_timeout(1500)
    with page.expect_popup() as opened:
        ad.get_by_role("link").click()
    landing = opened.value
    landing.wait_for_load_state()
    assert landing.url.startswith(f"{publisher.url}/landing?ad=")
    assert [p for p in problems if "Content Security Policy" in p] == []
    expected = {"impressions": 1, "viewable": 1, "clicks": 1}
    platform.wait_for_report(advertiser.key, expected, tenant_id=advertiser.tenant_id)
    assert len(publisher.landed) == 1


def test_without_javascript_the_first_combination_is_shown_and_counted(
    platform, publisher, advertiser, browser
):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    # Not in the publisher's frame: playwright switches scripts off in a frame of another site only
    # after its parser may have taken <noscript> for text.
    page.goto(advertiser.template_url)
    sync_api.expect(page.get_by_text("Order a sample")).to_be_visible()
    platform.wait_for_report(
        advertiser.key, {"impressions": 1, "clicks": 0}, tenant_id=advertiser.tenant_id
    )
    context.close()


def test_a_site_that_is_not_allowed_shows_no_ad(platform, publisher, advertiser, browser):
    Placement.across_tenants.filter(pk=advertiser.placement_id).update(
        allowed_domains=["https://shop.example"]
    )
    wait(
        lambda: "shop.example" in _policy(advertiser.template_url),
        "the placement's change did not arrive",
    )
    page = browser.new_page()
    page.goto(publisher.url)
    page.wait_for_timeout(500)
    assert page.frame_locator("iframe").get_by_text("Order a sample").count() == 0


def _policy(url: str) -> str:
    return fetch(url).headers["content-security-policy"]
