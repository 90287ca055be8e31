-- Every validity rule that fired, as a bit mask (invalid_reason stays the first of them); indexes
-- for what was inserted lately and for the rows of one user.
ALTER TABLE ad_events_raw ADD COLUMN IF NOT EXISTS invalid_flags UInt32 AFTER invalid_reason;
ALTER TABLE ad_events_raw
    ADD INDEX IF NOT EXISTS by_inserted_at inserted_at TYPE minmax GRANULARITY 1;
ALTER TABLE ad_events_raw
    ADD INDEX IF NOT EXISTS by_user_id user_id TYPE bloom_filter(0.01) GRANULARITY 4;
ALTER TABLE ad_events_raw MATERIALIZE INDEX by_inserted_at;
ALTER TABLE ad_events_raw MATERIALIZE INDEX by_user_id;
