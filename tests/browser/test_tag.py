"""The tag and the loader in a real Chromium: what is shown, what is counted, and when."""

import contextlib
import json
import shutil
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

import adserving
from adserving.render import Fallback, TagConfig, content_security_policy, render_page
from campaigns.components import ComponentKind
from campaigns.templates import compile_template

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium in PATH"),
]

NONCE = "0123456789abcdef"
COMPILED = compile_template(
    '<a id="link" href="{{ click_url }}"><h1 id="headline">{{ headline }}</h1>'
    '<img id="hero" src="{{ hero }}" alt="Buy {{ headline }}" width="50" height="50">'
    '<b id="mixed">now {{ headline }}<br>here</b></a>'
    '<p id="color" style="background-image: url({{ hero }}); color: {{ color }}">x</p>'
    '<div id="note">{{ note }}</div>',
    {
        "headline": ComponentKind.TEXT,
        "hero": ComponentKind.IMAGE,
        "color": ComponentKind.COLOR,
        "note": ComponentKind.HTML,
    },
)
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
LOADER = Path(adserving.__path__[0]) / "loader.js"


@dataclass
class World:
    """An ad server and a publisher on two ports, and what was asked of them."""

    port: int = 0
    hits: list[str] = field(default_factory=list)
    decision: object = "good"
    height: int = 250
    offset: int = 0
    image_seconds: float = 0.0

    def count(self, path):
        return self.hits.count(path)

    @property
    def ads(self):
        return f"http://localhost:{self.port}"

    @property
    def publisher(self):
        return f"http://127.0.0.1:{self.port}/page"

    def values(self, which):
        return {
            "headline": f"{which} <i>&",
            "hero": f"{self.ads}/{which}.gif",
            "color": "red" if which == "fallback" else "blue",
            "note": f"<b>{which}</b>",
        }

    def template(self):
        fallback = Fallback("1-1", "/impression/fallback", "/viewable/fallback", "/click/fallback")
        tag = TagConfig("/decision", fallback, timeout_ms=700)
        values = self.values("fallback")
        return render_page(COMPILED, values, click_url=fallback.click_url, tag=tag, nonce=NONCE)

    def decided(self):
        if self.decision == "slow":
            time.sleep(1.5)
        values = self.values("decided")
        if self.decision == "unsafe":
            values["hero"] = "javascript:alert(1)"
        if self.decision == "incomplete":
            del values["note"]
        if self.decision == "ended":
            return json.dumps({"ad_id": None, "reason": "campaign_ended", "values": {}})
        urls = {f"{k}_url": f"/{k}/decided" for k in ("impression", "viewable", "click")}
        return json.dumps({"ad_id": "2-2", "values": values, **urls})

    def page(self):
        return (
            f'<body style="margin:0"><div style="height:{self.offset}px"></div>'
            "<script>events=[];['rendered','viewable','fallback'].forEach(t=>"
            "addEventListener('adplatform:'+t,e=>events.push(t+' '+e.detail.ad_id)))</script>"
            f'<ins class="adplatform" data-src="{self.ads}/template" data-width="300" '
            f'data-height="{self.height}"></ins><script async src="{self.ads}/loader.js"></script>'
            '<div style="height:3000px"></div>'
        )

    def content(self, path):
        if path == "/template":
            return "text/html", self.template()
        if path == "/page":
            return "text/html", self.page()
        if path == "/decision":
            return "application/json", self.decided()
        if path == "/loader.js":
            return "text/javascript", LOADER.read_text()
        if path.startswith("/click"):
            return "text/html", "landing"
        if path == "/decided.gif":
            time.sleep(self.image_seconds)
        return "image/gif", GIF


def handler_for(world):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_GET(self):
            path = urlsplit(self.path).path
            world.hits.append(path)
            status = 500 if path == "/decision" and world.decision == "broken" else 200
            self.answer(status, *world.content(path))

        do_POST = do_GET  # noqa: N815 - http.server's name

        def answer(self, status, kind, body):
            data = body if isinstance(body, bytes) else body.encode()
            with contextlib.suppress(BrokenPipeError):
                self.send_response(status)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("Access-Control-Allow-Origin", "*")
                if self.path == "/template":
                    policy = content_security_policy(
                        NONCE, frame_ancestors=["http://127.0.0.1:*"], local_images=True
                    )
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(data)

    return Handler


@pytest.fixture
def world():
    state = World()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(state))
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser):
    context = browser.new_context(viewport={"width": 800, "height": 600})
    yield context.new_page()
    context.close()


def opened(world, tab):
    messages = []
    tab.on("console", lambda message: messages.append(message.text))
    tab.goto(world.publisher)
    return tab.frame_locator("iframe"), messages


