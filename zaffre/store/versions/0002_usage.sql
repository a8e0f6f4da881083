CREATE TABLE usage (
    started REAL NOT NULL,
    day TEXT NOT NULL,
    principal TEXT NOT NULL,
    deployment TEXT NOT NULL,
    model TEXT NOT NULL,
    operation TEXT NOT NULL,
    status INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    duration REAL NOT NULL,
    first_token REAL,
    streamed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL
);

CREATE INDEX usage_by_day ON usage (day, deployment);
