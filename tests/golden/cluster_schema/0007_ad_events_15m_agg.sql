DROP VIEW IF EXISTS adplatform_shard.ad_events_15m_mv ON CLUSTER 'ads';

CREATE OR REPLACE TABLE adplatform_shard.ad_events_15m_agg ON CLUSTER 'ads'
(
    quarter             DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
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
ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', (
    impressions, views, clicks, conversions, interactions,
    invalid_impressions, invalid_views, invalid_clicks, invalid_conversions,
    revenue_cents, cost_micros
))
PARTITION BY toYYYYMM(quarter)
PRIMARY KEY (tenant_id, quarter, campaign_id, placement_id)
ORDER BY (tenant_id, quarter, campaign_id, placement_id,
          line_item_id, creative_id, template_id, segment_id, ad_id)
SETTINGS replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE MATERIALIZED VIEW IF NOT EXISTS adplatform_shard.ad_events_15m_mv ON CLUSTER 'ads' TO adplatform_shard.ad_events_15m_agg AS
SELECT
    toStartOfFifteenMinutes(minute) AS quarter,
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
FROM adplatform_shard.ad_events_minute_agg
GROUP BY
    quarter, tenant_id, campaign_id, placement_id,
    line_item_id, creative_id, template_id, segment_id, ad_id;

CREATE OR REPLACE TABLE adplatform.ad_events_15m_agg ON CLUSTER 'ads' AS adplatform_shard.ad_events_15m_agg
ENGINE = Distributed('ads', 'adplatform_shard', 'ad_events_15m_agg', rand());

