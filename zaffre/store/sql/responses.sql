-- name: add_response(id, deployment, created, status, background, streamed, previous, principal, begun, request, input, output, body, runner)!
INSERT INTO responses
    (id, deployment, created, status, background, streamed, previous, principal, begun, request, input, output, body,
     runner)
VALUES
    (:id, :deployment, :created, :status, :background, :streamed, :previous, :principal, :begun, :request, :input,
     :output, :body, :runner);

-- name: advance_response(status, begun, output, body, id)!
UPDATE responses SET status = :status, begun = :begun, output = :output, body = :body
WHERE id = :id AND status IN ('queued', 'in_progress');

-- name: get_response(id)^
SELECT id, deployment, created, status, background, streamed, previous, principal, begun, request, input, output, body
FROM responses WHERE id = :id;

-- name: delete_response(id)!
DELETE FROM responses WHERE id = :id;

-- name: unfinished_responses(runner)
SELECT id, deployment, created, status, background, streamed, previous, principal, begun, request, input, output, body,
    runner
FROM responses WHERE status IN ('queued', 'in_progress') AND runner <> :runner ORDER BY created, id;

-- name: take_response_up(runner, id)!
UPDATE responses SET runner = :runner WHERE id = :id;

-- name: delete_old_responses(created)!
DELETE FROM responses WHERE created < :created;

-- name: add_response_events(response_id, number, type, data)*!
INSERT INTO response_events (response_id, number, type, data) VALUES (:response_id, :number, :type, :data);

-- name: response_events(response_id, after)
SELECT number, type, data FROM response_events WHERE response_id = :response_id AND number > :after ORDER BY number;

-- name: last_response_event(response_id)$
SELECT coalesce(max(number), -1) FROM response_events WHERE response_id = :response_id;

-- name: delete_response_events(response_id, number)!
DELETE FROM response_events WHERE response_id = :response_id AND number >= :number;

-- name: delete_old_response_events(created)!
DELETE FROM response_events WHERE response_id IN (SELECT id FROM responses WHERE created < :created);

-- name: add_response_items(item_id, response_id)*!
INSERT INTO response_items (item_id, response_id) VALUES (:item_id, :response_id) ON CONFLICT DO NOTHING;

-- name: responses_of_item(item_id)
SELECT id, deployment, created FROM responses
WHERE id IN (SELECT response_id FROM response_items WHERE item_id = :item_id) ORDER BY created DESC, id;

-- name: delete_response_items(response_id)!
DELETE FROM response_items WHERE response_id = :response_id;

-- name: delete_old_response_items(created)!
DELETE FROM response_items WHERE response_id IN (SELECT id FROM responses WHERE created < :created);
