CREATE TABLE responses (
    id TEXT PRIMARY KEY,
    deployment TEXT NOT NULL,
    created INTEGER NOT NULL,
    status TEXT NOT NULL,
    background INTEGER NOT NULL,
    streamed INTEGER NOT NULL,
    previous TEXT,
    principal TEXT NOT NULL,
    begun INTEGER NOT NULL,
    request BLOB NOT NULL,
    input BLOB NOT NULL,
    output BLOB NOT NULL,
    body BLOB NOT NULL,
    runner TEXT
);

CREATE INDEX responses_by_age ON responses (created);

CREATE INDEX responses_by_status ON responses (status, runner);

CREATE TABLE response_events (
    response_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    type TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (response_id, number)
);

CREATE TABLE response_items (
    item_id TEXT NOT NULL,
    response_id TEXT NOT NULL,
    PRIMARY KEY (item_id, response_id)
);

CREATE INDEX response_items_by_response ON response_items (response_id);
