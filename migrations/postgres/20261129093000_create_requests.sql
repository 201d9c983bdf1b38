-- The history by requests: what each request did, as a whole.

CREATE TABLE audit_requests (
    first_sequence  bigint PRIMARY KEY,
    last_sequence   bigint NOT NULL,
    started_at      bigint NOT NULL,
    ended_at        bigint NOT NULL,
    inserted        bigint NOT NULL,
    updated         bigint NOT NULL,
    deleted         bigint NOT NULL,
    request_id      text   COLLATE "C",
    actor           text   COLLATE "C",
    inserted_fields bigint NOT NULL,
    updated_fields  bigint NOT NULL,
    deleted_fields  bigint NOT NULL
);
COMMENT ON TABLE audit_requests IS 'One row for each request: changes with the same request ID and actor, none more than an hour after those before it. A change without a request ID is a request of its own. Every change updates its row in its own transaction.';
COMMENT ON COLUMN audit_requests.first_sequence IS 'audit_log.sequence of its first change: the order in which requests are listed.';
COMMENT ON COLUMN audit_requests.last_sequence IS 'audit_log.sequence of its newest change.';
COMMENT ON COLUMN audit_requests.started_at IS 'The earliest audit_log.timestamp of its changes.';
COMMENT ON COLUMN audit_requests.ended_at IS 'The latest audit_log.timestamp of its changes.';
COMMENT ON COLUMN audit_requests.inserted IS 'The number of videos added.';
COMMENT ON COLUMN audit_requests.updated IS 'The number of updates.';
COMMENT ON COLUMN audit_requests.deleted IS 'The number of videos deleted.';
COMMENT ON COLUMN audit_requests.request_id IS 'audit_log.request_id of all of its changes.';
COMMENT ON COLUMN audit_requests.actor IS 'audit_log.actor of all of its changes.';
COMMENT ON COLUMN audit_requests.inserted_fields IS 'The fields that at least one of its INSERTs has, one bit for each field.';
COMMENT ON COLUMN audit_requests.updated_fields IS 'The same of its UPDATEs.';
COMMENT ON COLUMN audit_requests.deleted_fields IS 'The same of its DELETEs.';

CREATE INDEX audit_requests_request_id ON audit_requests USING hash (request_id)
    WHERE request_id IS NOT NULL;
