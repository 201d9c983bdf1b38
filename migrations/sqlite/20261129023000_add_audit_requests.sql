-- The history by requests: what each request did, as a whole.

-- One row for each request: changes with the same request ID and actor, none more than an hour after those
-- before it. A change without a request ID is a request of its own. Every change updates its row in its own
-- transaction. The program fills the table for older libraries when it opens them.
CREATE TABLE audit_requests (
    -- audit_log.sequence of its first change: the order in which requests are listed.
    first_sequence  INTEGER PRIMARY KEY,
    -- audit_log.sequence of its newest change.
    last_sequence   INTEGER NOT NULL,
    -- The earliest and the latest audit_log.timestamp of its changes.
    started_at      INTEGER NOT NULL,
    ended_at        INTEGER NOT NULL,
    -- The number of its changes of each kind.
    inserted        INTEGER NOT NULL,
    updated         INTEGER NOT NULL,
    deleted         INTEGER NOT NULL,
    -- As all of its changes have them.
    request_id      TEXT,
    actor           TEXT,
    -- The fields that at least one of its changes of each kind has, one bit for each field.
    inserted_fields INTEGER NOT NULL,
    updated_fields  INTEGER NOT NULL,
    deleted_fields  INTEGER NOT NULL
) STRICT;

-- The newest request with an ID and an actor, which further changes belong to.
CREATE INDEX audit_requests_request_id ON audit_requests (request_id, actor) WHERE request_id IS NOT NULL;

-- 'audit_requests', what is in that table. Here, derivations.reached is the audit_log.sequence of the last
-- entry that was added to its request, from the oldest to the newest.
INSERT INTO derivations (name, version) VALUES ('audit_requests', 0);
