-- migrate:up
-- Other servers: what we agreed, what came in, what goes out, and why.

CREATE TABLE peers (
    domain text COLLATE "C" PRIMARY KEY,         -- lower-case A-label
    subdomains boolean NOT NULL DEFAULT false,
    trust text NOT NULL CHECK (trust IN ('blocked', 'public', 'partner')),
    direction text NOT NULL DEFAULT 'both' CHECK (direction IN ('in', 'out', 'both')),
    slug text COLLATE "C",
    accounts bigint[],                           -- NULL: every account of ours that exists outside
    paused boolean NOT NULL DEFAULT false,
    expires_at timestamptz,
    owner text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL);

CREATE TABLE inbound (                           -- accepted, not yet applied; the outside only appends
    id bigint PRIMARY KEY,
    host text COLLATE "C" NOT NULL,
    signer text COLLATE "C" NOT NULL,
    activity_id text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL);
CREATE INDEX inbound_due ON inbound (due_at, id);

CREATE TABLE handled (                           -- P-8: an activity id of a signer acts once
    hash bytea PRIMARY KEY,                      -- sha256(signer, activity id), 16 bytes
    at timestamptz NOT NULL);
CREATE INDEX handled_at ON handled (at);

CREATE TABLE undone (                            -- an Undo that came before what it undoes
    actor_uri text COLLATE "C" NOT NULL,
    activity_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (actor_uri, activity_id));

CREATE TABLE seen_keys (                         -- actor documents the outside door fetched; the worker makes accounts of them
    id bigint PRIMARY KEY,
    key_id text COLLATE "C" NOT NULL,
    actor_uri text COLLATE "C" NOT NULL,
    document jsonb NOT NULL,
    handle_host text COLLATE "C",                -- D-7: the host its handle proved to live on
    fetched_at timestamptz NOT NULL);
CREATE INDEX seen_keys_key ON seen_keys (key_id);

CREATE TABLE outbound (                          -- bytes built once, signed at each attempt (X-3)
    id bigint PRIMARY KEY,
    uri text COLLATE "C" NOT NULL,
    type text NOT NULL,
    actor_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint,                            -- what it is about, for the second look at send time
    object_uri text COLLATE "C" NOT NULL,        -- X-6: order is kept per (host, this)
    reach reach NOT NULL,
    reach_domains text[],
    body bytea NOT NULL,
    created_at timestamptz NOT NULL);
CREATE INDEX outbound_status ON outbound (status_id) WHERE status_id IS NOT NULL;
CREATE INDEX outbound_uri ON outbound (uri);

CREATE TABLE deliveries (
    id bigint PRIMARY KEY,
    host text COLLATE "C" NOT NULL,
    inbox text COLLATE "C" NOT NULL,
    outbound_id bigint NOT NULL REFERENCES outbound ON DELETE CASCADE,
    object_uri text COLLATE "C" NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    error text);
CREATE INDEX deliveries_host ON deliveries (host, due_at, id);
CREATE INDEX deliveries_order ON deliveries (host, object_uri, id);
CREATE INDEX deliveries_outbound ON deliveries (outbound_id);

CREATE TABLE delivery_hosts (                    -- one row a host: its lease and its circuit
    host text COLLATE "C" PRIMARY KEY,
    due_at timestamptz,                          -- NULL: nothing waits
    lease_until timestamptz,
    fails integer NOT NULL DEFAULT 0,            -- in a row
    failing_since timestamptz,
    open_until timestamptz,                      -- the circuit: nothing is tried before
    last_success timestamptz,
    last_error text);
CREATE INDEX delivery_hosts_due ON delivery_hosts (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE delivery_log (                      -- X-1: whoever got it gets its Update and Delete
    object_uri text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    inbox text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (object_uri, inbox));

CREATE TABLE dead_letters (
    id bigint PRIMARY KEY,
    way text NOT NULL CHECK (way IN ('inbound', 'delivery')),
    host text COLLATE "C" NOT NULL,
    inbox text,
    signer text,
    outbound_id bigint,
    body bytea,
    reason text NOT NULL,
    attempts integer NOT NULL,
    at timestamptz NOT NULL);
CREATE INDEX dead_letters_host ON dead_letters (host);

CREATE TABLE decisions (                         -- promise 3: every answer of a door and the rule that gave it
    id bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    door text NOT NULL,                          -- admit release fetch
    host text COLLATE "C",
    activity text,
    account_id bigint,
    object_uri text COLLATE "C",
    allow boolean NOT NULL,
    rule text NOT NULL);
CREATE INDEX decisions_at ON decisions (at);
CREATE INDEX decisions_host ON decisions (host, at);

CREATE TABLE disclosures (                       -- L-9: what left, to whom, when first
    object_uri text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    way text NOT NULL,                           -- delivery fetch
    at timestamptz NOT NULL,
    PRIMARY KEY (object_uri, host, way));

CREATE TABLE audit (                             -- what admins and the command line changed
    id bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    by_id bigint,
    deed text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}');
