-- How long the chats of a folder are kept, and whether none of them may go.
ALTER TABLE folder ADD COLUMN retention_days INTEGER;
ALTER TABLE folder ADD COLUMN legal_hold INTEGER NOT NULL DEFAULT 0;

-- Keys and tokens of a computer without a keychain; only ever filled where the database is encrypted.
CREATE TABLE secret (
    id        TEXT PRIMARY KEY NOT NULL,
    value     BLOB NOT NULL,
    last_four TEXT NOT NULL, -- what is shown of it
    at        INTEGER NOT NULL
) STRICT;
