-- name: resource_revision()$
SELECT coalesce(max(number), 0) FROM audit;

-- name: changed_resources(revision)
SELECT kind, name, body, version, created, changed FROM resources WHERE version > :revision ORDER BY kind, key;

-- name: deleted_resources(revision)
SELECT DISTINCT kind, name FROM audit WHERE number > :revision AND action = 'delete';

-- name: get_resource(kind, key)^
SELECT kind, name, body, version, created, changed FROM resources WHERE kind = :kind AND key = :key;

-- name: put_resource(kind, key, name, body, version, created, changed)!
INSERT INTO resources (kind, key, name, body, version, created, changed)
VALUES (:kind, :key, :name, :body, :version, :created, :changed)
ON CONFLICT (kind, key) DO UPDATE
SET name = excluded.name, body = excluded.body, version = excluded.version, changed = excluded.changed;

-- name: delete_resource(kind, key)!
DELETE FROM resources WHERE kind = :kind AND key = :key;

-- name: add_audit_row(number, at, actor, action, kind, name, before, after)!
INSERT INTO audit (number, at, actor, action, kind, name, before, after)
VALUES (:number, :at, :actor, :action, :kind, :name, :before, :after);

-- name: audit_rows(most)
SELECT number, at, actor, action, kind, name, before, after FROM audit ORDER BY number DESC LIMIT :most;

-- name: audit_rows_of_kind(kind, most)
SELECT number, at, actor, action, kind, name, before, after FROM audit
WHERE kind = :kind ORDER BY number DESC LIMIT :most;

-- name: audit_rows_of_resource(kind, name, most)
SELECT number, at, actor, action, kind, name, before, after FROM audit
WHERE kind = :kind AND lower(name) = lower(:name) ORDER BY number DESC LIMIT :most;
