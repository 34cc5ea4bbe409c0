"""Mastodon's methods, one file a page of its documentation; ROUTES is all of them."""
