-- How each conversion is credited to the clicks or views before it, by every attribution model: one
-- row per (tenant_id, conversion_id, model), the highest version counts, so read with FINAL and
-- ARRAY JOIN. Only touches that get something are kept. credit_ppm sums to 1,000,000 and
-- credit_micros to the conversion's value. digest: of all but the version, to skip what is unchanged.
CREATE TABLE IF NOT EXISTS ad_conversion_credits
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
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(conversion_time)
ORDER BY (tenant_id, model, conversion_time, conversion_id)
SETTINGS non_replicated_deduplication_window = 100000;
