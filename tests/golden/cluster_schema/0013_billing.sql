ALTER TABLE adplatform_shard.ad_events_raw ON CLUSTER 'ads' MODIFY COLUMN event_type
    Enum8('IMPRESSION' = 1, 'CLICK' = 2, 'CONVERSION' = 3, 'VIEW' = 4, 'INTERACTION' = 5, 'BILLING' = 6);

CREATE TABLE IF NOT EXISTS adplatform_shard.rtb_spend_15m ON CLUSTER 'ads'
(
    tenant_id    UInt64,
    campaign_id  UInt64,
    line_item_id UInt64,
    quarter      DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    cost_micros  UInt64,
    billings     UInt64
)
ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', (cost_micros, billings))
PARTITION BY toYYYYMM(quarter)
ORDER BY (tenant_id, campaign_id, line_item_id, quarter)
SETTINGS replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800,
         fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS adplatform_shard.rtb_spend_15m_mv ON CLUSTER 'ads' TO adplatform_shard.rtb_spend_15m AS
SELECT
    tenant_id, campaign_id, line_item_id,
    toStartOfFifteenMinutes(toDateTime(event_time, 'UTC')) AS quarter,
    sum(toUInt64(greatest(cost_micros, 0))) AS cost_micros,
    count() AS billings
FROM adplatform_shard.ad_events_raw
WHERE event_type = 'BILLING' AND invalid_reason = '' AND is_test = 0
GROUP BY tenant_id, campaign_id, line_item_id, quarter;

CREATE OR REPLACE TABLE adplatform.ad_events_raw ON CLUSTER 'ads' AS adplatform_shard.ad_events_raw
ENGINE = Distributed('ads', 'adplatform_shard', 'ad_events_raw', cityHash64(tenant_id, user_id));

CREATE OR REPLACE TABLE adplatform.rtb_spend_15m ON CLUSTER 'ads' AS adplatform_shard.rtb_spend_15m
ENGINE = Distributed('ads', 'adplatform_shard', 'rtb_spend_15m', rand());

