CREATE TABLE IF NOT EXISTS adplatform_shard.ad_events_retention ON CLUSTER 'ads'
(
    applied_at DateTime64(3, 'UTC'),
    tenant_id  UInt64,
    days       UInt32
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
ORDER BY (applied_at, tenant_id);

CREATE OR REPLACE TABLE adplatform.ad_events_retention ON CLUSTER 'ads' AS adplatform_shard.ad_events_retention
ENGINE = Distributed('ads', 'adplatform_shard', 'ad_events_retention', rand());

