-- migrate:up
-- What somebody wrote down about somebody else, for themselves only.

CREATE TABLE account_notes (
    author_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    about_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    comment text NOT NULL,
    PRIMARY KEY (author_id, about_id));
