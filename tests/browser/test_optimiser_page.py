"""A marketer looks at what the optimiser learnt, pins, bans and goes back, in a real Chromium."""

import pytest
from playwright.sync_api import expect

from optimization.models import Batch, Learning
from tenants.roles import Role
from tests.browser.test_admin import (
    CHROMIUM,
    browser,  # noqa: F401 - fixtures
    shot,
    tenant,  # noqa: F401
)
from tests.factories import MembershipFactory, TemplateFactory, UserFactory
from tests.factories.tenants import PASSWORD
from tests.optimization.campaign_play import Play

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium in PATH"),
]
COMPONENTS = {
    "headline": ("text", ["New floors, same week", "Oak from 39 a metre", "Walk on walnut"]),
    "accent": ("color", ["#0f766e", "#b45309", "#7c3aed"]),
    "cta": ("text", ["See it in your room", "Order a sample", "Visit us"]),
}
SOURCE = """<!doctype html>
<html><head><style>body { margin: 0; font: 18px sans-serif; text-align: center }
a { display: inline-block; padding: 8px 14px; color: #fff; text-decoration: none }</style></head>
<body><h2>{{ headline }}</h2>
<a style="background-color: {{ accent }}" href="{{ click_url }}">{{ cta }}</a>
</body></html>"""


@pytest.fixture
def template(event_store, tenant, settings, tmp_path):  # noqa: F811
    """Published, with three runs, and what was shown after each."""
    row = TemplateFactory(
        campaign__tenant=tenant,
        name="Floor teaser",
        components=COMPONENTS,
        source=SOURCE,
        status="published",
    )
    play = Play(row)
    play.round(3000)
    for _ in range(3):
        assert play.learn().state == "done"
        play.round(3000)
    return row


@pytest.fixture
def page(browser, live_server, tenant, template):  # noqa: F811
    MembershipFactory(tenant=tenant, user=UserFactory(username="mark"), role=Role.MANAGER)
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(10_000)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Security" in said.text else None)
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("#id_username", "mark")
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    page.get_by_role("link", name="Creative optimiser").click()
    yield page
    assert not faults


def do(page, link, button):
    link.click()
    page.get_by_role("button", name=button).click()


def open_page(page):
    page.get_by_role("link", name="Floor teaser").click()
    expect(page.get_by_text("We are 95% sure that it does better")).to_be_visible()
    for frame in page.locator("iframe").all():  # they load when they come into sight
        frame.scroll_into_view_if_needed()
    page.evaluate("window.scrollTo(0, 0)")


def test_a_marketer_reads_what_was_learnt(page, tmp_path):
    shot(page, "optimiser-list", tmp_path)
    open_page(page)
    best = page.frame_locator("iframe").first
    expect(best.get_by_role("heading", name="Walk on walnut")).to_be_visible()
    shot(page, "optimiser", tmp_path)
    page.evaluate("document.documentElement.classList.add('dark')")
    shot(page, "optimiser-dark", tmp_path)
    page.evaluate("document.documentElement.classList.remove('dark')")
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shot(page, "optimiser-phone", tmp_path)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator("table", has_text="Learnt from").get_by_role("link").first.click()
    expect(page.get_by_text("Hyper-parameters")).to_be_visible()
    expect(page.get_by_text("Doubly robust (DR)")).to_be_visible()
    shot(page, "optimiser-run", tmp_path)


def test_a_marketer_takes_hold_of_it(page, template, tmp_path):
    open_page(page)
    do(page, page.get_by_role("link", name="Pause"), "Pause")
    expect(page.get_by_text("Learning is paused")).to_be_visible()
    assert Learning.across_tenants.get().is_paused

    page.get_by_role("link", name="Settings").click()
    page.fill("#id_min_clicks", "50")
    shot(page, "optimiser-settings", tmp_path)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings hold from the next run on")).to_be_visible()
    assert Learning.across_tenants.get().min_clicks == 50

    row = page.locator(".adp-effect", has_text="New floors, same week")
    do(page, row.get_by_role("link", name="Ban"), "Ban")
    expect(page.get_by_text("“New floors, same week” is banned")).to_be_visible()
    assert len(Learning.across_tenants.get().banned_assets) == 1

    served = Batch.across_tenants.get(is_active=True)
    earlier = page.locator("tr", has_text="Go back to it").last
    do(page, earlier.get_by_role("link", name="Go back to it"), "Go back")
    expect(page.get_by_text("Visitors see version 1 for everyone else again")).to_be_visible()
    first = Batch.across_tenants.get(template=template, version=1)
    now = Batch.across_tenants.get(is_active=True)
    assert now.pk != served.pk
    assert now.arms == first.arms
    shot(page, "optimiser-held", tmp_path)
