-- Servers elsewhere that answer, what a chat may send to them, and what was asked and spent.
CREATE TABLE provider (
    id       TEXT PRIMARY KEY NOT NULL,
    handle   TEXT NOT NULL UNIQUE,
    body     TEXT NOT NULL, -- JSON: Provider
    added_at INTEGER NOT NULL
) STRICT;

-- The user agreed that a chat crosses to a provider.
CREATE TABLE consent (
    chat     TEXT NOT NULL REFERENCES chat (id) ON DELETE CASCADE,
    provider TEXT NOT NULL, -- may have been removed since
    at       INTEGER NOT NULL,
    PRIMARY KEY (chat, provider)
) STRICT;

-- One row for each attempt to answer, wherever; no text. `usd_micros` is what was reserved until `outcome` is set.
CREATE TABLE spend (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    chat        TEXT REFERENCES chat (id) ON DELETE SET NULL,
    message     TEXT REFERENCES message (id) ON DELETE SET NULL,
    provider    TEXT,          -- none: the engine of this computer
    model       TEXT NOT NULL,
    model_name  TEXT NOT NULL,
    zone        TEXT NOT NULL,
    fallback    INTEGER NOT NULL, -- it answered in the place of one that failed
    usd_micros  INTEGER NOT NULL,
    price_known INTEGER NOT NULL,
    usage       TEXT NOT NULL, -- JSON: Usage
    outcome     TEXT           -- none while it is under way, or where the program ended meanwhile
) STRICT;
CREATE INDEX spend_by_time ON spend (at);
CREATE INDEX spend_by_chat ON spend (chat);
CREATE INDEX spend_by_message ON spend (message);

ALTER TABLE answer ADD COLUMN bill TEXT; -- JSON: Bill
