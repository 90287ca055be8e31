CREATE TABLE IF NOT EXISTS adplatform_shard.ad_events_minute_agg ON CLUSTER 'ads'
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
    invalid_clicks      UInt64,
    revenue_cents       Int64,
    cost_micros         Int64
)
ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', (impressions, views, clicks, conversions, interactions,
                           invalid_impressions, invalid_clicks, revenue_cents, cost_micros))
PARTITION BY toYYYYMM(minute)
PRIMARY KEY (tenant_id, minute, campaign_id, placement_id)
ORDER BY (tenant_id, minute, campaign_id, placement_id, line_item_id, creative_id, template_id,
          segment_id, ad_id)
SETTINGS replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE OR REPLACE TABLE adplatform.ad_events_minute_agg ON CLUSTER 'ads' AS adplatform_shard.ad_events_minute_agg
ENGINE = Distributed('ads', 'adplatform_shard', 'ad_events_minute_agg', rand());