def wait_for(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def settle(world, tab, path, seconds=5):
    """Lets the browser run until the server was asked for a path."""
    deadline = time.monotonic() + seconds
    while not world.count(path):
        assert time.monotonic() < deadline, (path, world.hits)
        tab.wait_for_timeout(20)


def test_it_fills_the_decided_combination_in(world, tab):
    ad, messages = opened(world, tab)
    expect(ad.locator("#headline")).to_have_text("decided <i>&")
    expect(ad.locator("#headline")).to_be_visible()
    expect(ad.locator("#hero")).to_have_attribute("src", f"{world.ads}/decided.gif")
    expect(ad.locator("#hero")).to_have_attribute("alt", "Buy decided <i>&")
    expect(ad.locator("#mixed span")).to_have_text("now decided <i>&")
    expect(ad.locator("#note b")).to_have_text("decided")
    expect(ad.locator("#color")).to_have_css("color", "rgb(0, 0, 255)")
    expect(ad.locator("#color")).to_have_css("background-image", f'url("{world.ads}/decided.gif")')
    expect(ad.locator("#link")).to_have_attribute("href", f"{world.ads}/click/decided")
    assert not [text for text in messages if "Content Security Policy" in text]


def test_it_counts_the_impression_and_after_a_second_the_view_once(world, tab):
    opened(world, tab)
    settle(world, tab, "/impression/decided")
    rendered_at = time.monotonic()
    settle(world, tab, "/viewable/decided")
    assert time.monotonic() - rendered_at > 0.8
    tab.mouse.wheel(0, 2000)
    tab.wait_for_timeout(300)
    tab.mouse.wheel(0, -2000)
    tab.wait_for_timeout(1500)
    assert [world.count(f"/{k}/decided") for k in ("impression", "viewable")] == [1, 1]
    assert not [path for path in world.hits if path.endswith("ble/fallback")]
    assert tab.evaluate("events") == ["rendered 2-2", "viewable 2-2"]


def test_an_ad_with_less_than_half_in_view_is_not_viewable_until_scrolled_to(world, tab):
    world.offset = 500  # 100 of 250 pixels are in view
    opened(world, tab)
    settle(world, tab, "/impression/decided")
    tab.wait_for_timeout(1500)
    assert world.count("/viewable/decided") == 0
    tab.mouse.move(10, 10)
    tab.mouse.wheel(0, 200)
    settle(world, tab, "/viewable/decided")


def test_a_view_shorter_than_a_second_does_not_count(world, tab):
    opened(world, tab)
    settle(world, tab, "/impression/decided")
    tab.evaluate("scrollTo(0, 2000)")
    tab.wait_for_timeout(1500)
    assert world.count("/viewable/decided") == 0


def test_of_a_large_ad_30_percent_are_enough(world, tab):
    world.height, world.offset = 900, 300  # 270,000 pixels, a third in view
    opened(world, tab)
    settle(world, tab, "/viewable/decided")


def test_a_click_opens_the_counted_link_and_counts_as_a_view(world, tab):
    ad, _ = opened(world, tab)
    settle(world, tab, "/impression/decided")
    with tab.context.expect_page() as popup:
        ad.locator("#headline").click()
    popup.value.wait_for_load_state()
    assert popup.value.url == f"{world.ads}/click/decided"
    settle(world, tab, "/viewable/decided")
    assert world.count("/click/decided") == 1


def test_a_click_before_the_images_came_brings_its_impression_and_says_so(world, tab):
    world.image_seconds = 0.9
    ad, _ = opened(world, tab)
    expect(ad.locator("#link")).to_have_attribute("href", f"{world.ads}/click/decided")
    with tab.context.expect_page() as popup:
        ad.locator("#headline").click()
    popup.value.wait_for_load_state()
    settle(world, tab, "/impression/decided&by=click")
    tab.wait_for_timeout(1500)
    assert world.count("/impression/decided") == 0


@pytest.mark.parametrize("decision", ["broken", "slow", "unsafe", "incomplete"])
def test_without_a_usable_decision_the_fallback_is_shown_whole_and_counted(world, tab, decision):
    world.decision = decision
    ad, _ = opened(world, tab)
    settle(world, tab, "/viewable/fallback")
    expect(ad.locator("#headline")).to_have_text("fallback <i>&")
    expect(ad.locator("#headline")).to_be_visible()
    expect(ad.locator("#link")).to_have_attribute("href", "/click/fallback")
    assert world.count("/impression/fallback") == 1
    assert not [path for path in world.hits if path.endswith("/decided")]
    assert "fallback 1-1" in tab.evaluate("events")


def test_a_campaign_that_has_ended_leaves_the_frame_empty_and_counts_nothing(world, tab):
    world.decision = "ended"
    ad, _ = opened(world, tab)
    expect(ad.locator("body")).to_be_empty()
    tab.wait_for_timeout(1500)
    assert not [path for path in world.hits if path.startswith(("/impression", "/viewable"))]


def test_without_javascript_the_fallback_and_its_pixel_are_there(world, browser):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{world.ads}/template")
    wait_for(lambda: world.count("/impression/fallback"))
    expect(tab.locator("#headline")).to_be_visible()
    expect(tab.locator("#color")).to_have_css("color", "rgb(255, 0, 0)")
    assert world.count("/decision") == 0
    context.close()


def test_the_ad_has_no_origin_and_stays_so_without_the_loader(world, tab):
    tab.goto(f"{world.ads}/template")
    assert tab.evaluate("origin") == "null"


def test_the_loader_fills_later_slots_on_demand_and_no_slot_twice(world, tab):
    opened(world, tab)
    expect(tab.locator("iframe")).to_have_count(1)
    tab.evaluate("document.body.append(document.querySelector('ins').cloneNode())")
    tab.evaluate("adplatform.scan(); adplatform.scan()")
    expect(tab.locator("iframe")).to_have_count(2)
    tab.evaluate(
        "s = document.querySelector('ins').cloneNode(); s.dataset.src = 'javascript:1';"
        "document.body.append(s); adplatform.scan()"
    )
    expect(tab.locator("iframe")).to_have_count(2)
    assert "allow-same-origin" not in tab.locator("iframe").first.get_attribute("sandbox")


@pytest.mark.parametrize(("name", "most"), [("tag.js", 5_500), ("loader.js", 2_000)])
def test_the_scripts_stay_small(name, most):
    assert LOADER.with_name(name).stat().st_size < most
