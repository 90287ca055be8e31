"""Overview, results, previews, tags, and why a line item does not serve."""

from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.urls import reverse

from adplatform.admin.results import NOT_COUNTED
from adplatform.clients import clickhouse
from adplatform.tokens import Keyring, Purpose
from adserving.credentials import open_grant
from campaigns.models import Template
from campaigns.services import publish
from events import ledger, store
from events.plan import Bounds
from events.records import Arrived
from events.types import EventType, InvalidReason
from optimization.space import format_ad_id
from reporting.attribution.credit import credit_news
from tests.campaigns.admin.pages import client_of, text_of
from tests.events.builders import an_event
from tests.factories import (
    AttributionRuleFactory,
    CampaignFactory,
    CreativeFactory,
    FrequencyCapFactory,
    LineItemFactory,
    PlacementFactory,
    SegmentFactory,
    TemplateFactory,
    TenantFactory,
    first_combination,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return TenantFactory(timezone="America/Toronto")


@pytest.fixture
def client(tenant):
    return client_of(tenant)


@pytest.fixture
def campaign(tenant):
    return CampaignFactory(tenant=tenant, name="Spring floors")


@pytest.fixture
def item(campaign):
    row = LineItemFactory(
        campaign=campaign,
        name="Ontario kitchens",
        targeting_json={
            "all": [
                {"dimension": "region", "op": "in", "values": ["CA-ON"]},
                {"dimension": "key_value", "key": "room_type", "op": "in", "values": ["kitchen"]},
            ]
        },
    )
    CreativeFactory(line_item=row)
    return row


class TestOverview:
    def test_it_lists_running_campaigns_and_what_is_missing(self, client, campaign):
        LineItemFactory(campaign=campaign, name="Empty")
        TemplateFactory(campaign=campaign, name="Teaser")
        text = unescape(text_of(client.get(reverse("admin:index"))))
        assert "Spring floors" in text
        assert "Line item “Empty” has no active creative" in text
        assert "Template “Teaser v1” is a draft" in text

    def test_an_empty_account_is_told_where_to_start(self, client):
        text = text_of(client.get(reverse("admin:index")))
        assert "Add a placement" in text
        assert "Add your first campaign" in text

    def test_it_opens_without_the_analytics_store(self, client, campaign, settings):
        clickhouse.disconnect()
        settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"
        text = text_of(client.get(reverse("admin:index")))
        clickhouse.disconnect()
        assert "the analytics store does not answer" in text
        assert "Spring floors" in text


def count(tenant, campaign, **figures):
    names = ("placement_id", "line_item_id", "creative_id", "template_id", "segment_id")
    sums = ("impressions", "views", "clicks", "conversions", "interactions", "cost_micros")
    more = ("invalid_impressions", "invalid_clicks", "revenue_cents")
    row = {**dict.fromkeys([*names, *sums, *more], 0), "ad_id": ""}
    row |= {"tenant_id": tenant.pk, "campaign_id": campaign.pk, **figures}
    row["minute"] = datetime.now(UTC).replace(second=0, microsecond=0)
    clickhouse.insert_columns("ad_events_minute_agg", {name: [v] for name, v in row.items()})


def store_events(tenant, campaign, *several):
    now = datetime.now(UTC)
    ids = {"tenant_id": tenant.pk, "campaign_id": campaign.pk, "ts": now, "received_at": now}
    arrived = [Arrived(an_event(**{**ids, **each}), number) for number, each in enumerate(several)]
    store.insert(arrived, Bounds("topic", 0, 0, len(several)))


class TestResults:
    def test_it_names_campaigns_and_adds_up(self, client, tenant, campaign, event_store):
        count(tenant, campaign, impressions=1_500, clicks=30, cost_micros=3_500_000)
        text = text_of(client.get(reverse("admin:results")))
        for shown in ("Spring floors", "1,500", "2.00%", "3.50 CAD"):
            assert shown in text

    @pytest.mark.parametrize(
        "by",
        ["campaign", "line_item", "creative", "template", "ad_id", "segment", "placement", "day"],
    )
    def test_every_breakdown_opens(self, client, tenant, campaign, event_store, by):
        count(tenant, campaign, impressions=1, ad_id="1-2")
        answer = client.get(reverse("admin:results"), {"by": by, "days": "30"})
        assert len(answer.context["lines"]) == 1

    @pytest.mark.parametrize(("by", "shown"), [("country", "CA"), ("device_type", "Unknown")])
    @pytest.mark.usefixtures("event_store")
    def test_single_events_know_the_country_and_the_device(
        self, client, tenant, campaign, by, shown
    ):
        store_events(tenant, campaign, {"country": "CA"})
        answer = client.get(reverse("admin:results"), {"by": by})
        assert [line.name for line in answer.context["lines"]] == [shown]

    @pytest.mark.usefixtures("event_store")
    def test_conversions_are_attributed_by_the_accounts_rule(self, client, tenant, campaign):
        AttributionRuleFactory(tenant=tenant, model="linear")
        other = CampaignFactory(tenant=tenant, name="Autumn doors")
        click = {"event_type": EventType.CLICK, "user_id": "u"}
        bought = {"event_type": EventType.CONVERSION, "campaign_id": 0}
        conversions = ({**bought, "user_id": "u"}, {**bought, "user_id": "v"})
        store_events(tenant, campaign, click, {**click, "campaign_id": other.pk}, *conversions)
        assert "no conversion is credited" in text_of(client.get(reverse("admin:results")))
        credit_news(tenant.pk, now=datetime.now(UTC))
        answer = client.get(reverse("admin:results"))
        column = answer.context["headers"].index("Attributed")
        lines = {line.name: line.cells[column] for line in answer.context["lines"]}
        assert lines == {"Spring floors": "0.50", "Autumn doors": "0.50", "None": "0"}
        assert answer.context["total"].cells[column] == "1"
        assert "(Linear)" in text_of(answer)

    @pytest.mark.usefixtures("event_store")
    def test_a_credit_knows_no_country(self, client, tenant, campaign):
        store_events(tenant, campaign, {"country": "CA"})
        answer = client.get(reverse("admin:results"), {"by": "country"})
        assert len(answer.context["headers"]) == len(answer.context["total"].cells)
        assert "Attributed" not in answer.context["headers"]

    def test_it_says_what_was_not_counted_and_why(self, client, tenant, campaign, event_store):
        robot = {"invalid_reason": InvalidReason.KNOWN_BOT}
        again = {"invalid_reason": InvalidReason.REPLAYED_TOKEN, "event_type": EventType.CLICK}
        store_events(tenant, campaign, {}, robot, robot, again)
        answer = client.get(reverse("admin:results"))
        lines = {line.name: line.cells for line in answer.context["not_counted"]}
        assert lines == {"Known robot": ("2", "0"), "Clicked again": ("0", "1")}
        assert "Not counted: invalid traffic" in text_of(answer)

    def test_every_reason_has_words(self):
        assert set(NOT_COUNTED) == set(InvalidReason) - {InvalidReason.NONE}

    def test_it_says_until_when_everything_is_counted(
        self, client, tenant, campaign, event_store, settings
    ):
        count(tenant, campaign, impressions=1)
        source = ledger.Source(settings.EVENTS_TOPIC, "topic", 0, 1)
        moment = datetime(2026, 11, 20, 17, 3, 9, tzinfo=UTC)
        ledger.caught_up(ledger.take(source, "me"), moment)
        text = text_of(client.get(reverse("admin:results")))
        zone = ZoneInfo(tenant.timezone)
        assert f"received before {moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" in text
        assert "Newer events are on their way" in text

    def test_an_unknown_breakdown_is_a_message(self, client):
        assert "Select a valid choice" in text_of(client.get(reverse("admin:results"), {"by": "x"}))


class TestWhy:
    def ask(self, client, item, **visitor):
        return client.get(reverse("admin:why", args=[item.pk]), visitor)

    def test_every_rule_is_answered(self, client, item):
        verdicts = self.ask(client, item, country="CA").context["verdicts"]
        assert [verdict.passed for verdict in verdicts] == [True, True, True, False, True]
        assert "region does not match" in verdicts[3].detail

    def test_a_visitor_who_matches_is_served(self, client, item):
        answer = self.ask(client, item, region="CA-ON", country="CA", facts="room_type = kitchen")
        assert all(verdict.passed for verdict in answer.context["verdicts"])
        assert [each.outcome for each in answer.context["candidates"]] == ["Would be shown"]

    def test_competitors_are_listed_with_their_outcome(self, client, item):
        other = LineItemFactory(campaign=item.campaign, placement=item.placement, priority=1)
        CreativeFactory(line_item=other)
        answer = self.ask(client, item, region="CA-ON", facts="room_type = kitchen")
        outcomes = {each.name: each.outcome for each in answer.context["candidates"]}
        assert outcomes[other.name] == "Would be shown"
        assert "another line item won" in outcomes[item.name]

    def test_the_moment_is_of_the_accounts_time_zone(self, client, item):
        item.targeting_json = {
            "dimension": "daypart",
            "op": "in",
            "values": [{"days": ["mon"], "from": "09:00", "to": "10:00"}],
        }
        item.save()
        item.campaign.end_at = datetime(2030, 1, 1, tzinfo=UTC)
        item.campaign.save()
        monday = {"at_0": "2028-01-03", "at_1": "09:30:00"}
        assert self.ask(client, item, **monday).context["verdicts"][3].passed
        assert (
            not self.ask(client, item, **monday | {"at_1": "14:30:00"})
            .context["verdicts"][3]
            .passed
        )

    def test_asking_touches_no_frequency_counter(self, client, item, clean_redis):
        FrequencyCapFactory(campaign=item.campaign)
        self.ask(client, item, region="CA-ON", facts="room_type = kitchen")
        assert not clean_redis.keys("fc:*")

    def test_a_placement_that_is_off_is_said(self, client, item):
        item.placement.is_active = False
        item.placement.save()
        assert "switched off" in text_of(self.ask(client, item))

    def test_other_accounts_line_items_are_not_named(self, client, item):
        CreativeFactory(line_item__name="Foreign line item")
        assert "Foreign" not in text_of(self.ask(client, item))


class TestPreview:
    def test_it_shows_different_combinations_and_counts_nothing(self, client, campaign):
        template = TemplateFactory(campaign=campaign)
        answer = client.get(reverse("admin:preview", args=[template.pk]))
        shown = {each.ad_id for each in answer.context["shown"]}
        assert len(shown) == 6
        frame = client.get(answer.context["shown"][0].url)
        assert "New floors" in text_of(frame) or "Oak from" in text_of(frame)
        assert "/ad_server/" not in text_of(frame)

    def test_the_frame_runs_under_the_ad_servers_policy(self, client, campaign):
        template = TemplateFactory(campaign=campaign)
        query = {"ad_id": format_ad_id(first_combination(template))}
        frame = client.get(reverse("admin:frame", args=[template.pk]), query)
        policy = frame["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert "frame-ancestors 'self'" in policy

    @pytest.mark.parametrize("ad_id", ["", "1-2", "9-9-9-9", "<script>", "1" * 600])
    def test_a_frame_of_no_combination_is_not_found(self, client, campaign, ad_id):
        template = TemplateFactory(campaign=campaign)
        address = reverse("admin:frame", args=[template.pk])
        assert client.get(address, {"ad_id": ad_id}).status_code == 404

    def test_a_broken_draft_says_what_is_wrong(self, client, campaign):
        template = TemplateFactory(campaign=campaign)
        Template.across_tenants.filter(pk=template.pk).update(source="<p>{{ nothing }}</p>")
        text = text_of(client.get(reverse("admin:preview", args=[template.pk])))
        assert "Line 1, column" in text


class TestTag:
    @pytest.fixture
    def template(self, campaign):
        return publish(TemplateFactory(campaign=campaign), now=datetime.now(UTC))

    def tag(self, client, template, **chosen):
        return client.get(reverse("admin:tag", args=[template.pk]), chosen)

    def test_its_address_carries_credentials_for_what_was_chosen(self, client, template, tenant):
        placement, segment = PlacementFactory(tenant=tenant), SegmentFactory(tenant=tenant)
        answer = self.tag(client, template, placement=placement.pk, segment=segment.pk)
        url = answer.context["url"]
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        now = int(datetime.now(UTC).timestamp())
        keyring = Keyring(settings.TOKEN_KEYS)
        grant, expired = open_grant(
            Purpose.TEMPLATE, query["credentials"], now=now, keyring=keyring
        )
        assert not expired
        assert (grant.tenant_id, grant.template_id) == (tenant.pk, template.pk)
        assert (grant.placement_id, grant.segment_id) == (placement.pk, segment.pk)
        assert unescape(unescape(text_of(answer))).count(url) == 3

    def test_another_accounts_placement_is_refused(self, client, template):
        answer = self.tag(client, template, placement=PlacementFactory().pk)
        assert "placement" in answer.context["form"].errors
        assert "url" not in answer.context

    def test_a_draft_has_no_tag(self, client, campaign):
        answer = self.tag(client, TemplateFactory(campaign=campaign))
        assert "is a draft" in text_of(answer)
        assert "url" not in answer.context
