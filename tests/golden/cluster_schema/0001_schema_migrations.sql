CREATE DATABASE IF NOT EXISTS adplatform_shard ON CLUSTER 'ads';

CREATE TABLE IF NOT EXISTS adplatform_shard.schema_migrations ON CLUSTER 'ads'
(
    version    UInt32,
    name       String,
    checksum   String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/all', '{shard}-{replica}', applied_at)
ORDER BY version;

CREATE OR REPLACE TABLE adplatform.schema_migrations ON CLUSTER 'ads' AS adplatform_shard.schema_migrations
ENGINE = Distributed('ads', 'adplatform_shard', 'schema_migrations', rand());

