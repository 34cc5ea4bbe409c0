-- migrate:up
-- Who stands how to whom.

CREATE TABLE follows (
    follower_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    followed_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id bigint NOT NULL,                          -- for paging
    uri text COLLATE "C" NOT NULL UNIQUE,
    accepted boolean NOT NULL,
    show_reblogs boolean NOT NULL DEFAULT true,
    notify boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (follower_id, followed_id));
CREATE INDEX follows_followed ON follows (followed_id, follower_id);

CREATE TABLE blocks (
    blocker_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    blocked_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id bigint NOT NULL,
    uri text COLLATE "C",
    PRIMARY KEY (blocker_id, blocked_id));
CREATE INDEX blocks_blocked ON blocks (blocked_id, blocker_id);

CREATE TABLE mutes (
    muter_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    muted_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id bigint NOT NULL,
    notifications boolean NOT NULL DEFAULT true,
    expires_at timestamptz,
    PRIMARY KEY (muter_id, muted_id));

CREATE TABLE thread_mutes (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    conversation_id bigint NOT NULL,
    PRIMARY KEY (account_id, conversation_id));

CREATE TABLE favourites (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    id bigint NOT NULL,
    uri text COLLATE "C" NOT NULL,
    PRIMARY KEY (status_id, account_id));
CREATE INDEX favourites_account ON favourites (account_id, id DESC);
CREATE INDEX favourites_uri ON favourites (uri);

CREATE TABLE bookmarks (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    id bigint NOT NULL,
    PRIMARY KEY (account_id, status_id));
CREATE INDEX bookmarks_page ON bookmarks (account_id, id DESC);

CREATE TABLE pins (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    id bigint NOT NULL,
    PRIMARY KEY (account_id, status_id));

CREATE TABLE home_entries (                      -- written for followers only; read as one index range
    account_id bigint NOT NULL,
    status_id bigint NOT NULL,
    via_id bigint NOT NULL,                      -- whose post or boost brought it
    PRIMARY KEY (account_id, status_id));
CREATE INDEX home_entries_status ON home_entries (status_id);

CREATE TABLE notifications (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind text NOT NULL,                          -- Mastodon's type names
    from_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint REFERENCES statuses ON DELETE CASCADE,
    group_key text COLLATE "C" NOT NULL,
    filtered boolean NOT NULL DEFAULT false,     -- waits in a notification request
    created_at timestamptz NOT NULL);
CREATE INDEX notifications_page ON notifications (account_id, id DESC);
CREATE UNIQUE INDEX notifications_once ON notifications (account_id, kind, from_id, coalesce(status_id, 0));
CREATE INDEX notifications_status ON notifications (status_id) WHERE status_id IS NOT NULL;

CREATE TABLE notification_policies (             -- accept, filter or drop
    account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    for_not_following text NOT NULL DEFAULT 'accept',
    for_not_followers text NOT NULL DEFAULT 'accept',
    for_new_accounts text NOT NULL DEFAULT 'accept',
    for_private_mentions text NOT NULL DEFAULT 'accept',
    for_limited_accounts text NOT NULL DEFAULT 'accept');

CREATE TABLE notification_requests (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    from_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    dismissed boolean NOT NULL DEFAULT false,
    accepted boolean NOT NULL DEFAULT false,     -- later ones from this sender pass
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (account_id, from_id));

CREATE TABLE markers (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    timeline text NOT NULL,
    last_read_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, timeline));

CREATE TABLE filters (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    title text NOT NULL,
    contexts text[] NOT NULL,
    action text NOT NULL,
    expires_at timestamptz);
CREATE INDEX filters_account ON filters (account_id);
CREATE TABLE filter_keywords (
    id bigint PRIMARY KEY,
    filter_id bigint NOT NULL REFERENCES filters ON DELETE CASCADE,
    keyword text NOT NULL,
    whole_word boolean NOT NULL);
CREATE INDEX filter_keywords_filter ON filter_keywords (filter_id);
CREATE TABLE filter_statuses (
    id bigint PRIMARY KEY,
    filter_id bigint NOT NULL REFERENCES filters ON DELETE CASCADE,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE);
CREATE INDEX filter_statuses_filter ON filter_statuses (filter_id);
