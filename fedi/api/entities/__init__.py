"""Mastodon's entities, one file a page of its documentation."""
