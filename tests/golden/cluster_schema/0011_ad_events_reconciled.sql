CREATE TABLE IF NOT EXISTS adplatform_shard.ad_events_reconciled ON CLUSTER 'ads'
(
    finished_at      DateTime64(3, 'UTC'),
    run              String,
    since            DateTime('UTC'),
    until            DateTime('UTC'),
    differences      UInt64,
    repaired         UInt64,
    reconciled_until DateTime('UTC')
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
ORDER BY finished_at
TTL toDateTime(finished_at) + toIntervalDay(90);

CREATE OR REPLACE TABLE adplatform.ad_events_reconciled ON CLUSTER 'ads' AS adplatform_shard.ad_events_reconciled
ENGINE = Distributed('ads', 'adplatform_shard', 'ad_events_reconciled', rand());

