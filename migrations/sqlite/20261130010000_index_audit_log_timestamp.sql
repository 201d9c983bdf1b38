-- Finds the place in the log that a time is.
CREATE INDEX audit_log_timestamp ON audit_log (timestamp);
