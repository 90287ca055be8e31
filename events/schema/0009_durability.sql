-- The consumer's ledger says "stored" for good, so an acknowledged insert must survive a power cut:
-- its files are synced before the answer. Measured: 4 to 9 ms more for an insert and its view.
ALTER TABLE ad_events_raw MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE ad_events_minute_agg MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE ad_events_15m_agg MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE ad_events_day_agg MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
