-- Checkpoints for histories that are older than them.

-- 'video_checkpoints', what is in that table. The program adds the rows that older libraries lack when it opens
-- them. Here, derivations.reached is the audit_log.sequence of the last entry that has its row, from the oldest
-- to the newest.
INSERT INTO derivations (name, version) VALUES ('video_checkpoints', 0);
