CREATE TABLE IF NOT EXISTS adplatform_shard.rtb_minute_agg ON CLUSTER 'ads'
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
ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', (count, price_micros, value_micros, paid_micros, late))
PARTITION BY toYYYYMM(minute)
PRIMARY KEY (tenant_id, kind, minute, ssp_id)
ORDER BY (tenant_id, kind, minute, ssp_id, campaign_id, line_item_id, creative_id,
          deal_id, format, reason, loss_code, is_test)
TTL minute + toIntervalDay(400), minute + toIntervalDay(30) WHERE kind = 'NO_BID'
SETTINGS replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800,
         fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS adplatform_shard.rtb_minute_mv ON CLUSTER 'ads' TO adplatform_shard.rtb_minute_agg AS
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
FROM adplatform_shard.rtb_bids AS bid
GROUP BY
    tenant_id, kind, minute, ssp_id, campaign_id, line_item_id, creative_id,
    deal_id, format, reason, loss_code, is_test;

CREATE OR REPLACE TABLE adplatform.rtb_minute_agg ON CLUSTER 'ads' AS adplatform_shard.rtb_minute_agg
ENGINE = Distributed('ads', 'adplatform_shard', 'rtb_minute_agg', rand());

