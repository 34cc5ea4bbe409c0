-- migrate:up
-- Who there is.  Actors of ours and of other servers share one table: the same deeds happen to both.

CREATE TYPE reach AS ENUM ('internal', 'partners', 'public');                    -- ordered: narrow to wide
CREATE TYPE visibility AS ENUM ('public', 'unlisted', 'private', 'direct');      -- ordered: wide to narrow

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    uri text COLLATE "C" NOT NULL UNIQUE,
    username text COLLATE "C" NOT NULL,
    domain text COLLATE "C",                     -- NULL: ours
    kind text NOT NULL DEFAULT 'employee' CHECK (kind IN ('employee', 'company', 'group', 'service')),
    display_name text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    note_source text NOT NULL DEFAULT '',
    fields jsonb NOT NULL DEFAULT '[]',
    url text,
    inbox text COLLATE "C" NOT NULL,
    shared_inbox text COLLATE "C",
    outbox text,
    followers_uri text COLLATE "C",
    locked boolean NOT NULL DEFAULT false,
    bot boolean NOT NULL DEFAULT false,
    discoverable boolean NOT NULL DEFAULT false,
    avatar text COLLATE "C",                     -- our own file
    header text COLLATE "C",
    avatar_remote text,                          -- where the owner's server keeps it
    header_remote text,
    role text NOT NULL DEFAULT 'employee' CHECK (role IN ('employee', 'moderator', 'auditor', 'admin')),
    max_reach reach NOT NULL DEFAULT 'internal',
    default_reach reach NOT NULL DEFAULT 'internal' CHECK (default_reach <= max_reach),
    require_word boolean NOT NULL DEFAULT false,
    outside_direct boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    fetched_at timestamptz,                      -- A-4: a remote actor is stale after a day
    last_status_at date,
    suspended_at timestamptz,
    moved_to_uri text COLLATE "C",
    statuses_count integer NOT NULL DEFAULT 0,
    followers_count integer NOT NULL DEFAULT 0,
    following_count integer NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX accounts_local_name ON accounts (lower(username)) WHERE domain IS NULL;
CREATE INDEX accounts_remote_name ON accounts (lower(username), domain) WHERE domain IS NOT NULL;
CREATE INDEX accounts_domain ON accounts (domain) WHERE domain IS NOT NULL;

CREATE TABLE account_keys (                      -- S-13: bound to (key id, actor) once and for ever
    key_id text COLLATE "C" PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    public_pem text NOT NULL,
    private_pem text,                            -- ours only
    fetched_at timestamptz NOT NULL);
CREATE INDEX account_keys_account ON account_keys (account_id);

CREATE TABLE people (                            -- how an account of ours signs in
    account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    email text,
    password_hash text,
    preferences jsonb NOT NULL DEFAULT '{}',     -- privacy, sensitive, language …
    created_at timestamptz NOT NULL);
CREATE UNIQUE INDEX people_email ON people (lower(email)) WHERE email IS NOT NULL;

CREATE TABLE desk_roles (                        -- who may act as a company account
    company_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    employee_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('author', 'editor', 'approver', 'manager')),
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, employee_id));
CREATE INDEX desk_roles_employee ON desk_roles (employee_id);

CREATE TABLE applications (
    id bigint PRIMARY KEY,
    client_id text COLLATE "C" NOT NULL UNIQUE,
    secret_hash bytea NOT NULL,
    name text NOT NULL,
    website text,
    redirect_uris text[] NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL);

CREATE TABLE authorization_codes (
    hash bytea PRIMARY KEY,
    application_id bigint NOT NULL REFERENCES applications ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    human_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    redirect_uri text NOT NULL,
    scopes text[] NOT NULL,
    challenge text,                              -- PKCE S256, enforced once a client sent one
    expires_at timestamptz NOT NULL);

CREATE TABLE tokens (                            -- (client, acting account, human)
    id bigint PRIMARY KEY,
    hash bytea NOT NULL UNIQUE,
    application_id bigint NOT NULL REFERENCES applications ON DELETE CASCADE,
    account_id bigint REFERENCES accounts ON DELETE CASCADE,   -- NULL: the client itself
    human_id bigint REFERENCES accounts ON DELETE CASCADE,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz);
CREATE INDEX tokens_account ON tokens (account_id) WHERE revoked_at IS NULL;
CREATE INDEX tokens_human ON tokens (human_id) WHERE revoked_at IS NULL;
CREATE INDEX tokens_application ON tokens (application_id);

CREATE TABLE browser_sessions (                  -- the sign-in pages' own cookie
    hash bytea PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL);

CREATE TABLE sign_in_attempts (                  -- failures, for the limit per name, known or not
    who bytea NOT NULL,                          -- a hash: what is typed there may be a password
    at timestamptz NOT NULL);
CREATE INDEX sign_in_attempts_who ON sign_in_attempts (who, at);

CREATE TABLE settings (                          -- what admins change without a restart
    name text PRIMARY KEY,
    value jsonb NOT NULL,
    changed_at timestamptz NOT NULL);

CREATE TABLE secrets (                           -- never readable from outside
    name text PRIMARY KEY,
    value bytea NOT NULL);
