-- What every run of the reconciler found; reconciled_until is the end of the last hour of an unbroken
-- row of hours in which raw rows and every tier agreed.
CREATE TABLE IF NOT EXISTS ad_events_reconciled
(
    finished_at      DateTime64(3, 'UTC'),
    run              String,
    since            DateTime('UTC'),
    until            DateTime('UTC'),
    differences      UInt64,
    repaired         UInt64,
    reconciled_until DateTime('UTC')
)
ENGINE = MergeTree
ORDER BY finished_at
TTL toDateTime(finished_at) + toIntervalDay(90);
