-- The minute table with every measure. Its engine's list of columns cannot be altered, so a new
-- table is filled from the raw rows and takes the old one's place. What a consumer inserts meanwhile
-- is not counted until `reconcile --repair` runs. Safe to repeat from the start.
DROP VIEW IF EXISTS ad_events_minute_mv;
CREATE OR REPLACE TABLE ad_events_minute_new
(
    minute              DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    tenant_id           UInt64,
    campaign_id         UInt64,
    placement_id        UInt64,
    line_item_id        UInt64,
    creative_id         UInt64,
    template_id         UInt64,
    segment_id          UInt64,
    ad_id               String,
    impressions         UInt64,
    views               UInt64,
    clicks              UInt64,
    conversions         UInt64,
    interactions        UInt64,
    invalid_impressions UInt64,
    invalid_views       UInt64,
    invalid_clicks      UInt64,
    invalid_conversions UInt64,
    revenue_cents       Int64,
    cost_micros         Int64
)
ENGINE = SummingMergeTree((
    impressions, views, clicks, conversions, interactions,
    invalid_impressions, invalid_views, invalid_clicks, invalid_conversions,
    revenue_cents, cost_micros
))
PARTITION BY toYYYYMM(minute)
PRIMARY KEY (tenant_id, minute, campaign_id, placement_id)
ORDER BY (tenant_id, minute, campaign_id, placement_id,
          line_item_id, creative_id, template_id, segment_id, ad_id)
SETTINGS non_replicated_deduplication_window = 100000;
INSERT INTO ad_events_minute_new (
    minute,
    tenant_id, campaign_id, placement_id, line_item_id, creative_id, template_id, segment_id, ad_id,
    impressions, views, clicks, conversions, interactions,
    invalid_impressions, invalid_views, invalid_clicks, invalid_conversions,
    revenue_cents, cost_micros)
SELECT
    toStartOfMinute(toDateTime(event_time, 'UTC')) AS minute,
    tenant_id, campaign_id, placement_id, line_item_id, creative_id, template_id, segment_id, ad_id,
    countIf(event_type = 'IMPRESSION' AND invalid_reason = '') AS impressions,
    countIf(event_type = 'VIEW' AND invalid_reason = '') AS views,
    countIf(event_type = 'CLICK' AND invalid_reason = '') AS clicks,
    countIf(event_type = 'CONVERSION' AND invalid_reason = '') AS conversions,
    countIf(event_type = 'INTERACTION' AND invalid_reason = '') AS interactions,
    countIf(event_type = 'IMPRESSION' AND invalid_reason != '') AS invalid_impressions,
    countIf(event_type = 'VIEW' AND invalid_reason != '') AS invalid_views,
    countIf(event_type = 'CLICK' AND invalid_reason != '') AS invalid_clicks,
    countIf(event_type = 'CONVERSION' AND invalid_reason != '') AS invalid_conversions,
    sumIf(value_cents, event_type = 'CONVERSION' AND invalid_reason = '') AS revenue_cents,
    sumIf(cost_micros, invalid_reason = '') AS cost_micros
FROM ad_events_raw FINAL
WHERE is_test = 0
GROUP BY
    minute, tenant_id, campaign_id, placement_id,
    line_item_id, creative_id, template_id, segment_id, ad_id
SETTINGS max_bytes_before_external_group_by = 2000000000;
EXCHANGE TABLES ad_events_minute_new AND ad_events_minute_agg;
DROP TABLE IF EXISTS ad_events_minute_new;
-- The same text as events.tiers: test_tiers.py compares them.
CREATE MATERIALIZED VIEW IF NOT EXISTS ad_events_minute_mv TO ad_events_minute_agg AS
SELECT
    toStartOfMinute(toDateTime(event_time, 'UTC')) AS minute,
    tenant_id, campaign_id, placement_id, line_item_id, creative_id, template_id, segment_id, ad_id,
    countIf(event_type = 'IMPRESSION' AND invalid_reason = '') AS impressions,
    countIf(event_type = 'VIEW' AND invalid_reason = '') AS views,
    countIf(event_type = 'CLICK' AND invalid_reason = '') AS clicks,
    countIf(event_type = 'CONVERSION' AND invalid_reason = '') AS conversions,
    countIf(event_type = 'INTERACTION' AND invalid_reason = '') AS interactions,
    countIf(event_type = 'IMPRESSION' AND invalid_reason != '') AS invalid_impressions,
    countIf(event_type = 'VIEW' AND invalid_reason != '') AS invalid_views,
    countIf(event_type = 'CLICK' AND invalid_reason != '') AS invalid_clicks,
    countIf(event_type = 'CONVERSION' AND invalid_reason != '') AS invalid_conversions,
    sumIf(value_cents, event_type = 'CONVERSION' AND invalid_reason = '') AS revenue_cents,
    sumIf(cost_micros, invalid_reason = '') AS cost_micros
FROM ad_events_raw
WHERE is_test = 0
GROUP BY
    minute, tenant_id, campaign_id, placement_id,
    line_item_id, creative_id, template_id, segment_id, ad_id;
