-- Attached pictures. Their `text` is empty.
ALTER TABLE attachment ADD COLUMN image TEXT;   -- JSON: ImageFacts; none for a text
ALTER TABLE attachment ADD COLUMN data BLOB;    -- the file
ALTER TABLE attachment ADD COLUMN preview BLOB; -- a small one in the same format
