-- name: add_response(id, deployment, created, status, background, streamed, previous, principal, request, input, output, body)!
INSERT INTO responses
    (id, deployment, created, status, background, streamed, previous, principal, request, input, output, body)
VALUES
    (:id, :deployment, :created, :status, :background, :streamed, :previous, :principal, :request, :input, :output, :body)
ON CONFLICT (id) DO UPDATE SET status = excluded.status, output = excluded.output, body = excluded.body;

-- name: update_response(status, output, body, id)!
UPDATE responses SET status = :status, output = :output, body = :body WHERE id = :id;

-- name: get_response(id)^
SELECT id, deployment, created, status, background, streamed, previous, principal, request, input, output, body
FROM responses WHERE id = :id;

-- name: delete_response(id)!
DELETE FROM responses WHERE id = :id;

-- name: unfinished_responses()
SELECT id, deployment, created, status, background, streamed, previous, principal, request, input, output, body
FROM responses WHERE background = 1 AND status IN ('queued', 'in_progress') ORDER BY created, id;

-- name: add_response_events(response_id, number, type, data)*!
INSERT INTO response_events (response_id, number, type, data) VALUES (:response_id, :number, :type, :data);

-- name: response_events(response_id, after)
SELECT number, type, data FROM response_events WHERE response_id = :response_id AND number > :after ORDER BY number;

-- name: delete_response_events(response_id, number)!
DELETE FROM response_events WHERE response_id = :response_id AND number >= :number;

-- name: delete_old_response_events(created)!
DELETE FROM response_events WHERE response_id IN (SELECT id FROM responses WHERE created < :created);

-- name: delete_old_responses(created)!
DELETE FROM responses WHERE created < :created;

-- name: add_response_items(item_id, response_id)*!
INSERT INTO response_items (item_id, response_id) VALUES (:item_id, :response_id) ON CONFLICT DO NOTHING;

-- name: get_response_of_item(item_id)^
SELECT id, deployment, created, status, background, streamed, previous, principal, request, input, output, body
FROM responses WHERE id = (SELECT response_id FROM response_items WHERE item_id = :item_id);

-- name: delete_response_items(response_id)!
DELETE FROM response_items WHERE response_id = :response_id;

-- name: delete_old_response_items(created)!
DELETE FROM response_items WHERE response_id IN (SELECT id FROM responses WHERE created < :created);
