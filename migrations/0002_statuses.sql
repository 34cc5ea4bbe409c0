-- migrate:up
-- What was said.  A boost is a row of its own with `reblog_of_id`.

CREATE TABLE statuses (
    id bigint PRIMARY KEY,
    uri text COLLATE "C" NOT NULL UNIQUE,
    url text,
    author_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    local boolean NOT NULL,
    in_reply_to_id bigint REFERENCES statuses ON DELETE SET NULL,
    in_reply_to_account_id bigint,
    conversation_id bigint NOT NULL,
    reblog_of_id bigint REFERENCES statuses ON DELETE CASCADE,
    visibility visibility NOT NULL,
    reach reach NOT NULL,
    reach_domains text[],                        -- NULL: every partner
    release text NOT NULL CHECK (release IN ('waiting', 'held', 'released', 'refused')),
    held_until timestamptz,
    revision integer NOT NULL DEFAULT 1,
    content text NOT NULL DEFAULT '',            -- sanitised HTML
    source text NOT NULL DEFAULT '',
    spoiler_text text NOT NULL DEFAULT '',
    sensitive boolean NOT NULL DEFAULT false,
    language text,
    written_by bigint,                           -- the human behind a company account
    application_id bigint,
    created_at timestamptz NOT NULL,
    edited_at timestamptz);
CREATE INDEX statuses_author ON statuses (author_id, id DESC);
CREATE INDEX statuses_conversation ON statuses (conversation_id, id);
CREATE INDEX statuses_reply ON statuses (in_reply_to_id) WHERE in_reply_to_id IS NOT NULL;
CREATE UNIQUE INDEX statuses_boost ON statuses (reblog_of_id, author_id) WHERE reblog_of_id IS NOT NULL;
CREATE INDEX statuses_local ON statuses (id DESC) WHERE local AND visibility = 'public' AND reblog_of_id IS NULL;
CREATE INDEX statuses_public ON statuses (id DESC) WHERE reach = 'public' AND visibility = 'public' AND reblog_of_id IS NULL;
CREATE INDEX statuses_held ON statuses (held_until) WHERE release = 'held';
CREATE INDEX statuses_search ON statuses USING gin (to_tsvector('simple', source)) WHERE local;

CREATE TABLE status_stats (                      -- apart, so that counting does not rewrite the text
    status_id bigint PRIMARY KEY REFERENCES statuses ON DELETE CASCADE,
    replies integer NOT NULL DEFAULT 0,
    reblogs integer NOT NULL DEFAULT 0,
    favourites integer NOT NULL DEFAULT 0);

CREATE TABLE status_revisions (
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    revision integer NOT NULL,
    content text NOT NULL,
    source text NOT NULL,
    spoiler_text text NOT NULL,
    sensitive boolean NOT NULL,
    media jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    PRIMARY KEY (status_id, revision));

CREATE TABLE mentions (                          -- W-2: the stored audience; `shown` ones are in mentions[]
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    shown boolean NOT NULL DEFAULT true,
    PRIMARY KEY (status_id, account_id));
CREATE INDEX mentions_account ON mentions (account_id, status_id DESC);

CREATE TABLE status_tags (
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    tag text COLLATE "C" NOT NULL,               -- lower case, no '#'
    shown text NOT NULL,
    PRIMARY KEY (tag, status_id));
CREATE INDEX status_tags_status ON status_tags (status_id);

CREATE TABLE media (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint REFERENCES statuses ON DELETE CASCADE,
    position smallint NOT NULL DEFAULT 0,
    kind text NOT NULL,                          -- image gifv video audio unknown
    content_type text,
    file text COLLATE "C",                       -- our copy's key; NULL: not fetched
    small text COLLATE "C",
    remote_url text,
    description text NOT NULL DEFAULT '',
    blurhash text,
    focus_x real, focus_y real,
    width integer, height integer,
    small_width integer, small_height integer,
    token text COLLATE "C" NOT NULL UNIQUE,      -- the partners' capability; dies with the row
    created_at timestamptz NOT NULL);
CREATE INDEX media_status ON media (status_id, position) WHERE status_id IS NOT NULL;
CREATE INDEX media_unattached ON media (account_id, created_at) WHERE status_id IS NULL;

CREATE TABLE tombstones (                        -- deleted ids never come back (X-6, P-8)
    uri text COLLATE "C" PRIMARY KEY,
    owner_uri text COLLATE "C" NOT NULL,
    outside boolean NOT NULL DEFAULT false,      -- it was known outside, so 410 there, else 404
    at timestamptz NOT NULL);

CREATE TABLE idempotency_keys (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    at timestamptz NOT NULL,
    PRIMARY KEY (account_id, key));
