-- Counts per UTC day, kept longest. The campaign comes before the day in the key: totals of a
-- campaign read little, and a month's partition is all that a range of days reads.
DROP VIEW IF EXISTS ad_events_day_mv;
CREATE OR REPLACE TABLE ad_events_day_agg
(
    day                 Date CODEC(Delta(2), ZSTD(1)),
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
PARTITION BY toYYYYMM(day)
PRIMARY KEY (tenant_id, campaign_id, day)
ORDER BY (tenant_id, campaign_id, day, placement_id,
          line_item_id, creative_id, template_id, segment_id, ad_id)
SETTINGS non_replicated_deduplication_window = 100000;
INSERT INTO ad_events_day_agg (
    day,
    tenant_id, campaign_id, placement_id, line_item_id, creative_id, template_id, segment_id, ad_id,
    impressions, views, clicks, conversions, interactions,
    invalid_impressions, invalid_views, invalid_clicks, invalid_conversions,
    revenue_cents, cost_micros)
SELECT
    toDate(event_time, 'UTC') AS day,
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
    day, tenant_id, campaign_id, placement_id,
    line_item_id, creative_id, template_id, segment_id, ad_id
SETTINGS max_bytes_before_external_group_by = 2000000000;
CREATE MATERIALIZED VIEW IF NOT EXISTS ad_events_day_mv TO ad_events_day_agg AS
SELECT
    toDate(quarter, 'UTC') AS day,
    tenant_id, campaign_id, placement_id, line_item_id, creative_id, template_id, segment_id, ad_id,
    sum(impressions) AS impressions,
    sum(views) AS views,
    sum(clicks) AS clicks,
    sum(conversions) AS conversions,
    sum(interactions) AS interactions,
    sum(invalid_impressions) AS invalid_impressions,
    sum(invalid_views) AS invalid_views,
    sum(invalid_clicks) AS invalid_clicks,
    sum(invalid_conversions) AS invalid_conversions,
    sum(revenue_cents) AS revenue_cents,
    sum(cost_micros) AS cost_micros
FROM ad_events_15m_agg
GROUP BY
    day, tenant_id, campaign_id, placement_id,
    line_item_id, creative_id, template_id, segment_id, ad_id;
