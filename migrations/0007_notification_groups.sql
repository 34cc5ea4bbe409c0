-- migrate:up
-- Reading notifications in groups, and what a policy holds back, without walking the whole list.

CREATE INDEX notifications_groups ON notifications (account_id, group_key, id DESC);
CREATE INDEX notifications_filtered ON notifications (account_id, from_id) WHERE filtered;
