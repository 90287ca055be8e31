"""A marketer sets up a campaign with a template, by hand, in a real Chromium."""

import os
import re
import shutil
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import expect, sync_playwright

from campaigns.models import Campaign, Component, CreativeAsset, LineItem, Template
from tenants.roles import Role
from tests.factories import MembershipFactory, TenantFactory, UserFactory
from tests.factories.tenants import PASSWORD

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium in PATH"),
]
SOURCE = """<!doctype html>
<html><head><style>body { margin: 0; font: 18px sans-serif; text-align: center }</style></head>
<body>
<h2 style="color: {{ accent }}">{{ headline }}</h2>
<a href="{{ click_url }}">See it in your room</a>
</body></html>"""


@pytest.fixture
def browser(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's loop runs in this thread
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()
        connections.close_all()  # this test's own: Django keeps one for each event loop


@pytest.fixture
def tenant():
    return TenantFactory(name="Nordic Floors", timezone="America/Toronto")


@pytest.fixture
def page(browser, live_server, tenant, settings):
    settings.CLICKHOUSE_URL = ""  # a thread a request would leave one connection each
    MembershipFactory(tenant=tenant, user=UserFactory(username="mark"), role=Role.MANAGER)
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(10_000)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("#id_username", "mark")
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    expect(page.get_by_text("Add your first campaign")).to_be_visible()
    yield page
    assert not faults


def shot(page, name, tmp_path):
    """A picture for people to look at: in ADMIN_SHOTS, or thrown away with the test."""
    folder = Path(os.environ.get("ADMIN_SHOTS", tmp_path))
    page.wait_for_timeout(300)
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def save(page):
    page.click("button[name=_continue]")
    expect(page.get_by_text(re.compile("was (added|changed) successfully")).first).to_be_visible()


def choose(page, field, text):
    """Choose in a searchable list (select2)."""
    page.locator(f"#id_{field} + .select2 .select2-selection").click()
    page.locator(".select2-container--open .select2-search__field").last.fill(text)
    page.locator(".select2-results__option", has_text=text).first.click()


def add_placement(page, url):
    page.goto(f"{url}/admin/campaigns/placement/add/")
    page.fill("#id_name", "Room visualiser")
    page.fill("#id_key", "visualizer_native_1")
    page.fill("#id_width", "300")
    page.fill("#id_height", "250")
    page.fill("#id_allowed_domains", "shop.example\n*.floors.example")
    save(page)


def add_campaign(page, url):
    page.goto(f"{url}/admin/campaigns/campaign/add/")
    page.fill("#id_name", "Spring floors")
    page.select_option("#id_status", "ACTIVE")
    page.fill("#id_start_at_0", "2026-01-01")
    page.fill("#id_start_at_1", "00:00:00")
    page.fill("#id_end_at_0", "2036-01-01")
    page.fill("#id_end_at_1", "00:00:00")
    page.fill("#id_daily_budget_cents", "250")
    save(page)


def add_line_item(page, url):
    page.goto(f"{url}/admin/campaigns/lineitem/add/")
    choose(page, "campaign", "Spring")
    page.select_option("#id_placement", label="Room visualiser (visualizer_native_1)")
    page.fill("#id_name", "Ontario kitchens")
    page.fill("#id_bid_cents", "2.50")
    choose(page, "country_include", "Canada")
    page.fill("#id_key_values", "room_type = kitchen")
    page.fill("#id_dayparts", "mon-fri 09:00-17:00")
    save(page)


def add_component(page, number, name, kind, values):
    if number:
        page.get_by_text("Add another Component").click()
    prefix = f"#id_components-{number}"
    page.fill(f"{prefix}-name", name)
    page.select_option(f"{prefix}-kind", kind)
    group = page.locator(f"#components-{number}-assets-data")
    for index, value in enumerate(values):
        if not page.locator(f"{prefix}-assets-{index}-value").count():
            group.get_by_text("Add another Value").click()
        page.fill(f"{prefix}-assets-{index}-value", value)


def test_a_marketer_sets_up_a_campaign_with_a_template(page, live_server, tenant, tmp_path):
    url = live_server.url
    add_placement(page, url)
    shot(page, "placement", tmp_path)
    add_campaign(page, url)
    shot(page, "campaign", tmp_path)
    add_line_item(page, url)
    shot(page, "line-item", tmp_path)
    expect(page.get_by_text("the country is Canada (CA)")).to_be_visible()
    item = LineItem.across_tenants.get()
    assert (item.bid_cents, item.tenant) == (250, tenant)
    assert Campaign.across_tenants.get().daily_budget_cents == 25_000


def test_fields_and_json_of_a_rule_take_turns(page, live_server, tmp_path):
    add_placement(page, live_server.url)
    add_campaign(page, live_server.url)
    add_line_item(page, live_server.url)
    expect(page.locator("#id_rule_json")).to_be_hidden()
    page.get_by_text("Write JSON").click()
    expect(page.locator("#id_rule_json")).to_be_visible()
    expect(page.locator("#id_key_values")).to_be_hidden()
    page.fill("#id_rule_json", '{"not": {"any": [{"country": ["CA"]}, {"os": ["ios"]}]}}')
    save(page)
    shot(page, "rule-json", tmp_path)
    expect(page.locator("#id_rule_json")).to_be_visible()
    assert "not" in LineItem.across_tenants.get().targeting_json


def test_a_template_is_written_previewed_published_and_its_tag_copied(page, live_server, tmp_path):
    add_campaign(page, live_server.url)
    page.goto(f"{live_server.url}/admin/campaigns/template/add/")
    choose(page, "campaign", "Spring")
    page.fill("#id_name", "Floor teaser")
    page.fill("#id_landing_url", "https://shop.example/floors")
    page.fill("#id_source", SOURCE)
    page.get_by_text("Add another Component").click()
    add_component(page, 0, "headline", "text", ["New floors, same week", "Oak from 39"])
    add_component(page, 1, "accent", "color", ["#0f766e", "#b45309"])
    shot(page, "template-new", tmp_path)
    save(page)
    shot(page, "template", tmp_path)
    assert CreativeAsset.across_tenants.count() == 4
    assert list(Component.across_tenants.values_list("name", flat=True)) == ["headline", "accent"]

    page.get_by_role("link", name="Preview").click()
    frame = page.frame_locator("iframe").first
    expect(frame.get_by_role("heading")).to_be_visible()
    shot(page, "preview", tmp_path)
    page.get_by_role("link", name="Back to the template").click()

    page.get_by_role("link", name="Publish").click()
    shot(page, "publish", tmp_path)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("is published")).to_be_visible()
    shot(page, "template-published", tmp_path)
    assert Template.across_tenants.get().status == "published"

    page.get_by_role("link", name="Copy tag").click()
    expect(page.locator("#tag-script")).to_contain_text("/ad_server/template?")
    shot(page, "tag", tmp_path)


def test_an_unsafe_template_is_refused_where_it_was_typed(page, live_server, tmp_path):
    add_campaign(page, live_server.url)
    page.goto(f"{live_server.url}/admin/campaigns/template/add/")
    choose(page, "campaign", "Spring")
    page.fill("#id_name", "Floor teaser")
    page.fill("#id_landing_url", "https://shop.example/floors")
    page.fill("#id_source", SOURCE + "<script>alert(1)</script>")
    page.get_by_text("Add another Component").click()
    add_component(page, 0, "headline", "text", ["New floors"])
    page.click("button[name=_continue]")
    expect(page.get_by_text("Line 6, column").first).to_be_visible()
    shot(page, "template-refused", tmp_path)
    assert page.input_value("#id_components-0-assets-0-value") == "New floors"
    assert not Template.across_tenants.exists()
