-- Where a model came from, what its source stated of it, and how fast it is here.
ALTER TABLE model ADD COLUMN origin TEXT NOT NULL DEFAULT '{"kind":"file"}'; -- JSON: ModelOrigin
ALTER TABLE model ADD COLUMN stated TEXT NOT NULL DEFAULT '[]';              -- JSON: StatedHash, one a file
ALTER TABLE model ADD COLUMN verification TEXT;                              -- JSON: Verification
ALTER TABLE model ADD COLUMN speed TEXT;                                     -- JSON: ModelSpeed
UPDATE model SET origin = '{"kind":"starter"}' WHERE starter;
