CREATE TABLE IF NOT EXISTS adplatform_shard.ad_events_raw ON CLUSTER 'ads'
(
    event_date      Date DEFAULT toDate(event_time),
    event_time      DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    event_id        UUID,
    tenant_id       UInt64,
    user_id         String,
    session_id      String,
    event_type      Enum8('IMPRESSION' = 1, 'CLICK' = 2, 'CONVERSION' = 3, 'VIEW' = 4, 'INTERACTION' = 5),
    campaign_id     UInt64,
    line_item_id    UInt64,
    placement_id    UInt64,
    creative_id     UInt64,
    template_id     UInt64,
    segment_id      UInt64,
    ad_id           String,
    auction_id      String,
    value_cents     Int64 CODEC(T64, ZSTD(1)),
    cost_micros     Int64 CODEC(T64, ZSTD(1)),
    invalid_reason  LowCardinality(String),
    country         LowCardinality(String),
    region          LowCardinality(String),
    device_type     LowCardinality(String),
    os              LowCardinality(String),
    browser         LowCardinality(String),
    is_test         UInt8,
    metadata_json   String CODEC(ZSTD(3)),
    received_at     DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    kafka_topic_id  LowCardinality(String),
    kafka_partition Int32,
    kafka_offset    Int64 CODEC(Delta(8), ZSTD(1)),
    batch_first     Int64 CODEC(Delta(8), ZSTD(1)),
    batch_last      Int64 CODEC(Delta(8), ZSTD(1)),
    inserted_at     DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    INDEX by_event_id event_id TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX by_kafka_offset kafka_offset TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', inserted_at)
PARTITION BY toYYYYMM(event_date)
PRIMARY KEY (tenant_id, event_type, campaign_id, toStartOfHour(event_time))
ORDER BY (tenant_id, event_type, campaign_id, toStartOfHour(event_time), placement_id, event_id)
SETTINGS replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE OR REPLACE TABLE adplatform.ad_events_raw ON CLUSTER 'ads' AS adplatform_shard.ad_events_raw
ENGINE = Distributed('ads', 'adplatform_shard', 'ad_events_raw', cityHash64(tenant_id, user_id));

