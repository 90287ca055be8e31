ALTER TABLE adplatform_shard.ad_events_raw ON CLUSTER 'ads' ADD COLUMN IF NOT EXISTS batch_id UInt64 CODEC(T64, ZSTD(1)) AFTER ad_id;

ALTER TABLE adplatform_shard.ad_events_raw ON CLUSTER 'ads' ADD COLUMN IF NOT EXISTS propensity Float32 CODEC(ZSTD(1)) AFTER batch_id;

CREATE OR REPLACE TABLE adplatform.ad_events_raw ON CLUSTER 'ads' AS adplatform_shard.ad_events_raw
ENGINE = Distributed('ads', 'adplatform_shard', 'ad_events_raw', cityHash64(tenant_id, user_id));

