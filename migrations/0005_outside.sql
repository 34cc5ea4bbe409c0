-- migrate:up
-- The second wall.  The outside doors run on a login that reads only this schema, so a forgotten
-- WHERE cannot leak: internal rows are not here.  Every view is a security barrier.

CREATE SCHEMA outside;

CREATE VIEW outside.accounts WITH (security_barrier) AS
SELECT id, uri, username, kind, display_name, note, fields, url, inbox, shared_inbox,
       followers_uri, locked, bot,
       discoverable, avatar, header, max_reach, created_at, last_status_at, suspended_at, moved_to_uri
  FROM public.accounts
 WHERE domain IS NULL AND max_reach > 'internal';

CREATE VIEW outside.public_keys WITH (security_barrier) AS       -- of our own actors
SELECT k.key_id, k.account_id, k.public_pem
  FROM public.account_keys k JOIN outside.accounts a ON a.id = k.account_id;

CREATE VIEW outside.instance_actor WITH (security_barrier) AS    -- the one private key the outside holds
SELECT a.id, a.uri, a.username, a.inbox, k.key_id, k.public_pem, k.private_pem
  FROM public.accounts a
  JOIN public.account_keys k ON k.account_id = a.id
  JOIN public.settings s ON s.name = 'instance_actor' AND (s.value #>> '{}')::bigint = a.id;

CREATE VIEW outside.remote_keys WITH (security_barrier) AS       -- whom we can verify
SELECT k.key_id, a.uri AS actor_uri, a.domain, k.public_pem, k.fetched_at, a.suspended_at IS NOT NULL AS suspended
  FROM public.account_keys k JOIN public.accounts a ON a.id = k.account_id
 WHERE a.domain IS NOT NULL;

CREATE VIEW outside.statuses WITH (security_barrier) AS
SELECT s.id, s.uri, s.url, s.author_id, s.in_reply_to_id,
       (SELECT p.uri FROM public.statuses p WHERE p.id = s.in_reply_to_id AND (NOT p.local OR p.reach > 'internal' AND p.release = 'released')) AS in_reply_to_uri,
       (SELECT o.uri FROM public.statuses o WHERE o.id = s.reblog_of_id AND (NOT o.local OR o.reach > 'internal')) AS reblog_of_uri,
       s.reblog_of_id, s.conversation_id, s.visibility, s.reach, s.reach_domains, s.content, s.spoiler_text,
       s.sensitive, s.language, s.revision, s.created_at, s.edited_at
  FROM public.statuses s JOIN outside.accounts a ON a.id = s.author_id
 WHERE s.local AND s.reach > 'internal' AND s.release = 'released' AND a.suspended_at IS NULL
   AND NOT EXISTS (SELECT FROM public.statuses o WHERE o.id = s.reblog_of_id AND o.local AND o.reach = 'internal');

CREATE VIEW outside.mentions WITH (security_barrier) AS          -- W-4: never somebody who is inside only
SELECT m.status_id, a.uri, a.username, a.domain, a.url
  FROM public.mentions m
  JOIN outside.statuses s ON s.id = m.status_id
  JOIN public.accounts a ON a.id = m.account_id
 WHERE m.shown AND (a.domain IS NOT NULL OR a.max_reach > 'internal');

CREATE VIEW outside.status_tags WITH (security_barrier) AS
SELECT t.status_id, t.tag, t.shown FROM public.status_tags t JOIN outside.statuses s ON s.id = t.status_id;

CREATE VIEW outside.media WITH (security_barrier) AS
SELECT m.id, m.status_id, m.position, m.kind, m.content_type, m.file, m.small, m.description, m.blurhash,
       m.focus_x, m.focus_y, m.width, m.height, m.token, s.reach, s.visibility
  FROM public.media m JOIN outside.statuses s ON s.id = m.status_id
 WHERE m.file IS NOT NULL;

CREATE VIEW outside.followers WITH (security_barrier) AS         -- which hosts may read followers-only posts
SELECT f.followed_id, r.domain, r.uri
  FROM public.follows f
  JOIN public.accounts r ON r.id = f.follower_id AND r.domain IS NOT NULL
  JOIN outside.accounts a ON a.id = f.followed_id
 WHERE f.accepted;

CREATE VIEW outside.relation_counts WITH (security_barrier) AS   -- totals that count nobody who is inside only
SELECT a.id,
       (SELECT count(*) FROM public.follows f JOIN public.accounts r ON r.id = f.follower_id
         WHERE f.followed_id = a.id AND f.accepted AND (r.domain IS NOT NULL OR r.max_reach > 'internal')) AS followers,
       (SELECT count(*) FROM public.follows f JOIN public.accounts r ON r.id = f.followed_id
         WHERE f.follower_id = a.id AND f.accepted AND (r.domain IS NOT NULL OR r.max_reach > 'internal')) AS following
  FROM outside.accounts a;

CREATE VIEW outside.tombstones WITH (security_barrier) AS
SELECT uri, owner_uri, at FROM public.tombstones WHERE outside;

CREATE VIEW outside.peers WITH (security_barrier) AS
SELECT domain, subdomains, trust, direction, slug, accounts, paused, expires_at FROM public.peers;

CREATE VIEW outside.settings WITH (security_barrier) AS
SELECT name, value FROM public.settings WHERE name IN ('mode', 'title', 'description', 'instance_actor');

CREATE VIEW outside.schema_migrations WITH (security_barrier) AS
SELECT version FROM public.schema_migrations;
