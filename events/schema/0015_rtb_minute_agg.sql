-- The bidder's records per minute, for reports, pacing and the funnel of refusals. Prices are summed
-- as often as their record counts; late: billed after the hold had expired. Refusals, of which there
-- are most, expire first. Always read with sum() and GROUP BY.
CREATE TABLE IF NOT EXISTS rtb_minute_agg
(
    tenant_id    UInt64,
    kind         Enum8('REQUEST' = 1, 'NO_BID' = 2, 'ELIGIBLE' = 3, 'BID' = 4, 'WIN' = 5, 'BILLING' = 6, 'LOSS' = 7),
    minute       DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    ssp_id       UInt64,
    campaign_id  UInt64,
    line_item_id UInt64,
    creative_id  UInt64,
    deal_id      LowCardinality(String),
    format       LowCardinality(String),
    reason       LowCardinality(String),
    loss_code    UInt64,
    is_test      UInt8,
    count        UInt64,
    price_micros UInt64,
    value_micros UInt64,
    paid_micros  UInt64,
    late         UInt64
)
ENGINE = SummingMergeTree((count, price_micros, value_micros, paid_micros, late))
PARTITION BY toYYYYMM(minute)
PRIMARY KEY (tenant_id, kind, minute, ssp_id)
ORDER BY (tenant_id, kind, minute, ssp_id, campaign_id, line_item_id, creative_id,
          deal_id, format, reason, loss_code, is_test)
TTL minute + toIntervalDay(400), minute + toIntervalDay(30) WHERE kind = 'NO_BID'
SETTINGS non_replicated_deduplication_window = 100000,
         fsync_after_insert = 1, fsync_part_directory = 1;
CREATE MATERIALIZED VIEW IF NOT EXISTS rtb_minute_mv TO rtb_minute_agg AS
SELECT
    bid.tenant_id AS tenant_id, bid.kind AS kind,
    toStartOfMinute(toDateTime(bid.ts, 'UTC')) AS minute,
    bid.ssp_id AS ssp_id, bid.campaign_id AS campaign_id, bid.line_item_id AS line_item_id,
    bid.creative_id AS creative_id, bid.deal_id AS deal_id, bid.format AS format,
    bid.reason AS reason, bid.loss_code AS loss_code, bid.is_test AS is_test,
    sum(bid.count) AS count,
    sum(bid.price_micros * bid.count) AS price_micros,
    sum(bid.value_micros * bid.count) AS value_micros,
    sum(bid.paid_micros * bid.count) AS paid_micros,
    sum(bid.is_late * bid.count) AS late
FROM rtb_bids AS bid
GROUP BY
    tenant_id, kind, minute, ssp_id, campaign_id, line_item_id, creative_id,
    deal_id, format, reason, loss_code, is_test;
