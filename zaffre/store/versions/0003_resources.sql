CREATE TABLE resources (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    body BLOB NOT NULL,
    version INTEGER NOT NULL,
    created REAL NOT NULL,
    changed REAL NOT NULL,
    PRIMARY KEY (kind, key)
);

CREATE INDEX resources_by_version ON resources (version);

CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    before BLOB,
    after BLOB
);

CREATE INDEX audit_by_name ON audit (kind, name);
