CREATE TABLE IF NOT EXISTS adplatform_shard.rtb_bids ON CLUSTER 'ads'
(
    event_date        Date DEFAULT toDate(ts),
    event_id          UUID,
    tenant_id         UInt64,
    ts                DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    kind              Enum8('REQUEST' = 1, 'NO_BID' = 2, 'ELIGIBLE' = 3, 'BID' = 4, 'WIN' = 5, 'BILLING' = 6, 'LOSS' = 7),
    count             UInt64 CODEC(T64, ZSTD(1)),
    reason            LowCardinality(String),
    rtb_id            String,
    auction_id        String,
    imp_id            String,
    ssp_id            UInt64,
    campaign_id       UInt64,
    line_item_id      UInt64,
    creative_id       UInt64,
    deal_id           LowCardinality(String),
    format            LowCardinality(String),
    width             UInt64 CODEC(T64, ZSTD(1)),
    height            UInt64 CODEC(T64, ZSTD(1)),
    country           LowCardinality(String),
    domain            LowCardinality(String),
    price_micros      UInt64 CODEC(T64, ZSTD(1)),
    value_micros      UInt64 CODEC(T64, ZSTD(1)),
    floor_micros      UInt64 CODEC(T64, ZSTD(1)),
    paid_micros       UInt64 CODEC(T64, ZSTD(1)),
    min_to_win_micros UInt64 CODEC(T64, ZSTD(1)),
    auction_type      UInt64 CODEC(T64, ZSTD(1)),
    loss_code         UInt64 CODEC(T64, ZSTD(1)),
    shading           LowCardinality(String),
    policy_version    LowCardinality(String),
    is_test           UInt8,
    is_late           UInt8,
    received_at       DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    kafka_topic_id    LowCardinality(String),
    kafka_partition   Int32,
    kafka_offset      Int64 CODEC(Delta(8), ZSTD(1)),
    batch_first       Int64 CODEC(Delta(8), ZSTD(1)),
    batch_last        Int64 CODEC(Delta(8), ZSTD(1)),
    inserted_at       DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    INDEX by_event_id event_id TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX by_rtb_id rtb_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_kafka_offset kafka_offset TYPE minmax GRANULARITY 1,
    INDEX by_inserted_at inserted_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', inserted_at)
PARTITION BY toMonday(event_date)
PRIMARY KEY (tenant_id, kind, ssp_id, toStartOfHour(ts))
ORDER BY (tenant_id, kind, ssp_id, toStartOfHour(ts), line_item_id, event_id)
TTL event_date + toIntervalDay(30)
SETTINGS replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800,
         fsync_after_insert = 1, fsync_part_directory = 1;

CREATE OR REPLACE TABLE adplatform.rtb_bids ON CLUSTER 'ads' AS adplatform_shard.rtb_bids
ENGINE = Distributed('ads', 'adplatform_shard', 'rtb_bids', cityHash64(tenant_id, event_id));

