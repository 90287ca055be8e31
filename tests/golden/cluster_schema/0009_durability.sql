ALTER TABLE adplatform_shard.ad_events_raw ON CLUSTER 'ads' MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE adplatform_shard.ad_events_minute_agg ON CLUSTER 'ads' MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE adplatform_shard.ad_events_15m_agg ON CLUSTER 'ads' MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE adplatform_shard.ad_events_day_agg ON CLUSTER 'ads' MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

