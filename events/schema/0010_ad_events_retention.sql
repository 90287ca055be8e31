-- Which retention of raw rows was in force from when: the reconciler must not take rows that expired
-- for rows that were never there. Tenant 0 is every tenant that chose nothing.
CREATE TABLE IF NOT EXISTS ad_events_retention
(
    applied_at DateTime64(3, 'UTC'),
    tenant_id  UInt64,
    days       UInt32
)
ENGINE = ReplacingMergeTree
ORDER BY (applied_at, tenant_id);
