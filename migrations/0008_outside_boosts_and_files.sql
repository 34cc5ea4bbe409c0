-- migrate:up
-- What strangers ask for by name: whose post a boost repeats (it is addressed to them), and files.

CREATE INDEX media_file ON media (file) WHERE file IS NOT NULL;
CREATE INDEX media_small ON media (small) WHERE small IS NOT NULL;

CREATE VIEW outside.boosts WITH (security_barrier) AS
SELECT s.id, o.uri, a.uri AS author_uri
  FROM outside.statuses s
  JOIN public.statuses o ON o.id = s.reblog_of_id AND o.reach = 'public'
  JOIN public.accounts a ON a.id = o.author_id;
