-- name: contracted_version()$
SELECT coalesce(max(number), 0) FROM migrations;

-- name: applied_steps()
SELECT number FROM migrations UNION SELECT number FROM expansions;

-- name: add_migration(number, name)!
INSERT INTO migrations (number, name) VALUES (:number, :name);

-- name: add_expansion(number, name)!
INSERT INTO expansions (number, name) VALUES (:number, :name);
