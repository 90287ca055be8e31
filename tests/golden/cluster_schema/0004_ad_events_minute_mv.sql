CREATE MATERIALIZED VIEW IF NOT EXISTS adplatform_shard.ad_events_minute_mv ON CLUSTER 'ads' TO adplatform_shard.ad_events_minute_agg AS
SELECT
    toStartOfMinute(toDateTime(event_time, 'UTC')) AS minute,
    tenant_id, campaign_id, placement_id, line_item_id, creative_id, template_id, segment_id, ad_id,
    countIf(event_type = 'IMPRESSION' AND invalid_reason = '') AS impressions,
    countIf(event_type = 'VIEW' AND invalid_reason = '') AS views,
    countIf(event_type = 'CLICK' AND invalid_reason = '') AS clicks,
    countIf(event_type = 'CONVERSION' AND invalid_reason = '') AS conversions,
    countIf(event_type = 'INTERACTION' AND invalid_reason = '') AS interactions,
    countIf(event_type = 'IMPRESSION' AND invalid_reason != '') AS invalid_impressions,
    countIf(event_type = 'CLICK' AND invalid_reason != '') AS invalid_clicks,
    sumIf(value_cents, event_type = 'CONVERSION' AND invalid_reason = '') AS revenue_cents,
    sumIf(cost_micros, invalid_reason = '') AS cost_micros
FROM adplatform_shard.ad_events_raw
WHERE is_test = 0
GROUP BY
    minute, tenant_id, campaign_id, placement_id, line_item_id, creative_id, template_id,
    segment_id, ad_id;

