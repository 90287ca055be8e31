ALTER TABLE adplatform_shard.ad_events_raw ON CLUSTER 'ads' ADD COLUMN IF NOT EXISTS invalid_flags UInt32 AFTER invalid_reason;

ALTER TABLE adplatform_shard.ad_events_raw ON CLUSTER 'ads'
    ADD INDEX IF NOT EXISTS by_inserted_at inserted_at TYPE minmax GRANULARITY 1;

ALTER TABLE adplatform_shard.ad_events_raw ON CLUSTER 'ads'
    ADD INDEX IF NOT EXISTS by_user_id user_id TYPE bloom_filter(0.01) GRANULARITY 4;

ALTER TABLE adplatform_shard.ad_events_raw ON CLUSTER 'ads' MATERIALIZE INDEX by_inserted_at;

ALTER TABLE adplatform_shard.ad_events_raw ON CLUSTER 'ads' MATERIALIZE INDEX by_user_id;

CREATE OR REPLACE TABLE adplatform.ad_events_raw ON CLUSTER 'ads' AS adplatform_shard.ad_events_raw
ENGINE = Distributed('ads', 'adplatform_shard', 'ad_events_raw', cityHash64(tenant_id, user_id));

