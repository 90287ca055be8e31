CREATE TABLE IF NOT EXISTS adplatform_shard.ad_conversion_credits ON CLUSTER 'ads'
(
    tenant_id          UInt64,
    conversion_id      UUID,
    conversion_time    DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    received_at        DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    model              LowCardinality(String),
    kind               LowCardinality(String),
    value_cents        Int64 CODEC(T64, ZSTD(1)),
    click_window_hours UInt32,
    view_window_hours  UInt32,
    touch_event_ids    Array(UUID),
    touch_times        Array(DateTime64(3, 'UTC')),
    campaign_ids       Array(UInt64),
    placement_ids      Array(UInt64),
    line_item_ids      Array(UInt64),
    creative_ids       Array(UInt64),
    template_ids       Array(UInt64),
    segment_ids        Array(UInt64),
    ad_ids             Array(String),
    credit_ppm         Array(UInt32),
    credit_micros      Array(Int64),
    digest             UInt64,
    version            UInt64
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version)
PARTITION BY toYYYYMM(conversion_time)
ORDER BY (tenant_id, model, conversion_time, conversion_id)
SETTINGS replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE OR REPLACE TABLE adplatform.ad_conversion_credits ON CLUSTER 'ads' AS adplatform_shard.ad_conversion_credits
ENGINE = Distributed('ads', 'adplatform_shard', 'ad_conversion_credits', cityHash64(tenant_id, conversion_id));

