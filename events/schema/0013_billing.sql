-- A billing notice of an exchange is an event too: it costs, it is no impression. rtb_spend_15m holds
-- what was billed so, since spend that waits for its notice is counted elsewhere. No expiry: budgets
-- are for as long as a line item lives. Always read with sum() and GROUP BY.
ALTER TABLE ad_events_raw MODIFY COLUMN event_type
    Enum8('IMPRESSION' = 1, 'CLICK' = 2, 'CONVERSION' = 3, 'VIEW' = 4, 'INTERACTION' = 5, 'BILLING' = 6);
CREATE TABLE IF NOT EXISTS rtb_spend_15m
(
    tenant_id    UInt64,
    campaign_id  UInt64,
    line_item_id UInt64,
    quarter      DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    cost_micros  UInt64,
    billings     UInt64
)
ENGINE = SummingMergeTree((cost_micros, billings))
PARTITION BY toYYYYMM(quarter)
ORDER BY (tenant_id, campaign_id, line_item_id, quarter)
SETTINGS non_replicated_deduplication_window = 100000,
         fsync_after_insert = 1, fsync_part_directory = 1;
CREATE MATERIALIZED VIEW IF NOT EXISTS rtb_spend_15m_mv TO rtb_spend_15m AS
SELECT
    tenant_id, campaign_id, line_item_id,
    toStartOfFifteenMinutes(toDateTime(event_time, 'UTC')) AS quarter,
    sum(toUInt64(greatest(cost_micros, 0))) AS cost_micros,
    count() AS billings
FROM ad_events_raw
WHERE event_type = 'BILLING' AND invalid_reason = '' AND is_test = 0
GROUP BY tenant_id, campaign_id, line_item_id, quarter;
