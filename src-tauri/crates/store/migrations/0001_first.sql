-- Ids are UUIDv7 as text, times are milliseconds since 1970, JSON is text. A message is named by its row number
-- wherever the name is only for us (parts, answers, the indexes).

CREATE TABLE folder (
    id       TEXT PRIMARY KEY NOT NULL,
    name     TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE assistant (
    id       TEXT PRIMARY KEY NOT NULL,
    name     TEXT NOT NULL,
    settings TEXT NOT NULL
) STRICT;

CREATE TABLE model (
    id                 TEXT PRIMARY KEY NOT NULL,
    path               BLOB NOT NULL UNIQUE, -- as the operating system has it, which need not be UTF-8
    file               TEXT NOT NULL,        -- JSON: ModelFile
    starter            INTEGER NOT NULL,
    sha256             TEXT,
    hashed_bytes       INTEGER,
    hashed_modified_ms INTEGER,
    added_at           INTEGER NOT NULL,
    used_at            INTEGER
) STRICT;

CREATE TABLE chat (
    id           TEXT PRIMARY KEY NOT NULL,
    title        TEXT NOT NULL,
    title_rank   INTEGER NOT NULL, -- 0 nobody, 1 first words, 2 model, 3 user
    folder       TEXT REFERENCES folder (id) ON DELETE SET NULL,
    pinned       INTEGER NOT NULL,
    model        TEXT,             -- may have left the library since
    assistant    TEXT,             -- may have been removed since
    settings     TEXT NOT NULL,    -- JSON: ChatSettings
    leaf         TEXT,
    draft        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    deleted_at   INTEGER
) STRICT;
CREATE INDEX chat_by_folder ON chat (folder);

CREATE TABLE message (
    number       INTEGER PRIMARY KEY AUTOINCREMENT, -- order of birth; never used again
    id           TEXT NOT NULL UNIQUE,
    chat         TEXT NOT NULL REFERENCES chat (id),
    parent       INTEGER REFERENCES message (number),
    depth        INTEGER NOT NULL,                  -- messages before it on its branch
    shown_child  INTEGER,                           -- the branch below that was shown last
    role         TEXT NOT NULL,
    text         TEXT NOT NULL,
    reasoning    TEXT NOT NULL,
    state        TEXT NOT NULL,
    owner        TEXT,                              -- lease of the process that is writing it
    thumb        TEXT,
    thumb_reason TEXT,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX message_by_branch ON message (chat, parent);
CREATE INDEX message_by_parent ON message (parent);
CREATE INDEX message_streaming ON message (owner) WHERE state = 'streaming';

CREATE TABLE answer (
    message           INTEGER PRIMARY KEY REFERENCES message (number) ON DELETE CASCADE,
    model             TEXT NOT NULL,
    model_name        TEXT NOT NULL,
    model_sha256      TEXT,
    engine_build      TEXT NOT NULL,
    template_sha256   TEXT NOT NULL,
    template_fallback INTEGER NOT NULL,
    prompt_sha256     TEXT NOT NULL,
    sampling          TEXT NOT NULL, -- JSON: Sampling, with the seed
    route             TEXT NOT NULL, -- JSON: Route
    finish            TEXT,
    error             TEXT,
    usage             TEXT NOT NULL, -- JSON: Usage
    tokens            BLOB NOT NULL  -- i32, little-endian
) STRICT;
CREATE INDEX answer_by_model ON answer (model) WHERE model_sha256 IS NULL;

-- What has arrived of a message that is being written; folded into it at the end.
CREATE TABLE part (
    message INTEGER NOT NULL REFERENCES message (number) ON DELETE CASCADE,
    seq     INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    text    TEXT NOT NULL,
    tokens  BLOB NOT NULL,
    PRIMARY KEY (message, seq)
) STRICT, WITHOUT ROWID;

-- Without a message: attached to what is being written in the chat.
CREATE TABLE attachment (
    number  INTEGER PRIMARY KEY,
    id      TEXT NOT NULL,
    chat    TEXT NOT NULL REFERENCES chat (id),
    message INTEGER REFERENCES message (number) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    text    TEXT NOT NULL
) STRICT;
CREATE INDEX attachment_by_message ON attachment (message);
CREATE INDEX attachment_by_chat ON attachment (chat);

CREATE TABLE value (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

-- Word and substring indexes of every message that is not being written; row numbers are the messages'. The text
-- itself is kept once, in `message`. Emoji (So) are words too.
CREATE VIRTUAL TABLE word USING fts5 (
    text, content = '', contentless_delete = 1, prefix = '2 3',
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co So'"
);
CREATE VIRTUAL TABLE trigram USING fts5 (
    text, content = '', contentless_delete = 1,
    tokenize = 'trigram remove_diacritics 1'
);
