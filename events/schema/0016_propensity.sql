-- Which batch a combination was drawn from and how likely that was: what another choice would have
-- earned can so be computed from what was served. 0: it was not drawn, or not logged.
ALTER TABLE ad_events_raw ADD COLUMN IF NOT EXISTS batch_id UInt64 CODEC(T64, ZSTD(1)) AFTER ad_id;
ALTER TABLE ad_events_raw ADD COLUMN IF NOT EXISTS propensity Float32 CODEC(ZSTD(1)) AFTER batch_id;
